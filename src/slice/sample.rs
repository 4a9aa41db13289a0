//! A part of a slice that is whole by its references: `--sample 10%`. Which rows are in is a function of
//! their keys, not of chance: the same slice gives the same sample.

use super::{Carrier, Plan, identity, quoted};
use crate::duck::Db;
use crate::error::{Error, Result};
use crate::name::Idents;
use crate::sql;

/// A share of the rows that came down.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Share(pub f64);

impl std::str::FromStr for Share {
    type Err = Error;

    fn from_str(text: &str) -> Result<Share> {
        let percent = text.strip_suffix('%').and_then(|number| number.trim().parse::<f64>().ok());
        match percent {
            Some(percent) if percent > 0.0 && percent <= 100.0 => Ok(Share(percent / 100.0)),
            _ => Err(Error::usage(format!("\"{text}\" is not a share"))
                .hint("give a percentage, as in --sample 10%")),
        }
    }
}

/// Keeps the share of the staged rows: a row that depends on one larger entity is in when that is,
/// another one by its key, and every row those reference.
pub fn keep(plan: &Plan<'_>, db: &Db, Share(share): Share) -> Result<()> {
    db.run(sql::get("slice/sample_begin.sql"))?;
    let counts = plan
        .catalog
        .tables
        .iter()
        .map(|table| db.one(&format!("SELECT count(*) FROM {}", quoted(table)), []))
        .collect::<Result<Vec<u64>>>()?;
    let mut order: Vec<usize> = (0..counts.len()).collect();
    order.sort_by_key(|at| (counts[*at], *at));
    for at in order {
        db.run(&pick(plan, at, &counts, share))?;
    }
    // Whatever is in needs the rows it references, whichever way those came.
    for (at, edge) in plan.edges.iter().enumerate().filter(|(_, edge)| edge.up) {
        let equal = plan.keys_equal(at, "child", "parent");
        let (children, parents) = (plan.child_keys(at, "true"), plan.parent_keys(at, "true"));
        db.run(&format!(
            "INSERT INTO slice.sample_edge SELECT {}, child._row, {}, parent._row FROM ({children}) AS child \
             JOIN ({parents}) AS parent ON {equal}",
            edge.child, edge.parent
        ))?;
    }
    while db.change(sql::get("slice/sample_spreads.sql"), [])? > 0 {}
    for (at, table) in plan.catalog.tables.iter().enumerate() {
        db.run(&format!(
            "DELETE FROM {} WHERE rowid NOT IN (SELECT \"row\" FROM slice.sample WHERE tab = {at})",
            quoted(table)
        ))?;
    }
    Ok(())
}

/// The rows of one table that are in by themselves.
fn pick(plan: &Plan<'_>, at: usize, counts: &[u64], share: f64) -> String {
    let table = quoted(&plan.catalog.tables[at]);
    if at == plan.root {
        return format!("INSERT INTO slice.sample SELECT {at}, rowid FROM {table}");
    }
    let up = format!("rowid NOT IN (SELECT \"row\" FROM slice.up_row WHERE tab = {at})");
    match principal(plan, at, counts) {
        Some(edge_at) => {
            let parent = plan.edges[edge_at].parent;
            format!(
                "INSERT INTO slice.sample SELECT {at}, child._row FROM ({}) AS child SEMI JOIN (SELECT keyed.* FROM ({}) \
                 AS keyed SEMI JOIN (FROM slice.sample WHERE tab = {parent}) AS sampled ON sampled.\"row\" = keyed._row) \
                 AS parent ON {}",
                plan.child_keys(edge_at, &up),
                plan.parent_keys(edge_at, "true"),
                plan.keys_equal(edge_at, "child", "parent")
            )
        }
        None => {
            let key = identity(&plan.catalog.tables[at]);
            let digest = match key {
                [] => "md5_number(CAST(rowid AS VARCHAR))".to_owned(),
                _ => format!("md5_number(CAST(row({}) AS VARCHAR))", Idents(key)),
            };
            format!(
                "INSERT INTO slice.sample SELECT {at}, rowid FROM {table} WHERE {up} AND \
                 CAST({digest} % 1000000 AS BIGINT) < {}",
                (share * 1_000_000.0).round()
            )
        }
    }
}

/// The edge to the largest entity a table depends on: one that all its rows have, of fewer rows, that
/// came down and is not the root.
fn principal(plan: &Plan<'_>, at: usize, counts: &[u64]) -> Option<usize> {
    let fits = |edge: &super::Edge| {
        let is_column = matches!(&edge.by, Carrier::Columns { when: None, list: None, .. });
        edge.child == at
            && edge.down
            && is_column
            && !edge.nullable
            && edge.parent != plan.root
            && counts[edge.parent] < counts[at]
    };
    let edges = plan.edges.iter().enumerate().filter(|(_, edge)| fits(edge));
    edges.max_by_key(|(at, edge)| (counts[edge.parent], usize::MAX - at)).map(|(at, _)| at)
}
