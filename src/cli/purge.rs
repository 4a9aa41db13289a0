//! `datamig purge`: destroys what holds personal data, of one run or of many.

use super::state::State;
use super::{Global, output, words};
use crate::error::{Error, Kind, Result};
use crate::run::cert::journal;
use crate::run::event::{Happening, Phase};
use crate::run::{Run, RunFile, destroy, lock};
use chrono::{TimeDelta, Utc};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Destroy the raw extract or the backup of a run, or the whole run
#[derive(clap::Args)]
pub struct Purge {
    /// Run id
    #[arg(required_unless_present_any = ["older_than", "state", "keep"])]
    run: Option<String>,
    /// The raw extract (personal data); the anonymized run stays
    #[arg(long)]
    staging: bool,
    /// What CERT held before the load; the run cannot be rolled back any more
    #[arg(long)]
    backup: bool,
    /// Everything but reports and log
    #[arg(long, conflicts_with_all = ["staging", "backup"])]
    all: bool,
    /// Instead of one run: those that began longer ago (30d, 12h)
    #[arg(long, value_name = "AGE", value_parser = age, conflicts_with = "run")]
    older_than: Option<TimeDelta>,
    /// Instead of one run: those whose status begins so (failed, loaded, rolled back)
    #[arg(long, value_name = "STATUS", conflicts_with = "run")]
    state: Option<String>,
    /// Instead of one run: all but the newest so many of each root
    #[arg(long, value_name = "N", conflicts_with = "run")]
    keep: Option<usize>,
    /// Say what would be destroyed, and destroy nothing
    #[arg(long)]
    dry_run: bool,
}

impl Purge {
    pub(super) fn run(&self, global: &Global) -> Result<()> {
        let wanted =
            [(RunFile::Staging, self.staging || self.all), (RunFile::Backup, self.backup || self.all)];
        let files: Vec<RunFile> =
            wanted.into_iter().filter(|(_, wanted)| *wanted).map(|(file, _)| file).collect();
        if files.is_empty() {
            return Err(Error::usage("nothing was named to purge").hint("say --staging, --backup or --all"));
        }
        let what: Vec<&str> = match self.all {
            true => vec!["everything"],
            false => files.iter().map(|file| file.catalog()).collect(),
        };
        let what = what.join(" and ");
        let workspace = global.workspace()?;
        let (runs, broken) = match &self.run {
            Some(id) => match Run::open(&workspace, id) {
                Err(error) if self.all && error.kind == Kind::Config => {
                    (vec![], Some(Broken { id, dir: Run::folder(&workspace, id)?, why: error.message }))
                }
                run => (vec![run?], None),
            },
            None => (self.chosen(&workspace, &files)?, None),
        };
        let names = runs.iter().map(|run| format!("{} ({})", run.id, run.header.root_key));
        let names: Vec<String> =
            names.chain(broken.iter().map(|one| format!("{} ({})", one.id, one.why))).collect();
        if self.dry_run || names.is_empty() {
            let names = if names.is_empty() { "no run".to_owned() } else { names.join(", ") };
            words::note(global, &format!("{what} of {names} would be destroyed; nothing was done"));
            return self.answer(global, &what, &runs.iter().collect::<Vec<_>>());
        }
        let question = format!("{what} of {} will be destroyed for ever.", names.join(", "));
        words::confirm(global, &question, self.run.as_deref().unwrap_or("yes"))?;
        if let Some(broken) = &broken {
            broken.purge()?;
            words::note(global, &format!("{what} of {} destroyed", broken.id));
        }
        let mut purged = Vec::new();
        for run in &runs {
            match self.purge(run, &files, &what) {
                // Of many those that can be purged are.
                Err(error) if self.run.is_none() && matches!(error.kind, Kind::Busy | Kind::Refused) => {
                    words::note(global, &format!("{} stays: {}", run.id, error.message));
                }
                done => {
                    done?;
                    words::note(global, &format!("{what} of {} destroyed", run.id));
                    purged.push(run);
                }
            }
        }
        self.answer(global, &what, &purged)
    }

