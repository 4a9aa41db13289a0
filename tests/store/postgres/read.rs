//! Introspection, filters, snapshots.

use super::{Database, batches, everything, keys, open, table};
use crate::support::postgres;
use arrow::array::{ArrayRef, AsArray, Int64Array, StringArray};
use arrow::datatypes::Int32Type;
use arrow::record_batch::RecordBatch;
use datamig::error::Kind;
use datamig::store::{Filter, Output, Read, Tenant, Wanted};
use std::sync::Arc;

fn filter(columns: &[&str], is_expression: bool, keys: RecordBatch) -> Filter {
    Filter::Keys { columns: columns.iter().map(|name| (*name).to_owned()).collect(), is_expression, keys }
}

/// The integers of column `id` that a read returns, sorted.
fn ids(source: &Database, any: Vec<Filter>, tenant: Option<Tenant>) -> Vec<i32> {
    let table = table(source, "t");
    let id = table.column("id").unwrap();
    let read = Read { table: &table, outputs: vec![Output::Column(id)], any, tenant, between: None };
    let mut ids: Vec<i32> = batches(source, &read)
        .iter()
        .flat_map(|batch| batch.column(0).as_primitive::<Int32Type>().values().to_vec())
        .collect();
    ids.sort_unstable();
    ids
}

#[test]
fn filters_return_every_wanted_row_once() {
    let source = Database::new(
        "CREATE TABLE t (id integer PRIMARY KEY, a smallint, b text, c uuid, d char(4), payload jsonb, tenant text);
         INSERT INTO t SELECT i, i % 10, 'b' || i % 3, md5(i::text)::uuid, 'k' || i,
            json_build_object('n', i), CASE i % 3 WHEN 0 THEN 'x' WHEN 1 THEN 'y' END FROM generate_series(1, 100) AS i;",
    );
    let ints = |values: &[i64]| Arc::new(Int64Array::from(values.to_vec())) as ArrayRef;
    let texts = |values: &[&str]| Arc::new(StringArray::from(values.to_vec())) as ArrayRef;
    let one = |name: &str, column: ArrayRef| filter(&[name], false, keys(&["k"], vec![column]));
    assert_eq!(ids(&source, vec![one("id", ints(&[3, 5, 1 << 40]))], None), [3, 5]);
    // Keys of another engine: what cannot be a number matches nothing, what is one matches by value.
    assert_eq!(ids(&source, vec![one("id", texts(&["7", "seven", "O'Hara\\\""]))], None), [7]);
    assert_eq!(ids(&source, vec![one("c", texts(&["C4CA4238A0B923820DCC509A6F75849B", "no"]))], None), [1]);
    assert_eq!(ids(&source, vec![one("d", texts(&["k9", "k10  "]))], None), [9, 10]);
    let composite = filter(&["a", "b"], false, keys(&["a", "b"], vec![ints(&[1, 2]), texts(&["b1", "b0"])]));
    assert_eq!(ids(&source, vec![composite.clone()], None), [1, 12, 31, 42, 61, 72, 91]);
    let expression = filter(&["(payload->>'n')::bigint"], true, keys(&["k"], vec![ints(&[4])]));
    let sql = Filter::Sql("b = 'b1' AND id < 5".into());
    let equals = Filter::Equals { column: "id".into(), value: "12".into() };
    let overlapping = vec![composite, expression, sql, equals, one("id", ints(&[1, 12, 99]))];
    assert_eq!(ids(&source, overlapping, None), [1, 4, 12, 31, 42, 61, 72, 91, 99]);
    assert_eq!(ids(&source, vec![one("id", ints(&[]))], None), Vec::<i32>::new());
    let tenant = |wanted| Some(Tenant { column: "tenant".into(), value: "x".into(), wanted });
    assert_eq!(ids(&source, vec![], tenant(Wanted::OursOrNobodys)).len(), 66);
    assert_eq!(ids(&source, vec![], tenant(Wanted::Nobodys)).len(), 33);
    assert_eq!(ids(&source, vec![], tenant(Wanted::Foreign)).len(), 34);
    // More keys than one statement takes, some of them the same number.
    source.run("INSERT INTO t (id) SELECT i FROM generate_series(101, 120000) AS i");
    let many: Vec<String> = (1..=120_000).chain(1..=10).map(|key| key.to_string()).collect();
    assert_eq!(ids(&source, vec![one("id", Arc::new(StringArray::from(many)))], None).len(), 120_000);
}

#[test]
fn partitions_are_read_as_their_parent_and_children_are_not() {
    let source = Database::new(
        "CREATE TABLE p (id integer, at date, x integer) PARTITION BY RANGE (at);
         CREATE TABLE other (id integer PRIMARY KEY);
         CREATE TABLE p1 PARTITION OF p FOR VALUES FROM ('2020-01-01') TO ('2021-01-01') PARTITION BY LIST (id);
         CREATE TABLE p11 PARTITION OF p1 DEFAULT; CREATE TABLE p2 PARTITION OF p DEFAULT;
         ALTER TABLE p11 ADD FOREIGN KEY (x) REFERENCES other; ALTER TABLE p2 ADD FOREIGN KEY (x) REFERENCES other NOT VALID;
         CREATE TABLE t (id integer PRIMARY KEY); CREATE TABLE child (more text) INHERITS (t);
         INSERT INTO t VALUES (1); INSERT INTO child VALUES (2, 'x'); INSERT INTO other VALUES (1);
         INSERT INTO p VALUES (1, '2020-05-05', 1), (2, '2022-01-01', NULL);",
    );
    let catalog = source.source().introspect().unwrap();
    let names: Vec<&str> = catalog.tables.iter().map(|table| table.name.as_str()).collect();
    assert_eq!(names, ["child", "other", "p", "t"]);
    let references: Vec<&str> = catalog.references.iter().map(|reference| reference.id.as_str()).collect();
    assert_eq!(references, ["p.x"]);
    assert_eq!(ids(&source, vec![], None), [1], "rows of a child belong to the child");
    assert_eq!(everything(&source, "p").iter().map(RecordBatch::num_rows).sum::<usize>(), 2);
}

