//! Others work in CERT while a run is loaded: what they write is never lost, and nobody waits for ever.

use super::faults::{Fragile, Place};
use super::world::{Engine, World};
use datamig::error::Kind;
use std::sync::atomic::{AtomicBool, Ordering};

/// Somebody works in a store of CERT, once, when the load comes to a place.
fn meanwhile(world: &World, store: &str, place: Place, sql: &'static str) -> datamig::phase::load::Outcome {
    let (url, done) = (world.url(store, 1).secret.expose().to_owned(), AtomicBool::new(false));
    let targets = Fragile::one(world, store, place, move || {
        if !done.swap(true, Ordering::SeqCst) {
            crate::support::postgres::execute(&url, sql);
        }
        Ok(())
    });
    world.load_into(&targets).unwrap()
}

#[test]
fn a_row_changed_while_a_load_looks_comes_back_as_it_was_changed() {
    let world = World::new(Engine::Postgres);
    let change = "UPDATE grade_levels SET title = 'Theirs' WHERE level = 2";
    assert_eq!(meanwhile(&world, "ids", Place::Hold, change).changed, 2);
    assert!(world.verify().is_valid());
    world.roll_back().unwrap();
    assert!(world.dump().iter().any(|line| line.contains("2 | Theirs")));
    // One that went meanwhile is new, one that became ours is left alone.
    let gone = "DELETE FROM grade_levels WHERE level = 2";
    let outcome = meanwhile(&world, "ids", Place::Hold, gone);
    assert_eq!((outcome.inserted, outcome.changed), (20, 1));
    world.roll_back().unwrap();
    assert!(!world.dump().iter().any(|line| line.contains("ids.grade_levels: 2")));
}

#[test]
fn a_row_that_comes_up_while_a_load_writes_is_not_overwritten_unseen() {
    let world = World::new(Engine::Postgres);
    let insert = "INSERT INTO districts VALUES ('d1', 'Theirs')";
    let outcome = meanwhile(&world, "ids", Place::Write, insert);
    assert_eq!((outcome.inserted, outcome.changed), (18, 3));
    assert!(world.verify().is_valid());
    world.roll_back().unwrap();
    assert!(world.dump().iter().any(|line| line.contains("d1 | Theirs")));
}

#[test]
fn one_load_of_a_tenant_at_a_time_also_from_another_machine() {
    let world = World::new(Engine::Postgres);
    let targets = world.targets();
    let mut other = targets[1].1.begin().unwrap();
    other.claim(&world.run.tenant(&world.keys)).unwrap();
    assert_eq!(world.load().unwrap_err().kind, Kind::Busy);
    // Another tenant is not in the way, and an owner that is gone neither.
    let mut stranger = targets[0].1.begin().unwrap();
    stranger.claim("somebody else").unwrap();
    drop(other);
    world.load().unwrap();
}

#[test]
fn a_rehearsal_writes_and_leaves_nothing() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let world = World::new(engine);
        world.in_cert("ids", "CREATE TABLE numbered (id integer)");
        let before = world.dump();
        let rehearsal = world.rehearse().unwrap();
        let inserted: u64 = rehearsal.changes.iter().map(|change| change.inserted).sum();
        assert_eq!(inserted, 19);
        assert_eq!(world.dump(), before);
        assert_eq!(world.targets()[0].1.decision(&world.run.id).unwrap(), None);
        let (store, locks) = &rehearsal.locks[0];
        let expected =
            if engine == Engine::Postgres { "students (RowExclusiveLock)" } else { "the whole store" };
        assert!(store == "ids" && locks.iter().any(|lock| lock == expected), "{locks:?}");
        assert!(!world.recover().unwrap().has_acted);
        // What the commit would refuse is refused here.
        world.in_cert("hcp1", "INSERT INTO accounts VALUES (1, 'd9', 900, 'ann@example.org', true)");
        assert!(world.rehearse().unwrap_err().message.contains("hcp1"));
        world.in_cert("hcp1", "DELETE FROM accounts WHERE id = 1");
        world.load().unwrap();
    }
}

/// Two triggers for each engine: one that writes, one that refuses every new name of a pupil.
pub fn add_triggers(world: &World, engine: Engine) {
    world.in_cert("ids", "CREATE TABLE audit_log (what text)");
    let triggers = match engine {
        Engine::Sqlite => {
            "CREATE TRIGGER noted AFTER INSERT ON students BEGIN INSERT INTO audit_log VALUES (NEW.name); END;
             CREATE TRIGGER refused BEFORE DELETE ON students BEGIN SELECT RAISE(ABORT, 'no'); END;"
        }
        _ => {
            "CREATE FUNCTION noted() RETURNS trigger LANGUAGE plpgsql AS
                 $$ BEGIN INSERT INTO audit_log VALUES (NEW.name); RETURN NEW; END $$;
             CREATE FUNCTION refused() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'no'; END $$;
             CREATE TRIGGER noted AFTER INSERT ON students FOR EACH ROW EXECUTE FUNCTION noted();
             CREATE TRIGGER refused BEFORE DELETE ON students FOR EACH ROW EXECUTE FUNCTION refused();
             CREATE TRIGGER asleep BEFORE DELETE ON students FOR EACH ROW EXECUTE FUNCTION refused();
             ALTER TABLE students DISABLE TRIGGER asleep; ALTER TABLE students ENABLE ALWAYS TRIGGER noted"
        }
    };
    world.in_cert("ids", triggers);
}

