//! The files of an analysis.

use super::{Analysis, Look, before, circle};
use crate::catalog::{Origin, Table, TableKind, graph};
use crate::error::{Error, Result};
use crate::name::Ident;
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;
use std::fmt::Write;
use std::path::Path;

/// All files of an analysis, and its summary.
pub fn files(
    look: &Look<'_>,
    folder: &Path,
    orphans: &[(String, u64)],
    suggestions: &[Value],
) -> Result<Analysis> {
    let now = chrono::Utc::now().to_rfc3339_opts(chrono::SecondsFormat::Secs, true);
    let circles: Vec<Value> =
        graph::cycles(look.catalog).iter().map(|cycle| circle(look.catalog, cycle)).collect();
    let mut schema = json!({"generated_at": now, "project": look.project.name, "data_stores": stores(look)});
    let before = before(folder, &look.project.name);
    let drift = before.map(|before| drift(&before, &schema));
    schema["drift"] = json!(drift);
    let columns: usize = look.catalog.tables.iter().map(|table| table.columns.len()).sum();
    let orphans: Vec<Value> =
        orphans.iter().map(|(reference, rows)| json!({"reference": reference, "rows": rows})).collect();
    let missing: Vec<Value> =
        look.missing.iter().map(|(store, error)| json!({"store": store, "error": error.message})).collect();
    let summary = json!({
        "stores": look.catalog.stores().len(),
        "tables": look.catalog.tables.len(),
        "columns": columns,
        "references": look.catalog.references.len(),
        "circular_dependencies": circles,
        "orphans": orphans,
        "suggestions": suggestions,
        "missing": missing,
        "drift": drift,
    });
    let pretty = |value: &Value| {
        serde_json::to_string_pretty(value).map_err(|_| Error::internal("the analysis is not JSON"))
    };
    Ok(Analysis {
        files: vec![
            ("schema-analysis.json", pretty(&schema)?),
            ("catalog.json", json!(look.catalog).to_string()),
            ("extraction-order.json", pretty(&order(look, &now, &circles))?),
            ("dependency-graph.dot", dot(look)),
            ("README.md", readme(look, &now, &summary)),
        ],
        summary,
    })
}

/// `data_stores` of schema-analysis.json; a store that was not read has an `error` instead of tables.
fn stores(look: &Look<'_>) -> Value {
    let mut stores = Map::new();
    for store in look.catalog.stores() {
        let tables = look.catalog.tables.iter().enumerate().filter(|(_, table)| table.store == store);
        let (nodes, tables): (Vec<_>, Vec<_>) = tables.partition(|(_, table)| table.kind != TableKind::Table);
        let described = |list: &[(usize, &Table)]| {
            list.iter().map(|(at, table)| described(look, *at, table)).collect::<Vec<_>>()
        };
        let body = match nodes.is_empty() {
            true => json!({"type": "relational", "tables": described(&tables)}),
            false => {
                let of = |kind| nodes.iter().filter(move |(_, table)| table.kind == kind);
                let properties: BTreeSet<&str> = nodes
                    .iter()
                    .flat_map(|(_, table)| table.columns.iter().map(|column| column.name.as_str()))
                    .filter(|name| !name.starts_with('_'))
                    .collect();
                let keys = of(TableKind::Node).filter(|(_, table)| !table.key.is_empty());
                json!({
                    "type": "graph",
                    "labels": of(TableKind::Node).map(|(_, table)| &table.name).collect::<Vec<_>>(),
                    "relationship_types":
                        of(TableKind::Relationship).map(|(_, table)| &table.name).collect::<Vec<_>>(),
                    "property_keys": properties,
                    "constraints": keys
                        .map(|(_, table)| json!({"label": table.name, "properties": table.key}))
                        .collect::<Vec<_>>(),
                    "indexes": [],
                    "tables": described(&nodes),
                })
            }
        };
        stores.insert(store.to_owned(), body);
    }
    for (store, error) in look.missing {
        stores.insert(store.clone(), json!({"error": error.message, "tables": []}));
    }
    Value::Object(stores)
}

