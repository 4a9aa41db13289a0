//! Lint: rules are expanded and bound on empty tables and their examples are run, before any data is
//! touched. All problems are reported, each with the line and the word it is about.
//!
//! A [`Bench`] is made once (a few hundred milliseconds: tables and macros) and then judges a rule in a few:
//! `bench.lint(&rule)` binds it, `bench.test(&rule)` runs its examples. Who watches a file keeps the bench,
//! parses the file with [`super::yaml::parse`] when it changed, and judges the rules whose
//! [`source`](Rule::source) differs; [`live`] counts a rule on a run.

use super::cage::Cage;
use super::expand::{self, Check};
use super::{Rule, Rules, example, proof, scan, suggest};
use crate::duck::Db;
use crate::error::{Error, Location, Result};
use crate::name::{Ident, Literal};
use crate::sql;
use crate::threads::{cores, share_out};
use serde::Serialize;
use std::collections::{HashMap, HashSet};
use std::fmt;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// One example may take so long: it has a handful of rows.
pub const EXAMPLE_TIME_MAX: Duration = Duration::from_secs(10);

/// A problem of a rule and where it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// The rule, or a check that the catalog demands.
    pub rule: String,
    /// What is wrong.
    pub message: String,
    /// The file.
    pub file: String,
    /// The line, from 1; 0: the file as a whole.
    pub line: usize,
    /// The column of the word it is about, in characters from 1; 0: the whole line.
    pub column: usize,
    /// How many characters the word has.
    pub width: usize,
    /// The line itself.
    pub source: String,
    /// What to do.
    pub hint: Option<String>,
}

impl Problem {
    /// What an error says about a rule, at the word it names.
    pub fn of(rule: &Rule, error: Error) -> Problem {
        let lines: Vec<&str> = rule.source.lines().collect();
        let (at, column, width) = place(&lines, &error.message).unwrap_or((0, 0, 0));
        Problem {
            rule: rule.id.clone(),
            message: error.message,
            file: rule.at.file.display().to_string(),
            line: rule.at.line + at,
            column,
            width,
            source: lines.get(at).copied().unwrap_or_default().to_owned(),
            hint: error.hint,
        }
    }

    /// A problem without a rule: a file that cannot be read.
    pub fn of_file(error: Error) -> Problem {
        let at = error.at.unwrap_or_default();
        Problem {
            rule: String::new(),
            message: error.message,
            file: at.file.display().to_string(),
            line: at.line,
            column: 0,
            width: 0,
            source: String::new(),
            hint: error.hint,
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.rule.is_empty() {
            write!(f, "{}: ", self.rule)?;
        }
        write!(f, "{}\n  at {}", self.message, self.file)?;
        if self.line > 0 {
            write!(f, ":{}", self.line)?;
        }
        let hint = self.hint.as_deref().unwrap_or_default();
        if self.column == 0 {
            return if hint.is_empty() { Ok(()) } else { write!(f, "\n  {hint}") };
        }
        let blanks = " ".repeat(self.column - 1);
        write!(f, ":{}\n  | {}\n  | {blanks}{} {hint}", self.column, self.source, "^".repeat(self.width))
    }
}

/// The line (from 0), column and width of the word of a rule that a message is about: the first it quotes
/// or calls that stands in the rule.
fn place(lines: &[&str], message: &str) -> Option<(usize, usize, usize)> {
    let quoted = message.split('"').skip(1).step_by(2);
    let called = message.split_whitespace().filter_map(|word| word.split_once('(').map(|(name, _)| name));
    let last = message.split_whitespace().next_back();
    // "pass example 2 violates the rule"
    let side = ["pass", "fail"].into_iter().filter(|side| message.contains(&format!("{side} example ")));
    let words = quoted.chain(called).chain(last).chain(side);
    let is_prose = |line: &str| {
        let line = line.trim_start_matches(['-', ' ']);
        line.starts_with("rule:") || line.starts_with("because:") || line.starts_with("severity:")
    };
    words.filter(|word| !word.is_empty()).find_map(|word| {
        let sql = lines.iter().enumerate().filter(|(_, line)| !is_prose(line));
        sql.filter_map(|(at, line)| Some((at, whole_word(line, word)?, word.chars().count()))).next()
    })
}

/// The column, from 1, at which a word stands alone in a line.
fn whole_word(line: &str, word: &str) -> Option<usize> {
    let is_part = |letter: char| letter.is_alphanumeric() || letter == '_';
    let found = line
        .match_indices(word)
        .find(|(at, _)| !line[..*at].ends_with(is_part) && !line[at + word.len()..].starts_with(is_part));
    found.map(|(at, _)| line[..at].chars().count() + 1)
}

/// Empty tables on which rules are judged.
pub struct Bench {
    db: Db,
    cage: Cage,
}

impl Bench {
    /// Makes the tables of the catalog in `meta`, empty, as the run and as its extract, and the one row that
    /// rules ask for day and root. `db` is in memory and holds the meta tables, a catalog in them, and the
    /// macro library.
    pub fn new(db: Db) -> Result<Bench> {
        let catalog: String = db.one("SELECT current_catalog()", [])?;
        expand::prepare(&db)?;
        let statements = db.rows(sql::get("rule/empty_tables.sql"), [], |row| row.get::<_, String>(0))?;
        db.run("ATTACH ':memory:' AS staging")?;
        for place in ["staging", &catalog] {
            db.use_catalog(place)?;
            statements.iter().try_for_each(|statement| db.run(statement))?;
        }
        // Again: now the tables are there.
        expand::prepare(&db)?;
        db.run(sql::get("rule/lint_day.sql"))?;
        proof::bindable(&db)?;
        let db = unoptimized(db)?;
        Ok(Bench { cage: Cage::new(&db, &[])?, db })
    }

