//! The catalog of an SQLite file, read through its pragmas. Because any value may sit in any column, the first
//! rows of each table are looked at too: a column whose values break its declared type is carried as text.

use super::cells::Cells;
use super::failure;
use super::types::duck_type;
use crate::catalog::{Column, Origin, Reference, Table, name_staged, reference_id};
use crate::error::{Error, Result};
use crate::name::{Ident, Idents};
use crate::store::StoreCatalog;
use rusqlite::{Connection, Row};

/// Rows of each table that are looked at.
const SAMPLE: usize = 2000;

/// Reads the schema. `as_text` names further columns (`table.column`) to carry as text.
pub(super) fn catalog(connection: &Connection, shown: &str, as_text: &[String]) -> Result<StoreCatalog> {
    let read = || -> rusqlite::Result<StoreCatalog> {
        let mut tables = tables(connection)?;
        indexes(connection, &mut tables)?;
        triggers(connection, &mut tables)?;
        checks(connection, &mut tables)?;
        for table in &mut tables {
            let count = format!("SELECT count(*) FROM {}", Ident(&table.name));
            let count: i64 = connection.query_row(&count, [], |row| row.get(0))?;
            table.estimated_rows = u64::try_from(count).ok();
            carry_as_text(connection, table, as_text)?;
        }
        name_staged(&mut tables);
        let references = references(connection, &tables)?;
        Ok(StoreCatalog { tables, references })
    };
    let found = read().map_err(|cause| failure::of(&cause, shown))?;
    match found.tables.is_empty() {
        true => Err(Error::config(format!("{shown} has no tables")).hint("is it the right file?")),
        false => Ok(found),
    }
}

fn tables(connection: &Connection) -> rusqlite::Result<Vec<Table>> {
    let mut tables: Vec<Table> = Vec::new();
    let mut keys: Vec<(i64, String)> = Vec::new();
    each(connection, "introspect/sqlite/columns.sql", |row| {
        let name: String = row.get(0)?;
        if tables.last().is_none_or(|table| table.name != name) {
            finish_key(tables.last_mut(), &mut keys);
            tables.push(Table { name, ..Table::default() });
        }
        let source_type: String = row.get(2)?;
        let (duck_type, length, as_text) = duck_type(&source_type);
        let column = Column {
            name: row.get(1)?,
            source_type,
            duck_type,
            as_text,
            nullable: !row.get::<_, bool>(3)?,
            length,
            has_default: row.get(4)?,
            generated: row.get(5)?,
            ..Column::default()
        };
        let rank: i64 = row.get(6)?;
        if rank > 0 {
            keys.push((rank, column.name.clone()));
        }
        if let Some(table) = tables.last_mut() {
            table.columns.push(column);
        }
        Ok(())
    })?;
    finish_key(tables.last_mut(), &mut keys);
    Ok(tables)
}

/// Gives the key its columns in their order. A lone INTEGER key is the row's number: SQLite fills it.
fn finish_key(table: Option<&mut Table>, keys: &mut Vec<(i64, String)>) {
    keys.sort();
    let Some(table) = table else { return };
    table.key = keys.drain(..).map(|(_, name)| name).collect();
    if let [key] = table.key.as_slice()
        && let Some(column) = table.columns.iter_mut().find(|column| &column.name == key)
        && column.source_type.eq_ignore_ascii_case("integer")
    {
        column.has_default = true;
    }
    if !table.key.is_empty() {
        table.indexes.push(table.key.clone());
    }
}

struct Index {
    table: String,
    name: String,
    is_unique: bool,
    is_key: bool,
    columns: Vec<Option<String>>,
}

fn indexes(connection: &Connection, tables: &mut [Table]) -> rusqlite::Result<()> {
    let mut found: Vec<Index> = Vec::new();
    each(connection, "introspect/sqlite/indexes.sql", |row| {
        let (table, name): (String, String) = (row.get(0)?, row.get(1)?);
        if found.last().is_none_or(|last| last.table != table || last.name != name) {
            found.push(Index {
                table,
                name,
                is_unique: row.get(2)?,
                is_key: row.get(3)?,
                columns: Vec::new(),
            });
        }
        if let Some(last) = found.last_mut() {
            last.columns.push(row.get(4)?);
        }
        Ok(())
    })?;
    for Index { table, is_unique, is_key, columns, .. } in found {
        // An index on an expression says nothing about columns.
        let Some(columns) = columns.into_iter().collect::<Option<Vec<String>>>() else { continue };
        let Some(table) = tables.iter_mut().find(|other| other.name == table) else { continue };
        if is_key {
            continue;
        }
        if is_unique && !table.unique.contains(&columns) {
            table.unique.push(columns.clone());
        }
        table.indexes.push(columns);
    }
    Ok(())
}

