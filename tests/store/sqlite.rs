//! SQLite files: any value in any column, foreign keys, and what goes wrong.

use super::copy::{copy, delete, dump, open, request, rows};
use crate::support::Workdir;
use arrow::array::{ArrayRef, Int64Array, RecordBatch, StringArray};
use datamig::catalog::Table;
use datamig::error::Kind;
use datamig::store::{Filter, Mode, Read, Source, Target, Tenant, Wanted};
use rusqlite::Connection;
use std::path::Path;
use std::sync::Arc;

fn database(work: &Workdir, name: &str, sql: &str) -> Box<dyn Target> {
    let store = open(format!("sqlite:{}", work.path(name).display()));
    store.create(sql).expect("a database");
    store
}

fn table(source: &dyn Source, name: &str) -> Table {
    let found = source.introspect().expect("a catalog");
    found.tables.into_iter().find(|table| table.name == name).expect("the table")
}

/// Every value with its storage class, as SQLite writes it.
fn quoted(path: &Path, table: &str, columns: &[&str]) -> Vec<String> {
    let connection = Connection::open(path).expect("a database");
    let parts: Vec<String> = columns.iter().map(|name| format!("typeof({name}) || quote({name})")).collect();
    let sql = format!("SELECT {} FROM {table} ORDER BY 1", parts.join(" || ' ' || "));
    let mut statement = connection.prepare(&sql).expect("a statement");
    statement.query_map([], |row| row.get(0)).expect("rows").map(|row| row.expect("a row")).collect()
}

#[test]
fn chinook_is_read_whole_and_loads_back_equal() {
    let work = Workdir::new("chinook");
    let chinook = "/work/shared/datasets/chinook/Chinook_Sqlite.sqlite";
    let from = open(format!("sqlite:{chinook}"));
    let found = from.source().introspect().expect("a catalog");
    assert_eq!((found.tables.len(), found.references.len()), (11, 11));
    let track = found.tables.iter().find(|table| table.name == "Track").expect("Track");
    assert_eq!(track.estimated_rows, Some(3503));
    assert_eq!(track.column("UnitPrice").expect("a column").duck_type, "DECIMAL(10,2)");
    assert_eq!(track.column("Name").expect("a column").length, Some(200));

    let connection = Connection::open(chinook).expect("chinook");
    let mut statement =
        connection.prepare("SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL").expect("sql");
    let schema: Vec<String> =
        statement.query_map([], |row| row.get(0)).expect("rows").map(|row| row.expect("a row")).collect();
    let to = database(&work, "copy.sqlite", &schema.join(";\n"));
    let written: u64 = copy(from.source(), to.as_ref(), Mode::Insert).expect("a copy").iter().sum();
    assert_eq!(written, 15_607);
    assert_eq!(dump(to.source()), dump(from.source()));
    let again: u64 = copy(from.source(), to.as_ref(), Mode::Upsert).expect("a second copy").iter().sum();
    assert_eq!(again, 0, "equal rows are not written");
    assert_eq!(to.decision("mig-20261120-001").expect("an answer").as_deref(), Some("loaded"));
    assert_eq!(delete(from.source(), to.as_ref()).expect("deleted"), written);
    assert!(dump(to.source()).is_empty());
    assert_eq!(to.decision("mig-20261120-001").expect("an answer").as_deref(), Some("undone"));
}

#[test]
fn any_value_in_any_column_loads_back_identical() {
    let work = Workdir::new("any-value");
    let schema =
        "CREATE TABLE t(id INTEGER PRIMARY KEY, i INTEGER, s VARCHAR(5), d DATE, ts DATETIME, n NUMERIC(6,2),
        b BOOLEAN, r REAL, x BLOB, a, j JSON) ; CREATE TABLE w(p TEXT, q, PRIMARY KEY (p, q)) WITHOUT ROWID";
    let from = database(&work, "from.sqlite", schema);
    let to = database(&work, "to.sqlite", schema);
    let connection = Connection::open(work.path("from.sqlite")).expect("a database");
    let values = "1, 'abc', 'a', '2026-11-20', '2026-11-20 08:00:00', 12.34, 1, 1.5, x'00ff', 5, '{\"a\":1}'
        2, 9.5, x'414243', '20.11.2026', '2026-11-20T08:00:00Z', 0.333, 'yes', 'NaN', 'text', '5', '[1, 2]'
        3, NULL, '', 1700000000, 1700000000.5, 'n/a', 2, -0.0, NULL, x'', '5'
        4, 9223372036854775807, 'naïve ''q''', NULL, NULL, NULL, NULL, 1e300, x'27', '''5''', NULL
        5, -9223372036854775808, '5', '', '', '', '', 9e999, 7, 2.0, ''";
    for row in values.lines() {
        connection.execute_batch(&format!("INSERT INTO t VALUES ({row})")).expect("a row");
    }
    connection
        .execute_batch("INSERT INTO w VALUES ('a', 1), ('a', '1'), ('a', x'31'), ('b', 1.5)")
        .expect("rows");
    copy(from.source(), to.as_ref(), Mode::Insert).expect("a copy");
    let columns = ["id", "i", "s", "d", "ts", "n", "b", "r", "x", "a", "j"];
    assert_eq!(
        quoted(&work.path("to.sqlite"), "t", &columns),
        quoted(&work.path("from.sqlite"), "t", &columns)
    );
    assert_eq!(
        quoted(&work.path("to.sqlite"), "w", &["p", "q"]),
        quoted(&work.path("from.sqlite"), "w", &["p", "q"])
    );
}

