//! `datamig policy suggest`: what looks personal in PROD and is not masked.

use super::{Global, is_meant, output, sources, words};
use crate::error::{Location, Result};
use crate::phase::suggest::{self, Suggestion};
use crate::project::policy::Policy;
use crate::run::decide;
use crate::sql;

/// Look into PROD for personal data that the policy keeps or does not know; no value is ever shown
#[derive(clap::Args)]
pub struct Suggest {
    /// Only columns whose name (store.table.column) contains this
    column: Option<String>,
    /// Also what is masked already
    #[arg(long)]
    all: bool,
    /// Rows of each table that are looked at
    #[arg(long, default_value_t = 2000, value_name = "COUNT")]
    rows: usize,
}

impl Suggest {
    pub(super) fn run(&self, global: &Global) -> Result<()> {
        let project = global.project()?;
        let (sources, catalog) = sources(global, &project)?;
        let path = Policy::path(&project);
        // A shell that sends the draft there has made the file, empty, before.
        let is_new = sql::find(&project.workspace, &path)?.is_none_or(|file| file.text.trim().is_empty());
        let policy = match is_new {
            true => Policy::empty(Location::new(&path, 0)),
            false => decide::policy(&project, &catalog)?,
        };
        let mut found = suggest::execute(&policy, &catalog, &sources, self.rows)?;
        let rest = match &self.column {
            Some(_) => String::new(),
            None => suggest::rest(&policy, &catalog, &found),
        };
        found.retain(|one| (self.all || one.is_open()) && is_meant(self.column.as_deref(), &one.column));
        let head = if is_new { "version: \"1.0\"\nrules:\n" } else { "" };
        let yaml = format!("{head}{}{rest}", suggest::yaml(&found));
        if global.json {
            return output::json(&serde_json::json!({"suggestions": found, "yaml": yaml}));
        }
        let row = |one: &Suggestion| {
            let now = one.now.clone().unwrap_or_else(|| "nothing".into());
            vec![
                format!("{}{}", one.column, one.place.as_ref().map_or(String::new(), |at| format!(" {at}"))),
                one.kind.clone(),
                format!("{:.0} %", one.confidence * 100.0),
                now,
                one.evidence.join("; "),
            ]
        };
        let header = ["column", "looks like", "confidence", "policy says", "evidence"];
        // Stdout holds the YAML alone: it goes into the file.
        words::note(global, &format!("{}\n", output::listed(&header, found.iter().map(row).collect())));
        output::stdout(yaml.as_bytes())?;
        let place = match is_new {
            true => format!("; look the entries over and write them to {path}"),
            false => format!("; entries of {path} that keep them must stand below new ones"),
        };
        words::note(global, &format!("{} columns or places look personal{place}", found.len()));
        Ok(())
    }
}
