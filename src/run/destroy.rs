//! Destroys what holds personal data. The wrapped key goes first: from then on nobody reads the file again,
//! whatever a disk keeps of it.

use super::{Run, RunFile};
use crate::error::{Error, Result};
use std::path::Path;

/// Destroys one file of a run.
pub fn file(run: &Run, file: RunFile) -> Result<()> {
    super::keys::destroy(&run.dir, file.catalog())?;
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

/// Destroys the keys of all files of a run, damaged or not.
pub fn keys(dir: &Path) -> Result<()> {
    remove(&dir.join("keys.json"))
}

/// Destroys the folder of a run, whatever state it is in.
pub fn folder(dir: &Path) -> Result<()> {
    keys(dir)?;
    std::fs::remove_dir_all(dir).map_err(|cause| Error::file(dir, &cause))
}

fn remove(path: &Path) -> Result<()> {
    match std::fs::remove_file(path) {
        Err(cause) if cause.kind() != std::io::ErrorKind::NotFound => Err(Error::file(path, &cause)),
        _ => Ok(()),
    }
}
