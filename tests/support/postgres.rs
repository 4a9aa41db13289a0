//! One PostgreSQL cluster per test process, a database per test; another one without two-phase commit.

use super::server::{Home, Server, free_port, program};
use super::text_of;
use std::fs;
use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU32, Ordering};

/// The password of every account of the cluster.
pub const PASSWORD: &str = "pg-test-password";

static CLUSTER: LazyLock<Cluster> = LazyLock::new(|| Cluster::start(100));
static PLAIN: LazyLock<Cluster> = LazyLock::new(|| Cluster::start(0));
static ALONE: LazyLock<Cluster> = LazyLock::new(|| Cluster::start(100));

struct Cluster {
    port: u16,
    _server: Server,
}

impl Cluster {
    /// With room for so many prepared transactions.
    fn start(prepared: u32) -> Cluster {
        let home = Home::new("pg");
        let password = home.0.join("password");
        fs::write(&password, PASSWORD).expect("a file in our folder");
        home.prepare(
            &tool("initdb"),
            &[
                "--pgdata=data",
                "--username=postgres",
                "--pwfile=password",
                "--auth=scram-sha-256",
                "--encoding=UTF8",
                "--no-locale",
                "--no-sync",
            ],
        );
        for _ in 0..5 {
            let port = free_port();
            let mut postgres = home.command(&tool("postgres"));
            postgres.args(["-D", "data", "-k", ".", "-p", &port.to_string()]);
            for setting in [
                "listen_addresses=127.0.0.1",
                "fsync=off",
                "synchronous_commit=off",
                "full_page_writes=off",
                "shared_buffers=128MB",
                "max_connections=200",
                &format!("max_prepared_transactions={prepared}"),
            ] {
                postgres.args(["-c", setting]);
            }
            match home.serve("INT", &postgres, "ready to accept connections") {
                Ok((server, _)) => return Cluster { port, _server: server },
                Err(log) if log.contains("Address already in use") => {}
                Err(log) => panic!("{log}"),
            }
        }
        panic!("no free port for PostgreSQL in five tries")
    }
}

/// Makes a fresh empty database and returns its URL, as superuser.
pub fn database(name: &str) -> String {
    CLUSTER.database(name)
}

/// The same on a server with `max_prepared_transactions = 0`, which is the default.
pub fn plain_database(name: &str) -> String {
    PLAIN.database(name)
}

/// The same on a server that nobody else uses.
pub fn lonely_database(name: &str) -> String {
    ALONE.database(name)
}

/// Kills a process of the server of a database: it breaks down, and comes up again.
pub fn break_down(url: &str) {
    let process = execute(url, "SELECT pid FROM pg_stat_activity WHERE backend_type = 'walwriter'");
    text_of(Command::new("kill").args(["-9", process.trim()]));
}

impl Cluster {
    fn database(&self, name: &str) -> String {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let name = format!("{name}_{}", COUNT.fetch_add(1, Ordering::Relaxed));
        execute(&self.url("postgres", "postgres"), &format!("CREATE DATABASE \"{name}\""));
        self.url("postgres", &name)
    }

    fn url(&self, role: &str, database: &str) -> String {
        format!("postgres://{role}:{PASSWORD}@127.0.0.1:{}/{database}", self.port)
    }
}

/// Another server with a copy of the whole cluster, and the URL of the same database there.
pub fn copied(database_url: &str) -> (String, Server) {
    CLUSTER.copied(database_url, &[], &[])
}

/// A server of its own with a database in it, and a hot standby of that server, which waits for no reader.
pub struct Pair {
    /// The URL of the database.
    pub primary: String,
    /// The URL of the same database on the standby.
    pub standby: String,
    _servers: (Cluster, Server),
}

impl Pair {
    /// Makes both, with what `sql` puts into the database.
    pub fn new(sql: &str) -> Pair {
        let cluster = Cluster::start(0);
        let primary = cluster.database("replicated");
        execute(&primary, sql);
        let settings = ["-c", "max_connections=200", "-c", "max_standby_streaming_delay=0"];
        let (standby, server) = cluster.copied(&primary, &["-R"], &settings);
        Pair { primary, standby, _servers: (cluster, server) }
    }
}

impl Cluster {
    /// `backup` and `settings` are further options of the copying program and of the other server.
    fn copied(&self, database_url: &str, backup: &[&str], settings: &[&str]) -> (String, Server) {
        let home = Home::new("pg-copy");
        let mut options = vec!["-D", "data", "-c", "fast", "-d"];
        let cluster = self.url("postgres", "postgres");
        options.push(&cluster);
        options.extend(backup);
        home.prepare(&tool("pg_basebackup"), &options);
        let port = free_port();
        let mut postgres = home.command(&tool("postgres"));
        postgres.args(["-D", "data", "-k", ".", "-p", &port.to_string(), "-c", "listen_addresses=127.0.0.1"]);
        // What other tests have prepared meanwhile is in the copy.
        postgres.args(["-c", "max_prepared_transactions=100"]).args(settings);
        let served = home.serve("INT", &postgres, "ready to accept");
        let (server, _) = served.unwrap_or_else(|log| panic!("{log}"));
        (database_url.replace(&format!(":{}/", self.port), &format!(":{port}/")), server)
    }
}

/// The URL of the same database for a fresh account that may read every table there is, and no more.
pub fn reader(database_url: &str) -> String {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let role = format!("reader_{}", COUNT.fetch_add(1, Ordering::Relaxed));
    execute(
        database_url,
        &format!("CREATE ROLE {role} LOGIN PASSWORD '{PASSWORD}'; GRANT pg_read_all_data TO {role}"),
    );
    let (_, name) = database_url.rsplit_once('/').expect("a URL made here");
    CLUSTER.url(&role, name)
}

/// Runs statements, as many as there are, and returns the rows: one line each, columns parted by `|`.
pub fn execute(url: &str, sql: &str) -> String {
    let mut psql = Command::new("psql");
    psql.args(["-XqAt", "-v", "ON_ERROR_STOP=1", "-d", url]).stdin(Stdio::piped());
    psql.stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = psql.spawn().unwrap_or_else(|cause| panic!("cannot run psql: {cause}"));
    let mut input = child.stdin.take().expect("a pipe");
    let text = sql.to_owned();
    let writer = std::thread::spawn(move || input.write_all(text.as_bytes()));
    let output = child.wait_with_output().expect("psql was started");
    // psql that stops at an error does not read the rest: its own words say more than the broken pipe.
    let _ = writer.join();
    let words = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "psql refused: {words}");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// All rows of all tables, sorted: two equal dumps are two equal databases.
pub fn dump(url: &str) -> String {
    let tables = execute(url, include_str!("postgres_tables.sql"));
    let mut dump = String::new();
    for table in tables.lines() {
        dump += &format!("-- {table}\n");
        dump += &execute(url, &format!("COPY (SELECT t::text FROM {table} AS t ORDER BY 1) TO STDOUT"));
    }
    dump
}

/// Debian keeps the programs of the server in a folder per version.
fn tool(name: &str) -> PathBuf {
    let versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut folders: Vec<PathBuf> = versions.map(|version| version.path().join("bin")).collect();
    folders.sort();
    folders.reverse();
    program(name, &folders)
}
