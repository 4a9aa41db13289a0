//! All stores or none. A load is decided when the journal says so; before that nothing is committed, after
//! that what is missing is finished, or everything is undone from the before-images. Each store's decision
//! row, written by the transaction that did the work, says what became of a commit whose answer was lost.

use super::change::{self, BEFORE, Change};
use super::journal::{self, LOADED, State, UNDONE};
use super::{Cert, Store};
use crate::catalog::TableKind;
use crate::duck::{Access, Db};
use crate::error::{Error, Result};
use crate::run::{Run, RunFile, keys, meta};
use crate::secret::Keys;
use crate::sql;
use crate::store::{Target, Transaction};
use crate::threads::side_by_side;
use duckdb::params;

/// What a load does to every store, in the order of the stores and their tables.
pub type Changes = Vec<Vec<Change>>;
/// One open transaction per store.
pub type Transactions = Vec<Box<dyn Transaction>>;
/// Hears how many rows are done, and where.
pub type Told<'a> = &'a (dyn Fn(u64, &str) + Sync);

/// Begins the transactions of these stores.
pub fn begin(stores: &[&Store<'_>]) -> Result<Transactions> {
    side_by_side(stores.to_vec(), |store| store.target.begin().map_err(|error| error.context(&store.name)))
}

/// Does `work` in one transaction of the run's database.
pub fn at_once<T>(db: &Db, work: impl FnOnce() -> Result<T>) -> Result<T> {
    db.run("BEGIN")?;
    let done = work();
    db.run(if done.is_ok() { "COMMIT" } else { "ROLLBACK" })?;
    done
}

/// Keeps what the load will change beside the before-images, so that it can be taken back without a guess.
pub fn keep_changes(cert: &Cert<'_>, changes: &Changes) -> Result<()> {
    let db = &cert.db;
    at_once(db, || {
        db.run(&format!("CREATE SCHEMA IF NOT EXISTS {BEFORE}.meta; {}", sql::get("load/change.sql")))?;
        for change in changes.iter().flatten() {
            let insert = format!("INSERT INTO {BEFORE}.meta.change VALUES (?, ?, ?, ?, ?)");
            db.change(
                &insert,
                params![change.store, change.table, change.rows, change.inserted, change.changed],
            )?;
        }
        Ok(())
    })
}

/// Attaches the before-images of a load and reads what it changed. Refused when the run's rows are not
/// those that were loaded.
pub fn attach_before(cert: &Cert<'_>, run: &Run, keys: &Keys) -> Result<Changes> {
    if !run.has(RunFile::Backup) {
        return Err(Error::refused(format!(
            "run {} has no before-images: it was never loaded, or purged",
            run.id
        )));
    }
    run.attach(&cert.db, RunFile::Backup, keys, Access::Read)?;
    let kept = cert.db.rows(&format!("SELECT * FROM {BEFORE}.meta.change"), [], |row| {
        Ok(Change {
            store: row.get(0)?,
            table: row.get(1)?,
            rows: row.get(2)?,
            inserted: row.get(3)?,
            changed: row.get(4)?,
        })
    })?;
    let counted: Changes = count(cert)?;
    if counted.iter().flatten().any(|change| !kept.contains(change)) {
        return Err(Error::refused(format!("the rows of run {} are not those that were loaded", run.id))
            .hint("put back the run.duckdb of the load"));
    }
    Ok(counted)
}

/// Counts what a load changes in every store.
pub fn count(cert: &Cert<'_>) -> Result<Changes> {
    let jobs = cert.stores.iter().map(|store| Ok((cert.db.another()?, store)));
    side_by_side(jobs.collect::<Result<_>>()?, |(db, store)| change::count(&db, store))
}

/// Writes the difference into the open transactions, decision row included. Returns the seconds per table.
pub fn write_all(
    cert: &Cert<'_>,
    run: &Run,
    stores: &[&Store<'_>],
    changes: &[&Vec<Change>],
    transactions: &mut Transactions,
    told: Told<'_>,
) -> Result<Vec<Vec<f64>>> {
    let jobs = stores.iter().zip(changes).zip(transactions.iter_mut());
    let jobs =
        jobs.map(|((store, changes), transaction)| Ok((cert.db.another()?, *store, *changes, transaction)));
    side_by_side(jobs.collect::<Result<Vec<_>>>()?, |(db, store, changes, transaction)| {
        let transaction = transaction.as_mut();
        let written = change::write(&db, store, changes, transaction, told);
        written
            .and_then(|seconds| transaction.decide(&run.id, LOADED).map(|()| seconds))
            .map_err(|error| error.context(&store.name))
    })
}

/// What became of a commit.
enum Fate {
    Committed,
    Failed(Error),
    /// Neither the commit nor the question for its decision row was answered.
    Unknown(Error),
}

fn commit(store: &Store<'_>, run: &Run, transaction: Box<dyn Transaction>, decision: &str) -> Fate {
    let Err(failure) = transaction.commit() else { return Fate::Committed };
    match store.target.decision(&run.id) {
        // The answer was lost, the commit was not.
        Ok(Some(found)) if found == decision => Fate::Committed,
        Ok(_) => Fate::Failed(failure.context(format!("{} did not commit", store.name))),
        Err(_) => Fate::Unknown(
            failure.context(format!("nobody knows whether {} has committed", store.name)).hint(RECOVER),
        ),
    }
}

/// Commits one store after the other. When one fails, those that have committed are undone.
pub fn commit_all(cert: &Cert<'_>, run: &Run, transactions: Transactions, changes: &Changes) -> Result<()> {
    let mut transactions = transactions.into_iter();
    for store in &cert.stores {
        let Some(transaction) = transactions.next() else { break };
        match commit(store, run, transaction, LOADED) {
            Fate::Committed => {}
            Fate::Unknown(failure) => return Err(failure),
            Fate::Failed(failure) => {
                drop(transactions);
                undo_all(cert, run, changes, &|_, _| ()).map_err(|undo| {
                    undo.context(format!("{failure}; then, putting the other stores back")).hint(RECOVER)
                })?;
                return Err(failure.hint("every store is as it was; correct the cause and load again"));
            }
        }
    }
    Ok(())
}

/// Writes the run into those stores that do not hold it, whatever the others do.
pub fn finish(cert: &Cert<'_>, run: &Run, changes: &Changes) -> Result<()> {
    let held = holders(cert.stores.iter().map(|store| store.target), run)?;
    let left =
        || cert.stores.iter().zip(changes).zip(&held).filter(|(_, held)| !**held).map(|(pair, _)| pair);
    let stores: Vec<&Store<'_>> = left().map(|(store, _)| store).collect();
    let own: Vec<&Vec<Change>> = left().map(|(_, own)| own).collect();
    let mut transactions = begin(&stores)?;
    write_all(cert, run, &stores, &own, &mut transactions, &|_, _| ())?;
    for (store, transaction) in stores.iter().zip(transactions) {
        match commit(store, run, transaction, LOADED) {
            Fate::Committed => {}
            Fate::Failed(failure) | Fate::Unknown(failure) => return Err(failure),
        }
    }
    Ok(())
}

const RECOVER: &str = "`datamig recover` finishes or undoes the load";

/// What was put back in one table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Undone {
    /// The store.
    pub store: String,
    /// The table.
    pub table: String,
    /// Rows deleted.
    pub deleted: u64,
    /// Rows restored.
    pub restored: u64,
}

/// Puts back every store that holds the run. The journal says `undoing` before the first commit, so that a
/// crash is finished by `recover`.
pub fn undo_all(cert: &Cert<'_>, run: &Run, changes: &Changes, told: Told<'_>) -> Result<Vec<Undone>> {
    let names: Vec<String> = cert.stores.iter().map(|store| store.name.clone()).collect();
    let held = holders(cert.stores.iter().map(|store| store.target), run)?;
    let left = || cert.stores.iter().zip(changes).zip(&held).filter(|(_, held)| **held).map(|(pair, _)| pair);
    let stores: Vec<&Store<'_>> = left().map(|(store, _)| store).collect();
    let own: Vec<&Vec<Change>> = left().map(|(_, own)| own).collect();
    let mut transactions = begin(&stores)?;
    let jobs = stores.iter().zip(own).zip(transactions.iter_mut());
    let jobs =
        jobs.map(|((store, changes), transaction)| Ok((cert.db.another()?, *store, changes, transaction)));
    let undone = side_by_side(jobs.collect::<Result<Vec<_>>>()?, |(db, store, changes, transaction)| {
        let done = change::undo(&db, store, changes, transaction.as_mut())
            .and_then(|done| transaction.decide(&run.id, UNDONE).map(|()| done))
            .map_err(|error| error.context(&store.name))?;
        Ok(store
            .tables
            .iter()
            .zip(done)
            .map(|(landing, (deleted, restored))| {
                told(deleted + restored, &landing.table.path());
                Undone { store: store.name.clone(), table: landing.table.staged.clone(), deleted, restored }
            })
            .collect::<Vec<_>>())
    })?;
    journal::write(run, State::Undoing, &names)?;
    for (store, transaction) in stores.iter().zip(transactions) {
        match commit(store, run, transaction, UNDONE) {
            Fate::Committed => {}
            Fate::Failed(failure) | Fate::Unknown(failure) => return Err(failure),
        }
    }
    journal::write(run, State::Undone, &names)?;
    Ok(undone.into_iter().flatten().collect())
}

/// Puts back every store of a loaded run, or leaves every store as it is: where one store refuses at its
/// commit, those that were put back before it are loaded again.
pub fn undo_loaded(cert: &Cert<'_>, run: &Run, changes: &Changes, told: Told<'_>) -> Result<Vec<Undone>> {
    let failure = match undo_all(cert, run, changes, told) {
        Ok(undone) => return Ok(undone),
        Err(failure) => failure,
    };
    match journal::read(run)? {
        Some(journal) if journal.state == State::Undoing => match finish(cert, run, changes) {
            Ok(()) => journal::write(run, State::Loaded, &journal.stores)?,
            Err(_) => return Err(failure.hint(RECOVER)),
        },
        _ => {}
    }
    Err(failure)
}

/// Which stores hold the run, by their decision rows.
pub fn holders<'a>(targets: impl Iterator<Item = &'a dyn Target>, run: &Run) -> Result<Vec<bool>> {
    side_by_side(targets.collect(), |target| Ok(target.decision(&run.id)?.as_deref() == Some(LOADED)))
}

