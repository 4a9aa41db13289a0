//! Where a run stands, read from its `events.jsonl`: no file of the run is opened for that.

use crate::error::Result;
use crate::run::event::{self, Happening, Phase};
use crate::run::{Run, lock};
use serde::Serialize;

/// Where a run stands.
#[derive(Serialize)]
pub struct State {
    /// `mig-20261120-001`
    pub run_id: String,
    /// The project.
    pub project: String,
    /// The environment.
    pub env: String,
    /// The root's key.
    pub root_key: String,
    /// When it began: UTC, to the second.
    pub started_at: String,
    /// The sum of its phases, in seconds.
    pub seconds: f64,
    /// Rows extracted, once known.
    pub rows: Option<u64>,
    /// In words: `loaded`, `failed in validate`, `broke off in load`, `running: extract`.
    pub status: String,
    /// The phases so far, in order.
    pub phases: Vec<Step>,
}

/// One phase of a run, as far as it came.
#[derive(Serialize)]
pub struct Step {
    /// The phase.
    pub phase: Phase,
    /// When it began: UTC.
    pub started_at: String,
    /// `running`, `done`, `failed`.
    pub state: &'static str,
    /// How long it took.
    pub seconds: Option<f64>,
    /// Rows or checks so far.
    pub count: u64,
    /// Rows or checks in all, where somebody knows.
    pub total: Option<u64>,
    /// What it said, or is working on.
    pub words: String,
}

impl State {
    /// Reads where a run stands.
    pub fn of(run: &Run) -> Result<State> {
        let events = event::read(&run.dir)?;
        let started_at = events.first().map_or_else(String::new, |event| second(&event.at));
        let mut phases: Vec<Step> = Vec::new();
        for event in events {
            note(&mut phases, event);
        }
        let brings = |step: &&Step| matches!(step.phase, Phase::Extract | Phase::Anonymize);
        let rows = phases.iter().filter(brings).rfind(|step| step.state == "done").map(|step| step.count);
        let header = &run.header;
        Ok(State {
            run_id: run.id.clone(),
            project: header.project.clone(),
            env: header.env.clone(),
            root_key: header.root_key.clone(),
            started_at,
            // The sum of nothing is -0.0.
            seconds: phases.iter().filter_map(|step| step.seconds).fold(0.0, |sum, seconds| sum + seconds),
            rows,
            status: status(run, &phases),
            phases,
        })
    }

    /// Whether a load ended well.
    pub fn has_loaded(&self) -> bool {
        self.phases.iter().any(|step| step.phase == Phase::Load && step.state == "done")
    }

    /// Whether a phase has begun, whatever came of it.
    pub fn has_begun(&self, phase: Phase) -> bool {
        self.phases.iter().any(|step| step.phase == phase)
    }

    /// The phase that began and never ended, unless a living process is at it.
    pub fn broken(&self) -> Option<Phase> {
        let last = self.phases.last()?;
        (last.state == "running" && !self.status.starts_with("running")).then_some(last.phase)
    }
}

fn note(phases: &mut Vec<Step>, event: event::Event) {
    let at = second(&event.at);
    match event.happening {
        Happening::PhaseStarted { phase } => phases.push(Step {
            phase,
            started_at: at,
            state: "running",
            seconds: None,
            count: 0,
            total: None,
            words: String::new(),
        }),
        Happening::Progress { phase, done, total, what, .. } => {
            if let Some(step) = last(phases, phase) {
                (step.count, step.total, step.words) = (done, total, what);
            }
        }
        Happening::PhaseFinished { phase, count, seconds, summary } => {
            if let Some(step) = last(phases, phase) {
                (step.state, step.count, step.seconds, step.words) = ("done", count, Some(seconds), summary);
            }
        }
        Happening::PhaseFailed { phase, message } => {
            if let Some(step) = last(phases, phase) {
                (step.state, step.words) = ("failed", message);
            }
        }
        _ => {}
    }
}

fn last(phases: &mut [Step], phase: Phase) -> Option<&mut Step> {
    phases.iter_mut().rfind(|step| step.phase == phase)
}

fn status(run: &Run, phases: &[Step]) -> String {
    // A report or a purge says nothing about how far the rows came.
    let says = |step: &&Step| !matches!(step.phase, Phase::Report | Phase::Purge);
    let Some(last) = phases.iter().rfind(says) else { return "begun".into() };
    let word = last.phase.word();
    match (last.state, last.phase) {
        ("failed", _) => format!("failed in {word}"),
        ("running", _) => {
            let header = &run.header;
            match lock::is_held(&run.workspace, &header.project, &header.env, &header.root_key) {
                false => format!("broke off in {word}"),
                true => format!("running: {word}"),
            }
        }
        (_, Phase::Preflight) => "begun".into(),
        (_, Phase::Extract) => "extracted".into(),
        (_, Phase::Anonymize) => "anonymized".into(),
        (_, Phase::Validate) => format!("validated: {}", last.words.split(':').next().unwrap_or_default()),
        (_, Phase::Load | Phase::Report | Phase::Purge) => "loaded".into(),
        (_, Phase::Verify) => "verified".into(),
        (_, Phase::Rollback) => "rolled back".into(),
    }
}

/// `2026-11-20T10:00:00.123Z` to the second.
fn second(at: &str) -> String {
    at.get(..19).unwrap_or(at).replace('T', " ")
}
