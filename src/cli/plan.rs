//! `datamig migrate --dry-run`: what would be done. Nothing is read but schemas, nothing is written.

use super::pipeline::Pipeline;
use super::{Global, output, words};
use crate::error::Result;
use crate::slice::plan;
use serde_json::json;

/// Prints the plan: per table how its rows would be found and how many columns would be changed.
pub fn show(global: &Global, pipeline: &Pipeline) -> Result<()> {
    let (catalog, target) = (&pipeline.source, &pipeline.target);
    let plan = plan::build(catalog, &pipeline.project, &pipeline.root_key)?;
    let mut tables = Vec::new();
    for (at, table) in catalog.tables.iter().enumerate() {
        let down = plan.edges.iter().filter(|edge| edge.child == at && edge.down).count();
        let how = match () {
            () if at == plan.root => "the root".to_owned(),
            () if plan.whole[at] => "all rows".to_owned(),
            () if plan.tenant[at].is_some() => format!("tenant column, {down} references down"),
            () if down > 0 => format!("{down} references down"),
            () => "only rows that others need".to_owned(),
        };
        let is_there = target.find(&table.path()).is_some();
        tables.push(json!({
            "table": table.path(),
            "estimated_rows": table.estimated_rows,
            "found_by": how,
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
    let row = |table: &serde_json::Value| {
        let text = |name: &str| table[name].as_str().map_or_else(|| table[name].to_string(), str::to_owned);
        let estimate = table["estimated_rows"].as_u64().map_or("?".into(), words::grouped);
        let target = if table["in_target"] == true { "" } else { "MISSING" };
        vec![text("table"), estimate, text("found_by"), text("columns"), text("anonymized"), target.into()]
    };
    let header = ["table", "rows in PROD", "rows found by", "columns", "anonymized", "in CERT"];
    output::list(&header, tables.iter().map(row).collect())?;
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
