//! Runs checks and says what came of each, in parallel and READ ONLY. First one [`scan`] of each table
//! answers for all checks that ask for a condition of its rows; a check that may find something, or asks for
//! more, is counted by its own statement. One that fails to bind, runs too long or breaks is an error of its
//! own, and the others still run. The keys of violating rows are asked for when all is counted.

use super::Severity;
use super::expand::{Broken, Check, extracted};
use super::scan::{self, Counts};
use super::settings::Settings;
use super::worker::Worker;
use crate::duck::Db;
use crate::error::{Error, Result};
use crate::name::Ident;
use crate::threads::share_out;
use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// What is compared with the whole extract may take so many times longer.
const EXTRACT_TIMES: u32 = 40;

/// What came of a check.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// Nothing violates it.
    Passed,
    /// Something does.
    Failed,
    /// It could not be run.
    Error,
    /// What it needs is not there.
    Skipped,
    /// There was nothing to examine, rightly.
    Empty,
    /// It failed and somebody answers for it.
    Waived,
}

impl std::fmt::Display for Status {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Status::Passed => "passed",
            Status::Failed => "failed",
            Status::Error => "error",
            Status::Skipped => "skipped",
            Status::Empty => "empty",
            Status::Waived => "waived",
        })
    }
}

/// The outcome of one check.
#[derive(Clone, Debug)]
pub struct Finding {
    /// The check.
    pub check: String,
    /// What came of it.
    pub status: Status,
    /// What it weighs: of references, by whether PROD has the parent.
    pub severity: Severity,
    /// Rows looked at.
    pub examined: i64,
    /// Rows that violate it.
    pub violations: i64,
    /// Names and numbers only.
    pub message: String,
    /// How long it took.
    pub duration: Duration,
}

/// Whether a run may go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Every check passed, was empty or is waived.
    Passed,
    /// Warnings, not too many.
    PassedWithWarnings,
    /// Errors, checks that did not run, or too many warnings.
    Failed,
}

impl std::fmt::Display for Verdict {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Verdict::Passed => "PASSED",
            Verdict::PassedWithWarnings => "PASSED_WITH_WARNINGS",
            Verdict::Failed => "FAILED",
        })
    }
}

/// How checks are run.
pub struct Conditions<'a> {
    /// What counts how.
    pub settings: &'a Settings,
    /// The day of the run, YYYY-MM-DD.
    pub as_of: &'a str,
    /// Whether the raw extract is attached as `staging`.
    pub has_staging: bool,
    /// One check may take so long.
    pub time_max: Duration,
    /// Connections used side by side.
    pub connections: usize,
    /// Called with the number of checks that are done.
    pub progress: &'a (dyn Fn(usize) + Sync),
}

