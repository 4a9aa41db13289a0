//! Statements as the engine parses them: SQL text to a tree (`json_serialize_sql`, which takes nothing but
//! SELECT) and back. What looks into a rule or changes it works on the tree, never on the text.

use crate::duck::Db;
use crate::error::{Error, Result};
use serde_json::{Value, json};
use std::collections::HashMap;

/// Texts that were parsed together: one statement parses a hundred in the time of ten single ones.
#[derive(Default)]
pub struct Trees(HashMap<String, String>);

impl Trees {
    /// Parses all texts; what is wrong with one is said when its tree is asked for.
    pub fn read(db: &Db, texts: &[String]) -> Result<Trees> {
        let pair = |row: &duckdb::Row<'_>| Ok((row.get(0)?, row.get(1)?));
        let rows = db.rows(crate::sql::get("rule/trees.sql"), [json!(texts).to_string()], pair)?;
        Ok(Trees(rows.into_iter().collect()))
    }

    /// What [`parse`] gives, without asking the engine again.
    pub fn parse(&self, db: &Db, sql: &str) -> Result<Value> {
        self.0.get(sql).map_or_else(|| parse(db, sql), |text| tree(text))
    }
}

/// The tree of the one SELECT in `sql`.
pub fn parse(db: &Db, sql: &str) -> Result<Value> {
    let text: String = db.one("SELECT CAST(json_serialize_sql(CAST(? AS VARCHAR)) AS VARCHAR)", [sql])?;
    tree(&text)
}

fn tree(text: &str) -> Result<Value> {
    let mut tree: Value =
        serde_json::from_str(text).map_err(|_| Error::config("the statement is nested too deeply"))?;
    if tree["error"] == true {
        let words = tree["error_message"].as_str().unwrap_or_default();
        let words = words.lines().next().unwrap_or_default();
        return Err(match tree["error_type"].as_str() {
            Some("not implemented") => Error::config("a rule is one SELECT, nothing else"),
            _ => Error::config(words.to_owned()),
        });
    }
    match tree["statements"].as_array_mut().map(Vec::as_mut_slice) {
        Some([one]) => Ok(one["node"].take()),
        _ => Err(Error::config("a rule is one SELECT, not several statements")),
    }
}

/// The statement one expression is parsed in: between brackets, as a list of one. What closes a parenthesis
/// it did not open does not parse there.
pub fn of_condition(sql: &str) -> String {
    format!("SELECT [{sql}\n]")
}

/// The tree of one expression.
pub fn parse_condition(db: &Db, sql: &str) -> Result<Value> {
    condition(parse(db, &of_condition(sql))?)
}

/// The tree of the one expression in the tree of [`of_condition`].
pub fn condition(mut tree: Value) -> Result<Value> {
    let count = |list: &Value| list.as_array().map_or(0, Vec::len);
    let is_one = count(&tree["select_list"]) == 1
        && count(&tree["select_list"][0]["children"]) == 1
        && tree["from_table"]["type"] == "EMPTY"
        && tree["where_clause"].is_null()
        && count(&tree["modifiers"]) == 0;
    match is_one {
        true => Ok(tree["select_list"][0]["children"][0].take()),
        false => Err(Error::config("this is not one condition")),
    }
}

/// The text of a tree of [`parse`].
pub fn print(db: &Db, tree: &Value) -> Result<String> {
    let whole = json!({"error": false, "statements": [{"node": tree, "named_param_map": []}]});
    db.one("SELECT json_deserialize_sql(CAST(? AS JSON))", [whole.to_string()])
}

/// The text of a tree of [`parse_condition`].
pub fn print_condition(db: &Db, tree: &Value) -> Result<String> {
    let mut select = parse(db, "SELECT 1")?;
    select["select_list"][0] = tree.clone();
    let text = print(db, &select)?;
    Ok(text.strip_prefix("SELECT ").map_or(text.clone(), str::to_owned))
}

/// Calls `look` with every object of a tree.
pub fn each<'a>(tree: &'a Value, look: &mut dyn FnMut(&'a Value)) {
    match tree {
        Value::Array(items) => items.iter().for_each(|item| each(item, look)),
        Value::Object(map) => {
            look(tree);
            map.values().for_each(|value| each(value, look));
        }
        _ => {}
    }
}

/// Calls `change` with every object of a tree, from the outside in.
pub fn each_mut(tree: &mut Value, change: &mut dyn FnMut(&mut Value)) {
    match tree {
        Value::Array(items) => items.iter_mut().for_each(|item| each_mut(item, change)),
        Value::Object(_) => {
            change(tree);
            tree.as_object_mut().into_iter().flatten().for_each(|(_, value)| each_mut(value, change));
        }
        _ => {}
    }
}
