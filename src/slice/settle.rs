//! Whose row is it, and what stays: rule 4 of "What belongs to a slice", as SQL over the edges that touch
//! rows which came *up*. Rows that came by the root or *down* are ours; only what came up can be another
//! tenant's without saying so, and only references to such rows are cut.

use super::keys::{key_value, node_text};
use super::{Carrier, Edge, Plan, quoted};
use crate::catalog::{ListFormat, Table, TableKind};
use crate::duck::Db;
use crate::error::{Error, Result};
use crate::name::Ident;
use crate::project::Dangling;
use crate::sql;
use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::{Mutex, PoisonError};

/// Marks rows that came up and belong to another tenant: those that say so and were let in, and those that
/// say nothing. False when there are none. Repeatable.
pub fn find_foreign(plan: &Plan<'_>, db: &Db) -> Result<bool> {
    db.run("DELETE FROM slice.edge; DELETE FROM slice.foreign_edge; DELETE FROM slice.foreign_row")?;
    let filled = filled(db, (0..plan.edges.len()).map(|at| plan.foreign_table(at)))?;
    let taken: BTreeSet<usize> = plan.edges.iter().filter(|edge| edge.take).map(|edge| edge.parent).collect();
    let mut is_any = !filled.is_empty();
    for table in taken {
        if let Some(theirs) = plan.is_theirs(table) {
            let staged = quoted(&plan.catalog.tables[table]);
            let theirs = format!("SELECT {table}, rowid FROM {staged} WHERE {theirs}");
            is_any |= db.change(&format!("INSERT INTO slice.foreign_row {theirs}"), [])? > 0;
        }
    }
    if !is_any && plan.edges.iter().all(|edge| edge.cure.is_none()) {
        return Ok(false);
    }
    let up_tables = db.rows("SELECT DISTINCT tab FROM slice.up_row", [], |row| row.get::<_, i64>(0))?;
    let up: Vec<usize> = (0..plan.edges.len()).filter(|at| plan.edges[*at].up).collect();
    db.share_out(up.len(), |db, next| {
        let at = up[next];
        let edge = &plan.edges[at];
        let is_up = |table: usize| up_tables.contains(&(table as i64));
        if is_up(edge.child) || is_up(edge.parent) {
            db.run(&edge_statement(plan, at, "slice/edges_of_up_rows.sql"))?;
        }
        let foreign = plan.foreign_table(at);
        if edge.take || !filled.contains(&foreign) {
            return Ok(());
        }
        db.run(&format!(
            "INSERT INTO slice.foreign_edge SELECT {at}, {}, child._row FROM ({}) AS child SEMI JOIN {foreign} AS foreign_key ON {}",
            edge.child,
            plan.child_keys(at, "true"),
            plan.keys_equal(at, "child", "foreign_key"),
        ))
    })?;
    db.run(sql::get("slice/ownership_begin.sql"))?;
    owner_spreads(db, "_ours")?;
    db.run(sql::get("slice/foreign_begin.sql"))?;
    owner_spreads(db, "slice.foreign_row")?;
    keep(db)?;
    Ok(true)
}

/// Adds to the rows of one owner those that are its own by their parents.
fn owner_spreads(db: &Db, owned: &str) -> Result<()> {
    db.run(&sql::get("slice/owner_spreads.sql").replace("$owned", owned))
}

/// Finds the rows that came up and that something which stays needs.
fn keep(db: &Db) -> Result<()> {
    db.run(sql::get("slice/kept_begin.sql"))?;
    db.run(sql::get("slice/kept_spreads.sql"))
}

/// Rows of an `expand` table that may descend and do not yet, as a query with a column "row"; none of another table.
pub fn expandable(plan: &Plan<'_>, table: usize, is_any_foreign: bool) -> Option<String> {
    let condition = plan.expand[table].as_ref()?;
    let named =
        format!("SELECT rowid AS \"row\" FROM {} WHERE {condition}", quoted(&plan.catalog.tables[table]));
    let needed = if is_any_foreign { "slice.kept" } else { "slice.up_row" };
    let query = sql::get("slice/expandable.sql").trim_end().trim_end_matches(';');
    Some(query.replace("$tab", &table.to_string()).replace("$needed", needed).replace("$named", &named))
}

/// Cuts references to foreign rows, leaves out what cannot do without them, and drops rows that came up
/// for those only.
pub fn settle(plan: &Plan<'_>, db: &Db) -> Result<()> {
    cure(plan, db)?;
    if !db.one::<bool, _>(sql::get("slice/is_any_broken.sql"), [])? {
        return Ok(());
    }
    let state = "SELECT (SELECT count(*) FROM slice.removed) - (SELECT count(*) FROM slice.edge)";
    loop {
        keep(db)?;
        db.run(sql::get("slice/broken.sql"))?;
        let before: i64 = db.one(state, [])?;
        db.run(sql::get("slice/remove.sql"))?;
        db.run(sql::get("slice/cut.sql"))?;
        empty_references(plan, db, Gone::Settled)?;
        db.run(sql::get("slice/void.sql"))?;
        if before == db.one::<i64, _>(state, [])? {
            break;
        }
        edges_to_removed(plan, db)?;
    }
    root_stays(plan, db)?;
    db.run(sql::get("slice/cut_end.sql"))?;
    for (at, table) in plan.catalog.tables.iter().enumerate() {
        let statement = sql::get("slice/drop_rows.sql").replace("$table", &quoted(table));
        db.run(&statement.replace("$tab", &at.to_string()))?;
    }
    Ok(())
}

