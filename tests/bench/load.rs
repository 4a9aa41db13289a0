//! Loading into PostgreSQL: how fast 543,210 records are inserted, verified, merged and taken back, beside `COPY FROM`
//! of the same rows into the same constraints. The graph is a file, so that the databases are what is measured.

use crate::measure::{Figures, measure};
use crate::support::{Servers, postgres};
use std::time::Instant;

/// The tables of a database, parents before children, each with the columns that can be written. Two references that
/// close circles are left out of the order.
const ORDER: &str = "
WITH RECURSIVE edge AS (
    SELECT conrelid AS child, confrelid AS parent FROM pg_constraint AS c
    WHERE contype = 'f' AND conrelid <> confrelid AND NOT EXISTS (
        SELECT 1 FROM pg_attribute WHERE attrelid = conrelid AND attnum = ANY(conkey)
            AND attname IN ('principal_id', 'main_prerequisite_id'))
), depth(child, depth) AS (
    SELECT c.oid, 0 FROM pg_class AS c WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace
    UNION SELECT edge.child, depth + 1 FROM depth JOIN edge ON parent = depth.child
)
SELECT child::regclass, (SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum) FROM pg_attribute
    WHERE attrelid = child AND attnum > 0 AND NOT attisdropped AND attgenerated = '')
FROM depth GROUP BY child ORDER BY max(depth), 1::text";

/// An insert, a verification, a merge that finds every row there, and the rollback.
pub fn postgres() {
    let servers = Servers::new("bench-load");
    let environment = include_str!("../../rules/district/environments/postgres.yaml");
    let graph = |side: &str| {
        let is_sp = |line: &&str| line.starts_with("  sp:") && line.contains(&side.to_uppercase());
        let line = environment.lines().find(is_sp).expect("a graph");
        (line.to_owned(), format!("  sp: \"graph:data/demo/{side}/sp.jsonl\""))
    };
    let with_files = [graph("prod"), graph("cert")]
        .iter()
        .fold(environment.to_owned(), |text, (server, file)| text.replace(server, file));
    servers.workdir.write("rules/district/environments/files.yaml", with_files);
    let run = |words: &str| measure(&servers.workdir.command(&format!("--env files {words}"))).seconds;
    run("demo --scale 1");
    run("migrate district-001 --skip-load");
    let cert: Vec<&String> =
        servers.urls.iter().filter(|(path, _)| path.starts_with("cert")).map(|(_, url)| url).collect();
    let copies: Vec<String> = cert.iter().map(|url| copy(url)).collect();
    let insert = run("load district-001");
    let verify = run("verify district-001");
    let (rows, raw) = raw_copy(&cert, &copies);
    let rollback = run("rollback district-001 --yes");
    let again = run("load district-001");
    run("migrate district-001 --skip-load");
    let merge = run("load district-001 --strategy merge");
    let mut figures = Figures::new("543,210 records into PostgreSQL and a graph file");
    figures
        .note("reference: COPY FROM, the same constraints", &format!("{:.0} rows/s, {raw:.1} s", rows / raw));
    let of_raw = |seconds: f64| 100.0 * raw / seconds;
    figures.note("insert, twice", &format!("{insert:.1} s, {again:.1} s"));
    figures.at_least("insert of raw COPY FROM", of_raw(insert.min(again)), 70.0, "%");
    figures.at_least("merge, every row is there, of raw COPY FROM", of_raw(merge), 40.0, "%");
    figures.at_least("verify", 543.21 / verify, 500.0, "thousand rows/s");
    figures.below("rollback", rollback, insert.max(again), "s");
    figures.print();
}

/// An empty database with the tables and constraints of another one.
fn copy(url: &str) -> String {
    let name = url.rsplit_once('/').expect("a database").1;
    let copy = postgres::database(&format!("{name}_raw"));
    let (_, copied) = copy.rsplit_once('/').expect("a database");
    postgres::execute(
        url,
        &format!(
            "\\c postgres\nDROP DATABASE \"{copied}\";\nCREATE DATABASE \"{copied}\" TEMPLATE \"{name}\";"
        ),
    );
    for line in postgres::execute(&copy, ORDER).lines() {
        postgres::execute(&copy, &format!("TRUNCATE {} CASCADE", line.split('|').next().expect("a table")));
    }
    copy
}

/// Writes the rows of databases to files and copies them into others, all databases at once. Returns the rows and the
/// seconds that the second part took.
fn raw_copy(full: &[&String], empty: &[String]) -> (f64, f64) {
    let folder = tempfile::tempdir().expect("a folder");
    let mut rows = 0.0;
    let mut scripts = Vec::new();
    for (at, (from, into)) in full.iter().zip(empty).enumerate() {
        let mut script = String::from("BEGIN;\n");
        for line in postgres::execute(from, ORDER).lines() {
            let (table, columns) = line.split_once('|').expect("a table and its columns");
            let file = folder.path().join(format!("{at}-{table}"));
            let open = columns
                .replace("principal_id", "NULL::bigint")
                .replace("main_prerequisite_id", "NULL::bigint");
            let written = postgres::execute(
                from,
                &format!(
                    "\\copy (SELECT {open} FROM {table}) TO '{}' (FORMAT binary)\nSELECT count(*) FROM {table};",
                    file.display()
                ),
            );
            rows += written.trim().parse::<f64>().expect("a number of rows");
            script
                .push_str(&format!("\\copy {table} ({columns}) FROM '{}' (FORMAT binary)\n", file.display()));
        }
        scripts.push((into, script + "COMMIT;\n"));
    }
    let begun = Instant::now();
    std::thread::scope(|scope| {
        for (url, script) in &scripts {
            scope.spawn(move || postgres::execute(url, script));
        }
    });
    (rows, begun.elapsed().as_secs_f64())
}
