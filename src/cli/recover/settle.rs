//! One run that broke off: finished or undone, and its log closed.

use crate::cli::pipeline::{self, Pipeline};
use crate::cli::state::State;
use crate::cli::{Global, words};
use crate::error::Result;
use crate::phase::{recover, report};
use crate::run::event::{Happening, Phase};
use crate::run::{Run, RunFile};

/// Settles what earlier runs of this root left over. Returns the run whose load it finished, if any. The
/// caller holds the tenant's lock.
pub(in crate::cli) fn leftovers(global: &Global, pipeline: &Pipeline) -> Result<Option<String>> {
    let mut finished = None;
    for run in Run::list(&pipeline.workspace) {
        let header = &run.header;
        let is_ours = header.project == pipeline.project.name
            && header.env == pipeline.env
            && header.root_key == pipeline.root_key;
        if is_ours && has_broken_off(&run)? && settle(global, pipeline, &run)? {
            finished = Some(run.id);
        }
    }
    Ok(finished)
}

/// Whether a run broke off and nobody works on it.
pub(super) fn is_left_over(run: &Run) -> Result<bool> {
    Ok(has_broken_off(run)? && State::of(run)?.broken().is_some() || recover::is_needed(run)?)
}

/// Whether the log or the load's journal ends in the middle of something.
fn has_broken_off(run: &Run) -> Result<bool> {
    let is_open = State::of(run)?.phases.last().is_some_and(|step| step.state == "running");
    Ok(is_open || recover::is_needed(run)?)
}

/// Finishes or undoes, and closes the log. Returns whether CERT holds the run now.
pub(super) fn settle(global: &Global, pipeline: &Pipeline, run: &Run) -> Result<bool> {
    let events = pipeline::events(global, run)?;
    let open = State::of(run)?.phases.pop().filter(|step| step.state == "running").map(|step| step.phase);
    if let Some(phase) = open {
        words::note(global, &format!("{} broke off in {}", run.id, phase.word()));
    }
    let outcome = recover::execute(&recover::Request {
        run,
        project: &pipeline.project,
        keys: &pipeline.keys,
        targets: &pipeline.stores.cert,
        events: &events,
    })?;
    for file in [RunFile::Run, RunFile::Staging, RunFile::Backup] {
        run.draft(file)?;
    }
    let words = match open {
        Some(Phase::Load | Phase::Rollback) => outcome.words.clone(),
        _ if outcome.has_acted => outcome.words.clone(),
        _ => "CERT was not touched; what it had begun to write is removed".to_owned(),
    };
    words::note(global, &format!("  {words}"));
    match (open, outcome.is_loaded) {
        (Some(Phase::Load), true) => events.write(Happening::PhaseFinished {
            phase: Phase::Load,
            count: 0,
            seconds: 0.0,
            summary: words,
        }),
        (Some(phase), _) => {
            events.write(Happening::PhaseFailed { phase, message: format!("broke off; {words}") })
        }
        (None, _) => {}
    }
    report::execute(run)?;
    Ok(outcome.is_loaded && matches!(open, Some(Phase::Load)))
}