fn described(look: &Look<'_>, at: usize, table: &Table) -> Value {
    let columns: Vec<Value> = table
        .columns
        .iter()
        .map(|column| {
            json!({
                "name": column.name, "type": column.source_type, "length": column.length,
                "nullable": column.nullable, "primary_key": table.key.contains(&column.name),
                "staged_as": if column.as_text { "text" } else { column.duck_type.as_str() },
            })
        })
        .collect();
    let mut keys = Vec::new();
    for reference in look.catalog.references_of(at) {
        let parent = &look.catalog.tables[reference.parent];
        for (column, key) in reference.columns.iter().zip(&reference.key) {
            keys.push(json!({
                "column_name": column, "foreign_table_store": parent.store,
                "foreign_table_schema": parent.schema, "foreign_table_name": parent.name,
                "foreign_column_name": key, "constraint_name": reference.id,
                "declared": reference.origin != Origin::Link,
            }));
        }
    }
    json!({
        "schema": table.schema, "name": table.name, "columns": columns, "foreign_keys": keys,
        "unique_constraints":
            table.unique_keys().map(|key| json!({"columns": key})).collect::<Vec<_>>(),
        "indexes": table.indexes, "estimated_rows": table.estimated_rows.unwrap_or(0),
    })
}

fn order(look: &Look<'_>, now: &str, circles: &[Value]) -> Value {
    let (mut stores, mut all) = (Map::new(), Vec::new());
    for store in look.catalog.stores() {
        let order: Vec<String> = graph::load_groups(look.catalog, store)
            .into_iter()
            .flatten()
            .map(|at| look.catalog.tables[at].path())
            .collect();
        let own = |circle: &&Value| {
            let from = circle["break_point"]["break_from"].as_str().unwrap_or_default();
            from.starts_with(&format!("{store}."))
        };
        let circles: Vec<Value> = circles
            .iter()
            .filter(own)
            .map(|circle| {
                let point = &circle["break_point"];
                json!({
                    "tables": circle["tables"], "break_point": point["reference"],
                    "strategy": point["strategy"], "reason": point["reason"], "impact": point["impact"],
                })
            })
            .collect();
        stores.insert(
            store.to_owned(),
            json!({"extraction_order": order, "circular_dependencies": circles, "total_tables": order.len()}),
        );
        all.extend(order);
    }
    let mut graph: Map<String, Value> = Map::new();
    for (at, table) in look.catalog.tables.iter().enumerate() {
        let children: BTreeSet<String> = look
            .catalog
            .references
            .iter()
            .filter(|reference| reference.parent == at && reference.child != at)
            .map(|reference| look.catalog.tables[reference.child].path())
            .collect();
        graph.insert(table.path(), json!(children));
    }
    json!({
        "generated_at": now, "stores": stores, "extraction_order": all, "dependency_graph": graph,
        "circular_dependencies": circles, "has_cycles": !circles.is_empty(), "total_tables": all.len(),
        "total_relationships": look.catalog.references.len(),
    })
}

/// The graph for Graphviz: a cluster per store, links dashed.
fn dot(look: &Look<'_>) -> String {
    let mut text = String::from("digraph dependencies {\n  rankdir=LR;\n  node [shape=box];\n");
    for store in look.catalog.stores() {
        let _ = writeln!(text, "  subgraph {} {{", quoted(&format!("cluster_{store}")));
        let _ = writeln!(text, "    label={};", quoted(store));
        for table in look.catalog.tables.iter().filter(|table| table.store == store) {
            let _ = writeln!(text, "    {} [label={}];", quoted(&table.path()), quoted(&table.staged));
        }
        text.push_str("  }\n");
    }
    for reference in &look.catalog.references {
        let path = |at: usize| quoted(&look.catalog.tables[at].path());
        let style = if reference.origin == Origin::Link { ", style=dashed" } else { "" };
        let label = quoted(&reference.columns.join(", "));
        let _ = writeln!(
            text,
            "  {} -> {} [label={label}{style}];",
            path(reference.child),
            path(reference.parent)
        );
    }
    text.push_str("}\n");
    text
}

/// A string of Graphviz.
fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

/// What changed since an earlier analysis: `+ ids.students.email varchar(80)`, `- ...`.
fn drift(before: &Value, now: &Value) -> Vec<String> {
    let (old, new) = (facts(before), facts(now));
    let gone = old.difference(&new).map(|fact| format!("- {fact}"));
    let come = new.difference(&old).map(|fact| format!("+ {fact}"));
    gone.chain(come).collect()
}