    /// The tables themselves.
    pub fn db(&self) -> &Db {
        &self.db
    }

    /// The checks a rule becomes.
    pub fn checks(&self, rule: &Rule) -> Result<Vec<Check>> {
        expand::checks(&self.db, &self.cage, rule)
    }

    /// Binds a rule: every name in it exists, every function takes what it is given. None: all is well.
    pub fn lint(&self, rule: &Rule) -> Option<Problem> {
        let bound =
            self.checks(rule).and_then(|checks| checks.iter().try_for_each(|check| bind(&self.db, check)));
        bound.err().map(|error| Problem::of(rule, error))
    }

    /// Runs the examples of a rule that binds; all that do not hold are returned.
    pub fn test(&self, rule: &Rule) -> Vec<Problem> {
        self.test_within(rule, EXAMPLE_TIME_MAX)
    }

    /// The same with a limit of its own for each example.
    pub fn test_within(&self, rule: &Rule, time_max: Duration) -> Vec<Problem> {
        let problems = self.checks(rule).and_then(|checks| match checks.first() {
            Some(check) => example::run(&self.db, rule, check, time_max),
            None => Ok(Vec::new()),
        });
        problems.unwrap_or_else(|error| vec![error]).into_iter().map(|e| Problem::of(rule, e)).collect()
    }

    /// Runs the examples of many rules, several rules side by side. Problems come in the order of the rules.
    pub fn test_all(&self, rules: &[Rule]) -> Result<Vec<Problem>> {
        let cage = Cage::new(&self.db, rules)?;
        let first = |rule| expand::checks(&self.db, &cage, rule).map(|checks| checks.into_iter().next());
        let checks: Vec<Result<Option<Check>>> = rules.iter().map(first).collect();
        let (mut workers, found) = (self.workers()?, Mutex::new(Vec::new()));
        share_out(workers.iter_mut().collect(), rules.len(), |db, at| {
            // What does not expand is said below.
            let Ok(Some(check)) = &checks[at] else { return Ok(()) };
            let problems =
                example::run(db, &rules[at], check, EXAMPLE_TIME_MAX).unwrap_or_else(|error| vec![error]);
            let mut found = found.lock().unwrap_or_else(PoisonError::into_inner);
            found.extend(problems.into_iter().map(|error| (at, Problem::of(&rules[at], error))));
            Ok(())
        })?;
        let mut found = found.into_inner().unwrap_or_else(PoisonError::into_inner);
        let unexpanded = checks.into_iter().enumerate().filter_map(|(at, checks)| Some((at, checks.err()?)));
        found.extend(unexpanded.map(|(at, error)| (at, Problem::of(&rules[at], error))));
        found.sort_by_key(|(at, _)| *at);
        Ok(found.into_iter().map(|(_, problem)| problem).collect())
    }

