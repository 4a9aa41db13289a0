//! `datamig validate`: the third phase alone.

use super::pipeline::{self, Pipeline};
use super::{Global, summary};
use crate::error::Result;
use crate::run::RunFile;

/// Run all checks of a run and decide whether it may be loaded
#[derive(clap::Args)]
pub struct Validate {
    /// Run id, or root key for its newest run
    run: String,
}

impl Validate {
    pub(super) fn run(&self, global: &Global) -> Result<()> {
        let run = global.run(&self.run, |run| run.has(RunFile::Run), "with anonymized rows")?;
        let pipeline = Pipeline::of_run(global, &run)?;
        let _lock = pipeline.lock()?;
        let events = pipeline::events(global, &run)?;
        let (done, written) =
            pipeline::reported(&run, &events, || pipeline.validate(&run, &events).map(|_| ()));
        summary::show(global, &run, done, written)
    }
}