/// Refuses a root that needs what belongs to somebody else: without it there is no slice.
fn root_stays(plan: &Plan<'_>, db: &Db) -> Result<()> {
    let broken =
        db.rows(sql::get("slice/root_removed.sql"), [plan.root as i64], |row| row.get::<_, String>(0))?;
    match broken.first() {
        None => Ok(()),
        Some(reference) => Err(Error::refused(format!(
            "the root itself needs a row that does not come along, by {reference}, which allows no NULL"
        ))
        .hint(format!("`cross_tenant: {{\"{reference}\": take}}` in project.yaml lets that row in, listed"))),
    }
}

/// Those of the tables of keys that hold any.
fn filled(db: &Db, names: impl Iterator<Item = String>) -> Result<HashSet<String>> {
    let mut filled = HashSet::new();
    for name in names.collect::<HashSet<String>>() {
        if db.one(&format!("SELECT count(*) > 0 FROM {name}"), [])? {
            filled.insert(name);
        }
    }
    Ok(filled)
}

/// Counts, per reference, the rows that point at nothing in PROD and stay: (edge, rows).
pub fn dangling(plan: &Plan<'_>, db: &Db) -> Result<Vec<(usize, u64)>> {
    let found = Mutex::new(BTreeMap::<usize, u64>::new());
    each_dangling(
        plan,
        db,
        |_| true,
        |db, at, rows| {
            let count: u64 = db.one(&format!("SELECT count(*) FROM ({rows})"), [])?;
            *found.lock().unwrap_or_else(PoisonError::into_inner).entry(at).or_default() += count;
            Ok(())
        },
    )?;
    let found = found.into_inner().unwrap_or_else(PoisonError::into_inner);
    Ok(found.into_iter().filter(|(_, rows)| *rows > 0).collect())
}

/// Notes the rows whose reference dangles where the project says what to do about it.
fn cure(plan: &Plan<'_>, db: &Db) -> Result<()> {
    let cures = |edge: &Edge| edge.cure.is_some();
    each_dangling(plan, db, cures, |db, at, rows| {
        let (child, leave_out) = (plan.edges[at].child, plan.edges[at].cure == Some(Dangling::LeaveOut));
        db.run(&format!("INSERT INTO slice.cured SELECT {at}, {child}, _row, {leave_out} FROM ({rows})"))
    })
}

/// Hands on, per reference that is `wanted`, the query of its rows that point at nothing in PROD: `_row`.
fn each_dangling(
    plan: &Plan<'_>,
    db: &Db,
    wanted: fn(&Edge) -> bool,
    act: impl Fn(&Db, usize, &str) -> Result<()> + Sync,
) -> Result<()> {
    let wanted: Vec<usize> = (0..plan.edges.len()).filter(|at| wanted(&plan.edges[*at])).collect();
    let asked: Vec<String> = filled(db, wanted.iter().map(|at| plan.asked_table(*at)))?.into_iter().collect();
    db.share_out(asked.len(), |db, next| {
        let asked = &asked[next];
        let mut edges = wanted.iter().copied().filter(|at| plan.asked_table(*at) == *asked).peekable();
        let Some(first) = edges.peek().copied() else { return Ok(()) };
        let missing = format!(
            "SELECT asked.* FROM {asked} AS asked ANTI JOIN ({}) AS parent ON {} ANTI JOIN {} AS theirs ON {}",
            plan.parent_keys(first, "true"),
            plan.keys_equal(first, "asked", "parent"),
            plan.foreign_table(first),
            plan.keys_equal(first, "asked", "theirs"),
        );
        db.run(&format!("CREATE OR REPLACE TEMP TABLE _missing AS {missing}"))?;
        if db.one("SELECT count(*) = 0 FROM _missing", [])? {
            return Ok(());
        }
        edges.try_for_each(|at| {
            let equal = plan.keys_equal(at, "child", "missing");
            let children = plan.child_keys(at, "true");
            act(
                db,
                at,
                &format!("SELECT DISTINCT child._row FROM ({children}) AS child SEMI JOIN _missing AS missing ON {equal}"),
            )
        })
    })?;
    let nameless: Vec<(usize, String)> =
        wanted.iter().filter_map(|at| Some((*at, plan.nameless(*at)?))).collect();
    db.share_out(nameless.len(), |db, next| {
        let (at, rows) = &nameless[next];
        act(db, *at, &format!("SELECT DISTINCT _row FROM ({rows})"))
    })
}

