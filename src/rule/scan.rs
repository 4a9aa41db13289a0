//! One scan of a table answers what many checks ask of its rows: how many there are to examine, and whether
//! any looks wrong. It saves a statement per check, and planning a statement costs more than running it. A
//! scan that fails (one bad cast is enough) answers nothing; its checks then run by themselves.

use super::expand::Check;
use crate::duck::Db;
use crate::error::Result;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::time::{Duration, Instant};

/// Conditions that one statement counts.
const CONDITIONS_MAX: usize = 256;

/// What is read, and the conditions whose rows are counted.
pub struct Scan<'a> {
    source: &'a str,
    conditions: Vec<&'a str>,
}

/// The scans that checks ask for.
pub fn plan<'a>(checks: impl Iterator<Item = &'a Check>) -> Vec<Scan<'a>> {
    let mut wanted: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for (source, condition) in checks.flat_map(|check| check.suspects().into_iter().chain(check.examines())) {
        wanted.entry(source).or_default().insert(condition);
    }
    let parts = wanted.into_iter().flat_map(|(source, conditions)| {
        let conditions: Vec<&str> = conditions.into_iter().collect();
        let parts = conditions.chunks(CONDITIONS_MAX).map(<[_]>::to_vec).collect::<Vec<_>>();
        parts.into_iter().map(move |conditions| Scan { source, conditions })
    });
    parts.collect()
}

impl<'a> Scan<'a> {
    /// The statement: one row, one count per condition.
    pub fn sql(&self) -> String {
        let counts: Vec<String> = self.conditions.iter().map(|one| format!("count_if({one}\n)")).collect();
        format!("SELECT {} FROM {}", counts.join(", "), self.source)
    }

    /// What is read with each condition.
    pub fn asked(&self) -> impl Iterator<Item = (&'a str, &'a str)> {
        self.conditions.iter().map(|condition| (self.source, *condition))
    }

    /// Counts.
    pub fn run(&self, db: &Db) -> Result<Counts<'a>> {
        let begun = Instant::now();
        let all = 0..self.conditions.len();
        // Over no row, or NULLs alone, it counts NULL.
        let count = |row: &duckdb::Row<'_>, at| Ok(row.get::<_, Option<i64>>(at)?.unwrap_or(0));
        let rows = db.rows(&self.sql(), [], |row| {
            all.clone().map(|at| count(row, at)).collect::<duckdb::Result<Vec<i64>>>()
        })?;
        let each = begun.elapsed().div_f64(self.conditions.len().max(1) as f64);
        let counted = self.asked().zip(rows.into_iter().flatten());
        Ok(Counts(counted.map(|(asked, count)| (asked, (count, each))).collect()))
    }
}

/// Rows by what was read and under which condition, and each one's share of the time.
#[derive(Default)]
pub struct Counts<'a>(HashMap<(&'a str, &'a str), (i64, Duration)>);

impl<'a> Counts<'a> {
    /// Takes in what another scan has counted.
    pub fn add(&mut self, other: Counts<'a>) {
        self.0.extend(other.0);
    }

    /// Whether a check may find something. `None`: nobody has looked.
    pub fn suspects(&self, check: &'a Check) -> Option<i64> {
        check.suspects().and_then(|asked| self.0.get(&asked)).map(|(count, _)| *count)
    }

    /// Rows a check examines.
    pub fn examined(&self, check: &'a Check) -> Option<i64> {
        check.examines().and_then(|asked| self.0.get(&asked)).map(|(count, _)| *count)
    }

    /// The share of the scans that a check answers for.
    pub fn time(&self, check: &'a Check) -> Duration {
        let asked = check.suspects().into_iter().chain(check.examines());
        asked.filter_map(|asked| self.0.get(&asked)).map(|(_, time)| *time).sum()
    }
}
