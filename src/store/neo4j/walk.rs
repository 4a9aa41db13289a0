//! Chains of nodes, followed level by level: what a request names, and what that leads to.

use super::model::Model;
use super::read::rows;
use super::session::Session;
use crate::catalog::{Column, Table, TableKind};
use crate::error::Result;
use crate::store::graph::filter::{keys_of, texts_of};
use crate::store::{Filter, Output, Read, Then};
use std::collections::HashSet;

/// The request with every chain as the keys of all nodes on it. A node that belongs to somebody whose rows are not
/// wanted ends its chain.
pub(super) fn walked<'a>(session: &mut Session, model: &mut Model, read: &Read<'a>) -> Result<Read<'a>> {
    let mut walked = read.clone();
    for filter in &mut walked.any {
        if let Filter::Chain { columns, then: Then::Relationships { name, is_forward }, keys } = filter {
            let found = reached(session, model, read, (name, *is_forward), texts_of(keys)?)?;
            *filter = Filter::Keys {
                columns: std::mem::take(columns),
                is_expression: false,
                keys: keys_of(found)?,
            };
        }
    }
    Ok(walked)
}

/// The keys of the nodes on the chains that begin at some. Paths of many steps at once would be as many as there are
/// ways from node to node.
fn reached(
    session: &mut Session,
    model: &mut Model,
    read: &Read<'_>,
    (name, is_forward): (&str, bool),
    begun: HashSet<String>,
) -> Result<Vec<String>> {
    let text = |name: &str| Column { name: name.into(), duck_type: "VARCHAR".into(), ..Column::default() };
    let (from, to) = if is_forward { ("_start_key", "_end_key") } else { ("_end_key", "_start_key") };
    let relationships = Table {
        name: name.to_owned(),
        kind: TableKind::Relationship,
        columns: vec![text(from), text(to)],
        ..Table::default()
    };
    let label = read.table.name.as_str();
    let mut next: Vec<String> = begun.iter().cloned().collect();
    let mut seen = begun;
    while !next.is_empty() {
        if read.tenant.is_some() {
            let wanted =
                Filter::Keys { columns: read.table.key.clone(), is_expression: false, keys: keys_of(next)? };
            let key = read.table.key.iter().filter_map(|key| read.table.column(key)).map(Output::Column);
            let nodes = Read { outputs: key.collect(), any: vec![wanted], ..read.clone() };
            next = texts(session, model, &nodes)?;
        }
        let wanted =
            Filter::Keys { columns: vec![from.to_owned()], is_expression: false, keys: keys_of(next)? };
        let ends = Read {
            table: &relationships,
            outputs: vec![Output::Column(&relationships.columns[1])],
            any: vec![wanted],
            tenant: None,
            between: Some([label, label]),
        };
        next = texts(session, model, &ends)?;
        next.retain(|key| seen.insert(key.clone()));
    }
    Ok(seen.into_iter().collect())
}

/// The one column of a read, as text.
fn texts(session: &mut Session, model: &mut Model, read: &Read<'_>) -> Result<Vec<String>> {
    let mut found = Vec::new();
    rows(session, model, read, &mut |batch| {
        found.extend(texts_of(&batch)?);
        Ok(())
    })?;
    Ok(found)
}
