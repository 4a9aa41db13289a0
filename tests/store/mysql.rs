//! MariaDB as a source: every type at its ends, keys as the engine compares them, and who may write.

use super::copy::{request, rows};
use crate::support::mariadb;
use arrow::array::{ArrayRef, AsArray, RecordBatch, StringArray};
use arrow::datatypes::TimestampMicrosecondType;
use datamig::catalog::{Equality, Table};
use datamig::error::Kind;
use datamig::store::url::StoreUrl;
use datamig::store::{self, Filter, Source, Tenant, Wanted};
use std::path::Path;
use std::sync::Arc;

fn open(url: &str) -> Box<dyn Source> {
    store::open_source(&StoreUrl::parse(url, Path::new("")).expect("a URL")).expect("a store")
}

fn table(source: &dyn Source, name: &str) -> Table {
    let found = source.introspect().expect("a catalog");
    found.tables.into_iter().find(|table| table.name == name).expect("the table")
}

/// A table of one column, read back: its DuckDB type and its values.
fn round(kind: &str, values: &[&str]) -> (String, Vec<String>) {
    let url = mariadb::database("types");
    let rows_of = values.iter().map(|value| format!("({value})")).collect::<Vec<_>>().join(", ");
    mariadb::execute(
        &url,
        &format!("SET sql_mode = ''; CREATE TABLE t (c {kind}); INSERT INTO t VALUES {rows_of}, (NULL)"),
    );
    let source = open(&url);
    let table = table(source.as_ref(), "t");
    let column = &table.columns[0];
    let shown = format!("{}{}", column.duck_type, if column.as_text { " as text" } else { "" });
    let snapshot = source.snapshot().expect("a snapshot");
    (shown, rows(snapshot.as_ref(), &request(&table, None)).expect("rows"))
}

#[test]
fn types_at_their_ends() {
    let emoji = "'\u{1F600} e\u{301} \\\\N \"q\" it''s'";
    let cases: [(&str, &[&str], &str, &[&str]); 21] = [
        ("bigint unsigned", &["18446744073709551615", "0"], "DECIMAL(20,0)", &["0", "18446744073709551615"]),
        ("bigint", &["-9223372036854775808"], "BIGINT", &["-9223372036854775808"]),
        ("int(5) zerofill", &["42"], "BIGINT", &["42"]),
        ("tinyint(1)", &["2", "-128"], "SMALLINT", &["-128", "2"]),
        (
            "decimal(65,30)",
            &["-12345678901234567890123456789012345.123456789012345678901234567890"],
            "VARCHAR as text",
            &["-12345678901234567890123456789012345.123456789012345678901234567890"],
        ),
        ("decimal(10,2)", &["99999999.99", "-0.01"], "DECIMAL(10,2)", &["-0.01", "99999999.99"]),
        ("float", &["16777217", "0.1"], "FLOAT", &["0.1", "16777216.0"]),
        ("double", &["1.7976931348623157e308"], "DOUBLE", &["1.7976931348623157e308"]),
        ("bit(1)", &["1", "0"], "BOOLEAN", &["false", "true"]),
        ("bit(10)", &["b'101'"], "VARCHAR as text", &["0000000101"]),
        ("year", &["0", "2155"], "SMALLINT", &["0", "2155"]),
        (
            "time(3)",
            &["'-838:59:59'", "'25:00:00.5'"],
            "VARCHAR as text",
            &["-838:59:59.000", "25:00:00.500"],
        ),
        ("date", &["'9999-12-31'", "'1000-01-01'"], "DATE", &["1000-01-01", "9999-12-31"]),
        ("date DEFAULT '0000-00-00'", &["'0000-00-00'"], "VARCHAR as text", &["0000-00-00"]),
        ("datetime(6)", &["'9999-12-31 23:59:59.120000'"], "TIMESTAMP", &["9999-12-31T23:59:59.120"]),
        ("enum('a','it''s')", &["'it''s'"], "VARCHAR", &["it's"]),
        ("set('x','y')", &["'y,x'"], "VARCHAR", &["x,y"]),
        ("json", &["'{\"a\": 1e400}'"], "VARCHAR", &["{\"a\": 1e400}"]),
        ("geometry", &["ST_GeomFromText('POINT(1 2)', 4326)"], "VARCHAR as text", &["SRID=4326;POINT(1 2)"]),
        ("varbinary(9)", &["x'00ff'", "''"], "BLOB", &["", "00ff"]),
        ("text CHARACTER SET latin1", &["'\u{e4}\u{20ac}'"], "VARCHAR", &["\u{e4}\u{20ac}"]),
    ];
    for (kind, values, duck_type, expected) in cases {
        let (found_type, mut found) = round(kind, values);
        found.retain(|value| value != "NULL");
        assert_eq!(
            (found_type.as_str(), found),
            (duck_type, expected.iter().map(|v| (*v).to_owned()).collect()),
            "{kind}"
        );
    }
    let (_, found) = round("varchar(40) CHARACTER SET utf8mb4", &[emoji]);
    assert!(found.contains(&"\u{1F600} e\u{301} \\N \"q\" it's".to_owned()), "{found:?}");
}

