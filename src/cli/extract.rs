//! `datamig extract`: the first phase alone.

use super::part::PartOf;
use super::pipeline::{self, Pipeline};
use super::{Global, plan, summary, words};
use crate::error::Result;
use crate::run::{Run, RunFile};
use crate::slice::part::Part;

/// Extract one root from PROD into encrypted staging
#[derive(clap::Args)]
pub struct Extract {
    /// The root's key, for a new run, or the id of a run to go on with
    root_or_run: String,
    /// Say by which way and condition rows would be found, and read nothing but schemas
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    part: PartOf,
}

impl Extract {
    pub(super) fn run(&self, global: &Global) -> Result<()> {
        let old = match self.root_or_run.starts_with("mig-") {
            true => Some(Run::open(&global.workspace()?, &self.root_or_run)?),
            false => None,
        };
        if let Some(run) = old.as_ref().filter(|run| run.has(RunFile::Staging)) {
            words::note(global, &format!("{} is extracted already", run.id));
            return Ok(());
        }
        let part = old.as_ref().map_or_else(|| self.part.part(), |run| self.part.of_run(run))?;
        let pipeline = match &old {
            Some(run) => Pipeline::of_run(global, run)?,
            None => Pipeline::open(global, &self.root_or_run)?,
        };
        pipeline.check(part.as_ref())?;
        if self.dry_run {
            return plan::show(global, &pipeline);
        }
        let _lock = pipeline.lock()?;
        let run = match old {
            Some(run) => {
                words::snapshots_are_gone(global, &run.id);
                run
            }
            None => pipeline.begin(part.as_ref().map(Part::to_string))?,
        };
        let events = pipeline::events(global, &run)?;
        let (done, written) = pipeline::reported(&run, &events, || {
            pipeline.extract(&run, part.as_ref(), self.part.jobs, &events)
        });
        summary::show(global, &run, done, written)
    }
}
