//! One pass over a graph file: where each node and relationship lies, what it is keyed by, and which labels, types
//! and properties there are. Property values stay in the file.

use super::line::{Kind, Line};
use crate::error::{Error, Location, Result};
use crate::store::graph::cells::Value;
use crate::store::graph::{NodeShape, Properties, RelationshipShape, Shape, key_label, key_text};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;

/// Where a line lies: in the file, or among the lines a transaction added.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    pub is_added: bool,
    pub offset: u64,
    pub length: u32,
}

/// A node of the file.
#[derive(Clone)]
pub(super) struct Node {
    pub id: Box<str>,
    /// A position in [`Graph::label_sets`].
    pub labels: u32,
    /// Its key as text; `None` when the property is missing.
    pub key: Option<Box<str>>,
    pub place: Place,
    /// Where it lay when the file was read; `None` for one that a transaction added.
    pub origin: Option<u64>,
    pub is_gone: bool,
}

/// A relationship of the file; its ends are positions in [`Graph::nodes`].
#[derive(Clone)]
pub(super) struct Relationship {
    pub start: u32,
    pub end: u32,
    pub place: Place,
    pub origin: Option<u64>,
    pub is_gone: bool,
}

/// The nodes that carry the same labels.
#[derive(Clone)]
pub(super) struct LabelSet {
    /// Sorted.
    pub labels: Vec<String>,
    /// The label under which they are stored, once known.
    pub table: Option<String>,
    properties: Properties,
}

/// What lies where in a graph file.
#[derive(Clone, Default)]
pub(super) struct Graph {
    pub label_sets: Vec<LabelSet>,
    pub nodes: Vec<Node>,
    pub relationships: BTreeMap<String, Vec<Relationship>>,
    /// By run: what was decided, and where it lies.
    pub decisions: HashMap<String, (String, Place)>,
    /// The key properties by label: those the project names, and `id` where it is one.
    pub keys: BTreeMap<String, Vec<String>>,
    /// The lowest number above every id that is a number: of nodes, of relationships.
    pub next: [u64; 2],
    types: BTreeMap<String, Properties>,
}

/// What is needed only while reading.
struct Scan<'a> {
    graph: Graph,
    named: &'a BTreeMap<String, Vec<String>>,
    sets: HashMap<Vec<String>, u32>,
    by_id: HashMap<Box<str>, u32>,
    /// Relationships that came before their nodes: type, position, line, ids.
    early: Vec<(String, usize, usize, [Box<str>; 2])>,
    /// Keys seen, by label; `None` once a node has none or two have the same.
    seen: BTreeMap<String, Option<HashSet<Box<str>>>>,
    /// The key of the label a project names was missing or double.
    broken: BTreeSet<String>,
}

/// Reads the whole file.
pub(super) fn scan(file: &File, path: &Path, named: &BTreeMap<String, Vec<String>>) -> Result<Graph> {
    let mut scan = Scan {
        graph: Graph { keys: named.clone(), ..Graph::default() },
        named,
        sets: HashMap::new(),
        by_id: HashMap::new(),
        early: Vec::new(),
        seen: BTreeMap::new(),
        broken: BTreeSet::new(),
    };
    each_line(file, path, |number, place, bytes| {
        let text = bytes.trim_ascii();
        if text.is_empty() {
            return Ok(());
        }
        let here = || Location::new(path, number);
        let line: Line<'_> = serde_json::from_slice(text).map_err(|_| malformed().at(here()))?;
        let found = match line.kind {
            Kind::Node => scan.node(&line, place),
            Kind::Relationship => scan.relationship(&line, place, number),
            Kind::Datamig => scan.decision(line, place),
            Kind::Other => Some(()),
        };
        found.ok_or_else(|| malformed().at(here()))
    })?;
    scan.finish(path)
}