/// Records a load that every store has committed: `meta.load`, `load-manifest.json`, the journal.
pub fn record(cert: &Cert<'_>, run: &Run, changes: &Changes, seconds: &[Vec<f64>], total: f64) -> Result<()> {
    let db = &cert.db;
    db.use_catalog("run")?;
    at_once(db, || {
        meta::create(db)?;
        db.run("DELETE FROM meta.load")?;
        for (at, store) in cert.stores.iter().enumerate() {
            for (table, change) in changes[at].iter().enumerate() {
                let seconds = seconds.get(at).and_then(|store| store.get(table)).copied().unwrap_or(0.0);
                let kind = match store.tables[table].table.kind {
                    TableKind::Table => "table",
                    TableKind::Node => "node",
                    TableKind::Relationship => "relationship",
                };
                db.change(
                    "INSERT INTO meta.load VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                    params![
                        change.store,
                        change.table,
                        kind,
                        change.strategy(),
                        change.rows,
                        change.inserted,
                        change.changed,
                        seconds
                    ],
                )?;
            }
        }
        Ok(())
    })?;
    let now = chrono::Utc::now().to_rfc3339_opts(chrono::SecondsFormat::Secs, true);
    let manifest: String = db.one(sql::get("load/manifest.sql"), params![now, total])?;
    keys::replace_file(&run.dir.join("load-manifest.json"), &pretty(&manifest)?, 0o644)?;
    let names: Vec<String> = cert.stores.iter().map(|store| store.name.clone()).collect();
    journal::write(run, State::Loaded, &names)
}

/// JSON as people read it.
pub fn pretty(json: &str) -> Result<String> {
    let broken = |_| Error::internal("an artifact is not JSON");
    let value: serde_json::Value = serde_json::from_str(json).map_err(broken)?;
    serde_json::to_string_pretty(&value).map(|text| text + "\n").map_err(broken)
}
