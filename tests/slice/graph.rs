//! Slices of graphs: keys of several properties, labels that are no key label, chains of ten thousand nodes and one
//! with a hundred thousand relationships.

use super::bench::Bench;
use crate::support::neo4j;
use datamig::slice::quoted;
use std::fmt::Write;

/// The lines of a graph file in the making.
#[derive(Default)]
struct Graph {
    lines: String,
    relationships: usize,
}

impl Graph {
    /// A node; the first label and its number are its id in the file.
    fn node(&mut self, labels: &[&str], number: usize, properties: &str) {
        let labels_text = serde_json::json!(labels);
        let _ = writeln!(
            self.lines,
            r#"{{"type":"node","id":"{}{number}","labels":{labels_text},"properties":{{{properties}}}}}"#,
            labels[0]
        );
    }

    fn nodes(&mut self, labels: &[&str], numbers: impl Iterator<Item = usize>) {
        for number in numbers {
            self.node(labels, number, &format!("\"id\":{number}"));
        }
    }

    /// A relationship between two nodes, by their ids in the file.
    fn joins(&mut self, start: &str, name: &str, end: &str) {
        self.relationships += 1;
        let _ = writeln!(
            self.lines,
            r#"{{"type":"relationship","id":"r{}","label":"{name}","properties":{{}},"start":{{"id":"{start}"}},"end":{{"id":"{end}"}}}}"#,
            self.relationships
        );
    }

    /// The rows of each table of the slice of the root with key 1 that has any, as `table: rows`, and the rounds it took.
    fn slice(&self, project: &str) -> (Vec<String>, i32) {
        let bench = Bench::new();
        bench.workdir.write("graph.jsonl", &self.lines);
        let yaml = format!("project: random\nstores: [s0]\n{project}\n");
        bench.slice(&yaml, &["graph:graph.jsonl".to_owned()], "1", |plan, outcome| {
            outcome.unwrap();
            let tables = plan.catalog.tables.iter();
            let count =
                |table| bench.db.one::<u64, _>(&format!("SELECT count(*) FROM {}", quoted(table)), []);
            let counts = tables.map(|table| (table.name.as_str(), count(table).unwrap()));
            let counts = counts.filter(|(_, rows)| *rows > 0).map(|(name, rows)| format!("{name}: {rows}"));
            (counts.collect(), bench.db.one("SELECT max(round) FROM slice.step", []).unwrap())
        })
    }
}

#[test]
fn a_key_of_several_properties() {
    let mut graph = Graph::default();
    graph.nodes(&["Org"], 1..=2);
    graph.nodes(&["Note"], 1..=2);
    for (at, (org, id)) in [(1, 1), (1, 2), (2, 1)].into_iter().enumerate() {
        graph.node(&["Person"], at + 1, &format!("\"org\":{org},\"code\":\"p \\\"{id}\\\"\""));
        graph.joins(&format!("Person{}", at + 1), "IN", &format!("Org{org}"));
    }
    graph.joins("Person1", "KNOWS", "Person3");
    graph.joins("Note1", "ABOUT", "Person2");
    graph.joins("Note2", "ABOUT", "Person3");
    let project = "root: {table: s0.Org, key: id}\nkeys: {s0.Person: [org, code]}";
    assert_eq!(graph.slice(project).0, ["Note: 1", "Org: 2", "Person: 3", "ABOUT: 1", "IN: 3", "KNOWS: 1"]);
    let ours = format!("{project}\ntenant: {{column: org, tables: {{s0.Org: id}}}}");
    assert_eq!(graph.slice(&ours).0, ["Note: 1", "Org: 1", "Person: 2", "ABOUT: 1", "IN: 2"]);
}

#[test]
fn a_label_that_is_no_key_label_expands() {
    let mut graph = Graph::default();
    graph.nodes(&["Class"], 1..=1);
    graph.nodes(&["Diary"], 1..=3);
    graph.nodes(&["Person", "Teacher"], 1..=1);
    graph.nodes(&["Person", "Pupil"], 2..=3);
    for at in 1..=3 {
        graph.joins("Class1", "HAS", &format!("Person{at}"));
        graph.joins(&format!("Diary{at}"), "OF", &format!("Person{at}"));
    }
    let rows = |expand: &str| {
        graph.slice(&format!("root: {{table: s0.Class, key: id}}\nkeys: {{s0.Person: [id]}}\n{expand}")).0
    };
    assert_eq!(rows(""), ["Class: 1", "Person: 3", "HAS: 3"]);
    assert_eq!(rows("expand: [s0.Teacher]"), ["Class: 1", "Diary: 1", "Person: 3", "HAS: 3", "OF: 1"]);
    assert_eq!(rows("expand: [s0.Pupil]"), ["Class: 1", "Diary: 2", "Person: 3", "HAS: 3", "OF: 2"]);
    assert_eq!(rows("expand: [s0.Person]"), rows("expand: [s0.Teacher, s0.Pupil]"));
}

