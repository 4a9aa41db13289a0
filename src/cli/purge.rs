//! `datamig purge`: destroys what holds personal data. The wrapped key goes first: from then on nobody
//! reads the file again, whatever a disk keeps of it.

use super::{Global, output, words};
use crate::error::{Error, Result};
use crate::run::event::{Happening, Phase};
use crate::run::{Run, RunFile, keys, lock};
use std::path::Path;

/// Destroy the raw extract or the backup of a run, or the whole run
#[derive(clap::Args)]
pub struct Purge {
    /// Run id
    run: String,
    /// The raw extract (personal data); the anonymized run stays
    #[arg(long)]
    staging: bool,
    /// What CERT held before the load; the run cannot be rolled back any more
    #[arg(long)]
    backup: bool,
    /// Everything but reports and log
    #[arg(long, conflicts_with_all = ["staging", "backup"])]
    all: bool,
}

impl Purge {
    pub(super) fn run(&self, global: &Global) -> Result<()> {
        let run = Run::open(&global.workspace()?, &self.run)?;
        let wanted =
            [(RunFile::Staging, self.staging || self.all), (RunFile::Backup, self.backup || self.all)];
        let files: Vec<RunFile> =
            wanted.into_iter().filter(|(_, wanted)| *wanted).map(|(file, _)| file).collect();
        if files.is_empty() {
            return Err(Error::usage("nothing was named to purge").hint("say --staging, --backup or --all"));
        }
        let header = &run.header;
        let _lock = lock::tenant(&run.workspace, &header.project, &header.env, &header.root_key)?;
        let what: Vec<&str> = match self.all {
            true => vec!["everything"],
            false => files.iter().map(|file| file.catalog()).collect(),
        };
        let what = what.join(" and ");
        let question = format!("{what} of {} ({}) will be destroyed for ever.", run.id, header.root_key);
        words::confirm(global, &question, &run.id)?;
        let events = run.events()?;
        events.phase(Phase::Purge, || {
            for file in &files {
                destroy(&run, *file)?;
            }
            Ok(((), files.len() as u64, format!("{what} destroyed")))
        })?;
        events.write(Happening::Audit { what: format!("{what} of {} destroyed", run.id) });
        if self.all {
            std::fs::remove_dir_all(&run.dir).map_err(|cause| Error::file(&run.dir, &cause))?;
        }
        if global.json {
            return output::json(&serde_json::json!({"run_id": run.id, "purged": what}));
        }
        words::note(global, &format!("{what} of {} destroyed", run.id));
        Ok(())
    }
}

fn destroy(run: &Run, file: RunFile) -> Result<()> {
    keys::destroy(&run.dir, file.catalog())?;
    let name = format!("{}.duckdb", file.catalog());
    for ending in ["", ".wal", ".new", ".new.wal"] {
        remove(&run.dir.join(format!("{name}{ending}")))?;
    }
    let temp = run.dir.join("tmp");
    match std::fs::remove_dir_all(&temp) {
        Err(cause) if cause.kind() != std::io::ErrorKind::NotFound => Err(Error::file(&temp, &cause)),
        _ => Ok(()),
    }
}

fn remove(path: &Path) -> Result<()> {
    match std::fs::remove_file(path) {
        Err(cause) if cause.kind() != std::io::ErrorKind::NotFound => Err(Error::file(path, &cause)),
        _ => Ok(()),
    }
}
