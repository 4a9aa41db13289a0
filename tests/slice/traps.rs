//! The slicing cases of hard-cases.md, each as small as it can be, with the rows that a person says belong to the root.

use super::bench::Bench;
use datamig::slice::quoted;

/// A schema with rows, what project.yaml says beyond stores, and the keys (`id`) of each table that is not empty.
struct Trap {
    what: &'static str,
    sql: String,
    project: &'static str,
    expected: &'static str,
}

fn trap(what: &'static str, sql: impl Into<String>, project: &'static str, expected: &'static str) -> Trap {
    Trap { what, sql: sql.into(), project, expected }
}

const ORGS: &str = "root: {table: s0.orgs, key: id}";

fn cycles() -> Vec<Trap> {
    vec![
        trap(
            "1: two references of a table to itself",
            "CREATE TABLE orgs (id INTEGER PRIMARY KEY);
             CREATE TABLE posts (id INTEGER PRIMARY KEY, org INTEGER REFERENCES orgs,
                 parent INTEGER REFERENCES posts, thread INTEGER REFERENCES posts);
             INSERT INTO orgs VALUES (1), (2);
             INSERT INTO posts VALUES (1, 1, NULL, 1), (2, NULL, 1, 1), (3, NULL, 2, 9), (4, NULL, 9, 3),
                 (9, 2, NULL, 9), (8, 2, 9, 9), (7, NULL, NULL, NULL);",
            ORGS,
            "orgs 1 2, posts 1 2 3 4 9",
        ),
        trap(
            "2: cycles that overlap",
            "CREATE TABLE orgs (id INTEGER PRIMARY KEY);
             CREATE TABLE a (id INTEGER PRIMARY KEY, org INTEGER REFERENCES orgs, b INTEGER REFERENCES b);
             CREATE TABLE b (id INTEGER PRIMARY KEY, c INTEGER REFERENCES c);
             CREATE TABLE c (id INTEGER PRIMARY KEY, a INTEGER REFERENCES a, e INTEGER REFERENCES e);
             CREATE TABLE e (id INTEGER PRIMARY KEY, b INTEGER REFERENCES b);
             INSERT INTO orgs VALUES (1);
             INSERT INTO a VALUES (1, 1, 1), (2, NULL, 2), (3, NULL, 5);
             INSERT INTO b VALUES (1, 1), (2, 2), (3, 3), (5, NULL);
             INSERT INTO c VALUES (1, 2, 1), (2, 1, NULL), (3, NULL, 4);
             INSERT INTO e VALUES (1, 3), (4, NULL), (5, 5);",
            ORGS,
            // Down: a1 <- c2 <- b2 <- a2 <- c1 <- b1. Up: e1 -> b3 -> c3 -> e4.
            "orgs 1, a 1 2, b 1 2 3, c 1 2 3, e 1 4",
        ),
        trap(
            "2: a cycle that allows no NULL",
            "CREATE TABLE accounts (id INTEGER PRIMARY KEY, owner INTEGER NOT NULL REFERENCES users);
             CREATE TABLE users (id INTEGER PRIMARY KEY, account INTEGER NOT NULL REFERENCES accounts);
             INSERT INTO accounts VALUES (1, 1), (2, 3), (3, 2); INSERT INTO users VALUES (1, 1), (2, 1), (3, 2);",
            "root: {table: s0.accounts, key: id}",
            "accounts 1 3, users 1 2",
        ),
    ]
}

