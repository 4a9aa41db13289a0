//! A strategy against what its column allows: NULL, uniqueness, length, and the other end of a
//! reference. Everything here is known before any row moves.

use super::{Assignments, Policy, Strategy};
use crate::catalog::{Catalog, Column, Table};
use crate::error::{Error, Result};

/// Characters of the suffix that makes a readable fake unique.
const SUFFIX: u32 = 13;

impl Policy {
    /// Checks every assignment; all problems in one error.
    pub(super) fn check(&self, catalog: &Catalog, assignments: &Assignments) -> Result<()> {
        let mut problems = Vec::new();
        for (table, row) in catalog.tables.iter().zip(&assignments.0) {
            for (column, assignment) in table.columns.iter().zip(row) {
                let mut report = |problem: String| {
                    problems.push(format!(
                        "{}.{} ({}): {problem}",
                        table.path(),
                        column.name,
                        assignment.rule
                    ));
                };
                column_problems(
                    table,
                    column,
                    &assignment.strategy,
                    assignment.because.is_some(),
                    &mut report,
                );
            }
        }
        for reference in catalog.references.iter().filter(|reference| !reference.is_expression) {
            for (column, key) in reference.columns.iter().zip(&reference.key) {
                let end = |table: usize, name: &str| {
                    let at = catalog.tables[table].columns.iter().position(|column| column.name == name)?;
                    Some(&assignments.0[table][at])
                };
                let (Some(child), Some(parent)) = (end(reference.child, column), end(reference.parent, key))
                else {
                    continue;
                };
                let is_kept = child.strategy == Strategy::Preserve && parent.strategy == Strategy::Preserve;
                let is_alike = child.rule == parent.rule && is_injective(&child.strategy);
                if !is_kept && !is_alike {
                    problems.push(format!(
                        "{}: {} by \"{}\", but the key it names {} by \"{}\"",
                        reference.id,
                        child.strategy.word(),
                        child.rule,
                        parent.strategy.word(),
                        parent.rule
                    ));
                }
            }
        }
        match problems.as_slice() {
            [] => Ok(()),
            problems => Err(Error::config(format!(
                "{} columns cannot bear their strategy:\n  {}",
                problems.len(),
                problems.join("\n  ")
            ))
            .at(self.at.clone())
            .hint("choose another strategy; both ends of a reference need the same entry")),
        }
    }
}

/// Whether different values always get different fakes.
fn is_injective(strategy: &Strategy) -> bool {
    match strategy {
        Strategy::Faker(faker) => {
            ["email", "user_name", "url", "uuid", "unique_text"].contains(&faker.kind.as_str())
        }
        Strategy::Hash { .. } | Strategy::Tokenize | Strategy::Fpe { .. } | Strategy::Preserve => true,
        // What an expression does is checked by the uniqueness checks.
        Strategy::Sql { .. } => true,
        _ => false,
    }
}

fn column_problems(
    table: &Table,
    column: &Column,
    strategy: &Strategy,
    is_explained: bool,
    report: &mut dyn FnMut(String),
) {
    if *strategy == Strategy::Nullify && !column.nullable && !column.generated {
        report("nullify, but the column is NOT NULL".into());
    }
    let is_unique = table.unique_keys().any(|key| key.len() == 1 && key[0] == column.name);
    if is_unique && !is_injective(strategy) {
        report(format!("{} can give two values one fake, but the column is unique", strategy.word()));
    }
    let needs = match strategy {
        Strategy::Faker(faker) if faker.kind == "email" => SUFFIX + "@mail.example.org".len() as u32,
        Strategy::Faker(faker) if is_unique && faker.kind != "uuid" => SUFFIX,
        Strategy::Hash { .. } if is_unique => 16,
        Strategy::Tokenize => "TOKEN_00000001".len() as u32,
        _ => 0,
    };
    if column.length.is_some_and(|length| length < needs) {
        report(format!(
            "{} needs {needs} characters, the column has {}",
            strategy.word(),
            column.length.unwrap_or(0)
        ));
    }
    let says_something = column.as_text
        || matches!(column.duck_type.as_str(), "VARCHAR" | "JSON" | "DATE" | "TIMESTAMP" | "TIMESTAMPTZ");
    if *strategy == Strategy::Preserve && says_something && !is_explained {
        report("preserve on a text, date or JSON column needs a `because`".into());
    }
    let is_date = matches!(column.duck_type.as_str(), "DATE" | "TIMESTAMP" | "TIMESTAMPTZ");
    if matches!(strategy, Strategy::Shift { .. }) && !is_date {
        report("shift needs a date".into());
    }
    let Strategy::Constant { value } = strategy else { return };
    if !column.values.is_empty() && !column.values.contains(value) {
        report("the constant is not among the values of the enum".into());
    }
    if column.length.is_some_and(|length| value.chars().count() > length as usize) {
        report("the constant is longer than the column".into());
    }
}
