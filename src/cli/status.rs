//! `datamig status`: how far a run is, also while another process works on it.

use super::state::State;
use super::{Global, output, words};
use crate::error::Result;

/// Show how far a run is
#[derive(clap::Args)]
pub struct Status {
    /// Run id or root key [default: the newest run]
    run: Option<String>,
}

impl Status {
    pub(super) fn run(&self, global: &Global) -> Result<()> {
        let state = State::of(&global.run_or_newest(self.run.as_deref(), |_| true)?)?;
        if global.json {
            return output::json(&state);
        }
        let rows = state.phases.iter().map(|step| {
            let total = step.total.filter(|_| step.state == "running");
            let count = match total {
                Some(total) => format!("{} of {}", words::grouped(step.count), words::grouped(total)),
                None => words::grouped(step.count),
            };
            let took = step.seconds.map_or(String::new(), words::duration);
            vec![step.phase.word().into(), step.state.into(), took, count, step.words.clone()]
        });
        output::stdout(format!("{} of {}: {}\n\n", state.run_id, state.root_key, state.status).as_bytes())?;
        output::list(&["phase", "state", "took", "count", "what"], rows.collect())
    }
}
