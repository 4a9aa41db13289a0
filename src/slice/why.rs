//! Why a row is in: the chain of references from the root to it, found from the row backwards. A row came down
//! from a parent that descends, or up from any child. It works on the masked tables as on the raw ones: both
//! ends of a reference are masked alike.

use super::{Carrier, Plan, quoted};
use crate::duck::Db;
use crate::error::{Error, Result};
use crate::name::{Ident, nearest};
use crate::sql;

/// One row of a chain.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct Link {
    /// `ids.students`
    pub table: String,
    /// Its key, parts joined by a comma; of a table without one, its position.
    pub key: String,
    /// By what it came in: `the root`, `its tenant column`, or the id of a reference.
    pub by: String,
    /// `root`, `down`, `up` or `whole`.
    pub how: String,
}

/// The chain from the root to the row of `path` with this key, over the tables of the current catalog. `None`
/// when there is none without a row that was left out, or, unless the tables are the raw ones, without a
/// reference on an expression: masked tables do not have its values.
pub fn chain(plan: &Plan<'_>, db: &Db, path: &str, key: &str, is_raw: bool) -> Result<Option<Vec<Link>>> {
    let at = plan.catalog.find(path).ok_or_else(|| unknown_table(plan, path))?;
    let table = quoted(&plan.catalog.tables[at]);
    let rows = db.rows(
        &format!("SELECT rowid FROM {table} WHERE {} = ? LIMIT 1", shown_key(plan, at)),
        [key],
        |row| row.get::<_, i64>(0),
    )?;
    let Some(row) = rows.first() else {
        return Err(Error::usage(format!("{path} has no row {key} in this run"))
            .hint("keys are masked ones; join the parts of a composite key by commas"));
    };
    db.run(sql::get("slice/why_state.sql"))?;
    db.run(&format!("INSERT INTO _why VALUES ({at}, {row}, true, 0, NULL, NULL, NULL, NULL)"))?;
    let mut depth = 0;
    loop {
        if let Some((tab, row, up)) = terminal(plan, db, depth)? {
            return links(plan, db, tab, row, up).map(Some);
        }
        if step(plan, db, depth, is_raw)? == 0 {
            return Ok(None);
        }
        depth += 1;
    }
}

/// The edges that can be walked on what is there.
fn walkable<'p>(plan: &'p Plan<'_>, is_raw: bool) -> impl Iterator<Item = (usize, &'p super::Edge)> {
    let is_columns = move |edge: &super::Edge| match edge.by {
        Carrier::Columns { is_expression, .. } => is_raw || !is_expression,
        Carrier::Relationship { .. } => is_raw,
    };
    plan.edges.iter().enumerate().filter(move |(_, edge)| is_columns(edge))
}

/// Walks every edge once from the rows of one depth; returns how many rows are new.
fn step(plan: &Plan<'_>, db: &Db, depth: i64, is_raw: bool) -> Result<u64> {
    let near =
        db.rows("SELECT DISTINCT tab FROM _why WHERE depth = ?", [depth], |row| row.get::<_, i64>(0))?;
    let mut found = 0;
    for (at, edge) in walkable(plan, is_raw) {
        let statement = |from: usize, near: &str, to: usize, far: &str, next: bool, allowed: &str| {
            sql::get("slice/why_step.sql")
                .replace("$children", &plan.child_keys(at, "true"))
                .replace("$parents", &plan.parent_keys(at, "true"))
                .replace("$equal", &plan.keys_equal(at, "child", "parent"))
                .replace("$edge", &at.to_string())
                .replace("$from", &from.to_string())
                .replace("$near", near)
                .replace("$to", &to.to_string())
                .replace("$far", far)
                .replace("$next", &next.to_string())
                .replace("$depth", &depth.to_string())
                .replace("$allowed", allowed)
        };
        // It came down from a parent that came down itself, or that descends whichever way it came.
        if edge.down && near.contains(&(edge.child as i64)) {
            let next = plan.expand[edge.parent];
            found += db.change(&statement(edge.child, "child", edge.parent, "parent", next, ""), [])?;
        }
        // It came up from a child, if it need not have come down.
        if edge.up && near.contains(&(edge.parent as i64)) {
            let sql = statement(edge.parent, "parent", edge.child, "child", true, "AND near.up");
            found += db.change(&sql, [])?;
        }
    }
    Ok(found)
}