#[test]
fn timestamps_are_in_utc() {
    let url = mariadb::database("utc");
    mariadb::execute(
        &url,
        "SET time_zone = '+02:00'; CREATE TABLE t (c timestamp(6) NULL); INSERT INTO t VALUES ('2038-01-19 05:14:07.25')",
    );
    let source = open(&url);
    let t = table(source.as_ref(), "t");
    let mut micros = Vec::new();
    let read = request(&t, None);
    source
        .snapshot()
        .unwrap()
        .read(&read, &mut |batch| {
            micros.push(batch.column(0).as_primitive::<TimestampMicrosecondType>().value(0));
            Ok(())
        })
        .unwrap();
    assert_eq!((t.columns[0].duck_type.as_str(), micros), ("TIMESTAMPTZ", vec![2_147_483_647_250_000]));
}

#[test]
fn a_day_that_does_not_exist_is_named_and_carried_as_text_when_asked() {
    let url = mariadb::database("zero");
    mariadb::execute(
        &url,
        "SET sql_mode = ''; CREATE TABLE t (d date NOT NULL); INSERT INTO t VALUES ('2026-00-00')",
    );
    let source = open(&url);
    let t = table(source.as_ref(), "t");
    let snapshot = source.snapshot().unwrap();
    let error = rows(snapshot.as_ref(), &request(&t, None)).unwrap_err();
    assert!(error.hint.unwrap().contains("as_text"), "{}", error.message);
    let mut url = StoreUrl::parse(&url, Path::new("")).unwrap();
    url.options.as_text = vec!["t.d".into()];
    let source = store::open_source(&url).unwrap();
    let t = table(source.as_ref(), "t");
    assert_eq!(rows(source.snapshot().unwrap().as_ref(), &request(&t, None)).unwrap(), ["2026-00-00"]);
}

#[test]
fn the_catalog_has_keys_references_and_what_is_computed() {
    let url = mariadb::database("catalog");
    mariadb::execute(
        &url,
        "CREATE TABLE `we ird` (a int, b varchar(9) COLLATE utf8mb4_bin, PRIMARY KEY (b, a), UNIQUE (a)); \
         CREATE TABLE child (id int AUTO_INCREMENT PRIMARY KEY, x varchar(9) COLLATE utf8mb4_bin, y int NOT NULL, \
         `select` int AS (y + 1) STORED, name varchar(5) COLLATE utf8mb4_general_ci UNIQUE, \
         FOREIGN KEY (x, y) REFERENCES `we ird` (b, a)); \
         CREATE VIEW v AS SELECT 1; CREATE TRIGGER stamp BEFORE INSERT ON child FOR EACH ROW SET NEW.y = 1",
    );
    let found = open(&url).introspect().unwrap();
    let names: Vec<&str> = found.tables.iter().map(|table| table.name.as_str()).collect();
    assert_eq!(names, ["child", "we ird"]);
    let (child, parent) = (&found.tables[0], &found.tables[1]);
    assert_eq!((parent.key.join(","), &parent.unique), ("b,a".into(), &vec![vec!["a".to_owned()]]));
    assert!(child.column("select").unwrap().generated && child.column("id").unwrap().has_default);
    assert_eq!(child.column("name").unwrap().equality, Equality::Loose);
    assert_eq!(parent.column("b").unwrap().equality, Equality::Exact);
    assert_eq!(child.triggers, ["stamp"]);
    let [reference] = found.references.as_slice() else { panic!("one reference") };
    assert_eq!((reference.id.as_str(), reference.nullable), ("child.(x, y)", true));
}

