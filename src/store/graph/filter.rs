//! Conditions on nodes and relationships, for the stores that evaluate them here. Values are compared as text.

use crate::error::{Error, Result};
use crate::store::{Filter, Read, Wanted};
use arrow::array::{Array, AsArray, RecordBatch, StringArray};
use arrow::datatypes::{DataType, Field, Int64Type, Schema};
use std::borrow::Cow;
use std::collections::HashSet;
use std::sync::Arc;

/// The conditions of one request.
pub(in crate::store) struct Conditions {
    any: Vec<Condition>,
    tenant: Option<(String, String, Wanted)>,
}

struct Condition {
    columns: Vec<Part>,
    wanted: HashSet<String>,
}

/// A column, or one element of a key that is a JSON list: `_start_key ->> 1`.
pub(in crate::store) struct Part {
    pub column: String,
    pub element: Option<usize>,
}

impl Part {
    /// Reads a column name or an expression.
    pub fn parse(text: &str, is_expression: bool) -> Result<Part> {
        if !is_expression {
            return Ok(Part { column: text.to_owned(), element: None });
        }
        let (column, element) = match text.split_once("->>") {
            Some((column, element)) => (column, Some(element.trim().parse().map_err(|_| unknown(text))?)),
            None => (text, None),
        };
        let column = column.trim().trim_matches('"');
        match column.chars().all(|c| c.is_alphanumeric() || c == '_') {
            true => Ok(Part { column: column.to_owned(), element }),
            false => Err(unknown(text)),
        }
    }

    /// Its value in a row.
    pub fn of(&self, cell: &dyn Fn(&str) -> Option<String>) -> Option<String> {
        let text = cell(&self.column)?;
        let Some(element) = self.element else { return Some(text) };
        match serde_json::from_str::<serde_json::Value>(&text).ok()?.get_mut(element)?.take() {
            serde_json::Value::Null => None,
            serde_json::Value::String(text) => Some(text),
            other => Some(other.to_string()),
        }
    }
}

fn unknown(text: &str) -> Error {
    Error::config(format!("\"{text}\" is not an expression a graph can evaluate"))
        .hint("name a property, or one part of a key: _start_key ->> 0")
}

impl Conditions {
    /// The conditions of a request; SQL is refused.
    pub fn new(read: &Read<'_>) -> Result<Conditions> {
        let any = read.any.iter().map(condition).collect::<Result<_>>()?;
        let tenant =
            read.tenant.as_ref().map(|tenant| (tenant.column.clone(), tenant.value.clone(), tenant.wanted));
        Ok(Conditions { any, tenant })
    }

    /// The column that says whose a row is, where it matters.
    pub fn tenant_column(&self) -> Option<&str> {
        self.tenant.as_ref().map(|tenant| tenant.0.as_str())
    }

    /// The columns by which rows are found.
    pub fn key_columns(&self) -> impl Iterator<Item = &str> {
        self.any.iter().flat_map(|condition| &condition.columns).map(|part| part.column.as_str())
    }

    /// Whether a row is one that is looked for.
    pub fn hold_key(&self, cell: &dyn Fn(&str) -> Option<String>) -> bool {
        self.any.is_empty()
            || self.any.iter().any(|condition| {
                let parts = condition.columns.iter().map(|part| part.of(cell));
                parts
                    .collect::<Option<Vec<_>>>()
                    .is_some_and(|parts| condition.wanted.contains(&*joined(&parts)))
            })
    }

    /// Whether a row belongs to those whose rows are wanted.
    pub fn hold_tenant(&self, cell: &dyn Fn(&str) -> Option<String>) -> bool {
        self.tenant.as_ref().is_none_or(|(column, ours, wanted)| match (cell(column), wanted) {
            (None, wanted) => *wanted != Wanted::Foreign,
            (Some(value), Wanted::OursOrNobodys) => value == *ours,
            (Some(_), Wanted::Nobodys) => false,
            (Some(value), Wanted::Foreign) => value != *ours,
        })
    }
}

fn condition(filter: &Filter) -> Result<Condition> {
    match filter {
        Filter::Equals { column, value } => Ok(Condition {
            columns: vec![Part { column: column.clone(), element: None }],
            wanted: HashSet::from([value.clone()]),
        }),
        Filter::Keys { columns, is_expression, keys } => one_of(columns, *is_expression, keys),
        Filter::Chain { columns, keys, .. } => one_of(columns, false, keys),
        Filter::Sql(_) => {
            Err(Error::config("a graph has no SQL conditions").hint("name a property and its value"))
        }
    }
}

fn one_of(columns: &[String], is_expression: bool, keys: &RecordBatch) -> Result<Condition> {
    Ok(Condition {
        columns: columns.iter().map(|text| Part::parse(text, is_expression)).collect::<Result<_>>()?,
        wanted: (0..keys.num_rows()).map(|row| key(keys, row)).collect::<Result<_>>()?,
    })
}

/// The texts of keys of one column.
pub(in crate::store) fn texts_of(keys: &RecordBatch) -> Result<HashSet<String>> {
    (0..keys.num_rows()).map(|row| key(keys, row)).collect()
}

/// The same as a batch of keys.
pub(in crate::store) fn keys_of(texts: Vec<String>) -> Result<RecordBatch> {
    let schema = Arc::new(Schema::new(vec![Field::new("k0", DataType::Utf8, false)]));
    Ok(RecordBatch::try_new(schema, vec![Arc::new(StringArray::from(texts))])?)
}

/// One row of a batch of keys.
fn key(keys: &RecordBatch, row: usize) -> Result<String> {
    let part = |array: &dyn Array| {
        if let Some(numbers) = array.as_primitive_opt::<Int64Type>() {
            return Ok(numbers.value(row).to_string());
        }
        match array.as_string_opt::<i32>() {
            Some(texts) => Ok(texts.value(row).to_owned()),
            None => Err(Error::internal("keys are neither BIGINT nor text")),
        }
    };
    let parts: Vec<String> =
        keys.columns().iter().map(|array| part(array.as_ref())).collect::<Result<_>>()?;
    Ok(joined(&parts).into_owned())
}

/// Several parts as one text that no other parts give.
fn joined(parts: &[String]) -> Cow<'_, str> {
    match parts {
        [part] => Cow::Borrowed(part),
        parts => parts.iter().map(|part| format!("{}:{part}", part.len())).collect::<String>().into(),
    }
}
