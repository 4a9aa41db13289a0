//! Staging to the run file: one `CREATE TABLE AS SELECT` per table, made of the policy's expressions. The
//! run file is written from nothing and appears under its name only when it is whole, so that it never
//! held an original value.

use crate::catalog::{Catalog, Table};
use crate::duck::{Access, Db, macros, udf};
use crate::error::{Error, Result};
use crate::name::{Ident, Literal};
use crate::project::Project;
use crate::project::policy::{Assignment, Assignments, Strategy};
use crate::rule::insert_all;
use crate::run::event::{Events, Phase};
use crate::run::meta::{self, Side};
use crate::run::{Run, RunFile, decide};
use crate::secret::Keys;
use crate::slice::{people, quoted};
use crate::sql;
use crate::threads::share_out;
use serde_json::json;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

/// Rows of each table that are masked a second time.
const REPLAYED: u32 = 500;

/// What anonymizing needs.
pub struct Request<'a> {
    /// The run, extracted.
    pub run: &'a Run,
    /// The project.
    pub project: &'a Project,
    /// The keys of the workspace.
    pub keys: &'a Keys,
    /// Where progress goes.
    pub events: &'a Events,
}

/// Anonymizes, and returns the rows and the columns that were masked.
pub fn execute(request: &Request<'_>) -> Result<(u64, u64)> {
    let run = request.run;
    let db = run.db()?;
    run.attach(&db, RunFile::Staging, request.keys, Access::Read)?;
    let catalog = meta::read_catalog(&db, "staging", Side::Prod)?;
    let assignments = decide::strategies(request.project, &catalog)?;
    everything_was_read(&db, &catalog, &assignments)?;
    run.attach_draft(&db, RunFile::Run, request.keys)?;
    db.use_catalog("run")?;
    meta::create(&db)?;
    meta::write_catalog(&db, Side::Prod, &catalog)?;
    let fingerprint = macros::install(&db, request.project.workspace.as_path(), &request.project.name)?;
    let known = udf::register(db.connection(), &request.keys.salt)?;
    macros::install_masks(&db, &request.project.workspace)?;
    note(request, &db, &catalog, &assignments, &fingerprint)?;
    let sizes = sizes(&db, &catalog)?;
    if sizes.first().is_some_and(|(largest, _)| *largest < SMALL) {
        db.run("SET threads = 1")?;
    }
    people::prepare(&db, request.project, &catalog, &assignments, &known)?;
    for store in catalog.stores() {
        db.run(&format!("CREATE SCHEMA {}", Ident(store)))?;
    }
    write_tables(request, &db, &catalog, &assignments, &sizes)?;
    replay(&db, &catalog, &assignments)?;
    let rows: u64 = db.one("SELECT CAST(coalesce(sum(rows), 0) AS UBIGINT) FROM meta.extracted", [])?;
    let masked = assignments.0.iter().flatten().filter(|one| one.strategy != Strategy::Preserve).count();
    meta::write_anonymization_report(&db, run)?;
    db.detach("run")?;
    run.publish(RunFile::Run)?;
    Ok((rows, masked as u64))
}

/// A column that the extract did not read cannot be masked now: `--skip-extraction` after a change of the policy.
fn everything_was_read(db: &Db, catalog: &Catalog, assignments: &Assignments) -> Result<()> {
    let unread = db.rows("SELECT \"table\" || '.' || \"column\" FROM staging.slice.unread", [], |row| {
        row.get::<_, String>(0)
    })?;
    for (at, table) in catalog.tables.iter().enumerate() {
        for column in &table.columns {
            let path = format!("{}.{}", table.path(), column.name);
            if unread.contains(&path) && !assignments.is_unread(catalog, at, &column.name) {
                return Err(Error::refused(format!(
                    "the policy now needs {path}, which the extract never read"
                ))
                .hint("migrate again without --skip-extraction"));
            }
        }
    }
    Ok(())
}

/// Writes the run's own row and how each column leaves.
fn note(
    request: &Request<'_>,
    db: &Db,
    catalog: &Catalog,
    assignments: &Assignments,
    fingerprint: &str,
) -> Result<()> {
    let (run, header) = (request.run, &request.run.header);
    db.change(
        "INSERT INTO meta.run VALUES (?, ?, ?, ?, ?, ?, ?, ?, false)",
        duckdb::params![
            run.id,
            header.project,
            header.env,
            header.root_table,
            header.root_key,
            header.sample,
            header.version,
            fingerprint
        ],
    )?;
    let mut strategies = Vec::new();
    for (table, row) in catalog.tables.iter().zip(&assignments.0) {
        for (column, one) in table.columns.iter().zip(row) {
            let Assignment { strategy, rule, at, because, expression, .. } = one;
            strategies.push(json!({
                "store": table.store,
                "table": table.staged,
                "column": column.name,
                "strategy": strategy.word(),
                "rule": rule,
                "at": at.to_string(),
                "because": because,
                "expression": expression,
            }));
        }
    }
    insert_all(db, "strategy", &strategies)?;
    insert_all(db, "quasi_identifier", &request.project.quasi_identifiers(catalog)?)?;
    db.run(sql::get("anonymize/copy_meta.sql"))
}

