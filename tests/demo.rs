//! The demo: the same seed makes the same stores, which hold what the hand-written oracle expects, and
//! a store that the demo did not make is left alone.

use crate::support::{Servers, Workdir, postgres};
use datamig::duck::Db;
use datamig::phase::demo::{self, Made, Request};
use datamig::project::Project;
use datamig::secret::Environment;
use datamig::store::url::StoreUrl;
use datamig::store::{self, Output, Read};
use std::path::Path;

/// Records of district-001 at scale 1.
const RECORDS: f64 = 543_210.0;

fn make(workspace: &Path, scale: f64, seed: u32) -> datamig::error::Result<Vec<Made>> {
    demo::write_secrets(workspace)?;
    let project = Project::load(workspace, "district")?;
    let endpoints = project.endpoints("demo", &Environment::load(workspace)?)?;
    demo::execute(&Request { project: &project, endpoints: &endpoints, scale, seed }, &|_| {})
}

/// Copies one store into a schema of the same name.
pub fn copy(db: &Db, workspace: &Path, side: &str, store_name: &str) {
    let project = Project::load(workspace, "district").unwrap();
    let endpoints = project.endpoints("demo", &Environment::load(workspace).unwrap()).unwrap();
    let endpoints = if side == "prod" { endpoints.prod } else { endpoints.cert };
    let endpoint = endpoints.into_iter().find(|endpoint| endpoint.store == store_name).unwrap();
    let mut url = StoreUrl::parse(endpoint.url.expose(), &endpoint.base).unwrap();
    url.options.node_keys = project.node_keys(store_name).into_iter().collect();
    let source = store::open_source(&url).unwrap();
    let found = source.introspect().unwrap();
    let snapshot = source.snapshot().unwrap();
    db.run(&format!("CREATE SCHEMA {store_name}")).unwrap();
    for table in &found.tables {
        let columns: Vec<String> =
            table.columns.iter().map(|column| format!("\"{}\" {}", column.name, column.duck_type)).collect();
        db.run(&format!("CREATE TABLE {store_name}.\"{}\" ({})", table.name, columns.join(", "))).unwrap();
        let mut appender = db.appender("memory", store_name, &table.name).unwrap();
        let outputs = table.columns.iter().map(Output::Column).collect();
        let read = Read { table, outputs, any: Vec::new(), tenant: None, between: None };
        snapshot
            .read(&read, &mut |batch| {
                appender.append_record_batch(batch)?;
                Ok(())
            })
            .unwrap();
    }
}

fn memory(workspace: &Path) -> Db {
    Db::open(workspace, false).unwrap()
}

#[test]
fn the_demo_holds_what_the_oracle_expects() {
    let workdir = Workdir::new("demo-oracle");
    let workspace = workdir.path("");
    let made = make(&workspace, 0.02, 42).unwrap();
    assert_eq!(made.iter().map(|made| made.tables).sum::<usize>(), 2 * (45 + 8));
    let db = memory(&workspace);
    for store in ["ids", "hcp1", "hcp2", "adb", "sp"] {
        copy(&db, &workspace, "prod", store);
    }
    db.run(include_str!("fixtures/belongs.sql")).unwrap();
    let views: Vec<String> = db
        .rows(
            "SELECT view_name FROM duckdb_views() WHERE schema_name = 'belongs' AND contains(view_name, '.')",
            [],
            |row| row.get(0),
        )
        .unwrap();
    let count =
        |view: &String| db.one::<i64, _>(&format!("SELECT count(*) FROM belongs.\"{view}\""), []).unwrap();
    assert_eq!(views.len(), 45 + 8);
    #[allow(clippy::cast_possible_truncation, reason = "a small whole number")]
    let expected = (RECORDS * 0.02).round() as i64;
    assert_eq!(views.iter().map(count).sum::<i64>(), expected);
    let flaws = "SELECT
        (SELECT count(*) FROM ids.students WHERE district_id = 'district-001' AND age NOT BETWEEN 5 AND 22),
        (SELECT count(*) FROM belongs.\"ids.teachers\" AS teacher
         WHERE NOT EXISTS (FROM ids.class_assignments AS given WHERE given.teacher_id = teacher.id)),
        (SELECT count(*) FROM ids.attendance SEMI JOIN belongs.\"ids.attendance\" AS ours ON attendance.id = ours.id
         WHERE attendance_date NOT BETWEEN '2024-08-01' AND '2025-06-30')";
    let found = db.rows(flaws, [], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?))).unwrap();
    assert_eq!(found, [(12_i64, 5_i64, 23_i64)]);
}

#[test]
fn the_same_seed_makes_the_same_rows_and_another_one_others() {
    let first = Workdir::new("demo-first");
    let second = Workdir::new("demo-second");
    let sizes = |made: &[Made]| made.iter().map(|made| (made.store.clone(), made.rows)).collect::<Vec<_>>();
    let made = make(&first.path(""), 0.005, 7).unwrap();
    assert_eq!(sizes(&made), sizes(&make(&second.path(""), 0.005, 7).unwrap()));
    let graph = "data/demo/prod/sp.jsonl";
    assert_eq!(first.read(graph), second.read(graph));
    make(&second.path(""), 0.005, 8).unwrap();
    assert_ne!(first.read(graph), second.read(graph));
}

#[test]
fn a_store_that_the_demo_did_not_make_is_left_alone() {
    let workdir = Workdir::new("demo-foreign");
    let file = workdir.path("data/demo/cert/hcp1.sqlite");
    std::fs::create_dir_all(file.parent().unwrap()).unwrap();
    let url = StoreUrl::parse(&format!("sqlite:{}", file.display()), Path::new("")).unwrap();
    store::open(&url).unwrap().create("CREATE TABLE precious (id bigint)").unwrap();
    let Err(refusal) = make(&workdir.path(""), 0.005, 7) else {
        panic!("overwrote a store of somebody else")
    };
    assert_eq!(refusal.kind, datamig::error::Kind::Refused);
    assert!(!workdir.path("data/demo/prod/ids.sqlite").exists(), "wrote before looking at every store");
}

#[test]
fn secrets_are_written_once_and_for_the_owner_only() {
    use std::os::unix::fs::PermissionsExt;
    let workdir = Workdir::new("demo-secrets");
    let _ = std::fs::remove_file(workdir.path(".env"));
    assert!(demo::write_secrets(&workdir.path("")).unwrap());
    let written = workdir.read(".env");
    assert!(!demo::write_secrets(&workdir.path("")).unwrap());
    assert_eq!(workdir.read(".env"), written);
    assert_eq!(std::fs::metadata(workdir.path(".env")).unwrap().permissions().mode() & 0o777, 0o600);
    Environment::load(&workdir.path("")).unwrap().keys().unwrap();
}

#[test]
fn servers_are_filled_and_filled_again() {
    let servers = Servers::new("demo-servers");
    let students = &servers.urls["prod_ids"];
    for seed in [1, 2] {
        servers.workdir.datamig(&format!("demo --env postgres --scale 0.005 --seed {seed}")).ok();
        let there = postgres::execute(students, "SELECT count(*) FROM students");
        let nodes = servers.prod.rows("MATCH (s:Student) RETURN count(s) AS count");
        assert_eq!(there.trim(), nodes[0].get::<i64>("count").unwrap().to_string());
    }
}
