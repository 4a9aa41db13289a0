//! What the graph stores have in common: how labels and relationship types become tables. A node is stored once,
//! in the table of its key label; a relationship names both ends by label and key.

pub(super) mod cells;
pub(super) mod filter;

use super::StoreCatalog;
use crate::catalog::{Column, Origin, Reference, Table, TableKind, reference_id};
use std::collections::{BTreeMap, BTreeSet};

/// The columns that come before the properties of a relationship.
pub(super) const ENDS: [&str; 4] = ["_start_label", "_start_key", "_end_label", "_end_key"];
/// The column that holds all labels of a node, as a sorted JSON list.
pub(super) const LABELS: &str = "_labels";

/// The properties of one label or type, while values are looked at.
#[derive(Clone, Debug, Default)]
pub(super) struct Properties {
    /// Nodes or relationships seen.
    pub count: u64,
    /// By name: the DuckDB type (`None` once values differ) and how many have it.
    pub types: BTreeMap<String, (Option<&'static str>, u64)>,
}

impl Properties {
    /// Notes one value of a property; `None` is a type that travels as text.
    pub fn note(&mut self, name: &str, duck_type: Option<&'static str>) {
        match self.types.get_mut(name) {
            Some((known, count)) => {
                *known = known.filter(|known| duck_type == Some(known));
                *count = count.saturating_add(1);
            }
            None => {
                self.types.insert(name.to_owned(), (duck_type, 1));
            }
        }
    }

    /// Adds what was seen elsewhere.
    pub fn merge(&mut self, other: &Properties) {
        self.count += other.count;
        for (name, (duck_type, count)) in &other.types {
            let known = self.types.entry(name.clone()).or_insert((*duck_type, 0));
            known.0 = known.0.filter(|known| *duck_type == Some(known));
            known.1 += count;
        }
    }

    fn columns(&self) -> impl Iterator<Item = Column> {
        self.types.iter().map(|(name, (duck_type, _))| Column {
            name: name.clone(),
            source_type: duck_type.map_or("any", source_type).to_owned(),
            duck_type: duck_type.unwrap_or("VARCHAR").to_owned(),
            as_text: duck_type.is_none(),
            // A graph demands no property, whatever its nodes have today.
            nullable: true,
            ..Column::default()
        })
    }
}

/// The graph's word for a DuckDB type.
fn source_type(duck_type: &str) -> &'static str {
    match duck_type {
        "BOOLEAN" => "boolean",
        "BIGINT" => "integer",
        "DOUBLE" => "float",
        "DATE" => "date",
        "TIMESTAMP" => "local datetime",
        _ => "string",
    }
}

/// The nodes of one key label.
#[derive(Clone, Debug, Default)]
pub(super) struct NodeShape {
    /// What its nodes have.
    pub properties: Properties,
    /// The key properties.
    pub key: Vec<String>,
    /// Whether the store itself enforces the key.
    pub is_indexed: bool,
    /// Further unique properties.
    pub unique: Vec<Vec<String>>,
    /// All labels that its nodes have.
    pub labels: BTreeSet<String>,
}

/// The relationships of one type.
#[derive(Clone, Debug, Default)]
pub(super) struct RelationshipShape {
    /// What they have.
    pub properties: Properties,
    /// The key labels of start and end, as they occur.
    pub ends: BTreeSet<(String, String)>,
}

/// Everything found in a graph, by label and by type.
#[derive(Clone, Debug, Default)]
pub(super) struct Shape {
    /// By key label.
    pub nodes: BTreeMap<String, NodeShape>,
    /// By type.
    pub relationships: BTreeMap<String, RelationshipShape>,
}

