//! The text of a read: which rows of which table, every name and value quoted in one place.

use super::encode;
use super::types::Wire;
use crate::catalog::{Column, Table};
use crate::error::{Error, Result};
use crate::name::{Ident, Literal};
use crate::store::{Filter, Output, Read, Tenant, Then, Wanted, chain};
use arrow::array::{Array, ArrayRef, AsArray};
use arrow::compute::cast;
use arrow::datatypes::DataType;
use arrow::record_batch::RecordBatch;
use std::collections::BTreeSet;
use std::fmt::Write;

/// Keys in one statement, where a read has one filter and can be cut.
const KEYS_MAX: usize = 50_000;

/// `"schema"."table"`, without the rows of tables that inherit from it, but with those of its partitions.
pub(super) fn relation(table: &Table) -> String {
    let only = if table.partitioned { "" } else { "ONLY " };
    format!("{only}{}", plain_relation(table))
}

/// `"schema"."table"`.
pub(super) fn plain_relation(table: &Table) -> String {
    format!("{}.{}", Ident(&table.schema), Ident(&table.name))
}

/// Name and wire form of every output.
pub(super) fn outputs(read: &Read<'_>) -> Vec<(String, Wire)> {
    read.outputs
        .iter()
        .map(|output| match output {
            Output::Column(column) | Output::Null(column) => (column.name.clone(), Wire::of(column)),
            Output::Text(_) => ("expression".to_owned(), Wire::Text),
        })
        .collect()
}

/// Whether the rows that are read are locked until the transaction ends.
#[derive(Clone, Copy)]
pub(super) enum Locking {
    None,
    Rows,
}

/// The statements that together return every wanted row once: one, unless the keys of a single filter
/// have to be cut.
pub(super) fn statements(read: &Read<'_>, locking: Locking) -> Result<Vec<String>> {
    let lock = match locking {
        Locking::None => "",
        Locking::Rows => " FOR UPDATE",
    };
    let tenant = read.tenant.as_ref().map(tenant);
    let of = |filters: Vec<String>| {
        let any = (!filters.is_empty()).then(|| format!("({})", filters.join(" OR ")));
        let all: Vec<String> = any.into_iter().chain(tenant.clone()).collect();
        let condition = if all.is_empty() { String::new() } else { format!(" WHERE {}", all.join(" AND ")) };
        format!(
            "COPY (SELECT {} FROM {}{condition}{lock}) TO STDOUT (FORMAT binary)",
            select_list(&read.outputs),
            relation(read.table)
        )
    };
    if let [Filter::Keys { columns, is_expression, keys }] = read.any.as_slice() {
        let mut statements = Vec::new();
        for keys in chunks(read.table, columns, *is_expression, keys)? {
            statements.push(of(vec![keys_condition(read.table, columns, *is_expression, &keys, true)]));
        }
        return Ok(statements);
    }
    let mut filters = Vec::new();
    for filter in &read.any {
        filters.push(match filter {
            Filter::Equals { column, value } => format!("{} = {}", Ident(column), Literal(value)),
            Filter::Sql(sql) => format!("({sql})"),
            Filter::Keys { columns, is_expression, keys } => {
                let keys = Keys::new(read.table, columns, *is_expression, keys)?;
                keys_condition(read.table, columns, *is_expression, &keys, false)
            }
            Filter::Chain { columns, then: Then::Columns(then), keys } => {
                let keys = Keys::new(read.table, columns, false, keys)?;
                chain_condition(read.table, [columns, then], &keys, tenant.as_deref())
            }
            Filter::Chain { .. } => return Err(Error::internal("a table has no relationships")),
        });
    }
    Ok(vec![of(filters)])
}

fn select_list(outputs: &[Output<'_>]) -> String {
    let item = |output: &Output<'_>| match output {
        Output::Column(column) if column.as_text => format!("{}::text", Ident(&column.name)),
        Output::Column(column) => Ident(&column.name).to_string(),
        Output::Null(_) => "NULL::text".to_owned(),
        Output::Text(expression) => format!("({expression})::text"),
    };
    outputs.iter().map(item).collect::<Vec<_>>().join(", ")
}

fn tenant(tenant: &Tenant) -> String {
    let (column, value) = (Ident(&tenant.column), Literal(&tenant.value));
    match tenant.wanted {
        Wanted::OursOrNobodys => format!("({column} IS NULL OR {column} = {value})"),
        Wanted::Nobodys => format!("{column} IS NULL"),
        Wanted::Foreign => format!("{column} <> {value}"),
    }
}

/// Rows of keys as text, those that no row can have left out.
pub(super) struct Keys(Vec<ArrayRef>, Vec<usize>);

impl Keys {
    pub(super) fn new(
        table: &Table,
        columns: &[String],
        is_expression: bool,
        keys: &RecordBatch,
    ) -> Result<Keys> {
        let texts: Vec<ArrayRef> =
            keys.columns().iter().map(|array| cast(array, &DataType::Utf8)).collect::<Result<_, _>>()?;
        let wires: Vec<Option<Wire>> =
            columns.iter().map(|name| table.column(name).filter(|_| !is_expression).map(Wire::of)).collect();
        let possible = |row: usize| {
            texts.iter().zip(&wires).all(|(array, wire)| {
                !array.is_null(row) && is_possible(array.as_string::<i32>().value(row), *wire)
            })
        };
        let rows = (0..keys.num_rows()).filter(|row| possible(*row)).collect();
        Ok(Keys(texts, rows))
    }

