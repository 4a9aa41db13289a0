//! Kill -9 at every named place of load and rollback; `recover` finishes or undoes, and both happen.

use super::faults::{Fragile, PLACES, Place};
use super::world::{Engine, World};
use datamig::error::Result;
use datamig::run::cert::Targets;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};

const CHILD: &str = "DATAMIG_TEST_CRASH";

/// Not a test of its own: the process that a test below starts, and that dies where it was told to.
#[test]
fn child() {
    let Ok(told) = std::env::var(CHILD) else { return };
    let told: Vec<&str> = told.split('|').collect();
    let [root, run, work, place, store] = told.as_slice() else { panic!("{told:?}") };
    let world = World::open(Path::new(root), run);
    let targets = match place.parse::<usize>() {
        Ok(moment) => Fragile::one(&world, store, Place::Any, at(moment)),
        Err(_) => {
            let place = PLACES.into_iter().find(|known| format!("{known:?}") == *place).unwrap();
            Fragile::one(&world, store, place, die)
        }
    };
    match *work {
        "load" => world.load_into(&targets).map(|_| ()).unwrap(),
        "sweep" => world.sweep_in(&targets, false).map(|_| ()).unwrap(),
        _ => world.roll_back_in(&targets, false).map(|_| ()).unwrap(),
    }
}

fn die() -> Result<()> {
    let killed = rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::KILL);
    killed.map_err(|cause| std::io::Error::from(cause).into())
}

/// Dies when a store is asked for something for the `moment`th time.
fn at(moment: usize) -> impl Fn() -> Result<()> + Send + Sync {
    let count = AtomicUsize::new(0);
    move || if count.fetch_add(1, Ordering::SeqCst) + 1 == moment { die() } else { Ok(()) }
}

/// Does the work in a process that is killed at this place; says whether it came there.
pub fn killed(world: &World, work: &str, place: Place, store: &str) -> bool {
    killed_at(world, work, &format!("{place:?}"), store)
}

fn killed_at(world: &World, work: &str, place: &str, store: &str) -> bool {
    let told = format!("{}|{}|{work}|{place}|{store}", world.root().display(), world.run.id);
    let status = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "flow::load::crash::child", "--quiet"])
        .env(CHILD, told)
        .output()
        .unwrap()
        .status;
    assert!(status.signal() == Some(9) || status.success(), "{work} {place} {store}: {status}");
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
            assert_eq!(world.waiting(), Vec::<String>::new());
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
    crashes(Engine::Postgres, &[Place::Prepare, Place::Prepared, Place::Commit, Place::Answer]);
}

#[test]
fn killed_around_the_commits_on_postgres_without_two_phase_commit() {
    crashes(Engine::Plain, &[Place::Commit]);
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

/// How often a store is asked for something while `work` is done.
fn moments(world: &World, work: impl Fn(&Targets)) -> usize {
    let count = std::sync::Arc::new(AtomicUsize::new(0));
    let counted = count.clone();
    work(&Fragile::one(world, "", Place::Any, move || {
        counted.fetch_add(1, Ordering::SeqCst);
        Ok(())
    }));
    count.load(Ordering::SeqCst)
}

/// `make bench` asks for more moments.
fn wanted() -> usize {
    std::env::var("DATAMIG_CRASHES").ok().and_then(|wanted| wanted.parse().ok()).unwrap_or(26)
}

#[test]
fn killed_at_moments_spread_over_a_load_and_its_rollback() {
    at_moments(Engine::Sqlite, wanted());
}

#[test]
fn killed_at_moments_spread_over_a_load_and_its_rollback_on_postgres() {
    at_moments(Engine::Postgres, wanted() / 8);
}

fn at_moments(engine: Engine, wanted: usize) {
    let world = World::new(engine);
    let before = world.dump();
    let of_load = moments(&world, |targets| assert!(world.load_into(targets).is_ok()));
    let after = world.dump();
    let of_rollback = moments(&world, |targets| assert!(world.roll_back_in(targets, false).is_ok()));
    assert!(of_load > 25 && of_rollback > 15, "{of_load} and {of_rollback} moments");
    let (mut loaded, mut untouched) = (0, 0);
    for at in 0..wanted {
        for (work, moments) in [("load", of_load), ("rollback", of_rollback)] {
            let moment = 1 + at * moments / wanted;
            killed_at(&world, work, &moment.to_string(), "");
            let is_loaded = world.recover().unwrap().is_loaded;
            let expected = if is_loaded { &after } else { &before };
            assert_eq!(&world.dump(), expected, "{work}, moment {moment}");
            if is_loaded {
                loaded += 1;
            } else {
                untouched += 1;
                if work == "load" {
                    world.load().unwrap();
                }
            }
        }
        world.roll_back().unwrap();
    }
    assert!(loaded > 0 && untouched > 0, "{loaded} loaded, {untouched} untouched");
}
