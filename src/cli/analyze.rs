//! `datamig analyze`: what PROD looks like, written to `data/analysis/`.

use super::{Global, output, probe, words};
use crate::error::{Error, Kind, Result};
use crate::phase::analyze;

/// Describe the stores of PROD: tables, order, circles, orphans, likely references
#[derive(clap::Args)]
pub struct Analyze {}

impl Analyze {
    pub(super) fn run(&self, global: &Global) -> Result<()> {
        let (project, variables) = (global.project()?, global.variables()?);
        let endpoints = project.endpoints(&global.env, &variables)?;
        let (sources, mut missing) = probe::sources(&project, &endpoints);
        let analysis = analyze::execute(&project, &sources, &mut missing)?;
        let found = &analysis.summary;
        if global.json {
            output::json(found)?;
        } else {
            let count = |name: &str| found[name].as_array().map_or(0, Vec::len).to_string();
            let mut rows: Vec<Vec<String>> = ["stores", "tables", "columns", "references"]
                .map(|name| vec![name.to_owned(), found[name].to_string()])
                .to_vec();
            for (name, key) in [
                ("circles", "circular_dependencies"),
                ("references with orphans in PROD", "orphans"),
                ("likely references", "suggestions"),
                ("changes since the last analysis", "drift"),
            ] {
                rows.push(vec![name.to_owned(), count(key)]);
            }
            output::list(&["found", ""], rows)?;
        }
        words::note(global, "see data/analysis/README.md");
        match missing.into_iter().next() {
            None => Ok(()),
            Some((store, error)) => Err(Error {
                kind: if error.kind.is_retryable() { error.kind } else { Kind::Config },
                message: format!("{store} was not analyzed: {}", error.message),
                ..error
            }),
        }
    }
}
