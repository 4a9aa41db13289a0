//! The difference between a run and the images of the target, counted, written and taken back. Rows that
//! are equal already are never written; everything else in the target is never touched.

use super::image::{self, differing, missing};
use super::{Landing, Store, ledger};
use crate::catalog::Column;
use crate::duck::Db;
use crate::error::{Error, Result};
use crate::name::{Ident, Idents};
pub use crate::project::loading::Strategy;
use crate::store::{Mode, Rows, Sink, Transaction};
use serde::Serialize;
use std::collections::BTreeSet;
use std::time::Instant;

/// The catalog that holds what the target had before the load.
pub const BEFORE: &str = "backup";

/// Keys shown of a table.
const KEYS_SHOWN: usize = 10;

/// What a load does to one table.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Change {
    /// The store.
    pub store: String,
    /// The table, by its staged name.
    pub table: String,
    /// Rows of the run.
    pub rows: u64,
    /// Rows whose key the target does not have.
    pub inserted: u64,
    /// Rows whose key the target has, with other content.
    pub changed: u64,
    /// Rows of earlier runs that this one does not have any more.
    pub deleted: u64,
    /// How they are written.
    pub strategy: Strategy,
    /// Why so.
    pub reason: String,
}

impl Change {
    /// `ids.students`
    pub fn path(&self) -> String {
        format!("{}.{}", self.store, self.table)
    }

    /// Rows that the target has as they are.
    pub fn left(&self) -> u64 {
        self.rows - self.inserted - self.changed
    }
}

/// Counts what a load changes in one store, in the order of its tables.
pub fn count(db: &Db, store: &Store<'_>) -> Result<Vec<Change>> {
    store.tables.iter().map(|landing| count_one(db, landing)).collect()
}

fn count_one(db: &Db, landing: &Landing) -> Result<Change> {
    let rows = |sql: String| db.one::<u64, _>(&format!("SELECT CAST(count(*) AS UBIGINT) FROM ({sql})"), []);
    let mut change = Change {
        store: landing.table.store.clone(),
        table: landing.table.staged.clone(),
        rows: landing.rows,
        inserted: landing.rows,
        ..Change::default()
    };
    if landing.rows > 0 && rows(format!("SELECT 1 FROM {}", landing.at(BEFORE)))? > 0 {
        let first: Vec<&str> = landing.columns().take(1).map(|column| column.name.as_str()).collect();
        change.inserted = rows(missing(landing, BEFORE, &first))?;
        change.changed = rows(differing(landing, BEFORE, "ours", &first))?;
    }
    Ok(change)
}

/// The run's rows that are new, `names` of their columns.
pub(super) fn new(landing: &Landing, change: &Change, names: &[&str]) -> String {
    match change.inserted == change.rows {
        true => format!("SELECT {} FROM {}", Idents(names), landing.at("memory")),
        false => missing(landing, BEFORE, names),
    }
}

/// Locks the rows that will change, and counts again: until now somebody may have written them.
pub fn hold(
    db: &Db,
    store: &Store<'_>,
    changes: &mut [Change],
    transaction: &mut dyn Transaction,
) -> Result<()> {
    for (landing, change) in store.tables.iter().zip(changes).filter(|(_, change)| change.changed > 0) {
        image::hold(db, BEFORE, landing, &mut |read, sink| transaction.hold(read, sink))?;
        let Change { inserted, changed, .. } = count_one(db, landing)?;
        (change.inserted, change.changed) = (inserted, changed);
    }
    Ok(())
}

/// Raises the sequences of the columns that get new rows above the highest of them, before anybody else can be
/// given one of these numbers.
pub fn advance(
    db: &Db,
    store: &Store<'_>,
    changes: &[Change],
    transaction: &mut dyn Transaction,
) -> Result<()> {
    for (landing, _) in store.tables.iter().zip(changes).filter(|(_, change)| change.inserted > 0) {
        for column in landing.columns().filter(|column| column.sequence.is_some()) {
            let name = Ident(&column.name);
            let sql = format!("SELECT max(TRY_CAST({name} AS BIGINT)) FROM {}", landing.at("memory"));
            if let Some(highest) = db.one::<Option<i64>, _>(&sql, [])? {
                transaction.advance_sequence(&landing.table, column, highest)?;
            }
        }
    }
    Ok(())
}

/// What is done to the rows of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Doing {
    /// They are written.
    Load,
    /// They are taken back: no trigger fires then, also none that fired when they were written.
    Undo,
}

/// Switches the user triggers of the tables that change off or on again, where the project says so.
pub fn switch_triggers(
    store: &Store<'_>,
    transaction: &mut dyn Transaction,
    doing: Doing,
    on: bool,
) -> Result<()> {
    let is_off = |landing: &&Landing| {
        landing.rows > 0 && (landing.triggers_off || (landing.fires && doing == Doing::Undo))
    };
    let more = store.fired.iter().filter(|landing| landing.fires && doing == Doing::Undo);
    let mut tables = store.tables.iter().filter(is_off).chain(more);
    tables.try_for_each(|landing| transaction.switch_triggers(&landing.table, on))
}

