//! Neo4j servers for tests: Community has one database each, so tests take turns. There are two
//! servers, for tests that have a graph on both sides.

use super::server::{Home, Server, free_port, program};
use super::{cached, text_of};
use neo4rs::{Query, Row};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{LazyLock, Mutex, MutexGuard, PoisonError};

/// The password of the account `neo4j`.
pub const PASSWORD: &str = "neo-test-password";

static FIRST: LazyLock<Mutex<Bolt>> = LazyLock::new(|| Mutex::new(start()));
static SECOND: LazyLock<Mutex<Bolt>> = LazyLock::new(|| Mutex::new(start()));

struct Bolt {
    url: String,
    graph: neo4rs::Graph,
    _server: Server,
}

/// What follows the word `java`; port 0 is a free one.
fn arguments(java: &mut Command, home: &Home, port: u16) {
    java.args(["-Xmx512m", "-XX:+UseSerialGC"]);
    if cfg!(debug_assertions) {
        // The first compiler stage only: a test server is short of start-up time, not of speed.
        java.arg("-XX:TieredStopAtLevel=1");
    }
    java.arg("-cp");
    java.arg(format!("{}:{}/*", cached("neo4j/classes").display(), cached("neo4j/lib").display()));
    java.arg("Launcher").arg(home.0.join("data")).arg(PASSWORD).arg(port.to_string());
}

fn start() -> Bolt {
    let home = Home::new("neo");
    let mut java = home.command(&program("java", &[]));
    arguments(&mut java, &home, 0);
    let (server, line) = home.serve("KILL", &java, "ready ").unwrap_or_else(|log| panic!("{log}"));
    let port = line.rsplit(' ').next().unwrap_or_default();
    let address = format!("127.0.0.1:{port}");
    let graph = block_on(async { neo4rs::Graph::new(&address, "neo4j", PASSWORD) });
    let graph = graph.unwrap_or_else(|cause| panic!("Neo4j refused: {cause}"));
    Bolt { url: format!("bolt://neo4j:{PASSWORD}@{address}"), graph, _server: server }
}

/// Starts the server again whenever it ends, and writes down its process.
const AGAIN: &str = r#"
trap 'kill -9 "$server"; wait; exit' TERM
while :; do "$@" & server=$!; echo "$server" >pid; wait "$server"; done
"#;

/// A server of one test, which may break it down: it comes up again.
pub struct Mortal {
    /// With account and password.
    pub url: String,
    /// The file with its process, for [`break_down`].
    pub process: PathBuf,
    _server: Server,
}

impl Mortal {
    /// Starts an empty one.
    pub fn start() -> Mortal {
        let (home, port) = (Home::new("neo"), free_port());
        let mut shell = home.command(&program("sh", &[]));
        shell.args(["-c", AGAIN, "sh"]).arg(program("java", &[]));
        arguments(&mut shell, &home, port);
        let (server, _) = home.serve("TERM", &shell, "ready ").unwrap_or_else(|log| panic!("{log}"));
        let url = format!("bolt://neo4j:{PASSWORD}@127.0.0.1:{port}");
        Mortal { url, process: home.0.join("pid"), _server: server }
    }
}

/// Kills the process that a file names.
pub fn break_down(process: &Path) {
    let process = std::fs::read_to_string(process).expect("the process of a server");
    text_of(Command::new("kill").args(["-9", process.trim()]));
}

/// A server that is ours until this is dropped.
pub struct Graph {
    bolt: MutexGuard<'static, Bolt>,
}

/// Waits for the first server, empties it and returns it.
pub fn one() -> Graph {
    Graph::acquire(&FIRST)
}

/// Waits for both servers, empties them and returns them. Always in this order: nobody waits forever.
pub fn two() -> (Graph, Graph) {
    std::thread::scope(|scope| {
        // Starting takes seconds: both start side by side.
        scope.spawn(|| LazyLock::force(&SECOND));
        LazyLock::force(&FIRST);
    });
    (Graph::acquire(&FIRST), Graph::acquire(&SECOND))
}

impl Graph {
    /// A test that failed poisons the lock; the next one wipes what it left.
    fn acquire(server: &'static Mutex<Bolt>) -> Graph {
        let graph = Graph { bolt: server.lock().unwrap_or_else(PoisonError::into_inner) };
        graph.run("MATCH (n) CALL { WITH n DETACH DELETE n } IN TRANSACTIONS OF 10000 ROWS");
        for (kind, list) in [
            ("CONSTRAINT", "SHOW CONSTRAINTS YIELD name"),
            ("INDEX", "SHOW INDEXES YIELD name, type, owningConstraint WHERE type <> 'LOOKUP'"),
        ] {
            for row in graph.rows(list) {
                let name: String = row.get("name").expect("a name");
                graph.run(&format!("DROP {kind} `{name}`"));
            }
        }
        graph
    }

    /// The URL of the server, with account and password.
    pub fn url(&self) -> &str {
        &self.bolt.url
    }

    /// Runs one statement.
    pub fn run(&self, cypher: &str) {
        let done = block_on(self.bolt.graph.run(Query::new(cypher.to_owned())));
        done.unwrap_or_else(|cause| panic!("Neo4j refused {cypher}: {cause}"));
    }

    /// Runs one statement and returns its rows.
    pub fn rows(&self, cypher: &str) -> Vec<Row> {
        let rows = block_on(async {
            let mut stream = self.bolt.graph.execute(Query::new(cypher.to_owned())).await?;
            let mut rows = Vec::new();
            while let Some(row) = stream.next().await? {
                rows.push(row);
            }
            Ok::<_, neo4rs::Error>(rows)
        });
        rows.unwrap_or_else(|cause| panic!("Neo4j refused {cypher}: {cause}"))
    }

    /// All nodes and relationships without internal ids, sorted: two equal dumps are two equal graphs.
    pub fn dump(&self) -> String {
        let (node, from, to, edge) = (labelled("n"), labelled("a"), labelled("b"), described("r"));
        let mut lines = self.lines(&format!("MATCH (n) RETURN {node} AS words"));
        lines.extend(self.lines(&format!(
            "MATCH (a)-[r]->(b) RETURN ['(a)'] + {from} + ['-[r]->', type(r)] + {edge} + ['(b)'] + {to} AS words"
        )));
        lines.sort();
        lines.join("\n")
    }

    fn lines(&self, cypher: &str) -> Vec<String> {
        let words = |row: &Row| row.get::<Vec<String>>("words").expect("a list of words").join(" ");
        self.rows(cypher).iter().map(words).collect()
    }
}

/// A Cypher list of the labels of a node, in order (the server's own is that in which it met them), and properties.
fn labelled(node: &str) -> String {
    format!("COLLECT {{ UNWIND labels({node}) AS l RETURN l ORDER BY l }} + {}", described(node))
}

/// A Cypher list of the properties of `thing`, by name: name, type and value each.
fn described(thing: &str) -> String {
    format!(
        "COLLECT {{ UNWIND keys({thing}) AS k WITH k, {thing}[k] AS v ORDER BY k \
         RETURN reduce(t = k + ' ' + valueType(v) + ' =', \
         x IN CASE WHEN valueType(v) STARTS WITH 'LIST' THEN toStringList(v) ELSE [toString(v)] END | t + ' ' + x) }}"
    )
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    datamig::store::runtime().block_on(future)
}
