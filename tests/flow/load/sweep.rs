//! What runs inserted goes by the ledger alone, from every store or none; what their triggers wrote goes with it.

use super::crash::killed;
use super::faults::{Fragile, Place};
use super::testers::{add_busy_triggers, add_triggers};
use super::world::{Engine, World};
use datamig::error::{Error, Kind};

/// What a sweep leaves of `before`: the grade that the load renamed stays renamed, and so does the graph, which belongs
/// to no tenant here.
fn is_swept(world: &World, before: &[String]) -> bool {
    let of_tables = |lines: &[String]| -> Vec<String> {
        lines
            .iter()
            .filter(|line| !line.starts_with("sp."))
            .map(|line| line.replace("Old second", "Second"))
            .collect()
    };
    of_tables(&world.dump()) == of_tables(before)
}

#[test]
fn what_runs_and_their_triggers_made_is_taken_out_together() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let mut world = World::new(engine);
        add_busy_triggers(&world, engine);
        let before = world.dump();
        world.say("triggers: {ids.students: {fire: [ids.audit_log, ids.counts]}}\n");
        world.load().unwrap();
        world.in_cert("ids", "UPDATE counts SET pupils = 50 WHERE id = 1");
        let loaded = world.dump();
        let error = world.sweep().unwrap_err();
        assert!(error.kind == Kind::Refused && error.message.contains("ids.counts"), "{error}");
        assert_eq!(world.dump(), loaded);
        world.in_cert("ids", "UPDATE counts SET pupils = 44 WHERE id = 1");
        // 16 rows of the run in the tables, and those its triggers made: three in each of theirs.
        assert_eq!(world.sweep().unwrap(), 22);
        assert!(is_swept(&world, &before), "{:?}", world.dump());
        assert_eq!(world.sweep().unwrap(), 0);
        assert!(world.roll_back().unwrap().was_undone);
        world.load().unwrap();
    }
}

#[test]
fn rows_without_a_key_are_found_by_integers_of_every_width() {
    for width in ["smallint", "integer"] {
        let first = World::new(Engine::Postgres);
        let narrow = format!("ALTER TABLE visits ALTER student_id TYPE {width}");
        first.in_cert("ids", &narrow);
        let world = first.next(&narrow);
        let before = world.dump();
        world.load().unwrap();
        assert_eq!(world.sweep().unwrap(), 16, "{width}");
        assert!(is_swept(&world, &before), "{:?}", world.dump());
    }
}

#[test]
fn rows_that_cannot_be_asked_for_are_named() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let first = World::new(engine);
        let table = "CREATE TABLE remarks (district_id varchar(40), what text);";
        first.in_cert("ids", table);
        let world = first.next(&format!("{table} INSERT INTO remarks VALUES ('d1', 'a'), ('d1', 'a')"));
        world.load().unwrap();
        world.in_cert("hcp1", "ALTER TABLE grants RENAME COLUMN role TO part");
        let error = world.sweep().unwrap_err();
        assert!(error.message.contains("hcp1"), "{error}");
        world.in_cert("hcp1", "DELETE FROM grants");
        assert_eq!(world.sweep().unwrap(), 13);
        let reports = std::fs::read_dir(world.root().join("data/reports")).unwrap();
        let report =
            reports.flatten().find(|file| file.file_name().to_string_lossy().starts_with("rollback-"));
        let report = std::fs::read_to_string(report.unwrap().path()).unwrap();
        let report: serde_json::Value = serde_json::from_str(&report).unwrap();
        let expected = serde_json::json!({"hcp1.grants": 3, "ids.remarks": 2});
        assert_eq!(report["rows_not_found"], expected, "{report}");
    }
}

#[test]
fn triggers_that_nobody_decided_about_refuse_it() {
    let world = World::new(Engine::Sqlite);
    world.load().unwrap();
    add_triggers(&world, Engine::Sqlite);
    let loaded = world.dump();
    let error = world.sweep().unwrap_err();
    assert!(error.kind == Kind::Refused && error.message.contains("ids.students"), "{error}");
    assert_eq!(world.dump(), loaded);
}

#[test]
fn rows_that_hang_on_ours_stop_it_in_every_store() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let world = World::new(engine);
        world.load().unwrap();
        world.in_cert("hcp1", "INSERT INTO grants VALUES (1000, 'theirs', NULL)");
        let loaded = world.dump();
        let error = world.sweep().unwrap_err();
        assert!(error.message.contains("hcp1"), "{error}");
        assert_eq!(world.dump(), loaded);
        assert!(!world.recover().unwrap().has_acted);
    }
}

#[test]
fn a_store_that_fails_before_the_decision_leaves_every_store_loaded() {
    let world = World::new(Engine::Postgres);
    world.load().unwrap();
    let loaded = world.dump();
    for (place, store) in [(Place::Decide, "hcp1"), (Place::Prepared, "ids"), (Place::Decide, "sp")] {
        let broken = || Err(Error::unreachable("the connection is gone"));
        world.sweep_in(&Fragile::one(&world, store, place, broken), false).unwrap_err();
        assert_eq!(world.dump(), loaded, "{place:?} {store}");
        assert_eq!(world.waiting(), Vec::<String>::new());
    }
}

#[test]
fn killed_anywhere_it_is_finished_or_was_never_begun() {
    let (mut kept, mut swept) = (0, 0);
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let world = World::new(engine);
        let before = world.dump();
        for (place, store) in
            [(Place::Prepared, "ids"), (Place::Commit, "sp"), (Place::Commit, "hcp1"), (Place::Answer, "ids")]
        {
            world.load().unwrap();
            let loaded = world.dump();
            assert!(killed(&world, "sweep", place, store), "{place:?} {store}");
            if world.recover().unwrap().is_loaded {
                assert_eq!(world.dump(), loaded, "{engine:?} {place:?} {store}");
                world.sweep().unwrap();
                kept += 1;
            } else {
                swept += 1;
            }
            assert!(is_swept(&world, &before), "{engine:?} {place:?} {store}: {:?}", world.dump());
            assert_eq!(world.waiting(), Vec::<String>::new());
        }
    }
    assert!(kept > 0 && swept > 0, "{kept} kept, {swept} swept");
}
