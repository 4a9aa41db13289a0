//! One error type, sorted by what the caller must do about it, and the only way an engine's message
//! gets out. Engines quote cell values in their errors, and a cell may hold a child's name: what the
//! engine said is kept only where it can speak of nothing but names and states.

use std::fmt;
use std::path::{Path, PathBuf};

/// The result of everything in datamig.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What the caller must do; each kind is one exit code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Findings at or above the gate: look at them.
    Findings,
    /// The command line is wrong: correct the call.
    Usage,
    /// Configuration, rule or SQL is wrong: correct the file.
    Config,
    /// A store does not answer: try again later.
    Unreachable,
    /// Refused for safety: nothing was done.
    Refused,
    /// A bug or a broken machine.
    Internal,
    /// Another run holds this tenant or target: try again later.
    Busy,
    /// Stopped by Ctrl-C.
    Interrupted,
}

impl Kind {
    /// The exit code of the process.
    pub fn exit_code(self) -> u8 {
        match self {
            Kind::Findings => 1,
            Kind::Usage => 2,
            Kind::Config => 3,
            Kind::Unreachable => 4,
            Kind::Refused => 5,
            Kind::Internal => 6,
            Kind::Busy => 7,
            Kind::Interrupted => 130,
        }
    }

    /// Whether the same call may succeed later, unchanged.
    pub fn is_retryable(self) -> bool {
        matches!(self, Kind::Unreachable | Kind::Busy)
    }
}

/// A place in a file the user wrote. `line` counts from 1; 0 means the file as a whole.
#[derive(Clone, Debug, PartialEq, Eq, Default, serde::Serialize)]
pub struct Location {
    /// The file, as the user would name it.
    pub file: PathBuf,
    /// The line, from 1.
    pub line: usize,
}

impl Location {
    /// A place in a file.
    pub fn new(file: impl Into<PathBuf>, line: usize) -> Self {
        Location { file: file.into(), line }
    }
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            0 => write!(f, "{}", self.file.display()),
            line => write!(f, "{}:{line}", self.file.display()),
        }
    }
}

/// What happened, where, and what to do next.
#[derive(Debug)]
pub struct Error {
    /// What the caller must do.
    pub kind: Kind,
    /// What happened, without any cell value.
    pub message: String,
    /// The place in the user's file.
    pub at: Option<Location>,
    /// The next step.
    pub hint: Option<String>,
}

macro_rules! constructors {
    ($($name:ident $kind:ident)*) => {
        impl Error {
            $(#[doc = concat!("An error of kind `", stringify!($kind), "`.")]
            pub fn $name(message: impl Into<String>) -> Self {
                Error { kind: Kind::$kind, message: message.into(), at: None, hint: None }
            })*
        }
    };
}
constructors! { findings Findings usage Usage config Config unreachable Unreachable refused Refused
internal Internal busy Busy interrupted Interrupted }

impl Error {
    /// Adds the place in the user's file.
    pub fn at(mut self, at: Location) -> Self {
        self.at = Some(at);
        self
    }

    /// Adds the next step.
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Says what was being done when it happened: `context: message`.
    pub fn context(mut self, context: impl fmt::Display) -> Self {
        self.message = format!("{context}: {}", self.message);
        self
    }

