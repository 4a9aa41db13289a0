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
        format!(" WHERE NOT EXISTS (SELECT 1 FROM {table} AS old WHERE {})", same_key(rows, key))
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
        same_key(rows, key),
        differs.join(" OR ")
    ))
}

/// The work table's value in the type of the column.
fn value(at: usize, column: &Column) -> String {
    if column.as_text { format!("new.c{at}::{}", column.source_type) } else { format!("new.c{at}") }
}

fn same_key(rows: &Rows<'_>, key: &[usize]) -> String {
    let same = |at: &usize| {
        let column = rows.columns[*at];
        format!("old.{} = {}", Ident(&column.name), value(*at, column))
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
