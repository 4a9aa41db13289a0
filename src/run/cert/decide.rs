//! All stores or none. A load is decided when the journal says so; before that nothing is committed, after
//! that what is missing is finished, or everything is undone from the before-images. Stores that can prepare their
//! transactions do so before the decision and commit after all others: a store that refuses at its commit is met
//! while they can still be rolled back. Each store's decision row, written by the transaction that did the work,
//! says what became of a commit whose answer was lost.

use super::change::{self, BEFORE, Change, Doing};
use super::journal::{self, LOADED, State};
use super::{Cert, Store, fired, ledger, prepared, undo};
use crate::catalog::{Table, TableKind};
use crate::duck::{Access, Db};
use crate::error::{Error, Result};
use crate::run::event::{Events, Happening};
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
            let insert = format!("INSERT INTO {BEFORE}.meta.change VALUES (?, ?, ?, ?, ?, ?, ?, ?)");
            let Change { store, table, rows, inserted, changed, deleted, strategy, reason } = change;
            let strategy = serde_json::json!(strategy).to_string();
            db.change(&insert, params![store, table, rows, inserted, changed, deleted, strategy, reason])?;
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
        let strategy: String = row.get(6)?;
        Ok(Change {
            store: row.get(0)?,
            table: row.get(1)?,
            rows: row.get(2)?,
            inserted: row.get(3)?,
            changed: row.get(4)?,
            deleted: row.get(5)?,
            strategy: serde_json::from_str(&strategy).unwrap_or_default(),
            reason: row.get(7)?,
        })
    })?;
    let mut counted: Changes = count(cert)?;
    let mut is_same = true;
    for change in counted.iter_mut().flatten() {
        let counts = (change.rows, change.inserted, change.changed);
        if let Some(kept) =
            kept.iter().find(|kept| (&kept.store, &kept.table) == (&change.store, &change.table))
        {
            change.clone_from(kept);
        }
        is_same &= counts == (change.rows, change.inserted, change.changed);
    }
    if !is_same {
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

/// Locks the rows that will change, in every store, and counts again; takes the images of what triggers will write.
pub fn hold(cert: &Cert<'_>, changes: &mut Changes, transactions: &mut Transactions) -> Result<()> {
    let jobs = cert.stores.iter().zip(changes).zip(transactions);
    let jobs =
        jobs.map(|((store, changes), transaction)| Ok((cert.db.another()?, store, changes, transaction)));
    side_by_side(jobs.collect::<Result<Vec<_>>>()?, |(db, store, changes, transaction)| {
        let transaction = transaction.as_mut();
        fired::take(&db, store, BEFORE, transaction)
            .and_then(|()| change::hold(&db, store, changes, transaction))
            .map_err(|error| error.context(&store.name))
    })?;
    Ok(())
}

/// Writes the difference into the open transactions, decision row included, and checks what the commits would
/// check. `images` is the catalog with those of the tables that triggers write. Returns the seconds per table.
pub fn write_all(
    cert: &Cert<'_>,
    run: &Run,
    stores: &[&Store<'_>],
    changes: &[&Vec<Change>],
    transactions: &mut Transactions,
    images: &str,
    told: Told<'_>,
) -> Result<Vec<Vec<f64>>> {
    let tenant = cert.tenant.as_str();
    let jobs = stores.iter().zip(changes).zip(transactions.iter_mut());
    let jobs =
        jobs.map(|((store, changes), transaction)| Ok((cert.db.another()?, *store, *changes, transaction)));
    side_by_side(jobs.collect::<Result<Vec<_>>>()?, |(db, store, changes, transaction)| {
        let transaction = transaction.as_mut();
        let mut work = || {
            change::switch_triggers(store, transaction, Doing::Load, false)?;
            let seconds = change::write(&db, store, changes, transaction, told)?;
            transaction.check()?;
            change::switch_triggers(store, transaction, Doing::Load, true)?;
            fired::note(&db, store, images, transaction, tenant, &run.name())?;
            ledger::note(&db, store, changes, transaction, tenant, &run.name())?;
            transaction.decide(&run.name(), LOADED)?;
            Ok(seconds)
        };
        work().map_err(|error: Error| error.context(&store.name))
    })
}

/// Raises the sequences of the stores, which stay raised whatever becomes of the load.
pub fn advance_all(
    cert: &Cert<'_>,
    stores: &[&Store<'_>],
    changes: &[&Vec<Change>],
    transactions: &mut Transactions,
) -> Result<()> {
    let jobs = stores.iter().zip(changes).zip(transactions.iter_mut());
    let jobs =
        jobs.map(|((store, changes), transaction)| Ok((cert.db.another()?, *store, *changes, transaction)));
    side_by_side(jobs.collect::<Result<Vec<_>>>()?, |(db, store, changes, transaction)| {
        change::advance(&db, store, changes, transaction.as_mut()).map_err(|error| error.context(&store.name))
    })?;
    Ok(())
}

/// What became of commits.
pub(super) enum Fate {
    /// They happened.
    Committed,
    /// One did not, and those after it were rolled back.
    Failed(Error),
    /// Of one neither the commit nor the question for its decision row was answered; the others happened.
    Unknown(Error),
}

/// Commits one store, and asks it what it did when the answer is lost.
fn commit(tenant: &str, run: &str, store: &Store<'_>, transaction: Box<dyn Transaction>, word: &str) -> Fate {
    let Err(failure) = transaction.commit() else { return Fate::Committed };
    let Store { name, target, .. } = store;
    let over = prepared::wait_for(name, *target, tenant, &mut || Ok(()));
    match over.and_then(|()| target.decision(run)) {
        // The answer was lost, the commit was not.
        Ok(Some(found)) if found == word => Fate::Committed,
        Ok(_) => Fate::Failed(failure.context(format!("{name} did not commit"))),
        Err(_) => {
            Fate::Unknown(failure.context(format!("nobody knows whether {name} has committed")).hint(RECOVER))
        }
    }
}

/// Commits stores one after the other, those last whose transactions are `prepared`. `run` is the name of the run
/// whose decision rows say `word`.
pub(super) fn commit_each(
    tenant: &str,
    run: &str,
    stores: &[&Store<'_>],
    transactions: Transactions,
    prepared: &[bool],
    word: &str,
) -> Fate {
    let mut order: Vec<_> = stores.iter().zip(transactions).zip(prepared).collect();
    order.sort_by_key(|(_, is_prepared)| **is_prepared);
    let mut fate = Fate::Committed;
    for ((store, transaction), _) in order {
        match commit(tenant, run, store, transaction, word) {
            Fate::Committed => {}
            failed @ Fate::Failed(_) => return failed,
            // It is decided: the others go on.
            unknown @ Fate::Unknown(_) => fate = unknown,
        }
    }
    fate
}

/// Prepares the stores that can be prepared, before it is decided. Returns which.
pub fn prepare_all(stores: &[&Store<'_>], run: &Run, transactions: &mut Transactions) -> Result<Vec<bool>> {
    prepared::prepare_all(stores, &run.name(), LOADED, transactions)
}

/// Commits one store after the other. When one fails, those that have committed are undone.
pub fn commit_all(
    cert: &Cert<'_>,
    run: &Run,
    transactions: Transactions,
    prepared: &[bool],
    changes: &Changes,
) -> Result<()> {
    let stores: Vec<&Store<'_>> = cert.stores.iter().collect();
    match commit_each(&cert.tenant, &run.name(), &stores, transactions, prepared, LOADED) {
        Fate::Committed => Ok(()),
        Fate::Unknown(failure) => Err(failure),
        Fate::Failed(failure) => {
            undo::undo_all(cert, run, changes, &|_, _, _| Ok(()), &|_, _| ()).map_err(|undo| {
                undo.context(format!("{failure}; then, putting the other stores back")).hint(RECOVER)
            })?;
            Err(failure.hint("every store is as it was; correct the cause and load again"))
        }
    }
}

/// Writes the run into those stores that do not hold it, whatever the others do.
pub fn finish(cert: &Cert<'_>, run: &Run, changes: &Changes) -> Result<()> {
    prepared::end(&prepared::of(&cert.stores), run, LOADED)?;
    let held = holders(cert.stores.iter().map(|store| store.target), run)?;
    let left =
        || cert.stores.iter().zip(changes).zip(&held).filter(|(_, held)| !**held).map(|(pair, _)| pair);
    let stores: Vec<&Store<'_>> = left().map(|(store, _)| store).collect();
    let own: Vec<&Vec<Change>> = left().map(|(_, own)| own).collect();
    let mut transactions = begin(&stores)?;
    advance_all(cert, &stores, &own, &mut transactions)?;
    for (store, transaction) in stores.iter().zip(&mut transactions) {
        fired::take(&cert.db, store, "memory", transaction.as_mut())?;
    }
    write_all(cert, run, &stores, &own, &mut transactions, "memory", &|_, _| ())?;
    let prepared = prepare_all(&stores, run, &mut transactions)?;
    match commit_each(&cert.tenant, &run.name(), &stores, transactions, &prepared, LOADED) {
        Fate::Committed => Ok(()),
        Fate::Failed(failure) | Fate::Unknown(failure) => Err(failure),
    }
}

/// What to do when nobody knows how far it came.
pub(super) const RECOVER: &str = "`datamig recover` finishes or undoes the load";

/// Which stores hold the run, by their decision rows.
pub fn holders<'a>(targets: impl Iterator<Item = &'a dyn Target>, run: &Run) -> Result<Vec<bool>> {
    side_by_side(targets.collect(), |target| Ok(target.decision(&run.name())?.as_deref() == Some(LOADED)))
}

/// Records a load that every store has committed: `meta.load`, `load-manifest.json`, the journal.
pub fn record(cert: &Cert<'_>, run: &Run, changes: &Changes, seconds: &[Vec<f64>], total: f64) -> Result<()> {
    let db = &cert.db;
    db.use_catalog("run")?;
    at_once(db, || {
        // An older version knew fewer columns.
        db.run("DROP TABLE IF EXISTS meta.load")?;
        meta::create(db)?;
        for (at, store) in cert.stores.iter().enumerate() {
            for (table, change) in changes[at].iter().enumerate() {
                let seconds = seconds.get(at).and_then(|store| store.get(table)).copied().unwrap_or(0.0);
                let kind = match store.tables[table].table.kind {
                    TableKind::Table => "table",
                    TableKind::Node => "node",
                    TableKind::Relationship => "relationship",
                };
                db.change(
                    "INSERT INTO meta.load VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                    params![
                        change.store,
                        change.table,
                        kind,
                        change.strategy.word(),
                        change.reason,
                        change.rows,
                        change.inserted,
                        change.changed,
                        change.deleted,
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

/// Refreshes what the engines know about tables that changed a lot. It is no part of the load: that it fails is
/// noted, and the engine does it by itself later.
pub fn refresh_statistics(cert: &Cert<'_>, changes: &Changes, events: &Events) {
    let jobs: Vec<_> = cert.stores.iter().zip(changes).collect();
    let refreshed = side_by_side(jobs, |(store, changes)| {
        let touched = store.tables.iter().zip(changes).filter(|(landing, change)| {
            let changed = change.inserted + change.changed + change.deleted;
            changed > 0 && 10 * changed >= landing.table.estimated_rows.unwrap_or(0)
        });
        let tables: Vec<&Table> = touched.map(|(landing, _)| &landing.table).collect();
        store.target.refresh_statistics(&tables).map_err(|error| error.context(&store.name))
    });
    if let Err(error) = refreshed {
        events
            .write(Happening::Audit { what: format!("statistics of CERT are not fresh: {}", error.message) });
    }
}

/// JSON as people read it.
pub fn pretty(json: &str) -> Result<String> {
    let broken = |_| Error::internal("an artifact is not JSON");
    let value: serde_json::Value = serde_json::from_str(json).map_err(broken)?;
    serde_json::to_string_pretty(&value).map(|text| text + "\n").map_err(broken)
}
