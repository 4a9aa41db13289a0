//! Gives each column of a catalog its one strategy, or says which columns nobody covers.

use super::expression::Row;
use super::place::{self, Place};
use super::{Entry, Policy, Strategy};
use crate::catalog::{Catalog, Column, Equality, Table};
use crate::error::{Error, Result};
use crate::project::{Project, yaml};

/// What happens to one column.
#[derive(Clone, Debug, PartialEq)]
pub struct Assignment {
    /// The strategy.
    pub strategy: Strategy,
    /// The entry that decided, or a word in brackets where the engine did.
    pub rule: String,
    /// What the values are: equal ones of one domain get equal hashes, tokens and ciphers.
    pub domain: String,
    /// Where the entry stands.
    pub at: String,
    /// Why.
    pub because: Option<String>,
    /// The SQL expression over the staged row that gives the new value.
    pub expression: String,
    /// The person whose fake it is, as the masks take it; `NULL` where the value alone decides.
    pub person: String,
    /// Places in it, where it is JSON, that have a strategy of their own.
    pub places: Vec<Place>,
}

/// Per table of the catalog, per column: what happens to it.
pub struct Assignments(pub Vec<Vec<Assignment>>);

impl Assignments {
    /// Whether a column is discarded and so never read.
    pub fn is_unread(&self, catalog: &Catalog, table: usize, column: &str) -> bool {
        let at = catalog.tables[table].columns.iter().position(|known| known.name == column);
        at.is_some_and(|at| self.0[table][at].strategy.is_discarding())
    }
}

impl Entry {
    /// What its values are, as hashes, tokens and ciphers ask.
    pub(super) fn domain(&self) -> &str {
        self.domain.as_deref().unwrap_or(&self.name)
    }

    /// Whether a column is meant, or one with places that are.
    fn matches(&self, table: &Table, column: &Column) -> bool {
        let path = format!("{}.{}", table.path(), column.name);
        self.name_pattern.as_ref().is_none_or(|pattern| pattern.is_match(&column.name))
            && (self.columns.is_empty() || self.columns.iter().any(|pattern| pattern.matches(&path)))
            && (self.types.is_empty()
                || self.types.iter().any(|kind| kind.eq_ignore_ascii_case(&column.duck_type)))
            && self.condition.as_ref().is_none_or(|(_, chosen)| chosen.contains(&path))
    }
}

