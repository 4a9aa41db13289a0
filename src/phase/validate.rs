//! Validation: expand the rules over the catalog, run every check, keep the findings and the keys of all
//! violating rows, sign what passed, and write `validation-report.json`. Two transactions: the checks as
//! they will run, then everything that came of them together.

use crate::duck::Db;
use crate::error::{Error, Result};
use crate::rule::basis::Basis;
use crate::rule::expand::{self, Check};
use crate::rule::lint::Problem;
use crate::rule::observe::{self, Conditions, Finding, Status, Verdict};
use crate::rule::{Rules, gate, insert_all, proof};
use crate::run::meta;
use crate::secret::Key;
use crate::sql;
use crate::threads::cores;
use duckdb::params;
use serde::Serialize;
use std::path::Path;
use std::time::{Duration, Instant};

/// One check may run so long.
const CHECK_TIME_MAX: Duration = Duration::from_secs(30);
/// What is validated, and with what.
pub struct Request<'a> {
    /// Open on the run: `run` is the current catalog, `staging` is attached where it still exists.
    pub db: &'a Db,
    /// The project's rules.
    pub rules: &'a Rules,
    /// Examples of them that do not hold: what such a rule finds means nothing.
    pub unproven: &'a [Problem],
    /// The run.
    pub run_id: &'a str,
    /// The key of the root entity: `district-001`.
    pub root: &'a str,
    /// The day the run is about, YYYY-MM-DD.
    pub as_of: &'a str,
    /// The files and the target that the verdict rests on.
    pub basis: &'a Basis,
    /// The workspace's DATAMIG_KEY, for the signatures of the gate.
    pub key: &'a Key,
    /// Where `validation-report.json` goes.
    pub folder: &'a Path,
    /// Called with the checks done and the checks in all.
    pub progress: &'a (dyn Fn(usize, usize) + Sync),
}

/// What came of it.
#[derive(Debug)]
pub struct Outcome {
    /// Whether the run may be loaded.
    pub verdict: Verdict,
    /// Checks that were run.
    pub checks: usize,
    /// Failed warnings.
    pub warnings: usize,
    /// Failed errors, and checks that could not run.
    pub errors: usize,
    /// No privacy check failed or was left out: the run file may leave the machine.
    pub is_private: bool,
}

/// Validates a run. Doing it again replaces what the last time found.
pub fn execute(request: &Request<'_>) -> Result<Outcome> {
    let (db, start) = (request.db, Instant::now());
    let has_staging =
        db.one("SELECT count(*) > 0 FROM duckdb_databases() WHERE database_name = 'staging'", [])?;
    if has_staging {
        proof::prepare(db)?;
    }
    let (checks, broken) = atomically(db, || begin(request, has_staging))?;
    let conditions = Conditions {
        settings: &request.rules.settings,
        as_of: request.as_of,
        has_staging,
        time_max: CHECK_TIME_MAX,
        // A check is mostly planning, on one thread: more connections than cores only wait for each other.
        connections: cores(),
        progress: &|done| (request.progress)(done, checks.len()),
    };
    let findings = observe::observe(db, &checks, &broken, &conditions)?;
    let outcome = outcome(&checks, &findings, request.rules);
    atomically(db, || finish(request, &checks, &findings, &outcome, start))?;
    let report: String = db.one(sql::get("validate/report.sql"), [])?;
    let path = request.folder.join("validation-report.json");
    std::fs::write(&path, pretty(&report)?).map_err(|cause| Error::file(&path, &cause))?;
    Ok(outcome)
}

fn atomically<T>(db: &Db, work: impl FnOnce() -> Result<T>) -> Result<T> {
    db.run("BEGIN")?;
    let done = work();
    db.run(if done.is_ok() { "COMMIT" } else { "ROLLBACK" })?;
    done
}

