//! `datamig runs`: what was tried so far.

use super::state::State;
use super::{Global, output, words};
use crate::error::Result;
use crate::run::Run;

/// List the runs of the workspace, newest first
#[derive(clap::Args)]
pub struct Runs {
    /// Show so many at the most
    #[arg(long, default_value_t = 40)]
    limit: usize,
}

impl Runs {
    pub(super) fn run(&self, global: &Global) -> Result<()> {
        let mut states = Vec::new();
        let runs = Run::list(&global.workspace()?);
        for run in runs.iter().rev().take(self.limit) {
            states.push(State::of(run)?);
        }
        if global.json {
            return output::json(&states);
        }
        if states.is_empty() {
            words::note(global, "no runs yet: `datamig migrate <root-key>` makes one");
            return Ok(());
        }
        let row = |state: &State| {
            let rows = state.rows.map_or(String::new(), words::grouped);
            let took = words::duration(state.seconds);
            [&state.run_id, &state.root_key, &state.env, &state.started_at, &took, &rows, &state.status]
                .map(String::clone)
                .to_vec()
        };
        let header = ["run", "root", "env", "started (UTC)", "took", "rows", "status"];
        output::list(&header, states.iter().map(row).collect())?;
        if runs.len() > self.limit {
            words::note(global, &format!("showing {} of {} runs (--limit)", self.limit, runs.len()));
        }
        Ok(())
    }
}
