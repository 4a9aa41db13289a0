//! `datamig extract`: the first phase alone.

use super::pipeline::{self, Pipeline};
use super::{Global, summary, words};
use crate::error::Result;
use crate::run::{Run, RunFile};

/// Extract one root from PROD into encrypted staging
#[derive(clap::Args)]
pub struct Extract {
    /// The root's key, for a new run, or the id of a run to go on with
    root_or_run: String,
    /// Extract a part that is whole by its references: 1%
    #[arg(long, value_name = "SHARE")]
    sample: Option<String>,
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
        let pipeline = match &old {
            Some(run) => Pipeline::of_run(global, run)?,
            None => Pipeline::open(global, &self.root_or_run)?,
        };
        let _lock = pipeline.lock()?;
        let run = match old {
            Some(run) => run,
            None => pipeline.begin(self.sample.as_deref())?,
        };
        let events = pipeline::events(global, &run)?;
        let (done, written) = pipeline::reported(&run, &events, || pipeline.extract(&run, &events));
        summary::show(global, &run, done, written)
    }
}
