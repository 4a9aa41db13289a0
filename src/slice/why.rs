//! Why a row is in: the chain of references from the root to it, found from the row backwards. A row came down
//! from a parent that descends, or up from any child. It is walked over the raw rows where they are there, and
//! told in masked keys: the n-th masked row is the n-th raw one. Without them it is walked over the masked
//! tables: both ends of a reference are masked alike, but values of expressions are not there.

use super::keys::{node_text, pairs_table};
use super::{Carrier, Plan, quoted};
use crate::catalog::TableKind;
use crate::duck::Db;
use crate::error::{Error, Result};
use crate::name::{Ident, Literal, nearest};
use crate::sql;

/// One row of a chain.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct Link {
    /// `ids.students`
    pub table: String,
    /// Its key, parts joined by a comma; of a table without one, its position; of a relationship, the keys of its ends.
    pub key: String,
    /// By what it came in: `the root`, `its tenant column`, or the id of a reference.
    pub by: String,
    /// `root`, `down`, `up` or `whole`; `left out` of a row that is not there any more, by the references named.
    pub how: String,
}

/// Over which rows a chain is walked, and in which keys it is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Over {
    /// The raw rows of the current catalog, in their own keys.
    Raw,
    /// The raw rows of the current catalog, in the keys of the masked ones of the catalog `run`.
    RawInMaskedKeys,
    /// The masked rows of the current catalog.
    Masked,
}

/// The chain from the root to the row of `path` with this key. `None` when there is none without a row that was
/// left out, or, over masked rows, without a reference on an expression.
pub fn chain(plan: &Plan<'_>, db: &Db, path: &str, key: &str, over: Over) -> Result<Option<Vec<Link>>> {
    let at = plan.catalog.find(path).ok_or_else(|| unknown_table(plan, path))?;
    let rows = format!("SELECT r FROM ({}) WHERE key = ? LIMIT 1", keys(plan, at, over));
    let rows = db.rows(&rows, [key], |row| row.get::<_, i64>(0))?;
    let Some(row) = rows.first() else {
        return Err(Error::usage(format!("{path} has no row {key} in this run"))
            .hint("keys are masked ones; join the parts of a composite key by commas"));
    };
    if plan.catalog.tables[at].kind == TableKind::Relationship {
        return relationship(plan, db, at, *row, key, over);
    }
    from_row(plan, db, at, *row, over)
}

/// The chain of a relationship: that of its start node, and that both its ends are in.
fn relationship(
    plan: &Plan<'_>,
    db: &Db,
    at: usize,
    row: i64,
    key: &str,
    over: Over,
) -> Result<Option<Vec<Link>>> {
    let table = &plan.catalog.tables[at];
    for reference in plan.catalog.references_of(at).filter(|reference| reference.is_end("_start_key")) {
        let node = &plan.catalog.tables[reference.parent];
        let start = format!(
            "SELECT node.rowid FROM {} AS node JOIN {} AS this ON this._start_key = {} \
             WHERE this.rowid = {row} AND this._start_label = {}",
            quoted(node),
            quoted(table),
            node_text(node, "node."),
            Literal(&node.name)
        );
        if let Some(start) = db.rows(&start, [], |row| row.get::<_, i64>(0))?.pop() {
            let mut chain = from_row(plan, db, reference.parent, start, over)?;
            let by = "both its ends".to_owned();
            chain.iter_mut().for_each(|chain| {
                chain.push(Link {
                    table: table.path(),
                    key: key.to_owned(),
                    by: by.clone(),
                    how: "down".to_owned(),
                });
            });
            return Ok(chain);
        }
    }
    Ok(None)
}

/// The chain from the root to a row by its number.
fn from_row(plan: &Plan<'_>, db: &Db, at: usize, row: i64, over: Over) -> Result<Option<Vec<Link>>> {
    db.run(sql::get("slice/why_state.sql"))?;
    db.run(&format!("INSERT INTO _why VALUES ({at}, {row}, true, 0, NULL, NULL, NULL, NULL)"))?;
    let mut depth = 0;
    loop {
        if let Some(end) = terminal(plan, db, depth)? {
            return links(plan, db, over, &end).map(Some);
        }
        if step(plan, db, depth, over)? == 0 {
            let Some(end) = left_out(plan, db, over)? else { return Ok(None) };
            return links(plan, db, over, &end).map(Some);
        }
        depth += 1;
    }
}

/// The edges that can be walked on what is there.
fn walkable<'p>(plan: &'p Plan<'_>, over: Over) -> impl Iterator<Item = (usize, &'p super::Edge)> {
    let is_there = move |edge: &super::Edge| match edge.by {
        Carrier::Columns { is_expression, .. } => over != Over::Masked || !is_expression,
        Carrier::Relationship { .. } => true,
    };
    plan.edges.iter().enumerate().filter(move |(_, edge)| is_there(edge))
}