/// References to rows that were left out: their children may have come down, so that they are not among
/// the edges yet.
fn edges_to_removed(plan: &Plan<'_>, db: &Db) -> Result<()> {
    let tables = db.rows("SELECT DISTINCT tab FROM slice.removed", [], |row| row.get::<_, i64>(0))?;
    let is_open = |at: &usize| plan.edges[*at].up && tables.contains(&(plan.edges[*at].parent as i64));
    let open: Vec<usize> = (0..plan.edges.len()).filter(is_open).collect();
    db.share_out(open.len(), |db, next| {
        db.run(&edge_statement(plan, open[next], "slice/edges_to_removed.sql"))
    })
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

/// Which rows a list may not name any more.
#[derive(Clone, Copy)]
pub(super) enum Gone {
    /// Those of other tenants, and those left out with them.
    Settled,
    /// Those that a part leaves out.
    Part,
}

/// Sets the columns of broken references to NULL, where they may be, and takes members out of lists.
pub(super) fn empty_references(plan: &Plan<'_>, db: &Db, gone: Gone) -> Result<()> {
    for at in db.rows("SELECT DISTINCT edge FROM _broken", [], |row| row.get::<_, i64>(0))? {
        let edge = &plan.edges[at as usize];
        if edge.is_list() && edge.nullable {
            db.run(&shortening(plan, at as usize, gone))?;
        }
        if !edge.clears.is_empty() {
            let sets: Vec<String> =
                edge.clears.iter().map(|name| format!("{} = NULL", Ident(name))).collect();
            db.run(&format!(
                "UPDATE {} SET {} WHERE rowid IN (SELECT child_row FROM _broken WHERE edge = {at})",
                quoted(&plan.catalog.tables[edge.child]),
                sets.join(", ")
            ))?;
        }
    }
    Ok(())
}

/// The statement that takes the members of broken lists out that name what is gone.
fn shortening(plan: &Plan<'_>, at: usize, gone: Gone) -> String {
    let edge = &plan.edges[at];
    let Carrier::Columns { columns, key, list, .. } = &edge.by else { return String::new() };
    let (child, parent) = (&plan.catalog.tables[edge.child], &plan.catalog.tables[edge.parent]);
    let column = Ident(&columns[0]).to_string();
    let rows = match (gone, edge.take) {
        (Gone::Part, _) => "slice.part_without",
        (Gone::Settled, true) => "slice.removed",
        (Gone::Settled, false) => "(FROM slice.removed UNION ALL FROM slice.foreign_row)",
    };
    let mut keys = format!(
        "SELECT k0 FROM ({}) AS parent SEMI JOIN (FROM {rows} WHERE tab = {}) AS gone ON gone.\"row\" = parent._row",
        plan.parent_keys(at, "true"),
        edge.parent
    );
    if !edge.take {
        keys += &format!(" UNION ALL FROM {}", plan.foreign_table(at));
    }
    let list = list.unwrap_or(ListFormat::Comma);
    let (joined, empty) = match list {
        ListFormat::Json => ("'[' || string_agg(CAST(part AS VARCHAR), ', ' ORDER BY place) || ']'", "'[]'"),
        ListFormat::Array => ("'{' || string_agg(part, ',' ORDER BY place) || '}'", "'{}'"),
        ListFormat::Comma => ("trim(string_agg(part, ',' ORDER BY place))", "''"),
    };
    let nullable = child.column(&columns[0]).is_some_and(|column| column.nullable);
    sql::get("slice/shorten.sql")
        .replace("$table", &quoted(child))
        .replace("$column", &column)
        .replace("$empty", if nullable { "NULL" } else { empty })
        .replace("$edge", &at.to_string())
        .replace("$parts", &list.parts(&column))
        .replace("$member", &list.member())
        .replace("$key", &key_value(parent, &key[0], "member"))
        .replace("$gone", &keys)
        .replace("$joined", joined)
}

/// Drops relationships one of whose ends is not in.
pub fn drop_loose_relationships(plan: &Plan<'_>, db: &Db) -> Result<()> {
    let is_relationship = |table: &Table| table.kind == TableKind::Relationship;
    for (at, table) in plan.catalog.tables.iter().enumerate().filter(|(_, table)| is_relationship(table)) {
        for end in ["_start", "_end"] {
            let mut nodes: Vec<String> = plan
                .catalog
                .references_of(at)
                .filter(|reference| reference.is_end(&format!("{end}_key")))
                .map(|reference| {
                    let node = &plan.catalog.tables[reference.parent];
                    format!(
                        "SELECT {} AS label, {} AS key FROM {}",
                        crate::name::Literal(&node.name),
                        node_text(node, ""),
                        quoted(node)
                    )
                })
                .collect();
            // Where all labels of this end are excluded nothing stays.
            nodes.push("SELECT NULL, NULL".to_owned());
            db.run(&format!(
                "DELETE FROM {} AS this WHERE NOT EXISTS (FROM ({}) AS node(label, key) WHERE node.label = \
                 this.{end}_label AND node.key = this.{end}_key)",
                quoted(table),
                nodes.join(" UNION ALL ")
            ))?;
        }
    }
    Ok(())
}
