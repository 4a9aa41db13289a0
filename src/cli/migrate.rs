//! `datamig migrate`: the whole pipeline for one root.

use super::pipeline::{self, Pipeline};
use super::{Global, plan, recover, summary, words};
use crate::error::{Error, Result};
use crate::run::cert::guard;
use crate::run::event::Phase;
use crate::run::{Run, RunFile};

/// Move one root and everything that belongs to it from PROD to CERT
#[derive(clap::Args)]
pub struct Migrate {
    /// The root's key: district-001
    root_key: String,
    /// Say what would be done, and touch nothing
    #[arg(long)]
    dry_run: bool,
    /// Stop after validation
    #[arg(long)]
    skip_load: bool,
    /// Use the newest raw extract of this root again
    #[arg(long, conflicts_with = "sample")]
    skip_extraction: bool,
    /// Move a part that is whole by its references: 1%
    #[arg(long, value_name = "SHARE")]
    sample: Option<String>,
    /// Refused: raw rows never reach CERT
    #[arg(long, hide = true)]
    skip_anonymization: bool,
}

impl Migrate {
    pub(super) fn run(&self, global: &Global) -> Result<()> {
        if self.skip_anonymization {
            return Err(Error::refused(
                "--skip-anonymization would put personal data into CERT: there is no such way",
            )
            .hint(
                "to keep a column as it is, give it the strategy `preserve` in anonymize.yaml, with a reason",
            ));
        }
        if let Some(share) = &self.sample {
            share.parse::<crate::slice::sample::Share>()?;
        }
        let pipeline = Pipeline::open(global, &self.root_key)?;
        if self.dry_run {
            return plan::show(global, &pipeline);
        }
        if !self.skip_load {
            guard::check(&pipeline.workspace, &pipeline.stores.prod, &pipeline.stores.cert)?;
        }
        let _lock = pipeline.lock()?;
        if let Some(finished) = recover::leftovers(global, &pipeline)? {
            words::note(global, &format!("{finished} holds {} now: nothing more to do", self.root_key));
            return Ok(());
        }
        let run = self.begin(global, &pipeline)?;
        words::note(global, &format!("run {} of {}", run.id, run.header.root_key));
        let events = pipeline::events(global, &run)?;
        let (done, written) = pipeline::reported(&run, &events, || {
            if !run.has(RunFile::Staging) {
                pipeline.extract(&run, &events)?;
            }
            pipeline.anonymize(&run, &events)?;
            pipeline.validate(&run, &events)?;
            match self.skip_load {
                true => Ok(()),
                false => pipeline.load(&run, None, &events).map(|_| ()),
            }
        });
        summary::show(global, &run, done, written)
    }

    fn begin(&self, global: &Global, pipeline: &Pipeline) -> Result<Run> {
        if !self.skip_extraction {
            return pipeline.begin(self.sample.as_deref());
        }
        let old = global.run(&self.root_key, |run| run.has(RunFile::Staging), "with a raw extract")?;
        let new = pipeline.begin(old.header.sample.as_deref())?;
        pipeline::adopt_staging(&old, &new)?;
        let context = serde_json::json!({"from": old.id});
        new.events()?.decision(Phase::Extract, "staging_reused", context);
        Ok(new)
    }
}
