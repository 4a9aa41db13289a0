//! `datamig anonymize`: the second phase alone.

use super::pipeline::{self, Pipeline};
use super::{Global, summary, words};
use crate::error::Result;
use crate::run::RunFile;

/// Anonymize the raw extract of a run
#[derive(clap::Args)]
pub struct Anonymize {
    /// Run id, or root key for its newest run
    run: String,
}

impl Anonymize {
    pub(super) fn run(&self, global: &Global) -> Result<()> {
        let run = global.run(&self.run, |run| run.has(RunFile::Staging), "with a raw extract")?;
        if run.has(RunFile::Run) {
            words::note(global, &format!("{} is anonymized already", run.id));
            return Ok(());
        }
        let pipeline = Pipeline::of_run(global, &run)?;
        let _lock = pipeline.lock()?;
        let events = pipeline::events(global, &run)?;
        let (done, written) =
            pipeline::reported(&run, &events, || pipeline.anonymize(&run, &events).map(|_| ()));
        summary::show(global, &run, done, written)
    }
}