#[test]
fn a_value_that_does_not_fit_is_an_error_that_hides_it() {
    let work = Workdir::new("misfit");
    let store = database(
        &work,
        "a.sqlite",
        "CREATE TABLE t(id INTEGER PRIMARY KEY, age INT); 
         WITH RECURSIVE s(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < 5000)
         INSERT INTO t SELECT n, CASE n WHEN 4000 THEN 'hidden-word' ELSE n END FROM s",
    );
    let table = table(store.source(), "t");
    assert_eq!(table.column("age").expect("age").duck_type, "INTEGER");
    let snapshot = store.source().snapshot().expect("a snapshot");
    let error = rows(snapshot.as_ref(), &request(&table, None)).expect_err("a misfit");
    let words = error.to_string();
    assert!(
        error.kind == Kind::Config && words.contains(".t.age") && !words.contains("hidden-word"),
        "{words}"
    );
}

#[test]
fn keys_unique_indexes_references_and_generated_columns_are_found() {
    let work = Workdir::new("introspect");
    let store = database(
        &work,
        "a.sqlite",
        "CREATE TABLE Parent(a INT, b TEXT, code TEXT UNIQUE, PRIMARY KEY (b, a)) WITHOUT ROWID;
         CREATE TABLE \"we ird\"(\"select\" INTEGER PRIMARY KEY, pb TEXT, pa INT NOT NULL, pc TEXT,
           double_pa INT GENERATED ALWAYS AS (pa * 2) STORED,
           FOREIGN KEY (pb, pa) REFERENCES parent, FOREIGN KEY (pc) REFERENCES PARENT(CODE));
         CREATE UNIQUE INDEX partial ON \"we ird\"(pc) WHERE pa > 1;
         CREATE UNIQUE INDEX expression ON \"we ird\"(lower(pc));
         CREATE TRIGGER tr AFTER INSERT ON Parent BEGIN SELECT 1; END;
         CREATE VIEW v AS SELECT 1; CREATE TABLE datamig_load(run TEXT)",
    );
    let found = store.source().introspect().expect("a catalog");
    let names: Vec<&str> = found.tables.iter().map(|table| table.name.as_str()).collect();
    assert_eq!(names, ["Parent", "we ird"]);
    let (parent, weird) = (&found.tables[0], &found.tables[1]);
    assert_eq!(parent.key, ["b", "a"]);
    assert_eq!(parent.unique, [["code"]]);
    assert_eq!(parent.triggers, ["tr"]);
    assert!(weird.unique.is_empty(), "partial and expression indexes make no column unique");
    assert!(weird.column("double_pa").expect("a column").generated);
    let references: Vec<_> =
        found.references.iter().map(|one| (one.columns.join(","), one.key.join(","), one.nullable)).collect();
    assert_eq!(references, [("pb,pa".into(), "b,a".into(), true), ("pc".into(), "code".into(), true)]);
}

#[test]
fn filters_use_keys_tenants_and_any_of_several() {
    let work = Workdir::new("filters");
    let store = database(
        &work,
        "a.sqlite",
        "CREATE TABLE t(id INT, part TEXT, tenant TEXT, PRIMARY KEY (id, part));
         INSERT INTO t VALUES (1, 'a', 'x'), (1, 'b', 'y'), (2, 'a', NULL), (3, '5', 'x')",
    );
    let table = table(store.source(), "t");
    let snapshot = store.source().snapshot().expect("a snapshot");
    let ids: ArrayRef = Arc::new(Int64Array::from(vec![1, 3]));
    let parts: ArrayRef = Arc::new(StringArray::from(vec!["b", "5"]));
    let keys = RecordBatch::try_from_iter([("id", ids.clone()), ("part", parts)]).expect("keys");
    let columns = vec!["id".to_owned(), "part".to_owned()];
    let pairs = Filter::Keys { columns, is_expression: false, keys };
    let read = request(&table, Some(pairs.clone()));
    assert_eq!(rows(snapshot.as_ref(), &read).expect("rows"), ["1 | b | y", "3 | 5 | x"]);

    let equal = Filter::Equals { column: "id".into(), value: "1".into() };
    let tenant = |wanted| Some(Tenant { column: "tenant".into(), value: "x".into(), wanted });
    let both =
        Read { any: vec![pairs, equal], tenant: tenant(Wanted::OursOrNobodys), ..request(&table, None) };
    assert_eq!(rows(snapshot.as_ref(), &both).expect("rows"), ["1 | a | x", "3 | 5 | x"]);
    let nobodys = Read { tenant: tenant(Wanted::Nobodys), ..request(&table, None) };
    assert_eq!(rows(snapshot.as_ref(), &nobodys).expect("rows"), ["2 | a | NULL"]);
    let foreign = Read { tenant: tenant(Wanted::Foreign), ..request(&table, None) };
    assert_eq!(rows(snapshot.as_ref(), &foreign).expect("rows"), ["1 | b | y"]);

    let keys = RecordBatch::try_from_iter([("id", ids)]).expect("keys");
    let by_expression = Filter::Keys { columns: vec!["id + 1".into()], is_expression: true, keys };
    assert_eq!(
        rows(snapshot.as_ref(), &request(&table, Some(by_expression))).expect("rows"),
        ["2 | a | NULL"]
    );
}

