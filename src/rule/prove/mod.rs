//! Proof that checks can fail: for each one the smallest change of a run that makes it fail, found by trying
//! and kept as a witness. The run is a copy, and every change is undone.

mod change;
mod guesses;
mod planted;

pub use change::{Change, Rows, To, What};

use super::expand::Check;
use super::worker::Limit;
use super::{Example, Rule, example};
use crate::duck::Db;
use crate::error::{Error, Result};
use crate::sql;
use serde::{Deserialize, Serialize};
use std::cell::Cell;
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

/// A check may take so long after one change, as it may in a validation.
const TIME_MAX: Duration = Duration::from_secs(30);

/// How a check was made to fail.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Witness {
    /// The check.
    pub check: String,
    /// What does it; nothing: it fails on the run as it is.
    pub changes: Vec<Change>,
}

/// A check that nothing made fail.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stuck {
    /// The check.
    pub check: String,
    /// Where it comes from.
    pub at: String,
    /// Why, as far as that can be told.
    pub why: String,
}

/// What became of some checks.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Proof {
    /// Checks that can fail.
    pub witnesses: Vec<Witness>,
    /// Checks that cannot, here.
    pub stuck: Vec<Stuck>,
}

/// A table of the run, or of its catalog.
pub struct Place {
    /// `ids.students`
    pub name: String,
    /// The same, quoted.
    pub path: String,
    /// Gives the key of a row as text.
    pub key_sql: String,
    /// The columns of its key; empty when it has none.
    pub key: Vec<String>,
    /// Rows cannot be paired with the extract's by key.
    pub is_key_masked: bool,
    /// Rows there are.
    pub rows: i64,
    /// Name, type, and the characters the target takes.
    pub columns: Vec<(String, String, Option<u32>)>,
}

impl Place {
    fn kind(&self, column: &str) -> &str {
        self.columns.iter().find(|(name, ..)| name == column).map_or("VARCHAR", |(_, kind, _)| kind)
    }
}

/// Makes checks fail on one run.
pub struct Prover<'a> {
    db: &'a Db,
    places: BTreeMap<String, Place>,
    rules: &'a [Rule],
    limit: Limit,
    /// Statements that took too long.
    stopped: Cell<usize>,
}