fn begin(request: &Request<'_>, has_staging: bool) -> Result<(Vec<Check>, Vec<expand::Broken>)> {
    let db = request.db;
    // The run may be of a version that knew less.
    meta::create(db)?;
    db.run("DELETE FROM meta.validation; DELETE FROM meta.finding; DELETE FROM meta.violation; DELETE FROM meta.survivor")?;
    gate::close(db)?;
    let settings = request.rules.settings.to_string();
    db.change(
        sql::get("validate/begin.sql"),
        params![request.run_id, request.root, request.as_of, settings, request.basis.to_string()],
    )?;
    let mut broken = expand::expand(db, request.rules)?;
    if has_staging {
        proof::keep(db)?;
    }
    let checks = expand::all(db)?;
    request.rules.settings.check_ids(&checks)?;
    for check in &checks {
        let problem = request.unproven.iter().find(|problem| problem.rule == check.rule);
        // Of a rule that does not expand that is said already.
        if let Some(problem) = problem.filter(|_| broken.iter().all(|one| one.id != check.id)) {
            broken.push(expand::Broken { id: check.id.clone(), error: Error::config(&problem.message) });
        }
    }
    Ok((checks, broken))
}

fn outcome(checks: &[Check], findings: &[Finding], rules: &Rules) -> Outcome {
    use crate::rule::Severity::{Error as Grave, Warning};
    let is_open = |one: &Finding| matches!(one.status, Status::Error | Status::Skipped);
    let failed = |severity| {
        findings.iter().filter(|one| one.status == Status::Failed && one.severity == severity).count()
    };
    let is_private = checks
        .iter()
        .zip(findings)
        .filter(|(check, _)| check.family == "privacy")
        .all(|(_, finding)| matches!(finding.status, Status::Passed | Status::Empty));
    Outcome {
        verdict: observe::verdict(findings, &rules.settings),
        checks: findings.len(),
        warnings: failed(Warning),
        errors: failed(Grave) + findings.iter().filter(|one| is_open(one)).count(),
        is_private,
    }
}

/// A row of `meta.finding`.
#[derive(Serialize)]
struct Row<'a> {
    check_id: &'a str,
    status: String,
    severity: String,
    examined: i64,
    violations: i64,
    message: &'a str,
    duration_ms: f64,
}

fn finish(
    request: &Request<'_>,
    checks: &[Check],
    findings: &[Finding],
    outcome: &Outcome,
    start: Instant,
) -> Result<()> {
    let db = request.db;
    let rows: Vec<Row<'_>> = findings
        .iter()
        .map(|one| Row {
            check_id: &one.check,
            status: one.status.to_string(),
            severity: one.severity.to_string(),
            examined: one.examined,
            violations: one.violations,
            message: &one.message,
            duration_ms: one.duration.as_secs_f64() * 1000.0,
        })
        .collect();
    insert_all(db, "finding", &rows)?;
    for (check, _) in checks.iter().zip(findings).filter(|(_, finding)| finding.violations > 0) {
        let column = check.column_sql.as_deref().unwrap_or("?3");
        let keys = format!(
            "INSERT INTO meta.violation SELECT ?1, ?2, {}, coalesce(?3, {column}) FROM ({}) AS this",
            check.key_sql, check.sql
        );
        db.change(&keys, params![check.id, check.path(), check.column])?;
        proof::name_survivors(db, check)?;
    }
    if outcome.verdict == Verdict::Failed {
        gate::close(db)?;
    } else {
        gate::sign(db, request.key)?;
    }
    db.change(
        "UPDATE meta.validation SET status = ?, duration_ms = ?",
        params![outcome.verdict.to_string(), start.elapsed().as_secs_f64() * 1000.0],
    )?;
    Ok(())
}

fn pretty(json: &str) -> Result<String> {
    let broken = |_| Error::internal("the validation report is not JSON");
    let value: serde_json::Value = serde_json::from_str(json).map_err(broken)?;
    serde_json::to_string_pretty(&value).map(|text| text + "\n").map_err(broken)
}
