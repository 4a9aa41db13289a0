//! Rows of a Neo4j database: one MATCH per label, or per pair of labels that a type joins. Values are compared with
//! keys by what their text spells.

use super::model::Model;
use super::session::{Session, get};
use super::values::{list, spelled, to_json};
use super::walk;
use crate::catalog::{Column, Table, TableKind};
use crate::error::{Error, Result};
use crate::name::Backtick;
use crate::store::graph::cells::{Cells, Value};
use crate::store::graph::filter::Part;
use crate::store::graph::{ENDS, LABELS, key_text};
use crate::store::{BATCH_ROWS, Filter, Output, Read, Sink, Wanted, arrow_type, batch};
use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::{DataType, Field, Int64Type, Schema};
use neo4rs::{BoltType, Row};
use std::collections::BTreeSet;
use std::sync::Arc;

/// Where the rows of one MATCH come from.
enum Place<'a> {
    /// Nodes `n` stored under the table's label.
    Nodes,
    /// Relationships `(a)-[r]->(b)` between two labels, with the key properties of both.
    Between { labels: [&'a str; 2], keys: [&'a [String]; 2] },
}

/// Streams the rows of a request.
pub(super) fn rows(session: &mut Session, model: &mut Model, read: &Read<'_>, sink: Sink<'_>) -> Result<()> {
    if read.table.kind != TableKind::Relationship {
        let read = &walk::walked(session, model, read)?;
        let pattern = format!("MATCH (n) WHERE {}", model.stored_under("n", &read.table.name));
        return run(session, read, &Place::Nodes, &pattern, sink);
    }
    for (start, end) in model.ends(session, &read.table.name)? {
        if read.between.is_some_and(|between| between != [start.as_str(), end.as_str()]) {
            continue;
        }
        let (Some(first), Some(second)) = (model.key(&start), model.key(&end)) else { continue };
        let pattern = format!(
            "MATCH (a)-[r:{}]->(b) WHERE {} AND {}",
            Backtick(&read.table.name),
            model.stored_under("a", &start),
            model.stored_under("b", &end)
        );
        let place = Place::Between { labels: [&start, &end], keys: [first, second] };
        run(session, read, &place, &pattern, sink)?;
    }
    Ok(())
}

fn run(
    session: &mut Session,
    read: &Read<'_>,
    place: &Place<'_>,
    pattern: &str,
    sink: Sink<'_>,
) -> Result<()> {
    let mut parameters = Vec::new();
    let mut cypher = pattern.to_owned();
    if !read.any.is_empty() {
        let any: Vec<String> =
            read.any.iter().map(|filter| place.condition(filter, &mut parameters)).collect::<Result<_>>()?;
        cypher += &format!(" AND ({})", any.join(" OR "));
    }
    if let Some(tenant) = &read.tenant {
        let column = place.expression(&Part { column: tenant.column.clone(), element: None });
        let name = format!("p{}", parameters.len());
        parameters.push((name.clone(), spelled(&tenant.value)));
        cypher += &match tenant.wanted {
            Wanted::Nobodys => format!(" AND {column} IS NULL"),
            Wanted::Foreign => format!(" AND NOT {column} IN ${name}"),
            Wanted::OursOrNobodys => format!(" AND ({column} IS NULL OR {column} IN ${name})"),
        };
    }
    let outputs = read.outputs.iter().map(|output| place.output(output)).collect::<Result<Vec<_>>>()?;
    cypher += &format!(" RETURN [{}] AS row", outputs.join(", "));
    // Values without a DuckDB type come once more, as they are.
    for (at, column) in as_text(read) {
        let value = format!("{}.{}", place.variable(), Backtick(&column.name));
        cypher += &format!(", {value} AS t{at}");
    }
    let shown = session.address.shown.clone();
    let mut batch = Batch::new(read);
    session.each(cypher, parameters, |row| {
        batch.push(read, &row, &shown)?;
        batch.give(BATCH_ROWS, sink)
    })?;
    batch.give(1, sink)
}

fn as_text<'r>(read: &'r Read<'_>) -> impl Iterator<Item = (usize, &'r Column)> {
    read.outputs.iter().enumerate().filter_map(|(at, output)| match output {
        Output::Column(column) if column.as_text => Some((at, *column)),
        _ => None,
    })
}

