//! `datamig migrate`: the whole pipeline for one root.

use super::part::PartOf;
use super::pipeline::{self, Pipeline};
use super::state::State;
use super::{Global, plan, recover, summary, words};
use crate::error::{Error, Result};
use crate::run::cert::guard;
use crate::run::event::Phase;
use crate::run::{Run, RunFile};
use crate::slice::part::Part;

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
    #[arg(long, conflicts_with_all = ["sample", "condition"])]
    skip_extraction: bool,
    /// Go on with the newest run of this root that did not end: with what it has whole
    #[arg(long, conflicts_with = "skip_extraction")]
    resume: bool,
    #[command(flatten)]
    part: PartOf,
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
        let part = self.part.part()?;
        let pipeline = Pipeline::open(global, &self.root_key)?;
        pipeline.check(part.as_ref())?;
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
        let (run, part) = match self.resume {
            true => self.broken_off(global)?,
            false => (self.begin(global, &pipeline, part.as_ref())?, part),
        };
        words::note(global, &format!("run {} of {}", run.id, run.header.root_key));
        let events = pipeline::events(global, &run)?;
        let (done, written) = pipeline::reported(&run, &events, || {
            if !run.has(RunFile::Staging) {
                pipeline.extract(&run, part.as_ref(), self.part.jobs, &events)?;
            }
            if !run.has(RunFile::Run) {
                pipeline.anonymize(&run, &events)?;
            }
            pipeline.validate(&run, &events)?;
            match self.skip_load {
                true => Ok(()),
                false => pipeline.load(&run, None, &events).map(|_| ()),
            }
        });
        summary::show(global, &run, done, written)
    }

    /// The run to go on with.
    fn broken_off(&self, global: &Global) -> Result<(Run, Option<Part>)> {
        let run = global.run(
            &self.root_key,
            |run| !State::of(run).is_ok_and(|state| state.has_loaded()),
            "that did not end",
        )?;
        if run.has(RunFile::Staging) {
            return Ok((run, None));
        }
        words::snapshots_are_gone(global, &run.id);
        let part = self.part.of_run(&run)?;
        Ok((run, part))
    }

    fn begin(&self, global: &Global, pipeline: &Pipeline, part: Option<&Part>) -> Result<Run> {
        if !self.skip_extraction {
            return pipeline.begin(part.map(Part::to_string));
        }
        let old = global.run(&self.root_key, |run| run.has(RunFile::Staging), "with a raw extract")?;
        let new = pipeline.begin(old.header.sample.clone())?;
        pipeline::adopt_staging(&old, &new)?;
        let context = serde_json::json!({"from": old.id});
        new.events()?.decision(Phase::Extract, "staging_reused", context);
        Ok(new)
    }
}
