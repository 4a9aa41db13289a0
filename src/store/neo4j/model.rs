//! What a Neo4j database holds: sets of labels, key properties, and which labels each type of relationship joins.

use super::session::{Session, get};
use crate::error::{Error, Result};
use crate::name::Backtick;
use crate::store::graph::{NodeShape, Properties, Shape, key_label};
use std::collections::{BTreeMap, BTreeSet};

/// The label of our own decision nodes.
pub(super) const OURS: &str = "datamig_load";

/// The label of the node that makes a database a target.
pub(super) const MARK: &str = "DatamigTarget";

/// Labels and keys, as a transaction sees them.
#[derive(Clone, Default)]
pub(super) struct Model {
    /// The keys the project names, by label.
    named: BTreeMap<String, Vec<String>>,
    /// The keys the database declares, by label; the first is used.
    declared: BTreeMap<String, Vec<Vec<String>>>,
    /// The sets of labels that occur, each sorted.
    sets: BTreeSet<Vec<String>>,
    /// The key labels that a type joins, once somebody asked.
    ends: BTreeMap<String, BTreeSet<(String, String)>>,
}

impl Model {
    /// Reads constraints and sets of labels.
    pub(super) fn read(session: &mut Session, named: &BTreeMap<String, Vec<String>>) -> Result<Model> {
        let mut model = Model { named: named.clone(), ..Model::default() };
        let shown = session.address.shown.clone();
        session.each(crate::sql::get("introspect/neo4j/constraints.cypher").into(), vec![], |row| {
            let label: String = get(&row, "label", &shown)?;
            model.declared.entry(label).or_default().push(get(&row, "properties", &shown)?);
            Ok(())
        })?;
        session.each(crate::sql::get("introspect/neo4j/labels.cypher").into(), vec![], |row| {
            let mut labels: Vec<String> = get(&row, "labels", &shown)?;
            labels.sort();
            model.sets.insert(labels);
            Ok(())
        })?;
        Ok(model)
    }

    /// Notes the key under which nodes of a label are written.
    pub(super) fn use_key(&mut self, label: &str, key: &[String]) {
        if self.key(label).is_none() {
            self.named.insert(label.to_owned(), key.to_vec());
        }
    }

    /// The key properties of a label.
    pub(super) fn key(&self, label: &str) -> Option<&Vec<String>> {
        self.named.get(label).or_else(|| self.declared.get(label)?.first())
    }

