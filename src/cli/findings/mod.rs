//! `datamig findings`: what checks found, row by row and from run to run.

mod diff;
mod show;

use super::Global;
use crate::error::Result;

/// Look at what the checks of a run found
#[derive(clap::Args)]
pub struct Findings {
    #[command(subcommand)]
    action: Action,
}

#[derive(clap::Subcommand)]
enum Action {
    Diff(diff::Diff),
    Show(show::Show),
}

/// What `.diff` of the shell shows.
pub(crate) fn diff(global: &Global, before: &str, after: &str) -> Result<()> {
    diff::Diff { before: before.to_owned(), after: after.to_owned() }.run(global)
}

impl Findings {
    pub(super) fn run(&self, global: &Global) -> Result<()> {
        match &self.action {
            Action::Diff(action) => action.run(global),
            Action::Show(action) => action.run(global),
        }
    }
}
