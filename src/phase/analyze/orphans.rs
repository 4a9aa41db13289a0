//! References that name nothing in PROD already: counted by the store where one store holds both ends.

use super::{Look, Snapshots, text_of};
use crate::catalog::{Reference, TableKind};
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
        equal.push(format!("_parent.{} = _child.v{at}", Ident(parent.own_name(key))));
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
