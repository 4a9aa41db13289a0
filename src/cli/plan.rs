//! `--dry-run` of `migrate` and `extract`: what would be done. Nothing is read but schemas, nothing is written.

use super::pipeline::Pipeline;
use super::{Global, output, words};
use crate::error::Result;
use crate::slice::plan;
use serde_json::json;

/// Conditions of a table that are shown to people; all are in the JSON.
const SHOWN: usize = 2;

/// Prints the plan: per table by which way and condition its rows would be found, about how many, and how many
/// columns would be changed.
pub fn show(global: &Global, pipeline: &Pipeline) -> Result<()> {
    let (catalog, target) = (&pipeline.source, &pipeline.target);
    let plan = plan::build(catalog, &pipeline.project, &pipeline.root_key)?;
    let mut tables = Vec::new();
    for ((at, table), outline) in catalog.tables.iter().enumerate().zip(plan.outline()) {
        let is_there = target.find(&table.path()).is_some();
        tables.push(json!({
            "table": table.path(),
            "estimated_rows": table.estimated_rows,
            "expected_rows": outline.rows,
            "path": outline.path,
            "predicate": outline.any,
            "columns": table.columns.len(),
            "anonymized": pipeline.changed_columns(at),
            "in_target": is_there,
        }));
    }
    if global.json {
        return output::json(&json!({
            "root": pipeline.root_key,
            "project": pipeline.project.name,
            "environment": pipeline.env,
            "stores": pipeline.project.stores,
            "references": catalog.references.len(),
            "rules": pipeline.rules.rules.len(),
            "tables": tables,
        }));
    }
    list(&tables)?;
    words::note(
        global,
        &format!(
            "\n{} tables in {} stores, {} references, {} rules. This was a dry run: nothing was read but schemas.",
            catalog.tables.len(),
            pipeline.project.stores.len(),
            catalog.references.len(),
            pipeline.rules.rules.len()
        ),
    );
    Ok(())
}

/// The plan for people, one line per table.
fn list(tables: &[serde_json::Value]) -> Result<()> {
    let row = |table: &serde_json::Value| {
        let text = |name: &str| table[name].as_str().map_or_else(|| table[name].to_string(), str::to_owned);
        let count = |name: &str| table[name].as_u64().map_or("?".into(), words::grouped);
        let list = |name: &str| -> Vec<&str> {
            table[name].as_array().into_iter().flatten().filter_map(|word| word.as_str()).collect()
        };
        let any = list("predicate");
        let mut predicate = any[..any.len().min(SHOWN)].join(" or ");
        if any.len() > SHOWN {
            predicate += &format!(" or {} more", any.len() - SHOWN);
        }
        let target = if table["in_target"] == true { "" } else { "MISSING" };
        let changed = format!("{} of {}", text("anonymized"), text("columns"));
        let path = list("path").join(" > ");
        vec![
            text("table"),
            count("estimated_rows"),
            count("expected_rows"),
            changed,
            target.into(),
            predicate,
            path,
        ]
    };
    let header = [
        "table",
        "rows in PROD",
        "expected",
        "columns masked",
        "in CERT",
        "rows where",
        "path from the root",
    ];
    output::list(&header, tables.iter().map(row).collect())
}
