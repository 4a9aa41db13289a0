//! Reads the schema with three catalog queries, whatever its size.

use super::session::Session;
use super::types;
use crate::catalog::{Column, Equality, Origin, Reference, Table, TableKind, name_staged, reference_id};
use crate::error::{Error, Result};
use crate::sql;
use crate::store::StoreCatalog;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::collections::{HashMap, HashSet};

#[derive(Deserialize)]
struct FoundTable {
    id: i64,
    schema: String,
    name: String,
    partitioned: bool,
    checks: Vec<String>,
    indexes: Vec<FoundIndex>,
    triggers: Vec<String>,
    estimate: Option<u64>,
}

#[derive(Deserialize)]
struct FoundIndex {
    columns: Vec<String>,
    unique: bool,
    primary: bool,
}

#[derive(Deserialize)]
struct FoundColumn {
    table: i64,
    name: String,
    #[serde(rename = "type")]
    source_type: String,
    base: String,
    modifier: i32,
    nullable: bool,
    default: bool,
    generated: bool,
    values: Vec<String>,
    sequence: Option<String>,
}

#[derive(Deserialize)]
struct FoundReference {
    child: i64,
    columns: Vec<String>,
    parent: i64,
    key: Vec<String>,
    deferrable: bool,
}

/// All tables and foreign keys. `Table::store` is left empty: a store does not know its own name. `as_text` names
/// columns (`table.column`) to carry as text.
pub(super) fn introspect(session: &mut Session, as_text: &[String]) -> Result<StoreCatalog> {
    // One snapshot for all three; names of types and sequences come out qualified.
    session.run("SET LOCAL search_path = pg_catalog")?;
    let mut tables: Vec<FoundTable> = query(session, "tables")?;
    let columns: Vec<FoundColumn> = query(session, "columns")?;
    // Rows of a table without columns hold nothing, and DuckDB has no such table.
    let filled: HashSet<i64> = columns.iter().map(|column| column.table).collect();
    tables.retain(|table| filled.contains(&table.id));
    let references: Vec<FoundReference> = query(session, "references")?;
    session.run("COMMIT")?;

    let position: HashMap<i64, usize> = tables.iter().enumerate().map(|(at, table)| (table.id, at)).collect();
    let mut catalog =
        StoreCatalog { tables: tables.into_iter().map(table).collect(), references: Vec::new() };
    for found in columns {
        if let Some(at) = position.get(&found.table) {
            catalog.tables[*at].columns.push(column(found));
        }
    }
    name_staged(&mut catalog.tables);
    for table in &mut catalog.tables {
        let is_named = |column: &&mut Column| as_text.contains(&format!("{}.{}", table.staged, column.name));
        for column in table.columns.iter_mut().filter(is_named) {
            (column.duck_type, column.as_text) = ("VARCHAR".to_owned(), true);
        }
    }
    for found in references {
        if let (Some(child), Some(parent)) = (position.get(&found.child), position.get(&found.parent)) {
            catalog.references.push(reference(found, *child, *parent, &catalog.tables[*child]));
        }
    }
    catalog.references.sort_by(|a, b| (a.child, &a.columns, a.parent).cmp(&(b.child, &b.columns, b.parent)));
    Ok(catalog)
}

fn query<T: DeserializeOwned>(session: &mut Session, name: &str) -> Result<Vec<T>> {
    let text = session.text(sql::get(&format!("introspect/postgres/{name}.sql")))?;
    serde_json::from_str(&text)
        .map_err(|_| Error::internal(format!("introspect/postgres/{name}.sql returned an unknown form")))
}

fn table(found: FoundTable) -> Table {
    let primary = found.indexes.iter().find(|index| index.primary);
    let mut unique: Vec<Vec<String>> = Vec::new();
    for index in found.indexes.iter().filter(|index| index.unique && !index.primary) {
        if !unique.contains(&index.columns) {
            unique.push(index.columns.clone());
        }
    }
    Table {
        schema: found.schema,
        name: found.name,
        kind: TableKind::Table,
        partitioned: found.partitioned,
        key: primary.map(|index| index.columns.clone()).unwrap_or_default(),
        unique,
        checks: found.checks,
        indexes: found.indexes.into_iter().map(|index| index.columns).collect(),
        triggers: found.triggers,
        estimated_rows: found.estimate,
        ..Table::default()
    }
}

fn column(found: FoundColumn) -> Column {
    let (duck_type, as_text) = types::duck_type(&found.base, found.modifier);
    Column {
        length: types::length(&found.base, found.modifier),
        name: found.name,
        source_type: found.source_type,
        duck_type,
        as_text,
        nullable: found.nullable,
        has_default: found.default && !found.generated,
        generated: found.generated,
        values: found.values,
        sequence: found.sequence,
        own_name: None,
        equality: match found.base.as_str() {
            "bpchar" => Equality::Padded,
            "citext" => Equality::NoCase,
            _ => Equality::Exact,
        },
    }
}

fn reference(found: FoundReference, child: usize, parent: usize, table: &Table) -> Reference {
    let nullable = found.columns.iter().any(|name| table.column(name).is_some_and(|column| column.nullable));
    Reference {
        id: reference_id(&table.staged, &found.columns),
        child,
        columns: found.columns,
        parent,
        key: found.key,
        origin: Origin::Declared,
        nullable,
        deferrable: found.deferrable,
        when: None,
        is_expression: false,
        list: None,
    }
}