    /// A file that could not be read or written.
    pub fn file(path: &Path, cause: &std::io::Error) -> Self {
        let error = Error::internal(format!("{}: {}", path.display(), io_words(cause)));
        match cause.kind() {
            std::io::ErrorKind::InvalidData => Error { kind: Kind::Config, ..error }.hint("save it as UTF-8"),
            std::io::ErrorKind::StorageFull => error.hint("free some disk space and run the command again"),
            std::io::ErrorKind::PermissionDenied => error.hint("check the owner and mode of the file"),
            _ => error,
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        if let Some(at) = &self.at {
            write!(f, "\n  at {at}")?;
        }
        if let Some(hint) = &self.hint {
            write!(f, "\nhint: {hint}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Error {}

impl From<std::io::Error> for Error {
    fn from(cause: std::io::Error) -> Self {
        Error::internal(io_words(&cause))
    }
}

impl From<arrow::error::ArrowError> for Error {
    fn from(_: arrow::error::ArrowError) -> Self {
        Error::internal(
            "a batch of rows could not be built (the engine's words are withheld: they may quote values)",
        )
    }
}

impl From<duckdb::Error> for Error {
    fn from(cause: duckdb::Error) -> Self {
        duckdb_error(&cause.to_string())
    }
}

fn io_words(cause: &std::io::Error) -> String {
    match cause.kind() {
        std::io::ErrorKind::StorageFull => "no space left on the disk".into(),
        std::io::ErrorKind::NotFound => "no such file or folder".into(),
        std::io::ErrorKind::PermissionDenied => "permission denied".into(),
        std::io::ErrorKind::InvalidData => "its text is not UTF-8".into(),
        kind => kind.to_string(),
    }
}

/// Messages of these classes speak of names, files and states, never of cells.
const DUCKDB_SAFE: [&str; 8] = [
    "Binder Error",
    "Catalog Error",
    "Dependency Error",
    "INTERRUPT Error",
    "IO Error",
    "Out of Memory Error",
    "Permission Error",
    "TransactionContext Error",
];

macro_rules! mask_refusals {
    ($($(#[$doc:meta])* $name:ident $text:literal)*) => {
        $($(#[$doc])* pub const $name: &str = $text;)*
        /// What our masking functions may say; the words are fixed, so they cannot quote a value.
        const MASK_REFUSALS: &[&str] = &[$($name),*];
    };
}
mask_refusals! {
    /// A wrong parameter of a strategy.
    MASK_BAD_ARGUMENT "a parameter of a masking strategy is wrong"
    /// A date parameter that cannot be read or leaves the calendar.
    MASK_BAD_DATE "a masking strategy got a date or a number of days that it cannot use"
    /// No room for a fake that is unique.
    MASK_NO_ROOM "a column is too short for a unique fake: the suffix alone takes 13 characters"
    /// A leaf whose value is written otherwise than it was when it was numbered.
    MASK_NO_TOKEN "a value in JSON has no token (a number with a fraction or an exponent, or a strange key): choose another strategy"
    /// Text that is no JSON, where places in it have strategies.
    MASK_NOT_JSON "a value whose places in JSON have strategies of their own is not JSON (or nested too deeply): none of them was found in it"
    /// Text that is no text.
    MASK_NOT_TEXT "a value to be masked is not valid UTF-8"
    /// A value longer than the cipher's range.
    MASK_TOO_LONG "a value is too long for format-preserving encryption: choose another strategy"
    /// A value below FF1's floor, or with letters that could not be replaced.
    MASK_TOO_SHORT "a value is too short for format-preserving encryption (fewer than 10^6 of its layout) or has letters beyond ASCII: choose another strategy"
}

/// DuckDB's error with everything that may quote a cell or a key removed.
pub fn duckdb_error(text: &str) -> Error {
    let first = text.lines().next().unwrap_or_default();
    let class = first.split(':').next().unwrap_or_default().trim();
    if text.contains("ENCRYPTION_KEY") {
        return Error::internal(
            "an encrypted file could not be attached (the statement is withheld: it holds the key)",
        );
    }
    if text.contains("No space left on device") || text.contains("ENOSPC") {
        return Error::internal("no space left on the disk")
            .hint("free some disk space and run the command again");
    }
    if let Some(ours) = MASK_REFUSALS.iter().find(|ours| text.contains(*ours)) {
        return Error::config(*ours);
    }
    if first.starts_with("Constraint Error: NOT NULL constraint failed: ") {
        return Error::internal(first.to_owned());
    }
    if first.contains("attached in read-only mode") {
        return Error::refused("the file is open read-only: nothing in it can be changed");
    }
    if class == "Parser Error" {
        return Error::config(first.to_owned());
    }
    if class == "Binder Error" || class == "Catalog Error" {
        return Error::config(first.to_owned());
    }
    if DUCKDB_SAFE.contains(&class) {
        return Error::internal(first.to_owned());
    }
    let class = if class.ends_with("Error") && class.len() < 40 { class } else { "error" };
    Error::internal(format!("DuckDB reports a {class} (its words are withheld: they may quote values)"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_engine_error_never_quotes_a_cell() {
        for text in [
            "Conversion Error: Could not convert string 'bob@x.org' to INT32",
            "Constraint Error: Duplicate key \"e: bob@x.org\" violates unique constraint",
            "Invalid Input Error: Malformed JSON at bob@x.org",
            "bob@x.org",
        ] {
            let error = duckdb_error(text).to_string();
            assert!(!error.contains("bob"), "{error}");
        }
    }

    #[test]
    fn a_key_in_a_statement_is_withheld() {
        let error = duckdb_error("Parser Error: syntax error at ... ENCRYPTION_KEY 'c0ffee'");
        assert!(!error.to_string().contains("c0ffee"));
    }

    #[test]
    fn names_survive() {
        let error = duckdb_error("Binder Error: Referenced column \"agee\" not found\nLINE 1: ...");
        assert_eq!(error.kind, Kind::Config);
        assert!(error.message.contains("agee"));
    }
}
