//! Completion of joins: after `JOIN` the tables that a reference ties to those already named, with their
//! condition; after `ON` the conditions alone.

use super::complete::Proposal;
use super::names::{Names, Reference, Table};
use crate::name::Ident;

/// A table as a statement names it: what its columns are qualified with, and itself.
pub(super) type Named<'a> = (String, &'a Table);

/// Conditions between the last of the tables and those before it.
pub(super) fn conditions(names: &Names, named: &[Named<'_>]) -> Vec<Proposal> {
    let Some((last, before)) = named.split_last() else { return Vec::new() };
    let ties = before.iter().flat_map(|other| {
        names
            .references
            .iter()
            .filter_map(|reference| tie(reference, last, other).or_else(|| tie(reference, other, last)))
    });
    ties.map(|condition| Proposal::new(condition, "")).collect()
}

/// Tables that go with those named, whole: `ids.schools AS schools ON schools.id = s.school_id`.
pub(super) fn tables(names: &Names, named: &[Named<'_>]) -> Vec<Proposal> {
    let mut found = Vec::new();
    for known in named {
        for reference in &names.references {
            for path in [&reference.child, &reference.parent] {
                let Some(table) = names.tables.iter().find(|table| is_called(table, path)) else { continue };
                let new = (table.name.to_lowercase(), table);
                if is_called(known.1, path) || named.iter().any(|(alias, _)| *alias == new.0) {
                    continue;
                }
                let condition = tie(reference, &new, known).or_else(|| tie(reference, known, &new));
                let source = format!("{}.{}", plain(&table.schema), plain(&table.name));
                found.extend(condition.map(|condition| {
                    Proposal::new(format!("{source} AS {} ON {condition}", plain(&new.0)), "")
                }));
            }
        }
    }
    found
}

/// The condition by which `child` references `parent`, when it does.
fn tie(reference: &Reference, child: &Named<'_>, parent: &Named<'_>) -> Option<String> {
    let is_tied = is_called(child.1, &reference.child) && is_called(parent.1, &reference.parent);
    let pairs = reference.columns.iter().map(|(from, to)| {
        format!("{}.{} = {}.{}", plain(&parent.0), plain(to), plain(&child.0), plain(from))
    });
    is_tied.then(|| pairs.collect::<Vec<_>>().join(" AND "))
}

fn is_called(table: &Table, path: &(String, String)) -> bool {
    table.schema == path.0 && table.name == path.1
}

/// A name as SQL takes it.
fn plain(name: &str) -> String {
    match name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_') {
        true => name.to_owned(),
        false => Ident(name).to_string(),
    }
}
