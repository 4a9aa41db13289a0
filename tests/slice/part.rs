//! Parts of a slice, and tables that are excluded: which rows stay.

use super::bench::Bench;
use datamig::error::{Kind, Result};
use datamig::name::Idents;
use datamig::project::Project;
use datamig::slice::part::Part;
use datamig::slice::quoted;
use datamig::store::{self, introspect, url::StoreUrl};
use std::collections::BTreeMap;

const SCHEMA: &str = "
CREATE TABLE districts (id TEXT PRIMARY KEY);
CREATE TABLE subjects (id INTEGER PRIMARY KEY);
CREATE TABLE schools (id INTEGER PRIMARY KEY, district_id TEXT NOT NULL REFERENCES districts, subject_id INTEGER REFERENCES subjects);
CREATE TABLE students (id INTEGER PRIMARY KEY, district_id TEXT NOT NULL REFERENCES districts, school_id INTEGER NOT NULL REFERENCES schools);
CREATE TABLE siblings (a INTEGER NOT NULL REFERENCES students, b INTEGER NOT NULL REFERENCES students, PRIMARY KEY (a, b));
CREATE TABLE notes (id INTEGER PRIMARY KEY, student_id INTEGER NOT NULL REFERENCES students);
CREATE TABLE staff (id INTEGER PRIMARY KEY, district_id TEXT NOT NULL REFERENCES districts, boss_id INTEGER REFERENCES staff);
CREATE TABLE visits (id INTEGER PRIMARY KEY, staff_id INTEGER REFERENCES staff, note_id INTEGER REFERENCES notes);
INSERT INTO districts VALUES ('d1'), ('d2');
INSERT INTO subjects VALUES (1), (2);
INSERT INTO schools VALUES (1, 'd1', 1), (2, 'd1', 2), (3, 'd2', 1);
INSERT INTO students VALUES (1, 'd1', 1), (2, 'd1', 1), (3, 'd1', 2), (4, 'd1', 2), (9, 'd2', 3);
INSERT INTO siblings VALUES (1, 3), (2, 1), (3, 4);
INSERT INTO notes VALUES (1, 1), (2, 2), (3, 3), (4, 4), (9, 9);
INSERT INTO staff VALUES (1, 'd1', NULL), (2, 'd1', 1), (3, 'd1', 2), (4, 'd1', 3), (9, 'd2', NULL);
INSERT INTO visits VALUES (1, 1, 1), (2, 2, 3), (3, NULL, 4);";
const PROJECT: &str =
    "project: random\nstores: [s0]\nroot: {table: s0.districts, key: id}\ntenant: {column: district_id}\n";

fn bench() -> (Bench, Vec<String>) {
    let bench = Bench::new();
    let file = bench.workdir.path("part.sqlite");
    rusqlite::Connection::open(&file).unwrap().execute_batch(SCHEMA).unwrap();
    let urls = vec![format!("sqlite:{}", file.display())];
    (bench, urls)
}

/// Per table, the staged rows as text, tables without rows left out.
fn rows(bench: &Bench, urls: &[String], more: &str) -> Result<BTreeMap<String, String>> {
    bench.slice(&format!("{PROJECT}{more}"), urls, "d1", |plan, done| {
        done?;
        let mut found = BTreeMap::new();
        for table in &plan.catalog.tables {
            let names: Vec<&str> = table.columns.iter().map(|column| column.name.as_str()).collect();
            let query = format!(
                "SELECT coalesce(string_agg(CAST(row({}) AS VARCHAR), ' ' ORDER BY this), '') FROM {} AS this",
                Idents(&names),
                quoted(table)
            );
            let text: String = bench.db.one(&query, [])?;
            if !text.is_empty() {
                found.insert(table.name.clone(), text);
            }
        }
        Ok(found)
    })
}

/// The first columns of rows.
fn keys(rows: &BTreeMap<String, String>, table: &str) -> Vec<u32> {
    let text = rows.get(table).map_or("", String::as_str);
    text.split('(').skip(1).map(|row| row.split([',', ')']).next().unwrap().parse().unwrap()).collect()
}

#[test]
fn one_school_with_what_is_below_it_and_nothing_of_the_others() {
    let (mut bench, urls) = bench();
    bench.part = Some(Part::Below("s0.schools.id = 2".into()));
    let found = rows(&bench, &urls, "").unwrap();
    // Students 3 and 4 are below it; a brother at another school is of another school.
    assert_eq!(keys(&found, "students"), [3, 4]);
    assert_eq!(keys(&found, "schools"), [2]);
    assert_eq!(keys(&found, "notes"), [3, 4]);
    assert_eq!(found["siblings"], "(3, 4)");
    assert_eq!(keys(&found, "visits"), [2, 3]);
    assert_eq!(keys(&found, "staff"), [1, 2]);
    assert_eq!(found["districts"], "(d1)");
    let whole = rows(&bench, &urls, "whole: [s0.subjects]\nexpand: [s0.students]\n").unwrap();
    assert_eq!((keys(&whole, "subjects"), keys(&whole, "notes")), (vec![1, 2], vec![3, 4]));
    bench.part = Some(Part::Below("s0.schools.id = 3".into()));
    let none = rows(&bench, &urls, "").unwrap_err();
    assert!(none.kind == Kind::Usage && none.message.contains("no row of s0.schools"), "{none}");
}