/// Rows of the target under keys of the run that belong to somebody else.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Conflict {
    /// `hcp1.accounts`
    pub table: String,
    /// How many.
    pub rows: u64,
    /// The first of their keys, as the run has them: masked.
    pub keys: Vec<String>,
    /// What is wrong with them.
    pub why: String,
}

impl std::fmt::Display for Conflict {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let more = if self.rows > self.keys.len() as u64 { ", ..." } else { "" };
        let Conflict { table, rows, keys, why } = self;
        write!(f, "{table}: {rows} rows ({}{more}): {why}", keys.join(", "))
    }
}

/// Existing rows under our keys that belong to another tenant.
pub fn conflicts(db: &Db, store: &Store<'_>, changes: &[Change]) -> Result<Vec<Conflict>> {
    let mut found = Vec::new();
    for (landing, _) in store.tables.iter().zip(changes).filter(|(_, change)| change.inserted < change.rows) {
        let (Some(tenant), Some(_)) = (&landing.tenant, landing.key()) else { continue };
        let tenant = Ident(tenant);
        let theirs = format!(
            "FROM {} AS ours JOIN {} AS theirs ON {} \
             WHERE theirs.{tenant} IS NOT NULL AND ours.{tenant} IS DISTINCT FROM theirs.{tenant}",
            landing.at("memory"),
            landing.at(BEFORE),
            image::same_key(landing)
        );
        let rows: u64 = db.one(&format!("SELECT CAST(count(*) AS UBIGINT) {theirs}"), [])?;
        if rows > 0 {
            found.push(conflict(db, landing, rows, &theirs, "they belong to another tenant")?);
        }
    }
    Ok(found)
}

/// The rows of a run whose keys the target has.
pub fn existing(db: &Db, landing: &Landing, change: &Change) -> Result<Conflict> {
    let theirs = match landing.key() {
        Some(_) => {
            let same = image::same_key(landing);
            format!(
                "FROM {} AS ours SEMI JOIN {} AS theirs ON {same}",
                landing.at("memory"),
                landing.at(BEFORE)
            )
        }
        None => format!("FROM {} AS ours WHERE false", landing.at("memory")),
    };
    let why = "they exist already, and the strategy is insert";
    conflict(db, landing, change.rows - change.inserted, &theirs, why)
}

/// Those rows, of `ours` in `theirs`, with the first of their keys.
pub(super) fn conflict(db: &Db, landing: &Landing, rows: u64, theirs: &str, why: &str) -> Result<Conflict> {
    let key = image::key_text(landing);
    let first = format!("SELECT {key} AS key {theirs} ORDER BY key LIMIT {KEYS_SHOWN}");
    let keys = db.rows(&first, [], |row| row.get(0))?;
    Ok(Conflict { table: landing.table.path(), rows, keys, why: why.into() })
}

/// One table's part of a step: where its rows come from and which columns they have.
pub(super) struct Part<'a> {
    pub landing: &'a Landing,
    pub columns: Vec<&'a Column>,
    pub sql: String,
}

/// Writes the difference, parents first. `told` hears the rows of each table. Returns the seconds each
/// table took, in the order of the store's tables; those of a group share what the group took.
pub fn write(
    db: &Db,
    store: &Store<'_>,
    changes: &[Change],
    transaction: &mut dyn Transaction,
    told: &(dyn Fn(u64, &str) + Sync),
) -> Result<Vec<f64>> {
    let mut seconds = vec![0.0; store.tables.len()];
    for group in &store.groups {
        let begun = Instant::now();
        // Two steps: a row that came up since the target was looked at is a key that exists already, and is never
        // overwritten. Changed rows may need new ones.
        let steps: [(Mode, Counted, Rowing); 2] = [
            (Mode::Insert, |change| change.inserted, new),
            (
                Mode::Upsert,
                |change| change.changed,
                |landing, _, names| differing(landing, BEFORE, "ours", names),
            ),
        ];
        let mut touched = BTreeSet::new();
        for (mode, expected, rows) in steps {
            let part = |at: &usize| {
                let landing = &store.tables[*at];
                let columns: Vec<&Column> = landing.columns().collect();
                let names: Vec<&str> = columns.iter().map(|column| column.name.as_str()).collect();
                Part { landing, sql: rows(landing, &changes[*at], &names), columns }
            };
            let own: Vec<usize> = group.iter().copied().filter(|at| expected(&changes[*at]) > 0).collect();
            let written =
                stream(db, own.iter().map(part).collect(), &mut |tables| transaction.write(tables, mode))?;
            for (at, written) in own.iter().zip(written) {
                let expected = expected(&changes[*at]);
                // An engine may find two texts equal that differ for us (JSON); it never drops a new row.
                if written > expected || (written < expected && mode == Mode::Insert) {
                    let path = store.tables[*at].table.path();
                    return Err(Error::internal(format!(
                        "{path}: {written} rows arrived, {expected} were sent"
                    )));
                }
            }
            touched.extend(own);
        }
        for at in &touched {
            seconds[*at] = begun.elapsed().as_secs_f64() / touched.len() as f64;
        }
        group.iter().for_each(|at| told(changes[*at].rows, &store.tables[*at].table.path()));
    }
    let deleted: Vec<u64> = changes.iter().map(|change| change.deleted).collect();
    delete_gone(db, store, BEFORE, transaction, &deleted)?;
    Ok(seconds)
}