impl Place<'_> {
    fn variable(&self) -> &'static str {
        match self {
            Place::Nodes => "n",
            Place::Between { .. } => "r",
        }
    }

    /// The Cypher expression of a column or a part of a key.
    fn expression(&self, part: &Part) -> String {
        let Place::Between { labels, keys } = self else { return format!("n.{}", Backtick(&part.column)) };
        let Some(at) = ENDS.iter().position(|end| *end == part.column) else {
            return format!("r.{}", Backtick(&part.column));
        };
        let variable = ["a", "b"][at / 2];
        if at % 2 == 0 {
            // The label is a name of the database: as text it needs the quotes of Cypher.
            return serde_json::Value::from(labels[at / 2]).to_string();
        }
        let names: Vec<String> =
            keys[at / 2].iter().map(|name| format!("{variable}.{}", Backtick(name))).collect();
        match (names.as_slice(), part.element) {
            ([name], _) => name.clone(),
            (names, Some(element)) => names.get(element).cloned().unwrap_or_else(|| "null".into()),
            (names, None) => format!("[{}]", names.join(", ")),
        }
    }

    fn output(&self, output: &Output<'_>) -> Result<String> {
        Ok(match output {
            Output::Null(_) => "null".into(),
            Output::Text(text) => self.expression(&Part::parse(text, true)?),
            Output::Column(column) if column.name == LABELS => "labels(n)".into(),
            Output::Column(column) => {
                let expression = self.expression(&Part { column: column.name.clone(), element: None });
                match column.duck_type.as_str() {
                    // A list has no text; a duration, date or time has one.
                    _ if column.as_text => format!("toStringOrNull({expression})"),
                    "DATE" => format!("toString({expression})"),
                    "TIMESTAMP" => format!("replace(toString({expression}), 'T', ' ')"),
                    _ => expression,
                }
            }
        })
    }

    fn condition(&self, filter: &Filter, parameters: &mut Vec<(String, BoltType)>) -> Result<String> {
        let (columns, is_expression, keys) = match filter {
            Filter::Equals { column, value } => {
                let name = named(parameters, values(value).into_iter());
                return Ok(format!("{} IN ${name}", self.expression(&Part::parse(column, false)?)));
            }
            Filter::Keys { columns, is_expression, keys } => (columns, *is_expression, keys),
            Filter::Chain { columns, keys, .. } => (columns, false, keys),
            Filter::Sql(_) => {
                return Err(
                    Error::config("a graph has no SQL conditions").hint("name a property and its value")
                );
            }
        };
        let parts: Vec<Vec<String>> = columns
            .iter()
            .map(|text| Ok(self.atoms(&Part::parse(text, is_expression)?)))
            .collect::<Result<_>>()?;
        let mut rows = Vec::new();
        for row in 0..keys.num_rows() {
            let mut cells = Vec::new();
            for (part, array) in parts.iter().zip(keys.columns()) {
                cells.extend(atoms(key(array.as_ref(), row)?, part.len()));
            }
            rows.push(cells);
        }
        let parts = parts.concat();
        // A text that is no list is no key of several parts.
        rows.retain(|row| row.len() == parts.len());
        let mut conditions = Vec::new();
        // What a property equals is looked up in an index, where there is one.
        for (at, part) in parts.iter().enumerate().filter(|(_, part)| !part.starts_with('"')) {
            let texts: BTreeSet<&str> = rows.iter().map(|row| row[at].as_str()).collect();
            conditions.push(format!("{part} IN ${}", named(parameters, texts.into_iter().flat_map(values))));
        }
        if parts.len() > 1 {
            // Texts are found in a list by their hash, lists one after the other.
            let texts: Vec<String> = parts.iter().map(|part| format!("toString({part})")).collect();
            let wanted = rows.iter().map(|row| BoltType::from(row.join(BETWEEN)));
            let text = texts.join(&format!(" + '{BETWEEN}' + "));
            conditions.push(format!("{text} IN ${}", named(parameters, wanted)));
        }
        Ok(format!("({})", conditions.join(" AND ")))
    }

    /// The expressions of the parts of a key: of the properties, where a node has several.
    fn atoms(&self, part: &Part) -> Vec<String> {
        let end = ENDS.iter().position(|end| *end == part.column);
        match (self, end, part.element) {
            (Place::Between { keys, .. }, Some(at @ (1 | 3)), None) => (0..keys[at / 2].len())
                .map(|element| self.expression(&Part { column: part.column.clone(), element: Some(element) }))
                .collect(),
            _ => vec![self.expression(part)],
        }
    }
}

/// The texts of a key's parts, of which there are `count`; none where the key has not as many.
fn atoms(key: String, count: usize) -> Vec<String> {
    if count == 1 {
        return vec![key];
    }
    let parts: Vec<serde_json::Value> = serde_json::from_str(&key).unwrap_or_default();
    let text = |part: serde_json::Value| match part {
        serde_json::Value::String(text) => text,
        other => other.to_string(),
    };
    parts.into_iter().map(text).collect()
}