/// A row of this depth that is in by itself: the root, one of our tenant's, or of a table taken whole.
fn terminal(plan: &Plan<'_>, db: &Db, depth: i64) -> Result<Option<(i64, i64, bool)>> {
    for tab in
        db.rows("SELECT DISTINCT tab FROM _why WHERE depth = ?", [depth], |row| row.get::<_, i64>(0))?
    {
        let at = tab as usize;
        let condition = match (at == plan.root, &plan.tenant[at]) {
            (true, _) => format!("rowid = ({})", root_row(plan)),
            (_, Some(column)) => format!(
                "{} = (SELECT {} FROM {} WHERE rowid = ({}))",
                Ident(column),
                Ident(&plan.root_column),
                quoted(&plan.catalog.tables[plan.root]),
                root_row(plan)
            ),
            _ if plan.whole[at] => "true".to_owned(),
            _ => continue,
        };
        let whole = if plan.whole[at] { " AND why.up" } else { "" };
        let query = format!(
            "SELECT why.\"row\", why.up FROM _why AS why SEMI JOIN (SELECT rowid AS r FROM {} WHERE {condition}) AS this \
             ON this.r = why.\"row\" WHERE why.tab = {tab} AND why.depth = {depth}{whole} ORDER BY ALL LIMIT 1",
            quoted(&plan.catalog.tables[at])
        );
        if let Some((row, up)) = db.rows(&query, [], |row| Ok((row.get(0)?, row.get(1)?)))?.pop() {
            return Ok(Some((tab, row, up)));
        }
    }
    Ok(None)
}

/// The row number of the root: the one with its key, or, where keys are masked, the first that was read.
fn root_row(plan: &Plan<'_>) -> String {
    let (table, column) = (quoted(&plan.catalog.tables[plan.root]), Ident(&plan.root_column));
    let key = crate::name::Literal(&plan.root_key);
    format!("SELECT rowid FROM {table} ORDER BY CAST({column} AS VARCHAR) <> {key}, rowid LIMIT 1")
}

/// Follows the steps back to the wanted row.
fn links(plan: &Plan<'_>, db: &Db, tab: i64, row: i64, up: bool) -> Result<Vec<Link>> {
    let (mut tab, mut row, mut up) = (tab, row, up);
    let first = tab as usize;
    let (by, how) = match () {
        () if first == plan.root => ("the root".to_owned(), "root"),
        () if plan.tenant[first].is_some() => ("its tenant column".to_owned(), "down"),
        () => ("a table taken whole".to_owned(), "whole"),
    };
    let mut chain = vec![Link { table: String::new(), key: String::new(), by, how: how.into() }];
    loop {
        let at = tab as usize;
        if let Some(last) = chain.last_mut() {
            last.table = plan.catalog.tables[at].path();
            let query = format!(
                "SELECT {} FROM {} WHERE rowid = {row}",
                shown_key(plan, at),
                quoted(&plan.catalog.tables[at])
            );
            last.key = db.one(&query, [])?;
        }
        let next = db.rows(
            "SELECT edge, next_tab, next_row, next_up FROM _why WHERE tab = ? AND \"row\" = ? AND up = ? AND edge IS NOT NULL",
            duckdb::params![tab, row, up],
            |row| Ok((row.get::<_, i64>(0)?, row.get(1)?, row.get(2)?, row.get(3)?)),
        )?;
        let Some((edge, next_tab, next_row, next_up)) = next.first().copied() else { return Ok(chain) };
        let edge = &plan.edges[edge as usize];
        let how = if edge.parent == at && edge.child == next_tab as usize { "down" } else { "up" };
        chain.push(Link { table: String::new(), key: String::new(), by: edge.id.clone(), how: how.into() });
        (tab, row, up) = (next_tab, next_row, next_up);
    }
}

/// The key of a row as text.
fn shown_key(plan: &Plan<'_>, at: usize) -> String {
    match super::identity(&plan.catalog.tables[at]) {
        [] => "CAST(rowid AS VARCHAR)".to_owned(),
        key => {
            let parts: Vec<String> =
                key.iter().map(|name| format!("CAST({} AS VARCHAR)", Ident(name))).collect();
            format!("concat_ws(',', {})", parts.join(", "))
        }
    }
}

fn unknown_table(plan: &Plan<'_>, path: &str) -> Error {
    let paths: Vec<String> = plan.catalog.tables.iter().map(crate::catalog::Table::path).collect();
    let error = Error::usage(format!("the run has no table {path}"));
    match nearest(path, paths.iter().map(String::as_str)) {
        Some(near) => error.hint(format!("did you mean {near}?")),
        None => error.hint("`datamig sql <run> -c \"SHOW ALL TABLES\"` lists them"),
    }
}