/// Deletes the rows whose images are those that leave; `counts` says of how many of each table.
pub fn delete_gone(
    db: &Db,
    store: &Store<'_>,
    catalog: &str,
    transaction: &mut dyn Transaction,
    counts: &[u64],
) -> Result<()> {
    let rows = |at: usize, names: &[&str]| {
        format!("SELECT {} FROM {}", Idents(names), ledger::gone(&store.tables[at], catalog))
    };
    delete(db, store, transaction, |at| counts[at], rows).map(drop)
}

/// Deletes rows, children first: of the tables that have `wanted` ones those that `rows` asks for. Returns how many.
fn delete(
    db: &Db,
    store: &Store<'_>,
    transaction: &mut dyn Transaction,
    wanted: impl Fn(usize) -> u64,
    rows: impl Fn(usize, &[&str]) -> String,
) -> Result<Vec<u64>> {
    let mut done = vec![0; store.tables.len()];
    for group in store.groups.iter().rev() {
        let touched: Vec<usize> = group.iter().copied().filter(|at| wanted(*at) > 0).collect();
        let part = |at: usize| {
            let landing = &store.tables[at];
            let columns: Vec<&Column> = landing.identity().collect();
            let names: Vec<&str> = columns.iter().map(|column| column.name.as_str()).collect();
            Part { landing, sql: rows(at, &names), columns }
        };
        let parts = touched.iter().copied().map(part).collect();
        let deleted = stream(db, parts, &mut |tables| transaction.delete_group(tables))?;
        touched.iter().zip(deleted).for_each(|(at, rows)| done[*at] = rows);
    }
    Ok(done)
}

/// One of the counts of a change.
type Counted = fn(&Change) -> u64;
/// Makes the SQL of rows of a table with these columns.
type Rowing = fn(&Landing, &Change, &[&str]) -> String;

/// Takes a load back, its steps in reverse: rows that left come back, then what was changed is restored, then what
/// was inserted is deleted. Returns the rows deleted and restored, in the order of the store's tables.
pub fn undo(
    db: &Db,
    store: &Store<'_>,
    changes: &[Change],
    transaction: &mut dyn Transaction,
) -> Result<Vec<(u64, u64)>> {
    let mut restored = vec![0; store.tables.len()];
    let gone: Rowing =
        |landing, _, names| format!("SELECT {} FROM {}", Idents(names), ledger::gone(landing, BEFORE));
    let theirs: Rowing = |landing, _, names| differing(landing, BEFORE, "theirs", names);
    let steps: [(Mode, Counted, Rowing); 2] =
        [(Mode::Insert, |change| change.deleted, gone), (Mode::Upsert, |change| change.changed, theirs)];
    for (mode, expected, rows) in steps {
        for group in &store.groups {
            let touched: Vec<usize> =
                group.iter().copied().filter(|at| expected(&changes[*at]) > 0).collect();
            let part = |at: &usize| {
                let landing = &store.tables[*at];
                let columns: Vec<&Column> = landing.imaged().collect();
                let names: Vec<&str> = columns.iter().map(|column| column.name.as_str()).collect();
                Part { landing, sql: rows(landing, &changes[*at], &names), columns }
            };
            let parts = touched.iter().map(part).collect();
            let written = stream(db, parts, &mut |tables| transaction.write(tables, mode))?;
            touched.iter().zip(written).for_each(|(at, rows)| restored[*at] += rows);
        }
    }
    let inserted = |at: usize, names: &[&str]| new(&store.tables[at], &changes[at], names);
    let deleted = delete(db, store, transaction, |at| changes[at].inserted, inserted)?;
    Ok(deleted.into_iter().zip(restored).collect())
}

/// Hands the parts of a group to a transaction, each streaming from a connection of its own.
pub(super) fn stream(
    db: &Db,
    parts: Vec<Part<'_>>,
    hand_over: &mut dyn FnMut(&mut [Rows<'_>]) -> Result<Vec<u64>>,
) -> Result<Vec<u64>> {
    if parts.is_empty() {
        return Ok(Vec::new());
    }
    type Batches<'a> = Box<dyn FnMut(Sink<'_>) -> Result<()> + 'a>;
    let mut streams: Vec<Batches<'_>> = Vec::new();
    for part in &parts {
        let db = db.another()?;
        let sql = &part.sql;
        streams.push(Box::new(move |sink| db.stream(sql, sink)));
    }
    let tables = parts.iter().zip(&mut streams).map(|(part, stream)| Rows {
        table: &part.landing.table,
        columns: part.columns.clone(),
        batches: stream.as_mut(),
    });
    hand_over(&mut tables.collect::<Vec<_>>())
}
