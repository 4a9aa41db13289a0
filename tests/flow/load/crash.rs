//! Kill -9 at every named place of load and rollback; `recover` finishes or undoes, and both happen.

use super::faults::{Fragile, PLACES, Place};
use super::world::{Engine, World};
use datamig::error::Result;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::Command;

const CHILD: &str = "DATAMIG_TEST_CRASH";

/// Not a test of its own: the process that a test below starts, and that dies where it was told to.
#[test]
fn child() {
    let Ok(told) = std::env::var(CHILD) else { return };
    let told: Vec<&str> = told.split('|').collect();
    let [root, run, work, place, store] = told.as_slice() else { panic!("{told:?}") };
    let world = World::open(Path::new(root), run);
    let place = PLACES.into_iter().find(|known| format!("{known:?}") == *place).unwrap();
    let targets = Fragile::one(&world, store, place, die);
    match *work {
        "load" => world.load_into(&targets).map(|_| ()).unwrap(),
        _ => world.roll_back_in(&targets, false).map(|_| ()).unwrap(),
    }
}

fn die() -> Result<()> {
    let killed = rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::KILL);
    killed.map_err(|cause| std::io::Error::from(cause).into())
}

/// Does the work in a process that is killed at this place; says whether it came there.
fn killed(world: &World, work: &str, place: Place, store: &str) -> bool {
    let told = format!("{}|{}|{work}|{place:?}|{store}", world.root().display(), world.run.id);
    let status = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "flow::load::crash::child", "--quiet"])
        .env(CHILD, told)
        .output()
        .unwrap()
        .status;
    assert!(status.signal() == Some(9) || status.success(), "{work} {place:?} {store}: {status}");
    status.signal() == Some(9)
}

fn crashes(engine: Engine, places: &[Place]) {
    let (mut finished, mut undone) = (0, 0);
    let world = World::new(engine);
    let before = world.dump();
    world.load().unwrap();
    let after = world.dump();
    world.roll_back().unwrap();
    for place in places {
        // Before the first commit one store is like another.
        let stores: &[&str] = match place {
            Place::Commit | Place::Answer => &["ids", "hcp1", "sp"],
            // Nothing that is in hcp1 already changes.
            Place::Hold => &["ids"],
            _ => &["hcp1"],
        };
        for store in stores {
            let died = killed(&world, "load", *place, store);
            let outcome = world.recover().unwrap();
            assert_eq!(
                world.dump(),
                if outcome.is_loaded { &after } else { &before }.clone(),
                "load {place:?} {store}"
            );
            assert!(died || *place == Place::Delete, "load {place:?} {store}");
            if died && outcome.is_loaded {
                finished += 1
            } else {
                undone += 1
            }
            if !outcome.is_loaded {
                world.load().unwrap();
            }
            killed(&world, "rollback", *place, store);
            let outcome = world.recover().unwrap();
            assert_eq!(
                world.dump(),
                if outcome.is_loaded { &after } else { &before }.clone(),
                "rollback {place:?} {store}"
            );
            if outcome.is_loaded {
                world.roll_back().unwrap();
            }
            assert_eq!(world.dump(), before);
        }
    }
    assert!(finished > 0 && undone > 0, "{finished} finished, {undone} undone");
}

#[test]
fn killed_anywhere_on_files() {
    crashes(Engine::Sqlite, &PLACES);
}

#[test]
fn killed_around_the_commits_on_postgres() {
    crashes(Engine::Postgres, &[Place::Decide, Place::Commit, Place::Answer]);
}

#[test]
fn a_load_that_cannot_be_finished_is_undone() {
    let world = World::new(Engine::Sqlite);
    assert!(killed(&world, "load", Place::Commit, "hcp1"));
    world.in_cert("hcp1", "INSERT INTO accounts VALUES (1000, 'd9', 900, NULL, true)");
    let outcome = world.recover().unwrap();
    assert!(!outcome.is_loaded && outcome.words.contains("it is undone"), "{}", outcome.words);
    world.in_cert("hcp1", "DELETE FROM accounts WHERE id = 1000");
    world.load().unwrap();
    assert!(world.verify().is_valid());
}
