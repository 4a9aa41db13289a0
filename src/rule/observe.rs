//! Runs checks and says what came of each. The count comes first, in parallel and READ ONLY, one statement
//! per check: a check that fails to bind, runs too long or breaks is an error of its own, and the others
//! still run. Only checks that found something are run again, for the keys of the violating rows.

use super::Severity;
use super::expand::{Broken, Check, extracted};
use super::settings::Settings;
use crate::duck::Db;
use crate::error::{Error, Result};
use crate::threads::side_by_side;
use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, mpsc};
use std::time::{Duration, Instant};

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
    let next = AtomicUsize::new(0);
    let examined = Mutex::new(HashMap::new());
    let found = Mutex::new(Vec::with_capacity(checks.len()));
    let worker = |db: Db| -> Result<()> {
        let guard = Guard::start(&db);
        db.run("BEGIN TRANSACTION READ ONLY")?;
        while let Some((at, check)) = take(&next, checks) {
            let finding = match broken.get(check.id.as_str()) {
                Some(error) => failed_to_run(check, Status::Error, &error.message, Duration::ZERO),
                None => {
                    guard.0.send(Some(Instant::now() + how.time_max)).ok();
                    let finding = run(&db, check, how, &examined);
                    guard.0.send(None).ok();
                    if finding.status == Status::Error {
                        // An error ends the transaction; the next check gets one of its own.
                        db.run("ROLLBACK").and_then(|()| db.run("BEGIN TRANSACTION READ ONLY"))?;
                    }
                    finding
                }
            };
            let finding = waive(finding, check, how);
            let mut found = found.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            found.push((at, finding));
            (how.progress)(found.len());
        }
        db.run("ROLLBACK")
    };
    let workers: Vec<Db> = (0..how.connections.max(1)).map(|_| db.another()).collect::<Result<_>>()?;
    side_by_side(workers, worker)?;
    let mut found = found.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
    found.sort_by_key(|(at, _)| *at);
    Ok(found.into_iter().map(|(_, finding)| finding).collect())
}

fn take<'a>(next: &AtomicUsize, checks: &'a [Check]) -> Option<(usize, &'a Check)> {
    let at = next.fetch_add(1, Ordering::Relaxed);
    checks.get(at).map(|check| (at, check))
}

/// Interrupts what runs longer than its deadline; ends when dropped.
struct Guard(mpsc::Sender<Option<Instant>>);

impl Guard {
    fn start(db: &Db) -> Guard {
        let (sender, receiver) = mpsc::channel::<Option<Instant>>();
        let handle = db.interrupt_handle();
        std::thread::spawn(move || {
            let mut deadline: Option<Instant> = None;
            loop {
                let message = match deadline {
                    None => receiver.recv().map_err(|_| mpsc::RecvTimeoutError::Disconnected),
                    Some(at) => receiver.recv_timeout(at.saturating_duration_since(Instant::now())),
                };
                match message {
                    Ok(next) => deadline = next,
                    Err(mpsc::RecvTimeoutError::Timeout) => {
                        handle.interrupt();
                        deadline = None;
                    }
                    Err(mpsc::RecvTimeoutError::Disconnected) => return,
                }
            }
        });
        Guard(sender)
    }
}

type Counts = Mutex<HashMap<String, i64>>;

fn run(db: &Db, check: &Check, how: &Conditions<'_>, examined: &Counts) -> Finding {
    let start = Instant::now();
    if check.needs_staging && !how.has_staging {
        return failed_to_run(check, Status::Skipped, "the raw extract is not attached", start.elapsed());
    }
    let counted = count(db, check, how, examined);
    let duration = start.elapsed();
    match counted {
        Ok((examined, violations, extracted)) => {
            Finding { duration, ..judge(check, examined, violations, extracted) }
        }
        Err(_) if duration >= how.time_max => failed_to_run(
            check,
            Status::Error,
            &format!("stopped after {} s", how.time_max.as_secs()),
            duration,
        ),
        Err(error) => failed_to_run(check, Status::Error, &error.message, duration),
    }
}

/// Rows examined, rows violating, and rows the extract had to examine (asked only when none were).
fn count(db: &Db, check: &Check, how: &Conditions<'_>, known: &Counts) -> Result<(i64, i64, i64)> {
    // The key is bound here too, so that a rule whose rows have no key is an error at once.
    let violations = db.one(
        &format!("SELECT count(*) FROM (SELECT {} AS _k FROM ({}) AS this)", check.key_sql, check.sql),
        [],
    )?;
    let lock = || known.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let cached = lock().get(&check.examined_sql).copied();
    let examined = match cached {
        Some(rows) => rows,
        None => {
            let rows = db.one(&check.examined_sql, [])?;
            lock().insert(check.examined_sql.clone(), rows);
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
    if matches!(finding.status, Status::Passed | Status::Empty) {
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
