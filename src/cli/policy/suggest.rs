//! `datamig policy suggest`: what looks personal in PROD and is not masked.

use super::{Global, is_meant, output, sources, words};
use crate::error::Result;
use crate::phase::suggest::{self, Suggestion};
use crate::run::decide;

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
        let policy = decide::policy(&project, &catalog)?;
        let mut found = suggest::execute(&policy, &catalog, &sources, self.rows)?;
        found.retain(|one| (self.all || one.is_open()) && is_meant(self.column.as_deref(), &one.column));
        if global.json {
            let yaml = suggest::yaml(&found);
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
        output::list(&header, found.iter().map(row).collect())?;
        output::stdout(format!("\n{}", suggest::yaml(&found)).as_bytes())?;
        words::note(global, &format!("{} columns or places look personal", found.len()));
        Ok(())
    }
}