    /// The label under which a node with these labels is stored.
    pub(super) fn label_of<'l>(&self, labels: &'l [String]) -> Option<&'l String> {
        key_label(labels, |label| self.named.contains_key(label), |label| self.declared.contains_key(label))
    }

    /// The Cypher condition for nodes that carry `label` and are stored under it.
    pub(super) fn stored_under(&self, variable: &str, label: &str) -> String {
        let others: BTreeSet<&String> = self
            .sets
            .iter()
            .filter(|set| set.iter().any(|other| other == label))
            .filter_map(|set| self.label_of(set).filter(|stored| *stored != label))
            .collect();
        let mut condition = format!("{variable}:{}", Backtick(label));
        for other in others {
            condition += &format!(" AND NOT {variable}:{}", Backtick(other));
        }
        condition
    }

    /// The key labels that relationships of a type join.
    pub(super) fn ends(&mut self, session: &mut Session, name: &str) -> Result<BTreeSet<(String, String)>> {
        if let Some(known) = self.ends.get(name) {
            return Ok(known.clone());
        }
        let mut ends = BTreeSet::new();
        let shown = session.address.shown.clone();
        let cypher = format!(
            "MATCH (a)-[r:{}]->(b) RETURN DISTINCT labels(a) AS start, labels(b) AS end",
            Backtick(name)
        );
        session.each(cypher, vec![], |row| {
            let (start, end): (Vec<String>, Vec<String>) =
                (get(&row, "start", &shown)?, get(&row, "end", &shown)?);
            if let (Some(start), Some(end)) = (self.label_of(&start), self.label_of(&end)) {
                ends.insert((start.clone(), end.clone()));
            }
            Ok(())
        })?;
        self.ends.insert(name.to_owned(), ends.clone());
        Ok(ends)
    }

    /// The tables: every label that is a key label, every type.
    pub(super) fn shape(&mut self, session: &mut Session) -> Result<Shape> {
        let mut shape = Shape::default();
        for set in &self.sets {
            if self.label_of(set).is_none() && set.iter().all(|label| label != OURS && label != MARK) {
                return Err(no_key(&session.address.shown, set));
            }
        }
        self.nodes(session, &mut shape)?;
        self.relationships(session, &mut shape)?;
        for (label, node) in &mut shape.nodes {
            if self.sets.iter().filter(|set| self.label_of(set) == Some(label)).count() > 1 {
                // What every node of one set has, the nodes of another may lack.
                let others = node.properties.types.iter_mut().filter(|(name, _)| !node.key.contains(name));
                others.for_each(|(_, (_, count))| *count = 0);
            }
            let cypher = format!("MATCH (n:{}) RETURN count(n) AS count", Backtick(label));
            node.properties.count = session.count(cypher, vec![])?;
        }
        for (name, relationship) in &mut shape.relationships {
            relationship.ends = self.ends(session, name)?;
            let cypher = format!("MATCH ()-[r:{}]->() RETURN count(r) AS count", Backtick(name));
            relationship.properties.count = session.count(cypher, vec![])?;
        }
        Ok(shape)
    }

    fn nodes(&self, session: &mut Session, shape: &mut Shape) -> Result<()> {
        let shown = session.address.shown.clone();
        session.each(crate::sql::get("introspect/neo4j/nodes.cypher").into(), vec![], |row| {
            let labels: Vec<String> = get(&row, "labels", &shown)?;
            let Some(label) = self.label_of(&labels) else { return Ok(()) };
            let node = shape.nodes.entry(label.clone()).or_insert_with(|| NodeShape {
                key: self.key(label).cloned().unwrap_or_default(),
                is_indexed: self.declared.get(label).is_some_and(|keys| self.key(label) == keys.first()),
                unique: self.declared.get(label).map(|keys| keys[1..].to_vec()).unwrap_or_default(),
                ..NodeShape::default()
            });
            node.labels.extend(labels.iter().cloned());
            note(&mut node.properties, &row, &shown)
        })
    }

    fn relationships(&self, session: &mut Session, shape: &mut Shape) -> Result<()> {
        let shown = session.address.shown.clone();
        session.each(crate::sql::get("introspect/neo4j/relationships.cypher").into(), vec![], |row| {
            // ":`KNOWS`": the type in backticks, doubled inside.
            let name: String = get(&row, "type", &shown)?;
            let name = name.trim_start_matches(':');
            let name = name.strip_prefix('`').and_then(|name| name.strip_suffix('`')).unwrap_or(name);
            let relationship = shape.relationships.entry(name.replace("``", "`")).or_default();
            note(&mut relationship.properties, &row, &shown)
        })
    }
}

/// Notes the types of one property. Whether every node has it is told by `mandatory`; the counts come later, so the
/// share is noted as all (`u64::MAX`) or none.
fn note(properties: &mut Properties, row: &neo4rs::Row, shown: &str) -> Result<()> {
    let Some(name) = get::<Option<String>>(row, "property", shown)? else { return Ok(()) };
    let types: Vec<String> = get(row, "types", shown)?;
    let is_everywhere: bool = get(row, "mandatory", shown)?;
    let is_first = !properties.types.contains_key(&name);
    for source_type in types {
        let duck_type = match source_type.as_str() {
            "String" => Some("VARCHAR"),
            "Long" | "Integer" | "Short" | "Byte" => Some("BIGINT"),
            "Double" | "Float" => Some("DOUBLE"),
            "Boolean" => Some("BOOLEAN"),
            "Date" => Some("DATE"),
            "LocalDateTime" => Some("TIMESTAMP"),
            _ => None,
        };
        properties.note(&name, duck_type);
    }
    if let Some((_, count)) = properties.types.get_mut(&name) {
        let was_everywhere = is_first || *count == u64::MAX;
        *count = if was_everywhere && is_everywhere { u64::MAX } else { 0 };
    }
    Ok(())
}

fn no_key(shown: &str, labels: &[String]) -> Error {
    let words =
        if labels.is_empty() { "no label".to_owned() } else { format!("the labels {}", labels.join(", ")) };
    let first = labels.first().map_or("Label", String::as_str);
    Error::config(format!("{shown}: nodes with {words} have no key: no unique constraint covers them"))
        .hint(format!("name their key in project.yaml: keys: {{<store>.{first}: [property]}}"))
}
