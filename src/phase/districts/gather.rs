//! The project's `districts.sql`: read into statements, run in the stores they name, and their rows staged in
//! DuckDB as text. Graph stores give their nodes and relationships by label, key and tenant.

use super::{Missing, Request};
use crate::catalog::{Catalog, Column, TableKind};
use crate::duck::Db;
use crate::error::{Error, Location, Result};
use crate::name::{Ident, Idents, Literal};
use crate::project::Project;
use crate::sql::Text;
use crate::store::introspect::introspect;
use crate::store::{Output, Read, Snapshot, Source, TextRow};

/// One statement of the file.
pub struct Part {
    /// The store it runs in; none for the result.
    pub store: String,
    /// The table its rows become.
    pub table: String,
    /// That table's columns.
    pub columns: Vec<String>,
    /// The statement, without its semicolon.
    pub body: String,
    /// The line of its header.
    pub at: Location,
}

/// The statements for the stores, and the result.
pub fn parse(text: &Text) -> Result<(Vec<Part>, Part)> {
    let mut parts: Vec<Part> = Vec::new();
    for (number, line) in text.text.lines().enumerate() {
        let at = Location::new(&text.path, number + 1);
        match (line.strip_prefix("-- @"), parts.last_mut()) {
            (Some(header), _) => parts.push(part(header, at)?),
            (None, Some(part)) if !line.starts_with("--") => {
                part.body.push_str(line);
                part.body.push('\n');
            }
            _ => {}
        }
    }
    for part in &mut parts {
        part.body.truncate(part.body.trim_end().trim_end_matches(';').len());
    }
    match parts.pop() {
        Some(result) if result.store.is_empty() => Ok((parts, result)),
        _ => {
            Err(Error::config("the last statement is not headed `-- @result`")
                .at(Location::new(&text.path, 0)))
        }
    }
}

/// `ids pupils(district_id, records)`, or `result`.
fn part(header: &str, at: Location) -> Result<Part> {
    let empty = |store: &str, table: &str, columns| Part {
        store: store.to_owned(),
        table: table.trim().to_owned(),
        columns,
        body: String::new(),
        at: at.clone(),
    };
    if header.trim() == "result" {
        return Ok(empty("", "", Vec::new()));
    }
    let inside = |text: &str| {
        let columns = text.trim().strip_suffix(')')?.split(',').map(|name| name.trim().to_owned());
        Some(columns.collect::<Vec<_>>())
    };
    let read = header.split_once(' ').and_then(|(store, rest)| {
        let (table, columns) = rest.split_once('(')?;
        Some(empty(store, table, inside(columns)?))
    });
    read.filter(|part| !part.columns.iter().any(String::is_empty)).ok_or_else(|| {
        Error::config(format!("`-- @{header}` is no header"))
            .at(at.clone())
            .hint("as in `-- @ids pupils(district_id, records)`")
    })
}

/// Runs every statement in its store and stages what it returns.
pub fn stage(
    request: &Request<'_>,
    parts: &[Part],
    since: &str,
    db: &Db,
    missing: &mut Vec<Missing>,
) -> Result<()> {
    for store in &request.project.stores {
        db.run(&format!(
            "CREATE SCHEMA {0}; CREATE TABLE {0}.nodes (label VARCHAR, key VARCHAR, tenant VARCHAR); \
             CREATE TABLE {0}.relationships (type VARCHAR, start_label VARCHAR, start_key VARCHAR)",
            Ident(store)
        ))?;
    }
    for part in parts {
        if !request.project.stores.contains(&part.store) {
            return Err(
                Error::config(format!("the project has no store \"{}\"", part.store)).at(part.at.clone())
            );
        }
        let columns: Vec<String> =
            part.columns.iter().map(|name| format!("{} VARCHAR", Ident(name))).collect();
        let (store, table) = (Ident(&part.store), Ident(&part.table));
        db.run(&format!("CREATE TABLE {store}.{table} ({})", columns.join(", ")))
            .map_err(|error| error.at(part.at.clone()))?;
    }
    for (store, source) in request.sources {
        let snapshot = match source.snapshot() {
            Ok(snapshot) => snapshot,
            Err(error) => {
                missing.push((store.clone(), error));
                continue;
            }
        };
        let own: Vec<&Part> = parts.iter().filter(|part| part.store == *store).collect();
        for part in &own {
            let body = part.body.replace("$since", &Literal(since).to_string());
            let at = |error: Error| error.context(store).at(part.at.clone());
            let rows = snapshot.query(&body).map_err(at)?.ok_or_else(|| {
                at(Error::config("this store speaks no SQL").hint("use its tables nodes and relationships"))
            })?;
            append(db, part, &rows).map_err(at)?;
        }
        if own.is_empty() {
            graph(request.project, (store, source.as_ref()), snapshot.as_ref(), db)?;
        }
    }
    Ok(())
}

/// Stages rows of text.
fn append(db: &Db, part: &Part, rows: &[TextRow]) -> Result<()> {
    if let Some(width) = rows.iter().map(Vec::len).find(|width| *width != part.columns.len()) {
        return Err(Error::config(format!("{} columns are named, {width} come", part.columns.len())));
    }
    let mut appender = db.appender("memory", &part.store, &part.table)?;
    for row in rows {
        appender.append_row(duckdb::appender_params_from_iter(row.iter().map(Option::as_deref)))?;
    }
    appender.flush()?;
    Ok(())
}

/// Stages the keys and tenants of a graph's nodes, and where its relationships start.
fn graph(project: &Project, store: (&str, &dyn Source), snapshot: &dyn Snapshot, db: &Db) -> Result<()> {
    let catalog: Catalog = introspect(&[store])?;
    for table in &catalog.tables {
        let key = table.key.first().and_then(|key| table.column(key));
        let tenant = project.tenant_column(table).and_then(|name| table.column(name));
        let (into, columns): (_, Vec<&Column>) = match table.kind {
            TableKind::Table => continue,
            TableKind::Node => ("nodes", key.into_iter().chain(tenant).collect()),
            TableKind::Relationship => (
                "relationships",
                ["_start_label", "_start_key"].iter().filter_map(|name| table.column(name)).collect(),
            ),
        };
        if columns.is_empty() {
            continue;
        }
        let named: Vec<String> =
            columns.iter().map(|column| format!("{} {}", Ident(&column.name), column.duck_type)).collect();
        db.run(&format!("CREATE OR REPLACE TABLE _found ({})", named.join(", ")))?;
        let outputs = columns.iter().map(|column| Output::Column(column)).collect();
        let read = Read { table, outputs, any: Vec::new(), tenant: None, between: None };
        let mut appender = db.appender("memory", "main", "_found")?;
        snapshot.read(&read, &mut |batch| Ok(appender.append_record_batch(batch)?))?;
        appender.flush()?;
        drop(appender);
        let names: Vec<String> = columns.iter().map(|column| column.name.clone()).collect();
        let nothing = if names.len() < 2 { ", NULL" } else { "" };
        db.run(&format!(
            "INSERT INTO {}.{into} SELECT {}, {}{nothing} FROM _found",
            Ident(store.0),
            Literal(&table.name),
            Idents(&names)
        ))?;
    }
    Ok(())
}