#[test]
fn so_many_rows_of_one_table_and_what_is_whole_with_them() {
    let (mut bench, urls) = bench();
    let mut seen = Vec::new();
    for (count, salt) in [(1, 1), (2, 1), (3, 1), (4, 1), (9, 1), (2, 1), (2, 3), (2, 4), (2, 5)] {
        bench.part = Some(Part::Rows { count, of: "s0.students".into() });
        bench.salt = salt;
        let found = rows(&bench, &urls, "").unwrap();
        let students = keys(&found, "students");
        assert_eq!(students.len() as u64, count.min(4));
        assert_eq!(keys(&found, "notes"), students);
        // What depends on no student stays: the sample of a district is a district.
        assert_eq!((keys(&found, "schools"), keys(&found, "staff")), (vec![1, 2], vec![1, 2, 3, 4]));
        let siblings = [(1, 3), (2, 1), (3, 4)];
        let whole = siblings.iter().filter(|(a, b)| students.contains(a) && students.contains(b));
        assert_eq!(keys(&found, "siblings"), whole.map(|pair| pair.0).collect::<Vec<_>>());
        if count == 2 {
            seen.push(students);
        }
    }
    assert_eq!(seen[0], seen[1]);
    assert!(seen[2..].iter().any(|other| *other != seen[0]), "the salt changes nothing: {seen:?}");
}

#[test]
fn references_among_the_chosen_are_emptied_where_they_may_be() {
    let (mut bench, urls) = bench();
    for count in 1..=4 {
        bench.part = Some(Part::Rows { count, of: "s0.staff".into() });
        let found = rows(&bench, &urls, "").unwrap();
        let staff = keys(&found, "staff");
        assert_eq!(staff.len() as u64, count);
        for id in &staff {
            let boss = match id - 1 {
                boss if staff.contains(&boss) => boss.to_string(),
                _ => "NULL".to_owned(),
            };
            assert!(found["staff"].contains(&format!("({id}, d1, {boss})")), "{}", found["staff"]);
        }
        // A visit goes with whom it depends on; one of nobody stays.
        assert_eq!(keys(&found, "visits").contains(&1), staff.contains(&1));
        assert!(keys(&found, "visits").contains(&3) && keys(&found, "students").len() == 4);
    }
}

#[test]
fn an_excluded_table_stays_empty_and_what_named_it_is_emptied() {
    let (bench, urls) = bench();
    let found = rows(&bench, &urls, "exclude: [s0.notes]\n").unwrap();
    assert!(!found.contains_key("notes"));
    // The visits came down by staff only; number 3 by its note alone.
    assert_eq!(found["visits"], "(1, 1, NULL) (2, 2, NULL)");
    let found = rows(&bench, &urls, "exclude: [\"s0.s*i*s\"]\n").unwrap();
    assert!(!found.contains_key("siblings") && found.contains_key("students"), "{found:?}");
}

#[test]
fn what_a_check_wants_filled_is_not_emptied_for_an_excluded_table() {
    let bench = Bench::new();
    let sql = "CREATE TABLE orgs (id INTEGER PRIMARY KEY); CREATE TABLE logs (id INTEGER PRIMARY KEY);
        CREATE TABLE visits (id INTEGER PRIMARY KEY, kind TEXT, log_id INTEGER REFERENCES logs,
            CHECK (log_id IS NOT NULL OR kind = 'x'));";
    rusqlite::Connection::open(bench.workdir.path("checks.sqlite")).unwrap().execute_batch(sql).unwrap();
    let yaml = "project: random\nstores: [s0]\nroot: {table: s0.orgs, key: id}\nexclude: [s0.logs]\n";
    bench.workdir.write("rules/random/project.yaml", yaml);
    let project = Project::load(&bench.workdir.path(""), "random").unwrap();
    let url = StoreUrl::parse("sqlite:checks.sqlite", &bench.workdir.path("")).unwrap();
    let source = store::open_source(&url).unwrap();
    let mut catalog = introspect::introspect(&[("s0", source.as_ref())]).unwrap();
    let error = project.complete(&mut catalog).unwrap_err();
    assert!(error.message.contains("s0.visits.log_id") && error.message.contains("CHECK"), "{error}");
}