#[test]
fn values_are_compared_as_the_column_is() {
    let url = mariadb::database("filter");
    mariadb::execute(
        &url,
        "CREATE TABLE t (id int PRIMARY KEY, name varchar(9), owner varchar(9)); \
         INSERT INTO t VALUES (1, 'abc', 'us'), (2, '0', 'them'), (3, 'it''s \\\\', NULL)",
    );
    let source = open(&url);
    let t = table(source.as_ref(), "t");
    let snapshot = source.snapshot().unwrap();
    let equals = |column: &str, value: &str| Filter::Equals { column: column.into(), value: value.into() };
    let read = |filter| rows(snapshot.as_ref(), &request(&t, Some(filter))).unwrap().len();
    assert_eq!(read(equals("name", "0")), 1, "a text that is no number is not 0");
    assert_eq!(read(equals("id", "abc")), 0);
    assert_eq!(read(equals("name", "it's \\")), 1);
    let of = |wanted| {
        let tenant = Tenant { column: "owner".into(), value: "US".into(), wanted };
        let mut read = request(&t, None);
        read.tenant = Some(tenant);
        rows(snapshot.as_ref(), &read).unwrap().len()
    };
    assert_eq!((of(Wanted::OursOrNobodys), of(Wanted::Nobodys), of(Wanted::Foreign)), (2, 1, 1));
}

#[test]
fn a_snapshot_stays_as_it_was_and_a_reader_is_told_from_a_writer() {
    let url = mariadb::database("snapshot");
    mariadb::execute(&url, "CREATE TABLE t (id int PRIMARY KEY); INSERT INTO t VALUES (1)");
    let source = open(&url);
    let t = table(source.as_ref(), "t");
    let snapshot = source.snapshot().unwrap();
    mariadb::execute(&url, "INSERT INTO t VALUES (2)");
    assert_eq!(rows(snapshot.as_ref(), &request(&t, None)).unwrap(), ["1"]);
    assert!(source.can_write().unwrap());
    let database = url.rsplit('/').next().unwrap();
    mariadb::execute(
        &url,
        &format!(
            "CREATE USER reader_{database}@'127.0.0.1' IDENTIFIED BY 'r'; GRANT SELECT ON `{database}`.* TO reader_{database}@'127.0.0.1'"
        ),
    );
    let reader =
        open(&url.replace(&format!("datamig:{}", mariadb::PASSWORD), &format!("reader_{database}:r")));
    assert!(!reader.can_write().unwrap());
    assert_eq!(reader.identity().unwrap(), source.identity().unwrap());
    let wrong = open(&url.replace(mariadb::PASSWORD, "s3cret-wrong")).introspect().err().unwrap();
    assert_eq!(wrong.kind, Kind::Config);
    assert!(!wrong.to_string().contains("s3cret"));
}

/// More keys than one statement takes; the server finds the last ones in the spelling of the first.
#[test]
fn a_row_that_two_keys_match_comes_once() {
    let url = mariadb::database("parts");
    mariadb::execute(
        &url,
        "CREATE TABLE t (id int PRIMARY KEY, code varchar(20) COLLATE utf8mb4_general_ci, KEY (code)); \
         INSERT INTO t VALUES (1, 'Key 0'), (2, 'KEY 7'), (3, 'cafe'), (4, 'key 24999')",
    );
    let source = open(&url);
    let t = table(source.as_ref(), "t");
    let snapshot = source.snapshot().unwrap();
    let read = |more: &[&str]| {
        let plain = (0..25_000).map(|at| format!("key {at}"));
        let keys = plain.chain(more.iter().map(|key| (*key).to_owned())).collect::<Vec<_>>();
        let keys: ArrayRef = Arc::new(StringArray::from(keys));
        let keys = RecordBatch::try_from_iter([("k0", keys)]).unwrap();
        let filter = Filter::Keys { columns: vec!["code".into()], is_expression: false, keys };
        rows(snapshot.as_ref(), &request(&t, Some(filter))).unwrap().len()
    };
    assert_eq!(read(&["KEY 0", "Key 7 ", "cafe"]), 4);
    assert_eq!(read(&["café", "KEY 0", "cafe"]), 4);
}
