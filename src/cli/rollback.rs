//! `datamig rollback`: CERT is put back as it was before a load.

use super::pipeline::{self, Pipeline};
use super::signal::{self, Response};
use super::{Global, output, words};
use crate::error::{Error, Result};
use crate::phase::{report, rollback};
use crate::run::Run;

/// Put CERT back as it was before a run was loaded
#[derive(clap::Args)]
pub struct Rollback {
    /// Run id
    run: String,
    /// Give up what others changed in the rows of the run since the load
    #[arg(long)]
    discard_theirs: bool,
}

impl Rollback {
    pub(super) fn run(&self, global: &Global) -> Result<()> {
        let run = global.run(&self.run, |_| true, "at all")?;
        let pipeline = Pipeline::of_run(global, &run)?;
        let _lock = pipeline.lock()?;
        let events = pipeline::events(global, &run)?;
        let request = rollback::Request {
            run: &run,
            project: &pipeline.project,
            keys: &pipeline.keys,
            targets: &pipeline.stores.cert,
            discard_theirs: self.discard_theirs,
            events: &events,
        };
        if !global.yes || self.discard_theirs {
            let Some(plan) = rollback::plan(&request)? else {
                return nothing(global, &run);
            };
            self.ask(global, &run, &plan)?;
        }
        let go_on = "\nthe rollback goes on until all stores agree; Ctrl-C again stops at once, then `datamig recover` finishes it";
        signal::respond(Some(Response::Finish(go_on.into())));
        let outcome = rollback::execute(&request)?;
        signal::respond(None);
        if outcome.was_undone {
            return nothing(global, &run);
        }
        report::execute(&run)?;
        if let (true, Some(report)) = (global.json, &outcome.report) {
            let text = std::fs::read(report).map_err(|cause| Error::file(report, &cause))?;
            return output::stdout(&text);
        }
        let (deleted, restored) = (words::grouped(outcome.deleted), words::grouped(outcome.restored));
        words::note(global, &format!("CERT is as it was: {deleted} rows deleted, {restored} restored"));
        if let Some(report) = outcome.report {
            words::note(global, &format!("report: {}", report.display()));
        }
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
            sum(|change| change.changed)
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
