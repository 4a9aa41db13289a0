//! Verification: what CERT holds under the run's keys is read back, compared with the run row by row, and
//! checked by the rules again. It changes nothing but `meta.verified*` of the run and its report.

use crate::catalog::TableKind;
use crate::duck::{Access, Db, macros};
use crate::error::{Error, Result};
use crate::name::{Ident, Idents};
use crate::project::Project;
use crate::rule::expand::{self, Check};
use crate::rule::observe::{self, Conditions, Finding, Status};
use crate::rule::{self, insert_all};
use crate::run::cert::decide::{at_once, pretty};
use crate::run::cert::image::{self, Asking};
use crate::run::cert::{Cert, Landing, Targets};
use crate::run::event::{Events, Phase};
use crate::run::{Run, keys, meta};
use crate::secret::Keys;
use crate::sql;
use crate::threads::side_by_side;
use duckdb::params;
use serde::Serialize;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// The catalog of what CERT holds now.
const NOW: &str = "verify";
/// Rows shown per table and problem.
const SHOWN: usize = 100;
/// One check may run so long.
const CHECK_TIME_MAX: Duration = Duration::from_secs(30);
/// Connections that run checks side by side.
const CONNECTIONS: usize = 4;

/// What is verified.
pub struct Request<'a> {
    /// The run.
    pub run: &'a Run,
    /// Its project.
    pub project: &'a Project,
    /// The workspace's secrets.
    pub keys: &'a Keys,
    /// The target of every store, in the project's order.
    pub targets: &'a Targets,
    /// Where progress goes.
    pub events: &'a Events,
}

/// What came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// `VALID` or `ISSUES_FOUND`.
    pub status: String,
    /// One line per table or check that is wrong.
    pub issues: Vec<String>,
    /// Rows compared.
    pub rows: u64,
    /// The report.
    pub report: PathBuf,
}

impl Outcome {
    /// Whether CERT holds the run, and holds to the rules.
    pub fn is_valid(&self) -> bool {
        self.status == "VALID"
    }
}

/// Compares and checks.
pub fn execute(request: &Request<'_>) -> Result<Outcome> {
    request.events.phase(Phase::Verify, || {
        let outcome = verify(request)?;
        let (rows, summary) = (outcome.rows, format!("{}, {} issues", outcome.status, outcome.issues.len()));
        Ok((outcome, rows, summary))
    })
}

fn verify(request: &Request<'_>) -> Result<Outcome> {
    let run = request.run;
    let mut cert = Cert::open(run, request.keys, request.project, request.targets, Access::Write)?;
    let landings = cert.stores.iter_mut().flat_map(|store| &mut store.tables);
    landings.for_each(|landing| landing.has_computed = true);
    let _scratch = cert.scratch(run, NOW)?;
    let (done, total) = (AtomicU64::new(0), cert.rows());
    let told = |rows: u64, what: &str| {
        let done = done.fetch_add(rows, Ordering::Relaxed) + rows;
        request.events.progress(Phase::Verify, done, Some(total), "rows", what);
    };
    let snapshots = side_by_side(cert.stores.iter().collect(), |store| store.target.source().snapshot())?;
    let readers = snapshots.iter().map(|snapshot| {
        |read: &crate::store::Read<'_>, sink: crate::store::Sink<'_>| snapshot.read(read, sink)
    });
    let stores: Vec<_> = cert.stores.iter().collect();
    image::take_all(&cert.db, &stores, NOW, Asking::Freely, readers.collect(), &told)?;
    let db = &cert.db;
    db.use_catalog("run")?;
    let landings: Vec<&Landing> = cert.stores.iter().flat_map(|store| &store.tables).collect();
    // Before strangers are dropped, the copies of our rows among them.
    let extra = landings.iter().map(|landing| extra(db, landing)).collect::<Result<Vec<u64>>>()?;
    let is_keyless = |landing: &&&Landing| landing.key().is_none() && landing.table.kind == TableKind::Table;
    landings
        .iter()
        .filter(is_keyless)
        .try_for_each(|landing| db.run(&image::drop_strangers(landing, NOW)))?;
    let counts = Mutex::new(vec![Counts::default(); landings.len()]);
    db.share_out(landings.len(), |db, at| {
        let found = Counts { extra: extra[at], ..count(db, landings[at])? };
        counts.lock().unwrap_or_else(PoisonError::into_inner)[at] = found;
        Ok(())
    })?;
    let counts = counts.into_inner().unwrap_or_else(PoisonError::into_inner);
    at_once(db, || {
        meta::create(db)?;
        db.run("DELETE FROM meta.verified; DELETE FROM meta.verified_row; DELETE FROM meta.verified_check")?;
        landings.into_iter().zip(counts).try_for_each(|(landing, counts)| note(db, landing, counts))
    })?;
    let (checks, findings) = check(request, &cert)?;
    keep(db, &checks, &findings)?;
    report(run, db, total)
}

