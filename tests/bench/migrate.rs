//! One whole district, 543,210 records: how long the pipeline takes, and the same rows copied without it.

use crate::measure::{Figures, Measured, measure};
use crate::support::{Servers, Workdir, postgres, text_of};
use serde_json::Value;
use std::process::Command;
use std::time::Instant;

/// Copies the rows of one SQLite file into another one with the same schema, keys enforced.
const COPY_SQLITE: &str = "
import sqlite3, sys
for path in sys.argv[1:]:
    db = sqlite3.connect(path + '.copy', isolation_level=None)
    db.execute('ATTACH ? AS original', [path])
    made = db.execute('SELECT name, sql FROM original.sqlite_schema WHERE sql IS NOT NULL').fetchall()
    for name, sql in made:
        db.execute(sql)
    db.execute('BEGIN')
    for (name,) in db.execute(\"SELECT name FROM original.sqlite_schema WHERE type = 'table'\").fetchall():
        db.execute(f'INSERT INTO main.\"{name}\" SELECT * FROM original.\"{name}\"')
    db.execute('COMMIT')
";

/// SQLite files and a graph file, the default.
pub fn embedded() {
    let workdir = Workdir::new("bench");
    let demo = measure(&workdir.command("demo --scale 1"));
    let migrated = measure(&workdir.command("migrate district-001 --json"));
    let stores =
        ["ids", "hcp1", "hcp2", "adb"].map(|store| workdir.path(&format!("data/demo/cert/{store}.sqlite")));
    let begun = Instant::now();
    text_of(Command::new("python3").args(["-c", COPY_SQLITE]).args(&stores));
    let copied = begun.elapsed().as_secs_f64();
    let mut figures = Figures::new("district-001 on SQLite and a graph file");
    figures.note("demo --scale 1", &format!("{:.1} s", demo.seconds));
    shared(&mut figures, &workdir, &migrated, 20.0);
    figures.note(
        "reference: SQLite copies what was loaded, nothing masked or checked",
        &format!("{copied:.1} s"),
    );
    figures.print();
}

/// Four PostgreSQL databases and Neo4j on each side.
pub fn servers() {
    let servers = Servers::new("bench");
    let demo = measure(&servers.workdir.command("--env postgres demo --scale 1"));
    // A server that was just started compiles itself while it works: that is told apart.
    let first = measure(&servers.workdir.command("--env postgres migrate district-001 --json"));
    servers.workdir.datamig(&format!("--env postgres rollback {} --yes", run_of(&first))).ok();
    let migrated = measure(&servers.workdir.command("--env postgres migrate district-001 --json"));
    let raw = raw_copy(&servers);
    let mut figures = Figures::new("district-001 on PostgreSQL and Neo4j");
    figures.note("demo --scale 1", &format!("{:.1} s", demo.seconds));
    figures.below("migrate, on servers that were just started", first.seconds, 30.0, "s");
    let report = shared(&mut figures, &servers.workdir, &migrated, 30.0);
    let extract = phase(&report, "extract");
    let rate = number(extract, "count") / number(extract, "seconds");
    figures.note("reference: raw binary COPY of what was loaded", &format!("{raw:.0} rows/s"));
    figures.note("extraction, graph included", &format!("{rate:.0} rows/s"));
    figures.at_least("extraction of raw COPY", 100.0 * rate / raw, 40.0, "%");
    figures.print();
}

/// The figures both environments have; returns the report of the run.
fn shared(figures: &mut Figures, workdir: &Workdir, migrated: &Measured, goal: f64) -> Value {
    let run = run_of(migrated);
    let report: Value =
        serde_json::from_str(&workdir.read(&format!("data/reports/{run}.json"))).expect("a report");
    assert_eq!(report["records_extracted"], 543_210);
    assert_eq!(report["records_loaded"], 543_210);
    figures.below("migrate, 543,210 records", migrated.seconds, goal, "s");
    figures.below("most memory", migrated.peak, 1024.0, "MiB");
    for slow in report["phases"].as_array().expect("phases") {
        let name = text(slow, "phase");
        let slowest = report["slowest"].as_array().into_iter().flatten().find(|row| row["phase"] == name);
        let slowest = slowest.map_or(String::new(), |row| {
            format!(", slowest {} ({:.2} s)", text(row, "table"), number(row, "seconds"))
        });
        figures.note(&format!("  {name}{slowest}"), &format!("{:.1} s", number(slow, "seconds")));
    }
    for store in report["stores"].as_array().expect("stores") {
        let (read, written) = (number(store, "read_seconds"), number(store, "write_seconds"));
        let figure = format!("{read:.1} + {written:.1} s");
        figures.note(&format!("  {}: sum of the reads and of the writes", text(store, "store")), &figure);
    }
    report
}

fn run_of(migrated: &Measured) -> String {
    let summary: Value = serde_json::from_str(&migrated.stdout).expect("a summary");
    summary["run_id"].as_str().expect("a run").to_owned()
}

fn text<'a>(row: &'a Value, name: &str) -> &'a str {
    row[name].as_str().expect("a text")
}

fn number(row: &Value, name: &str) -> f64 {
    row[name].as_f64().expect("a number")
}

fn phase<'a>(report: &'a Value, name: &str) -> &'a Value {
    let phases = report["phases"].as_array().expect("phases");
    phases.iter().find(|phase| phase["phase"] == name).expect("a phase that ran")
}

/// How fast PostgreSQL gives away the rows of CERT, all databases at once, in rows per second.
fn raw_copy(servers: &Servers) -> f64 {
    let cert: Vec<&String> =
        servers.urls.iter().filter(|(path, _)| path.starts_with("cert")).map(|(_, url)| url).collect();
    let tables = |url: &str| postgres::execute(url, include_str!("../support/postgres_tables.sql"));
    let scripts: Vec<(&String, String)> = cert
        .iter()
        .map(|url| {
            let copy = |table: &str| format!("\\copy {table} TO '/dev/null' (FORMAT binary)\n");
            (*url, tables(url).lines().map(copy).collect())
        })
        .collect();
    let rows: f64 = cert
        .iter()
        .flat_map(|url| {
            let count = |table: &str| postgres::execute(url, &format!("SELECT count(*) FROM {table}"));
            tables(url).lines().map(|table| count(table).trim().parse::<f64>().unwrap()).collect::<Vec<_>>()
        })
        .sum();
    let begun = Instant::now();
    std::thread::scope(|scope| {
        for (url, script) in &scripts {
            scope.spawn(move || postgres::execute(url, script));
        }
    });
    rows / begun.elapsed().as_secs_f64()
}
