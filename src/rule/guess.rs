//! Values that may make a check fail, read off the check itself: the constants it compares with and what
//! lies beside them, then what is unusual for a type. Who proves a check tries them one by one.

use super::tree;
use serde_json::Value;
use std::collections::BTreeSet;

/// What a statement names.
#[derive(Debug, Default)]
pub struct Named {
    /// Tables as `store.table`, also those that a macro takes as text.
    pub tables: BTreeSet<String>,
    /// The last part of every column, lower case.
    pub columns: BTreeSet<String>,
    /// Functions and macros, lower case.
    pub functions: BTreeSet<String>,
    /// Constants that are numbers.
    pub numbers: Vec<f64>,
    /// Constants that are texts.
    pub texts: Vec<String>,
}

/// What a tree of [`tree::parse`] names.
pub fn named(node: &Value) -> Named {
    let mut named = Named::default();
    tree::each(node, &mut |node| {
        let text = |key: &str| node[key].as_str().unwrap_or_default().to_owned();
        match (node["class"].as_str(), node["type"].as_str()) {
            (None, Some("BASE_TABLE")) => {
                named.tables.insert(format!("{}.{}", text("schema_name"), text("table_name")));
            }
            (Some("COLUMN_REF"), _) => {
                let last = node["column_names"].as_array().and_then(|names| names.last());
                named.columns.extend(last.and_then(Value::as_str).map(str::to_lowercase));
            }
            (Some("FUNCTION"), _) => {
                named.functions.insert(text("function_name").to_lowercase());
            }
            (Some("CONSTANT"), _) => constant(&node["value"], &mut named),
            _ => {}
        }
    });
    named
}

fn constant(value: &Value, named: &mut Named) {
    match &value["value"] {
        Value::String(text) => {
            named.tables.insert(text.replace('"', ""));
            named.texts.push(text.clone());
        }
        Value::Number(number) => {
            let scale = value["type"]["type_info"]["scale"].as_i64().unwrap_or(0);
            let scale = 10f64.powi(i32::try_from(scale).unwrap_or(0));
            named.numbers.extend(number.as_f64().map(|number| number / scale));
        }
        _ => {}
    }
}

/// Values of a type, as text, most promising first; `length` is what the column takes at the most. None
/// is NULL: that is for the caller to try.
pub fn values(duck_type: &str, named: &Named, length: Option<u32>) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    let kind = duck_type.split('(').next().unwrap_or_default();
    if kind.contains("INT") || matches!(kind, "DECIMAL" | "DOUBLE" | "FLOAT") {
        for number in &named.numbers {
            found.extend([number - 1.0, *number, number + 1.0].map(|number| number.to_string()));
        }
        found.extend(["-1", "0", "32767", "2147483647", "1000000000000"].map(str::to_owned));
    } else if kind == "DATE" || kind.starts_with("TIMESTAMP") {
        found.extend(["1900-01-01", "2999-12-31"].map(str::to_owned));
        found.extend(named.texts.iter().cloned());
    } else if kind == "BOOLEAN" {
        found.extend(["true", "false"].map(str::to_owned));
    } else if kind == "VARCHAR" {
        found.extend(length.map(|length| "x".repeat(length as usize + 1)));
        found.extend(["~".to_owned(), String::new()]);
        found.extend(named.texts.iter().cloned());
        found.push("x".repeat(101));
    } else if kind == "UUID" {
        found.push("00000000-0000-0000-0000-000000000000".to_owned());
    }
    let mut seen = BTreeSet::new();
    found.retain(|value| seen.insert(value.clone()));
    found
}
