//! Rules are data, not trust. A statement of a rule is parsed by the engine (`json_serialize_sql` takes
//! nothing but SELECT) and every part of the tree must be known: tables of the run, functions that depend
//! on their arguments alone, our macros. It cannot read files, the raw extract, settings or the clock. The
//! engine's own settings (no external access, locked configuration, READ ONLY) are the other half.

use super::tree::{self, Trees};
use super::{Body, Rule, Scope, suggest};
use crate::duck::Db;
use crate::error::{Error, Result};
use serde_json::Value;
use std::collections::{HashMap, HashSet};

/// What a rule may name.
pub struct Cage {
    /// Functions; table functions with the parameters of our macros.
    functions: HashMap<String, Option<Vec<String>>>,
    /// `store.table`, lower case.
    tables: HashSet<String>,
    /// The catalog that holds the run.
    catalog: String,
    /// There are macros of the project: what one reads shows only when it is bound.
    has_own_macros: bool,
    /// What the rules say, parsed.
    trees: Trees,
}

/// Parameters of our table macros that name a table: their argument must be one literal name.
const TABLE_PARAMETERS: [&str; 6] = ["tbl", "parent", "child", "other", "districts", "students"];

/// Parts of a statement other than expressions.
const KNOWN_PARTS: [&str; 11] = [
    "SELECT_NODE",
    "SET_OPERATION_NODE",
    "RECURSIVE_CTE_NODE",
    "CTE_NODE",
    "BASE_TABLE",
    "SUBQUERY",
    "JOIN",
    "TABLE_FUNCTION",
    "EXPRESSION_LIST",
    "EMPTY",
    "PIVOT",
];

/// Names that read the clock when no column is called so.
const CLOCK: [&str; 5] = ["current_date", "current_time", "current_timestamp", "localtime", "localtimestamp"];

impl Cage {
    /// Reads what is known from the connection the rules will run on, and parses those in `rules` at once.
    pub fn new(db: &Db, rules: &[Rule]) -> Result<Cage> {
        let functions = db.rows(crate::sql::get("rule/function.sql"), [], |row| {
            let parameters: String = row.get(2)?;
            let parameters = parameters.split(',').map(str::to_owned).collect();
            Ok((row.get(0)?, row.get::<_, bool>(1)?.then_some(parameters)))
        })?;
        let tables = db.rows(crate::sql::get("rule/tables.sql"), [], |row| row.get(0))?;
        let catalog = db.one("SELECT lower(current_database())", [])?;
        let macros = db.rows(crate::sql::get("rule/own_macros.sql"), [], |row| row.get::<_, String>(0))?;
        let has_own_macros = macros.iter().any(|name| !crate::sql::is_shipped_macro(name));
        let trees = match rules {
            [] => Trees::default(),
            _ => Trees::read(db, &rules.iter().flat_map(texts).collect::<Vec<_>>())?,
        };
        let (functions, tables) = (functions.into_iter().collect(), tables.into_iter().collect());
        Ok(Cage { functions, tables, catalog, has_own_macros, trees })
    }

    /// Refuses anything but one SELECT made of known parts.
    pub fn statement(&self, db: &Db, sql: &str) -> Result<()> {
        self.look(db, &self.trees.parse(db, sql)?)
    }

    /// Refuses anything but one expression made of known parts, and returns its tree.
    pub fn condition(&self, db: &Db, sql: &str) -> Result<Value> {
        let tree = tree::condition(self.trees.parse(db, &tree::of_condition(sql))?)?;
        self.look(db, &tree)?;
        Ok(tree)
    }

    /// Refuses a statement that reaches the raw extract through a macro of the project.
    pub fn reads(&self, db: &Db, sql: &str) -> Result<()> {
        if !self.has_own_macros {
            return Ok(());
        }
        // What does not bind cannot run either, and is said where it is bound.
        let explained = db.rows(&format!("EXPLAIN (FORMAT json) {sql}"), [], |row| row.get::<_, String>(1));
        for text in explained.unwrap_or_default() {
            let unread = |_| refuse("what the rule reads cannot be told");
            let plan: Value = serde_json::from_str(&text).map_err(unread)?;
            let mut is_raw = false;
            tree::each(&plan, &mut |node| {
                let table = node["extra_info"]["Table"].as_str().unwrap_or_default();
                is_raw |= table.starts_with("staging.") || table.starts_with("backup.");
            });
            if is_raw {
                return Err(refuse("a rule may not read the raw extract, nor may a macro it calls"));
            }
        }
        Ok(())
    }

    fn look(&self, db: &Db, tree: &Value) -> Result<()> {
        let mut scope = HashSet::new();
        names_of_ctes(tree, &mut scope);
        self.walk(db, tree, &scope)
    }

    fn walk(&self, db: &Db, node: &Value, scope: &HashSet<String>) -> Result<()> {
        match node {
            Value::Array(items) => items.iter().try_for_each(|item| self.walk(db, item, scope)),
            Value::Object(map) => {
                self.part(db, node, scope)?;
                if node["type"] == "TABLE_FUNCTION" {
                    // The call itself was looked at as a table; as an expression it would be refused.
                    return self.walk(db, &node["function"]["children"], scope);
                }
                map.values().try_for_each(|value| self.walk(db, value, scope))
            }
            _ => Ok(()),
        }
    }