/// Calls `take` with number, place and bytes of every line.
pub(super) fn each_line(
    file: &File,
    path: &Path,
    mut take: impl FnMut(usize, Place, &[u8]) -> Result<()>,
) -> Result<()> {
    let mut reader = BufReader::with_capacity(1 << 20, file);
    let (mut bytes, mut number, mut offset) = (Vec::new(), 0, 0);
    loop {
        bytes.clear();
        let length = reader.read_until(b'\n', &mut bytes).map_err(|cause| Error::file(path, &cause))?;
        let Ok(short) = u32::try_from(length) else {
            return Err(Error::config("a line is longer than 4 GB").at(Location::new(path, number + 1)));
        };
        if length == 0 {
            return Ok(());
        }
        number += 1;
        take(number, Place { is_added: false, offset, length: short }, &bytes)?;
        offset += u64::from(short);
    }
}

fn malformed() -> Error {
    Error::config("the line is not a node or relationship").hint(
        "each line is one JSON object as APOC's JSON export writes it: {\"type\": \"node\", \"id\": \"0\", \"labels\": \
         [..], \"properties\": {..}}",
    )
}

impl Scan<'_> {
    fn node(&mut self, line: &Line<'_>, place: Place) -> Option<()> {
        let id: Box<str> = line.id.text()?.into();
        let set = self.set(&line.labels);
        let at = u32::try_from(self.graph.nodes.len()).ok()?;
        let labels = &mut self.graph.label_sets[set as usize];
        labels.properties.count += 1;
        for (name, value) in line.properties.0.iter().filter(|(_, value)| *value != Value::Null) {
            labels.properties.note(name, value.duck_type());
        }
        let named = labels.table.as_ref().and_then(|label| self.named.get(label));
        let by_id = ["id".to_owned()];
        let parts: Vec<Value<'_>> = named
            .map_or(&by_id[..], |key| key)
            .iter()
            .map(|name| line.properties.get(name).clone())
            .collect();
        let key: Option<Box<str>> = key_text(&parts).map(Into::into);
        let counted = labels.table.as_ref().map_or(&labels.labels[..], std::slice::from_ref);
        for label in counted {
            let seen = self.seen.entry(label.clone()).or_insert_with(|| Some(HashSet::new()));
            let is_new = match (&mut *seen, &key) {
                (Some(keys), Some(key)) => keys.insert(key.clone()),
                _ => false,
            };
            if !is_new {
                *seen = None;
                self.broken.insert(label.clone());
            }
        }
        self.count(0, &id);
        self.graph.nodes.push(Node {
            id: id.clone(),
            labels: set,
            key,
            place,
            origin: Some(place.offset),
            is_gone: false,
        });
        // Two nodes of one id make the ends of relationships ambiguous.
        self.by_id.insert(id, at).is_none().then_some(())
    }

    fn relationship(&mut self, line: &Line<'_>, place: Place, number: usize) -> Option<()> {
        let name = line.label.clone()?;
        let ids: [Box<str>; 2] =
            [line.start.as_ref()?.id.text()?.into(), line.end.as_ref()?.id.text()?.into()];
        if let Some(id) = line.id.text() {
            self.count(1, &id);
        }
        let properties = self.graph.types.entry(name.clone()).or_default();
        properties.count += 1;
        for (name, value) in line.properties.0.iter().filter(|(_, value)| *value != Value::Null) {
            properties.note(name, value.duck_type());
        }
        let all = self.graph.relationships.entry(name.clone()).or_default();
        let find = |id: &str| self.by_id.get(id).copied();
        let (start, end) = (find(&ids[0]), find(&ids[1]));
        all.push(Relationship {
            start: start.unwrap_or_default(),
            end: end.unwrap_or_default(),
            place,
            origin: Some(place.offset),
            is_gone: false,
        });
        if start.is_none() || end.is_none() {
            let at = all.len() - 1;
            self.early.push((name, at, number, ids));
        }
        Some(())
    }

    fn decision(&mut self, line: Line<'_>, place: Place) -> Option<()> {
        self.graph.decisions.insert(line.run?, (line.decision?, place));
        Some(())
    }

    fn set(&mut self, labels: &[String]) -> u32 {
        let mut labels = labels.to_vec();
        labels.sort();
        labels.dedup();
        if let Some(set) = self.sets.get(&labels) {
            return *set;
        }
        let set = u32::try_from(self.graph.label_sets.len()).unwrap_or(u32::MAX);
        let table = key_label(&labels, |label| self.named.contains_key(label), |_| false).cloned();
        self.sets.insert(labels.clone(), set);
        self.graph.label_sets.push(LabelSet { labels, table, properties: Properties::default() });
        set
    }

    fn count(&mut self, which: usize, id: &str) {
        if let Ok(number) = id.parse::<u64>() {
            self.graph.next[which] = self.graph.next[which].max(number.saturating_add(1));
        }
    }

    fn finish(mut self, path: &Path) -> Result<Graph> {
        for (name, at, number, ids) in &self.early {
            let find = |id: &str| {
                self.by_id.get(id).copied().ok_or_else(|| {
                    Error::config("a relationship names a node that is not in the file")
                        .at(Location::new(path, *number))
                })
            };
            let (start, end) = (find(&ids[0])?, find(&ids[1])?);
            if let Some(all) = self.graph.relationships.get_mut(name) {
                (all[*at].start, all[*at].end) = (start, end);
            }
        }
        if let Some(label) = self.named.keys().find(|label| self.broken.contains(*label)) {
            return Err(Error::config(format!(
                "{}: label {label}: the key that `keys` names is missing on a node, or two nodes have the same",
                path.display()
            )));
        }
        for (label, _) in
            self.seen.iter().filter(|(label, seen)| seen.is_some() && !self.named.contains_key(*label))
        {
            self.graph.keys.insert(label.clone(), vec!["id".into()]);
        }
        let keys = &self.graph.keys;
        for set in self.graph.label_sets.iter_mut().filter(|set| set.table.is_none()) {
            set.table = key_label(&set.labels, |_| false, |label| keys.contains_key(label)).cloned();
        }
        Ok(self.graph)
    }
}

