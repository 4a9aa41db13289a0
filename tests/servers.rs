//! The test servers themselves: each starts, answers, keeps tests apart and goes away with its process.

use crate::support::{Workdir, mariadb, neo4j, postgres, python_duckdb};

#[test]
fn postgres_gives_each_test_its_own_database() {
    let (one, two) = (postgres::database("smoke"), postgres::database("smoke"));
    postgres::execute(&one, "CREATE TABLE t (id int); INSERT INTO t VALUES (1), (2)");
    assert_eq!(postgres::execute(&one, "SELECT count(*), sum(id) FROM t"), "2|3\n");
    assert_eq!(postgres::execute(&two, "SELECT to_regclass('t') IS NULL"), "t\n");
    assert_ne!(postgres::dump(&one), postgres::dump(&two));
    let prepared = postgres::execute(&one, "SHOW max_prepared_transactions");
    assert_eq!(prepared, "100\n");
    assert_eq!(
        postgres::execute(&postgres::plain_database("smoke"), "SHOW max_prepared_transactions"),
        "0\n"
    );
}

#[test]
fn a_postgres_reader_cannot_write() {
    let url = postgres::database("reader");
    postgres::execute(&url, "CREATE TABLE t (id int); INSERT INTO t VALUES (7)");
    let reader = postgres::reader(&url);
    assert_eq!(postgres::execute(&reader, "SELECT id FROM t"), "7\n");
    let refused = std::panic::catch_unwind(|| postgres::execute(&reader, "DELETE FROM t"));
    assert!(refused.is_err());
}

#[test]
fn mariadb_answers() {
    let url = mariadb::database("smoke");
    mariadb::execute(&url, "CREATE TABLE t (id int PRIMARY KEY); INSERT INTO t VALUES (1)");
    assert!(std::panic::catch_unwind(|| mariadb::execute(&url, "INSERT INTO t VALUES (1)")).is_err());
}

#[test]
fn two_graphs_are_apart_and_wiped_for_the_next_test() {
    let (one, two) = neo4j::two();
    one.run("CREATE CONSTRAINT FOR (a:A) REQUIRE a.id IS UNIQUE");
    one.run("CREATE INDEX FOR (a:A) ON (a.name)");
    one.run("CREATE (:A {id: 1, tags: ['x', 'y'], on: date('2026-01-02')})-[:KNOWS {since: 3}]->(:B)");
    let dump = one.dump();
    assert_eq!(dump.lines().count(), 3, "{dump}");
    assert!(dump.contains("since INTEGER NOT NULL = 3") && dump.contains(" x y"), "{dump}");
    assert_eq!(two.dump(), "");
    drop((one, two));
    let one = neo4j::one();
    assert_eq!(one.dump(), "");
    assert!(one.rows("SHOW CONSTRAINTS").is_empty());
}

#[test]
fn python_opens_a_file_of_its_own() {
    let work = Workdir::new("python");
    let file = work.path("x.duckdb");
    let script =
        "import duckdb, sys; c = duckdb.connect(sys.argv[1]); print(c.sql('SELECT version()').fetchone()[0])";
    assert_eq!(python_duckdb(script, &[&file]), "v1.5.5\n");
    assert!(file.exists());
}
