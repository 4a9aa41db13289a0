//! Graph files: shapes, keys, rewriting, and what goes wrong.

use super::copy::{copy, delete, dump, open, request, rows};
use crate::support::Workdir;
use arrow::array::{ArrayRef, RecordBatch, StringArray};
use datamig::error::Kind;
use datamig::store::url::StoreUrl;
use datamig::store::{Filter, Mode, Target};
use std::path::Path;
use std::sync::Arc;

const GRAPH: &str = r#"{"type":"relationship","id":"7","label":"KNOWS","properties":{"since":2020},"start":{"id":"1","labels":["Student"]},"end":{"id":"2","labels":["Staff"]}}
{"type":"node","id":"1","labels":["Student","Person"],"properties":{"id":"s-1","age":9,"score":1.5,"tags":["a","b"],"mixed":1}}
{"type":"node","id":"2","labels":["Staff"],"properties":{"id":"t-1","active":true,"mixed":"1"}}
{"type":"node","id":"3","labels":["Student"],"properties":{"id":"s-2","age":-9223372036854775808,"mixed":"x","name":"Zo\u00eb \"q\""}}

{"type":"relationship","id":"8","label":"KNOWS","properties":{"since":2020},"start":{"id":"1","labels":["Student"]},"end":{"id":"2","labels":["Staff"]}}
{"type":"relationship","id":"9","label":"KNOWS","properties":{},"start":{"id":"3"},"end":{"id":"1"}}
"#;

const THEIRS: &str = r#"{ "type":"node", "id":"40", "labels":["School"], "properties":{ "id":"x-1" } , "extra": [1,  2] }
{"type":"comment", "text": "kept as it is"}
{"type":"node","id":"41","labels":["Note"],"properties":{"text":"no key at all"}}"#;

fn store(work: &Workdir, name: &str, text: &str) -> Box<dyn Target> {
    work.write(name, text);
    open(format!("graph:{}", work.path(name).display()))
}

/// The store with the key of a label named by the project.
fn keyed(work: &Workdir, name: &str, label: &str, key: &[&str]) -> Box<dyn Target> {
    let text = format!("graph:{}", work.path(name).display());
    let mut url = StoreUrl::parse(&text, Path::new("")).expect("a URL");
    url.options.node_keys.insert(label.into(), key.iter().map(|name| (*name).to_owned()).collect());
    datamig::store::open(&url).expect("a store")
}

#[test]
fn labels_and_types_become_tables_with_references() {
    let work = Workdir::new("graph-shape");
    let store = store(&work, "g.jsonl", GRAPH);
    let found = store.source().introspect().expect("a catalog");
    let shown: Vec<String> = found
        .tables
        .iter()
        .map(|table| {
            let columns =
                table.columns.iter().map(|column| format!("{}:{}", column.name, column.source_type));
            format!("{}({}) {}", table.name, columns.collect::<Vec<_>>().join(" "), table.key.join(","))
        })
        .collect();
    assert_eq!(
        shown,
        [
            "Person(id:string age:integer mixed:integer score:float tags:any _labels:string) id",
            "Staff(id:string active:boolean mixed:string _labels:string) id",
            "Student(id:string age:integer mixed:string name:string _labels:string) id",
            "KNOWS(_start_label:string _start_key:string _end_label:string _end_key:string since:integer) ",
        ]
    );
    let references: Vec<String> = found
        .references
        .iter()
        .map(|one| {
            format!(
                "{} {} {}",
                one.columns[0],
                found.tables[one.parent].name,
                one.when.as_deref().unwrap_or("")
            )
        })
        .collect();
    assert_eq!(
        references,
        [
            "_start_key Person _start_label = 'Person'",
            "_start_key Student _start_label = 'Student'",
            "_end_key Person _end_label = 'Person'",
            "_end_key Staff _end_label = 'Staff'",
        ]
    );
}