#[test]
fn ten_thousand_levels_in_a_graph() {
    const LEVELS: usize = 10_000;
    let mut graph = Graph::default();
    graph.nodes(&["Org"], 1..=1);
    graph.nodes(&["Ticket"], 1..=1);
    for at in 1..=LEVELS {
        // The last three belong to somebody else.
        let owner = if at + 3 > LEVELS { ",\"tenant\":2" } else { "" };
        graph.node(&["Person"], at, &format!("\"id\":{at}{owner}"));
        if at > 1 {
            graph.joins(&format!("Person{at}"), "KNOWS", &format!("Person{}", at - 1));
        }
    }
    graph.joins("Person1", "IN", "Org1");
    graph.joins("Ticket1", "FOR", &format!("Person{}", LEVELS - 3));
    let all = |rows: usize| format!("Person: {rows}");
    let (down, rounds) = graph.slice("root: {table: s0.Org, key: id}");
    assert_eq!(
        down,
        ["Org: 1", &all(LEVELS), "Ticket: 1", "FOR: 1", "IN: 1", &format!("KNOWS: {}", LEVELS - 1)]
    );
    assert!(rounds < 10, "{rounds}");
    let (down, _) = graph.slice("root: {table: s0.Org, key: id}\ntenant: {column: tenant}");
    assert_eq!(down[1], all(LEVELS - 3));
    let (up, rounds) = graph.slice("root: {table: s0.Ticket, key: id}");
    assert_eq!(up[..2], ["Org: 1".to_owned(), all(LEVELS - 3)]);
    assert!(rounds < 10, "{rounds}");
}

#[test]
fn a_hundred_thousand_relationships_of_one_node() {
    const ENDS: usize = 100_000;
    let mut graph = Graph::default();
    graph.nodes(&["Org"], 1..=1);
    graph.nodes(&["Person"], 1..=ENDS);
    for at in 1..=ENDS {
        graph.joins(&format!("Person{at}"), "IN", "Org1");
    }
    let expected = ["Org: 1".to_owned(), format!("Person: {ENDS}"), format!("IN: {ENDS}")];
    assert_eq!(graph.slice("root: {table: s0.Org, key: id}").0, expected);
    let root = "root: {table: s0.Person, key: id}\nfollow: {s0.IN: up}";
    assert_eq!(graph.slice(root).0, ["Org: 1", "Person: 1", "IN: 1"]);
}

/// The same chains in Neo4j, where they are followed level by level.
#[test]
fn chains_in_neo4j() {
    const LEVELS: u64 = 40;
    let graph = neo4j::one();
    for label in ["Org", "Person", "Ticket"] {
        graph.run(&format!("CREATE CONSTRAINT FOR (n:{label}) REQUIRE n.id IS UNIQUE"));
    }
    for query in [
        "CREATE (:Org {id: 1}), (:Ticket {id: 1})",
        // The last three belong to somebody else.
        "UNWIND range(1, 40) AS i CREATE (:Person {id: i, tenant: CASE WHEN i > 37 THEN 2 END})",
        "MATCH (a:Person), (b:Person) WHERE a.id = b.id + 1 CREATE (a)-[:KNOWS]->(b)",
        "MATCH (a:Person {id: 5}), (b:Person {id: 4}) CREATE (a)-[:KNOWS]->(b), (b)-[:KNOWS]->(a)",
        "MATCH (p:Person {id: 1}), (o:Org) CREATE (p)-[:IN]->(o)",
        "MATCH (t:Ticket), (p:Person {id: 37}) CREATE (t)-[:FOR]->(p)",
    ] {
        graph.run(query);
    }
    let bench = Bench::new();
    let slice = |project: &str| {
        let yaml = format!("project: random\nstores: [s0]\n{project}\n");
        bench.slice(&yaml, &[graph.url().to_owned()], "1", |_, outcome| {
            outcome.unwrap();
            let count =
                |table: &str| bench.db.one::<u64, _>(&format!("SELECT count(*) FROM s0.\"{table}\""), []);
            let rounds = bench.db.one::<i32, _>("SELECT max(round) FROM slice.step", []).unwrap();
            assert!(rounds < 10, "{rounds}");
            ["Person", "KNOWS", "Ticket", "Org"].map(|table| count(table).unwrap())
        })
    };
    // Two more relationships than steps: a parallel one, and one back.
    assert_eq!(slice("root: {table: s0.Org, key: id}"), [LEVELS, LEVELS + 1, 1, 1]);
    let ours = "tenant: {column: tenant}";
    assert_eq!(slice(&format!("root: {{table: s0.Org, key: id}}\n{ours}")), [LEVELS - 3, LEVELS - 2, 1, 1]);
    for project in
        ["root: {table: s0.Ticket, key: id}", &format!("root: {{table: s0.Ticket, key: id}}\n{ours}")]
    {
        assert_eq!(slice(project), [LEVELS - 3, LEVELS - 2, 1, 1], "{project}");
    }
    assert_eq!(
        slice("root: {table: s0.Org, key: id}\ndirection: {s0.KNOWS: end_to_start}"),
        [LEVELS, LEVELS + 1, 0, 1]
    );
}
