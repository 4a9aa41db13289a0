//! Extraction alone: one tenant's rows of twelve columns, beside what the engine's own client streams of the same
//! rows, and the same slice out of a PROD ten times as large.

use crate::measure::{Figures, measure};
use crate::support::{Workdir, mariadb, postgres, text_of};
use std::process::Command;
use std::time::Instant;

/// Rows of the large slice; a tenth of them is the small one.
const ROWS: u64 = 1_000_000;

const PROJECT: &str = "project: facts\nstores: [db]\nroot: {table: db.tenants, key: id}\n";
const POLICY: &str = "version: \"1.0\"
rules:
  - {name: all, field_pattern: \"^(id|tenant_id|amount|name|note|born|made|seen|done|ratio|level|token)$\", strategy: preserve, because: made up}
";

/// The tables, with tenant 1's rows and so many of each of some others. `series` gives the numbers of rows as `i`,
/// `text` makes a text of a number.
fn schema(types: [&str; 5], insert: &dyn Fn(u64, u64) -> String, rows: u64, others: u64) -> String {
    let [number, stamp, flag, real, text] = types;
    let tenants: Vec<String> = (1..=others + 1).map(|tenant| format!("({tenant})")).collect();
    let facts: Vec<String> = (0..=others).map(|tenant| insert(tenant + 1, rows)).collect();
    format!(
        "CREATE TABLE tenants (id integer PRIMARY KEY);
         CREATE TABLE facts (id bigint PRIMARY KEY, tenant_id integer NOT NULL, amount {number}, name {text}, note {text},
             born date, made {stamp}, seen {stamp}, done {flag}, ratio {real}, level integer, token {text},
             FOREIGN KEY (tenant_id) REFERENCES tenants (id));
         INSERT INTO tenants VALUES {}; {} CREATE INDEX by_tenant ON facts (tenant_id);",
        tenants.join(", "),
        facts.join(" ")
    )
}

/// Seconds of the extract of tenant 1, by the clock on the wall and in the phase alone.
fn extract(url: &str, rows: u64) -> (f64, f64, f64) {
    let workdir = Workdir::new("bench-extract");
    workdir.write("rules/facts/project.yaml", PROJECT);
    workdir.write("rules/facts/anonymize.yaml", POLICY);
    workdir.write(
        "rules/facts/environments/demo.yaml",
        format!("prod: {{db: \"{url}\"}}\ncert: {{db: \"sqlite:cert.sqlite\"}}\n"),
    );
    rusqlite::Connection::open(workdir.path("cert.sqlite"))
        .and_then(|cert| cert.execute_batch("CREATE TABLE tenants (id integer PRIMARY KEY)"))
        .expect("a target");
    let done = measure(&workdir.command("--project facts extract 1 --json"));
    let summary: serde_json::Value = serde_json::from_str(&done.stdout).expect("a summary");
    assert_eq!(summary["records_extracted"], rows + 1);
    (done.seconds, summary["duration_seconds"].as_f64().expect("seconds"), done.peak)
}

/// The best of three.
fn best(url: &str, rows: u64) -> (f64, f64, f64) {
    let runs = (0..3).map(|_| extract(url, rows));
    runs.min_by(|one, other| one.1.total_cmp(&other.1)).expect("three runs")
}

/// Seconds of a reference, the best of three.
fn reference(mut act: impl FnMut()) -> f64 {
    let mut timed = || {
        let begun = Instant::now();
        act();
        begun.elapsed().as_secs_f64()
    };
    (0..3).map(|_| timed()).fold(f64::MAX, f64::min)
}

fn show(title: &str, url: &str, what: &str, goal: f64, raw: f64) -> Figures {
    let mut figures = Figures::new(title);
    let (wall, seconds, peak) = best(url, ROWS);
    figures.note(&format!("reference: {what}"), &format!("{raw:.2} s, {:.0} rows/s", ROWS as f64 / raw));
    figures.note("datamig extract, start and report included", &format!("{wall:.2} s"));
    figures.note("the phase alone", &format!("{seconds:.2} s, {:.0} rows/s", ROWS as f64 / seconds));
    figures.at_least("of the reference", 100.0 * raw / seconds, goal, "%");
    figures.below("most memory", peak, 512.0, "MiB");
    figures
}

fn in_postgres(name: &str, rows: u64, others: u64) -> String {
    let url = postgres::database(name);
    let insert = |tenant: u64, rows: u64| {
        format!(
            "INSERT INTO facts SELECT {tenant} * 10000000 + i, {tenant}, i / 7.0, 'name ' || i, 'a note of some words ' || i,
                 date '2000-01-01' + i % 9000, timestamp '2020-01-01' + i * interval '1 minute',
                 timestamptz '2021-01-01Z' + i * interval '1 second', i % 2 = 0, i / 3.0, i % 100, md5(i::text)
             FROM generate_series(1, {rows}) AS s (i);"
        )
    };
    let types = ["numeric(12, 2)", "timestamptz", "boolean", "double precision", "text"];
    postgres::execute(&url, &format!("{} ANALYZE facts; CHECKPOINT;", schema(types, &insert, rows, others)));
    url
}

pub fn from_postgres() {
    let url = in_postgres("bench_extract", ROWS, 0);
    let raw = reference(|| {
        postgres::execute(
            &url,
            "\\copy (SELECT * FROM facts WHERE tenant_id = 1) TO '/dev/null' (FORMAT binary)\n",
        );
    });
    let mut figures =
        show("1,000,000 rows of 12 columns from PostgreSQL", &url, "binary COPY to a file", 60.0, raw);
    let small = best(&in_postgres("bench_small", ROWS / 10, 0), ROWS / 10).1;
    let same = best(&in_postgres("bench_tenfold", ROWS / 10, 9), ROWS / 10).1;
    figures.note("100,000 rows, all that PROD has", &format!("{small:.2} s"));
    figures.below("the same slice out of a PROD ten times as large", same / small, 1.3, "times as long");
    figures.print();
}

pub fn from_mariadb() {
    let url = mariadb::database("bench_extract");
    let insert = |tenant: u64, rows: u64| {
        format!(
            "INSERT INTO facts SELECT {tenant} * 10000000 + seq, {tenant}, seq / 7.0, concat('name ', seq),
                 concat('a note of some words ', seq), date_add('2000-01-01', INTERVAL seq % 9000 DAY),
                 date_add('2020-01-01', INTERVAL seq MINUTE), date_add('2021-01-01', INTERVAL seq SECOND), seq % 2, seq / 3.0,
                 seq % 100, md5(seq) FROM seq_1_to_{rows};"
        )
    };
    let types = ["decimal(12, 2)", "datetime", "boolean", "double", "varchar(60)"];
    mariadb::execute(&url, &schema(types, &insert, ROWS, 0));
    let (place, name) = url.trim_start_matches("mysql://").rsplit_once('/').expect("a URL made here");
    let (account, host) = place.rsplit_once('@').expect("an account");
    let ((user, password), (host, port)) =
        (account.split_once(':').expect("a password"), host.split_once(':').expect("a port"));
    let raw = reference(|| {
        let mut client = Command::new("sh");
        client.args(["-c", "mariadb --quick -h $1 -P $2 -u $3 -p$4 $5 -e 'SELECT * FROM facts WHERE tenant_id = 1' >/dev/null"]);
        text_of(client.args(["sh", host, port, user, password, name]));
    });
    show("1,000,000 rows of 12 columns from MariaDB", &url, "its own client", 70.0, raw).print();
}

pub fn from_sqlite() {
    let workdir = Workdir::new("bench-sqlite");
    let file = workdir.path("facts.sqlite");
    let insert = |tenant: u64, rows: u64| {
        format!(
            "WITH RECURSIVE s (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM s WHERE i < {rows})
             INSERT INTO facts SELECT {tenant} * 10000000 + i, {tenant}, round(i / 7.0, 2), 'name ' || i, 'a note of some words ' || i,
                 date('2000-01-01', (i % 9000) || ' days'), datetime('2020-01-01', i || ' minutes'),
                 datetime('2021-01-01', i || ' seconds'), i % 2, i / 3.0, i % 100, hex(i * 7919) FROM s;"
        )
    };
    let types = ["numeric(12, 2)", "timestamp", "boolean", "double", "text"];
    rusqlite::Connection::open(&file)
        .expect("a file")
        .execute_batch(&schema(types, &insert, ROWS, 0))
        .expect("rows");
    const STREAM: &str = "import sqlite3, sys\nfor row in sqlite3.connect(sys.argv[1]).execute('SELECT * FROM facts WHERE tenant_id = 1'): pass";
    let raw = reference(|| {
        text_of(Command::new("python3").args(["-c", STREAM]).arg(&file));
    });
    let url = format!("sqlite:{}", file.display());
    show("1,000,000 rows of 12 columns from SQLite", &url, "Python's client", 70.0, raw).print();
}
