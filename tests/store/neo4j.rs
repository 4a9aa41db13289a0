//! Neo4j over Bolt: every property type, keys, parallel relationships, and what goes wrong.

use super::copy::{copy, delete, dump, open, request, rows};
use crate::support::{Workdir, neo4j};
use arrow::array::{ArrayRef, RecordBatch, StringArray};
use datamig::error::Kind;
use datamig::store::{Filter, Mode};
use std::sync::Arc;

const CONSTRAINTS: [&str; 3] = [
    "CREATE CONSTRAINT FOR (n:Student) REQUIRE n.id IS UNIQUE",
    "CREATE CONSTRAINT FOR (n:`we ``ird`) REQUIRE n.number IS UNIQUE",
    "CREATE CONSTRAINT FOR (n:School) REQUIRE (n.code, n.year) IS UNIQUE",
];

const GRAPH: &str = "
    CREATE (a:Student:Person {id: 's-1', age: 9, score: 1.5, born: date('2015-02-28'), active: true,
        seen: localdatetime('2026-11-20T08:00:00.25'), zoned: datetime('2026-07-01T08:00:00.123456789[Europe/Berlin]'),
        offset: datetime('2026-11-20T08:00:00+01:30'), at: time('10:00:00+02:00'), local: localtime('10:00'),
        took: duration('P14M3DT4.5S'), place: point({longitude: 13.4, latitude: 52.5}),
        cube: point({x: 1, y: 2, z: 3}), tags: ['a', 'b'], days: [date('2026-01-01'), date('2026-01-02')],
        zones: [datetime('2026-07-01T08:00:00[Europe/Berlin]')], numbers: [1, 2], mixed: 1, empty: ''})
    CREATE (b:Student {id: 's-2', age: -9223372036854775808, mixed: 'x', name: 'Zo\u{eb} \"q\" \\\\'})
    CREATE (c:`we ``ird` {number: 7, `pro``p`: 'p'}) CREATE (d:School {code: 'A', year: 2026})
    CREATE (a)-[:KNOWS {since: 2020}]->(b) CREATE (a)-[:KNOWS {since: 2020}]->(b) CREATE (a)-[:KNOWS]->(b)
    CREATE (b)-[:`is ``at` {at: datetime('2026-11-20T08:00:00Z')}]->(c) CREATE (a)-[:IN]->(d)";

#[test]
fn every_property_type_loads_back_identical_and_undoing_leaves_theirs() {
    let (prod, cert) = neo4j::two();
    for graph in [&prod, &cert] {
        CONSTRAINTS.iter().for_each(|constraint| graph.run(constraint));
    }
    prod.run(GRAPH);
    cert.run("CREATE (:School {code: 'theirs', year: 1})-[:HAS]->(:Note {text: 'no key'})");
    let before = cert.dump();
    let (from, to) = (open(prod.url()), open(cert.url()));
    let written: u64 = copy(from.source(), to.as_ref(), Mode::Insert).expect("a copy").iter().sum();
    assert_eq!(written, 9);
    let whole: Vec<String> = prod.dump().lines().chain(before.lines()).map(ToOwned::to_owned).collect();
    let loaded = cert.dump();
    let mut loaded: Vec<&str> = loaded.lines().filter(|line| !line.starts_with("datamig_load")).collect();
    let mut whole: Vec<&str> = whole.iter().map(String::as_str).collect();
    loaded.sort_unstable();
    whole.sort_unstable();
    assert_eq!(loaded, whole);
    assert_eq!(to.decision("mig-20261120-001").expect("an answer").as_deref(), Some("loaded"));

    let again: u64 = copy(from.source(), to.as_ref(), Mode::Upsert).expect("a second copy").iter().sum();
    assert_eq!(again, 0, "what is equal is not written");
    cert.run(
        "MATCH (n:Student {id: 's-2'}) SET n.name = 'other' WITH n MATCH (n)<-[r:KNOWS {since: 2020}]-() \
              WITH r LIMIT 1 DELETE r",
    );
    let mended: u64 = copy(from.source(), to.as_ref(), Mode::Upsert).expect("a third copy").iter().sum();
    assert_eq!(mended, 2);
    let error = copy(from.source(), to.as_ref(), Mode::Insert).expect_err("existing keys");
    assert!(error.kind == Kind::Config && !error.to_string().contains("s-1"), "{error}");

    assert_eq!(delete(from.source(), to.as_ref()).expect("deleted"), 9);
    let after = cert.dump();
    let after: Vec<&str> = after.lines().filter(|line| !line.starts_with("datamig_load")).collect();
    assert_eq!(after.join("\n"), before);
}

