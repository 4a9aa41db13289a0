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
use crate::slice::{known, people, quoted};
use crate::sql;
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
    let values = udf::register(db.connection(), &request.keys.salt)?;
    macros::install_masks(&db, &request.project.workspace)?;
    note(request, &db, &catalog, &assignments, &fingerprint)?;
    let mut workers = macros::masking(&db, &request.project.workspace)?;
    people::prepare(&db, &mut workers, request.project, &catalog, &assignments)?;
    for store in catalog.stores() {
        db.run(&format!("CREATE SCHEMA {}", Ident(store)))?;
    }
    let sizes = sizes(&db, &catalog)?;
    let (scanned, others): (Vec<Sized>, Vec<Sized>) =
        sizes.into_iter().partition(|(_, at)| known::is_scanned(&assignments.0[*at]));
    let writing = Writing {
        request,
        catalog: &catalog,
        assignments: &assignments,
        total: scanned.iter().chain(&others).map(|(rows, _)| rows).sum(),
        done: AtomicU64::new(0),
    };
    writing.tables(&db, &mut workers, &others)?;
    known::gather(&db, &mut workers, &catalog, &assignments, |row| !known::is_scanned(row), &values)?;
    writing.tables(&db, &mut workers, &scanned)?;
    let rows: u64 = db.one("SELECT CAST(coalesce(sum(rows), 0) AS UBIGINT) FROM meta.extracted", [])?;
    let all = assignments.0.iter().flatten();
    let all = all.flat_map(|one| std::iter::once(one).chain(one.places.iter().map(|place| &place.how)));
    let masked = all.filter(|one| one.strategy != Strategy::Preserve).count();
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
            strategies.push(noted(table, &column.name, one));
            for place in &one.places {
                let mut told = noted(table, &format!("{}.{}", column.name, place.path), &place.how);
                told["json_path"] = json!(place.path);
                told["leaves"] = json!(place.condition);
                strategies.push(told);
            }
        }
    }
    insert_all(db, "strategy", &strategies)?;
    insert_all(db, "quasi_identifier", &request.project.quasi_identifiers(catalog)?)?;
    db.run(sql::get("anonymize/copy_meta.sql"))
}

/// How a column, or a place in one, leaves.
fn noted(table: &Table, column: &str, how: &Assignment) -> serde_json::Value {
    json!({
        "store": table.store,
        "table": table.staged,
        "column": column,
        "strategy": how.strategy.word(),
        "rule": how.rule,
        "at": how.at,
        "because": how.because,
        "expression": how.expression,
    })
}

/// Rows of a table that is worth the trouble of sharing it out to several threads.
const LARGE: u64 = 1_000_000;

/// Rows and position of a staged table.
type Sized = (u64, usize);

/// All staged tables, the largest first.
fn sizes(db: &Db, catalog: &Catalog) -> Result<Vec<Sized>> {
    let mut sizes = Vec::new();
    for (at, table) in catalog.tables.iter().enumerate() {
        sizes.push((db.one(&format!("SELECT count(*) FROM staging.{}", quoted(table)), [])?, at));
    }
    sizes.sort_by_key(|(rows, _)| std::cmp::Reverse(*rows));
    Ok(sizes)
}

/// What is needed to write tables.
struct Writing<'a> {
    request: &'a Request<'a>,
    catalog: &'a Catalog,
    assignments: &'a Assignments,
    /// Rows of all tables, and of those that are written.
    total: u64,
    done: AtomicU64,
}

impl Writing<'_> {
    /// Writes tables, the largest first: the last one should not be waited for. The engine shares a large one out to
    /// all threads, of the others several are written side by side.
    fn tables(&self, db: &Db, workers: &mut [Db], sizes: &[Sized]) -> Result<()> {
        let (large, small) = sizes.split_at(sizes.partition_point(|(rows, _)| *rows >= LARGE));
        large.iter().try_for_each(|(_, at)| self.table(&workers[0], *at))?;
        db.share_out_to(workers, small.len(), |db, next| self.table(db, small[next].1))
    }

    fn table(&self, db: &Db, at: usize) -> Result<()> {
        let (table, row, begun) = (&self.catalog.tables[at], &self.assignments.0[at], Instant::now());
        let rows = write_table(db, table, row)
            .and_then(|rows| replay(db, table, row, rows).map(|()| rows))
            .map_err(|error| match culprit(db, table, row) {
            Some(column) => error.context(format!("{}.{column}", table.path())),
            None => error.context(table.path()),
        })?;
        let took = begun.elapsed().as_secs_f64();
        db.change(
            "INSERT INTO meta.anonymized VALUES (?, ?, ?, ?)",
            duckdb::params![table.store, table.staged, rows, took],
        )?;
        let done = self.done.fetch_add(rows, Ordering::Relaxed) + rows;
        self.request.events.progress(Phase::Anonymize, done, Some(self.total), "rows", &table.path());
        Ok(())
    }
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

/// The first column that cannot be masked, where one fails alone: the engine does not say which it was.
fn culprit<'t>(db: &Db, table: &'t Table, row: &[Assignment]) -> Option<&'t str> {
    let fails = |expression: &str| {
        let name = quoted(table);
        db.run(&format!("SELECT max(hash(COLUMNS(*))) FROM (SELECT {expression} FROM staging.{name})"))
            .is_err()
    };
    let at = expressions(table, row).iter().position(|expression| fails(expression))?;
    Some(table.columns[at].name.as_str())
}

fn write_table(db: &Db, table: &Table, row: &[Assignment]) -> Result<u64> {
    let (name, columns) = (quoted(table), expressions(table, row).join(", "));
    // The proof pairs rows by their place, which a join with what is known of people would not keep.
    let is_joined = columns.contains("memory.") || columns.to_lowercase().contains("select");
    let order = if is_joined { " ORDER BY rowid" } else { "" };
    db.run(&format!("CREATE TABLE run.{name} AS SELECT {columns} FROM staging.{name}{order}"))?;
    db.one(&format!("SELECT count(*) FROM run.{name}"), [])
}

/// Masks a sample of the rows of a table again; the check `replayed` compares.
fn replay(db: &Db, table: &Table, row: &[Assignment], rows: u64) -> Result<()> {
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