/// Parts the values of a key that has several.
const BETWEEN: &str = "\u{1f}";

/// Adds a list to the parameters and returns its name.
fn named(parameters: &mut Vec<(String, BoltType)>, values: impl Iterator<Item = BoltType>) -> String {
    let name = format!("p{}", parameters.len());
    parameters.push((name.clone(), list(values.collect())));
    name
}

/// What a text may stand for.
fn values(text: &str) -> Vec<BoltType> {
    match spelled(text) {
        BoltType::List(values) => values.value,
        value => vec![value],
    }
}

/// A key as text.
fn key(array: &dyn Array, row: usize) -> Result<String> {
    if let Some(numbers) = array.as_primitive_opt::<Int64Type>() {
        return Ok(numbers.value(row).to_string());
    }
    match array.as_string_opt::<i32>() {
        Some(texts) => Ok(texts.value(row).to_owned()),
        None => Err(Error::internal("keys are neither BIGINT nor text")),
    }
}

/// A batch in the making.
struct Batch {
    schema: Arc<Schema>,
    cells: Vec<Cells>,
    count: usize,
}

impl Batch {
    fn new(read: &Read<'_>) -> Batch {
        let field = |output: &Output<'_>| match output {
            Output::Column(column) | Output::Null(column) => {
                Field::new(&column.name, arrow_type(&column.duck_type), true)
            }
            Output::Text(_) => Field::new("text", DataType::Utf8, true),
        };
        let cells = |output: &Output<'_>| match output {
            Output::Column(column) | Output::Null(column) => Cells::new(column),
            Output::Text(_) => Cells::text(),
        };
        Batch {
            schema: Arc::new(Schema::new(read.outputs.iter().map(field).collect::<Vec<_>>())),
            cells: read.outputs.iter().map(cells).collect(),
            count: 0,
        }
    }

    fn push(&mut self, read: &Read<'_>, row: &Row, shown: &str) -> Result<()> {
        let values: Vec<Value<'_>> = get(row, "row", shown)?;
        for (at, (value, output)) in values.into_iter().zip(&read.outputs).enumerate() {
            let value = match output {
                Output::Column(column) if column.as_text => {
                    let found: BoltType = get(row, &format!("t{at}"), shown)?;
                    let json = to_json(&found, value.text().as_deref());
                    Value::Other(json.ok_or_else(|| misfit(read.table, output))?)
                }
                Output::Column(column) if column.name == LABELS => labels(value),
                Output::Column(column) if ENDS.contains(&column.name.as_str()) => text(value),
                Output::Text(_) => text(value),
                _ => value,
            };
            // JSON's null is NULL.
            let value = if value == Value::Other(serde_json::Value::Null) { Value::Null } else { value };
            if !self.cells[at].push(&value) {
                return Err(misfit(read.table, output));
            }
        }
        self.count += 1;
        Ok(())
    }

    /// Gives the batch away once it has this many rows.
    fn give(&mut self, rows: usize, sink: &mut dyn FnMut(RecordBatch) -> Result<()>) -> Result<()> {
        if self.count < rows {
            return Ok(());
        }
        let arrays = self.cells.iter_mut().map(Cells::finish).collect();
        let batch = batch(&self.schema, arrays, self.count);
        self.count = 0;
        sink(batch?)
    }
}

/// A list of labels, sorted, as JSON text.
fn labels(value: Value<'_>) -> Value<'_> {
    let Value::Other(serde_json::Value::Array(mut labels)) = value else { return value };
    labels.sort_by_key(ToString::to_string);
    Value::Text(serde_json::Value::Array(labels).to_string().into())
}

/// A key as text; a composite one is a list.
fn text(value: Value<'_>) -> Value<'_> {
    let parts = match value {
        Value::Null => return Value::Null,
        Value::Other(serde_json::Value::Array(parts)) => parts.into_iter().map(Value::from_json).collect(),
        value => vec![value],
    };
    key_text(&parts).map_or(Value::Null, |text| Value::Text(text.into()))
}

fn misfit(table: &Table, output: &Output<'_>) -> Error {
    let (name, duck_type) = match output {
        Output::Column(column) | Output::Null(column) => (column.name.as_str(), column.duck_type.as_str()),
        Output::Text(_) => ("an expression", "VARCHAR"),
    };
    Error::config(format!("{}.{name}: a value cannot be carried as {duck_type}", table.path())).hint(
        "a list of durations, a date outside of the years 0-9999 and a time finer than microseconds have no form here",
    )
}
