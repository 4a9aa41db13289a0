//! `load.json`: how far a load or an undo is. It is replaced before each step that changes what a crash
//! leaves behind; together with the decision row in every store it says what to do next.

use crate::error::{Error, Result};
use crate::run::{Run, keys};
use serde::{Deserialize, Serialize};
use std::path::Path;

/// How far it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// The before-images are durable; nothing is written.
    Prepared,
    /// Rows are being written in open transactions; a crash leaves nothing.
    Writing,
    /// It is decided: from here on stores may have committed, and the load is finished.
    Deciding,
    /// Every store has committed.
    Loaded,
    /// It is decided that CERT is put back; some stores may be already.
    Undoing,
    /// It is decided that what runs of the tenant inserted goes by the ledger; it may be gone from some stores.
    Sweeping,
    /// CERT is as it was, or the rows that the run inserted are gone.
    Undone,
}

impl State {
    /// Whether it is decided what is to become of the stores, and perhaps not done in all of them.
    pub fn is_half(self) -> bool {
        matches!(self, State::Deciding | State::Undoing | State::Sweeping)
    }
}

/// The journal of one run.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Journal {
    /// How far it is.
    pub state: State,
    /// Since when: UTC, RFC 3339.
    pub at: String,
    /// The stores.
    pub stores: Vec<String>,
}

/// The decision row of a store that holds the run.
pub const LOADED: &str = "loaded";
/// The decision row of a store from which the run was taken back.
pub const UNDONE: &str = "undone";

/// The journal of a run; `None` when nothing was ever loaded.
pub fn read(run: &Run) -> Result<Option<Journal>> {
    read_in(&run.dir)
}

/// The same of a run that cannot be opened, by its folder.
pub fn read_in(dir: &Path) -> Result<Option<Journal>> {
    let path = dir.join("load.json");
    match std::fs::read_to_string(&path) {
        Ok(text) => serde_json::from_str(&text).map(Some).map_err(|_| {
            Error::config(format!("{} is damaged", path.display())).hint("restore it from a backup")
        }),
        Err(cause) if cause.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(cause) => Err(Error::file(&path, &cause)),
    }
}

/// What is said of a run in a state that is half.
pub fn half(run: &Run) -> Error {
    Error::refused(format!("a load or rollback of {} broke off", run.id))
        .hint("`datamig recover` finishes or undoes it")
}

/// Makes a state durable.
pub fn write(run: &Run, state: State, stores: &[String]) -> Result<()> {
    let at = chrono::Utc::now().to_rfc3339_opts(chrono::SecondsFormat::Millis, true);
    let journal = Journal { state, at, stores: stores.to_vec() };
    keys::replace_file(&run.dir.join("load.json"), &serde_json::json!(journal).to_string(), 0o600)?;
    // The new name must survive a power cut before the first commit does.
    let folder = std::fs::File::open(&run.dir).and_then(|folder| folder.sync_all());
    folder.map_err(|cause| Error::file(&run.dir, &cause))
}
