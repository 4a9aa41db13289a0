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

pub(crate) use diff::HEADER;

/// What `.diff` of the shell shows, under [`HEADER`].
pub(crate) fn diff(global: &Global, before: &str, after: &str) -> Result<Vec<Vec<String>>> {
    let diff = diff::Diff { before: before.to_owned(), after: after.to_owned() };
    Ok(diff.lines(global)?.iter().map(diff::Line::cells).collect())
}

impl Findings {
    pub(super) fn run(&self, global: &Global) -> Result<()> {
        match &self.action {
            Action::Diff(action) => action.run(global),
            Action::Show(action) => action.run(global),
        }
    }
}
