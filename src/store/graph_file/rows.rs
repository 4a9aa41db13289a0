//! Rows of batches as lines of the file.

use crate::catalog::{Column, Table};
use crate::error::{Error, Result};
use crate::store::graph::cells::{Value, value};
use crate::store::graph::{ENDS, LABELS, key_text};
use arrow::array::RecordBatch;
use serde_json::{Value as Json, json};

/// One row of a batch with its columns.
pub(super) fn row<'b>(
    batch: &'b RecordBatch,
    columns: &[&'b Column],
    at: usize,
) -> Result<Vec<(&'b Column, Value<'b>)>> {
    batch
        .columns()
        .iter()
        .zip(columns)
        .map(|(array, column)| Ok((*column, value(array, at, column)?)))
        .collect()
}

/// The key of a row as text.
pub(super) fn key_of(table: &Table, row: &[(&Column, Value<'_>)]) -> Result<String> {
    let cell =
        |name: &String| row.iter().find(|(column, _)| column.name == *name).map(|(_, value)| value.clone());
    let parts: Option<Vec<Value<'_>>> = table.key.iter().map(cell).collect();
    parts
        .filter(|parts| !parts.is_empty())
        .and_then(|parts| key_text(&parts))
        .ok_or_else(|| Error::config(format!("{}: a node has no key", table.path())))
}

/// The properties of a row that are not NULL.
pub(super) fn properties(row: &[(&Column, Value<'_>)]) -> impl Iterator<Item = (String, Json)> {
    row.iter()
        .filter(|(column, value)| {
            *value != Value::Null && column.name != LABELS && !ENDS.contains(&&*column.name)
        })
        .map(|(column, value)| (column.name.clone(), value.to_json()))
}

/// The line of a node: the old one with the row's properties put in, or a new one.
pub(super) fn node_line(
    table: &Table,
    row: &[(&Column, Value<'_>)],
    id: &str,
    old: Option<&Json>,
) -> Result<Json> {
    let labels =
        match row.iter().find(|(column, _)| column.name == LABELS).and_then(|(_, value)| value.text()) {
            Some(text) => serde_json::from_str(&text)
                .map_err(|_| Error::config(format!("{}.{LABELS}: not a JSON list", table.path())))?,
            None => old.map_or_else(|| json!([table.name]), |old| old["labels"].clone()),
        };
    let mut line =
        old.cloned().unwrap_or_else(|| json!({"type": "node", "id": id, "labels": labels, "properties": {}}));
    if !same_labels(&line["labels"], &labels) {
        line["labels"] = labels;
    }
    if !line["properties"].is_object() {
        line["properties"] = json!({});
    }
    for (column, value) in row.iter().filter(|(column, _)| column.name != LABELS) {
        match value {
            Value::Null => {
                line["properties"].as_object_mut().and_then(|all| all.shift_remove(&column.name));
            }
            value => line["properties"][&column.name] = value.to_json(),
        }
    }
    Ok(line)
}

fn same_labels(one: &Json, other: &Json) -> bool {
    let sorted = |labels: &Json| {
        let mut labels: Vec<String> = labels.as_array().into_iter().flatten().map(Json::to_string).collect();
        labels.sort();
        labels
    };
    sorted(one) == sorted(other)
}

/// What two equal relationships have in common.
pub(super) fn signature(start: u32, end: u32, properties: &str) -> String {
    format!("{start}>{end} {properties}")
}
