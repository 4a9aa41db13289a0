//! The transaction on a graph file: lines are added to a file beside it, and at the commit the whole file is written
//! anew and renamed. Lines that are not ours are copied byte for byte.

use super::line::canonical;
use super::read::{self, Files};
use super::rows::{key_of, node_line, properties, row, signature};
use super::scan::{Graph, LabelSet, Node, Place, Relationship};
use crate::catalog::{Column, Table, TableKind};
use crate::error::{Error, Result};
use crate::store::graph::cells::Value;
use crate::store::graph::{ENDS, key_text};
use crate::store::{Mode, Read, Rows, Sink, Transaction, file};
use arrow::array::RecordBatch;
use serde_json::{Map, Value as Json, json};
use std::collections::HashMap;
use std::os::unix::fs::FileExt;
use std::path::PathBuf;

/// One transaction. Dropped, it leaves the file as it was.
pub(super) struct Writer {
    pub files: Files,
    pub graph: Graph,
    /// The file of the added lines, and its length.
    pub side: PathBuf,
    pub length: u64,
    /// Nodes by label and key, for the labels that were asked for.
    pub keys: HashMap<String, HashMap<Box<str>, u32>>,
    /// Living relationships by type, then by ends and properties.
    pub signatures: HashMap<String, HashMap<String, Vec<u32>>>,
    /// What stands in place of a line of the file; `None`: nothing.
    pub changes: HashMap<u64, Option<Place>>,
    /// What was added, in order.
    pub added: Vec<Added>,
}

/// A line that a transaction added.
pub(super) enum Added {
    Node(u32),
    Relationship(String, u32),
    Decision(String),
}

impl Writer {
    fn append(&mut self, line: &Json) -> Result<Place> {
        let mut text = line.to_string();
        text.push('\n');
        let Some(file) = &self.files.added else { return Err(Error::internal("the transaction has ended")) };
        file.write_all_at(text.as_bytes(), self.length).map_err(|cause| Error::file(&self.side, &cause))?;
        let length =
            u32::try_from(text.len()).map_err(|_| Error::config("a line would be longer than 4 GB"))?;
        let place = Place { is_added: true, offset: self.length, length };
        self.length += u64::from(length);
        Ok(place)
    }

    /// Knows the nodes of a label by key. Nodes without a key of their own are taken in under the table's key.
    fn index(&mut self, label: &str, key: &[String]) -> Result<()> {
        if self.keys.contains_key(label) {
            return Ok(());
        }
        let adopted: Vec<bool> = self
            .graph
            .label_sets
            .iter()
            .map(|set| set.table.is_none() && set.labels.iter().any(|other| other == label))
            .collect();
        for set in self.graph.label_sets.iter_mut().zip(&adopted).filter(|(_, adopted)| **adopted) {
            set.0.table = Some(label.to_owned());
        }
        let mut index = HashMap::new();
        let mut bytes = Vec::new();
        for at in 0..self.graph.nodes.len() {
            let node = &self.graph.nodes[at];
            let set = node.labels as usize;
            if node.is_gone || self.graph.label_sets[set].table.as_deref() != Some(label) {
                continue;
            }
            if adopted[set] {
                self.files.line(node.place, &mut bytes)?;
                let line = self.files.parse(&bytes)?;
                let parts: Vec<Value<'_>> =
                    key.iter().map(|name| line.properties.get(name).clone()).collect();
                self.graph.nodes[at].key = key_text(&parts).map(Into::into);
            }
            if let Some(key) = &self.graph.nodes[at].key {
                index.insert(key.clone(), u32::try_from(at).unwrap_or(u32::MAX));
            }
        }
        self.keys.insert(label.to_owned(), index);
        Ok(())
    }

    /// Knows the relationships of a type by their contents.
    fn index_type(&mut self, name: &str) -> Result<()> {
        if self.signatures.contains_key(name) {
            return Ok(());
        }
        let mut index: HashMap<String, Vec<u32>> = HashMap::new();
        let mut bytes = Vec::new();
        for (at, one) in self.graph.relationships.get(name).into_iter().flatten().enumerate() {
            if !one.is_gone {
                self.files.line(one.place, &mut bytes)?;
                let line = self.files.parse(&bytes)?;
                let signature = signature(one.start, one.end, &line.properties.canonical());
                index.entry(signature).or_default().push(u32::try_from(at).unwrap_or(u32::MAX));
            }
        }
        self.signatures.insert(name.to_owned(), index);
        Ok(())
    }

