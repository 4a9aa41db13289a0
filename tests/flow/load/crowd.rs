//! Many tenants are loaded side by side while testers write to CERT: nothing is lost, nothing is mixed, and who was
//! in the way of another tries again.

use super::faults::{Fragile, Place};
use super::world::{Engine, World, execute};
use crate::support::postgres;
use datamig::error::{Kind, Result};
use std::sync::atomic::{AtomicBool, Ordering};

/// What a caller does with exit code 7: the same again.
fn patiently<T>(work: impl Fn() -> Result<T>) -> T {
    for _ in 0..200 {
        match work() {
            Err(error) if error.kind == Kind::Busy => {}
            done => return done.unwrap(),
        }
    }
    panic!("busy for ever")
}

/// Writes pupils of their own, one after the other, until the work is done. Returns how many.
fn test(world: &World, is_done: &AtomicBool) -> usize {
    let is_file = world.url("ids", 1).file.is_some();
    let wait = if is_file { "PRAGMA busy_timeout = 60000; " } else { "" };
    let mut written = 0;
    while !is_done.load(Ordering::SeqCst) {
        let pupil = 5000 + written;
        execute(
            &world.url("ids", 1),
            &format!(
                "{wait}INSERT INTO students VALUES ({pupil}, 'd9', 90, 9, 'Tester', NULL);
                 UPDATE students SET note = 'seen' WHERE id = {pupil};
                 UPDATE grade_levels SET title = 'Ninth {pupil}' WHERE level = 9"
            ),
        );
        written += 1;
        if is_file {
            // One writer at a time: testers look at what they wrote before they write again.
            world.dump();
        }
    }
    written
}

fn crowd(engine: Engine, tenants: usize) {
    let first = World::new(engine);
    let before = first.dump();
    let mut worlds: Vec<World> = std::thread::scope(|scope| {
        let first = &first;
        let made = (1..tenants).map(|number| scope.spawn(move || first.beside(engine, number)));
        let made: Vec<_> = made.collect();
        made.into_iter().map(|one| one.join().unwrap()).collect()
    });
    worlds.insert(0, first);
    let all = |work: &(dyn Fn(&World) + Sync)| {
        let is_done = AtomicBool::new(false);
        std::thread::scope(|scope| {
            let testers = scope.spawn(|| test(&worlds[0], &is_done));
            let work: Vec<_> = worlds.iter().map(|world| scope.spawn(move || work(world))).collect();
            let ends: Vec<_> = work.into_iter().map(|one| one.join()).collect();
            is_done.store(true, Ordering::SeqCst);
            ends.into_iter().for_each(|end| end.unwrap());
            testers.join().unwrap()
        })
    };
    let written = all(&|world| {
        patiently(|| world.load());
    });
    let loaded = worlds[0].dump();
    let pupils = |of: &str| {
        loaded.iter().filter(|line| line.starts_with("ids.students: ") && line.contains(of)).count()
    };
    assert!(written > 0 && pupils("| d9 | 90 | 9 | Tester | seen") == written, "{written} pupils");
    for world in &worlds {
        assert_eq!(pupils(&format!("| {} |", world.run.header.root_key)), 3);
        let verified = world.verify();
        assert!(verified.is_valid(), "{}: {:?}", world.run.header.root_key, verified.issues);
    }
    worlds[0].in_cert("ids", "DELETE FROM students WHERE name = 'Tester'");
    all(&|world| {
        patiently(|| world.roll_back());
    });
    let theirs =
        "DELETE FROM students WHERE name = 'Tester'; UPDATE grade_levels SET title = 'Ninth' WHERE level = 9";
    worlds[0].in_cert("ids", theirs);
    assert_eq!(worlds[0].dump(), before);
}

#[test]
fn ten_tenants_side_by_side_on_postgres() {
    crowd(Engine::Postgres, 10);
}

#[test]
fn three_tenants_side_by_side_on_files() {
    crowd(Engine::Sqlite, 3);
}

#[test]
fn a_load_that_stands_in_a_circle_with_a_tester_tries_again() {
    let world = World::new(Engine::Postgres);
    let (url, is_begun) = (world.url("ids", 1).secret.expose().to_owned(), AtomicBool::new(false));
    // The tester has a key of ours and wants a row that the load holds; the server ends the load, not the tester.
    let tester = "SET deadlock_timeout = '1min'; BEGIN; INSERT INTO districts VALUES ('d1', 'Theirs');
                  UPDATE grade_levels SET title = 'Theirs' WHERE level = 2; COMMIT";
    let targets = Fragile::one(&world, "ids", Place::Write, move || {
        if !is_begun.swap(true, Ordering::SeqCst) {
            let tester_url = url.clone();
            std::thread::spawn(move || postgres::execute(&tester_url, tester));
            let waits = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' \
                         AND datname = current_database()";
            while postgres::execute(&url, waits).trim() == "0" {}
        }
        Ok(())
    });
    assert_eq!(world.load_into(&targets).unwrap().changed, 3);
    assert!(world.verify().is_valid());
    world.roll_back().unwrap();
    let theirs = world.dump().iter().filter(|line| line.ends_with("| Theirs")).count();
    assert_eq!(theirs, 2);
}
