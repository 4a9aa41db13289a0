//! Load, verify, roll back.

use super::world::{Engine, World};
use datamig::error::Kind;

fn both(test: fn(&World)) {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        test(&World::new(engine));
    }
}

#[test]
fn a_load_is_seen_and_a_rollback_leaves_no_trace() {
    both(|world| {
        let before = world.dump();
        let outcome = world.load().unwrap();
        // Grade 1, Bo's node and one of his two relationships are there as they are.
        assert_eq!((outcome.rows, outcome.inserted, outcome.changed), (24, 19, 2));
        let after = world.dump();
        assert_eq!(after.len(), before.len() + 19);
        let theirs = |line: &&String| line.contains("d9") || line.contains("Tess") || line.contains("theirs");
        assert!(before.iter().filter(theirs).all(|line| after.contains(line)));
        let verified = world.verify();
        assert!(verified.is_valid(), "{:?}", verified.issues);
        assert!(world.load().unwrap().was_loaded);
        let undone = world.roll_back().unwrap();
        assert_eq!((undone.deleted, undone.restored), (19, 2));
        assert_eq!(world.dump(), before);
        assert!(world.roll_back().unwrap().was_undone);
        world.load().unwrap();
        assert_eq!(world.dump(), after);
        world.roll_back().unwrap();
        assert_eq!(world.dump(), before);
    });
}

#[test]
fn the_artifacts_have_the_fields_of_the_manual() {
    let world = World::new(Engine::Sqlite);
    world.load().unwrap();
    let manifest = std::fs::read_to_string(world.run.dir.join("load-manifest.json")).unwrap();
    let manifest: serde_json::Value = serde_json::from_str(&manifest).unwrap();
    assert_eq!(manifest["district_id"], "d1");
    assert!(manifest["started_at"].as_str().unwrap() <= manifest["completed_at"].as_str().unwrap());
    assert_eq!(manifest["total_rows_loaded"], 24);
    assert_eq!(manifest["totals"]["tables_loaded"], 10);
    assert_eq!(manifest["stores"]["sp"]["nodes_loaded"], 3);
    assert_eq!(manifest["neo4j"]["relationships_loaded"], 3);
    assert_eq!(manifest["tables_loaded"][0]["table"], "accounts");
    assert_eq!(manifest["tables_loaded"][0]["rows_loaded"], 2);
    let validation = std::fs::read_to_string(world.verify().report).unwrap();
    let validation: serde_json::Value = serde_json::from_str(&validation).unwrap();
    assert_eq!(validation["status"], "VALID");
    assert_eq!(validation["checks"]["record_counts"], "PASSED");
    let report = world.roll_back().unwrap().report.unwrap();
    let report: serde_json::Value = serde_json::from_str(&std::fs::read_to_string(report).unwrap()).unwrap();
    assert_eq!(report["total_rows_deleted"], 19);
    assert_eq!(report["deletions"]["hcp1"]["rows_deleted"], 5);
    assert_eq!(report["verification"], "PASSED");
}

#[test]
fn verification_finds_one_changed_cell_one_lost_row_and_one_lost_relationship() {
    both(|world| {
        world.load().unwrap();
        world.in_cert("ids", "UPDATE students SET name = 'Cz' WHERE id = 102");
        world.in_cert("hcp1", "DELETE FROM grants WHERE account_id = 1000 AND role = 'write'");
        world.in_graph(|text| {
            text.lines().filter(|line| !line.contains("2024")).map(|line| format!("{line}\n")).collect()
        });
        let outcome = world.verify();
        assert_eq!(outcome.status, "ISSUES_FOUND");
        let issues = outcome.issues.join("\n");
        for words in [
            "ids.students: 1 of 3 rows differ",
            "hcp1.grants: 1 of 3 rows are missing",
            "sp.ATTENDS: 1 of 3 rows are missing",
        ] {
            assert!(issues.contains(words), "{issues}");
        }
        let report = std::fs::read_to_string(outcome.report).unwrap();
        assert!(report.contains("\"102\"") && !report.contains("Cz"), "{report}");
    });
}

#[test]
fn verification_finds_a_copy_of_a_row_without_a_key() {
    both(|world| {
        world.load().unwrap();
        world.in_cert("ids", "INSERT INTO visits VALUES (900, '2026-01-01 00:00:00', 'theirs')");
        assert!(world.verify().is_valid());
        world.in_cert("ids", "INSERT INTO visits VALUES (101, '2026-01-01 00:00:00', 'twice')");
        let issues = world.verify().issues.join("\n");
        assert!(issues.contains("ids.visits: 1 rows too many equal rows of the run"), "{issues}");
    });
}

