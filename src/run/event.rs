//! `events.jsonl`: the append-only progress and audit log of a run. DuckDB allows one writing process
//! per file, so every other process reads progress from here. No event holds a cell value.

use super::Header;
use crate::error::{Error, Result};
use serde::{Deserialize, Serialize};
use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::Path;
use std::sync::Mutex;
use std::time::{Duration, Instant};

/// The phases of a run, in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Phase {
    /// Everything that could stop a run is looked at first.
    Preflight,
    /// PROD to staging.
    Extract,
    /// Staging to the run file.
    Anonymize,
    /// Checks and the gate.
    Validate,
    /// The run file to CERT.
    Load,
    /// Report files.
    Report,
    /// CERT compared with the run file.
    Verify,
    /// CERT put back as it was.
    Rollback,
    /// Removal of staging, backups or runs.
    Purge,
}

impl Phase {
    /// The word people read.
    pub fn word(self) -> &'static str {
        match self {
            Phase::Preflight => "preflight",
            Phase::Extract => "extract",
            Phase::Anonymize => "anonymize",
            Phase::Validate => "validate",
            Phase::Load => "load",
            Phase::Report => "report",
            Phase::Verify => "verify",
            Phase::Rollback => "rollback",
            Phase::Purge => "purge",
        }
    }
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Happening {
    /// The first line of every log.
    RunStarted(Header),
    /// A phase began.
    PhaseStarted {
        /// The phase.
        phase: Phase,
    },
    /// A phase went on. Written to the file at most once a second.
    Progress {
        /// The phase.
        phase: Phase,
        /// Units done.
        done: u64,
        /// Units expected; `None` when nobody knows.
        total: Option<u64>,
        /// What the units are: `rows`, `checks`.
        unit: String,
        /// What it is working on: `ids.students`.
        what: String,
    },
    /// A phase ended well.
    PhaseFinished {
        /// The phase.
        phase: Phase,
        /// Rows (or checks) it handled.
        count: u64,
        /// How long it took.
        seconds: f64,
        /// One line for people.
        summary: String,
    },
    /// A phase ended badly.
    PhaseFailed {
        /// The phase.
        phase: Phase,
        /// What happened.
        message: String,
    },
    /// The program chose between ways to go on.
    Decision {
        /// The phase.
        phase: Phase,
        /// `circular_dependency_break`, `continue_with_warnings`, `loading_strategy_selection`.
        decision: String,
        /// On what grounds.
        context: serde_json::Value,
    },
    /// Somebody did something that must be answered for: looked at raw data, purged, discarded.
    Audit {
        /// What.
        what: String,
    },
}

/// One line of the log.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// When: UTC, RFC 3339 with milliseconds.
    pub at: String,
    /// What.
    #[serde(flatten)]
    pub happening: Happening,
}

/// Called with every event as it happens: the terminal's progress lines.
pub type Listener = Box<dyn Fn(&Event) + Send + Sync>;

/// The open log. May be used from several threads.
pub struct Events {
    file: Mutex<File>,
    words: Mutex<File>,
    listener: Option<Listener>,
    progress_at: Mutex<Option<Instant>>,
}

impl Events {
    /// Opens the log in `dir` for appending, and the readable log at `words`.
    pub fn open(dir: &Path, words: &Path) -> Result<Events> {
        let open = |path: &Path| {
            OpenOptions::new().create(true).append(true).open(path).map_err(|cause| Error::file(path, &cause))
        };
        if let Some(folder) = words.parent() {
            std::fs::create_dir_all(folder).map_err(|cause| Error::file(folder, &cause))?;
        }
        Ok(Events {
            file: Mutex::new(open(&dir.join("events.jsonl"))?),
            words: Mutex::new(open(words)?),
            listener: None,
            progress_at: Mutex::new(None),
        })
    }

    /// Also calls `listener` with every event.
    pub fn listen(mut self, listener: Listener) -> Events {
        self.listener = Some(listener);
        self
    }

    /// Writes one event: one line, one write. A log that cannot be written does not stop the work.
    pub fn write(&self, happening: Happening) {
        let at = chrono::Utc::now().to_rfc3339_opts(chrono::SecondsFormat::Millis, true);
        let event = Event { at, happening };
        if !matches!(event.happening, Happening::Progress { .. }) || self.progress_is_due() {
            append(&self.file, &serde_json::json!(event).to_string());
            if let Some(words) = words(&event.happening) {
                append(&self.words, &format!("{} {words}", event.at));
            }
        }
        // The file first: what somebody was shown is what a crash leaves.
        if let Some(listener) = &self.listener {
            listener(&event);
        }
    }

    /// Shorthand for [`Happening::Progress`].
    pub fn progress(&self, phase: Phase, done: u64, total: Option<u64>, unit: &str, what: &str) {
        self.write(Happening::Progress { phase, done, total, unit: unit.into(), what: what.into() });
    }

    /// Shorthand for [`Happening::Decision`].
    pub fn decision(&self, phase: Phase, decision: &str, context: serde_json::Value) {
        self.write(Happening::Decision { phase, decision: decision.into(), context });
    }

    /// Runs a phase between its two events. `work` returns the count and the line for people.
    pub fn phase<T>(&self, phase: Phase, work: impl FnOnce() -> Result<(T, u64, String)>) -> Result<T> {
        self.write(Happening::PhaseStarted { phase });
        let begun = Instant::now();
        match work() {
            Ok((value, count, summary)) => {
                let seconds = begun.elapsed().as_secs_f64();
                self.write(Happening::PhaseFinished { phase, count, seconds, summary });
                Ok(value)
            }
            Err(error) => {
                self.write(Happening::PhaseFailed { phase, message: error.message.clone() });
                Err(error)
            }
        }
    }

    fn progress_is_due(&self) -> bool {
        let Ok(mut last) = self.progress_at.lock() else { return false };
        let is_due = last.is_none_or(|last| last.elapsed() >= Duration::from_secs(1));
        if is_due {
            *last = Some(Instant::now());
        }
        is_due
    }
}

/// The events of a run so far. A last line that a crash cut off is left out.
pub fn read(dir: &Path) -> Result<Vec<Event>> {
    let path = dir.join("events.jsonl");
    let text = std::fs::read_to_string(&path).map_err(|cause| Error::file(&path, &cause))?;
    Ok(text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect())
}

fn append(file: &Mutex<File>, line: &str) {
    if let Ok(mut file) = file.lock() {
        // A full disk must not hide the error of the phase itself.
        let _ = file.write_all(format!("{line}\n").as_bytes());
    }
}

/// The line of the readable log.
fn words(happening: &Happening) -> Option<String> {
    Some(match happening {
        Happening::RunStarted(header) => {
            format!("INFO: {} of project {} in environment {}", header.root_key, header.project, header.env)
        }
        Happening::PhaseStarted { phase } => format!("INFO: {} begins", phase.word()),
        Happening::Progress { phase, done, total, unit, what } => {
            let total = total.map_or(String::new(), |total| format!(" of {total}"));
            format!("INFO: {}: {done}{total} {unit}, {what}", phase.word())
        }
        Happening::PhaseFinished { phase, seconds, summary, .. } => {
            format!("INFO: {} took {seconds:.1} s: {summary}", phase.word())
        }
        Happening::PhaseFailed { phase, message } => format!("ERROR: {}: {message}", phase.word()),
        Happening::Decision { phase, decision, context } => {
            format!("INFO: {}: {decision}: {context}", phase.word())
        }
        Happening::Audit { what } => format!("AUDIT: {what}"),
    })
}
