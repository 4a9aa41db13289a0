//! Reads the schema of one database from `information_schema`, in four queries whatever its size.

use super::session::{Session, text};
use super::types::{self, Found};
use crate::catalog::{Column, Origin, Reference, Table, name_staged, reference_id};
use crate::error::{Error, Result};
use crate::sql;
use crate::store::StoreCatalog;
use sqlx::mysql::MySqlRow;

/// All tables and foreign keys. `as_text` names columns (`table.column`) to carry as text.
pub(super) fn introspect(session: &mut Session, shown: &str, as_text: &[String]) -> Result<StoreCatalog> {
    let mut tables = tables(session, as_text)?;
    if tables.is_empty() {
        return Err(Error::config(format!("{shown} has no tables that this account may read"))
            .hint("is it the right database?"));
    }
    indexes(session, &mut tables)?;
    each(session, "triggers", |row| {
        let (Some(name), Some(trigger)) = (text(row, 0), text(row, 1)) else { return };
        if let Some(table) = tables.iter_mut().find(|table| table.name == name) {
            table.triggers.push(trigger);
        }
    })?;
    name_staged(&mut tables);
    let references = references(session, &tables)?;
    Ok(StoreCatalog { tables, references })
}

fn each(session: &mut Session, name: &str, mut take: impl FnMut(&MySqlRow)) -> Result<()> {
    session.stream(sql::get(&format!("introspect/mysql/{name}.sql")), &mut |row| {
        take(row);
        Ok(())
    })
}

fn tables(session: &mut Session, as_text: &[String]) -> Result<Vec<Table>> {
    let mut tables: Vec<Table> = Vec::new();
    each(session, "columns", |row| {
        let Some(name) = text(row, 0) else { return };
        let column = column(row, &name, as_text);
        if tables.last().is_none_or(|table| table.name != name) {
            let estimated_rows = text(row, 1).and_then(|rows| rows.parse().ok());
            tables.push(Table { name, estimated_rows, ..Table::default() });
        }
        if let Some(table) = tables.last_mut() {
            table.columns.push(column);
        }
    })?;
    Ok(tables)
}

fn column(row: &MySqlRow, table: &str, as_text: &[String]) -> Column {
    let word = |at: usize| text(row, at).unwrap_or_default();
    let (name, full, base, default) = (word(2), word(3), word(4), text(row, 10));
    let found = Found {
        base: &base,
        full: &full,
        length: text(row, 6).and_then(|text| text.parse().ok()),
        precision: text(row, 7).and_then(|text| text.parse().ok()),
        scale: text(row, 8).and_then(|text| text.parse().ok()),
        default: default.as_deref(),
    };
    let (duck_type, is_text) = match as_text.contains(&format!("{table}.{name}")) {
        true => ("VARCHAR".to_owned(), true),
        false => types::duck_type(&found),
    };
    let extra = word(11);
    Column {
        duck_type,
        as_text: is_text,
        nullable: word(5) == "YES",
        length: types::length(&found),
        has_default: default.as_deref().is_some_and(|text| text != "NULL")
            || extra.contains("auto_increment"),
        generated: !word(12).is_empty(),
        values: types::values(&full),
        sequence: None,
        equality: types::equality(text(row, 9).as_deref()),
        name,
        source_type: full,
        own_name: None,
    }
}

struct Index {
    table: String,
    name: String,
    is_unique: bool,
    columns: Vec<Option<String>>,
    is_prefix: bool,
}

fn indexes(session: &mut Session, tables: &mut [Table]) -> Result<()> {
    let mut found: Vec<Index> = Vec::new();
    each(session, "indexes", |row| {
        let (Some(table), Some(name)) = (text(row, 0), text(row, 1)) else { return };
        if found.last().is_none_or(|last| last.table != table || last.name != name) {
            let is_unique = text(row, 2).as_deref() == Some("1");
            found.push(Index { table, name, is_unique, columns: Vec::new(), is_prefix: false });
        }
        if let Some(last) = found.last_mut() {
            last.columns.push(text(row, 3));
            last.is_prefix |= text(row, 4).as_deref() == Some("1");
        }
    })?;
    for index in found {
        let Some(table) = tables.iter_mut().find(|table| table.name == index.table) else { continue };
        // An index on an expression says nothing about columns.
        let Some(columns) = index.columns.into_iter().collect::<Option<Vec<String>>>() else { continue };
        if index.name == "PRIMARY" {
            table.key.clone_from(&columns);
        } else if index.is_unique && !index.is_prefix && !table.unique.contains(&columns) {
            table.unique.push(columns.clone());
        }
        table.indexes.push(columns);
    }
    Ok(())
}

struct ForeignKey {
    child: String,
    name: String,
    columns: Vec<String>,
    parent: String,
    key: Vec<String>,
}

fn references(session: &mut Session, tables: &[Table]) -> Result<Vec<Reference>> {
    let mut found: Vec<ForeignKey> = Vec::new();
    each(session, "references", |row| {
        let word = |at: usize| text(row, at).unwrap_or_default();
        let (child, name) = (word(0), word(1));
        if found.last().is_none_or(|last| last.child != child || last.name != name) {
            found.push(ForeignKey { child, name, columns: Vec::new(), parent: word(3), key: Vec::new() });
        }
        if let Some(last) = found.last_mut() {
            last.columns.push(word(2));
            last.key.push(word(4));
        }
    })?;
    let position = |name: &str| tables.iter().position(|table| table.name.eq_ignore_ascii_case(name));
    let mut references = Vec::new();
    for ForeignKey { child, columns, parent, key, .. } in found {
        let (Some(child), Some(parent)) = (position(&child), position(&parent)) else { continue };
        let table = &tables[child];
        references.push(Reference {
            id: reference_id(&table.staged, &columns),
            nullable: columns.iter().any(|name| table.column(name).is_some_and(|column| column.nullable)),
            child,
            columns,
            parent,
            key,
            origin: Origin::Declared,
            deferrable: false,
            when: None,
            is_expression: false,
            list: None,
        });
    }
    Ok(references)
}
