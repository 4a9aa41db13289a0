//! A rule file: a YAML list with one mapping per rule. Unknown keys are errors with file, line and the
//! nearest key. YAML keeps no places in its values, so the line of an item is found in the text: block
//! style is demanded, where every item begins with `- ` in the first column and nothing else does.

use super::{Body, Example, Examples, Family, Row, Rule, Scope, Severity, suggest};
use crate::error::{Error, Location, Result};
use serde_yaml::{Mapping, Value};
use std::path::Path;

/// A rule file larger than this was not written by a person.
const BYTES_MAX: usize = 1 << 20;

const KEYS: [&str; 10] = [
    "rule",
    "on",
    "each_column",
    "when",
    "expect",
    "violations",
    "may_be_empty",
    "severity",
    "because",
    "examples",
];

/// The rules of one file.
pub fn parse(path: &Path, text: &str, family: Family) -> Result<Vec<Rule>> {
    let text = text.trim_start_matches('\u{feff}');
    let items = match read(path, text)? {
        Value::Null => Vec::new(),
        Value::Sequence(items) => items,
        _ => {
            return Err(Error::config("a rule file is a list: each rule begins with `- rule: <name>`")
                .at(Location::new(path, 1)));
        }
    };
    let lines: Vec<usize> = text
        .lines()
        .enumerate()
        .filter(|(_, line)| *line == "-" || line.starts_with("- "))
        .map(|(at, _)| at + 1)
        .collect();
    if lines.len() != items.len() {
        return Err(Error::config("each rule must begin with `- ` in the first column of its own line")
            .at(Location::new(path, 1)));
    }
    items.into_iter().zip(lines).map(|(item, line)| rule(&Place { path, text, line }, item, family)).collect()
}

/// The YAML value of a file. Tabs, duplicate keys and broken syntax are errors with their line.
pub fn read(path: &Path, text: &str) -> Result<Value> {
    if text.len() > BYTES_MAX {
        return Err(Error::config("the file is larger than 1 MB").at(Location::new(path, 0)));
    }
    serde_yaml::from_str(text).map_err(|cause| {
        let line = cause.location().map_or(0, |location| location.line());
        let words = cause.to_string();
        let words = words.split(" at line ").next().unwrap_or_default();
        Error::config(format!("this is not YAML: {words}")).at(Location::new(path, line))
    })
}

/// Where an item stands, for messages.
pub struct Place<'a> {
    /// The file.
    pub path: &'a Path,
    /// Its text.
    pub text: &'a str,
    /// The first line of the item.
    pub line: usize,
}

impl Place<'_> {
    /// The item itself.
    pub fn here(&self) -> Location {
        Location::new(self.path, self.line)
    }

    /// The lines of the item, with their numbers from 0.
    fn lines(&self) -> impl Iterator<Item = (usize, &str)> {
        let lines = self.text.lines().enumerate().skip(self.line - 1);
        lines.take_while(|(at, line)| at + 1 == self.line || !line.starts_with("- "))
    }

    /// The line of a key of the item (in flow style, the first that names it), else of the item.
    fn key(&self, key: &str) -> Location {
        let begins = |line: &str| {
            let line = line.strip_prefix("- ").unwrap_or(line).trim_start();
            line.strip_prefix(key).is_some_and(|rest| rest.trim_start().starts_with(':'))
        };
        let named = format!("{key}:");
        let found = (self.lines().find(|(_, line)| begins(line)))
            .or_else(|| self.lines().find(|(_, line)| line.contains(&named)));
        Location::new(self.path, found.map_or(self.line, |(at, _)| at + 1))
    }

    fn error(&self, key: &str, message: impl Into<String>) -> Error {
        Error::config(message).at(self.key(key))
    }

    /// The item as a mapping whose keys are all `known`.
    pub fn mapping(&self, item: Value, known: &[&str]) -> Result<Mapping> {
        let Value::Mapping(map) = item else {
            return Err(Error::config("expected `key: value` lines").at(self.here()));
        };
        for key in map.keys() {
            let key = key.as_str().unwrap_or_default();
            if !known.contains(&key) {
                let error = self.error(key, format!("unknown key \"{key}\""));
                return Err(suggest(error, key, known.iter().copied()));
            }
        }
        Ok(map)
    }

    /// The text under `key`; numbers and booleans are errors, because SQL is text.
    fn text(&self, map: &Mapping, key: &str) -> Result<Option<String>> {
        match map.get(key) {
            None => Ok(None),
            Some(Value::String(text)) if !text.trim().is_empty() => Ok(Some(text.trim().to_owned())),
            Some(_) => Err(self.error(key, format!("\"{key}\" must be text")).hint("put it in quotes")),
        }
    }

    fn required(&self, map: &Mapping, key: &str) -> Result<String> {
        self.text(map, key)?
            .ok_or_else(|| Error::config(format!("the rule has no \"{key}\"")).at(self.here()))
    }
}

