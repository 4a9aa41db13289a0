//! `datamig report`: writes the reports of a run anew and prints one.

use super::{Global, output, words};
use crate::error::{Error, Result};
use crate::phase::report;
use crate::run::lock;

/// Write the reports of a run anew, and print one
#[derive(clap::Args)]
pub struct Report {
    /// Run id or root key [default: the newest run]
    run: Option<String>,
    /// Which one to print
    #[arg(long, value_enum, default_value_t = Which::Md)]
    format: Which,
}

#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Which {
    Md,
    Json,
    Html,
}

impl Report {
    pub(super) fn run(&self, global: &Global) -> Result<()> {
        let run = global.run_or_newest(self.run.as_deref(), |_| true)?;
        let header = &run.header;
        let _lock = lock::tenant(&run.workspace, &header.project, &header.env, &header.root_key)?;
        let written = report::execute(&run)?;
        let path = match (global.json, self.format) {
            (true, _) | (_, Which::Json) => &written.json,
            (_, Which::Md) => &written.markdown,
            (_, Which::Html) => &written.html,
        };
        let text = std::fs::read(path).map_err(|cause| Error::file(path, &cause))?;
        output::stdout(&text)?;
        words::note(global, &format!("\nthe same for a browser: {}", written.html.display()));
        Ok(())
    }
}
