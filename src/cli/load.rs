//! `datamig load`: the fourth phase alone.

use super::pipeline::{self, Pipeline};
use super::{Global, summary, words};
use crate::error::Result;
use crate::run::RunFile;

/// Load a validated run into CERT, into all stores or none
#[derive(clap::Args)]
pub struct Load {
    /// Run id, or root key for its newest run
    run: String,
}

impl Load {
    pub(super) fn run(&self, global: &Global) -> Result<()> {
        let run = global.run(&self.run, |run| run.has(RunFile::Run), "with anonymized rows")?;
        let pipeline = Pipeline::of_run(global, &run)?;
        let _lock = pipeline.lock()?;
        let events = pipeline::events(global, &run)?;
        let (done, written) = pipeline::reported(&run, &events, || {
            if pipeline.load(&run, &events)?.was_loaded {
                words::note(global, &format!("{} is loaded already", run.id));
            }
            Ok(())
        });
        summary::show(global, &run, done, written)
    }
}
