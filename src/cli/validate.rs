//! `datamig validate`: the third phase alone.

use super::pipeline::{self, Pipeline};
use super::{Global, export, output, summary};
use crate::error::{Error, Kind, Result};
use crate::run::{Run, RunFile};
use crate::sql;
use std::path::{Path, PathBuf};

/// Run all checks of a run and decide whether it may be loaded
#[derive(clap::Args)]
pub struct Validate {
    /// Run id, or root key for its newest run
    run: String,
    /// Also write every check's outcome as JUnit XML
    #[arg(long, value_name = "FILE")]
    junit: Option<PathBuf>,
}

impl Validate {
    pub(super) fn run(&self, global: &Global) -> Result<()> {
        let run = global.run(&self.run, |run| run.has(RunFile::Run), "with anonymized rows")?;
        let pipeline = Pipeline::of_run(global, &run)?;
        let _lock = pipeline.lock()?;
        let events = pipeline::events(global, &run)?;
        let (done, written) =
            pipeline::reported(&run, &events, || pipeline.validate(&run, &events).map(|_| ()));
        // A verdict is an outcome, also when it is FAILED; anything else left none.
        if done.as_ref().map_or_else(|error| error.kind == Kind::Findings, |()| true) {
            if let Some(file) = &self.junit {
                junit(&run, file)?;
            }
            if global.json {
                let path = run.dir.join("validation-report.json");
                output::stdout(&std::fs::read(&path).map_err(|cause| Error::file(&path, &cause))?)?;
                return done.and(written.map(|_| ()));
            }
        }
        summary::show(global, &run, done, written)
    }
}

fn junit(run: &Run, file: &Path) -> Result<()> {
    let report: String = export::open(run)?.one(sql::get("validate/junit.sql"), [])?;
    std::fs::write(file, report).map_err(|cause| Error { kind: Kind::Usage, ..Error::file(file, &cause) })
}
