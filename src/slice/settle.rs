//! Whose row is it, and what stays: rule 4 of "What belongs to a slice", as SQL over the edges that touch
//! rows which came *up*. Rows that came by the root or *down* are ours; only what came up can be another
//! tenant's without saying so, and only references to such rows are cut.

use super::keys::node_key;
use super::{Carrier, Plan, quoted};
use crate::duck::Db;
use crate::error::Result;
use crate::name::Ident;
use crate::sql;
use std::collections::HashSet;

/// Marks rows that came up, name no tenant, and belong to another one. Repeatable.
pub fn find_foreign(plan: &Plan<'_>, db: &Db) -> Result<()> {
    db.run("DELETE FROM slice.edge; DELETE FROM slice.foreign_edge; DELETE FROM slice.foreign_row")?;
    let filled = filled(plan, db, |at| plan.foreign_table(at))?;
    if filled.is_empty() {
        return Ok(());
    }
    let up_tables = db.rows("SELECT DISTINCT tab FROM slice.up_row", [], |row| row.get::<_, i64>(0))?;
    for (at, edge) in plan.edges.iter().enumerate().filter(|(_, edge)| edge.up) {
        let is_up = |table: usize| up_tables.contains(&(table as i64));
        if is_up(edge.child) || is_up(edge.parent) {
            db.run(&edge_statement(plan, at, "slice/edges_of_up_rows.sql"))?;
        }
        let foreign = plan.foreign_table(at);
        if !filled.contains(&foreign) {
            continue;
        }
        db.run(&format!(
            "INSERT INTO slice.foreign_edge SELECT {at}, {}, child._row FROM ({}) AS child SEMI JOIN {foreign} AS foreign_key ON {}",
            edge.child,
            plan.child_keys(at, "true"),
            plan.keys_equal(at, "child", "foreign_key"),
        ))?;
    }
    db.run(sql::get("slice/ownership_begin.sql"))?;
    repeat(db, "slice/ours_spreads.sql")?;
    db.run(sql::get("slice/foreign_begin.sql"))?;
    repeat(db, "slice/foreign_spreads.sql")
}

/// Rows of an `expand` table that came up and are not foreign, as a query with a column "row".
pub fn expandable(table: usize) -> String {
    sql::get("slice/expandable.sql").trim_end().trim_end_matches(';').replace("$tab", &table.to_string())
}

/// Cuts references to foreign rows, leaves out what cannot do without them, and drops rows that came up
/// for those only.
pub fn settle(plan: &Plan<'_>, db: &Db) -> Result<()> {
    let begun: i64 = db.one("SELECT count(*) FROM slice.foreign_edge", [])?;
    if begun == 0 {
        return Ok(());
    }
    loop {
        db.run("DELETE FROM slice.kept")?;
        db.run(sql::get("slice/kept_begin.sql"))?;
        repeat(db, "slice/kept_spreads.sql")?;
        db.run(sql::get("slice/broken.sql"))?;
        let before: u64 = db.one("SELECT count(*) FROM slice.removed", [])?;
        db.run(sql::get("slice/remove.sql"))?;
        if before == db.one::<u64, _>("SELECT count(*) FROM slice.removed", [])? {
            break;
        }
        edges_to_removed(plan, db)?;
    }
    db.run(sql::get("slice/cut.sql"))?;
    empty_references(plan, db)?;
    for (at, table) in plan.catalog.tables.iter().enumerate() {
        let statement = sql::get("slice/drop_rows.sql").replace("$table", &quoted(table));
        db.run(&statement.replace("$tab", &at.to_string()))?;
    }
    Ok(())
}

/// The tables of keys, one per parent and key, that hold any.
fn filled(plan: &Plan<'_>, db: &Db, name: impl Fn(usize) -> String) -> Result<HashSet<String>> {
    let mut names: HashSet<String> = (0..plan.edges.len()).map(name).collect();
    let mut empty = Vec::new();
    for name in &names {
        if db.one(&format!("SELECT count(*) = 0 FROM {name}"), [])? {
            empty.push(name.clone());
        }
    }
    empty.iter().for_each(|name| {
        names.remove(name);
    });
    Ok(names)
}

