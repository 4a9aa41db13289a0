//! References that no database declares and the project does not name: columns named after a table's key, of
//! its type, whose values are found in it. Values are counted, never shown.

use super::{Look, Snapshots, text_of};
use crate::catalog::{Column, Table, TableKind};
use crate::error::Result;
use crate::name::{Ident, Literal, snake};
use serde_json::{Value, json};

/// Values of a column that are looked up.
const SAMPLE: usize = 1000;
/// The share of them that must be found.
const SHARE_MIN: f64 = 0.9;

/// The references that are likely, with their evidence and the link to paste.
pub fn suggestions(look: &Look<'_>, snapshots: &Snapshots) -> Result<Vec<Value>> {
    let mut found = Vec::new();
    for (at, child) in look.catalog.tables.iter().enumerate() {
        if child.kind != TableKind::Table {
            continue;
        }
        for column in &child.columns {
            let is_known = look
                .catalog
                .references_of(at)
                .any(|one| one.columns.iter().any(|name| is_named(one.is_expression, name, &column.name)));
            let is_key = child.key == [column.name.clone()];
            if is_known || is_key || look.tenant(at) == Some(column.name.as_str()) {
                continue;
            }
            let mut best: Option<(f64, Value)> = None;
            for (parent, key) in parents(look, at, column) {
                let Some((looked, hits)) = evidence(snapshots, child, column, parent, key)? else { continue };
                #[allow(clippy::cast_precision_loss, reason = "at most a thousand values")]
                let share = hits as f64 / looked as f64;
                if share >= SHARE_MIN && best.as_ref().is_none_or(|(known, _)| share > *known) {
                    best = Some((share, suggestion(child, column, parent, key, looked, hits)));
                }
            }
            found.extend(best.map(|(_, suggestion)| suggestion));
        }
    }
    Ok(found)
}

/// Whether a reference names a column, which an expression does somewhere within.
fn is_named(is_expression: bool, name: &str, column: &str) -> bool {
    if is_expression { name.contains(column) } else { name == column }
}

fn suggestion(
    child: &Table,
    column: &Column,
    parent: &Table,
    key: &Column,
    looked: usize,
    hits: usize,
) -> Value {
    json!({
        "from": child.path(),
        "column": column.name,
        "to": parent.path(),
        "key": key.name,
        "evidence": {
            "name": format!("{} is named after {} and its key {}", column.name, parent.name, key.name),
            "types": [column.source_type, key.source_type],
            "values_looked_up": looked,
            "values_found": hits,
        },
        "yaml": format!(
            "- {{from: {:?}, columns: [{:?}], to: {:?}, key: [{:?}]}}",
            child.path(), column.name, parent.path(), key.name
        ),
    })
}

/// Tables whose one key column the name and type of a column suggest.
fn parents<'a>(look: &'a Look<'_>, child: usize, column: &Column) -> Vec<(&'a Table, &'a Column)> {
    let tables = look.catalog.tables.iter().enumerate();
    let tables = tables.filter(|(_, table)| table.kind == TableKind::Table);
    tables
        .filter_map(|(at, table)| {
            let [key] = table.key.as_slice() else { return None };
            let key = table.column(key)?;
            let is_above = at == child && snake(&column.name) == format!("parent_{}", snake(&key.name));
            let is_named = is_above || is_named_after(&column.name, &table.name, &key.name);
            (is_named && family(column) == family(key)).then_some((table, key))
        })
        .collect()
}

/// `student_id`, `StudentID` and `homeroom_student_id` after `students.id` or `students.student_id`.
fn is_named_after(column: &str, table: &str, key: &str) -> bool {
    let (column, table, key) = (snake(column), snake(table), snake(key));
    let one = singular(&table);
    if key == "id" || key == "key" || key == "code" {
        let name = format!("{one}_{key}");
        // Some write it in one word: `countrycode`.
        return column.replace('_', "") == name.replace('_', "") || column.ends_with(&format!("_{name}"));
    }
    (key.ends_with("id") || key.starts_with(&one)) && (column == key || column.ends_with(&format!("_{key}")))
}

fn singular(name: &str) -> String {
    match (name.strip_suffix("ies"), name.strip_suffix("sses"), name.strip_suffix('s')) {
        (Some(stem), ..) => format!("{stem}y"),
        (_, Some(stem), _) => format!("{stem}ss"),
        (.., Some(stem)) if !name.ends_with("ss") => stem.to_owned(),
        _ => name.to_owned(),
    }
}

/// Types that can hold the same keys.
fn family(column: &Column) -> &str {
    match column.duck_type.as_str() {
        "SMALLINT" | "INTEGER" | "BIGINT" => "number",
        "VARCHAR" | "UUID" => "text",
        other => other,
    }
}

/// How many of the first distinct values of a column were looked up in the parent, and found there.
fn evidence(
    snapshots: &Snapshots,
    child: &Table,
    column: &Column,
    parent: &Table,
    key: &Column,
) -> Result<Option<(usize, usize)>> {
    let name = Ident(child.own_name(&column.name));
    let values = snapshots.query(
        &child.store,
        &format!("SELECT DISTINCT {name} FROM {} WHERE {name} IS NOT NULL LIMIT {SAMPLE}", text_of(child)),
    )?;
    let values: Vec<String> = values.unwrap_or_default().into_iter().flatten().flatten().collect();
    // A value that the key's type does not hold would make the store refuse the whole question.
    let is_possible = |value: &&String| match key.duck_type.as_str() {
        "UUID" => value.chars().filter(char::is_ascii_hexdigit).count() == 32 && value.len() == 36,
        "SMALLINT" => value.parse::<i16>().is_ok(),
        "INTEGER" => value.parse::<i32>().is_ok(),
        "BIGINT" => value.parse::<i64>().is_ok(),
        _ => true,
    };
    let literals: Vec<String> =
        values.iter().filter(is_possible).map(|value| Literal(value).to_string()).collect();
    if literals.is_empty() {
        return Ok(None);
    }
    let hits = snapshots.query(
        &parent.store,
        &format!(
            "SELECT count(*) FROM {} WHERE {} IN ({})",
            text_of(parent),
            Ident(parent.own_name(&key.name)),
            literals.join(", ")
        ),
    )?;
    let hits = hits.and_then(|rows| rows.first()?.first()?.as_ref()?.parse().ok());
    Ok(hits.map(|hits| (values.len(), hits)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_named_after_tables_in_many_ways() {
        for (column, table, key) in [
            ("student_id", "students", "id"),
            ("StudentID", "Students", "id"),
            ("homeroom_teacher_id", "teachers", "teacher_id"),
            ("category_id", "categories", "category_id"),
            ("class_code", "classes", "code"),
            ("countrycode", "country", "code"),
            ("CustomerId", "Customer", "CustomerId"),
        ] {
            assert!(is_named_after(column, table, key), "{column} {table}.{key}");
        }
        for (column, table, key) in
            [("id", "students", "id"), ("name", "students", "id"), ("valid", "students", "id")]
        {
            assert!(!is_named_after(column, table, key), "{column} {table}.{key}");
        }
    }
}
