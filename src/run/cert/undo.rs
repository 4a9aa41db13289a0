//! Taking a load back, from every store or none.

use super::change::{self, Change, Doing};
use super::decide::{self, Changes, Fate, RECOVER, Told, Transactions};
use super::journal::{self, State, UNDONE};
use super::{Cert, Store, fired, ledger, prepared};
use crate::error::Result;
use crate::run::Run;
use crate::threads::side_by_side;

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

/// Looks at the stores, within the transactions that put them back, before they do.
pub type Look<'a> = &'a dyn Fn(&[&Store<'_>], &[&Vec<Change>], &mut Transactions) -> Result<()>;

/// Puts back every store that holds the run. The journal says `undoing` before the first commit, so that a
/// crash is finished by `recover`.
pub fn undo_all(
    cert: &Cert<'_>,
    run: &Run,
    changes: &Changes,
    look: Look<'_>,
    told: Told<'_>,
) -> Result<Vec<Undone>> {
    let names: Vec<String> = cert.stores.iter().map(|store| store.name.clone()).collect();
    prepared::end(&prepared::of(&cert.stores), run, UNDONE)?;
    let held = decide::holders(cert.stores.iter().map(|store| store.target), run)?;
    let left = || cert.stores.iter().zip(changes).zip(&held).filter(|(_, held)| **held).map(|(pair, _)| pair);
    let stores: Vec<&Store<'_>> = left().map(|(store, _)| store).collect();
    let own: Vec<&Vec<Change>> = left().map(|(_, own)| own).collect();
    let mut transactions = decide::begin(&stores)?;
    look(&stores, &own, &mut transactions)?;
    let tenant = cert.tenant.as_str();
    let jobs = stores.iter().zip(own).zip(transactions.iter_mut());
    let jobs =
        jobs.map(|((store, changes), transaction)| Ok((cert.db.another()?, *store, changes, transaction)));
    let undone = side_by_side(jobs.collect::<Result<Vec<_>>>()?, |(db, store, changes, transaction)| {
        let transaction = transaction.as_mut();
        let mut work = || {
            change::switch_triggers(store, transaction, Doing::Undo, false)?;
            let fired = fired::undo(&db, store, transaction, tenant, &run.name())?;
            let done = change::undo(&db, store, changes, transaction)?;
            transaction.check()?;
            change::switch_triggers(store, transaction, Doing::Undo, true)?;
            ledger::forget(transaction, tenant, &run.name())?;
            transaction.decide(&run.name(), UNDONE)?;
            Ok(done.into_iter().chain(fired))
        };
        let done = work().map_err(|error: crate::error::Error| error.context(&store.name))?;
        let undone =
            store.tables.iter().chain(&store.fired).zip(done).map(|(landing, (deleted, restored))| {
                told(deleted + restored, &landing.table.path());
                Undone { store: store.name.clone(), table: landing.table.staged.clone(), deleted, restored }
            });
        Ok(undone.collect::<Vec<_>>())
    })?;
    let prepared = prepared::prepare_all(&stores, &run.name(), UNDONE, &mut transactions)?;
    journal::write(run, State::Undoing, &names)?;
    match decide::commit_each(tenant, &run.name(), &stores, transactions, &prepared, UNDONE) {
        Fate::Committed => {}
        Fate::Failed(failure) | Fate::Unknown(failure) => return Err(failure),
    }
    journal::write(run, State::Undone, &names)?;
    Ok(undone.into_iter().flatten().collect())
}

/// Puts back every store of a loaded run, or leaves every store as it is: where one store refuses at its
/// commit, those that were put back before it are loaded again.
pub fn undo_loaded(
    cert: &Cert<'_>,
    run: &Run,
    changes: &Changes,
    look: Look<'_>,
    told: Told<'_>,
) -> Result<Vec<Undone>> {
    let failure = match undo_all(cert, run, changes, look, told) {
        Ok(undone) => return Ok(undone),
        Err(failure) => failure,
    };
    match journal::read(run)? {
        Some(journal) if journal.state == State::Undoing => match decide::finish(cert, run, changes) {
            Ok(()) => journal::write(run, State::Loaded, &journal.stores)?,
            Err(_) => return Err(failure.hint(RECOVER)),
        },
        _ => {}
    }
    Err(failure)
}