fn shapes() -> Vec<Trap> {
    vec![
        trap(
            "4: the key of the child holds its reference",
            "CREATE TABLE orgs (id INTEGER PRIMARY KEY);
             CREATE TABLE orders (org INTEGER REFERENCES orgs, id INTEGER, PRIMARY KEY (org, id));
             CREATE TABLE lines (org INTEGER, number INTEGER, id INTEGER, PRIMARY KEY (org, number, id),
                 FOREIGN KEY (org, number) REFERENCES orders (org, id));
             INSERT INTO orgs VALUES (1), (2); INSERT INTO orders VALUES (1, 1), (1, 2), (2, 1);
             INSERT INTO lines VALUES (1, 1, 11), (1, 2, 12), (2, 1, 21);",
            ORGS,
            "orgs 1, orders 1 2, lines 11 12",
        ),
        trap(
            "5: a composite key addressed by its first column",
            "CREATE TABLE orgs (id INTEGER PRIMARY KEY, name TEXT);
             CREATE TABLE rooms (org INTEGER REFERENCES orgs, id INTEGER, PRIMARY KEY (org, id));
             CREATE TABLE doors (id INTEGER PRIMARY KEY, org INTEGER REFERENCES orgs, room_org INTEGER);
             INSERT INTO orgs VALUES (1, 'a'), (2, 'b'), (3, 'c');
             INSERT INTO rooms VALUES (1, 1), (1, 2), (2, 1), (2, 3), (3, 1);
             INSERT INTO doors VALUES (1, 1, 2), (2, 3, 3);",
            "root: {table: s0.orgs, key: id}\nlinks: [{from: s0.doors, columns: [room_org], to: s0.rooms, key: [org]}]",
            "orgs 1 2, rooms 1 1 2 3, doors 1",
        ),
        trap(
            "6: two parents under one column",
            "CREATE TABLE orgs (id INTEGER PRIMARY KEY);
             CREATE TABLE pupils (id INTEGER PRIMARY KEY, org INTEGER REFERENCES orgs);
             CREATE TABLE staff (id INTEGER PRIMARY KEY, org INTEGER REFERENCES orgs);
             CREATE TABLE logs (id INTEGER PRIMARY KEY, kind TEXT, target INTEGER);
             INSERT INTO orgs VALUES (1), (2); INSERT INTO pupils VALUES (1, 1), (2, 2); INSERT INTO staff VALUES (2, 1), (1, 2);
             INSERT INTO logs VALUES (1, 'pupil', 1), (2, 'pupil', 2), (3, 'staff', 1), (4, 'staff', 2), (5, 'x', 1), (6, NULL, 1);",
            "root: {table: s0.orgs, key: id}\nlinks:\n
  - {from: s0.logs, columns: [target], to: s0.pupils, when: \"kind = 'pupil'\"}
  - {from: s0.logs, columns: [target], to: s0.staff, when: \"kind = 'staff'\"}",
            "orgs 1, pupils 1, staff 2, logs 1 4",
        ),
        parallel(),
        trap(
            "12: no key, rows that are alike, no rows",
            "CREATE TABLE orgs (id INTEGER PRIMARY KEY);
             CREATE TABLE visits (id INTEGER, org INTEGER REFERENCES orgs, room INTEGER REFERENCES rooms);
             CREATE TABLE rooms (id INTEGER PRIMARY KEY); CREATE TABLE doors (id INTEGER PRIMARY KEY, room INTEGER REFERENCES rooms);
             INSERT INTO orgs VALUES (1), (2); INSERT INTO rooms VALUES (1), (2);
             INSERT INTO visits VALUES (1, 1, 1), (1, 1, 1), (1, 1, NULL), (1, 2, 2), (NULL, 1, NULL);",
            ORGS,
            "orgs 1, visits 1 1 1 -, rooms 1",
        ),
        trap(
            "13: the key of the child is the key of the parent",
            "CREATE TABLE orgs (id INTEGER PRIMARY KEY, boss INTEGER REFERENCES orgs);
             CREATE TABLE schools (id INTEGER PRIMARY KEY REFERENCES orgs);
             CREATE TABLE primaries (id INTEGER PRIMARY KEY REFERENCES schools);
             CREATE TABLE pupils (id INTEGER PRIMARY KEY, school INTEGER REFERENCES primaries);
             INSERT INTO orgs VALUES (1, NULL), (2, 1), (3, NULL), (4, 3); INSERT INTO schools VALUES (2), (3);
             INSERT INTO primaries VALUES (2), (3); INSERT INTO pupils VALUES (1, 2), (2, 3);",
            ORGS,
            "orgs 1 2, schools 2, primaries 2, pupils 1",
        ),
    ]
}

fn parallel() -> Trap {
    let columns: Vec<String> = (1..=25).map(|at| format!("p{at} INTEGER REFERENCES things")).collect();
    let names: Vec<String> =
        (1..=25).map(|at| if at == 25 { "3".into() } else { (at % 2 + 1).to_string() }).collect();
    trap(
        "11: twenty-five references between the same two tables, one with a NULL in it, one that dangles",
        format!(
            "CREATE TABLE orgs (id INTEGER PRIMARY KEY);
             CREATE TABLE things (id INTEGER PRIMARY KEY, a INTEGER, b INTEGER, UNIQUE (a, b));
             CREATE TABLE uses (id INTEGER PRIMARY KEY, org INTEGER REFERENCES orgs, a INTEGER, b INTEGER,
                 gone INTEGER REFERENCES things, {}, FOREIGN KEY (a, b) REFERENCES things (a, b));
             INSERT INTO orgs VALUES (1); INSERT INTO things VALUES (1, 1, 1), (2, 1, 2), (3, 1, 3), (4, 4, NULL), (5, 4, 5);
             INSERT INTO uses VALUES (1, 1, 4, NULL, 77, {});",
            columns.join(", "),
            names.join(", ")
        ),
        ORGS,
        "orgs 1, things 1 2 3, uses 1",
    )
}

fn walls() -> Vec<Trap> {
    let shared = "CREATE TABLE orgs (id INTEGER PRIMARY KEY);
        CREATE TABLE subjects (id INTEGER PRIMARY KEY, made_by INTEGER REFERENCES users);
        CREATE TABLE users (id INTEGER PRIMARY KEY, org INTEGER REFERENCES orgs, made_by INTEGER REFERENCES users);
        CREATE TABLE courses (id INTEGER PRIMARY KEY, org INTEGER REFERENCES orgs, subject INTEGER REFERENCES subjects,
            made_by INTEGER REFERENCES users);
        INSERT INTO orgs VALUES (1), (2); INSERT INTO users VALUES (1, 1, 2), (2, NULL, NULL), (3, 2, 1), (4, NULL, 2);
        INSERT INTO subjects VALUES (1, 2), (2, 2); INSERT INTO courses VALUES (1, 1, 1, 2), (2, 2, 1, 1), (3, 2, 2, 2);";
    vec![
        trap("8: a shared parent brings nobody", shared, ORGS, "orgs 1 2, subjects 1, users 1 2 3, courses 1 2"),
        trap(
            "14: a root without a declared key",
            "CREATE TABLE orgs (id TEXT, name TEXT); CREATE TABLE users (id INTEGER PRIMARY KEY, org TEXT);
             INSERT INTO orgs VALUES ('1', 'a'), ('2', 'b'); INSERT INTO users VALUES (1, '1'), (2, '2');",
            "root: {table: s0.orgs, key: id}\nlinks: [{from: s0.users, columns: [org], to: s0.orgs, key: [id]}]",
            "orgs 1, users 1",
        ),
        trap(
            "9: audit columns walked up only",
            shared,
            "root: {table: s0.orgs, key: id}\nfollow: {\"s0.*.made_by\": up}",
            "orgs 1, subjects 1, users 1 2, courses 1",
        ),
        trap(
            "9: audit columns not walked",
            shared,
            "root: {table: s0.orgs, key: id}\nfollow: {\"s0.*.made_by\": none}",
            "orgs 1, subjects 1, users 1, courses 1",
        ),
        trap(
            "a cut that a CHECK would refuse leaves the row out, others empty the reference",
            "CREATE TABLE orgs (id INTEGER PRIMARY KEY);
             CREATE TABLE people (id INTEGER PRIMARY KEY, org INTEGER NOT NULL REFERENCES orgs);
             CREATE TABLE pairs (id INTEGER PRIMARY KEY, org INTEGER NOT NULL REFERENCES orgs,
                 one INTEGER REFERENCES people, other INTEGER REFERENCES people, CHECK (one <> other));
             CREATE TABLE logins (id INTEGER PRIMARY KEY, org INTEGER NOT NULL REFERENCES orgs,
                 one INTEGER REFERENCES people, other INTEGER REFERENCES people, CHECK (one IS NOT NULL OR other IS NOT NULL));
             CREATE TABLE uses (id INTEGER PRIMARY KEY, login INTEGER NOT NULL REFERENCES logins);
             INSERT INTO orgs VALUES (1), (2); INSERT INTO people VALUES (1, 1), (2, 2);
             INSERT INTO pairs VALUES (1, 1, 1, 2); INSERT INTO logins VALUES (1, 1, 1, NULL), (2, 1, NULL, 2);
             INSERT INTO uses VALUES (1, 1), (2, 2);",
            "root: {table: s0.orgs, key: id}\ntenant: {column: org}",
            "orgs 1, people 1, pairs 1, logins 1, uses 1",
        ),
    ]
}

#[test]
fn what_breaks_other_tools() {
    let bench = Bench::new();
    for (at, trap) in [cycles(), shapes(), walls()].into_iter().flatten().enumerate() {
        let file = format!("trap{at}.sqlite");
        rusqlite::Connection::open(bench.workdir.path(&file))
            .unwrap()
            .execute_batch(&format!("PRAGMA foreign_keys = OFF; {}", trap.sql))
            .unwrap();
        let yaml = format!("project: random\nstores: [s0]\n{}\n", trap.project);
        bench.slice(&yaml, &[format!("sqlite:{file}")], "1", |plan, done| {
            done.unwrap_or_else(|error| panic!("{}: {error}", trap.what));
            let mut found: Vec<String> = Vec::new();
            for table in &plan.catalog.tables {
                let query = format!(
                    "SELECT string_agg(coalesce(CAST(id AS VARCHAR), '-'), ' ' ORDER BY id NULLS LAST) FROM {}",
                    quoted(table)
                );
                let keys = bench.db.one::<Option<String>, _>(&query, []).unwrap();
                found.extend(keys.map(|keys| format!("{} {keys}", table.name)));
            }
            let mut expected: Vec<&str> = trap.expected.split(", ").collect();
            expected.sort_unstable();
            found.sort();
            assert_eq!(found, expected, "{}", trap.what);
        });
    }
}
