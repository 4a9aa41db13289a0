//! A rule that is being written: the YAML it becomes, and examples found by trying values.

use super::lint::{Bench, EXAMPLE_TIME_MAX};
use super::worker::Limit;
use super::{Example, Family, Rule, Severity, example, guess, tree, yaml};
use crate::error::{Error, Result};
use std::path::Path;

/// Examples that are found, on each side: both sides of both ends of a range.
const EXAMPLES_MAX: usize = 4;

/// What it demands.
pub enum Body {
    /// A predicate per row.
    Expect(String),
    /// SQL that returns violating rows.
    Violations(String),
}

/// A rule as its author gave it.
pub struct Draft {
    /// Its name.
    pub id: String,
    /// The table.
    pub on: String,
    /// What it demands.
    pub body: Body,
    /// Why.
    pub because: String,
    /// What a violation weighs.
    pub severity: Severity,
    /// Examples that pass, as YAML.
    pub pass: Vec<String>,
    /// Examples that fail, as YAML.
    pub fail: Vec<String>,
}

impl Draft {
    /// The rule as a file holds it.
    pub fn yaml(&self) -> String {
        let body = match &self.body {
            Body::Expect(sql) => format!("expect: {}", line(sql)),
            Body::Violations(sql) => {
                let lines: Vec<String> = sql.trim().lines().map(|line| format!("    {line}")).collect();
                format!("violations: |\n{}", lines.join("\n"))
            }
        };
        format!(
            "- rule: {}\n  on: {}\n  {body}\n  severity: {}\n  because: {}\n  examples:\n    pass: [{}]\n    fail: [{}]\n",
            self.id,
            line(&self.on),
            self.severity,
            line(&self.because),
            self.pass.join(", "),
            self.fail.join(", ")
        )
    }

    /// Completes the examples with values that pass and fail: the constants of the condition and what lies
    /// beside them, in one column after the other.
    pub fn find_examples(&mut self, bench: &Bench, path: &Path, family: Family) -> Result<()> {
        if !self.pass.is_empty() && !self.fail.is_empty() {
            return Ok(());
        }
        let Body::Expect(condition) = &self.body else { return Ok(()) };
        let named = guess::named(&tree::parse_condition(bench.db(), condition)?);
        let probe = Draft {
            id: self.id.clone(),
            on: self.on.clone(),
            body: Body::Expect(condition.clone()),
            because: "a probe".into(),
            pass: vec!["{}".into()],
            fail: vec!["{}".into()],
            ..*self
        };
        let rules = yaml::parse(path, &probe.yaml(), family)?;
        let Some(rule) = rules.first() else { return Ok(()) };
        let checks = bench.checks(rule).ok().filter(|_| bench.lint(rule).is_none());
        let Some(check) = checks.as_ref().and_then(|checks| checks.first()) else {
            // Lint will say why it does not bind, examples or not.
            (self.pass, self.fail) = (vec!["{}".into()], vec!["{}".into()]);
            return Ok(());
        };
        let columns = bench.db().rows(
            "SELECT \"column\", duck_type FROM meta.\"column\" WHERE store || '.' || \"table\" = ? ORDER BY position",
            [&self.on],
            |row| Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?)),
        )?;
        let (mut pass, mut fail, limit) = (Vec::new(), Vec::new(), Limit::of(bench.db()));
        let violates = || limit.within(EXAMPLE_TIME_MAX, || example::violates(bench.db(), &check.sql));
        for (column, kind) in
            columns.iter().filter(|(column, _)| named.columns.contains(&column.to_lowercase()))
        {
            for value in guess::values(kind, &named, None) {
                let text = format!("{{{}: {}}}", scalar(column), written(kind, &value));
                let row = Example::Tables(vec![(self.on.clone(), vec![vec![(column.clone(), Some(value))]])]);
                match example::inside(bench.db(), &row, check, violates)? {
                    Ok(true) if fail.len() < EXAMPLES_MAX => fail.push(text),
                    Ok(false) if pass.len() < EXAMPLES_MAX => pass.push(text),
                    _ => {}
                }
            }
        }
        if fail.is_empty() || pass.is_empty() {
            return missing(rule);
        }
        self.pass = if self.pass.is_empty() { pass } else { std::mem::take(&mut self.pass) };
        self.fail = if self.fail.is_empty() { fail } else { std::mem::take(&mut self.fail) };
        Ok(())
    }
}

fn missing(rule: &Rule) -> Result<()> {
    Err(Error::usage(format!("no examples of \"{}\" were found by trying values", rule.id))
        .hint("give them: --pass '{age: 5}' --fail '{age: 4}'"))
}

/// A value of an example: numbers and booleans bare, everything else in quotes.
fn written(kind: &str, value: &str) -> String {
    let is_bare =
        kind.contains("INT") || ["BOOLEAN", "DECIMAL", "DOUBLE", "FLOAT"].iter().any(|k| kind.starts_with(k));
    if is_bare { value.to_owned() } else { serde_json::json!(value).to_string() }
}

/// A text as YAML: bare where that reads back as it is, also within a list, else in double quotes.
fn scalar(text: &str) -> String {
    quoted_unless(text, &format!("[{text}]"), serde_yaml::Value::Sequence(vec![text.into()]))
}

/// The same for a line of its own, where commas mean nothing.
fn line(text: &str) -> String {
    let alone = serde_yaml::Mapping::from_iter([("k".into(), text.into())]);
    quoted_unless(text, &format!("k: {text}"), alone.into())
}

fn quoted_unless(text: &str, yaml: &str, same: serde_yaml::Value) -> String {
    let is_same = serde_yaml::from_str::<serde_yaml::Value>(yaml).is_ok_and(|value| value == same);
    if is_same { text.to_owned() } else { serde_json::json!(text).to_string() }
}