    /// Connections to the empty tables, one per processor.
    fn workers(&self) -> Result<Vec<Db>> {
        (0..cores()).map(|_| unoptimized(self.db.another()?)).collect()
    }

    /// All checks of the catalog and of these rules. A rule that does not expand is there without SQL that
    /// binds.
    pub fn expand(&self, rules: &Rules) -> Result<Vec<Check>> {
        expand::expand(&self.db, rules)?;
        expand::all(&self.db)
    }

    /// Binds these rules and what the catalog alone demands. Returns how many checks the catalog demands, and
    /// what does not bind: one problem per rule.
    pub fn lint_all(&self, rules: &Rules) -> Result<(usize, Vec<Problem>)> {
        let broken = expand::expand(&self.db, rules)?;
        let checks = expand::all(&self.db)?;
        let mut failed: HashMap<String, Error> =
            broken.into_iter().map(|broken| (broken.id, broken.error)).collect();
        let runs = checks.iter().filter(|check| !failed.contains_key(&check.id)).collect::<Vec<_>>();
        failed.extend(self.bind_all(&runs)?);
        let mut problems: Vec<Problem> =
            rules.settings.check_ids(&checks).err().map(Problem::of_file).into_iter().collect();
        for rule in &rules.rules {
            let mut own = checks.iter().filter(|check| check.rule == rule.id);
            let error = own.find_map(|check| failed.remove(&check.id));
            problems.extend(error.map(|error| Problem::of(rule, error)));
        }
        let is_ours = |check: &&Check| !rules.rules.iter().any(|rule| rule.id == check.rule);
        for check in checks.iter().filter(is_ours) {
            let error = failed.remove(&check.id).map(|error| error.context(&check.id));
            problems.extend(error.map(|error| Problem::of_file(error.at(Location::new(&check.at, 0)))));
        }
        Ok((checks.iter().filter(is_ours).count(), problems))
    }

    /// The checks that do not bind, and why. A scan that binds binds all whose rows it finds, and what the
    /// others examine.
    fn bind_all(&self, checks: &[&Check]) -> Result<Vec<(String, Error)>> {
        let mut workers = self.workers()?;
        let scans = scan::plan(checks.iter().copied());
        let bound = Mutex::new(HashSet::new());
        share_out(workers.iter_mut().collect(), scans.len(), |db, at| {
            if db.connection().prepare(&scans[at].sql()).is_ok() {
                bound.lock().unwrap_or_else(PoisonError::into_inner).extend(scans[at].asked());
            }
            Ok(())
        })?;
        let bound = bound.into_inner().unwrap_or_else(PoisonError::into_inner);
        let is_bound = |check: &Check| {
            check.is_of_rows() && check.suspects().is_some_and(|asked| bound.contains(&asked))
        };
        let others: Vec<&Check> = checks.iter().copied().filter(|check| !is_bound(check)).collect();
        // What they examine is mostly rows of a table, and a scan has bound that.
        let is_examined = |check: &Check| check.examines().is_some_and(|asked| bound.contains(&asked));
        let (alike, failed) = (self.alike(&others)?, Mutex::new(Vec::new()));
        let is_shared = |at: usize| alike[at] != at;
        share_out(workers.iter_mut().collect(), others.len(), |db, at| {
            if is_shared(at) {
                return Ok(());
            }
            let bound = match is_examined(others[at]) {
                true => bind_violations(db, others[at]),
                false => bind(db, others[at]),
            };
            if let Err(error) = bound {
                failed.lock().unwrap_or_else(PoisonError::into_inner).push((others[at].id.clone(), error));
            }
            Ok(())
        })?;
        let mut failed: Vec<(String, Error)> = failed.into_inner().unwrap_or_else(PoisonError::into_inner);
        for at in (0..others.len()).filter(|at| is_shared(*at)) {
            let first = &others[alike[at]].id;
            if failed.iter().any(|(id, _)| id == first) {
                failed.extend(bind(&self.db, others[at]).err().map(|error| (others[at].id.clone(), error)));
            }
        }
        Ok(failed)
    }