#[test]
fn labels_and_types_become_tables_with_references() {
    let graph = neo4j::one();
    CONSTRAINTS.iter().for_each(|constraint| graph.run(constraint));
    graph.run(GRAPH);
    let store = open(graph.url());
    let found = store.source().introspect().expect("a catalog");
    let names: Vec<(&str, String, Option<u64>)> = found
        .tables
        .iter()
        .map(|table| (table.name.as_str(), table.key.join(","), table.estimated_rows))
        .collect();
    assert_eq!(
        names,
        [
            ("School", "code,year".into(), Some(1)),
            ("Student", "id".into(), Some(2)),
            ("we `ird", "number".into(), Some(1)),
            ("IN", String::new(), Some(1)),
            ("KNOWS", String::new(), Some(3)),
            ("is `at", String::new(), Some(1)),
        ]
    );
    let student = &found.tables[1];
    let of = |name: &str| {
        student.column(name).map(|column| (column.duck_type.as_str(), column.as_text, column.nullable))
    };
    assert_eq!(of("id"), Some(("VARCHAR", false, false)));
    assert_eq!(of("born"), Some(("DATE", false, true)));
    assert_eq!(of("seen"), Some(("TIMESTAMP", false, true)));
    assert_eq!(of("zoned"), Some(("VARCHAR", true, true)));
    assert_eq!(of("mixed"), Some(("VARCHAR", true, true)));
    assert_eq!(found.references.len(), 6);
    let lines = dump(store.source());
    assert!(lines.contains(&r#"IN: Student | s-1 | School | ["A",2026]"#.to_owned()), "{lines:#?}");

    let keys: ArrayRef = Arc::new(StringArray::from(vec!["s-2", "7"]));
    let keys = RecordBatch::try_from_iter([("key", keys)]).expect("keys");
    let snapshot = store.source().snapshot().expect("a snapshot");
    let by = |table: usize, column: &str| {
        let filter = Filter::Keys { columns: vec![column.into()], is_expression: false, keys: keys.clone() };
        rows(snapshot.as_ref(), &request(&found.tables[table], Some(filter))).expect("rows").len()
    };
    assert_eq!(
        (by(1, "id"), by(2, "number"), by(4, "_end_key"), by(4, "_start_key"), by(5, "_end_key")),
        (1, 1, 3, 0, 1)
    );
    let ends = [
        ("_start_label", ["Student", "Student"]),
        ("_start_key", ["s-1", "s-1"]),
        ("_end_label", ["School", "School"]),
        ("_end_key", [r#"["A",2026]"#, "no list"]),
    ];
    let column = |(name, texts): (&'static str, [&str; 2])| {
        (name, Arc::new(StringArray::from(texts.to_vec())) as ArrayRef)
    };
    let filter = Filter::Keys {
        columns: ends.iter().map(|(name, _)| (*name).to_owned()).collect(),
        is_expression: false,
        keys: RecordBatch::try_from_iter(ends.map(column)).expect("keys"),
    };
    let table = found.tables.iter().find(|table| table.name == "IN").expect("a type");
    assert_eq!(rows(snapshot.as_ref(), &request(table, Some(filter))).expect("rows").len(), 1);
}

#[test]
fn what_goes_wrong_is_explained_without_values() {
    let graph = neo4j::one();
    let work = Workdir::new("neo-wrong");
    graph.run("CREATE (:Note {text: 'hidden-word'})");
    let error = open(graph.url()).source().introspect().err().expect("no key");
    assert!(error.kind == Kind::Config && error.message.contains("Note"), "{error}");
    let wrong = graph.url().replace(neo4j::PASSWORD, "wrong-password");
    let error = open(wrong).source().introspect().err().expect("a refusal");
    assert!(error.kind == Kind::Config && !error.to_string().contains("wrong-password"), "{error}");
    let error = open("bolt://neo4j:x@127.0.0.1:1").source().introspect().err().expect("nobody there");
    assert_eq!(error.kind, Kind::Unreachable);

    graph.run("MATCH (n) DELETE n");
    graph.run(CONSTRAINTS[0]);
    graph.run("CREATE (:Student {id: 's-1'})<-[:HAS]-(:Theirs)");
    work.write("g.jsonl", r#"{"type":"node","id":"0","labels":["Student"],"properties":{"id":"s-1"}}"#);
    let ours = open(format!("graph:{}", work.path("g.jsonl").display()));
    let error = delete(ours.source(), open(graph.url()).as_ref()).expect_err("a relationship hangs on it");
    assert!(error.message.contains("1 relationships HAS hang on nodes"), "{error}");
    assert!(graph.dump().contains("s-1") && !graph.dump().contains("datamig_load"));
}

#[test]
fn a_server_that_takes_the_connection_and_says_nothing_is_unreachable() {
    // Nobody accepts here: the system does, as for a server that hangs.
    let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).expect("a loopback port");
    let port = listener.local_addr().expect("an address").port();
    let begun = std::time::Instant::now();
    let error = open(format!("bolt://neo4j:x@127.0.0.1:{port}")).source().introspect().err();
    assert_eq!(error.expect("no answer").kind, Kind::Unreachable);
    assert!(begun.elapsed().as_secs() < 30, "it was asked for long");
}

#[test]
fn one_server_is_known_under_every_name_and_a_mark_is_no_table() {
    let (first, second) = neo4j::two();
    let target = open(first.url());
    let again = open(first.url().replace("127.0.0.1", "localhost"));
    let again = again.source();
    assert_eq!(target.source().identity().unwrap(), again.identity().unwrap());
    assert_ne!(open(second.url()).source().identity().unwrap(), again.identity().unwrap());
    assert!(!again.is_marked().unwrap());
    for _ in 0..2 {
        target.mark("graph").unwrap();
    }
    assert!(again.is_marked().unwrap() && target.begin().unwrap().is_marked().unwrap());
    assert!(again.introspect().unwrap().tables.is_empty());
    assert_eq!(first.rows("MATCH (n:DatamigTarget) RETURN n").len(), 1);
}

#[test]
fn a_tenant_that_another_load_holds_is_busy_at_once() {
    let graph = neo4j::one();
    let target = open(graph.url());
    let mut first = target.begin().expect("a transaction");
    first.claim("one").expect("nobody has it");
    let mut second = target.begin().expect("another transaction");
    assert_eq!(second.claim("one").expect_err("somebody has it").kind, Kind::Busy);
    target.begin().expect("a third transaction").claim("two").expect("another tenant is free");
    drop((first, second));
    target.begin().expect("a fourth transaction").claim("one").expect("it is free again");
}

fn ids(ids: &[&str]) -> RecordBatch {
    let keys: ArrayRef = Arc::new(StringArray::from(ids.to_vec()));
    RecordBatch::try_from_iter([("id", keys)]).expect("keys")
}

#[test]
fn a_node_that_somebody_holds_is_busy_and_not_waited_for_without_end() {
    let graph = neo4j::one();
    graph.run(CONSTRAINTS[0]);
    graph.run("CREATE (:Student {id: 's-1'})");
    let target = open(graph.url());
    let found = target.source().introspect().expect("a catalog");
    let filter = Filter::Keys { columns: vec!["id".into()], is_expression: false, keys: ids(&["s-1"]) };
    let read = request(&found.tables[0], Some(filter));
    let mut first = target.begin().expect("a transaction");
    first.hold(&read, &mut |_| Ok(())).expect("nobody has it");
    let mut second = target.begin().expect("another transaction");
    assert_eq!(second.hold(&read, &mut |_| Ok(())).expect_err("somebody has it").kind, Kind::Busy);
    drop((first, second));
    let mut third = target.begin().expect("a third transaction");
    third.hold(&read, &mut |_| Ok(())).expect("it is free again");
}

#[test]
fn a_node_that_relationships_of_others_hang_on_is_not_deleted() {
    let graph = neo4j::one();
    graph.run(CONSTRAINTS[0]);
    graph.run("CREATE (:Student {id: 's-1'})-[:KNOWS]->(:Student {id: 's-2'})");
    let target = open(graph.url());
    let found = target.source().introspect().expect("a catalog");
    let mut transaction = target.begin().expect("a transaction");
    let error = transaction
        .delete(&found.tables[0], &ids(&["s-1", "s-2"]))
        .expect_err("a relationship hangs on them");
    assert!(error.kind == Kind::Refused && error.message.contains("1 relationships KNOWS"), "{error}");
}
