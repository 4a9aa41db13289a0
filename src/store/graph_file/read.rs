//! Rows of a graph file: conditions on keys and ends are decided without reading the file again, then only the
//! lines that are wanted are read.

use super::line::Line;
use super::scan::{Graph, Place};
use super::walk;
use crate::catalog::{Table, TableKind};
use crate::error::{Error, Result};
use crate::store::graph::cells::{Cells, Value};
use crate::store::graph::filter::{Conditions, Part};
use crate::store::graph::{ENDS, LABELS};
use crate::store::{BATCH_ROWS, Output, Read, Sink, arrow_type, batch};
use arrow::array::RecordBatch;
use arrow::datatypes::{DataType, Field, Schema};
use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::PathBuf;
use std::sync::Arc;

/// The file, and the lines a transaction added.
pub(super) struct Files {
    pub path: PathBuf,
    pub main: File,
    pub added: Option<File>,
}

impl Files {
    /// The bytes of one line.
    pub(super) fn line(&self, place: Place, bytes: &mut Vec<u8>) -> Result<()> {
        bytes.resize(place.length as usize, 0);
        let file = if place.is_added { self.added.as_ref().unwrap_or(&self.main) } else { &self.main };
        file.read_exact_at(bytes, place.offset).map_err(|cause| Error::file(&self.path, &cause))
    }

    /// Reads a line that was read before.
    pub(super) fn parse<'b>(&self, bytes: &'b [u8]) -> Result<Line<'b>> {
        serde_json::from_slice(bytes.trim_ascii()).map_err(|_| changed(&self.path))
    }
}

/// The error for a file that somebody wrote into.
pub(super) fn changed(path: &std::path::Path) -> Error {
    Error::busy(format!("{} was changed while it was read", path.display()))
        .hint("write a new file and rename it; then run the command again")
}

/// One node or relationship, as the index knows it.
enum Item<'a> {
    Node { labels: &'a [String], key: Option<&'a str>, place: Place },
    Relationship { ends: [&'a str; 4], place: Place },
}

/// Streams the rows of a request.
pub(super) fn rows(graph: &Graph, files: &Files, read: &Read<'_>, sink: Sink<'_>) -> Result<()> {
    let read = &walk::walked(graph, files, read)?;
    let conditions = Conditions::new(read)?;
    let is_early = conditions.key_columns().all(|column| is_known(read.table, column));
    let is_ours_early = conditions.tenant_column().is_none_or(|column| is_known(read.table, column));
    let mut batch = Batch::new(read)?;
    let mut bytes = Vec::new();
    let mut each = |item: Item<'_>| {
        let known = |column: &str| item.text(read.table, column);
        if (is_early && !conditions.hold_key(&known)) || (is_ours_early && !conditions.hold_tenant(&known)) {
            return Ok(());
        }
        files.line(item.place(), &mut bytes)?;
        let line = files.parse(&bytes)?;
        let cell = |column: &str| item.value(read.table, column, &line);
        let text = |column: &str| cell(column).text().map(Into::into);
        if (is_early || conditions.hold_key(&text)) && (is_ours_early || conditions.hold_tenant(&text)) {
            batch.push(&cell)?;
            batch.give(BATCH_ROWS, sink)?;
        }
        Ok(())
    };
    match read.table.kind {
        TableKind::Relationship => relationships(graph, read, &mut each)?,
        _ => nodes(graph, &read.table.name, &mut each)?,
    }
    batch.give(1, sink)
}

fn nodes(graph: &Graph, label: &str, each: &mut dyn FnMut(Item<'_>) -> Result<()>) -> Result<()> {
    let is_ours: Vec<bool> = graph.label_sets.iter().map(|set| set.table.as_deref() == Some(label)).collect();
    for node in graph.nodes.iter().filter(|node| is_ours[node.labels as usize] && !node.is_gone) {
        let labels = &graph.label_sets[node.labels as usize].labels;
        each(Item::Node { labels, key: node.key.as_deref(), place: node.place })?;
    }
    Ok(())
}

fn relationships(graph: &Graph, read: &Read<'_>, each: &mut dyn FnMut(Item<'_>) -> Result<()>) -> Result<()> {
    for one in graph.relationships.get(&read.table.name).into_iter().flatten().filter(|one| !one.is_gone) {
        let label = |node: u32| graph.table_of(node).unwrap_or_default();
        let key = |node: u32| graph.nodes[node as usize].key.as_deref().unwrap_or_default();
        let ends = [label(one.start), key(one.start), label(one.end), key(one.end)];
        if read.between.is_some_and(|between| between != [ends[0], ends[2]]) {
            continue;
        }
        each(Item::Relationship { ends, place: one.place })?;
    }
    Ok(())
}

