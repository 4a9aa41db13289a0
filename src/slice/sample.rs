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

/// A table that would keep fewer rows than this is kept whole: a tenth of twelve grading periods is no sample.
const FEWEST: f64 = 10.0;

/// Keeps the share of the staged rows. An entity is in by its key; a row that depends on one larger entity
/// comes with it, and every row those reference comes too, with all that depends on it.
pub fn keep(plan: &Plan<'_>, db: &Db, share: Share) -> Result<()> {
    db.run(sql::get("slice/sample_begin.sql"))?;
    let counts = plan
        .catalog
        .tables
        .iter()
        .map(|table| db.one(&format!("SELECT count(*) FROM {}", quoted(table)), []))
        .collect::<Result<Vec<u64>>>()?;
    let principals: Vec<Option<usize>> =
        (0..counts.len()).map(|at| principal(plan, at, &counts, share)).collect();
    for at in (0..counts.len()).filter(|at| principals[*at].is_none()) {
        db.run(&pick(plan, at, counts[at], share))?;
    }
    for (at, edge) in plan.edges.iter().enumerate() {
        if edge.up {
            db.run(&bring(plan, at, "child", "parent", "true"))?;
        }
        if principals[edge.child] == Some(at) {
            db.run(&bring(plan, at, "parent", "child", &came_down(edge.child)))?;
        }
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

/// The rows of a table that no other row brings: they are ours, and nobody but us needs them.
fn came_down(at: usize) -> String {
    format!("rowid NOT IN (SELECT \"row\" FROM slice.up_row WHERE tab = {at})")
}

/// Notes that rows of one end of an edge bring those of the other.
fn bring(plan: &Plan<'_>, at: usize, from: &str, to: &str, children: &str) -> String {
    let edge = &plan.edges[at];
    let tab = |end: &str| if end == "child" { edge.child } else { edge.parent };
    format!(
        "INSERT INTO slice.sample_edge SELECT {}, {from}._row, {}, {to}._row FROM ({}) AS child JOIN ({}) AS parent ON {}",
        tab(from),
        tab(to),
        plan.child_keys(at, children),
        plan.parent_keys(at, "true"),
        plan.keys_equal(at, "child", "parent")
    )
}

/// The rows of one table that are in by themselves.
fn pick(plan: &Plan<'_>, at: usize, count: u64, Share(share): Share) -> String {
    let table = quoted(&plan.catalog.tables[at]);
    if at == plan.root || count as f64 * share < FEWEST {
        return format!("INSERT INTO slice.sample SELECT {at}, rowid FROM {table} WHERE {}", came_down(at));
    }
    let key = identity(&plan.catalog.tables[at]);
    let digest = match key {
        [] => "md5_number(CAST(rowid AS VARCHAR))".to_owned(),
        _ => format!("md5_number(CAST(row({}) AS VARCHAR))", Idents(key)),
    };
    format!(
        "INSERT INTO slice.sample SELECT {at}, rowid FROM {table} WHERE {} AND \
         CAST({digest} % 1000000 AS BIGINT) < {}",
        came_down(at),
        (share * 1_000_000.0).round()
    )
}

/// The edge to the largest entity a table depends on: one that all its rows have, of fewer rows but enough
/// of them, that came down and is not the root.
fn principal(plan: &Plan<'_>, at: usize, counts: &[u64], Share(share): Share) -> Option<usize> {
    let fits = |edge: &super::Edge| {
        let is_column = matches!(&edge.by, Carrier::Columns { when: None, list: None, .. });
        let count = counts[edge.parent];
        edge.child == at
            && edge.down
            && is_column
            && !edge.nullable
            && edge.parent != plan.root
            && count < counts[at]
            && count as f64 * share >= FEWEST
    };
    let edges = plan.edges.iter().enumerate().filter(|(_, edge)| fits(edge));
    edges.max_by_key(|(at, edge)| (counts[edge.parent], usize::MAX - at)).map(|(at, _)| at)
}