impl<'a> Prover<'a> {
    /// `db` is open on a copy of a run that nobody misses, as the current catalog, its checks expanded;
    /// `staging` is attached where it still exists. `rules` are those of the project.
    pub fn new(db: &'a Db, rules: &'a [Rule]) -> Result<Prover<'a>> {
        let mut places = BTreeMap::new();
        let list = |text: String| -> Vec<String> { serde_json::from_str(&text).unwrap_or_default() };
        let found = db.rows(sql::get("rule/prove_places.sql"), [], |row| {
            let columns: String = row.get("columns")?;
            Ok(Place {
                name: row.get("name")?,
                path: row.get("path")?,
                key_sql: row.get("key_sql")?,
                key: list(row.get("key")?),
                is_key_masked: row.get("is_key_masked")?,
                rows: 0,
                columns: serde_json::from_str(&columns).unwrap_or_default(),
            })
        })?;
        for mut place in found {
            place.rows = db.one(&format!("SELECT count(*) FROM {}", place.path), [])?;
            places.insert(place.name.clone(), place);
        }
        Ok(Prover { db, places, rules, limit: Limit::of(db), stopped: Cell::new(0) })
    }

    /// Proves one check; `known` is a witness of an earlier proof, which is tried first.
    pub fn prove(&self, check: &Check, known: Option<&Witness>) -> Result<Result<Witness, Stuck>> {
        self.stopped.set(0);
        let witness = |changes| Ok(Ok(Witness { check: check.id.clone(), changes }));
        if let Some(known) = known
            && self.fails(check, &known.changes)
        {
            return Ok(Ok(known.clone()));
        }
        if self.fails(check, &[]) {
            return witness(Vec::new());
        }
        if let Some(planted) = self.planted(check)? {
            for changes in &planted {
                if self.fails(check, changes) {
                    return witness(changes.iter().map(|change| self.named(change)).collect::<Result<_>>()?);
                }
            }
            let why = self.why(check, planted.len());
            return Ok(Err(Stuck { check: check.id.clone(), at: check.at.clone(), why }));
        }
        let guesses = self.guesses(check)?;
        for change in &guesses {
            let change = std::slice::from_ref(change);
            if self.fails(check, change) {
                return witness(vec![self.named(&change[0])?]);
            }
        }
        if let Some(change) = self.many(check, &guesses)? {
            return witness(vec![self.named(&change)?]);
        }
        let others = self.examples(check);
        for changes in others {
            if self.fails(check, &changes) {
                return witness(changes);
            }
        }
        let why = self.why(check, guesses.len());
        Ok(Err(Stuck { check: check.id.clone(), at: check.at.clone(), why }))
    }

    /// Whether a check fails after these changes, which are undone. What cannot be done proves nothing.
    pub fn fails(&self, check: &Check, changes: &[Change]) -> bool {
        let work = || -> Result<bool> {
            self.db.run("BEGIN")?;
            let found = changes.iter().try_for_each(|change| self.apply(change));
            let begun = Instant::now();
            let look = || example::violates(self.db, &check.sql);
            let found = found.and_then(|()| self.limit.within(TIME_MAX, look));
            if found.is_err() && begun.elapsed() >= TIME_MAX {
                self.stopped.set(self.stopped.get() + 1);
            }
            self.db.run("ROLLBACK")?;
            found
        };
        work().unwrap_or(false)
    }

    fn apply(&self, change: &Change) -> Result<()> {
        let place = self.place(&change.table)?;
        match (&change.what, change.what.statement(place)) {
            (_, Some(statement)) => self.db.run(&statement),
            (What::Add { rows }, None) => example::insert(self.db, &change.table, rows),
            (_, None) => Ok(()),
        }
    }

    fn place(&self, name: &str) -> Result<&Place> {
        self.places.get(name).ok_or_else(|| Error::config(format!("there is no table {name}")))
    }

    /// The change with its row named by key instead of position.
    fn named(&self, change: &Change) -> Result<Change> {
        let Some(Rows::At(position)) = change.what.rows() else { return Ok(change.clone()) };
        let place = self.place(&change.table)?;
        let find = format!("SELECT {} FROM {} AS this WHERE rowid = {position}", place.key_sql, place.path);
        let key: Option<String> = self.db.one(&find, [])?;
        let rows = key.map_or(Rows::At(*position), Rows::Key);
        Ok(Change { table: change.table.clone(), what: change.what.of(rows) })
    }

    /// Where a rule tolerates some: the same change for the fewest first rows that make the check fail, or
    /// for the last of them when that alone does.
    fn many(&self, check: &Check, guesses: &[Change]) -> Result<Option<Change>> {
        let mut tried: Vec<Change> = Vec::new();
        for guess in guesses.iter().filter(|guess| guess.what.rows().is_some()) {
            let Ok(place) = self.place(&guess.table) else { continue };
            let of = |rows| Change { table: guess.table.clone(), what: guess.what.of(rows) };
            let all = of(Rows::First(place.rows));
            if place.rows < 1 || tried.contains(&all) {
                continue;
            }
            if self.fails(check, std::slice::from_ref(&all)) {
                let (mut passes, mut fails) = (0, place.rows);
                while fails - passes > 1 {
                    let middle = passes + (fails - passes) / 2;
                    match self.fails(check, &[of(Rows::First(middle))]) {
                        true => fails = middle,
                        false => passes = middle,
                    }
                }
                let last = of(Rows::At(fails - 1));
                let is_enough = self.fails(check, std::slice::from_ref(&last));
                return Ok(Some(if is_enough { last } else { of(Rows::First(fails)) }));
            }
            tried.push(all);
        }
        Ok(None)
    }

    /// The fail examples of its rule, as rows that come in.
    fn examples(&self, check: &Check) -> impl Iterator<Item = Vec<Change>> {
        let rule = self.rules.iter().find(|rule| rule.id == check.rule);
        let fails = rule.into_iter().flat_map(|rule| &rule.examples.fail);
        fails.map(|given| match given {
            Example::Tables(tables) => {
                let add = |(table, rows): &(String, Vec<_>)| Change {
                    table: table.clone(),
                    what: What::Add { rows: rows.clone() },
                };
                tables.iter().map(add).collect()
            }
            Example::Value(value) => {
                let row = vec![(check.column.clone().unwrap_or_default(), value.clone())];
                vec![Change { table: check.path(), what: What::Add { rows: vec![row] } }]
            }
        })
    }

    fn why(&self, check: &Check, tried: usize) -> String {
        match check.rule.as_str() {
            _ if self.stopped.get() > 0 => {
                format!(
                    "{} of {tried} changes were stopped after {} s",
                    self.stopped.get(),
                    TIME_MAX.as_secs()
                )
            }
            "no_original" => "every original is NULL or empty".into(),
            _ => format!("none of {tried} changes of a value, a row or the catalog made it fail"),
        }
    }
}