/// The keys that children of an edge name: of a relationship, as the relationships of the run have them.
fn children(plan: &Plan<'_>, at: usize, over: Over) -> String {
    let edge = &plan.edges[at];
    let mut query = plan.child_keys(at, "true");
    if let (Over::Masked, true, Some(applies)) = (over, plan.is_decided_by_store(at), plan.applies(at)) {
        // The masked file has no such column, but knows the rows.
        let noted =
            format!("rowid IN (SELECT \"row\" FROM meta.applying WHERE reference = {})", Literal(&edge.id));
        query = query.replace(&applies, &noted);
    }
    let Carrier::Relationship { table, child_is_start } = edge.by else { return query };
    let (child, parent) = if child_is_start { ("_start", "_end") } else { ("_end", "_start") };
    let label = |table: usize| plan.catalog.tables[table].name.as_str();
    let pairs = format!(
        "(SELECT DISTINCT {child}_key AS child, {parent}_key AS parent FROM {} WHERE {child}_label = {} AND {parent}_label = {})",
        quoted(&plan.catalog.tables[table]),
        Literal(label(edge.child)),
        Literal(label(edge.parent))
    );
    query.replace(&format!("{} AS pair", pairs_table(at)), &format!("{pairs} AS pair"))
}

/// Walks every edge once from the rows of one depth; returns how many rows are new.
fn step(plan: &Plan<'_>, db: &Db, depth: i64, over: Over) -> Result<u64> {
    let near =
        db.rows("SELECT DISTINCT tab FROM _why WHERE depth = ?", [depth], |row| row.get::<_, i64>(0))?;
    let mut found = 0;
    for (at, edge) in walkable(plan, over) {
        let statement = |from: usize, near: &str, to: usize, far: &str, next: &str, allowed: &str| {
            sql::get("slice/why_step.sql")
                .replace("$children", &children(plan, at, over))
                .replace("$parents", &plan.parent_keys(at, "true"))
                .replace("$equal", &plan.keys_equal(at, "child", "parent"))
                .replace("$edge", &at.to_string())
                .replace("$from", &from.to_string())
                .replace("$near", near)
                .replace("$to", &to.to_string())
                .replace("$far", far)
                .replace("$next", next)
                .replace("$depth", &depth.to_string())
                .replace("$allowed", allowed)
        };
        // It came down from a parent that came down itself, or that descends whichever way it came.
        if edge.down && near.contains(&(edge.child as i64)) {
            let next = plan.expands(edge.parent, "parent");
            found += db.change(&statement(edge.child, "child", edge.parent, "parent", &next, ""), [])?;
        }
        // It came up from a child, if it need not have come down.
        if edge.up && near.contains(&(edge.parent as i64)) {
            let sql = statement(edge.parent, "parent", edge.child, "child", "true", "AND near.up");
            found += db.change(&sql, [])?;
        }
    }
    Ok(found)
}

/// Where a chain begins: a row that is in by itself.
struct End {
    tab: i64,
    row: i64,
    up: bool,
    /// Whether it is the root's or our tenant's, and not only of a table taken whole.
    is_own: bool,
    /// The edge by which it came down from a row that was left out, and by which references that was.
    left_out: Option<(usize, String)>,
}

/// The nearest row that came down by one which was left out afterwards: only raw rows tell.
fn left_out(plan: &Plan<'_>, db: &Db, over: Over) -> Result<Option<End>> {
    if over == Over::Masked {
        return Ok(None);
    }
    let mut nearest: Option<(i64, End)> = None;
    for edge in db.rows("SELECT DISTINCT edge FROM slice.came_by", [], |row| row.get::<_, i64>(0))? {
        let at = edge as usize;
        let tab = plan.edges[at].child;
        let query = sql::get("slice/why_left_out.sql")
            .replace("$table", &quoted(&plan.catalog.tables[tab]))
            .replace("$tab", &tab.to_string())
            .replace("$edge", &edge.to_string());
        let found = db.rows(&query, [], |row| {
            let left_out = Some((at, row.get::<_, String>(3)?));
            let end = End { tab: tab as i64, row: row.get(0)?, up: row.get(1)?, is_own: false, left_out };
            Ok((row.get::<_, i64>(2)?, end))
        })?;
        nearest = found.into_iter().chain(nearest).min_by_key(|(depth, _)| *depth);
    }
    Ok(nearest.map(|(_, end)| end))
}