/// Rows of one table: those CERT lacks, those that differ there, and the copies it has beyond those of the run.
#[derive(Clone, Copy, Default)]
struct Counts {
    missing: u64,
    differing: u64,
    extra: u64,
}

/// How many copies of rows of the run are too many. Tables that tenants share may have those of others.
fn extra(db: &Db, landing: &Landing) -> Result<u64> {
    if landing.rows == 0 || landing.is_shared || landing.key().is_some() {
        return Ok(0);
    }
    db.one(&format!("SELECT CAST(count(*) AS UBIGINT) FROM ({})", image::extra(landing, NOW)), [])
}

fn count(db: &Db, landing: &Landing) -> Result<Counts> {
    if landing.rows == 0 {
        return Ok(Counts::default());
    }
    let first: Vec<&str> = landing.columns().take(1).map(|column| column.name.as_str()).collect();
    let rows = |of: String| db.one(&format!("SELECT CAST(count(*) AS UBIGINT) FROM {of}"), []);
    Ok(Counts {
        missing: rows(format!("({})", image::missing(landing, NOW, &first)))?,
        differing: rows(format!("({})", image::differing(landing, NOW, "ours", &first)))?,
        extra: 0,
    })
}

/// Keeps the counts of a table, and the keys of the first rows that are wrong.
fn note(db: &Db, landing: &Landing, counts: Counts) -> Result<()> {
    let (store, table) = (&landing.table.store, &landing.table.staged);
    let Counts { missing, differing, extra } = counts;
    let found = landing.rows - missing + extra;
    db.change(
        "INSERT INTO meta.verified VALUES (?, ?, ?, ?, ?, ?)",
        params![store, table, landing.rows, found, missing, differing],
    )?;
    if missing + differing == 0 {
        return Ok(());
    }
    let all: Vec<&str> = landing.columns().map(|column| column.name.as_str()).collect();
    let key = image::key_text(landing);
    let found = [
        ("missing", image::missing(landing, NOW, &all)),
        ("differing", image::differing(landing, NOW, "ours", &all)),
    ];
    for (problem, rows) in found {
        let insert = format!(
            "INSERT INTO meta.verified_row SELECT ?, ?, {key} AS key, ? FROM ({rows}) AS ours ORDER BY key LIMIT {SHOWN}"
        );
        db.change(&insert, params![store, table, problem])?;
    }
    Ok(())
}

/// Runs the checks of the run on what CERT holds, in the scratch catalog: those over the raw extract
/// have been answered, and have nothing to look at here.
fn check(request: &Request<'_>, cert: &Cert<'_>) -> Result<(Vec<Check>, Vec<Finding>)> {
    let db = &cert.db;
    let tables = db.rows(
        "SELECT table_name FROM duckdb_tables() WHERE database_name = 'run' AND schema_name = 'meta'",
        [],
        |row| row.get::<_, String>(0),
    )?;
    at_once(db, || {
        db.run(&format!("CREATE SCHEMA {NOW}.meta"))?;
        tables.iter().map(|table| Ident(table)).try_for_each(|table| {
            db.run(&format!("CREATE TABLE {NOW}.meta.{table} AS FROM run.meta.{table}"))
        })?;
        place_conditions(db, cert)
    })?;
    let as_of: Vec<String> =
        db.rows("SELECT CAST(as_of AS VARCHAR) FROM run.meta.validation", [], |row| row.get(0))?;
    let Some(as_of) = as_of.first() else {
        return Err(Error::refused(format!("run {} was never validated", request.run.id))
            .hint("`datamig validate` comes before load and verify"));
    };
    db.use_catalog(NOW)?;
    macros::install(db, &request.run.workspace, &request.project.name)?;
    db.one_thread_each()?;
    db.cage(None)?;
    let rules = rule::load(&request.run.workspace, &request.project.name)?;
    let checks: Vec<Check> = expand::all(db)?.into_iter().filter(|check| !check.needs_staging).collect();
    let conditions = Conditions {
        settings: &rules.settings,
        as_of,
        has_staging: false,
        time_max: CHECK_TIME_MAX,
        connections: CONNECTIONS,
        progress: &|done| {
            let total = Some(checks.len() as u64);
            request.events.progress(Phase::Verify, done as u64, total, "checks", "rules");
        },
    };
    let findings = observe::observe(db, &checks, &[], &conditions)?;
    db.use_catalog("run")?;
    Ok((checks, findings))
}

