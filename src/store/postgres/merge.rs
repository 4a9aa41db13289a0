//! The set-based statements of a load. One statement writes all tables of a group: foreign keys are checked
//! at its end, so a cycle of NOT NULL keys that cannot be deferred is filled in one go.

use super::select;
use super::types::Wire;
use crate::catalog::Column;
use crate::name::{Ident, Idents};
use crate::store::{Mode, Rows};

/// From work tables into their tables; returns one row with the rows written per table.
pub(super) fn statement(tables: &[Rows<'_>], works: &[String], mode: Mode) -> String {
    let mut steps = Vec::new();
    let mut counts = Vec::new();
    for (at, (rows, work)) in tables.iter().zip(works).enumerate() {
        let key = match mode {
            Mode::Insert => None,
            Mode::Upsert => key(rows),
        };
        let mut count = format!("(SELECT count(*) FROM inserted_{at})");
        if let Some(key) = &key
            && let Some(update) = update(rows, work, key)
        {
            steps.push(format!("updated_{at} AS ({update} RETURNING 1)"));
            count = format!("{count} + (SELECT count(*) FROM updated_{at})");
        }
        steps.push(format!("inserted_{at} AS ({} RETURNING 1)", insert(rows, work, key.as_deref())));
        counts.push(format!("({count})::text"));
    }
    format!("WITH {} SELECT {}", steps.join(", "), counts.join(", "))
}

/// Deletes the rows that the work tables name; returns one row with the rows deleted per table. Foreign keys
/// are checked at the end of it, so that a circle can go at once.
pub(super) fn deletion(tables: &[Rows<'_>], works: &[String]) -> String {
    let deletions = tables.iter().zip(works).enumerate().map(|(at, (rows, work))| {
        let (table, condition) = (select::relation(rows.table), named(rows, work, "old"));
        format!("deleted_{at} AS (DELETE FROM {table} AS old WHERE {condition} RETURNING 1)")
    });
    let counts: Vec<String> =
        (0..tables.len()).map(|at| format!("(SELECT count(*)::text FROM deleted_{at})")).collect();
    format!("WITH {} SELECT {}", deletions.collect::<Vec<_>>().join(", "), counts.join(", "))
}

/// Counts the rows of `child` that hang on rows of `tables[at]` that are to be deleted. `place` says which of the
/// tables the child is: its own rows that go too do not count. `names` says how `hangs` names `old`.
pub(super) fn hanging(
    tables: &[Rows<'_>],
    works: &[String],
    at: usize,
    child: &str,
    place: Option<usize>,
    names: &str,
) -> String {
    let goes_too = place.map(|place| format!(" AND NOT {}", named(&tables[place], &works[place], "hangs")));
    format!(
        "SELECT count(*)::text FROM {child} AS hangs JOIN {} AS old ON {names} WHERE {}{}",
        select::relation(tables[at].table),
        named(&tables[at], &works[at], "old"),
        goes_too.unwrap_or_default()
    )
}

/// Whether the work table names the row `alias` of the table.
fn named(rows: &Rows<'_>, work: &str, alias: &str) -> String {
    if rows.table.key.is_empty() {
        return copies(rows, work, alias);
    }
    let all: Vec<usize> = (0..rows.columns.len()).collect();
    format!("EXISTS (SELECT 1 FROM {work} AS new WHERE {})", same_key(rows, &all, alias))
}

/// In a table without a key each row of the work table names one of perhaps several identical rows.
fn copies(rows: &Rows<'_>, work: &str, alias: &str) -> String {
    let table = select::relation(rows.table);
    let old: Vec<String> =
        rows.columns.iter().map(|column| format!("{}::text", Ident(&column.name))).collect();
    let new: Vec<String> =
        rows.columns.iter().enumerate().map(|(at, column)| format!("{}::text", value(at, column))).collect();
    let texts = |values: &[String]| format!("ARRAY[{}]", values.join(", "));
    format!(
        "({alias}.tableoid, {alias}.ctid) IN (SELECT there.tableoid, there.ctid FROM \
         (SELECT tableoid, ctid, {old} AS cells, row_number() OVER (PARTITION BY {old}) AS copy FROM {table}) AS there \
         JOIN (SELECT {new} AS cells, count(*) AS copies FROM {work} AS new GROUP BY 1) AS gone \
         ON gone.cells = there.cells WHERE there.copy <= gone.copies)",
        old = texts(&old),
        new = texts(&new)
    )
}

/// Positions in `rows.columns` of a key whose columns are all written and never NULL. A key may be
/// deferrable, which `ON CONFLICT` refuses: hence an update and an insert, both on what was there before.
fn key(rows: &Rows<'_>) -> Option<Vec<usize>> {
    let written = |name: &String| rows.columns.iter().position(|column| column.name == *name);
    rows.table.unique_keys().find_map(|key| {
        let columns: Vec<usize> = key.iter().map(written).collect::<Option<_>>()?;
        let required =
            |at: &usize| !rows.columns[*at].nullable || rows.table.key.contains(&rows.columns[*at].name);
        columns.iter().all(required).then_some(columns)
    })
}

fn insert(rows: &Rows<'_>, work: &str, key: Option<&[usize]>) -> String {
    let names: Vec<&str> = rows.columns.iter().map(|column| column.name.as_str()).collect();
    let values: Vec<String> = rows.columns.iter().enumerate().map(|(at, column)| value(at, column)).collect();
    let new = key.map(|key| {
        let table = select::relation(rows.table);
        format!(" WHERE NOT EXISTS (SELECT 1 FROM {table} AS old WHERE {})", same_key(rows, key, "old"))
    });
    format!(
        "INSERT INTO {} ({}) OVERRIDING SYSTEM VALUE SELECT {} FROM {work} AS new{}",
        select::plain_relation(rows.table),
        Idents(&names),
        values.join(", "),
        new.unwrap_or_default()
    )
}

/// Overwrites rows that differ; `None` when every column is part of the key.
fn update(rows: &Rows<'_>, work: &str, key: &[usize]) -> Option<String> {
    let rest: Vec<(usize, &&Column)> =
        rows.columns.iter().enumerate().filter(|(at, _)| !key.contains(at)).collect();
    if rest.is_empty() {
        return None;
    }
    let set: Vec<String> =
        rest.iter().map(|(at, column)| format!("{} = {}", Ident(&column.name), value(*at, column))).collect();
    let differs: Vec<String> = rest.iter().map(|(at, column)| differs(*at, column)).collect();
    Some(format!(
        "UPDATE {} AS old SET {} FROM {work} AS new WHERE {} AND ({})",
        select::relation(rows.table),
        set.join(", "),
        same_key(rows, key, "old"),
        differs.join(" OR ")
    ))
}

/// The work table's value in the type of the column.
fn value(at: usize, column: &Column) -> String {
    if column.as_text { format!("new.c{at}::{}", column.source_type) } else { format!("new.c{at}") }
}

fn same_key(rows: &Rows<'_>, key: &[usize], alias: &str) -> String {
    let same = |at: &usize| {
        let column = rows.columns[*at];
        format!("{alias}.{} = {}", Ident(&column.name), value(*at, column))
    };
    key.iter().map(same).collect::<Vec<_>>().join(" AND ")
}

/// Whether the stored value is another one: by bytes, not by the type's own idea of equality (there may be
/// none, or a collation for which `a` is `A`, or `-0` is `0`).
fn differs(at: usize, column: &Column) -> String {
    let name = Ident(&column.name);
    match Wire::of(column) {
        Wire::Text if column.as_text => {
            format!("old.{name}::text IS DISTINCT FROM {}::text", value(at, column))
        }
        Wire::Text if column.source_type.starts_with("character(") => {
            format!("old.{name} IS DISTINCT FROM new.c{at}::{}", column.source_type)
        }
        Wire::Text => format!("old.{name}::text COLLATE \"C\" IS DISTINCT FROM new.c{at} COLLATE \"C\""),
        Wire::Float4 | Wire::Float8 => format!("old.{name}::text IS DISTINCT FROM new.c{at}::text"),
        _ => format!("old.{name} IS DISTINCT FROM new.c{at}"),
    }
}
