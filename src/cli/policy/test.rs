//! `datamig policy test`: what becomes of made-up values, or, on a terminal, of those of a run.

use super::{Global, is_meant, output, sources, words};
use crate::error::{Error, Result};
use crate::phase::rehearse::{self, Example};
use crate::run::event::Happening;
use crate::run::{RunFile, decide};
use std::io::IsTerminal;

/// Show made-up values before and after; those of a run with --show-pii
#[derive(clap::Args)]
pub struct Test {
    /// Only columns whose name (store.table.column) contains this
    column: Option<String>,
    /// Run id or root key: a few of its real values, on a terminal only, noted in the log
    #[arg(long, requires = "show_pii")]
    run: Option<String>,
    /// Show originals
    #[arg(long, requires = "run")]
    show_pii: bool,
}

impl Test {
    pub(super) fn run(&self, global: &Global) -> Result<()> {
        let project = global.project()?;
        let keys = global.variables()?.keys()?;
        let wanted = |path: &str| is_meant(self.column.as_deref(), path);
        let examples = match &self.run {
            None => {
                let (_, catalog) = sources(global, &project)?;
                let assignments = decide::strategies(&project, &catalog)?;
                rehearse::made_up(&project, &catalog, &assignments, &keys, &wanted)?
            }
            Some(_) if !std::io::stdout().is_terminal() => {
                return Err(Error::refused("originals are shown on a terminal only")
                    .hint("leave --run and --show-pii out: made-up values show as much"));
            }
            Some(word) => {
                let run = global.run(word, |run| run.has(RunFile::Staging), "with its raw extract")?;
                run.events()?.write(Happening::Audit { what: "policy test showed originals".into() });
                words::note(global, "original values: do not pass them on");
                rehearse::of_run(&project, &run, &keys, &wanted)?
            }
        };
        if global.json {
            return output::json(&examples);
        }
        let shown = |value: &Option<String>| value.clone().unwrap_or_else(|| "NULL".into());
        let row = |one: &Example| {
            vec![one.column.clone(), one.strategy.clone(), shown(&one.before), shown(&one.after)]
        };
        output::list(&["column", "strategy", "before", "after"], examples.iter().map(row).collect())
    }
}
