//! References that name nothing in PROD already: counted by the store where one store holds both ends.

use super::{Look, Snapshots, text_of};
use crate::catalog::{Column, Reference, Table, TableKind};
use crate::error::Result;
use crate::name::Ident;

/// Per reference with such rows: its id and their number.
pub fn count(look: &Look<'_>, snapshots: &Snapshots) -> Result<Vec<(String, u64)>> {
    let mut found = Vec::new();
    for reference in &look.catalog.references {
        let (child, parent) = (&look.catalog.tables[reference.child], &look.catalog.tables[reference.parent]);
        let is_plain =
            child.kind == TableKind::Table && child.store == parent.store && reference.list.is_none();
        if !is_plain {
            continue;
        }
        let rows = snapshots.query(&child.store, &statement(look, reference))?;
        let rows = rows.and_then(|rows| rows.first()?.first()?.as_ref()?.parse().ok());
        found.extend(rows.filter(|rows| *rows > 0).map(|rows| (reference.id.clone(), rows)));
    }
    Ok(found)
}

/// The values are named apart from the parent's columns first: an expression may use names that both have.
fn statement(look: &Look<'_>, reference: &Reference) -> String {
    let (child, parent) = (&look.catalog.tables[reference.child], &look.catalog.tables[reference.parent]);
    let value = |name: &String| match reference.is_expression {
        true => format!("({name})"),
        false => Ident(child.own_name(name)).to_string(),
    };
    let (mut values, mut present, mut equal) = (Vec::new(), Vec::new(), Vec::new());
    for (at, (column, key)) in reference.columns.iter().zip(&reference.key).enumerate() {
        values.push(format!("{} AS v{at}", value(column)));
        present.push(format!("_child.v{at} IS NOT NULL"));
        let (own, named) = (format!("_parent.{}", Ident(parent.own_name(key))), format!("_child.v{at}"));
        let column = child.column(column).filter(|_| !reference.is_expression);
        let key = parent.column(key);
        equal.push(match (column, key) {
            (Some(column), Some(key)) if are_comparable(column, key) => format!("{own} = {named}"),
            _ => [own, named].map(|value| text(parent, key, &value)).join(" = "),
        });
    }
    let when = reference.when.as_ref().map_or(String::new(), |when| format!(" WHERE {when}"));
    format!(
        "SELECT count(*) FROM (SELECT {} FROM {}{when}) AS _child WHERE {} AND NOT EXISTS (SELECT 1 FROM {} AS _parent \
         WHERE {})",
        values.join(", "),
        text_of(child),
        present.join(" AND "),
        text_of(parent),
        equal.join(" AND ")
    )
}

/// Whether every engine compares the values of two columns as they are.
fn are_comparable(column: &Column, key: &Column) -> bool {
    let is_number = |column: &Column| column.is_whole() || column.duck_type.starts_with("DECIMAL");
    column.source_type == key.source_type
        || (is_number(column) && is_number(key))
        || (column.is_text() && key.is_text())
}

/// A value as text, to be compared with a key; the case of a UUID means nothing.
fn text(parent: &Table, key: Option<&Column>, value: &str) -> String {
    // Only PostgreSQL has schemas; its CHAR is one letter, and MySQL converts to nothing that is called TEXT.
    let kind = if parent.schema.is_empty() { "CHAR" } else { "text" };
    match key.is_some_and(|key| key.duck_type == "UUID") {
        true => format!("lower(CAST({value} AS {kind}))"),
        false => format!("CAST({value} AS {kind})"),
    }
}