    /// What was destroyed, or would be, as JSON where that is asked for.
    fn answer(&self, global: &Global, what: &str, runs: &[&Run]) -> Result<()> {
        if !global.json {
            return Ok(());
        }
        let ids: Vec<&str> = runs.iter().map(|run| run.id.as_str()).collect();
        output::json(&match &self.run {
            Some(id) => serde_json::json!({"run_id": id, "purged": what, "dry_run": self.dry_run}),
            None => serde_json::json!({"run_ids": ids, "purged": what, "dry_run": self.dry_run}),
        })
    }

    /// The runs of the workspace that were asked for and have something to destroy, oldest first.
    fn chosen(&self, workspace: &Path, files: &[RunFile]) -> Result<Vec<Run>> {
        let limit = self.older_than.map(|age| Utc::now().checked_sub_signed(age).unwrap_or_default());
        let limit = limit.map(|limit| limit.format("%Y-%m-%d %H:%M:%S").to_string());
        let mut newer: BTreeMap<[String; 3], usize> = BTreeMap::new();
        let mut chosen = Vec::new();
        for run in Run::list(workspace).into_iter().rev() {
            let header = &run.header;
            let root = [&header.project, &header.env, &header.root_key].map(String::clone);
            let place = newer.entry(root).or_default();
            *place += 1;
            let state = State::of(&run)?;
            let is_old = limit.as_ref().is_none_or(|limit| state.started_at < *limit);
            let fits = self.state.as_ref().is_none_or(|word| begins(&state.status, word));
            let has_any = self.all || files.iter().any(|file| run.has(*file));
            if self.keep.is_none_or(|keep| *place > keep) && is_old && fits && has_any {
                chosen.push(run);
            }
        }
        chosen.reverse();
        Ok(chosen)
    }

    /// Purges one run, unless somebody works on it or its load is half done.
    fn purge(&self, run: &Run, files: &[RunFile], what: &str) -> Result<()> {
        let header = &run.header;
        let _lock = lock::tenant(&run.workspace, &header.project, &header.env, &header.root_key)?;
        if journal::read(run)?.is_some_and(|journal| journal.state.is_half()) {
            return Err(journal::half(run));
        }
        let events = run.events()?;
        events.phase(Phase::Purge, || {
            // Of a whole run they go together: they may be damaged.
            if self.all {
                destroy::keys(&run.dir)?;
            }
            files.iter().try_for_each(|file| destroy::file(run, *file))?;
            Ok(((), files.len() as u64, format!("{what} destroyed")))
        })?;
        events.write(Happening::Audit { what: format!("{what} of {} destroyed", run.id) });
        match self.all {
            true => destroy::folder(&run.dir),
            false => Ok(()),
        }
    }
}

/// A run that cannot be opened.
struct Broken<'a> {
    id: &'a str,
    dir: PathBuf,
    why: String,
}

impl Broken<'_> {
    /// Destroys all of it, unless it is needed to finish or undo a load.
    fn purge(&self) -> Result<()> {
        if journal::read_in(&self.dir)?.is_some_and(|journal| journal.state.is_half()) {
            return Err(Error::refused(format!("a load or rollback of {} broke off", self.id)).hint(
                "put its events.jsonl back, or use its version: `datamig recover` finishes or undoes it",
            ));
        }
        destroy::folder(&self.dir)
    }
}

/// `30d` or `12h`.
fn age(text: &str) -> Result<TimeDelta, &'static str> {
    let number = |unit: char| text.strip_suffix(unit).and_then(|number| number.parse::<u32>().ok());
    match (number('d'), number('h')) {
        (Some(days), _) => Ok(TimeDelta::days(days.into())),
        (_, Some(hours)) => Ok(TimeDelta::hours(hours.into())),
        _ => Err("write days or hours: 30d, 12h"),
    }
}

/// Whether a status begins with a whole word or several: `failed in load` with `failed`.
fn begins(status: &str, words: &str) -> bool {
    status.strip_prefix(words).is_some_and(|rest| rest.is_empty() || rest.starts_with([' ', ':']))
}
