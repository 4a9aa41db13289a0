//! A strategy against what its column allows: NULL, uniqueness, length, and the other end of a
//! reference. Everything here is known before any row moves.

use super::{Assignment, Assignments, Policy, Strategy};
use crate::catalog::{Catalog, Column, Reference, Table};
use crate::error::{Error, Result};

/// Characters of the suffix that makes a readable fake unique.
const SUFFIX: u32 = 13;

/// What is missing where dates are to move, and what to do about it.
const WHOSE: &str = "whose these are: name the person of the table under `person:` in project.yaml, or use \
                     faker_type: date";

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
                column_problems(table, column, assignment, &mut report);
                place_problems(column, assignment, &mut report);
            }
        }
        for reference in &catalog.references {
            if reference.is_expression || reference.list.is_some() {
                problems.extend(hidden_key(catalog, assignments, reference));
                continue;
            }
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

/// A masked key that is named in a way that cannot be masked alike, by a value that arrives.
fn hidden_key(catalog: &Catalog, assignments: &Assignments, reference: &Reference) -> Option<String> {
    let parent = &catalog.tables[reference.parent];
    let masked =
        parent.columns.iter().zip(&assignments.0[reference.parent]).find(|(column, one)| {
            reference.key.contains(&column.name) && one.strategy != Strategy::Preserve
        })?;
    let child = &catalog.tables[reference.child];
    let is_named = |name: &str| reference.columns.iter().any(|text| text.contains(name));
    let columns = child.columns.iter().zip(&assignments.0[reference.child]);
    let named: Vec<&Strategy> =
        columns.filter(|(column, _)| is_named(&column.name)).map(|(_, one)| &one.strategy).collect();
    if !named.is_empty() && named.iter().all(|one| one.is_discarding()) {
        return None;
    }
    Some(format!(
        "{}: names keys of {} in an expression or a list, but these are masked by \"{}\"",
        reference.id,
        parent.path(),
        masked.1.rule
    ))
}

/// Whether an expression calls none of the masks.
fn is_unmasked_sql(strategy: &Strategy) -> bool {
    matches!(strategy, Strategy::Sql { expression } if !expression.contains("mask_"))
}

/// Whether what a strategy gives depends on nothing but the values that were there, or is checked elsewhere.
fn is_kept(strategy: &Strategy) -> bool {
    matches!(
        strategy,
        Strategy::Preserve | Strategy::Nullify | Strategy::Constant { .. } | Strategy::Sql { .. }
    )
}

/// Whether an enum or a CHECK lists the values a column may have.
fn is_listed(table: &Table, column: &Column) -> bool {
    let lists = |check: &String| {
        let check = check.to_lowercase();
        let word = check.split(|letter: char| !letter.is_alphanumeric() && letter != '_');
        let names = word.filter(|word| *word == column.name.to_lowercase()).count() > 0;
        names && (check.contains(" in (") || check.contains("any (")) && !check.contains(" or ")
    };
    !column.values.is_empty() || table.checks.iter().any(lists)
}

/// Whether a column takes other texts than it has: no list says which, and its type has no form but that of JSON
/// and of arrays, which a scan keeps.
pub fn takes_texts(table: &Table, column: &Column) -> bool {
    let is_open = form(column).is_none_or(|form| form.starts_with("json") || form.ends_with("[]"));
    matches!(column.duck_type.as_str(), "VARCHAR" | "JSON") && is_open && !is_listed(table, column)
}

/// The characters a fake takes at the least.
fn room(strategy: &Strategy, is_unique: bool) -> u32 {
    match strategy {
        Strategy::Faker(faker) => match faker.kind.as_str() {
            "email" => SUFFIX + "@mail.example.org".len() as u32,
            "uuid" => 36,
            "url" => "https://www.example.org/".len() as u32 + SUFFIX,
            "ipv4" => "10.255.255.255".len() as u32,
            _ if is_unique => SUFFIX,
            _ => 0,
        },
        Strategy::Hash { .. } if is_unique => 16,
        Strategy::Tokenize => "TOKEN_00000001".len() as u32,
        // Fewer characters than these have fewer than 10^6 values.
        Strategy::Fpe { alphabet } if alphabet == "alphanumeric" => 4,
        Strategy::Fpe { .. } => 6,
        _ => 0,
    }
}

/// Why a column's type cannot hold what a strategy gives.
fn misfit(column: &Column, strategy: &Strategy) -> Option<String> {
    let kind = column.duck_type.as_str();
    let form = form(column);
    let is_text = (column.as_text || kind == "VARCHAR") && form.is_none();
    let is_number = ["SMALLINT", "INTEGER", "BIGINT", "HUGEINT"].contains(&kind);
    let is_date = kind == "DATE" || kind.starts_with("TIMESTAMP");
    let fits = match strategy {
        Strategy::Faker(faker) => match faker.kind.as_str() {
            "date_of_birth" | "date" => is_text || is_date,
            "zipcode" | "phone_number" | "card" => is_text || is_number,
            "uuid" => is_text || kind == "UUID",
            "ipv4" => is_text || form == Some("inet"),
            _ => is_text || kind == "JSON",
        },
        Strategy::Hash { .. } | Strategy::Tokenize => is_text,
        Strategy::Fpe { .. } => is_text || (is_number && kind != "SMALLINT"),
        Strategy::Generalize { to } if to == "zip3" => is_text,
        Strategy::Generalize { .. } => is_date,
        _ => true,
    };
    let kind = form.unwrap_or(kind);
    let hint = if form.is_some() { "; `scan` keeps its form" } else { "" };
    (!fits).then(|| format!("{} gives what {kind} cannot hold{hint}", strategy.word()))
}

/// Types of PostgreSQL that travel as text and take none but of their own form.
fn form(column: &Column) -> Option<&str> {
    const FORMS: [&str; 16] = [
        "json", "jsonb", "xml", "inet", "cidr", "macaddr", "numeric", "money", "interval", "bit", "tsvector",
        "point", "polygon", "time", "oid", "hstore",
    ];
    let kind = column.source_type.rsplit('.').next().unwrap_or_default();
    let is_form = kind.ends_with("[]")
        || kind.ends_with("range")
        || FORMS.iter().any(|form| kind.split(['(', ' ']).next() == Some(form));
    (column.as_text && is_form).then_some(kind)
}

/// What a column must allow so that places in its JSON can have a strategy of their own.
fn place_problems(column: &Column, assignment: &Assignment, report: &mut dyn FnMut(String)) {
    let Some(first) = assignment.places.first() else { return };
    if !matches!(assignment.strategy, Strategy::Scan { .. }) {
        let (rule, word) = (&first.how.rule, assignment.strategy.word());
        report(format!(
            "{word}, but \"{rule}\" names places in it: what no place names must be scanned (strategy: scan)"
        ));
    }
    if column.length.is_some() {
        report("fakes of places can make JSON longer than the column".into());
    }
    for place in &assignment.places {
        if place.how.strategy == Strategy::Preserve && place.how.because.is_none() {
            report(format!("preserve of {} needs a `because`", place.path));
        }
        if matches!(place.how.strategy, Strategy::Shift { .. }) && place.how.person == "NULL" {
            report(format!("shift of {}: nothing says {WHOSE}", place.path));
        }
    }
}

fn column_problems(table: &Table, column: &Column, assignment: &Assignment, report: &mut dyn FnMut(String)) {
    let strategy = &assignment.strategy;
    if *strategy == Strategy::Nullify && !column.nullable && !column.generated {
        report("nullify, but the column is NOT NULL".into());
    }
    let is_unique = table.unique_keys().any(|key| key.contains(&column.name));
    if is_unique && !column.generated && !is_injective(strategy) {
        report(format!("{} can give two values one fake, but the column is unique", strategy.word()));
    }
    if let Some(why) = misfit(column, strategy) {
        report(why);
    }
    let needs = room(strategy, is_unique);
    if column.length.is_some_and(|length| length < needs) {
        report(format!(
            "{} needs {needs} characters, the column has {}",
            strategy.word(),
            column.length.unwrap_or(0)
        ));
    }
    if !is_kept(strategy) && is_listed(table, column) {
        report(format!("{} gives values that the column's list does not have", strategy.word()));
    }
    let says_something = column.as_text
        || matches!(column.duck_type.as_str(), "VARCHAR" | "JSON" | "DATE" | "TIMESTAMP" | "TIMESTAMPTZ");
    if *strategy == Strategy::Preserve && says_something && assignment.because.is_none() {
        report("preserve on a text, date or JSON column needs a `because`".into());
    }
    if says_something && assignment.because.is_none() && is_unmasked_sql(strategy) {
        report(
            "sql without a mask_ function needs a `because`: what it leaves of a value is not looked for"
                .into(),
        );
    }
    if matches!(strategy, Strategy::Scan { .. }) && column.length.is_some() && column.duck_type == "JSON" {
        report("scan can make JSON longer than the column".into());
    }
    if matches!(strategy, Strategy::Scan { .. }) && !matches!(column.duck_type.as_str(), "VARCHAR" | "JSON") {
        report("scan needs text or JSON".into());
    }
    let is_date = matches!(column.duck_type.as_str(), "DATE" | "TIMESTAMP" | "TIMESTAMPTZ");
    match strategy {
        Strategy::Shift { .. } if !is_date => report("shift needs a date".into()),
        Strategy::Shift { .. } if assignment.person == "NULL" => {
            report(format!("shift moves all dates of a person together, but nothing says {WHOSE}"));
        }
        _ => {}
    }
    let Strategy::Constant { value } = strategy else { return };
    if !column.values.is_empty() && !column.values.contains(value) {
        report("the constant is not among the values of the enum".into());
    }
    if column.length.is_some_and(|length| value.chars().count() > length as usize) {
        report("the constant is longer than the column".into());
    }
}
