//! What a project says about loading a table.

use serde::{Deserialize, Serialize};

/// How the rows of a table are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "snake_case")]
pub enum Strategy {
    /// Decided by what the target holds.
    #[default]
    Auto,
    /// An existing key is refused.
    Insert,
    /// New rows are inserted, others changed where they differ.
    Upsert,
    /// The same, and rows that earlier runs of the tenant inserted and this run does not have are deleted.
    Merge,
}

impl Strategy {
    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Strategy::Auto => "auto",
            Strategy::Insert => "insert",
            Strategy::Upsert => "upsert",
            Strategy::Merge => "merge",
        }
    }
}

/// What becomes of the triggers of a table that is loaded. Foreign keys stay checked.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(untagged, expecting = "`off`, or `{fire: [store.table]}` with the tables they write")]
pub enum Triggers {
    /// A word alone.
    Word(TriggersWord),
    /// They fire.
    Fire {
        /// The tables of the same store that they write, `ids.audit_log`, and no others.
        fire: Vec<String>,
    },
}

/// The word for triggers that do not fire.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TriggersWord {
    /// They do not fire.
    Off,
}
