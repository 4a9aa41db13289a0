//! The text of a read. A value is written as what the column is: MySQL compares a number with a text as
//! numbers, so that `'abc' = 0` is true there.

use super::types::selected;
use crate::catalog::{Column, Equality, Table};
use crate::error::Result;
use crate::name::{Ident, Literal};
use crate::store::{Filter, Output, Read, Tenant, Wanted};
use arrow::array::{ArrayRef, AsArray};
use arrow::compute::cast;
use arrow::datatypes::DataType;
use arrow::record_batch::RecordBatch;

/// Keys in one statement, where a read has one filter and can be cut.
const KEYS_MAX: usize = 20_000;

/// The statements that together return every wanted row once: one, unless the keys of a single filter
/// have to be cut.
pub(super) fn statements(read: &Read<'_>) -> Result<Vec<String>> {
    let outputs: Vec<String> = read
        .outputs
        .iter()
        .map(|output| match output {
            Output::Column(column) => selected(column),
            Output::Null(_) => "NULL".to_owned(),
            Output::Text(expression) => format!("CAST(({expression}) AS CHAR)"),
        })
        .collect();
    let outputs = if outputs.is_empty() { "NULL".to_owned() } else { outputs.join(", ") };
    let tenant = read.tenant.as_ref().map(|tenant| of_tenant(read.table, tenant));
    let statement = |any: &[String]| {
        let any = (!any.is_empty()).then(|| format!("({})", any.join(" OR ")));
        let all: Vec<String> = any.into_iter().chain(tenant.clone()).collect();
        let condition = if all.is_empty() { String::new() } else { format!(" WHERE {}", all.join(" AND ")) };
        format!("SELECT {outputs} FROM {}{condition}", Ident(&read.table.name))
    };
    let mut conditions = Vec::new();
    for filter in &read.any {
        conditions.push(match filter {
            Filter::Equals { column, value } => vec![equals(read.table, column, value, "=")],
            Filter::Sql(condition) => vec![format!("({condition})")],
            Filter::Keys { columns, is_expression, keys } => {
                keys_conditions(read.table, columns, *is_expression, keys)?
            }
            // Recursion ends at a limit of the server's: level by level is always right.
            Filter::Chain { columns, keys, .. } => keys_conditions(read.table, columns, false, keys)?,
        });
    }
    Ok(match conditions.as_slice() {
        // Keys of different parts of one filter match different rows.
        [parts] => parts.iter().map(|part| statement(std::slice::from_ref(part))).collect(),
        parts => vec![statement(&parts.concat())],
    })
}

fn of_tenant(table: &Table, tenant: &Tenant) -> String {
    let column = Ident(&tenant.column);
    match tenant.wanted {
        Wanted::OursOrNobodys => {
            format!("({column} IS NULL OR {})", equals(table, &tenant.column, &tenant.value, "="))
        }
        Wanted::Nobodys => format!("{column} IS NULL"),
        Wanted::Foreign => equals(table, &tenant.column, &tenant.value, "<>"),
    }
}

/// `column = value`, where the column can have the value at all.
fn equals(table: &Table, column: &str, value: &str, operator: &str) -> String {
    let name = Ident(column);
    match written(table.column(column), value) {
        Some(value) => format!("{name} {operator} {value}"),
        None if operator == "=" => "FALSE".to_owned(),
        None => format!("{name} IS NOT NULL"),
    }
}

/// Whether different keys of such columns match different rows, if they differ by more than ASCII case and blanks
/// at the end: of whole numbers and texts. What else may be equal only the server knows.
fn are_told_apart(kinds: &[Option<&Column>], is_ascii: bool) -> bool {
    kinds.iter().all(|kind| match kind {
        None => is_ascii,
        Some(column) if column.is_text() => is_ascii || column.equality == Equality::Exact,
        Some(column) => {
            let kind = column.duck_type.as_str();
            column.is_whole() || (kind.starts_with("DECIMAL(") && kind.ends_with(",0)"))
        }
    })
}

/// Cuts keys, each with what it is told apart by, into parts of at least [`KEYS_MAX`] that match different rows: a
/// row that two parts match would come twice.
fn parts(mut keys: Vec<(Vec<String>, String)>) -> Vec<Vec<String>> {
    keys.sort_unstable();
    let mut parts: Vec<Vec<String>> = vec![Vec::new()];
    let mut last = None;
    for (folded, key) in keys {
        match parts.last_mut() {
            Some(part) if part.len() < KEYS_MAX || last.as_ref() == Some(&folded) => part.push(key),
            _ => parts.push(vec![key]),
        }
        last = Some(folded);
    }
    parts
}

/// `(a, b) IN (...)`, in parts of about [`KEYS_MAX`]; FALSE when no row can have any of the keys.
fn keys_conditions(
    table: &Table,
    columns: &[String],
    is_expression: bool,
    keys: &RecordBatch,
) -> Result<Vec<String>> {
    let texts: Vec<ArrayRef> =
        keys.columns().iter().map(|array| cast(array, &DataType::Utf8)).collect::<Result<_, _>>()?;
    let kinds: Vec<Option<&Column>> =
        columns.iter().map(|name| table.column(name).filter(|_| !is_expression)).collect();
    let mut rows: Vec<(Vec<String>, String)> = Vec::new();
    let mut is_ascii = true;
    for row in 0..keys.num_rows() {
        let values: Vec<&str> = texts.iter().map(|array| array.as_string::<i32>().value(row)).collect();
        let cells = values.iter().zip(&kinds);
        let cells: Option<Vec<String>> = cells.map(|(value, kind)| written(*kind, value)).collect();
        let Some(cells) = cells else { continue };
        is_ascii &= values.iter().all(|value| value.is_ascii());
        let folded = values.iter().map(|value| value.trim_end().to_ascii_lowercase()).collect();
        rows.push(match cells.as_slice() {
            [cell] => (folded, cell.clone()),
            cells => (folded, format!("({})", cells.join(","))),
        });
    }
    let side = |name: &String| match is_expression {
        true => format!("CAST(({name}) AS CHAR)"),
        false => Ident(name).to_string(),
    };
    let sides: Vec<String> = columns.iter().map(side).collect();
    let sides = if sides.len() == 1 { sides[0].clone() } else { format!("({})", sides.join(", ")) };
    match rows.is_empty() {
        true => Ok(vec!["FALSE".to_owned()]),
        false => {
            let rows = match are_told_apart(&kinds, is_ascii) {
                true => parts(rows),
                false => vec![rows.into_iter().map(|(_, row)| row).collect()],
            };
            Ok(rows.iter().map(|rows| format!("{sides} IN ({})", rows.join(","))).collect())
        }
    }
}

/// A value as it is written beside the column, or an expression's text; `None` when no row can have it.
fn written(column: Option<&Column>, value: &str) -> Option<String> {
    let is_number = |kind: &str| {
        matches!(kind, "SMALLINT" | "INTEGER" | "BIGINT" | "BOOLEAN" | "FLOAT" | "DOUBLE")
            || kind.starts_with("DECIMAL(")
    };
    match column {
        Some(column) if is_number(&column.duck_type) => {
            let digits = value.strip_prefix('-').unwrap_or(value);
            let is_plain = digits.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
            (is_plain && value.parse::<f64>().is_ok()).then(|| value.to_owned())
        }
        Some(column) if column.duck_type == "UUID" && value.len() != 36 => None,
        _ => Some(Literal(value).to_string()),
    }
}