/// Rows lie elsewhere in what CERT holds: those to which references with a condition apply are found by their key.
/// Without one they were compared with the run's, and are not checked again.
fn place_conditions(db: &Db, cert: &Cert<'_>) -> Result<()> {
    db.run(&format!("DELETE FROM {NOW}.meta.applying"))?;
    let conditioned = "SELECT DISTINCT child_store || '.' || child_table FROM run.meta.reference WHERE \"when\" IS NOT NULL";
    let conditioned = db.rows(conditioned, [], |row| row.get::<_, String>(0))?;
    let landings = cert.stores.iter().flat_map(|store| &store.tables);
    for landing in landings.filter(|one| one.rows > 0 && conditioned.contains(&one.table.path())) {
        let Some(key) = landing.key() else { continue };
        let same =
            |name: &String| format!("CAST(ours.{0} AS VARCHAR) = CAST(theirs.{0} AS VARCHAR)", Ident(name));
        let statement = sql::get("load/applying.sql")
            .replace("$now", NOW)
            .replace("$key", &Idents(key).to_string())
            .replace("$ours", &landing.at("run"))
            .replace("$theirs", &landing.at(NOW))
            .replace("$same", &key.iter().map(same).collect::<Vec<_>>().join(" AND "));
        db.change(&statement, [&landing.table.store, &landing.table.staged])?;
    }
    Ok(())
}

/// A row of `meta.verified_check`.
#[derive(Serialize)]
struct Row<'a> {
    check_id: &'a str,
    family: &'a str,
    status: String,
    severity: String,
    violations: i64,
    message: &'a str,
}

fn keep(db: &Db, checks: &[Check], findings: &[Finding]) -> Result<()> {
    let rows: Vec<Row<'_>> = checks
        .iter()
        .zip(findings)
        .filter(|(_, finding)| finding.status != Status::Passed)
        .map(|(check, finding)| Row {
            check_id: &check.id,
            family: &check.family,
            status: finding.status.to_string(),
            severity: finding.severity.to_string(),
            violations: finding.violations,
            message: &finding.message,
        })
        .collect();
    insert_all(db, "verified_check", &rows)
}

fn report(run: &Run, db: &Db, rows: u64) -> Result<Outcome> {
    let now = chrono::Utc::now();
    let id = format!("val-{}", now.format("%Y%m%dT%H%M%SZ"));
    let at = now.to_rfc3339_opts(chrono::SecondsFormat::Secs, true);
    let text: String = db.one(sql::get("load/verification.sql"), params![id, at])?;
    let folder = run.workspace.join("data/reports");
    std::fs::create_dir_all(&folder).map_err(|cause| Error::file(&folder, &cause))?;
    let path = folder.join(format!("{}-validation.json", run.id));
    keys::replace_file(&path, &pretty(&text)?, 0o644)?;
    let broken = || Error::internal("the verification report is not JSON");
    let value: serde_json::Value = serde_json::from_str(&text).map_err(|_| broken())?;
    let issues = value["issues"].as_array().ok_or_else(broken)?;
    let words = |issue: &serde_json::Value| issue["message"].as_str().unwrap_or_default().to_owned();
    Ok(Outcome {
        status: value["status"].as_str().ok_or_else(broken)?.to_owned(),
        issues: issues.iter().map(words).collect(),
        rows,
        report: path,
    })
}