#[test]
fn a_cycle_without_nulls_loads_and_a_missing_parent_does_not() {
    let work = Workdir::new("cycle");
    let schema = "CREATE TABLE a(id INTEGER PRIMARY KEY, b INT NOT NULL REFERENCES b(id));
                  CREATE TABLE b(id INTEGER PRIMARY KEY, a INT NOT NULL REFERENCES a(id));";
    let from = database(
        &work,
        "from.sqlite",
        &format!(
            "{schema} PRAGMA foreign_keys = OFF; INSERT INTO a VALUES (1, 1); INSERT INTO b VALUES (1, 1)"
        ),
    );
    let to = database(&work, "to.sqlite", schema);
    copy(from.source(), to.as_ref(), Mode::Insert).expect("a copy");
    let before = dump(to.source());
    let connection = Connection::open(work.path("from.sqlite")).expect("a database");
    connection
        .execute_batch("PRAGMA foreign_keys = OFF; INSERT INTO a VALUES (2, 77)")
        .expect("a dangling row");
    let error = copy(from.source(), to.as_ref(), Mode::Upsert).expect_err("a missing parent");
    assert!(error.message.contains("1 rows of a point at rows of b"), "{error}");
    let error = copy(from.source(), to.as_ref(), Mode::Insert).expect_err("an existing key");
    assert!(error.message.contains("UNIQUE constraint failed: a.id"), "{error}");
    assert_eq!(dump(to.source()), before, "nothing is left of a failed load");
}

#[test]
fn rows_without_a_key_are_completed_not_doubled() {
    let work = Workdir::new("keyless");
    let schema = "CREATE TABLE t(a INT, b TEXT);";
    let from = database(
        &work,
        "from.sqlite",
        &format!("{schema} INSERT INTO t VALUES (1, NULL), (1, NULL), (2, 'x')"),
    );
    let to = database(&work, "to.sqlite", &format!("{schema} INSERT INTO t VALUES (1, NULL), (3, 'theirs')"));
    assert_eq!(copy(from.source(), to.as_ref(), Mode::Upsert).expect("a copy"), [2]);
    assert_eq!(copy(from.source(), to.as_ref(), Mode::Upsert).expect("a copy"), [0]);
    assert_eq!(delete(from.source(), to.as_ref()).expect("deleted"), 3);
    assert_eq!(dump(to.source()), ["t: 3 | theirs"]);
}

#[test]
fn a_snapshot_stays_as_it_was_and_cannot_write() {
    let work = Workdir::new("snapshot");
    let store = database(
        &work,
        "a.sqlite",
        "PRAGMA journal_mode = WAL; CREATE TABLE t(a INT); INSERT INTO t VALUES (1)",
    );
    let table = table(store.source(), "t");
    let snapshot = store.source().snapshot().expect("a snapshot");
    let connection = Connection::open(work.path("a.sqlite")).expect("a database");
    connection.execute_batch("INSERT INTO t VALUES (2)").expect("a row");
    assert_eq!(rows(snapshot.as_ref(), &request(&table, None)).expect("rows"), ["1"]);
    let harm = Filter::Sql("1); DELETE FROM t; --".into());
    assert!(rows(snapshot.as_ref(), &request(&table, Some(harm))).is_err());
    let count: i64 = connection.query_row("SELECT count(*) FROM t", [], |row| row.get(0)).expect("a count");
    assert_eq!(count, 2);
}

#[test]
fn wrong_files_are_explained() {
    let work = Workdir::new("wrong-files");
    work.write(
        "text.sqlite",
        "this is a text, and long enough to be read as a header of a hundred bytes ".repeat(4),
    );
    let kind_of = |name: &str| {
        let store = open(format!("sqlite:{}", work.path(name).display()));
        let error = store.source().introspect().err().expect("an error");
        assert!(error.message.contains(name), "{error}");
        error.kind
    };
    assert_eq!(kind_of("missing.sqlite"), Kind::Config);
    assert_eq!(kind_of("text.sqlite"), Kind::Config);
    let store = database(&work, "a.sqlite", "CREATE TABLE t(a INT)");
    let held = store.begin().expect("a transaction");
    assert_eq!(store.begin().err().expect("a lock").kind, Kind::Busy);
    drop(held);
    let mut mode = std::fs::metadata(work.path("a.sqlite")).expect("a file").permissions();
    mode.set_readonly(true);
    std::fs::set_permissions(work.path("a.sqlite"), mode).expect("read-only");
    assert_eq!(store.begin().err().expect("a refusal").kind, Kind::Refused);
}