/// A row of this depth that is in by itself: the root, one of our tenant's, or of a table taken whole.
fn terminal(plan: &Plan<'_>, db: &Db, depth: i64) -> Result<Option<End>> {
    for tab in
        db.rows("SELECT DISTINCT tab FROM _why WHERE depth = ?", [depth], |row| row.get::<_, i64>(0))?
    {
        let at = tab as usize;
        let own = match (at == plan.root, &plan.tenant[at]) {
            (true, _) => format!("rowid = ({})", root_row(plan)),
            (_, Some(column)) => format!(
                "{} = (SELECT {} FROM {} WHERE rowid = ({}))",
                Ident(column),
                Ident(&plan.root_column),
                quoted(&plan.catalog.tables[plan.root]),
                root_row(plan)
            ),
            _ if plan.whole[at] => "false".to_owned(),
            _ => continue,
        };
        // Of a table taken whole the other rows are in as well, and do not descend for that.
        let whole = if plan.whole[at] { " OR why.up" } else { "" };
        let query = format!(
            "SELECT why.\"row\", why.up, coalesce(this.is_own, false) FROM _why AS why JOIN (SELECT rowid AS r, {own} AS is_own FROM {}) AS this \
             ON this.r = why.\"row\" WHERE why.tab = {tab} AND why.depth = {depth} AND (coalesce(this.is_own, false){whole}) \
             ORDER BY ALL LIMIT 1",
            quoted(&plan.catalog.tables[at])
        );
        let end = |row: &duckdb::Row<'_>| {
            Ok(End { tab, row: row.get(0)?, up: row.get(1)?, is_own: row.get(2)?, left_out: None })
        };
        if let Some(end) = db.rows(&query, [], end)?.pop() {
            return Ok(Some(end));
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
fn links(plan: &Plan<'_>, db: &Db, over: Over, end: &End) -> Result<Vec<Link>> {
    let End { mut tab, mut row, mut up, is_own, ref left_out } = *end;
    let link = |at: usize, row: &str, by: String, how: &str| -> Result<Link> {
        let key = format!("SELECT key FROM ({}) WHERE r = ({row})", keys(plan, at, over));
        Ok(Link { table: plan.catalog.tables[at].path(), key: db.one(&key, [])?, by, how: how.to_owned() })
    };
    let root = || link(plan.root, &root_row(plan), "the root".to_owned(), "root");
    let first = tab as usize;
    let shown = row.to_string();
    let mut chain = match (left_out, &plan.tenant[first]) {
        (Some((edge, by)), _) => {
            let edge = &plan.edges[*edge];
            let table = plan.catalog.tables[edge.parent].path();
            let gone = Link { table, key: String::new(), by: by.clone(), how: "left out".to_owned() };
            vec![gone, link(first, &shown, edge.id.clone(), "down")?]
        }
        _ if first == plan.root => vec![root()?],
        (None, Some(column)) if is_own => {
            vec![root()?, link(first, &shown, format!("its tenant column {column}"), "down")?]
        }
        _ => vec![link(first, &shown, "a table taken whole".to_owned(), "whole")?],
    };
    loop {
        let at = tab as usize;
        let next = db.rows(
            "SELECT edge, next_tab, next_row, next_up FROM _why WHERE tab = ? AND \"row\" = ? AND up = ? AND edge IS NOT NULL",
            duckdb::params![tab, row, up],
            |row| Ok((row.get::<_, i64>(0)?, row.get(1)?, row.get::<_, i64>(2)?, row.get(3)?)),
        )?;
        let Some((edge, next_tab, next_row, next_up)) = next.first().copied() else { return Ok(chain) };
        let edge = &plan.edges[edge as usize];
        let how = if edge.parent == at && edge.child == next_tab as usize { "down" } else { "up" };
        chain.push(link(next_tab as usize, &next_row.to_string(), edge.id.clone(), how)?);
        (tab, row, up) = (next_tab, next_row, next_up);
    }
}

/// The rows of a table, as `r`, with the keys they are told by, as `key`.
fn keys(plan: &Plan<'_>, at: usize, over: Over) -> String {
    let table = quoted(&plan.catalog.tables[at]);
    let key = shown_key(plan, at);
    match over {
        Over::Raw | Over::Masked => format!("SELECT rowid AS r, {key} AS key FROM {table}"),
        Over::RawInMaskedKeys => format!(
            "SELECT raw.r, masked.key FROM (SELECT rowid AS r, row_number() OVER (ORDER BY rowid) AS n FROM {table}) AS raw \
             JOIN (SELECT {key} AS key, row_number() OVER (ORDER BY rowid) AS n FROM run.{table}) AS masked USING (n)"
        ),
    }
}

/// The key of a row as text.
fn shown_key(plan: &Plan<'_>, at: usize) -> String {
    let table = &plan.catalog.tables[at];
    match super::identity(table) {
        _ if table.kind == TableKind::Relationship => "concat_ws(',', _start_key, _end_key)".to_owned(),
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