    /// For each check the position of the first that differs from it only in the column, of the same type, and in
    /// texts that name it: what the catalog demands is one statement filled in many times, and binds alike.
    fn alike(&self, checks: &[&Check]) -> Result<Vec<usize>> {
        let select = "SELECT concat_ws('.', store, \"table\", \"column\"), duck_type FROM meta.\"column\"";
        let kinds =
            self.db.rows(select, [], |row| Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?)))?;
        let kinds: HashMap<String, String> = kinds.into_iter().collect();
        let shape = |check: &Check| {
            let is_filled_in = check.at.starts_with("sql/proof/") || check.at == "sql/rule/schema.sql";
            let column = check.column.as_ref().filter(|_| is_filled_in)?;
            let kind = kinds.get(&format!("{}.{column}", check.path()))?;
            let names = [column, &check.table, &check.store].map(|name| Literal(name).to_string());
            let text = format!("{kind}\n{}\n{}\n{}", check.key_sql, check.examined_sql, check.sql);
            let text = text.replace(&Ident(column).to_string(), "?");
            Some(names.iter().fold(text, |text, name| text.replace(name, "?")))
        };
        let mut seen = HashMap::new();
        let first = |(at, check): (usize, &&Check)| match shape(check) {
            Some(shape) => *seen.entry(shape).or_insert(at),
            None => at,
        };
        Ok(checks.iter().enumerate().map(first).collect())
    }

    /// Whether a check binds.
    pub fn binds(&self, check: &Check) -> bool {
        bind(&self.db, check).is_ok()
    }
}

/// On empty tables the fastest plan is the first.
fn unoptimized(db: Db) -> Result<Db> {
    db.run("PRAGMA disable_optimizer")?;
    Ok(db)
}

/// Binds what finds the violating rows and what counts those examined.
fn bind(db: &Db, check: &Check) -> Result<()> {
    bind_violations(db, check)?;
    bind_one(db, check, &check.examined_sql)
}

fn bind_violations(db: &Db, check: &Check) -> Result<()> {
    bind_one(db, check, &format!("SELECT {} AS _k FROM ({}\n) AS this", check.key_sql, check.sql))
}

fn bind_one(db: &Db, check: &Check, sql: &str) -> Result<()> {
    let bound = db.connection().prepare(sql).map(drop);
    bound.map_err(|cause| name_nearest(db, check, Error::from(cause)))
}

/// Adds the nearest column when the engine misses one.
fn name_nearest(db: &Db, check: &Check, error: Error) -> Error {
    let missing = error.message.split('"').nth(1).unwrap_or_default().to_owned();
    let columns = db.rows(
        "SELECT \"column\" FROM meta.\"column\" WHERE store = ? AND \"table\" = ? ORDER BY position",
        [&check.store, &check.table],
        |row| row.get::<_, String>(0),
    );
    match columns {
        Ok(columns) if error.message.contains("not found") => {
            suggest(error, &missing, columns.iter().map(String::as_str))
        }
        _ => error,
    }
}

/// What a check finds right now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Live {
    /// The check.
    pub check: String,
    /// Rows looked at.
    pub examined: i64,
    /// Rows that violate it.
    pub violations: i64,
}

/// Counts the checks of a rule on a run; nothing is written. `db` is open on the run as the current catalog and
/// [prepared](expand::prepare).
pub fn live(db: &Db, cage: &Cage, rule: &Rule) -> Result<Vec<Live>> {
    let checks = expand::checks(db, cage, rule)?;
    let mut counts = scan::Counts::default();
    // What a scan cannot count is counted below.
    scan::plan(checks.iter()).iter().filter_map(|scan| scan.run(db).ok()).for_each(|found| counts.add(found));
    let count = |check: &Check| {
        let violations = match counts.suspects(check) {
            Some(0) => 0,
            _ => db.one(&format!("SELECT count(*) FROM ({}\n) AS this", check.sql), [])?,
        };
        let examined = counts.examined(check).map_or_else(|| db.one(&check.examined_sql, []), Ok)?;
        Ok(Live { check: check.id.clone(), examined, violations })
    };
    checks.iter().map(count).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_word_a_message_is_about_is_found_in_the_rule() {
        let lines = ["- rule: agee", "  expect: in_range(agee, 5, 22)", "  examples: {pass: [], fail: []}"];
        let at = |message: &str| place(&lines, message);
        assert_eq!(at("Referenced column \"agee\" not found"), Some((1, 20, 4)));
        assert_eq!(at("a rule may not call in_range()"), Some((1, 11, 8)));
        assert_eq!(at("fail example 1 does not violate the rule"), Some((2, 24, 4)));
        assert_eq!(at("something else"), None);
    }
}
