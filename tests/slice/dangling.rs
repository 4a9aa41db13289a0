//! References that dangle in PROD: taken as they are, or cured as the project says.

use super::bench::Bench;
use datamig::slice::{quoted, settle};
use std::collections::BTreeMap;

const SCHEMA: &str = "
PRAGMA foreign_keys = OFF;
CREATE TABLE districts (id TEXT PRIMARY KEY);
CREATE TABLE teachers (id INTEGER PRIMARY KEY, boss_id INTEGER REFERENCES teachers);
CREATE TABLE schools (id INTEGER PRIMARY KEY, district_id TEXT NOT NULL REFERENCES districts, head_id INTEGER REFERENCES teachers);
CREATE TABLE students (id INTEGER PRIMARY KEY, district_id TEXT NOT NULL REFERENCES districts, school_id INTEGER NOT NULL REFERENCES schools);
CREATE TABLE marks (id INTEGER PRIMARY KEY, student_id INTEGER NOT NULL REFERENCES students, teacher_id INTEGER REFERENCES teachers);
INSERT INTO districts VALUES ('d1'), ('d2');
INSERT INTO teachers VALUES (1, 88), (2, NULL), (3, NULL);
INSERT INTO schools VALUES (1, 'd1', 77), (2, 'd1', 2), (9, 'd2', 3);
INSERT INTO students VALUES (1, 'd1', 1), (2, 'd1', 99), (9, 'd2', 9);
INSERT INTO marks VALUES (1, 1, 1), (2, 2, 2), (3, 2, 3), (9, 9, 1);";
const PROJECT: &str =
    "project: random\nstores: [s0]\nroot: {table: s0.districts, key: id}\ntenant: {column: district_id}\n";

/// The staged keys of each table, the heads of the schools, and what still dangles.
fn sliced(cures: &str) -> (BTreeMap<String, String>, String, Vec<(String, u64)>) {
    let bench = Bench::new();
    let file = bench.workdir.path("dangling.sqlite");
    rusqlite::Connection::open(&file).unwrap().execute_batch(SCHEMA).unwrap();
    let urls = [format!("sqlite:{}", file.display())];
    bench.slice(&format!("{PROJECT}{cures}"), &urls, "d1", |plan, done| {
        done.unwrap();
        let keys = plan.catalog.tables.iter().map(|table| {
            let query =
                format!("SELECT coalesce(string_agg(id, ' ' ORDER BY id), '') FROM {}", quoted(table));
            (table.name.clone(), bench.db.one(&query, []).unwrap())
        });
        let heads =
            "SELECT string_agg(coalesce(CAST(head_id AS VARCHAR), '-'), ' ' ORDER BY id) FROM s0.schools";
        let left = settle::dangling(plan, &bench.db).unwrap();
        let left = left.into_iter().map(|(at, rows)| (plan.edges[at].id.clone(), rows)).collect();
        (keys.collect(), bench.db.one(heads, []).unwrap(), left)
    })
}

#[test]
fn what_dangles_is_taken_as_it_is_and_counted() {
    let (keys, heads, left) = sliced("");
    assert_eq!((keys["students"].as_str(), keys["marks"].as_str()), ("1 2", "1 2 3"));
    assert_eq!((keys["teachers"].as_str(), heads.as_str()), ("1 2 3", "77 2"));
    let ids = ["s0.schools.head_id", "s0.students.school_id", "s0.teachers.boss_id"];
    let mut left: Vec<String> = left.into_iter().map(|(id, rows)| format!("{id} {rows}")).collect();
    left.sort();
    assert_eq!(left, ids.map(|id| format!("{id} 1")));
}

#[test]
fn what_dangles_is_emptied_or_left_out_with_all_that_needs_it() {
    let (keys, heads, left) = sliced(
        "dangling: {s0.schools.head_id: null, s0.students.school_id: leave_out, s0.teachers.boss_id: 'null'}\n",
    );
    assert_eq!(heads, "- 2");
    // Student 2 goes, with both marks, and teacher 3, whom only they needed.
    assert_eq!((keys["students"].as_str(), keys["marks"].as_str()), ("1", "1"));
    assert_eq!((keys["schools"].as_str(), keys["teachers"].as_str()), ("1 2", "1 2"));
    assert_eq!(left, []);
    let (keys, heads, _) = sliced("dangling: {s0.*: leave_out}\n");
    // School 1 goes for its head, and all below it.
    assert_eq!((keys["schools"].as_str(), heads.as_str()), ("2", "2"));
    assert_eq!((keys["students"].as_str(), keys["marks"].as_str(), keys["teachers"].as_str()), ("", "", "2"));
}

/// A text that is no number dangles in PROD as a number does that nobody has.
#[test]
fn a_text_that_is_no_key_at_all_dangles() {
    let bench = Bench::new();
    let file = bench.workdir.path("nameless.sqlite");
    let sql = "CREATE TABLE orgs (id INTEGER PRIMARY KEY); CREATE TABLE people (id INTEGER PRIMARY KEY);
        CREATE TABLE notes (id INTEGER PRIMARY KEY, org INTEGER REFERENCES orgs, who TEXT);
        INSERT INTO orgs VALUES (1); INSERT INTO people VALUES (7);
        INSERT INTO notes VALUES (1, 1, '7'), (2, 1, 'x'), (3, 1, '99'), (4, 1, '07'), (5, 1, NULL);";
    rusqlite::Connection::open(&file).unwrap().execute_batch(sql).unwrap();
    let project = "project: random\nstores: [s0]\nroot: {table: s0.orgs, key: id}\n\
                   links: [{from: s0.notes, columns: [who], to: s0.people}]\n";
    for (cure, rows, kept) in
        [("", vec![3], "1 2 3 4 5"), ("dangling: {s0.notes.who: leave_out}\n", vec![], "1 5")]
    {
        let urls = [format!("sqlite:{}", file.display())];
        bench.slice(&format!("{project}{cure}"), &urls, "1", |plan, done| {
            done.unwrap();
            let left = settle::dangling(plan, &bench.db).unwrap();
            assert_eq!(left.into_iter().map(|(_, rows)| rows).collect::<Vec<_>>(), rows);
            let notes = "SELECT string_agg(id, ' ' ORDER BY id) FROM s0.notes";
            assert_eq!(bench.db.one::<String, _>(notes, []).unwrap(), kept);
        });
    }
}