fn rule(place: &Place<'_>, item: Value, family: Family) -> Result<Rule> {
    let map = place.mapping(item, &KEYS)?;
    let id = place.required(&map, "rule")?;
    if !id.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_') {
        return Err(place.error("rule", format!("\"{id}\" is no rule name: a-z, 0-9 and _ only")));
    }
    let scope = match (place.text(&map, "on")?, place.text(&map, "each_column")?) {
        (Some(table), None) => Scope::On(table),
        (None, Some(condition)) => Scope::EachColumn(condition),
        _ => return Err(place.error("rule", format!("rule \"{id}\" needs either on or each_column"))),
    };
    let body = match (place.text(&map, "expect")?, place.text(&map, "violations")?) {
        (Some(condition), None) => Body::Expect(condition),
        (None, Some(sql)) if matches!(scope, Scope::On(_)) => {
            Body::Violations(sql.trim_end_matches(';').to_owned())
        }
        (None, Some(_)) => {
            let message = "each_column takes expect: violations are rows of one table";
            return Err(place.error("violations", message));
        }
        _ => return Err(place.error("rule", format!("rule \"{id}\" needs either expect or violations"))),
    };
    let severity = place.required(&map, "severity")?;
    let severity = Severity::parse(&severity).ok_or_else(|| {
        let error = place.error("severity", format!("no severity is called \"{severity}\""));
        suggest(error, &severity, Severity::ALL.iter().map(|(word, _)| *word))
    })?;
    let may_be_empty = match map.get("may_be_empty") {
        None => false,
        Some(Value::Bool(value)) => *value,
        Some(_) => return Err(place.error("may_be_empty", "may_be_empty is true or false")),
    };
    let because = place.required(&map, "because")?;
    let when = place.text(&map, "when")?;
    let examples = examples(place, &map, &scope)?;
    let (at, source) = (place.here(), place.lines().map(|(_, line)| line).collect::<Vec<_>>().join("\n"));
    Ok(Rule { id, family, scope, when, body, may_be_empty, severity, because, examples, at, source })
}

fn examples(place: &Place<'_>, map: &Mapping, scope: &Scope) -> Result<Examples> {
    let missing = || {
        place
            .error("examples", "a rule needs examples that pass and examples that fail")
            .hint("examples: { pass: [{age: 5}], fail: [{age: 4}] }")
    };
    let given = place.mapping(map.get("examples").cloned().ok_or_else(missing)?, &["pass", "fail"])?;
    let side = |key: &str| -> Result<Vec<Example>> {
        let found = match (given.get(key).ok_or_else(missing)?, scope) {
            (Value::Sequence(items), Scope::EachColumn(_)) => {
                items.iter().map(|item| Some(Example::Value(scalar(item)?))).collect()
            }
            (Value::Sequence(items), Scope::On(table)) => items.iter().map(|item| one(item, table)).collect(),
            (value @ Value::Mapping(_), Scope::On(table)) => one(value, table).map(|example| vec![example]),
            _ => None,
        };
        let found: Vec<Example> = found.ok_or_else(|| {
            place
                .error("examples", format!("the examples under \"{key}\" cannot be read"))
                .hint("rows: [{age: 5}], tables: {ids.teachers: [{id: 1}]}, or values for each_column: [5]")
        })?;
        if found.is_empty() { Err(missing()) } else { Ok(found) }
    };
    Ok(Examples { pass: side("pass")?, fail: side("fail")? })
}

/// A mapping of tables to rows, told by the dot in their names, or one row of `on`.
fn one(item: &Value, on: &str) -> Option<Example> {
    let map = item.as_mapping()?;
    let is_table = |(key, value): (&Value, &Value)| {
        key.as_str().is_some_and(|key| key.contains('.')) && value.is_sequence()
    };
    if map.is_empty() || !map.iter().all(is_table) {
        return Some(Example::Tables(vec![(on.to_owned(), vec![row(item)?])]));
    }
    let tables = map.iter().map(|(key, value)| {
        let rows = value.as_sequence()?.iter().map(row).collect::<Option<Vec<_>>>()?;
        Some((key.as_str()?.to_owned(), rows))
    });
    Some(Example::Tables(tables.collect::<Option<Vec<_>>>()?))
}

fn row(item: &Value) -> Option<Row> {
    item.as_mapping()?.iter().map(|(key, value)| Some((key.as_str()?.to_owned(), scalar(value)?))).collect()
}

/// A value as text, NULL as `None`; lists and mappings become JSON.
fn scalar(value: &Value) -> Option<Option<String>> {
    Some(match value {
        Value::Null => None,
        Value::Bool(value) => Some(value.to_string()),
        Value::Number(value) => Some(value.to_string()),
        Value::String(value) => Some(value.clone()),
        Value::Sequence(_) | Value::Mapping(_) => Some(serde_json::to_string(value).ok()?),
        Value::Tagged(_) => return None,
    })
}