/// Runs all checks. Findings come in the order of `checks`.
pub fn observe(db: &Db, checks: &[Check], broken: &[Broken], how: &Conditions<'_>) -> Result<Vec<Finding>> {
    let broken: HashMap<&str, &Error> =
        broken.iter().map(|broken| (broken.id.as_str(), &broken.error)).collect();
    let mut workers =
        (0..how.connections.max(1)).map(|_| Worker::start(db.another()?)).collect::<Result<Vec<Worker>>>()?;
    let runs = |check: &&Check| !broken.contains_key(check.id.as_str()) && !lacks_staging(check, how);
    let scans = scan::plan(checks.iter().filter(runs));
    let counts = Mutex::new(Counts::default());
    share_out(workers.iter_mut().collect(), scans.len(), |worker, at| {
        if let Ok(counted) = worker.within(how.time_max, |db| scans[at].run(db))? {
            lock(&counts).add(counted);
        }
        Ok(())
    })?;
    let counts = counts.into_inner().unwrap_or_else(PoisonError::into_inner);
    let (others, found) = (Mutex::default(), Mutex::new(Vec::with_capacity(checks.len())));
    share_out(workers.iter_mut().collect(), checks.len(), |worker, at| {
        let check = &checks[at];
        let finding = match broken.get(check.id.as_str()) {
            Some(error) => failed_to_run(check, Status::Error, &error.message, Duration::ZERO),
            None => run(worker, check, how, &counts, &others)?,
        };
        let finding = waive(finding, check, how);
        let mut found = lock(&found);
        found.push((at, finding));
        (how.progress)(found.len());
        Ok(())
    })?;
    workers.into_iter().try_for_each(Worker::finish)?;
    let mut found = found.into_inner().unwrap_or_else(PoisonError::into_inner);
    found.sort_by_key(|(at, _)| *at);
    Ok(found.into_iter().map(|(_, finding)| finding).collect())
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn lacks_staging(check: &Check, how: &Conditions<'_>) -> bool {
    check.needs_staging && !how.has_staging
}

/// Rows examined, by the statement that counted them where no scan did.
type Examined = Mutex<HashMap<String, i64>>;

fn run(
    worker: &Worker,
    check: &Check,
    how: &Conditions<'_>,
    counts: &Counts<'_>,
    others: &Examined,
) -> Result<Finding> {
    let start = Instant::now();
    if lacks_staging(check, how) {
        return Ok(failed_to_run(check, Status::Skipped, "the raw extract is not attached", Duration::ZERO));
    }
    let time_max = how.time_max * if check.needs_staging { EXTRACT_TIMES } else { 1 };
    let counted = worker.within(time_max, |db| count(db, check, how, counts, others))?;
    let duration = start.elapsed();
    Ok(match counted {
        Ok((examined, violations, extracted)) => Finding {
            duration: duration + counts.time(check),
            ..judge(check, examined, violations, extracted)
        },
        Err(_) if duration >= time_max => {
            failed_to_run(check, Status::Error, &format!("stopped after {} s", time_max.as_secs()), duration)
        }
        Err(error) => failed_to_run(check, Status::Error, &error.message, duration),
    })
}

/// Rows examined, rows violating, and rows the extract had to examine (asked only when none were).
fn count(
    db: &Db,
    check: &Check,
    how: &Conditions<'_>,
    counts: &Counts<'_>,
    others: &Examined,
) -> Result<(i64, i64, i64)> {
    let violations = match counts.suspects(check) {
        Some(0) => 0,
        // The key is bound here too, so that a rule whose rows have no key is an error at once.
        _ => db.one(
            &format!("SELECT count(*) FROM (SELECT {} AS _k FROM ({}\n) AS this)", check.key_sql, check.sql),
            [],
        )?,
    };
    if violations > 0 && is_written(check) {
        let strangers: i64 = db.one(&strangers(check), [])?;
        if strangers > 0 {
            return Err(Error::config(format!("it names {strangers} rows that {} has not", check.path())));
        }
    }
    let known = counts.examined(check).or_else(|| lock(others).get(&check.examined_sql).copied());
    let examined = match known {
        Some(rows) => rows,
        None => {
            let rows = db.one(&check.examined_sql, [])?;
            lock(others).insert(check.examined_sql.clone(), rows);
            rows
        }
    };
    let extracted = match &check.extracted_sql {
        _ if examined > 0 || check.may_be_empty => 0,
        Some(sql) if how.has_staging => db.one(sql, [])?,
        _ => db.one(&extracted(check), [])?,
    };
    Ok((examined, violations, extracted))
}

/// Whether somebody wrote the statement, and its rows are told apart by a key, not by a digest of them.
fn is_written(check: &Check) -> bool {
    check.source.is_none() && !check.at.starts_with("sql/") && !check.key_sql.starts_with("md5(")
}

fn strangers(check: &Check) -> String {
    // What the author wrote comes last: nothing in it is a placeholder.
    crate::sql::get("rule/strangers.sql")
        .replace("$path", &format!("{}.{}", Ident(&check.store), Ident(&check.table)))
        .replace("$key", &check.key_sql)
        .replace("$violations", &check.sql)
}

/// The outcome by the numbers alone.
fn judge(check: &Check, examined: i64, violations: i64, extracted: i64) -> Finding {
    let (status, severity, message) = match (violations, examined) {
        (0, 0) if check.may_be_empty || extracted == 0 => {
            (Status::Empty, check.severity, "there was nothing to examine".to_owned())
        }
        (0, 0) => (
            Status::Error,
            check.severity,
            format!("nothing was examined, yet {extracted} rows were extracted"),
        ),
        (0, _) => (Status::Passed, check.severity, String::new()),
        (violations, _) => {
            let severity = if violations > check.known { check.severity } else { check.known_severity };
            let known = match check.known {
                0 => String::new(),
                known => format!(" ({known} dangle in PROD already)"),
            };
            (Status::Failed, severity, format!("{violations} of {examined}{known}: {}", check.because))
        }
    };
    Finding {
        check: check.id.clone(),
        status,
        severity,
        examined,
        violations,
        message,
        duration: Duration::ZERO,
    }
}

fn failed_to_run(check: &Check, status: Status, why: &str, duration: Duration) -> Finding {
    Finding {
        check: check.id.clone(),
        status,
        severity: check.severity,
        examined: 0,
        violations: 0,
        message: format!("{why} (at {})", check.at),
        duration,
    }
}

fn waive(finding: Finding, check: &Check, how: &Conditions<'_>) -> Finding {
    // Nobody can answer for personal data that is left.
    if matches!(finding.status, Status::Passed | Status::Empty) || check.family == "privacy" {
        return finding;
    }
    match how.settings.waiver(check) {
        Some(waiver) if waiver.holds(how.as_of) => Finding {
            status: Status::Waived,
            message: format!(
                "waived by {} until {}: {}; {}",
                waiver.who, waiver.until, waiver.reason, finding.message
            ),
            ..finding
        },
        Some(over) => Finding {
            message: format!("{}; the waiver by {} ended on {}", finding.message, over.who, over.until),
            ..finding
        },
        None => finding,
    }
}

/// Whether the run may go on. Warnings are counted by check, not by row.
pub fn verdict(findings: &[Finding], settings: &Settings) -> Verdict {
    let failed = |severity: Severity| {
        findings.iter().filter(|one| one.status == Status::Failed && one.severity == severity).count()
    };
    let not_run = findings.iter().any(|one| matches!(one.status, Status::Error | Status::Skipped));
    let warnings = failed(Severity::Warning);
    if not_run
        || failed(Severity::Error) > 0
        || warnings > settings.max_warnings_allowed
        || (warnings > 0 && settings.fail_on_warnings)
    {
        Verdict::Failed
    } else if warnings > 0 {
        Verdict::PassedWithWarnings
    } else {
        Verdict::Passed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check() -> Check {
        Check {
            id: "ids.t.x".into(),
            family: "business".into(),
            severity: Severity::Error,
            sql: String::new(),
            at: "business.yaml:1".into(),
            rule: "x".into(),
            store: "ids".into(),
            table: "t".into(),
            column: None,
            because: "why".into(),
            examined_sql: String::new(),
            key_sql: String::new(),
            known: 0,
            known_severity: Severity::Warning,
            needs_staging: false,
            may_be_empty: false,
            extracted_sql: None,
            source: None,
            suspect: None,
            column_sql: None,
        }
    }

    #[test]
    fn a_check_over_nothing_passes_only_where_nothing_was_extracted() {
        assert_eq!(judge(&check(), 0, 0, 0).status, Status::Empty);
        assert_eq!(judge(&check(), 0, 0, 3).status, Status::Error);
        assert_eq!(judge(&Check { may_be_empty: true, ..check() }, 0, 0, 3).status, Status::Empty);
        assert_eq!(judge(&check(), 3, 0, 3).status, Status::Passed);
    }

    #[test]
    fn what_dangles_in_prod_weighs_less_than_what_was_lost() {
        let known = Check { known: 2, ..check() };
        assert_eq!(judge(&known, 9, 2, 9).severity, Severity::Warning);
        assert_eq!(judge(&known, 9, 3, 9).severity, Severity::Error);
        let enforced = Check { known_severity: Severity::Error, ..known };
        assert_eq!(judge(&enforced, 9, 2, 9).severity, Severity::Error);
    }

    #[test]
    fn warnings_are_counted_by_check() {
        let settings = Settings { max_warnings_allowed: 1, ..Settings::default() };
        let warning = Finding { severity: Severity::Warning, ..judge(&check(), 99, 50, 99) };
        let one = std::slice::from_ref(&warning);
        assert_eq!(verdict(&[], &settings), Verdict::Passed);
        assert_eq!(verdict(one, &settings), Verdict::PassedWithWarnings);
        assert_eq!(verdict(&[warning.clone(), warning.clone()], &settings), Verdict::Failed);
        assert_eq!(verdict(one, &Settings { fail_on_warnings: true, ..settings.clone() }), Verdict::Failed);
        let skipped = failed_to_run(&check(), Status::Skipped, "", Duration::ZERO);
        assert_eq!(verdict(&[Finding { severity: Severity::Info, ..skipped }], &settings), Verdict::Failed);
    }
}