/// Whether the index knows the column.
fn is_known(table: &Table, column: &str) -> bool {
    match table.kind {
        TableKind::Relationship => ENDS.contains(&column),
        _ => table.key.len() == 1 && table.key[0] == column,
    }
}

impl Item<'_> {
    fn place(&self) -> Place {
        match self {
            Item::Node { place, .. } | Item::Relationship { place, .. } => *place,
        }
    }

    /// The text of a column that the index knows.
    fn text(&self, table: &Table, column: &str) -> Option<String> {
        match self {
            Item::Node { key, .. } if is_known(table, column) => key.map(ToOwned::to_owned),
            Item::Node { .. } => None,
            Item::Relationship { ends, .. } => {
                ENDS.iter().position(|end| *end == column).map(|at| ends[at].to_owned())
            }
        }
    }

    fn value<'a>(&'a self, _: &Table, column: &str, line: &Line<'a>) -> Value<'a> {
        match self {
            Item::Node { labels, .. } if column == LABELS => {
                Value::Text(serde_json::Value::from(labels.to_vec()).to_string().into())
            }
            Item::Relationship { ends, .. } => match ENDS.iter().position(|end| *end == column) {
                Some(at) => Value::Text(ends[at].into()),
                None => line.properties.get(column).clone(),
            },
            Item::Node { .. } => line.properties.get(column).clone(),
        }
    }
}

/// A batch in the making.
struct Batch<'r, 'a> {
    read: &'r Read<'a>,
    schema: Arc<Schema>,
    parts: Vec<Option<Part>>,
    cells: Vec<Cells>,
    count: usize,
}

impl<'r, 'a> Batch<'r, 'a> {
    fn new(read: &'r Read<'a>) -> Result<Batch<'r, 'a>> {
        let field = |output: &Output<'_>| match output {
            Output::Column(column) | Output::Null(column) => {
                Field::new(&column.name, arrow_type(&column.duck_type), true)
            }
            Output::Text(_) => Field::new("text", DataType::Utf8, true),
        };
        let part = |output: &Output<'_>| match output {
            Output::Text(expression) => Part::parse(expression, true).map(Some),
            _ => Ok(None),
        };
        let cells = read.outputs.iter().map(|output| match output {
            Output::Column(column) | Output::Null(column) => Cells::new(column),
            Output::Text(_) => Cells::text(),
        });
        Ok(Batch {
            read,
            schema: Arc::new(Schema::new(read.outputs.iter().map(field).collect::<Vec<_>>())),
            parts: read.outputs.iter().map(part).collect::<Result<_>>()?,
            cells: cells.collect(),
            count: 0,
        })
    }

    fn push<'v>(&mut self, cell: &dyn Fn(&str) -> Value<'v>) -> Result<()> {
        for (at, output) in self.read.outputs.iter().enumerate() {
            let value = match output {
                Output::Column(column) => cell(&column.name),
                Output::Null(_) => Value::Null,
                Output::Text(_) => {
                    let text = |column: &str| cell(column).text().map(|text| text.into_owned());
                    self.parts[at]
                        .as_ref()
                        .and_then(|part| part.of(&text))
                        .map_or(Value::Null, |t| Value::Text(t.into()))
                }
            };
            if !self.cells[at].push(&value) {
                return Err(misfit(self.read.table, output));
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

fn misfit(table: &Table, output: &Output<'_>) -> Error {
    let (name, duck_type) = match output {
        Output::Column(column) | Output::Null(column) => (column.name.as_str(), column.duck_type.as_str()),
        Output::Text(_) => ("an expression", "VARCHAR"),
    };
    Error::config(format!(
        "{}.{name}: a value is not of the type {duck_type} that the catalog names",
        table.path()
    ))
    .hint("the property has another type in this store; give it one type on both sides")
}
