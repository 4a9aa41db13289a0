//! Places in JSON that have a strategy of their own: `$.guardian.email`, `$.phones[*]`, `$..email`. A place is
//! all that lies below it. Of several entries that name a leaf the first decides, as with columns.

use super::expression::Row;
use super::{Assignment, Entry, Faker, Strategy};
use crate::catalog::Column;
use crate::error::{Error, Result};
use crate::name::{Ident, Literal};
use serde_json::{Value, json};

/// Stands for the person of the row among the arguments of a masking function.
const PERSON: &str = "{person}";

/// A place in JSON and how what is there leaves production.
#[derive(Clone, Debug, PartialEq)]
pub struct Place {
    /// `$.guardian.email`.
    pub path: String,
    /// Which leaves are meant: a condition over the rows of `json_tree`, named `leaf`.
    pub condition: String,
    /// What happens; the expression is one over `_value` and, for the person of the row, `_person`.
    pub how: Assignment,
}

/// A path, read: what the masking function compares and what the proof looks for.
#[derive(Clone, Debug)]
pub(super) struct Path {
    text: String,
    /// A pattern over the `fullkey` of `json_tree`.
    pattern: String,
}

impl Path {
    /// Reads `$.name`, `$."a name"`, `$.*`, `$[0]`, `$[*]` and `$..name`.
    pub(super) fn parse(text: &str) -> Result<Path> {
        let wrong = || {
            Error::config(format!("\"{text}\" is no path into JSON"))
                .hint("write $.guardian.email, $.phones[*], $.\"a name\" or $..email")
        };
        let mut rest = text.strip_prefix('$').filter(|rest| !rest.is_empty()).ok_or_else(wrong)?;
        let mut pattern = String::from(r"^\$");
        while !rest.is_empty() {
            if let Some(index) = rest.strip_prefix('[') {
                let (index, after) = index.split_once(']').ok_or_else(wrong)?;
                pattern += &match index {
                    "*" => r"\[\d+\]".to_owned(),
                    _ => format!(r"\[{}\]", index.parse::<u32>().map_err(|_| wrong())?),
                };
                rest = after;
                continue;
            }
            rest = rest.strip_prefix('.').ok_or_else(wrong)?;
            if let Some(after) = rest.strip_prefix('.') {
                pattern += ".*";
                rest = after;
            }
            let (name, after) = match rest.strip_prefix('"') {
                Some(quoted) => quoted.split_once('"').ok_or_else(wrong)?,
                None => rest.split_at(rest.find(['.', '[']).unwrap_or(rest.len())),
            };
            let is_any = name == "*" && !rest.starts_with('"');
            if name.is_empty() || name.contains(['"', '\\']) {
                return Err(wrong());
            }
            let written = regex::escape(name);
            pattern += &match (is_any, name.contains(['.', '['])) {
                (true, _) => r#"\.("[^"]*"|[^.\[]+)"#.to_owned(),
                // Without quotes these would part two names.
                (_, true) => format!(r#"\."{written}""#),
                _ => format!(r#"\.("{written}"|{written})"#),
            };
            rest = after;
        }
        Ok(Path { text: text.to_owned(), pattern: pattern + r"([.\[].*)?$" })
    }
}

/// Strategies that need nothing but the value of a leaf and the person of its row. An expression may ask for
/// anything, which the masking function, outside of SQL, cannot give it.
pub(super) fn fits(strategy: &Strategy) -> bool {
    matches!(
        strategy,
        Strategy::Faker(_)
            | Strategy::Hash { .. }
            | Strategy::Tokenize
            | Strategy::Fpe { .. }
            | Strategy::Shift { .. }
            | Strategy::Generalize { .. }
            | Strategy::Nullify
            | Strategy::Constant { .. }
            | Strategy::Preserve
    )
}

/// The places that these entries name, the first one first.
pub(super) fn places(row: &Row<'_>, entries: &[usize]) -> Vec<Place> {
    let mut found: Vec<Place> = Vec::new();
    let mut earlier: Vec<&str> = Vec::new();
    for entry in entries.iter().map(|at| &row.policy.entries[*at]) {
        for path in &entry.json {
            let meant = |pattern: &str| format!("regexp_matches(leaf.fullkey, {})", Literal(pattern));
            let others = earlier.iter().map(|pattern| format!(" AND NOT {}", meant(pattern)));
            let how = Assignment {
                strategy: entry.strategy.clone(),
                rule: entry.name.clone(),
                domain: entry.domain().to_owned(),
                at: entry.at.to_string(),
                because: entry.because.clone(),
                expression: expression(row, entry),
                person: person(row, entry),
                places: Vec::new(),
            };
            let condition = format!(
                "leaf.type NOT IN ('OBJECT', 'ARRAY', 'NULL') AND {}{}",
                meant(&path.pattern),
                others.collect::<String>()
            );
            found.push(Place { path: path.text.clone(), condition, how });
            earlier.push(&path.pattern);
        }
    }
    found
}

/// The expression of a column with places: all leaves in one pass, what no place names is scanned.
pub(super) fn column(row: &Row<'_>, column: &Column, places: &[Place], is_rare: bool) -> String {
    let rules: Vec<Value> = places.iter().map(|place| rule(row, place)).collect();
    let person = places.iter().map(|place| place.how.person.as_str()).find(|person| *person != "NULL");
    let masked = format!(
        "mask_json({}, {}, persons := {}, person := {}, rare := {is_rare})",
        Ident(&column.name),
        Literal(&Value::Array(rules).to_string()),
        row.persons(),
        person.unwrap_or("NULL")
    );
    super::expression::cast(column, &masked)
}

/// Whose fake a leaf gets: the person of the row where the entry says so, or its dates move together.
fn person(row: &Row<'_>, entry: &Entry) -> String {
    match entry.strategy.faker() {
        Some(faker) if faker.consistent_per_id => row.subject(),
        None if matches!(entry.strategy, Strategy::Shift { .. }) => row.subject(),
        _ => "NULL".to_owned(),
    }
}

/// What a leaf becomes, as SQL over `_value`: what texts are taught, so that they name the same fake.
fn expression(row: &Row<'_>, entry: &Entry) -> String {
    match entry.strategy.faker() {
        Some(faker) if ["first_name", "last_name", "name"].contains(&faker.kind.as_str()) => {
            format!("mask_{}(_value, person := _person)", faker.kind)
        }
        Some(_) | None => row.policy.by_value(entry, "_value", crate::catalog::Equality::Exact, row.project),
    }
}

/// How the masking function is told: a path and what is to stand there.
fn rule(row: &Row<'_>, place: &Place) -> Value {
    let path = &place.path;
    let call = |name: &str, args: &[&str]| json!({"at": path, "mask": format!("_mask_{name}"), "args": args});
    match &place.how.strategy {
        Strategy::Nullify => json!({"at": path, "set": null}),
        Strategy::Constant { value } => json!({"at": path, "set": value}),
        Strategy::Hash { algorithm } => call("hash", &[&place.how.domain, algorithm, "0"]),
        Strategy::Tokenize => call("token", &[&place.how.domain]),
        Strategy::Fpe { alphabet } => call("fpe", &[&place.how.domain, alphabet]),
        Strategy::Shift { days } => call("shifted", &[PERSON, &days.to_string()]),
        Strategy::Generalize { to } => call(to.as_str(), &[]),
        Strategy::Faker(faker) => {
            let mut told = fake(row, faker, &call);
            told["known"] = json!(place.how.person == "NULL");
            told
        }
        _ => json!({"at": path, "keep": true}),
    }
}

/// A fake of a kind, as the macro of that kind would ask for it. `{person}` is the person of the row.
fn fake(row: &Row<'_>, faker: &Faker, call: &dyn Fn(&str, &[&str]) -> Value) -> Value {
    match faker.kind.as_str() {
        "email" => call("email", &[PERSON, "", if faker.preserve_domain { "true" } else { "false" }, "0"]),
        "user_name" => call("user_name", &[PERSON, "", "0"]),
        "first_name" => call("first_name", &[PERSON, ""]),
        "name" => call("name", &[PERSON, ""]),
        "last_name" => call("last_name", &[PERSON]),
        "phone_number" => call("phone", &[]),
        "street_address" | "address" => call("street", &[""]),
        "city" => call("city", &["", ""]),
        "zipcode" => call("zip", &["", ""]),
        "date_of_birth" => {
            let (least, greatest) = (faker.minimum_age.to_string(), faker.maximum_age.to_string());
            call("birth_date", &["", &least, &greatest, "", &row.policy.as_of])
        }
        "date" => call("date", &["2000-01-01", "2025-12-31"]),
        "ipv4" => call("ip", &[]),
        "uuid" => call("uuid", &["uuid"]),
        "unique_text" => call("unique_text", &["text", "0"]),
        kind => call(kind, &[]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_mean_leaves_and_all_below() {
        for (path, meant, others) in [
            ("$.a.b", vec!["$.a.b", "$.\"a\".b", "$.a.b[0]", "$.a.b.c"], vec!["$.a", "$.a.bc", "$.x.a.b"]),
            ("$.a[*]", vec!["$.a[0]", "$.a[12].b"], vec!["$.a", "$.a.b"]),
            ("$.a[1]", vec!["$.a[1]"], vec!["$.a[0]", "$.a[11]"]),
            ("$..mail", vec!["$.mail", "$.a[0].b.mail"], vec!["$.email", "$.mailbox"]),
            ("$.*.b", vec!["$.a.b", "$.\"x y\".b"], vec!["$.b", "$.a.c.b"]),
            ("$.\"x.y\"", vec!["$.\"x.y\""], vec!["$.x.y", "$.\"xzy\""]),
        ] {
            let pattern = regex::Regex::new(&Path::parse(path).unwrap().pattern).unwrap();
            meant.iter().for_each(|key| assert!(pattern.is_match(key), "{path} is not {key}"));
            others.iter().for_each(|key| assert!(!pattern.is_match(key), "{path} is {key}"));
        }
        for wrong in ["", "$", "a.b", "$a", "$.", "$.a[", "$.a[x]", "$.\"a"] {
            assert!(Path::parse(wrong).is_err(), "{wrong}");
        }
    }
}
