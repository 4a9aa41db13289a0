//! A part of a slice that is whole by its references: `--sample 10%`. Which rows are in is a function of
//! their keys and the salt, not of chance: the same slice gives the same sample.

use super::{Carrier, Edge, Plan, identity, quoted};
use crate::catalog::TableKind;
use crate::duck::Db;
use crate::error::{Error, Result};
use crate::name::{Idents, Literal};
use crate::sql;
use std::collections::BTreeSet;

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

/// Keeps the share of the staged rows. The share is taken of the *subject*, the entity that most rows
/// depend on (students), and of what does not depend on it. A row that is in brings those it references,
/// and an entity the rows that depend on it, so that no pupil loses an enrollment.
pub fn keep(plan: &Plan<'_>, db: &Db, share: Share, salt: &str) -> Result<()> {
    db.run(sql::get("slice/sample_begin.sql"))?;
    let counts = plan
        .catalog
        .tables
        .iter()
        .map(|table| db.one(&format!("SELECT count(*) FROM {}", quoted(table)), []))
        .collect::<Result<Vec<u64>>>()?;
    for at in principals(plan, &counts, share).into_iter().flatten() {
        db.run(&bring(plan, at, "parent", "child", &came_down(plan.edges[at].child)))?;
    }
    for (at, count) in counts.iter().enumerate() {
        db.run(&pick(plan, at, *count, share, salt))?;
    }
    for at in (0..plan.edges.len()).filter(|at| plan.edges[*at].up) {
        db.run(&bring(plan, at, "child", "parent", "true"))?;
    }
    db.run(sql::get("slice/sample_spreads.sql"))?;
    drop_others(plan, db, "slice.sample")
}

/// Deletes the staged rows that are not in a table of `tab` and "row".
pub(super) fn drop_others(plan: &Plan<'_>, db: &Db, kept: &str) -> Result<()> {
    // A relationship is in when both its ends are.
    let tables = plan.catalog.tables.iter().enumerate();
    for (at, table) in tables.filter(|(_, table)| table.kind != TableKind::Relationship) {
        db.run(&format!(
            "DELETE FROM {} WHERE rowid NOT IN (SELECT \"row\" FROM {kept} WHERE tab = {at})",
            quoted(table)
        ))?;
    }
    Ok(())
}

/// The rows of a table that did not come up only because others need them.
pub(super) fn came_down(at: usize) -> String {
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

/// The rows of one table that are in by themselves: by their key, where no entity brings them.
fn pick(plan: &Plan<'_>, at: usize, count: u64, Share(share): Share, salt: &str) -> String {
    let table = quoted(&plan.catalog.tables[at]);
    let by_itself = format!(
        "{} AND rowid NOT IN (SELECT to_row FROM slice.sample_edge WHERE to_tab = {at})",
        came_down(at)
    );
    if at == plan.root || count as f64 * share < FEWEST {
        return format!("INSERT INTO slice.sample SELECT {at}, rowid FROM {table} WHERE {by_itself}");
    }
    format!(
        "INSERT INTO slice.sample SELECT {at}, rowid FROM {table} AS this WHERE {by_itself} AND \
         CAST({} % 1000000 AS BIGINT) < {}",
        digest(plan, at, salt),
        (share * 1_000_000.0).round()
    )
}

/// A number that depends on the salt and the key of a row (`this`), and on nothing else.
pub(super) fn digest(plan: &Plan<'_>, at: usize, salt: &str) -> String {
    let row = match identity(&plan.catalog.tables[at]) {
        // Rows without a key are told apart by all they hold.
        [] => "this".to_owned(),
        key => format!("row({})", Idents(key)),
    };
    format!("md5_number({} || CAST({row} AS VARCHAR))", Literal(salt))
}

/// Per table, the edge to the entity whose rows bring its own: the subject, or what leads to it, else the
/// largest entity it depends on.
fn principals(plan: &Plan<'_>, counts: &[u64], Share(share): Share) -> Vec<Option<usize>> {
    let depends = |edge: &Edge| {
        let is_column = matches!(&edge.by, Carrier::Columns { list: None, .. });
        let is_sampled = counts[edge.parent] as f64 * share >= FEWEST && edge.parent != plan.root;
        edge.down && is_column && is_sampled && edge.child != edge.parent
    };
    let edges: Vec<usize> = (0..plan.edges.len()).filter(|at| depends(&plan.edges[*at])).collect();
    let weight = |parent: usize| {
        let children = edges.iter().map(|at| &plan.edges[*at]).filter(|edge| edge.parent == parent);
        children.map(|edge| edge.child).collect::<BTreeSet<_>>().into_iter().map(|at| counts[at]).sum::<u64>()
    };
    let subject =
        edges.iter().map(|at| plan.edges[*at].parent).max_by_key(|parent| (weight(*parent), *parent));
    let mut principals: Vec<Option<usize>> = vec![None; counts.len()];
    // What depends on the subject, nearest first.
    let mut led: Vec<usize> = subject.into_iter().collect();
    let mut next = 0;
    while let Some(parent) = led.get(next).copied() {
        next += 1;
        for at in edges.iter().copied().filter(|at| plan.edges[*at].parent == parent) {
            let child = plan.edges[at].child;
            if !led.contains(&child) {
                led.push(child);
                principals[child] = Some(at);
            }
        }
    }
    for at in (0..counts.len()).filter(|at| !led.contains(at)) {
        let own = edges.iter().copied().filter(|edge| plan.edges[*edge].child == at);
        let smaller = own.filter(|edge| counts[plan.edges[*edge].parent] < counts[at]);
        principals[at] = smaller.max_by_key(|edge| (counts[plan.edges[*edge].parent], usize::MAX - edge));
    }
    principals
}