fn triggers(connection: &Connection, tables: &mut [Table]) -> rusqlite::Result<()> {
    each(connection, "introspect/sqlite/triggers.sql", |row| {
        let name: String = row.get(0)?;
        if let Some(table) = tables.iter_mut().find(|table| table.name.eq_ignore_ascii_case(&name)) {
            table.triggers.push(row.get(1)?);
        }
        Ok(())
    })
}

fn checks(connection: &Connection, tables: &mut [Table]) -> rusqlite::Result<()> {
    each(connection, "introspect/sqlite/definitions.sql", |row| {
        let (name, definition): (String, String) = (row.get(0)?, row.get(1)?);
        if let Some(table) = tables.iter_mut().find(|table| table.name == name) {
            table.checks = super::checks::checks(&definition);
        }
        Ok(())
    })
}

struct ForeignKey {
    child: String,
    id: i64,
    parent: String,
    columns: Vec<String>,
    key: Vec<Option<String>>,
}

/// Foreign keys. SQLite compares the names in them without case, and takes one whose parent does not exist.
fn references(connection: &Connection, tables: &[Table]) -> rusqlite::Result<Vec<Reference>> {
    let mut found: Vec<ForeignKey> = Vec::new();
    each(connection, "introspect/sqlite/references.sql", |row| {
        let (child, id): (String, i64) = (row.get(0)?, row.get(1)?);
        if found.last().is_none_or(|last| last.child != child || last.id != id) {
            found.push(ForeignKey { child, id, parent: row.get(2)?, columns: Vec::new(), key: Vec::new() });
        }
        if let Some(last) = found.last_mut() {
            last.columns.push(row.get(3)?);
            last.key.push(row.get(4)?);
        }
        Ok(())
    })?;
    let position = |name: &str| tables.iter().position(|table| table.name.eq_ignore_ascii_case(name));
    let mut references = Vec::new();
    for ForeignKey { child, parent, columns, key, .. } in found {
        let (Some(child), Some(parent)) = (position(&child), position(&parent)) else { continue };
        let key = match key.into_iter().collect::<Option<Vec<String>>>() {
            Some(key) => key,
            None => tables[parent].key.clone(),
        };
        let columns = spelled(&tables[child], columns);
        let key = spelled(&tables[parent], key);
        if columns.len() != key.len() {
            continue;
        }
        let nullable =
            columns.iter().filter_map(|name| tables[child].column(name)).any(|column| column.nullable);
        references.push(Reference {
            id: reference_id(&tables[child].path(), &columns),
            child,
            columns,
            parent,
            key,
            origin: Origin::Declared,
            nullable,
            deferrable: true,
            when: None,
            is_expression: false,
            list: None,
        });
    }
    Ok(references)
}

/// The names as the table's columns are spelled.
fn spelled(table: &Table, names: Vec<String>) -> Vec<String> {
    let find = |name: String| {
        let column = table.columns.iter().find(|column| column.name.eq_ignore_ascii_case(&name));
        column.map_or(name, |column| column.name.clone())
    };
    names.into_iter().map(find).collect()
}

/// Marks the columns whose values are carried as text: those named, and those whose first rows break the
/// declared type.
fn carry_as_text(connection: &Connection, table: &mut Table, named: &[String]) -> rusqlite::Result<()> {
    let names: Vec<&String> = table.columns.iter().map(|column| &column.name).collect();
    let sql = format!("SELECT {} FROM {} LIMIT {SAMPLE}", Idents(&names), Ident(&table.name));
    let mut cells: Vec<Cells> = table.columns.iter().map(Cells::new).collect();
    let mut fits: Vec<bool> = table
        .columns
        .iter()
        .map(|column| !named.contains(&format!("{}.{}", table.name, column.name)))
        .collect();
    let mut statement = connection.prepare(&sql)?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        for (at, cells) in cells.iter_mut().enumerate() {
            fits[at] = fits[at] && cells.push(row.get_ref(at)?);
        }
    }
    for (column, _) in table.columns.iter_mut().zip(fits).filter(|(_, fits)| !fits) {
        column.duck_type = "VARCHAR".into();
        column.as_text = true;
    }
    Ok(())
}

/// Runs the query in `sql/<name>` and calls `take` with each row.
fn each(
    connection: &Connection,
    name: &str,
    mut take: impl FnMut(&Row<'_>) -> rusqlite::Result<()>,
) -> rusqlite::Result<()> {
    let mut statement = connection.prepare(crate::sql::get(name))?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        take(row)?;
    }
    Ok(())
}