#[test]
fn triggers_refuse_a_load_until_the_project_switches_them_off() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let mut world = World::new(engine);
        add_triggers(&world, engine);
        let error = world.load().unwrap_err();
        assert_eq!(error.kind, Kind::Refused);
        assert!(
            error.message.contains("ids.students: triggers") && error.message.contains("noted"),
            "{error}"
        );
        world.say("triggers: {ids.students: off}\n");
        let before = world.dump();
        world.load().unwrap();
        assert!(!world.dump().iter().any(|line| line.starts_with("ids.audit_log")));
        // They fire again for others, and the pupils can be taken back in spite of them.
        world.in_cert("ids", "INSERT INTO students VALUES (990, 'd9', 90, 9, 'Uma', NULL)");
        assert!(world.dump().iter().any(|line| line == "ids.audit_log: Uma"));
        if engine == Engine::Postgres {
            let state = "SELECT string_agg(tgname::text || tgenabled::text, ' ' ORDER BY tgname) FROM pg_trigger WHERE NOT tgisinternal";
            let state = crate::support::postgres::execute(world.url("ids", 1).secret.expose(), state);
            assert_eq!(state.trim(), "asleepD notedA refusedO");
        }
        world.roll_back().unwrap();
        let theirs = |line: &String| !line.contains("Uma");
        assert_eq!(world.dump().into_iter().filter(theirs).collect::<Vec<_>>(), before);
    }
}

/// Triggers that note every pupil, count them, and take a grade that nobody asked for away.
pub fn add_busy_triggers(world: &World, engine: Engine) {
    world.in_cert(
        "ids",
        "CREATE TABLE audit_log (what text); INSERT INTO audit_log VALUES ('theirs');
         CREATE TABLE counts (id bigint PRIMARY KEY, pupils bigint NOT NULL, note text);
         INSERT INTO counts VALUES (1, 41, NULL), (2, 0, 'goes'), (3, 0, 'stays');",
    );
    let does = "INSERT INTO audit_log VALUES (NEW.name); UPDATE counts SET pupils = pupils + 1 WHERE id = 1;
                DELETE FROM counts WHERE id = 2; INSERT INTO counts VALUES (NEW.id, 1, 'made');";
    world.in_cert(
        "ids",
        &match engine {
            Engine::Sqlite => format!("CREATE TRIGGER busy AFTER INSERT ON students BEGIN {does} END;"),
            _ => format!(
                "CREATE FUNCTION busy() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {does} RETURN NEW; END $$;
                 CREATE TRIGGER busy AFTER INSERT ON students FOR EACH ROW EXECUTE FUNCTION busy()"
            ),
        },
    );
}

#[test]
fn what_triggers_write_during_a_load_is_taken_back_with_it() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let mut world = World::new(engine);
        add_busy_triggers(&world, engine);
        let before = world.dump();
        world.say("triggers: {ids.students: {fire: [ids.audit_log, ids.counts]}}\n");
        world.load().unwrap();
        assert!(world.verify().is_valid());
        let after = world.dump();
        for line in ["ids.audit_log: Ann", "ids.counts: 1 | 44 | NULL", "ids.counts: 100 | 1 | made"] {
            assert!(after.iter().any(|known| known == line), "{line} is missing in {after:?}");
        }
        assert!(!after.iter().any(|line| line.contains("goes")));
        // Rows of others come and go; one that the triggers wrote is somebody's now.
        world.in_cert("ids", "INSERT INTO audit_log VALUES ('mine')");
        world.in_cert("ids", "UPDATE counts SET pupils = 50 WHERE id = 1");
        let error = world.roll_back().unwrap_err();
        assert!(error.message.contains("ids.counts: 1 rows"), "{error}");
        world.in_cert("ids", "UPDATE counts SET pupils = 44 WHERE id = 1");
        world.roll_back().unwrap();
        world.in_cert("ids", "DELETE FROM audit_log WHERE what = 'mine'");
        assert_eq!(world.dump(), before);
    }
}

#[test]
fn triggers_that_write_what_the_run_writes_or_what_is_not_there_are_refused() {
    let mut world = World::new(Engine::Sqlite);
    add_busy_triggers(&world, Engine::Sqlite);
    for (table, words) in [
        ("ids.schools", "and so does the run"),
        ("ids.nowhere", "which ids does not have"),
        ("hcp1.accounts", "which ids does not have"),
    ] {
        world.say(&format!("triggers: {{ids.students: {{fire: [{table}]}}}}\n"));
        let error = world.load().unwrap_err();
        assert!(error.kind == Kind::Refused && error.message.contains(words), "{error}");
    }
}
