//! A tenant that was loaded before: what left goes, what others made stays, and every load can be taken back.

use super::world::{Engine, World};
use datamig::phase::load::Strategy;

/// A pupil left, another came, a third has a new name; one of two same visits is gone.
const LATER: &str = "UPDATE students SET name = 'Bob' WHERE id = 101; DELETE FROM students WHERE id = 102;
    INSERT INTO students VALUES (103, 'd1', 2, 1, 'Di', NULL); DELETE FROM grade_levels WHERE level = 2 AND 1 = 0;
    DELETE FROM visits WHERE what = 'twice'; INSERT INTO visits VALUES (101, '2026-01-01 00:00:00', 'twice')";

fn has(world: &World, line: &str) -> usize {
    world.dump().iter().filter(|known| known.starts_with(line)).count()
}

#[test]
fn a_second_load_deletes_what_left_and_only_that() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let world = World::new(engine);
        let before = world.dump();
        world.load().unwrap();
        let first = world.dump();
        // A row of this tenant that no run made, and one that a tester gave away.
        world.in_cert("ids", "INSERT INTO students VALUES (950, 'd1', 1, 1, 'Mine', NULL)");
        let later = world.next(LATER);
        let plan = later.plan();
        let students = plan.changes.iter().find(|change| change.table == "students").unwrap();
        assert_eq!(
            (students.strategy, students.inserted, students.changed, students.deleted),
            (Strategy::Merge, 1, 1, 1)
        );
        let outcome = later.load().unwrap();
        assert_eq!((outcome.inserted, outcome.changed, outcome.deleted), (1, 1, 2));
        assert!(later.verify().is_valid());
        assert_eq!((has(&later, "ids.students: 102"), has(&later, "ids.students: 950")), (0, 1));
        assert_eq!(has(&later, "ids.visits: 101"), 1);
        assert!(world.roll_back().unwrap_err().message.contains(&later.run.id));
        later.roll_back().unwrap();
        world.in_cert("ids", "DELETE FROM students WHERE id = 950");
        assert_eq!(world.dump(), first);
        world.roll_back().unwrap();
        assert_eq!(world.dump(), before);
    }
}

#[test]
fn what_a_tester_took_over_is_not_deleted() {
    let world = World::new(Engine::Postgres);
    world.load().unwrap();
    world.in_cert("ids", "UPDATE students SET district_id = 'd9' WHERE id = 102");
    let later = world.next(LATER);
    later.load().unwrap();
    assert_eq!(has(&later, "ids.students: 102"), 1);
    later.roll_back().unwrap();
    // Rows that hang on ours stop the load, and every store stays as it is.
    world.in_cert("ids", "UPDATE students SET district_id = 'd1' WHERE id = 102");
    world.in_cert("ids", "INSERT INTO visits VALUES (102, '2026-02-02 00:00:00', 'theirs')");
    let loaded = world.dump();
    let error = later.load().unwrap_err();
    assert!(error.message.contains("a parent that is still needed"), "{error}");
    assert_eq!(world.dump(), loaded);
}

#[test]
fn a_strategy_that_is_asked_for_is_kept_to() {
    let mut world = World::new(Engine::Sqlite);
    world.strategy = Some(Strategy::Insert);
    let error = world.load().unwrap_err();
    assert!(error.message.contains("ids.grade_levels: 2 rows (1, 2): they exist already"), "{error}");
    world.strategy = None;
    world.load().unwrap();
    let mut later = world.next(LATER);
    later.say("strategy: {ids.students: upsert, ids.visits: merge}\n");
    assert_eq!(later.load().unwrap().deleted, 1);
    assert_eq!(has(&later, "ids.students: 102"), 1);
    later.roll_back().unwrap();
    later.strategy = Some(Strategy::Upsert);
    assert_eq!(later.load().unwrap().deleted, 0);
}

#[test]
fn the_ledger_forgets_what_was_taken_back() {
    let world = World::new(Engine::Postgres);
    world.load().unwrap();
    world.roll_back().unwrap();
    // The key is free again: who takes it now owns the row.
    world.in_cert(
        "ids",
        "INSERT INTO districts VALUES ('d1', 'Theirs'); INSERT INTO schools VALUES (1, 'd1', 'Theirs', 910);
        INSERT INTO students VALUES (102, 'd1', 1, 1, 'Theirs', NULL)",
    );
    let later = world.next(LATER);
    later.load().unwrap();
    assert_eq!(has(&later, "ids.students: 102"), 1);
}