impl LabelSet {
    /// Nodes that a transaction adds.
    pub(super) fn new(labels: Vec<String>, table: &str) -> LabelSet {
        LabelSet { labels, table: Some(table.to_owned()), properties: Properties::default() }
    }
}

impl Graph {
    /// The label under which a node is stored.
    pub(super) fn table_of(&self, node: u32) -> Option<&str> {
        self.label_sets[self.nodes[node as usize].labels as usize].table.as_deref()
    }

    /// What the tables look like; an error where nodes have no key.
    pub(super) fn shape(&self, shown: &str) -> Result<Shape> {
        let mut shape = Shape::default();
        for set in &self.label_sets {
            let Some(label) = &set.table else {
                let labels = if set.labels.is_empty() { "none".to_owned() } else { set.labels.join(", ") };
                let first = set.labels.first().map_or("Label", String::as_str);
                return Err(Error::config(format!(
                    "{shown}: nodes with the labels {labels} have no key: not every one has a property `id` of its own"
                ))
                .hint(format!("name their key in project.yaml: keys: {{<store>.{first}: [property]}}")));
            };
            let key = self.keys.get(label).cloned().unwrap_or_default();
            let node =
                shape.nodes.entry(label.clone()).or_insert_with(|| NodeShape { key, ..NodeShape::default() });
            node.properties.merge(&set.properties);
            node.labels.extend(set.labels.iter().cloned());
        }
        for (name, all) in &self.relationships {
            let sets: BTreeSet<(u32, u32)> = all
                .iter()
                .map(|one| (self.nodes[one.start as usize].labels, self.nodes[one.end as usize].labels))
                .collect();
            let label = |set: u32| self.label_sets[set as usize].table.clone().unwrap_or_default();
            let ends = sets.into_iter().map(|(start, end)| (label(start), label(end))).collect();
            let properties = self.types.get(name).cloned().unwrap_or_default();
            shape.relationships.insert(name.clone(), RelationshipShape { properties, ends });
        }
        Ok(shape)
    }
}
