//! Mutants of a rule: the same rule with one operator, bound or clause changed in the engine's own tree of
//! it. Examples that do not tell a rule from its mutant are too weak to hold it when somebody edits it.

use super::lint::{Bench, EXAMPLE_TIME_MAX};
use super::worker::Limit;
use super::{Body, Rule, example, tree};
use crate::duck::Db;
use crate::error::{Error, Result};
use serde::Serialize;
use serde_json::Value;

/// One change of a rule.
#[derive(Clone, Debug, Serialize)]
pub struct Mutant {
    /// The rule.
    pub rule: String,
    /// Where it is written.
    pub at: String,
    /// What was changed: `>= to >`.
    pub change: String,
    /// The condition or statement after that.
    pub sql: String,
}

/// How the mutants of some rules fared.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Mutants {
    /// Mutants that bind.
    pub tried: usize,
    /// Those that some example tells from the rule.
    pub killed: usize,
    /// Those that none does.
    pub survivors: Vec<Mutant>,
}

impl Mutants {
    /// Counts those of another rule in.
    pub fn add(&mut self, other: Mutants) {
        self.tried += other.tried;
        self.killed += other.killed;
        self.survivors.extend(other.survivors);
    }
}

/// Makes the mutants of a rule that binds and runs its examples on each.
pub fn run(bench: &Bench, rule: &Rule) -> Result<Mutants> {
    let db = bench.db();
    let Some(check) = bench.checks(rule)?.into_iter().next() else { return Ok(Mutants::default()) };
    let mut mutants = Vec::new();
    for (mutant, changed) in all(db, rule)? {
        // What does not bind is no rule anybody could have written.
        let Ok(checks) = bench.checks(&changed) else { continue };
        let Some(first) = checks.into_iter().next().filter(|first| bench.binds(first)) else { continue };
        mutants.push((mutant, first, false));
    }
    let limit = Limit::of(db);
    for (_, given, must_fail) in example::named(rule) {
        let mut left = mutants.iter_mut().filter(|(.., is_killed)| !is_killed).peekable();
        while left.peek().is_some() {
            example::inside(db, given, &check, || {
                for (_, changed, is_killed) in left.by_ref() {
                    let violated = limit.within(EXAMPLE_TIME_MAX, || example::violates(db, &changed.sql));
                    // A statement that breaks on the rows of the example is told apart as well.
                    *is_killed = !violated.as_ref().is_ok_and(|violated| *violated == must_fail);
                    if violated.is_err() {
                        // It ends the transaction: the next one needs another, or it would break too.
                        break;
                    }
                }
                Ok(())
            })??;
        }
    }
    let tried = mutants.len();
    let survivors: Vec<Mutant> =
        mutants.into_iter().filter(|(.., is_killed)| !is_killed).map(|(mutant, ..)| mutant).collect();
    Ok(Mutants { tried, killed: tried - survivors.len(), survivors })
}

/// Every mutant of what a rule's author wrote.
fn all(db: &Db, rule: &Rule) -> Result<Vec<(Mutant, Rule)>> {
    let mut found = Vec::new();
    let mutant = |change: String, sql: &str| Mutant {
        rule: rule.id.clone(),
        at: rule.at.to_string(),
        change,
        sql: sql.to_owned(),
    };
    if let Some(when) = &rule.when {
        for (change, sql) in changed(db, &tree::parse_condition(db, when)?, tree::print_condition)? {
            found.push((mutant(change, &sql), Rule { when: Some(sql), ..rule.clone() }));
        }
        found.push((mutant("without when".into(), ""), Rule { when: None, ..rule.clone() }));
    }
    match &rule.body {
        Body::Expect(text) => {
            for (change, sql) in changed(db, &tree::parse_condition(db, text)?, tree::print_condition)? {
                found.push((mutant(change, &sql), Rule { body: Body::Expect(sql), ..rule.clone() }));
            }
        }
        Body::Violations(text) => {
            for (change, sql) in changed(db, &tree::parse(db, text)?, tree::print)? {
                found.push((mutant(change, &sql), Rule { body: Body::Violations(sql), ..rule.clone() }));
            }
        }
    }
    Ok(found)
}

type Print = fn(&Db, &Value) -> Result<String>;

/// The texts of a tree with one change each.
fn changed(db: &Db, whole: &Value, print: Print) -> Result<Vec<(String, String)>> {
    let mut changes = Vec::new();
    walk(whole, &mut String::new(), &mut changes);
    let mut texts = Vec::new();
    for (place, change, node) in changes {
        let mut tree = whole.clone();
        let target = tree.pointer_mut(&place).ok_or_else(|| Error::internal("a mutant lost its place"))?;
        *target = node;
        texts.push((change, print(db, &tree)?));
    }
    Ok(texts)
}

/// A place in the tree (a JSON pointer), what is changed there, and what stands there then.
type Change = (String, String, Value);

