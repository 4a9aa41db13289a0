//! `datamig rollback`: CERT is put back as it was before a load.

use super::pipeline::{self, Pipeline};
use super::signal::{self, Response};
use super::{Global, output, words};
use crate::error::{Error, Result};
use crate::phase::{report, rollback};

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
        let Some(plan) = rollback::plan(&request)? else {
            words::note(global, &format!("CERT does not hold {}: there is nothing to roll back", run.id));
            return Ok(());
        };
        let deleted: u64 = plan.changes.iter().map(|change| change.inserted).sum();
        let restored: u64 = plan.changes.iter().map(|change| change.changed).sum();
        let question = format!(
            "{} of {} will be taken out of CERT ({}): {} rows deleted, {} restored.",
            run.id,
            run.header.root_key,
            run.header.env,
            words::grouped(deleted),
            words::grouped(restored)
        );
        words::confirm(global, &question, "yes")?;
        let go_on = "\nthe rollback goes on until all stores agree; Ctrl-C again stops at once, then `datamig recover` finishes it";
        signal::respond(Some(Response::Finish(go_on.into())));
        let outcome = rollback::execute(&request)?;
        signal::respond(None);
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
}
