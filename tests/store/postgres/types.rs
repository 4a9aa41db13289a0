//! Every type, there and back.

use super::{Database, everything, table, write};
use datamig::store::url::StoreUrl;
use datamig::store::{self, Mode, Output, Read};
use std::path::Path;

/// One column per type, its extremes as literals. Every value must come back as the identical text.
const TYPES: &[(&str, &[&str])] = &[
    ("boolean", &["true", "false"]),
    ("smallint", &["-32768", "32767"]),
    ("integer", &["-2147483648", "2147483647"]),
    ("bigint", &["-9223372036854775808", "9223372036854775807"]),
    ("real", &["NaN", "-Infinity", "3.4028235e38", "1e-45", "-0"]),
    ("double precision", &["NaN", "Infinity", "1.7976931348623157e308", "5e-324", "-0", "0.1"]),
    (
        "numeric",
        &["NaN", "Infinity", "-Infinity", "1e400", "1.500", "-0.000000000000000000000000000000000000000001"],
    ),
    ("numeric(10,2)", &["-99999999.99", "0", "0.01"]),
    ("numeric(38,38)", &["0.99999999999999999999999999999999999999"]),
    ("numeric(38,0)", &["-99999999999999999999999999999999999999"]),
    ("numeric(60,5)", &["1234567890123456789012345678901234567890.12345", "NaN"]),
    ("numeric(5,-2)", &["1234500"]),
    (
        "text",
        &["", " ", "\\N", "'", "\"", "/* -- */", "a\r\n\tb", "\u{202e}rtl", "e\u{301}", "🎓", "{}", "NULL"],
    ),
    ("varchar(5)", &["", "ab   ", "ééééé"]),
    ("char(5)", &["ab", "", "ABCDE"]),
    ("name", &["a"]),
    ("\"char\"", &["x"]),
    ("date", &["infinity", "-infinity", "4713-01-01 BC", "5874897-12-31", "0001-01-01", "1999-12-31"]),
    ("time", &["00:00:00", "24:00:00", "23:59:59.999999"]),
    ("timetz", &["24:00:00-15:59", "00:00:00+15:59"]),
    (
        "timestamp",
        &["infinity", "-infinity", "4713-01-01 00:00:00 BC", "294246-12-31 23:59:59.999999", "1970-01-01"],
    ),
    (
        "timestamptz",
        &["infinity", "-infinity", "0001-01-01 00:00:00+00 BC", "294246-12-31 23:59:59.999999+00"],
    ),
    ("timestamp(3)", &["2024-02-29 12:34:56.789"]),
    ("interval", &["178000000 years", "-1 mon +2 days -03:04:05.000006", "0", "00:00:00.000001"]),
    ("bytea", &["\\x", "\\x00ff5c27"]),
    ("uuid", &["00000000-0000-0000-0000-000000000000", "A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11"]),
    ("json", &["{\"a\":1, \"a\":  2}", "\"\\ud800\"", "123456789012345678901234567890.1", "null"]),
    ("jsonb", &["{\"b\":[1,{\"c\":null}],\"a\":1e500}", "\"\\\"\"", "null", "[]"]),
    ("xml", &["<a b=\"c\">d</a>", "text"]),
    ("money", &["-92233720368547758.08", "0.01"]),
    ("bit(3)", &["101"]),
    ("varbit", &["", "1", "10101010101"]),
    ("inet", &["::1/64", "10.0.0.1/8"]),
    ("cidr", &["10.0.0.0/8"]),
    ("macaddr8", &["08:00:2b:01:02:03:04:05"]),
    ("tsvector", &["'a ''b':1A,2 'c'"]),
    ("tsquery", &["'fat' & ( 'rat' | !'cat' )"]),
    ("point", &["(1e300,-0.1)"]),
    ("polygon", &["((0,0),(1,1),(2,0))"]),
    ("int4range", &["empty", "[1,)", "(,)", "[-5,7)"]),
    ("tstzrange", &["[\"2024-01-01 00:00:00+00\",infinity)"]),
    ("int4multirange", &["{[1,3),[5,9)}"]),
    ("integer[]", &["{}", "{NULL,1}", "[0:1]={1,2}", "{{1,2},{3,4}}"]),
    ("text[]", &["{\"\",\"NULL\",NULL,\"a\\\"b\",\"\\\\\"}"]),
    ("bytea[]", &["{\"\\\\x00\"}"]),
    ("float8[]", &["{0.1,NaN,-Infinity}"]),
    ("oid", &["4294967295"]),
    ("regclass", &["pg_class"]),
    ("pg_lsn", &["16/B374D848"]),
    ("public.mood", &["sad", "it's \"ok\""]),
    ("public.mood[]", &["{sad,\"it's \\\"ok\\\"\"}"]),
    ("public.year", &["1901", "2155"]),
    ("public.short_year", &["1999"]),
    ("public.pair", &["(1,\"a \"\"b\"\", c\")", "(,)", "(2,)"]),
    ("public.citext", &["MiXed"]),
    ("public.hstore", &["\"a\"=>NULL, \"b \\\"c\"=>\"d\""]),
    ("public.ltree", &["Top.Science"]),
];