    fn part(&self, db: &Db, node: &Value, scope: &HashSet<String>) -> Result<()> {
        let Some(kind) = node["type"].as_str() else { return Ok(()) };
        match node["class"].as_str() {
            Some("FUNCTION") => self.function(node, false),
            Some("COLUMN_REF") => clock(node),
            Some("PARAMETER") => Err(refuse("a rule has no parameters")),
            Some(_) => Ok(()),
            None if kind == "BASE_TABLE" => self.table(node, scope),
            None if kind == "TABLE_FUNCTION" => self.table_function(db, &node["function"]),
            None if is_known(kind) => Ok(()),
            None => Err(refuse(format!("a rule may not use {kind}"))),
        }
    }

    fn table(&self, node: &Value, scope: &HashSet<String>) -> Result<()> {
        let part = |key: &str| node[key].as_str().unwrap_or_default().to_lowercase();
        let (catalog, schema, table) = (part("catalog_name"), part("schema_name"), part("table_name"));
        let path = if schema.is_empty() { table.clone() } else { format!("{schema}.{table}") };
        let is_ours = catalog.is_empty() || catalog == self.catalog;
        if is_ours && (self.tables.contains(&path) || (schema.is_empty() && scope.contains(&table))) {
            return Ok(());
        }
        if !is_ours || matches!(schema.as_str(), "staging" | "backup") {
            return Err(refuse(format!("a rule may not read {catalog}.{path}: only the run's own tables")));
        }
        let error = Error::config(format!("there is no table {path}"));
        Err(suggest(error, &path, self.tables.iter().map(String::as_str)))
    }

    fn function(&self, node: &Value, is_table: bool) -> Result<()> {
        let name = node["function_name"].as_str().unwrap_or_default().to_lowercase();
        let schema = node["schema"].as_str().unwrap_or_default();
        let catalog = node["catalog"].as_str().unwrap_or_default();
        let is_plain = (schema.is_empty() || schema == "main") && (catalog.is_empty() || catalog == "system");
        match self.functions.get(&name) {
            Some(known) if is_plain && (known.is_some() == is_table || name == "unnest") => Ok(()),
            _ => {
                let error = refuse(format!("a rule may not call {name}()"));
                Err(suggest(error, &name, self.functions.keys().map(String::as_str)))
            }
        }
    }

    /// A table macro takes table names as text: each must be one literal that names a table of the run.
    fn table_function(&self, db: &Db, call: &Value) -> Result<()> {
        self.function(call, true)?;
        let name = call["function_name"].as_str().unwrap_or_default().to_lowercase();
        let Some(Some(parameters)) = self.functions.get(&name) else { return Ok(()) };
        let arguments = call["children"].as_array().map(Vec::as_slice).unwrap_or_default();
        for (position, argument) in arguments.iter().enumerate() {
            let alias = argument["alias"].as_str().unwrap_or_default();
            let parameter = if alias.is_empty() {
                parameters.get(position).map(String::as_str).unwrap_or_default()
            } else {
                alias
            };
            // To the engine, TBL is tbl.
            if TABLE_PARAMETERS.contains(&parameter.to_lowercase().as_str()) {
                let table = argument["value"]["value"]
                    .as_str()
                    .ok_or_else(|| refuse(format!("{name}() wants the name of a table in quotes")))?;
                if table.contains("\"\"") {
                    // query_table() drops it and reads whichever table is called the rest.
                    return Err(refuse(format!("{name}() cannot take a table whose name has a quote"))
                        .hint("write what it does as SQL"));
                }
                if self.tables.contains(table)
                    && table.chars().all(|c| c.is_alphanumeric() || "_.".contains(c))
                {
                    continue;
                }
                let tree = tree::parse(db, &format!("FROM {table}"))?;
                if tree["from_table"]["type"] != "BASE_TABLE" {
                    return Err(refuse(format!("{name}() wants the name of one table")));
                }
                self.table(&tree["from_table"], &HashSet::new())?;
            }
        }
        Ok(())
    }
}

/// What the author of a rule wrote in SQL, as it is parsed.
fn texts(rule: &Rule) -> impl Iterator<Item = String> {
    let scope = match &rule.scope {
        Scope::EachColumn(condition) => Some(tree::of_condition(condition)),
        Scope::On(_) => None,
    };
    let body = match &rule.body {
        Body::Expect(condition) => tree::of_condition(condition),
        Body::Violations(sql) => sql.clone(),
    };
    [scope, rule.when.as_deref().map(tree::of_condition), Some(body)].into_iter().flatten()
}

fn refuse(message: impl Into<String>) -> Error {
    Error::config(message)
}

fn clock(node: &Value) -> Result<()> {
    match node["column_names"].as_array().map(Vec::as_slice) {
        Some([Value::String(name)]) if CLOCK.contains(&name.to_lowercase().as_str()) => {
            Err(refuse(format!("a rule may not ask the clock ({name})"))
                .hint("the day of the run is (SELECT as_of FROM meta.validation)"))
        }
        _ => Ok(()),
    }
}

fn is_known(kind: &str) -> bool {
    KNOWN_PARTS.contains(&kind)
        || ["_MODIFIER", "_TYPE_INFO", "ORDER_DEFAULT", "ASCENDING", "DESCENDING"]
            .iter()
            .any(|ending| kind.ends_with(ending))
}

fn names_of_ctes(tree: &Value, names: &mut HashSet<String>) {
    super::tree::each(tree, &mut |node| {
        for entry in node["cte_map"]["map"].as_array().into_iter().flatten() {
            names.extend(entry["key"].as_str().map(str::to_lowercase));
        }
    });
}