impl Policy {
    /// The entry that decides about a column, if one does.
    pub fn decides(&self, table: &Table, column: &Column) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.json.is_empty() && entry.matches(table, column))
    }

    /// Asks `choose` which columns (`store.table.column`) meet the condition of each entry that has one.
    pub fn choose(&mut self, choose: &mut dyn FnMut(&str) -> Result<Vec<String>>) -> Result<()> {
        for entry in &mut self.entries {
            if let Some((condition, chosen)) = &mut entry.condition {
                let columns = choose(condition)
                    .map_err(|error| error.context("the condition of `where`").at(entry.at.clone()))?;
                chosen.extend(columns);
            }
        }
        Ok(())
    }

    /// Whether an entry has a condition that must be asked before columns are assigned.
    pub fn has_conditions(&self) -> bool {
        self.entries.iter().any(|entry| entry.condition.is_some())
    }

    /// Gives every column its strategy and checks each against what the column allows. All problems at once.
    pub fn assign(&self, project: &Project, catalog: &Catalog) -> Result<Assignments> {
        let mut uses = vec![0usize; self.entries.len()];
        let mut matches = vec![0usize; self.entries.len()];
        let mut uncovered = Vec::new();
        let mut chosen: Vec<Vec<Option<usize>>> = Vec::new();
        let mut named: Vec<Vec<Vec<usize>>> = Vec::new();
        for table in &catalog.tables {
            let (mut row, mut places) = (Vec::new(), Vec::new());
            for column in &table.columns {
                let fitting: Vec<usize> = match is_structural(column) {
                    true => Vec::new(),
                    false => (0..self.entries.len())
                        .filter(|at| self.entries[*at].matches(table, column))
                        .collect(),
                };
                fitting.iter().for_each(|at| matches[*at] += 1);
                // Entries for places in JSON count as far as the first one that takes the whole column.
                let of_places = fitting.iter().take_while(|at| !self.entries[**at].json.is_empty()).count();
                fitting.iter().take(of_places + 1).for_each(|at| uses[*at] += 1);
                let decides = fitting.get(of_places).copied();
                if decides.is_none() && !is_structural(column) {
                    uncovered.push(format!("{}.{}", table.path(), column.name));
                }
                row.push(decides);
                places.push(fitting[..of_places].to_vec());
            }
            chosen.push(row);
            named.push(places);
        }
        self.complain(&uncovered, &uses, &matches)?;
        let equality = self.equality(catalog, &chosen);
        let mut assignments = Assignments(Vec::new());
        for ((table, chosen), named) in catalog.tables.iter().zip(&chosen).zip(&named) {
            let row = Row { policy: self, project, catalog, table, chosen, equality: &equality };
            let columns = table.columns.iter().zip(chosen).zip(named);
            let of = columns.map(|((column, entry), named)| self.assignment(&row, column, *entry, named));
            assignments.0.push(of.collect());
        }
        self.follow_ends(project, catalog, &equality, &mut assignments);
        self.check(catalog, &assignments)?;
        Ok(assignments)
    }

    /// When two values of an entry are the same value: as the loosest of its columns has it.
    fn equality(&self, catalog: &Catalog, chosen: &[Vec<Option<usize>>]) -> Vec<Equality> {
        let mut equality = vec![Equality::Exact; self.entries.len()];
        for (table, row) in catalog.tables.iter().zip(chosen) {
            for (column, entry) in table.columns.iter().zip(row) {
                if let Some(at) = *entry {
                    equality[at] = equality[at].max(column.equality);
                }
            }
        }
        equality
    }

    fn assignment(
        &self,
        row: &Row<'_>,
        column: &Column,
        entry: Option<usize>,
        named: &[usize],
    ) -> Assignment {
        let Some((at, entry)) = entry.map(|at| (at, &self.entries[at])) else {
            return Assignment {
                strategy: Strategy::Preserve,
                rule: "(graph)".into(),
                domain: String::new(),
                at: self.at.to_string(),
                because: Some("the shape of the graph".into()),
                expression: crate::name::Ident(&column.name).to_string(),
                person: "NULL".into(),
                places: Vec::new(),
            };
        };
        if column.generated {
            return Assignment {
                strategy: Strategy::Nullify,
                rule: "(generated)".into(),
                domain: String::new(),
                at: entry.at.to_string(),
                because: Some("the target computes it anew from what it is made of".into()),
                expression: "NULL".into(),
                person: "NULL".into(),
                places: Vec::new(),
            };
        }
        let places = place::places(row, named);
        let expression = match &entry.strategy {
            Strategy::Scan { common_words } if !places.is_empty() => {
                place::column(row, column, &places, common_words.is_some())
            }
            _ => row.expression(column, at),
        };
        Assignment {
            strategy: entry.strategy.clone(),
            rule: entry.name.clone(),
            domain: entry.domain().to_owned(),
            at: entry.at.to_string(),
            because: entry.because.clone(),
            expression,
            person: row.owner(at),
            places,
        }
    }

    /// The ends of relationships are masked as the keys of the nodes they name.
    fn follow_ends(
        &self,
        project: &Project,
        catalog: &Catalog,
        equality: &[Equality],
        assignments: &mut Assignments,
    ) {
        for reference in &catalog.references {
            let [end] = reference.columns.as_slice() else { continue };
            let position =
                |table: usize, name: &str| catalog.tables[table].columns.iter().position(|c| c.name == name);
            let (Some(child), Some(key)) = (
                position(reference.child, end),
                reference.key.first().and_then(|key| position(reference.parent, key)),
            ) else {
                continue;
            };
            if end.starts_with('_') && assignments.0[reference.child][child].rule == "(graph)" {
                let parent = assignments.0[reference.parent][key].clone();
                let entry = self.entries.iter().position(|entry| entry.name == parent.rule);
                let masking = entry.filter(|at| self.entries[*at].strategy != Strategy::Preserve);
                let expression = match masking {
                    Some(at) => {
                        let end = crate::name::Ident(end).to_string();
                        self.by_value(&self.entries[at], &end, equality[at], project)
                    }
                    None => crate::name::Ident(end).to_string(),
                };
                assignments.0[reference.child][child] = Assignment { expression, ..parent };
            }
        }
    }

    /// Entries that decide nothing are mistakes, and so are columns nobody decides about.
    fn complain(&self, uncovered: &[String], uses: &[usize], matches: &[usize]) -> Result<()> {
        if !uncovered.is_empty() {
            let (count, most) = (uncovered.len(), uncovered.len().min(10));
            let more = if count > most { format!(" and {} more", count - most) } else { String::new() };
            let first = uncovered[..most].join(", ");
            return Err(Error::config(format!("{count} columns have no strategy: {first}{more}"))
                .at(self.at.clone())
                .hint(format!(
                    "`datamig policy suggest` drafts entries for them; or decide about each, for example:\n  \
                     - name: new_columns\n    columns: {}\n    strategy: nullify",
                    yaml::list(uncovered)
                )));
        }
        if let Some(at) = uses.iter().position(|uses| *uses == 0) {
            let entry = &self.entries[at];
            let why = match matches[at] {
                0 => "matches no column of any store".to_owned(),
                count => format!("decides nothing: earlier entries take all {count} columns it matches"),
            };
            return Err(Error::config(format!("the entry \"{}\" {why}", entry.name))
                .at(entry.at.clone())
                .hint("correct its pattern, move it up, or delete it"));
        }
        Ok(())
    }
}

/// Columns that describe the graph and hold no property.
fn is_structural(column: &Column) -> bool {
    ["_labels", "_start_label", "_start_key", "_end_label", "_end_key"].contains(&column.name.as_str())
}
