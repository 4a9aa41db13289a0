//! What stores that are one file have in common.

use super::Identity;
use crate::error::{Error, Result};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// Refuses a path that is no file.
pub(super) fn exists(path: &Path, shown: &str) -> Result<()> {
    match std::fs::metadata(path) {
        Ok(meta) if meta.is_file() => Ok(()),
        Ok(_) => Err(Error::config(format!("{shown}: {} is not a file", path.display()))),
        Err(cause) => {
            let error = Error::file(path, &cause);
            let hint = "check the URL of the store; a relative path counts from the workspace";
            Err(Error::config(format!("{shown}: {}", error.message)).hint(hint))
        }
    }
}

/// Device and inode: the same for every name of the file.
pub(super) fn identity(path: &Path, shown: &str) -> Result<Identity> {
    exists(path, shown)?;
    let meta = std::fs::metadata(path).map_err(|cause| Error::file(path, &cause))?;
    Ok(Identity(format!("file {}:{}", meta.dev(), meta.ino())))
}

/// Where the file is, under one of its names.
pub(super) fn address(path: &Path, shown: &str) -> Result<String> {
    exists(path, shown)?;
    let path = path.canonicalize().map_err(|cause| Error::file(path, &cause))?;
    Ok(format!("file {}", path.display()))
}

/// The file beside a file that makes it a target: `ids.sqlite.datamig-target`.
fn mark_of(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".datamig-target");
    name.into()
}

/// Makes the file a target.
pub(super) fn mark(path: &Path, name: &str) -> Result<()> {
    let mark = mark_of(path);
    let text = format!("{name} is a target of datamig since {}: loads may write to it.\n", now());
    std::fs::write(&mark, text).map_err(|cause| Error::file(&mark, &cause))
}

/// Whether the file is a target.
pub(super) fn is_marked(path: &Path) -> bool {
    mark_of(path).is_file()
}

/// Whether this account may write the file.
pub(super) fn is_writable(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    // Root may write what the mode forbids; a file nobody may write is meant to stay as it is.
    let allowed = std::fs::metadata(path).is_ok_and(|meta| meta.permissions().mode() & 0o222 != 0);
    allowed && rustix::fs::access(path, rustix::fs::Access::WRITE_OK).is_ok()
}

/// The time now: UTC, RFC 3339.
pub(super) fn now() -> String {
    chrono::Utc::now().to_rfc3339_opts(chrono::SecondsFormat::Millis, true)
}
