//! `datamig rollback`: CERT is put back as it was before a load.

mod district;

use super::pipeline::{self, Pipeline};
use super::signal::{self, Response};
use super::state::State;
use super::{Global, output, words};
use crate::error::{Error, Result};
use crate::phase::{report, rollback};
use crate::run::Run;
use crate::run::event::Phase;

/// Put CERT back as it was before a run was loaded
#[derive(clap::Args)]
pub struct Rollback {
    /// Run id
    #[arg(required_unless_present = "district")]
    run: Option<String>,
    /// Instead of one run: everything that runs of this root inserted, where backups are purged
    #[arg(long, value_name = "KEY", conflicts_with = "run")]
    district: Option<String>,
    /// Give up what others changed in the rows of the run since the load
    #[arg(long)]
    discard_theirs: bool,
}

impl Rollback {
    pub(super) fn run(&self, global: &Global) -> Result<()> {
        if let Some(district) = &self.district {
            return district::sweep(global, district, self.discard_theirs);
        }
        let has_begun = |run: &Run| State::of(run).is_ok_and(|state| state.has_begun(Phase::Load));
        let run = global.run(self.run.as_deref().unwrap_or_default(), has_begun, "that was loaded")?;
        let pipeline = Pipeline::of_run(global, &run)?;
        let _lock = pipeline.lock()?;
        let events = pipeline::events(global, &run)?;
        let request = rollback::Request {
            run: &run,
            project: &pipeline.project,
            keys: &pipeline.keys,
            targets: &pipeline.stores.cert,
            discard_theirs: self.discard_theirs,
            deciding: &|| signal::go_on("rollback", "finishes"),
            events: &events,
        };
        if !global.yes || self.discard_theirs {
            let Some(plan) = rollback::plan(&request)? else {
                return nothing(global, &run);
            };
            self.ask(global, &run, &plan)?;
        }
        signal::respond(Some(Response::End(format!("interrupted: CERT holds {} as before", run.id))));
        let outcome = rollback::execute(&request)?;
        signal::respond(None);
        let Some(written) = outcome.report else {
            return nothing(global, &run);
        };
        report::execute(&run)?;
        if global.json {
            let text = std::fs::read(&written).map_err(|cause| Error::file(&written, &cause))?;
            return output::stdout(&text);
        }
        let (deleted, restored) = (words::grouped(outcome.deleted), words::grouped(outcome.restored));
        words::note(global, &format!("CERT is as it was: {deleted} rows deleted, {restored} restored"));
        words::note(global, &format!("report: {}", written.display()));
        Ok(())
    }

    /// Changes of others are given up only when the run is named once more; `--yes` does not stand for that.
    fn ask(&self, global: &Global, run: &Run, plan: &rollback::Plan) -> Result<()> {
        let sum = |count: fn(&rollback::Change) -> u64| words::grouped(plan.changes.iter().map(count).sum());
        let question = format!(
            "{} of {} will be taken out of CERT ({}): {} rows deleted, {} restored.",
            run.id,
            run.header.root_key,
            run.header.env,
            sum(|change| change.inserted),
            sum(|change| change.changed + change.deleted)
        );
        if self.discard_theirs && !plan.theirs.is_empty() {
            words::note(global, &question);
            let theirs = plan.theirs.iter().map(|(table, rows)| format!("{rows} rows of {table}"));
            let theirs = theirs.collect::<Vec<_>>().join(", ");
            return words::typed(&format!("What others changed since is lost: {theirs}."), &run.id);
        }
        words::confirm(global, &question, "yes")
    }
}

fn nothing(global: &Global, run: &Run) -> Result<()> {
    words::note(global, &format!("CERT does not hold {}: there is nothing to roll back", run.id));
    Ok(())
}