#[test]
fn what_testers_changed_stops_a_rollback_until_they_give_it_up() {
    both(|world| {
        let before = world.dump();
        world.load().unwrap();
        world.in_cert("ids", "UPDATE students SET note = 'mine' WHERE id = 100");
        let loaded = world.dump();
        let error = world.roll_back().unwrap_err();
        assert_eq!(error.kind.exit_code(), 5);
        assert!(error.message.contains("ids.students: 1 rows"), "{error}");
        assert_eq!(world.dump(), loaded);
        world.roll_back_in(&world.targets(), true).unwrap();
        assert_eq!(world.dump(), before);
    });
}

#[test]
fn rows_that_hang_on_ours_stop_a_rollback_in_every_store() {
    both(|world| {
        world.load().unwrap();
        world.in_cert("ids", "INSERT INTO students VALUES (901, 'd9', 1, 1, 'Tom', NULL)");
        let loaded = world.dump();
        world.roll_back().unwrap_err();
        assert_eq!(world.dump(), loaded);
        world.in_cert("ids", "DELETE FROM students WHERE id = 901");
        world.roll_back().unwrap();
    });
}

#[test]
fn relationships_that_hang_on_our_nodes_stop_a_rollback_before_any_store_changes() {
    both(|world| {
        world.load().unwrap();
        world.in_graph(|text| {
            let ours = text.lines().find(|line| line.contains("\"p1\"")).unwrap();
            let ours: serde_json::Value = serde_json::from_str(ours).unwrap();
            let theirs = serde_json::json!({
                "type": "relationship", "id": "600", "label": "LIKES", "properties": {},
                "start": {"id": "9", "labels": ["Student"]}, "end": {"id": ours["id"], "labels": ["Student"]},
            });
            format!("{text}{theirs}\n")
        });
        let loaded = world.dump();
        let error = world.roll_back().unwrap_err();
        let words = "1 relationships LIKES hang on nodes that would go";
        assert!(error.kind == Kind::Refused && error.message.contains(words), "{error}");
        assert_eq!(world.dump(), loaded);
        world.in_graph(|text| {
            text.lines().filter(|line| !line.contains("LIKES")).map(|line| format!("{line}\n")).collect()
        });
        world.roll_back().unwrap();
    });
}

#[test]
fn rows_that_would_go_or_change_with_ours_stop_whatever_deletes() {
    let cases =
        [Engine::Sqlite, Engine::Postgres].map(|engine| ["CASCADE", "SET NULL"].map(|to| (engine, to)));
    for (engine, action) in cases.into_iter().flatten() {
        let world = World::new(engine);
        let cascade = match engine {
            // A key cannot be changed there but in the text of its table.
            Engine::Sqlite => {
                "PRAGMA writable_schema = ON;
                 UPDATE sqlite_schema SET sql = replace(sql, 'staff (id),', 'staff (id) ON DELETE CASCADE,')
                 WHERE name = 'staff'"
            }
            _ => {
                "ALTER TABLE staff DROP CONSTRAINT staff_boss_id_fkey;
                 ALTER TABLE staff ADD FOREIGN KEY (boss_id) REFERENCES staff (id) ON DELETE CASCADE"
            }
        };
        world.in_cert("ids", cascade);
        let reference = format!("account_id bigint REFERENCES accounts (id) ON DELETE {action}");
        world.in_cert("hcp1", &format!("CREATE TABLE notes ({reference})"));
        let before = world.dump();
        world.load().unwrap();
        world.in_cert("hcp1", "INSERT INTO notes VALUES (1000)");
        world.in_cert("ids", "INSERT INTO staff VALUES (911, 90, 910, NULL, NULL, NULL)");
        let loaded = world.dump();
        for error in [world.roll_back().unwrap_err(), world.sweep().unwrap_err()] {
            assert!(error.kind == Kind::Refused && error.message.contains("1 rows of notes"), "{error}");
            assert_eq!(world.dump(), loaded, "{action}");
        }
        world.in_cert("hcp1", "DELETE FROM notes");
        // One of theirs that hangs on a row that goes, in the table that both are in.
        world.in_cert("ids", "UPDATE staff SET boss_id = 10 WHERE id = 911");
        let error = world.roll_back().unwrap_err();
        assert!(error.message.contains("1 rows of staff"), "{error}");
        world.in_cert("ids", "DELETE FROM staff WHERE id = 911");
        assert_eq!(world.roll_back().unwrap().deleted, 19, "{engine:?} {action}");
        assert_eq!(world.dump(), before, "{engine:?} {action}");
    }
}