/// One text per column and reference of a schema-analysis.
fn facts(analysis: &Value) -> BTreeSet<String> {
    let mut facts = BTreeSet::new();
    let stores = analysis["data_stores"].as_object();
    for (store, body) in stores.into_iter().flatten().filter(|(_, body)| body["error"].is_null()) {
        for table in body["tables"].as_array().into_iter().flatten() {
            let word = |value: &Value| value.as_str().unwrap_or_default().to_owned();
            let path = [word(&table["schema"]), word(&table["name"])];
            let path: Vec<&str> = path.iter().map(String::as_str).filter(|part| !part.is_empty()).collect();
            let path = format!("{store}.{}", path.join("."));
            for column in table["columns"].as_array().into_iter().flatten() {
                let null = if column["nullable"] == true { "" } else { " NOT NULL" };
                facts.insert(format!("{path}.{} {}{null}", word(&column["name"]), word(&column["type"])));
            }
            for key in table["foreign_keys"].as_array().into_iter().flatten() {
                let (name, column) = (word(&key["foreign_table_name"]), word(&key["foreign_column_name"]));
                facts.insert(format!("{path}.{} -> {name}.{column}", word(&key["column_name"])));
            }
        }
    }
    facts
}

fn readme(look: &Look<'_>, now: &str, summary: &Value) -> String {
    let list = |name: &str| summary[name].as_array().cloned().unwrap_or_default();
    let word = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let mut text = format!(
        "# Analysis of project {}\n\n{now}: {} tables, {} columns, {} references, {} circles in {} stores.\n",
        look.project.name,
        summary["tables"],
        summary["columns"],
        summary["references"],
        list("circular_dependencies").len(),
        summary["stores"]
    );
    for one in list("missing") {
        let _ = writeln!(text, "\n**Not analyzed: {}**: {}", word(&one["store"]), word(&one["error"]));
    }
    text.push_str("\n## Stores\n\n| store | tables | columns | rows, estimated | roots | leaves |\n");
    text.push_str("| --- | ---: | ---: | ---: | ---: | ---: |\n");
    for store in look.catalog.stores() {
        let tables: Vec<usize> =
            (0..look.catalog.tables.len()).filter(|at| look.catalog.tables[*at].store == store).collect();
        let of = |at: &usize| &look.catalog.tables[*at];
        let columns: usize = tables.iter().map(|at| of(at).columns.len()).sum();
        let rows: u64 = tables.iter().filter_map(|at| of(at).estimated_rows).sum();
        let is_root = |at: &&usize| look.catalog.references_of(**at).all(|one| one.parent == **at);
        let is_leaf =
            |at: &&usize| look.catalog.references.iter().all(|one| one.parent != **at || one.child == **at);
        let (roots, leaves) = (tables.iter().filter(is_root).count(), tables.iter().filter(is_leaf).count());
        let _ = writeln!(text, "| {store} | {} | {columns} | {rows} | {roots} | {leaves} |", tables.len());
    }
    text.push_str(
        "\n## Extraction\n\nParents before children, one store after the other (`extraction-order.json`); ",
    );
    text.push_str(
        "tables of a circle are read together and the circle is broken where the fewest depend on it.\n",
    );
    for circle in list("circular_dependencies") {
        let tables: Vec<String> = circle["tables"].as_array().into_iter().flatten().map(word).collect();
        let point = &circle["break_point"];
        let _ = writeln!(
            text,
            "\n- {}: broken at {} ({}). {}.",
            tables.join(", "),
            word(&point["reference"]),
            word(&point["reason"]),
            word(&point["impact"])
        );
    }
    section(&mut text, "Rows that point at nothing in PROD already", &list("orphans"), |one| {
        format!("- {}: {} rows", word(&one["reference"]), one["rows"])
    });
    section(&mut text, "References that are likely, and nobody declared", &list("suggestions"), |one| {
        let seen = &one["evidence"];
        format!(
            "- {}.{} -> {}.{}: {} of {} values are there; {}\n\n      {}",
            word(&one["from"]),
            Ident(&word(&one["column"])),
            word(&one["to"]),
            Ident(&word(&one["key"])),
            seen["values_found"],
            seen["values_looked_up"],
            word(&seen["name"]),
            word(&one["yaml"])
        )
    });
    section(&mut text, "Changed since the last analysis", &list("drift"), |one| format!("    {}", word(one)));
    text
}

fn section(text: &mut String, title: &str, list: &[Value], line: impl Fn(&Value) -> String) {
    if !list.is_empty() {
        let lines: Vec<String> = list.iter().map(line).collect();
        let _ = write!(text, "\n## {title}\n\n{}\n", lines.join("\n"));
    }
}
