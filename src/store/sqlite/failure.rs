//! The only way an error of SQLite gets out. Its words are kept where they speak of names only.

use crate::error::Error;
use rusqlite::ffi;

/// The words of an error for `file`, the URL of the store.
pub(super) fn of(cause: &rusqlite::Error, file: &str) -> Error {
    let rusqlite::Error::SqliteFailure(code, words) = cause else {
        if let rusqlite::Error::SqlInputError { msg, .. } = cause {
            return Error::config(format!("{file}: {}", safe(msg)));
        }
        return Error::internal(format!("{file}: the answer of SQLite was not understood"));
    };
    let words = words.as_deref().unwrap_or_default();
    match code.extended_code & 0xff {
        ffi::SQLITE_BUSY | ffi::SQLITE_LOCKED => Error::busy(format!("{file}: another process is using it"))
            .hint("wait until it is done; a repetition is safe"),
        ffi::SQLITE_READONLY | ffi::SQLITE_PERM | ffi::SQLITE_AUTH => {
            Error::refused(format!("{file} is read-only"))
                .hint("check the owner and mode of the file and its folder")
        }
        ffi::SQLITE_FULL => Error::internal(format!("{file}: no space left on the disk"))
            .hint("free some disk space and run the command again"),
        ffi::SQLITE_CORRUPT => Error::config(format!("{file} is damaged"))
            .hint("restore it, or look at it with PRAGMA integrity_check"),
        ffi::SQLITE_NOTADB => Error::config(format!("{file} is not an SQLite database"))
            .hint("name an SQLite 3 file that is not encrypted"),
        ffi::SQLITE_CANTOPEN => Error::config(format!("{file} cannot be opened"))
            .hint("check that the file exists and that this account may read it and its folder"),
        ffi::SQLITE_IOERR => Error::internal(format!("{file}: reading or writing the disk failed"))
            .hint("is the disk full or broken?"),
        ffi::SQLITE_TOOBIG => Error::config(format!("{file}: a value is too big for SQLite")),
        ffi::SQLITE_CONSTRAINT => Error::config(format!("{file}: {}", safe(words)))
            .hint("a row breaks a constraint of the target: compare the schemas of both sides"),
        _ => Error::config(format!("{file}: {}", safe(words))),
    }
}

/// The words that name tables, columns and constraints; everything else is withheld.
fn safe(words: &str) -> &str {
    const NAMES_ONLY: [&str; 11] = [
        "UNIQUE constraint failed: ",
        "NOT NULL constraint failed: ",
        "CHECK constraint failed: ",
        "FOREIGN KEY constraint failed",
        "cannot store ",
        "no such table: ",
        "no such column: ",
        "no such function: ",
        "ambiguous column name: ",
        "foreign key mismatch",
        "attempt to write a readonly database",
    ];
    if NAMES_ONLY.iter().any(|start| words.starts_with(start)) {
        return words;
    }
    "a statement failed (SQLite's words are withheld: they may quote values)"
}