#[test]
fn a_table_without_columns_is_left_out() {
    let source = Database::new(
        "CREATE TABLE a (id integer PRIMARY KEY); CREATE TABLE b (); CREATE TABLE c (id integer \
         REFERENCES a); INSERT INTO b DEFAULT VALUES;",
    );
    let catalog = source.source().introspect().unwrap();
    let names: Vec<&str> = catalog.tables.iter().map(|table| table.name.as_str()).collect();
    assert_eq!((names, catalog.references[0].child), (vec!["a", "c"], 1));
}

#[test]
fn pagila_is_understood() {
    let source = Database::new("");
    for file in ["pagila-schema.sql", "pagila-data.sql"] {
        let text = std::fs::read_to_string(format!("/work/shared/datasets/pagila/{file}")).unwrap();
        postgres::execute(&source.url, &text);
    }
    let catalog = source.source().introspect().unwrap();
    let find = |name: &str| catalog.tables.iter().position(|table| table.name == name).unwrap();
    assert_eq!(catalog.tables.len(), 15);
    let film = &catalog.tables[find("film")];
    assert_eq!(film.column("rating").unwrap().values, ["G", "PG", "PG-13", "R", "NC-17"]);
    assert_eq!(
        film.column("release_year").unwrap().duck_type,
        "INTEGER",
        "a domain travels as its base type"
    );
    assert_eq!(film.column("rental_rate").unwrap().duck_type, "DECIMAL(4,2)");
    assert!(film.column("fulltext").unwrap().as_text && !film.triggers.is_empty());
    assert_eq!(film.column("film_id").unwrap().sequence.as_deref(), Some("public.film_film_id_seq"));
    let payment = find("payment");
    assert!(catalog.tables[payment].partitioned);
    let mut ids: Vec<&str> = catalog
        .references
        .iter()
        .filter(|found| found.child == payment)
        .map(|found| found.id.as_str())
        .collect();
    ids.dedup();
    assert_eq!(ids, ["payment.customer_id", "payment.rental_id", "payment.staff_id"]);
    assert_eq!(everything(&source, "payment").iter().map(RecordBatch::num_rows).sum::<usize>(), 16_049);
}

#[test]
fn a_snapshot_is_one_view_and_cannot_write() {
    let source = Database::new(
        "CREATE TABLE t (id integer PRIMARY KEY); CREATE SEQUENCE s; INSERT INTO t SELECT generate_series(1, 20000);",
    );
    let t = table(&source, "t");
    let read = |output: Output<'static>| Read {
        table: &t,
        outputs: vec![output],
        any: vec![],
        tenant: None,
        between: None,
    };
    let snapshot = source.source().snapshot().unwrap();
    source.run("DELETE FROM t");
    let count = || {
        let mut rows = 0;
        snapshot
            .read(&read(Output::Text("id".into())), &mut |batch| {
                rows += batch.num_rows();
                Ok(())
            })
            .map(|()| rows)
    };
    std::thread::scope(|scope| {
        let readers: Vec<_> = (0..8).map(|_| scope.spawn(count)).collect();
        for reader in readers {
            assert_eq!(reader.join().unwrap().unwrap(), 20_000);
        }
    });
    let error = snapshot.read(&read(Output::Text("nextval('s')".into())), &mut |_| Ok(())).unwrap_err();
    assert_eq!(error.kind, Kind::Refused, "{error}");
    assert_eq!(count().unwrap(), 20_000, "one failed reader does not end the snapshot");
}

#[test]
fn one_server_is_recognised_through_two_urls() {
    let database = Database::new("");
    let other = Database::new("");
    let again = open(&database.url.replace("127.0.0.1", "localhost"));
    assert_eq!(database.source().identity().unwrap(), again.source().identity().unwrap());
    assert_ne!(database.source().identity().unwrap(), other.source().identity().unwrap());
    assert!(database.source().can_write().unwrap());
}

#[test]
fn what_writes_behind_a_view_or_a_condition_fails() {
    let source = Database::new(
        "CREATE TABLE t (id integer PRIMARY KEY); CREATE TABLE seen (id integer);
         CREATE FUNCTION poke() RETURNS integer LANGUAGE sql AS 'INSERT INTO seen VALUES (1) RETURNING id';
         CREATE VIEW v AS SELECT poke() AS id FROM t;",
    );
    source.run("INSERT INTO t VALUES (7)");
    let plain = table(&source, "t");
    let view = datamig::catalog::Table { name: "v".into(), ..plain.clone() };
    for (table, any) in [(&view, vec![]), (&plain, vec![Filter::Sql("poke() = 1".into())])] {
        let outputs = table.columns.iter().map(Output::Column).collect();
        let read = Read { table, outputs, any, tenant: None, between: None };
        let snapshot = source.source().snapshot().unwrap();
        assert_eq!(snapshot.read(&read, &mut |_| Ok(())).unwrap_err().kind, Kind::Refused);
    }
    assert_eq!(source.rows("SELECT count(*) FROM seen").trim(), "0");
}