    /// A column of keys as the literal of an array.
    fn literal(&self, column: usize) -> String {
        let array = self.0[column].as_string::<i32>();
        let mut text = String::from("{");
        for (at, row) in self.1.iter().enumerate() {
            if at > 0 {
                text.push(',');
            }
            text.push('"');
            for c in array.value(*row).chars() {
                if matches!(c, '"' | '\\') {
                    text.push('\\');
                }
                text.push(c);
            }
            text.push('"');
        }
        text.push('}');
        Literal(&text).to_string()
    }
}

/// Whether a row can have this key: a text from another engine may not be a number at all.
fn is_possible(text: &str, wire: Option<Wire>) -> bool {
    match wire {
        Some(Wire::Int2 | Wire::Int4 | Wire::Int8) => text.parse::<i64>().is_ok(),
        Some(Wire::Uuid) => encode::uuid(text).is_some(),
        _ => !text.contains('\0'),
    }
}

/// Cuts keys into parts that cannot match the same row: those of one column of integers or UUIDs, where
/// equal values have been made one. Others stay together, because the engine decides what is equal.
fn chunks(table: &Table, columns: &[String], is_expression: bool, keys: &RecordBatch) -> Result<Vec<Keys>> {
    let keys = Keys::new(table, columns, is_expression, keys)?;
    let wire = columns.first().and_then(|name| table.column(name)).filter(|_| !is_expression).map(Wire::of);
    let exact = matches!(wire, Some(Wire::Int2 | Wire::Int4 | Wire::Int8 | Wire::Uuid));
    if keys.1.is_empty() {
        return Ok(Vec::new());
    }
    if columns.len() != 1 || !exact || keys.1.len() <= KEYS_MAX {
        return Ok(vec![keys]);
    }
    let texts = keys.0[0].as_string::<i32>();
    let mut seen = BTreeSet::new();
    let value = |row: usize| match wire {
        Some(Wire::Uuid) => encode::uuid(texts.value(row)).map(u128::from_be_bytes),
        _ => texts.value(row).parse::<i64>().ok().map(|value| u128::from(value.cast_unsigned())),
    };
    let rows: Vec<usize> = keys.1.iter().copied().filter(|row| seen.insert(value(*row))).collect();
    Ok(rows.chunks(KEYS_MAX).map(|rows| Keys(keys.0.clone(), rows.to_vec())).collect())
}

/// The condition that a row has one of the keys. Alone it is a semi-join, for which the planner knows the
/// number of keys; beside others an array, which it can look up in an index.
pub(super) fn keys_condition(
    table: &Table,
    columns: &[String],
    is_expression: bool,
    keys: &Keys,
    alone: bool,
) -> String {
    if let ([expression], true) = (columns, is_expression) {
        // The literal takes the type of the expression.
        return format!("({expression}) = ANY ({})", keys.literal(0));
    }
    let side = |name: &String| {
        if is_expression { format!("({name})::text") } else { Ident(name).to_string() }
    };
    let kinds: Vec<String> =
        columns.iter().map(|name| key_type(table.column(name).filter(|_| !is_expression))).collect();
    if let ([column], [kind], true) = (columns, kinds.as_slice(), !alone && keys.1.len() <= KEYS_MAX) {
        return format!("{} = ANY ({}::{kind}[])", Ident(column), keys.literal(0));
    }
    let mut arrays = String::new();
    for (at, kind) in kinds.iter().enumerate() {
        let comma = if at > 0 { ", " } else { "" };
        let _ = write!(arrays, "{comma}{}::{kind}[]", keys.literal(at));
    }
    let sides: Vec<String> = columns.iter().map(side).collect();
    format!("({}) IN (SELECT * FROM unnest({arrays}))", sides.join(", "))
}

/// The condition that a row has one of the keys, or one of those that the rows found lead to.
fn chain_condition(
    table: &Table,
    [columns, then]: [&[String]; 2],
    keys: &Keys,
    tenant: Option<&str>,
) -> String {
    let kinds: Vec<String> = columns.iter().map(|name| key_type(table.column(name))).collect();
    let arrays: Vec<String> =
        kinds.iter().enumerate().map(|(at, kind)| format!("{}::{kind}[]", keys.literal(at))).collect();
    let begun = format!("SELECT * FROM unnest({})", arrays.join(", "));
    let cast = |at: usize, value: &str| format!("{value}::{}", kinds[at]);
    let query = chain::query(&relation(table), [columns, then], &begun, tenant, &cast);
    match columns {
        // An array is looked up in an index, beside other conditions too.
        [column] => format!("{} = ANY (ARRAY({query}))", Ident(column)),
        columns => {
            let names: Vec<String> = columns.iter().map(|name| Ident(name).to_string()).collect();
            format!("({}) IN ({query})", names.join(", "))
        }
    }
}

/// The type keys are compared in: wide for integers, since a key may lie outside a narrow column.
fn key_type(column: Option<&Column>) -> String {
    match column.map(|column| (column, Wire::of(column))) {
        None => "text".into(),
        Some((_, Wire::Int2 | Wire::Int4 | Wire::Int8)) => "bigint".into(),
        Some((column, Wire::Text)) if column.as_text => column.source_type.clone(),
        // Blanks at the end of char(n) do not count, and its indexes know only its own comparison.
        Some((column, _)) if column.source_type.starts_with("character(") => "bpchar".into(),
        Some((_, wire)) => wire.sql().into(),
    }
}
