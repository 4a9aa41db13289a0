//! What is refused before anything is written.

use super::world::{Engine, World};
use datamig::error::Kind;
use datamig::run::cert::guard;
use datamig::store::{self, url::StoreUrl};

fn refused(world: &World, words: &[&str]) {
    let before = world.dump();
    let error = world.load().unwrap_err();
    assert_eq!(error.kind, Kind::Refused, "{error}");
    for words in words {
        assert!(error.to_string().contains(words), "{error}");
    }
    assert_eq!(world.dump(), before);
}

#[test]
fn cert_is_not_prod() {
    let world = World::new(Engine::Sqlite);
    std::fs::remove_file(world.cert_file("hcp1")).unwrap();
    std::fs::hard_link(world.root().join("prod-hcp1.sqlite"), world.cert_file("hcp1")).unwrap();
    refused(&world, &["CERT is PROD: the target hcp1 is the source hcp1"]);
}

#[test]
fn a_read_only_target() {
    let world = World::new(Engine::Sqlite);
    datamig::run::keys::restrict(&world.cert_file("ids"), 0o444).unwrap();
    refused(&world, &["ids is read-only"]);
}

#[test]
fn a_narrower_target_with_all_its_problems() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let world = World::new(engine);
        world.in_cert("ids", "ALTER TABLE students DROP COLUMN note; ALTER TABLE grade_levels ADD COLUMN more bigint DEFAULT 1");
        world.in_cert("hcp1", "DROP TABLE grants");
        refused(&world, &["ids.students.note: the column is missing", "hcp1.grants: the table is missing"]);
    }
}

#[test]
fn rows_of_another_tenant_under_our_keys() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let world = World::new(engine);
        world.in_cert("hcp1", "INSERT INTO accounts VALUES (1001, 'd9', 900, NULL, true)");
        refused(&world, &["hcp1.accounts: 1 rows (1001)"]);
    }
}

#[test]
fn a_row_of_others_that_has_a_unique_value_of_ours_is_named_by_plan_and_load() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let world = World::new(engine);
        assert!(world.plan().conflicts.is_empty());
        world.in_cert("hcp1", "INSERT INTO accounts VALUES (9001, 'd9', 900, 'ann@example.org', true)");
        let conflicts = world.plan().conflicts;
        assert_eq!((conflicts.len(), conflicts[0].table.as_str()), (1, "hcp1.accounts"));
        assert_eq!(conflicts[0].keys, ["1000"]);
        refused(&world, &["hcp1.accounts: 1 rows (1000)", "email"]);
        world.in_cert("hcp1", "DELETE FROM accounts WHERE id = 9001");
        world.load().unwrap();
    }
}

#[test]
fn a_run_that_changed_after_its_validation() {
    let world = World::new(Engine::Sqlite);
    world.in_run("UPDATE ids.students SET name = 'Eve' WHERE id = 100");
    refused(&world, &["ids.students is not what was validated"]);
    let world = World::new(Engine::Sqlite);
    world.in_run("UPDATE meta.run SET shareable = false");
    refused(&world, &["privacy checks"]);
}

#[test]
fn the_older_of_two_loads_is_not_rolled_back_first() {
    let world = World::new(Engine::Sqlite);
    world.load().unwrap();
    let newer = world.run.dir.with_file_name("mig-20990101-001");
    std::fs::create_dir(&newer).unwrap();
    std::fs::copy(world.run.dir.join("events.jsonl"), newer.join("events.jsonl")).unwrap();
    let journal = r#"{"state":"loaded","at":"2099-01-01T00:00:00.000Z","stores":[]}"#;
    std::fs::write(newer.join("load.json"), journal).unwrap();
    let error = world.roll_back().unwrap_err();
    assert!(error.message.contains("mig-20990101-001"), "{error}");
}

#[test]
fn a_plan_writes_nothing_and_counts_everything() {
    let world = World::new(Engine::Sqlite);
    let before = world.dump();
    world.in_cert("hcp1", "INSERT INTO accounts VALUES (1001, 'd9', 900, NULL, true)");
    let plan = world.plan();
    let conflict = &plan.conflicts[0];
    assert_eq!(
        (conflict.table.as_str(), conflict.rows, conflict.keys[0].as_str()),
        ("hcp1.accounts", 1, "1001")
    );
    world.in_cert("hcp1", "DELETE FROM accounts WHERE id = 1001");
    let plan = world.plan().changes;
    let grades = plan.iter().find(|change| change.table == "grade_levels").unwrap();
    assert_eq!((grades.inserted, grades.changed, grades.left(), grades.strategy.word()), (0, 1, 1, "upsert"));
    assert_eq!(world.dump(), before);
    assert_eq!(world.targets()[0].1.decision(&world.run.id).unwrap(), None);
}

#[test]
fn a_target_that_nobody_marked_or_that_was_a_source() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let world = World::new(engine);
        match engine {
            Engine::Sqlite => {
                std::fs::remove_file(world.root().join("cert-ids.sqlite.datamig-target")).unwrap()
            }
            _ => world.in_cert("ids", "UPDATE datamig.target SET database = 'the_original'"),
        }
        refused(&world, &["not marked as a target: ids", "doctor --mark-target"]);
        world.targets()[0].1.mark("ids").unwrap();
        let source = store::open_source(&world.url("hcp1", 1)).unwrap();
        guard::remember(&world.run, &[("hcp1".to_owned(), source)]).unwrap();
        refused(&world, &["hcp1 was a source of mig-"]);
    }
}

#[test]
fn prod_under_another_name() {
    let mut world = World::new(Engine::Postgres);
    world.point_cert_at("hcp1", |prod, _| prod.replace("127.0.0.1", "localhost"));
    let error = guard::check_apart(world.root(), &world.sources(), &world.targets()).unwrap_err();
    assert!(error.message.contains("CERT is PROD: the target hcp1 is the source hcp1"), "{error}");
}

#[test]
fn a_copied_cluster_is_not_prod() {
    let prod = crate::support::postgres::database("original");
    let (copy, _server) = crate::support::postgres::copied(&prod);
    let open =
        |url: &str| store::open_source(&StoreUrl::parse(url, std::path::Path::new("")).unwrap()).unwrap();
    let (prod, copy) = (open(&prod), open(&copy));
    assert_eq!(prod.identity().unwrap(), copy.identity().unwrap());
    assert!(!guard::is_same(copy.as_ref(), prod.as_ref()).unwrap());
    assert!(guard::is_same(prod.as_ref(), prod.as_ref()).unwrap());
}