/// Counts, per reference, the rows that point at nothing in PROD: (edge, rows).
pub fn dangling(plan: &Plan<'_>, db: &Db) -> Result<Vec<(usize, u64)>> {
    let mut found = Vec::new();
    for asked in filled(plan, db, |at| plan.asked_table(at))? {
        let edges: Vec<usize> = (0..plan.edges.len()).filter(|at| plan.asked_table(*at) == asked).collect();
        let missing = format!(
            "SELECT asked.* FROM {asked} AS asked ANTI JOIN ({}) AS parent ON {} ANTI JOIN {} AS theirs ON {}",
            plan.parent_keys(edges[0], "true"),
            plan.keys_equal(edges[0], "asked", "parent"),
            plan.foreign_table(edges[0]),
            plan.keys_equal(edges[0], "asked", "theirs"),
        );
        db.run(&format!("CREATE OR REPLACE TEMP TABLE _missing AS {missing}"))?;
        if db.one("SELECT count(*) = 0 FROM _missing", [])? {
            continue;
        }
        for at in edges {
            let equal = plan.keys_equal(at, "child", "missing");
            let children = plan.child_keys(at, "true");
            let query = format!(
                "SELECT count(DISTINCT child._row) FROM ({children}) AS child SEMI JOIN _missing AS missing ON {equal}"
            );
            found.push((at, db.one::<u64, _>(&query, [])?));
        }
    }
    found.retain(|(_, rows)| *rows > 0);
    found.sort_unstable();
    Ok(found)
}

/// References to rows that were left out: their children may have come down, so that they are not among
/// the edges yet.
fn edges_to_removed(plan: &Plan<'_>, db: &Db) -> Result<()> {
    let tables = db.rows("SELECT DISTINCT tab FROM slice.removed", [], |row| row.get::<_, i64>(0))?;
    for (at, edge) in plan.edges.iter().enumerate() {
        if tables.contains(&(edge.parent as i64)) && edge.up {
            db.run(&edge_statement(plan, at, "slice/edges_to_removed.sql"))?;
        }
    }
    Ok(())
}

fn edge_statement(plan: &Plan<'_>, at: usize, name: &str) -> String {
    let edge = &plan.edges[at];
    sql::get(name)
        .replace("$edge", &at.to_string())
        .replace("$child_tab", &edge.child.to_string())
        .replace("$parent_tab", &edge.parent.to_string())
        .replace("$children", &plan.child_keys(at, "true"))
        .replace("$parents", &plan.parent_keys(at, "true"))
        .replace("$equal", &plan.keys_equal(at, "child", "parent"))
}

/// Sets the columns of cut references to NULL: those that may be, and that no other reference needs.
fn empty_references(plan: &Plan<'_>, db: &Db) -> Result<()> {
    let cut = db.rows("SELECT DISTINCT edge FROM slice.cut", [], |row| row.get::<_, i64>(0))?;
    for at in cut {
        let at = at as usize;
        let edge = &plan.edges[at];
        let table = &plan.catalog.tables[edge.child];
        let Carrier::Columns { columns, .. } = &edge.by else { continue };
        let is_nullable = |name: &&String| {
            table.column(name).is_some_and(|column| column.nullable && !table.key.contains(&column.name))
        };
        let sets: Vec<String> =
            columns.iter().filter(is_nullable).map(|name| format!("{} = NULL", Ident(name))).collect();
        db.run(&format!(
            "UPDATE {} SET {} WHERE rowid IN (SELECT child_row FROM slice.cut WHERE edge = {at})",
            quoted(table),
            sets.join(", ")
        ))?;
    }
    Ok(())
}

/// Drops relationships one of whose ends is not in.
pub fn drop_loose_relationships(plan: &Plan<'_>, db: &Db) -> Result<()> {
    for (at, table) in plan.catalog.tables.iter().enumerate() {
        for end in ["_start", "_end"] {
            let nodes: Vec<String> = plan
                .catalog
                .references_of(at)
                .filter(|reference| reference.columns == [format!("{end}_key")])
                .map(|reference| {
                    let node = &plan.catalog.tables[reference.parent];
                    format!(
                        "SELECT {} AS label, CAST({} AS VARCHAR) AS key FROM {}",
                        crate::name::Literal(&node.name),
                        Ident(node_key(node)),
                        quoted(node)
                    )
                })
                .collect();
            if !nodes.is_empty() {
                db.run(&format!(
                    "DELETE FROM {} AS this WHERE NOT EXISTS (FROM ({}) AS node WHERE node.label = this.{end}_label \
                     AND node.key = this.{end}_key)",
                    quoted(table),
                    nodes.join(" UNION ALL ")
                ))?;
            }
        }
    }
    Ok(())
}

/// Runs an INSERT until it brings nothing new.
fn repeat(db: &Db, name: &str) -> Result<()> {
    while db.change(sql::get(name), [])? > 0 {}
    Ok(())
}
