//! Rows of batches as parameters, and the pieces of Cypher that use them: `row[3]` is the cell of the fourth column.

use super::values::{list, parameter, spelled, untagged};
use crate::catalog::{Column, Table};
use crate::error::{Error, Result};
use crate::name::Backtick;
use crate::store::graph::cells::{Value, value};
use crate::store::graph::{ENDS, LABELS, key_text};
use arrow::array::RecordBatch;
use neo4rs::BoltType;

/// The values of one row.
pub(super) fn row<'b>(batch: &'b RecordBatch, columns: &[&Column], at: usize) -> Result<Vec<Value<'b>>> {
    batch.columns().iter().zip(columns).map(|(array, column)| value(array, at, column)).collect()
}

/// The values of one row as parameters.
pub(super) fn parameters(table: &Table, columns: &[&Column], row: &[Value<'_>]) -> Result<Vec<BoltType>> {
    let cell = |(value, column): (&Value<'_>, &&Column)| {
        parameter(value, column.as_text).ok_or_else(|| {
            Error::config(format!("{}.{}: a value cannot be a property of Neo4j", table.path(), column.name))
                .hint("a list holds values of one type, and nothing holds a map")
        })
    };
    row.iter().zip(columns).map(cell).collect()
}

/// Rows as the parameter `rows`.
pub(super) fn rows(rows: Vec<Vec<BoltType>>) -> Vec<(String, BoltType)> {
    vec![("rows".into(), list(rows.into_iter().map(list).collect()))]
}

/// The labels of a row, the table's among them.
pub(super) fn labels(table: &Table, columns: &[&Column], row: &[Value<'_>]) -> Result<Vec<String>> {
    let at = columns.iter().position(|column| column.name == LABELS);
    let mut labels: Vec<String> = match at.and_then(|at| row[at].text()) {
        Some(text) => serde_json::from_str(&text)
            .map_err(|_| Error::config(format!("{}.{LABELS}: not a JSON list of labels", table.path())))?,
        None => Vec::new(),
    };
    if !labels.contains(&table.name) {
        labels.push(table.name.clone());
    }
    Ok(labels)
}

/// The cell of a column, or what its pair of tag and value stands for.
pub(super) fn cell(column: &Column, at: usize) -> String {
    match column.as_text {
        true => untagged(&format!("row[{at}]")),
        false => format!("row[{at}]"),
    }
}

/// Whether two values are equal or both missing.
pub(super) fn same(left: &str, right: &str) -> String {
    format!("coalesce({left} = {right}, {left} IS NULL AND {right} IS NULL)")
}

/// The key of a row in a pattern: `` `id`: row[0] ``.
pub(super) fn key(table: &Table, columns: &[&Column]) -> Result<String> {
    let part = |name: &String| {
        let at = columns.iter().position(|column| column.name == *name);
        at.map(|at| format!("{}: {}", Backtick(name), cell(columns[at], at)))
    };
    let parts: Option<Vec<String>> = table.key.iter().map(part).collect();
    let parts = parts.filter(|parts| !parts.is_empty());
    Ok(parts.ok_or_else(|| Error::internal(format!("{}: a key column is missing", table.path())))?.join(", "))
}

/// The properties of a relationship in a pattern, and the condition that `r` has exactly these.
pub(super) fn properties(columns: &[&Column]) -> (String, String) {
    let own: Vec<(usize, &&Column)> =
        columns.iter().enumerate().filter(|(_, column)| !ENDS.contains(&column.name.as_str())).collect();
    let values: Vec<String> =
        own.iter().map(|(at, column)| format!("{}: {}", Backtick(&column.name), cell(column, *at))).collect();
    let mut equal: Vec<String> = own
        .iter()
        .map(|(at, column)| same(&format!("r.{}", Backtick(&column.name)), &cell(column, *at)))
        .collect();
    let name = |column: &Column| serde_json::Value::from(column.name.as_str()).to_string();
    let names: Vec<String> = own.iter().map(|(_, column)| name(column)).collect();
    equal.push(format!("all(name IN keys(r) WHERE name IN [{}])", names.join(", ")));
    (values.join(", "), equal.join(" AND "))
}

/// The values that each part of a key in `_start_key` or `_end_key` may be.
pub(super) fn key_parts(key: &str) -> BoltType {
    let parts: Vec<Value<'_>> = match serde_json::from_str(key) {
        Ok(serde_json::Value::Array(parts)) => parts.into_iter().map(Value::from_json).collect(),
        _ => return list(vec![spelled(key)]),
    };
    let part = |part: &Value<'_>| match part {
        Value::Text(text) => list(vec![text.as_ref().into()]),
        part => spelled(&key_text(std::slice::from_ref(part)).unwrap_or_default()),
    };
    list(parts.iter().map(part).collect())
}