    fn write_node(&mut self, table: &Table, row: &[(&Column, Value<'_>)], mode: Mode) -> Result<bool> {
        let key = key_of(table, row)?;
        let known = self.keys.get(&table.name).and_then(|keys| keys.get(key.as_str())).copied();
        if known.is_some() && mode == Mode::Insert {
            return Err(Error::config(format!("{}: a node with the same key exists already", table.path()))
                .hint("another load or a person made it; load with upsert, or look at it first"));
        }
        let old = match known {
            Some(at) => Some(self.object(self.graph.nodes[at as usize].place)?),
            None => None,
        };
        let id: Box<str> = match known {
            Some(at) => self.graph.nodes[at as usize].id.clone(),
            None => {
                self.graph.next[0] += 1;
                (self.graph.next[0] - 1).to_string().into()
            }
        };
        let new = node_line(table, row, &id, old.as_ref())?;
        if old.as_ref() == Some(&new) {
            return Ok(false);
        }
        let place = self.append(&new)?;
        let labels = self.label_set(&new, &table.name);
        match known {
            Some(at) => {
                let node = &mut self.graph.nodes[at as usize];
                (node.place, node.labels) = (place, labels);
                if let Some(origin) = node.origin {
                    self.changes.insert(origin, Some(place));
                }
            }
            None => {
                let at =
                    u32::try_from(self.graph.nodes.len()).map_err(|_| Error::internal("too many nodes"))?;
                let key: Box<str> = key.into();
                self.keys.entry(table.name.clone()).or_default().insert(key.clone(), at);
                let node = Node { id, labels, key: Some(key), place, origin: None, is_gone: false };
                self.graph.nodes.push(node);
                self.added.push(Added::Node(at));
            }
        }
        Ok(true)
    }

    /// The set of labels of a line, stored under the label.
    fn label_set(&mut self, line: &Json, table: &str) -> u32 {
        let labels = line["labels"].as_array().into_iter().flatten();
        let mut labels: Vec<String> =
            labels.filter_map(|label| label.as_str().map(ToOwned::to_owned)).collect();
        labels.sort();
        let sets = &mut self.graph.label_sets;
        let known = sets.iter().position(|set| set.labels == labels && set.table.as_deref() == Some(table));
        let at = known.unwrap_or_else(|| {
            sets.push(LabelSet::new(labels, table));
            sets.len() - 1
        });
        u32::try_from(at).unwrap_or(u32::MAX)
    }

    fn write_relationship(
        &mut self,
        table: &Table,
        row: &[(&Column, Value<'_>)],
        seen: Option<&mut HashMap<String, usize>>,
    ) -> Result<bool> {
        let (start, end) = self.ends(table, row)?;
        let properties: Map<String, Json> = properties(row).collect();
        let contents = canonical(properties.iter().map(|(name, value)| (name.as_str(), value.clone())));
        let signature = signature(start, end, &contents);
        if let Some(seen) = seen {
            let copy = seen.entry(signature.clone()).or_default();
            *copy += 1;
            let present =
                self.signatures.get(&table.name).and_then(|all| all.get(&signature)).map_or(0, Vec::len);
            if *copy <= present {
                return Ok(false);
            }
        }
        let id = self.graph.next[1].to_string();
        self.graph.next[1] += 1;
        let end_of = |at: u32| {
            let node = &self.graph.nodes[at as usize];
            json!({"id": node.id, "labels": self.graph.label_sets[node.labels as usize].labels})
        };
        let line = json!({"type": "relationship", "id": id, "label": table.name, "properties": properties,
                          "start": end_of(start), "end": end_of(end)});
        let place = self.append(&line)?;
        let all = self.graph.relationships.entry(table.name.clone()).or_default();
        let at = u32::try_from(all.len()).map_err(|_| Error::internal("too many relationships"))?;
        all.push(Relationship { start, end, place, origin: None, is_gone: false });
        if let Some(signatures) = self.signatures.get_mut(&table.name) {
            signatures.entry(signature).or_default().push(at);
        }
        self.added.push(Added::Relationship(table.name.clone(), at));
        Ok(true)
    }

    /// The nodes a row names as its ends.
    fn ends(&mut self, table: &Table, row: &[(&Column, Value<'_>)]) -> Result<(u32, u32)> {
        let mut ends = [0; 2];
        for (at, pair) in ENDS.chunks_exact(2).enumerate() {
            let cell = |name: &str| {
                row.iter().find(|(column, _)| column.name == name).and_then(|(_, value)| value.text())
            };
            let (Some(label), Some(key)) = (cell(pair[0]), cell(pair[1])) else {
                return Err(Error::config(format!("{}: an end of a relationship is NULL", table.path())));
            };
            let by = self.graph.keys.get(label.as_ref()).cloned().unwrap_or_else(|| vec!["id".into()]);
            self.index(&label, &by)?;
            let found = self.keys.get(label.as_ref()).and_then(|keys| keys.get(key.as_ref()));
            ends[at] = *found.ok_or_else(|| {
                Error::config(format!("{}: a relationship names a {label} that does not exist", table.path()))
            })?;
        }
        Ok((ends[0], ends[1]))
    }

    fn object(&self, place: Place) -> Result<Json> {
        let mut bytes = Vec::new();
        self.files.line(place, &mut bytes)?;
        serde_json::from_slice(bytes.trim_ascii()).map_err(|_| read::changed(&self.files.path))
    }

    fn delete_row(&mut self, table: &Table, row: &[(&Column, Value<'_>)]) -> Result<bool> {
        let origin = if table.kind == TableKind::Relationship {
            let (start, end) = self.ends(table, row)?;
            let contents: Vec<(String, Json)> = properties(row).collect();
            let contents = canonical(contents.iter().map(|(name, value)| (name.as_str(), value.clone())));
            let signatures = self.signatures.get_mut(&table.name);
            let found = signatures.and_then(|all| all.get_mut(&signature(start, end, &contents))?.pop());
            let all = self.graph.relationships.get_mut(&table.name);
            let Some((at, all)) = found.zip(all) else { return Ok(false) };
            all[at as usize].is_gone = true;
            all[at as usize].origin
        } else {
            let key = key_of(table, row)?;
            let found = self.keys.get_mut(&table.name).and_then(|keys| keys.remove(key.as_str()));
            let Some(at) = found else { return Ok(false) };
            self.graph.nodes[at as usize].is_gone = true;
            self.graph.nodes[at as usize].origin
        };
        if let Some(origin) = origin {
            self.changes.insert(origin, None);
        }
        Ok(true)
    }
}

impl Transaction for Writer {
    fn write(&mut self, tables: &mut [Rows<'_>], mode: Mode) -> Result<Vec<u64>> {
        let mut written = Vec::new();
        for rows in tables {
            let (table, columns) = (rows.table, rows.columns.clone());
            let is_node = table.kind != TableKind::Relationship;
            let mut seen = (!is_node && mode == Mode::Upsert).then(HashMap::new);
            match (is_node, &seen) {
                (true, _) => {
                    self.graph.keys.entry(table.name.clone()).or_insert_with(|| table.key.clone());
                    self.index(&table.name, &table.key)?;
                }
                (false, Some(_)) => self.index_type(&table.name)?,
                (false, None) => {}
            }
            let mut count = 0;
            (rows.batches)(&mut |batch| {
                for at in 0..batch.num_rows() {
                    let row = row(&batch, &columns, at)?;
                    count += u64::from(match is_node {
                        true => self.write_node(table, &row, mode)?,
                        false => self.write_relationship(table, &row, seen.as_mut())?,
                    });
                }
                Ok(())
            })?;
            written.push(count);
        }
        Ok(written)
    }

    fn delete(&mut self, table: &Table, keys: &RecordBatch) -> Result<u64> {
        match table.kind {
            TableKind::Relationship => self.index_type(&table.name)?,
            _ => self.index(&table.name, &table.key)?,
        }
        let schema = keys.schema();
        let columns: Option<Vec<&Column>> =
            schema.fields().iter().map(|field| table.column(field.name())).collect();
        let columns =
            columns.ok_or_else(|| Error::internal(format!("{}: a key column is missing", table.path())))?;
        let mut deleted = 0;
        for at in 0..keys.num_rows() {
            deleted += u64::from(self.delete_row(table, &row(keys, &columns, at)?)?);
        }
        Ok(deleted)
    }

    fn decisions(&mut self, prefix: &str) -> Result<Vec<(String, String)>> {
        let found = self.graph.decisions.iter().filter(|(name, _)| name.starts_with(prefix));
        Ok(found.map(|(name, (word, _))| (name.clone(), word.clone())).collect())
    }

    fn is_marked(&mut self) -> Result<bool> {
        Ok(file::is_marked(&self.files.path))
    }

    fn read(&mut self, request: &Read<'_>, sink: Sink<'_>) -> Result<()> {
        read::rows(&self.graph, &self.files, request, sink)
    }

    fn check(&mut self) -> Result<()> {
        self.check_ends()
    }

    fn decide(&mut self, run: &str, decision: &str) -> Result<()> {
        let place = self.append(&json!({"type": "datamig", "run": run, "decision": decision}))?;
        match self.graph.decisions.insert(run.to_owned(), (decision.to_owned(), place)) {
            Some((_, old)) if !old.is_added => {
                self.changes.insert(old.offset, Some(place));
            }
            Some(_) => {}
            None => self.added.push(Added::Decision(run.to_owned())),
        }
        Ok(())
    }

    fn commit(self: Box<Self>) -> Result<()> {
        self.replace()
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.side);
    }
}
