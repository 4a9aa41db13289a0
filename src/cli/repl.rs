//! `datamig repl`: the shell over a run.

use super::Global;
use crate::error::Result;
use crate::repl::Shell;
use crate::run::RunFile;

/// Explore a run in SQL: tables, findings, violations
#[derive(clap::Args)]
pub struct Repl {
    /// Run id or root key [default: the newest run]
    run: Option<String>,
    /// Also open the raw extract (personal data): audited, and no history is written
    #[arg(long)]
    with_staging: bool,
}

impl Repl {
    pub(super) fn run(&self, global: &Global) -> Result<()> {
        let run =
            global.run_or_newest(self.run.as_deref(), |run| self.with_staging || run.has(RunFile::Run))?;
        let keys = match self.with_staging {
            true => Some(global.variables()?.keys()?),
            false => None,
        };
        Shell::open(global, run, keys)?.talk()
    }
}