impl Shape {
    /// The tables, nodes first, and the references from the ends of relationships.
    pub fn catalog(&self) -> StoreCatalog {
        let mut tables: Vec<Table> = self.nodes.iter().map(|(label, node)| node.table(label)).collect();
        tables.extend(self.relationships.iter().map(|(name, relationship)| relationship.table(name)));
        crate::catalog::name_staged(&mut tables);
        let mut references = Vec::new();
        for (at, relationship) in self.relationships.values().enumerate() {
            let child = self.nodes.len() + at;
            for (label, key) in [("_start_label", "_start_key"), ("_end_label", "_end_key")] {
                let is_start = label == "_start_label";
                let labels: BTreeSet<&String> =
                    relationship.ends.iter().map(|(start, end)| if is_start { start } else { end }).collect();
                for parent in labels {
                    references.extend(self.reference(&tables, child, parent, label, key));
                }
            }
        }
        StoreCatalog { tables, references }
    }

    /// The reference of one end to the nodes of one label. A composite key is a JSON list in the end's column.
    fn reference(
        &self,
        tables: &[Table],
        child: usize,
        parent: &str,
        label: &str,
        key: &str,
    ) -> Option<Reference> {
        let at = self.nodes.keys().position(|name| name == parent)?;
        let keys = tables[at].key.clone();
        let is_expression = keys.len() > 1;
        let columns = match is_expression {
            true => (0..keys.len()).map(|part| format!("{key} ->> {part}")).collect(),
            false => vec![key.to_owned()],
        };
        let id = reference_id(&tables[child].path(), &[key.to_owned()]);
        Some(Reference {
            id: format!("{id}->{parent}"),
            child,
            columns,
            parent: at,
            key: keys,
            origin: Origin::Relationship,
            nullable: false,
            deferrable: false,
            when: Some(format!("{label} = {}", crate::name::Literal(parent))),
            is_expression,
            list: None,
        })
    }
}

impl NodeShape {
    fn table(&self, label: &str) -> Table {
        let mut columns: Vec<Column> = self.properties.columns().collect();
        columns.iter_mut().for_each(|column| column.nullable = !self.key.contains(&column.name));
        // The key first, as people read it.
        columns.sort_by_key(|column| !self.key.contains(&column.name));
        columns.push(text_column(LABELS));
        Table {
            name: label.to_owned(),
            kind: TableKind::Node,
            labels: self.labels.iter().filter(|other| *other != label).cloned().collect(),
            columns,
            key: self.key.clone(),
            unique: self.unique.clone(),
            indexes: self
                .is_indexed
                .then(|| self.key.clone())
                .into_iter()
                .chain(self.unique.clone())
                .collect(),
            estimated_rows: Some(self.properties.count),
            ..Table::default()
        }
    }
}

impl RelationshipShape {
    fn table(&self, name: &str) -> Table {
        Table {
            name: name.to_owned(),
            kind: TableKind::Relationship,
            columns: ENDS.into_iter().map(text_column).chain(self.properties.columns()).collect(),
            estimated_rows: Some(self.properties.count),
            ..Table::default()
        }
    }
}

fn text_column(name: &str) -> Column {
    Column {
        name: name.to_owned(),
        source_type: "string".into(),
        duck_type: "VARCHAR".into(),
        ..Column::default()
    }
}

/// The label under which a node is stored: the first by name that the project gives a key, else the first by name
/// that has one.
pub(super) fn key_label(
    labels: &[String],
    named: impl Fn(&str) -> bool,
    has_key: impl Fn(&str) -> bool,
) -> Option<&String> {
    let first = |wanted: &dyn Fn(&str) -> bool| labels.iter().filter(|label| wanted(label)).min();
    first(&named).or_else(|| first(&has_key))
}

/// Several key values as one text: the value itself, of a composite key a JSON list.
pub(super) fn key_text(parts: &[cells::Value<'_>]) -> Option<String> {
    match parts {
        [part] => part.text().map(Into::into),
        parts => {
            let parts: Option<Vec<serde_json::Value>> =
                parts.iter().map(|part| part.text().map(|_| part.to_json())).collect();
            Some(serde_json::Value::Array(parts?).to_string())
        }
    }
}
