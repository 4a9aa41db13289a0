//! Locks among processes: one run works on a tenant at a time. The operating system lets go of a lock
//! when its holder dies, so none is ever stale.

use crate::error::{Error, Result};
use rustix::fs::{FlockOperation, flock};
use sha2::{Digest, Sha256};
use std::fs::File;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How often, and how far apart, the lock is tried: who only looks has it for an instant.
const TRIES: u32 = 20;
const PAUSE: Duration = Duration::from_millis(10);

/// Held until dropped.
#[derive(Debug)]
pub struct Lock(#[allow(dead_code)] File);

/// The file of a tenant's lock. The key may be any text: a digest is always a file name.
fn file(workspace: &Path, project: &str, env: &str, root_key: &str) -> PathBuf {
    let digest = Sha256::digest(format!("{project}\0{env}\0{root_key}").as_bytes());
    let name: String = digest.iter().take(16).map(|byte| format!("{byte:02x}")).collect();
    workspace.join("data/runs/.locks").join(name)
}

/// Takes the lock of one tenant in one environment of a project, or says who is busy.
pub fn tenant(workspace: &Path, project: &str, env: &str, root_key: &str) -> Result<Lock> {
    let path = file(workspace, project, env, root_key);
    let folder = path.parent().unwrap_or(workspace);
    std::fs::create_dir_all(folder).map_err(|cause| Error::file(folder, &cause))?;
    let file = File::create(&path).map_err(|cause| Error::file(&path, &cause))?;
    for _ in 0..TRIES {
        if flock(&file, FlockOperation::NonBlockingLockExclusive).is_ok() {
            return Ok(Lock(file));
        }
        std::thread::sleep(PAUSE);
    }
    Err(Error::busy(format!("another process is working on {root_key} in environment {env}"))
        .hint("wait for it to finish; `datamig status` shows how far it is"))
}

/// Whether somebody works on a tenant. Keeps nobody from it, and makes no file.
pub fn is_held(workspace: &Path, project: &str, env: &str, root_key: &str) -> bool {
    let held = |file: File| flock(&file, FlockOperation::NonBlockingLockShared).is_err();
    File::open(file(workspace, project, env, root_key)).is_ok_and(held)
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

    #[test]
    fn a_look_keeps_nobody_out() {
        let dir = tempfile::tempdir().unwrap();
        let is_held = || is_held(dir.path(), "district", "demo", "one");
        assert!(!is_held() && !dir.path().join("data").exists());
        let looks = std::sync::atomic::AtomicBool::new(true);
        std::thread::scope(|scope| {
            scope.spawn(|| {
                while looks.load(std::sync::atomic::Ordering::SeqCst) {
                    is_held();
                }
            });
            for _ in 0..100 {
                let lock = tenant(dir.path(), "district", "demo", "one");
                looks.fetch_and(lock.is_ok(), std::sync::atomic::Ordering::SeqCst);
                assert!(lock.is_ok() && is_held());
            }
            looks.store(false, std::sync::atomic::Ordering::SeqCst);
        });
    }
}
