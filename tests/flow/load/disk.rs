//! The disk fills while a run is loaded or rolled back: whatever finds no room, `recover` leaves every store as before
//! or with the run.

use super::faults::{Fragile, Place};
use super::world::{Engine, World};
use std::io::Write;
use std::path::Path;
use std::process::Command;

const CHILD: &str = "DATAMIG_TEST_DISK";

#[test]
fn a_disk_that_fills_anywhere_leaves_all_or_nothing() {
    let folder = tempfile::tempdir().unwrap();
    // In a namespace of its own: the small disk is seen by the child alone and goes with it.
    let script = "mount -t tmpfs -o size=24m tmpfs \"$TMPDIR\" && \
                  exec \"$0\" --exact flow::load::disk::child --nocapture";
    let mut child = Command::new("unshare");
    child.args(["--map-root-user", "--mount", "sh", "-c", script]).arg(std::env::current_exe().unwrap());
    let output =
        child.env("TMPDIR", folder.path()).env(CHILD, "yes").output().expect("unshare of util-linux");
    let words = [output.stdout, output.stderr].map(|words| String::from_utf8_lossy(&words).into_owned());
    assert!(output.status.success(), "{}", words.join("\n"));
}

/// Not a test of its own: the process with the small disk.
#[test]
fn child() {
    if std::env::var(CHILD).is_err() {
        return;
    }
    let world = World::new(Engine::Sqlite);
    let before = world.dump();
    world.load().unwrap();
    let after = world.dump();
    world.roll_back().unwrap();
    let filler = std::env::temp_dir().join("filler");
    let (mut failed, mut loaded, mut untouched) = (0, 0, 0);
    for (place, store) in
        [(Place::Write, "hcp1"), (Place::Commit, "ids"), (Place::Answer, "hcp1"), (Place::Commit, "sp")]
    {
        for work in ["load", "rollback"] {
            let path = filler.clone();
            let targets = Fragile::one(&world, store, place, move || {
                fill(&path);
                Ok(())
            });
            let done = match work {
                "load" => world.load_into(&targets).map(drop),
                _ => world.roll_back_in(&targets, false).map(drop),
            };
            let _ = std::fs::remove_file(&filler);
            let is_loaded = world.recover().unwrap().is_loaded;
            assert_eq!(
                &world.dump(),
                if is_loaded { &after } else { &before },
                "{work} {place:?} {store}: {done:?}"
            );
            // What was said to be done is done.
            assert!(done.is_err() || is_loaded == (work == "load"), "{work} {place:?} {store}: {done:?}");
            failed += usize::from(done.is_err());
            if is_loaded {
                loaded += 1;
            } else {
                untouched += 1;
            }
            match (work, is_loaded) {
                ("load", false) => assert!(world.load().is_ok()),
                ("rollback", true) => assert!(world.roll_back().is_ok()),
                _ => {}
            }
        }
    }
    assert!(
        failed > 2 && loaded > 0 && untouched > 0,
        "{failed} failed, {loaded} loaded, {untouched} untouched"
    );
}

/// Takes what room is left.
fn fill(path: &Path) {
    let mut filler = std::fs::OpenOptions::new().create(true).append(true).open(path).unwrap();
    while filler.write_all(&[0; 4096]).is_ok() {}
}
