//! `datamig policy explain`: how every column leaves PROD, by which entry and why. Only schemas are read.

use super::{Global, is_meant, output, sources, words};
use crate::error::Result;
use crate::phase::rehearse;
use crate::project::policy::{Assignment, looks};
use crate::run::decide;
use serde_json::{Value, json};

/// Say how every column leaves PROD, by which entry of the policy and why, and what looks like what it is not
#[derive(clap::Args)]
pub struct Explain {
    /// Only columns whose name (store.table.column) contains this
    column: Option<String>,
}

impl Explain {
    pub(super) fn run(&self, global: &Global) -> Result<()> {
        let project = global.project()?;
        let (_, catalog) = sources(global, &project)?;
        let assignments = decide::strategies(&project, &catalog)?;
        let mut lines = Vec::new();
        for (at, (table, row)) in catalog.tables.iter().zip(&assignments.0).enumerate() {
            for (column, one) in table.columns.iter().zip(row) {
                let path = format!("{}.{}", table.path(), column.name);
                if !is_meant(self.column.as_deref(), &path) {
                    continue;
                }
                let places = one.places.iter().map(|place| (format!("{path}.{}", place.path), &place.how));
                let line = |path: &str, how: &Assignment| {
                    json!({
                        "column": path,
                        "type": column.source_type,
                        "strategy": how.strategy.word(),
                        "fake": how.strategy.faker().map(|faker| &faker.kind),
                        "entry": how.rule,
                        "at": how.at,
                        "because": how.because,
                        "expression": how.expression,
                    })
                };
                let mut whole = line(&path, one);
                whole["by_accident"] = json!(looks::accidents(&catalog, at, column));
                lines.push(whole);
                lines.extend(places.map(|(path, how)| line(&path, how)));
            }
        }
        if global.json {
            return output::json(&lines);
        }
        let text = |line: &Value, name: &str| line[name].as_str().unwrap_or_default().to_owned();
        let row = |line: &Value| {
            let how = match line["fake"].as_str() {
                Some(kind) => format!("{} {kind}", text(line, "strategy")),
                None => text(line, "strategy"),
            };
            vec![text(line, "column"), how, text(line, "entry"), text(line, "at"), text(line, "because")]
        };
        output::list(&["column", "leaves by", "entry", "at", "because"], lines.iter().map(row).collect())?;
        for line in &lines {
            for reason in line["by_accident"].as_array().into_iter().flatten() {
                let reason = reason.as_str().unwrap_or_default();
                words::note(global, &format!("look at {}: {reason}", text(line, "column")));
            }
        }
        for open in rehearse::try_checks(&project, &catalog, &assignments)? {
            words::note(global, &open);
        }
        let places = lines.iter().filter(|line| line["by_accident"].is_null()).count();
        words::note(global, &format!("{} columns, one strategy each", lines.len() - places));
        if places > 0 {
            words::note(global, &format!("{places} places in JSON, with a strategy of their own"));
        }
        Ok(())
    }
}