/// A table of fewer rows is worked on sooner by one thread than by several that wait for each other: where all are
/// small, each statement keeps to its own.
const SMALL: u64 = 1_000_000;

/// Rows and position of each staged table, the largest first.
fn sizes(db: &Db, catalog: &Catalog) -> Result<Vec<(u64, usize)>> {
    let mut sizes = Vec::new();
    for (at, table) in catalog.tables.iter().enumerate() {
        sizes.push((db.one(&format!("SELECT count(*) FROM staging.{}", quoted(table)), [])?, at));
    }
    sizes.sort_by_key(|(rows, _)| std::cmp::Reverse(*rows));
    Ok(sizes)
}

/// Writes all tables, several side by side, the largest first: the last one should not be waited for.
fn write_tables(
    request: &Request<'_>,
    db: &Db,
    catalog: &Catalog,
    assignments: &Assignments,
    sizes: &[(u64, usize)],
) -> Result<()> {
    let done = AtomicU64::new(0);
    let total = sizes.iter().map(|(rows, _)| rows).sum();
    let workers = macros::masking(db, &request.project.workspace)?;
    share_out(workers, sizes.len(), |db, next| {
        let at = sizes[next].1;
        let (table, begun) = (&catalog.tables[at], Instant::now());
        let rows = write_table(db, table, &assignments.0[at]).map_err(|error| error.context(table.path()))?;
        let took = begun.elapsed().as_secs_f64();
        db.change(
            "INSERT INTO meta.anonymized VALUES (?, ?, ?, ?)",
            duckdb::params![table.store, table.staged, rows, took],
        )?;
        let done = done.fetch_add(rows, Ordering::Relaxed) + rows;
        request.events.progress(Phase::Anonymize, done, Some(total), "rows", &table.path());
        Ok(())
    })
}

/// What each column of a table becomes.
fn expressions(table: &Table, row: &[Assignment]) -> Vec<String> {
    table
        .columns
        .iter()
        .zip(row)
        .map(|(column, one)| {
            let kind = if column.as_text { "VARCHAR" } else { column.duck_type.as_str() };
            format!("CAST({} AS {kind}) AS {}", one.expression, Ident(&column.name))
        })
        .collect()
}

fn write_table(db: &Db, table: &Table, row: &[Assignment]) -> Result<u64> {
    let (name, columns) = (quoted(table), expressions(table, row).join(", "));
    // The proof pairs rows by their place, which a join with what is known of people would not keep.
    let is_joined = columns.contains("memory.") || columns.to_lowercase().contains("select");
    let order = if is_joined { " ORDER BY rowid" } else { "" };
    db.run(&format!("CREATE TABLE run.{name} AS SELECT {columns} FROM staging.{name}{order}"))?;
    db.one(&format!("SELECT count(*) FROM run.{name}"), [])
}

/// Masks a sample of the rows of each table again; the check `replayed` compares. One after the other: the
/// tables are small, and all samples go into one.
fn replay(db: &Db, catalog: &Catalog, assignments: &Assignments) -> Result<()> {
    catalog.tables.iter().zip(&assignments.0).try_for_each(|(table, row)| replay_table(db, table, row))
}

fn replay_table(db: &Db, table: &Table, row: &[Assignment]) -> Result<()> {
    let rows: u64 = db.one(&format!("SELECT count(*) FROM run.{}", quoted(table)), [])?;
    let columns = expressions(table, row);
    let is_masked = |one: &Assignment| one.strategy != Strategy::Preserve && !one.strategy.is_discarding();
    let masked = || table.columns.iter().zip(row).zip(&columns).filter(|((_, one), _)| is_masked(one));
    if rows == 0 || masked().next().is_none() {
        return Ok(());
    }
    let columns: Vec<&str> = masked().map(|(_, expression)| expression.as_str()).collect();
    let digest = |column: &str| format!("md5(coalesce(CAST({} AS VARCHAR), chr(31)))", Ident(column));
    let digests: Vec<String> = masked().map(|((column, _), _)| digest(&column.name)).collect();
    let filled = [
        ("$name", quoted(table)),
        ("$store", Literal(&table.store).to_string()),
        ("$table", Literal(&table.staged).to_string()),
        ("$rows", rows.to_string()),
        ("$sample", REPLAYED.to_string()),
        ("$digests", digests.join(", ")),
        ("$columns", columns.join(", ")),
    ];
    let statement = sql::get("anonymize/replay.sql").to_owned();
    db.run(&filled.iter().fold(statement, |text, (name, value)| text.replace(name, value)))
}