fn walk(node: &Value, place: &mut String, found: &mut Vec<Change>) {
    let length = place.len();
    match node {
        Value::Array(items) => {
            for (at, item) in items.iter().enumerate() {
                *place += &format!("/{at}");
                walk(item, place, found);
                place.truncate(length);
            }
        }
        Value::Object(map) => {
            found.extend(mutate(node).into_iter().map(|(change, node)| (place.clone(), change, node)));
            // What EXISTS or count(*) selects, sorts or names is no condition.
            for (key, value) in map
                .iter()
                .filter(|(key, _)| !["select_list", "modifiers", "cast_type"].contains(&key.as_str()))
            {
                *place += &format!("/{key}");
                walk(value, place, found);
                place.truncate(length);
            }
        }
        _ => {}
    }
}

/// The operators that differ in one case only.
const SWAPS: [(&str, &str, &str); 5] = [
    ("COMPARE_GREATERTHAN", "COMPARE_GREATERTHANOREQUALTO", "> and >="),
    ("COMPARE_LESSTHAN", "COMPARE_LESSTHANOREQUALTO", "< and <="),
    ("COMPARE_EQUAL", "COMPARE_NOTEQUAL", "= and <>"),
    ("OPERATOR_IS_NULL", "OPERATOR_IS_NOT_NULL", "IS NULL and IS NOT NULL"),
    ("CONJUNCTION_AND", "CONJUNCTION_OR", "AND and OR"),
];

/// The changes of one node.
fn mutate(node: &Value) -> Vec<(String, Value)> {
    let kind = node["type"].as_str().unwrap_or_default();
    let with = |key: &str, value: Value| {
        let mut node = node.clone();
        node[key] = value;
        node
    };
    let mut found = Vec::new();
    for (one, other, words) in SWAPS {
        let to = if kind == one {
            other
        } else if kind == other {
            one
        } else {
            continue;
        };
        found.push((format!("{words} swapped"), with("type", to.into())));
    }
    let children = node["children"].as_array().map(Vec::as_slice).unwrap_or_default();
    match kind {
        "CONJUNCTION_AND" | "CONJUNCTION_OR" => {
            for dropped in 0..children.len() {
                let mut left = children.to_vec();
                left.remove(dropped);
                let node = if left.len() == 1 { left.remove(0) } else { with("children", left.into()) };
                found.push((format!("clause {} dropped", dropped + 1), node));
            }
        }
        "OPERATOR_NOT" if children.len() == 1 => found.push(("NOT dropped".into(), children[0].clone())),
        "COMPARE_IN" | "COMPARE_NOT_IN" if children.len() > 2 => {
            for dropped in 1..children.len() {
                let mut left = children.to_vec();
                left.remove(dropped);
                found.push((format!("value {dropped} of the list dropped"), with("children", left.into())));
            }
        }
        "VALUE_CONSTANT" => found.extend(bounds(node)),
        "SELECT_NODE" if is_single(&node["where_clause"]) => {
            found.push(("WHERE dropped".into(), with("where_clause", Value::Null)));
        }
        _ => {}
    }
    found
}

/// A condition that is neither missing nor made of clauses.
fn is_single(condition: &Value) -> bool {
    !condition.is_null() && condition["class"] != "CONJUNCTION"
}

/// A bound moved by one: a number, or a day.
fn bounds(node: &Value) -> Vec<(String, Value)> {
    let moved = |value: Value, shown: String| {
        let mut node = node.clone();
        node["value"]["value"] = value;
        (shown, node)
    };
    match &node["value"]["value"] {
        Value::Number(number) => {
            let Some(number) = number.as_i64() else { return Vec::new() };
            [-1, 1].map(|step| moved((number + step).into(), format!("{number} {step:+}"))).to_vec()
        }
        Value::String(text) => {
            let Ok(day) = chrono::NaiveDate::parse_from_str(text, "%Y-%m-%d") else { return Vec::new() };
            let days = [day.pred_opt(), day.succ_opt()].into_iter().flatten();
            days.map(|day| moved(day.to_string().into(), format!("{text} to {day}"))).collect()
        }
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(sql: &str) -> Vec<String> {
        let dir = tempfile::tempdir().unwrap();
        let db = Db::open(dir.path(), false).unwrap();
        let tree = tree::parse_condition(&db, sql).unwrap();
        changed(&db, &tree, tree::print_condition).unwrap().into_iter().map(|(_, text)| text).collect()
    }

    #[test]
    fn operators_bounds_and_clauses_change_one_at_a_time() {
        assert_eq!(texts("a > 5"), ["(a >= 5)", "(a > 4)", "(a > 6)"]);
        assert_eq!(texts("a AND b"), ["(a OR b)", "b", "a"]);
        assert_eq!(
            texts("NOT in_range(a, 1, b)"),
            ["in_range(a, 1, b)", "(NOT in_range(a, 0, b))", "(NOT in_range(a, 2, b))"]
        );
        assert_eq!(texts("d < DATE '2024-08-01'").len(), 3);
    }
}
