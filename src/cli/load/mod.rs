//! `datamig load`: the fourth phase alone.

mod looks;

use super::pipeline::{self, Pipeline};
use super::{Global, summary, words};
use crate::error::Result;
use crate::phase::load;
use crate::run::RunFile;

/// Load a validated run into CERT, into all stores or none
#[derive(clap::Args)]
pub struct Load {
    /// Run id, or root key for its newest run
    run: String,
    /// How the rows of every table are written [default: as the project says, else by what CERT holds]
    #[arg(long, value_enum)]
    strategy: Option<load::Strategy>,
    /// Say what would be done to every table, and write nothing
    #[arg(long)]
    plan: bool,
    /// Load in real transactions and roll them back; say how long it took and what it locked
    #[arg(long, conflicts_with = "plan")]
    rehearse: bool,
}

impl Load {
    pub(super) fn run(&self, global: &Global) -> Result<()> {
        let run = global.run(&self.run, |run| run.has(RunFile::Run), "with anonymized rows")?;
        let pipeline = Pipeline::of_run(global, &run)?;
        let _lock = pipeline.lock()?;
        let events = run.events()?;
        let request = pipeline.loading(&run, self.strategy, &events);
        if self.plan || self.rehearse {
            pipeline.check_basis(&run)?;
        }
        if self.plan {
            return looks::plan(global, &run, &request);
        }
        if self.rehearse {
            return looks::rehearse(global, &run, &request);
        }
        let events = pipeline::events(global, &run)?;
        let (done, written) = pipeline::reported(&run, &events, || {
            if pipeline.load(&run, self.strategy, &events)?.was_loaded {
                words::note(global, &format!("{} is loaded already", run.id));
            }
            Ok(())
        });
        summary::show(global, &run, done, written)
    }
}