const TYPE_SCHEMA: &str = "CREATE EXTENSION citext; CREATE EXTENSION hstore; CREATE EXTENSION ltree;
    CREATE TYPE mood AS ENUM ('sad', 'it''s \"ok\"');
    CREATE DOMAIN year AS integer CHECK (VALUE BETWEEN 1901 AND 2155);
    CREATE DOMAIN short_year AS year CHECK (VALUE < 2000);
    CREATE TYPE pair AS (a integer, b text);";

fn type_table() -> String {
    let columns: Vec<String> =
        TYPES.iter().enumerate().map(|(at, (kind, _))| format!("c{at} {kind}")).collect();
    format!("{TYPE_SCHEMA} CREATE TABLE every (id integer PRIMARY KEY, {});", columns.join(", "))
}

fn type_rows() -> String {
    let rows = TYPES.iter().map(|(_, values)| values.len()).max().unwrap_or(0) + 1;
    let mut text = String::new();
    for row in 0..rows {
        let values: Vec<String> = TYPES
            .iter()
            .map(|(kind, values)| match values.get(row) {
                Some(value) => format!("'{}'::{kind}", value.replace('\'', "''")),
                None => "NULL".to_owned(),
            })
            .collect();
        text += &format!("INSERT INTO every VALUES ({row}, {});", values.join(", "));
    }
    text
}

#[test]
fn every_type_at_its_extremes_comes_back_identical() {
    let source = Database::new("");
    let target = Database::new("");
    source.run(&(type_table() + &type_rows()));
    target.run(&type_table());
    let data = everything(&source, "every");
    let every = table(&target, "every");
    let dump = "SELECT every::text FROM every ORDER BY id";

    let wanted = source.rows(dump);
    let count = data.iter().map(|batch| batch.num_rows() as u64).sum();
    for mode in [Mode::Insert, Mode::Upsert] {
        let mut load = target.target.begin().unwrap();
        let written = write(&mut *load, &every, &data, mode).unwrap();
        assert_eq!(written, if mode == Mode::Insert { count } else { 0 }, "an unchanged row is not written");
        load.commit().unwrap();
        let found = target.rows(dump);
        assert_eq!(found, wanted);
    }
    // Direct COPY and cast from text must agree: now through the work table only.
    target.run("TRUNCATE every");
    let mut load = target.target.begin().unwrap();
    assert_eq!(write(&mut *load, &every, &data, Mode::Upsert).unwrap(), count);
    load.commit().unwrap();
    assert_eq!(target.rows(dump), wanted);
    assert_eq!(target.rows("SELECT relname FROM pg_class WHERE relname LIKE 'work%'"), "");
}

#[test]
fn a_value_duckdb_cannot_hold_stops_the_read_and_is_not_shown() {
    let source = Database::new("CREATE TABLE t (a numeric(10,2), b timestamp);");
    source.run("INSERT INTO t VALUES ('NaN', NULL)");
    let error = read_error(&source);
    assert!(error.contains("t.a") && !error.contains("NaN in \"t\""), "{error}");
    source.run("TRUNCATE t; INSERT INTO t VALUES (1, '294276-12-31 23:59:59')");
    let error = read_error(&source);
    assert!(error.contains("t.b") && !error.contains("294276-12"), "{error}");
}

#[test]
fn a_column_that_is_carried_as_text_holds_every_value_of_its_type() {
    let schema = "CREATE SCHEMA s; CREATE TABLE s.t (a numeric(10,2), b timestamptz);";
    let (source, target) = (Database::new(schema), Database::new(schema));
    source.run("INSERT INTO s.t VALUES ('NaN', '294276-12-31 23:59:59.999999+00'), (-1.5, 'infinity')");
    let as_text = |database: Database| {
        let mut url = StoreUrl::parse(&database.url, Path::new("")).unwrap();
        url.options.as_text = vec!["s.t.a".into(), "s.t.b".into()];
        Database { target: store::open(&url).unwrap(), url: database.url }
    };
    let (source, target) = (as_text(source), as_text(target));
    let data = everything(&source, "s.t");
    let mut load = target.target.begin().unwrap();
    let t = table(&target, "s.t");
    assert!(t.columns.iter().all(|column| column.as_text && column.duck_type == "VARCHAR"));
    assert_eq!(write(&mut *load, &t, &data, Mode::Insert).unwrap(), 2);
    load.commit().unwrap();
    let dump = "SELECT t::text FROM s.t AS t ORDER BY 1";
    assert_eq!(target.rows(dump), source.rows(dump));
}

fn read_error(source: &Database) -> String {
    let snapshot = source.source().snapshot().unwrap();
    let table = table(source, "t");
    let read = Read {
        table: &table,
        outputs: table.columns.iter().map(Output::Column).collect(),
        any: vec![],
        tenant: None,
        between: None,
    };
    snapshot.read(&read, &mut |_| Ok(())).unwrap_err().to_string()
}
