//! Locks among processes: one run works on a tenant at a time. The operating system lets go of a lock
//! when its holder dies, so none is ever stale.

use crate::error::{Error, Result};
use rustix::fs::{FlockOperation, flock};
use sha2::{Digest, Sha256};
use std::fs::File;
use std::path::Path;

/// Held until dropped.
#[derive(Debug)]
pub struct Lock(#[allow(dead_code)] File);

/// Takes the lock of one tenant in one environment of a project, or says who is busy.
pub fn tenant(workspace: &Path, project: &str, env: &str, root_key: &str) -> Result<Lock> {
    let folder = workspace.join("data/runs/.locks");
    std::fs::create_dir_all(&folder).map_err(|cause| Error::file(&folder, &cause))?;
    // The key may be any text: a digest is always a file name.
    let digest = Sha256::digest(format!("{project}\0{env}\0{root_key}").as_bytes());
    let name: String = digest.iter().take(16).map(|byte| format!("{byte:02x}")).collect();
    let path = folder.join(name);
    let file = File::create(&path).map_err(|cause| Error::file(&path, &cause))?;
    match flock(&file, FlockOperation::NonBlockingLockExclusive) {
        Ok(()) => Ok(Lock(file)),
        Err(_) => Err(Error::busy(format!("another process is working on {root_key} in environment {env}"))
            .hint("wait for it to finish; `datamig status` shows how far it is")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tenant_is_locked_once() {
        let dir = tempfile::tempdir().unwrap();
        let lock = |key| tenant(dir.path(), "district", "demo", key);
        let held = lock("../district-001").unwrap();
        assert_eq!(lock("../district-001").unwrap_err().kind, crate::error::Kind::Busy);
        lock("district-002").unwrap();
        drop(held);
        lock("../district-001").unwrap();
    }
}