#[test]
fn the_project_names_keys_and_key_labels() {
    let work = Workdir::new("graph-keys");
    work.write("g.jsonl", GRAPH);
    let named = keyed(&work, "g.jsonl", "Student", &["id"]);
    let found = named.source().introspect().expect("a catalog");
    let mut names = found.tables.iter().map(|table| table.name.as_str());
    assert!(names.all(|name| name != "Person"), "a node is stored once, under the label the project names");
    let composite = keyed(&work, "g.jsonl", "Student", &["id", "mixed"]);
    let lines = dump(composite.source());
    assert!(
        lines.contains(&r#"KNOWS: Student | ["s-2","x"] | Student | ["s-1",1] | NULL"#.to_owned()),
        "{lines:#?}"
    );
    let found = composite.source().introspect().expect("a catalog");
    let to_student = found.references.iter().find(|one| one.is_expression).expect("a reference by parts");
    assert_eq!(
        (to_student.columns.clone(), to_student.key.len()),
        (vec!["_start_key ->> 0".into(), "_start_key ->> 1".into()], 2)
    );
    let keys: ArrayRef = Arc::new(StringArray::from(vec!["s-2"]));
    let other: ArrayRef = Arc::new(StringArray::from(vec!["x"]));
    let keys = RecordBatch::try_from_iter([("a", keys), ("b", other)]).expect("keys");
    let filter = Filter::Keys { columns: to_student.columns.clone(), is_expression: true, keys };
    let table = found.tables.iter().find(|table| table.name == "KNOWS").expect("KNOWS");
    let snapshot = composite.source().snapshot().expect("a snapshot");
    assert_eq!(rows(snapshot.as_ref(), &request(table, Some(filter))).expect("rows").len(), 1);
    let broken = keyed(&work, "g.jsonl", "Student", &["name"]);
    assert_eq!(broken.source().introspect().err().expect("no key").kind, Kind::Config);
}

#[test]
fn a_load_adds_ours_and_its_undoing_leaves_theirs_byte_for_byte() {
    let work = Workdir::new("graph-load");
    let from = store(&work, "from.jsonl", GRAPH);
    let to = store(&work, "to.jsonl", THEIRS);
    let written = copy(from.source(), to.as_ref(), Mode::Insert).expect("a copy");
    assert_eq!(written, [1, 1, 1, 3]);
    let loaded = work.read("to.jsonl");
    assert!(loaded.starts_with(THEIRS), "{loaded}");
    assert_eq!(loaded.lines().filter(|line| line.contains("KNOWS")).count(), 3, "parallel ones are kept");
    assert_eq!(copy(from.source(), to.as_ref(), Mode::Upsert).expect("a copy"), [0, 0, 0, 0]);
    assert_eq!(work.read("to.jsonl"), loaded);
    let error = copy(from.source(), to.as_ref(), Mode::Insert).expect_err("existing keys");
    assert!(!error.message.contains("s-1"), "{error}");
    assert_eq!(work.read("to.jsonl"), loaded);
    assert_eq!(to.decision("mig-20261120-001").expect("an answer").as_deref(), Some("loaded"));

    let copied = store(&work, "copied.jsonl", &loaded[THEIRS.len() + 1..]);
    assert_eq!(dump(copied.source()), dump(from.source()));

    assert_eq!(delete(from.source(), to.as_ref()).expect("deleted"), 6);
    let left = work.read("to.jsonl");
    let left: Vec<&str> = left.lines().filter(|line| !line.contains(r#""type":"datamig""#)).collect();
    assert_eq!(left.join("\n"), THEIRS);
    assert!(!work.path("to.jsonl.added").exists() && !work.path("to.jsonl.next").exists());
}

#[test]
fn an_upsert_changes_the_row_and_keeps_what_it_does_not_name() {
    let work = Workdir::new("graph-upsert");
    let from = store(
        &work,
        "from.jsonl",
        r#"{"type":"node","id":"5","labels":["A"],"properties":{"id":1,"x":"new"}}"#,
    );
    let to = store(
        &work,
        "to.jsonl",
        "{\"type\":\"node\",\"id\":\"77\",\"labels\":[\"A\"],\"properties\":{\"id\":1,\"x\":\"old\",\"theirs\":[1]}}\n",
    );
    assert_eq!(copy(from.source(), to.as_ref(), Mode::Upsert).expect("a copy"), [1]);
    let line = work.read("to.jsonl");
    let line: serde_json::Value = serde_json::from_str(line.lines().next().expect("a line")).expect("JSON");
    assert_eq!(line["id"], "77");
    assert_eq!(line["properties"], serde_json::json!({"id": 1, "x": "new", "theirs": [1]}));
}

#[test]
fn a_node_that_relationships_hang_on_is_not_deleted() {
    let work = Workdir::new("graph-hanging");
    let to = store(&work, "to.jsonl", GRAPH);
    let ours = store(
        &work,
        "ours.jsonl",
        r#"{"type":"node","id":"0","labels":["Staff"],"properties":{"id":"t-1"}}"#,
    );
    let error = delete(ours.source(), to.as_ref()).expect_err("relationships hang on it");
    assert!(error.kind == Kind::Refused && error.message.contains("2 relationships KNOWS"), "{error}");
    assert_eq!(work.read("to.jsonl"), GRAPH);
}

#[test]
fn wrong_graph_files_are_explained() {
    let work = Workdir::new("graph-wrong");
    let error = |name: &str, text: &str| {
        let error = store(&work, name, text).source().introspect().err().expect("an error");
        assert!(!error.to_string().contains("hidden-word"), "{error}");
        error
    };
    let broken =
        error("a.jsonl", "{\"type\":\"other\"}\n{\"type\":\"node\",\"id\":\"1\",\"labels\":[\"hidden-word");
    assert_eq!(broken.at.expect("a place").line, 2);
    let dangling = error(
        "b.jsonl",
        r#"{"type":"relationship","id":"1","label":"R","start":{"id":"1"},"end":{"id":"2"}}"#,
    );
    assert_eq!(dangling.at.expect("a place").line, 1);
    let keyless =
        error("c.jsonl", r#"{"type":"node","id":"1","labels":["Note"],"properties":{"text":"hidden-word"}}"#);
    assert!(keyless.message.contains("Note") && keyless.hint.is_some_and(|hint| hint.contains("keys:")));
    let missing = open(format!("graph:{}", work.path("missing.jsonl").display()));
    assert_eq!(missing.source().introspect().err().expect("an error").kind, Kind::Config);

    let target = store(&work, "d.jsonl", "");
    let held = target.begin().expect("a transaction");
    assert_eq!(target.begin().err().expect("a lock").kind, Kind::Busy);
    drop(held);
    assert!(target.begin().is_ok());
}
