//! `datamig recover`: what a crash left is found, said, and finished or undone. `migrate` begins with it.

mod settle;

use super::pipeline::Pipeline;
use super::{Global, probe, words};
use crate::error::Result;
use crate::project::Project;
use crate::run::Run;
use crate::run::cert::prepared;
pub(super) use settle::leftovers;
use settle::{is_left_over, settle};

/// Finish or undo what a crash left
#[derive(clap::Args)]
pub struct Recover {
    /// Run id [default: every run that needs it]
    run: Option<String>,
}

impl Recover {
    pub(super) fn run(&self, global: &Global) -> Result<()> {
        let workspace = global.workspace()?;
        let runs = match &self.run {
            Some(id) => vec![Run::open(&workspace, id)?],
            None => Run::list(&workspace),
        };
        // What a run that this workspace does not know has prepared in these stores concerns everybody.
        let (project, env) = match (&self.run, runs.as_slice()) {
            (Some(_), [run]) => (&run.header.project, &run.header.env),
            _ => (&global.project, &global.env),
        };
        let endpoints = Project::load(&workspace, project)?.endpoints(env, &global.variables()?)?;
        let targets = probe::targets(&endpoints)?;
        let stores = prepared::named(&targets);
        let waiting = prepared::waiting(&stores)?;
        let mut is_clean = true;
        for run in runs {
            if is_left_over(&run)? || waiting.iter().any(|one| !one.is_owned && one.run == run.name()) {
                is_clean = false;
                let pipeline = Pipeline::of_run(global, &run)?;
                let _lock = pipeline.lock()?;
                settle(global, &pipeline, &run)?;
            }
        }
        for words in prepared::settle_strangers(&stores, &Run::list(&workspace))? {
            is_clean = false;
            words::note(global, &words);
        }
        if is_clean {
            words::note(global, "nothing is left over: every run ended by itself");
        }
        Ok(())
    }
}
