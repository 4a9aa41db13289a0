//! `datamig verify`: CERT compared with the run, row by row, and checked by the rules again.

use super::pipeline::{self, Pipeline};
use super::state::State;
use super::{Global, output, words};
use crate::error::{Error, Result};
use crate::phase::verify;

/// Compare CERT with a loaded run, row by row, and run the checks on it again
#[derive(clap::Args)]
pub struct Verify {
    /// Run id, or root key for its newest run
    run: String,
}

impl Verify {
    pub(super) fn run(&self, global: &Global) -> Result<()> {
        let run = global.run(
            &self.run,
            |run| State::of(run).is_ok_and(|state| state.has_loaded()),
            "that was loaded",
        )?;
        let pipeline = Pipeline::of_run(global, &run)?;
        let _lock = pipeline.lock()?;
        let events = pipeline::events(global, &run)?;
        let outcome = verify::execute(&verify::Request {
            run: &run,
            project: &pipeline.project,
            keys: &pipeline.keys,
            targets: &pipeline.stores.cert,
            events: &events,
        })?;
        if global.json {
            let text =
                std::fs::read(&outcome.report).map_err(|cause| Error::file(&outcome.report, &cause))?;
            output::stdout(&text)?;
        } else {
            words::note(
                global,
                &format!("{}, {} rows compared", outcome.status, words::grouped(outcome.rows)),
            );
            outcome.issues.iter().for_each(|issue| words::note(global, &format!("  {issue}")));
            output::stdout(format!("{}\n", outcome.report.display()).as_bytes())?;
        }
        match outcome.is_valid() {
            true => Ok(()),
            false => {
                Err(Error::findings(format!("CERT differs from {} in {} ways", run.id, outcome.issues.len()))
                    .hint(format!("the report names them: {}", outcome.report.display())))
            }
        }
    }
}
