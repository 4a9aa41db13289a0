//! Two-phase commit where a store offers it: before anything is decided, the transactions of such stores are prepared.
//! A prepared transaction outlives its process and its server, and keeps its locks: what a crash left is ended here.

use super::decide::Transactions;
use super::{Store, Targets};
use crate::error::{Error, Kind, Result};
use crate::run::{Run, id_of};
use crate::store::{PREPARED, Target};
use crate::threads::side_by_side;
use std::time::Duration;

/// How often, and how far apart, is asked whether the dead have let go.
const TRIES: u32 = 20;
const PAUSE: Duration = Duration::from_millis(200);

/// Stores by name.
pub type Named<'a> = Vec<(&'a str, &'a dyn Target)>;

/// The targets by name.
pub fn named(targets: &Targets) -> Named<'_> {
    targets.iter().map(|(store, target)| (store.as_str(), target.as_ref())).collect()
}

/// The stores of a run by name.
pub(super) fn of<'a>(stores: &'a [Store<'_>]) -> Named<'a> {
    stores.iter().map(|store| (store.name.as_str(), store.target)).collect()
}

/// Prepares the transactions of the stores that can; says which. `word` is what their decision rows say of the run
/// of this name.
pub(super) fn prepare_all(
    stores: &[&Store<'_>],
    run: &str,
    word: &str,
    transactions: &mut Transactions,
) -> Result<Vec<bool>> {
    let jobs = stores.iter().zip(transactions).collect();
    side_by_side(jobs, |(store, transaction)| {
        // The name has an end of its own in every store; this part is for people, and short.
        let plain = |letter: char| if letter.is_ascii_alphanumeric() { letter } else { '_' };
        let place: String = store.name.chars().take(40).map(plain).collect();
        let name = format!("{PREPARED}{word} {run} {place}");
        transaction.prepare_commit(&name).map_err(|error| error.context(&store.name))
    })
}

/// A prepared transaction that waits for its end.
pub struct Waiting {
    /// The store.
    pub store: String,
    /// The run that it writes or takes back, by its name.
    pub run: String,
    /// Whether the process that prepared it is still connected.
    pub is_owned: bool,
    word: String,
    name: String,
}

/// The prepared transactions of runs in these stores, whoever made them.
pub fn waiting(stores: &Named<'_>) -> Result<Vec<Waiting>> {
    let found = side_by_side(stores.clone(), |(store, target)| of_store(store, target))?;
    Ok(found.into_iter().flatten().collect())
}

fn of_store(store: &str, target: &dyn Target) -> Result<Vec<Waiting>> {
    let found = target.prepared().map_err(|error| error.context(store))?.into_iter();
    let of_a_run = found.filter_map(|one| {
        let mut words = one.name.strip_prefix(PREPARED)?.split(' ').map(str::to_owned);
        let (word, run) = (words.next()?, words.next()?);
        Some(Waiting { store: store.to_owned(), run, word, name: one.name, is_owned: one.is_owned })
    });
    Ok(of_a_run.collect())
}

impl Waiting {
    /// Commits or rolls back, and says so.
    fn end(&self, target: &dyn Target, commits: bool) -> Result<String> {
        target.end_prepared(&self.name, commits).map_err(|error| error.context(&self.store))?;
        let how = if commits { "committed" } else { "rolled back" };
        Ok(format!("the prepared transaction of {} is {how}", self.store))
    }
}

/// Ends the prepared transactions of a run that the caller works on: commits those whose decision rows say `word`,
/// rolls back the others. Says what it did.
pub fn end(stores: &Named<'_>, run: &Run, word: &str) -> Result<Vec<String>> {
    let ended = side_by_side(stores.clone(), |(store, target)| end_in(store, target, run, word))?;
    Ok(ended.into_iter().flatten().collect())
}

fn end_in(store: &str, target: &dyn Target, run: &Run, word: &str) -> Result<Vec<String>> {
    let ours = of_store(store, target)?.into_iter().filter(|one| one.run == run.name());
    ours.map(|one| one.end(target, one.word == word)).collect()
}

/// The same after a crash, and waits until no server works on what the dead asked of it last.
pub fn settle(stores: &Named<'_>, tenant: &str, run: &Run, word: &str) -> Result<Vec<String>> {
    let ended = side_by_side(stores.clone(), |(store, target)| {
        let mut ended = Vec::new();
        wait_for(store, target, tenant, &mut || {
            ended.extend(end_in(store, target, run, word)?);
            Ok(())
        })?;
        Ok(ended)
    })?;
    Ok(ended.into_iter().flatten().collect())
}

/// Waits until no transaction works on a tenant. Only then a decision row that is not there will never come.
pub(super) fn wait_for(
    store: &str,
    target: &dyn Target,
    tenant: &str,
    before: &mut dyn FnMut() -> Result<()>,
) -> Result<()> {
    let mut tries = 0..TRIES;
    loop {
        before()?;
        let claimed = target.begin().and_then(|mut transaction| transaction.claim(tenant));
        match claimed.map_err(|error: Error| error.context(store)) {
            Err(error) if error.kind == Kind::Busy && tries.next().is_some() => std::thread::sleep(PAUSE),
            outcome => return outcome,
        }
    }
}

/// Ends what is left of runs that are not `known` here and whose processes are gone: as another store decided, and
/// where none has, nothing is committed. Says what it did.
pub fn settle_strangers(stores: &Named<'_>, known: &[Run]) -> Result<Vec<String>> {
    let mut ended = Vec::new();
    for one in waiting(stores)?.iter().filter(|one| !one.is_owned) {
        if known.iter().any(|run| run.name() == one.run) {
            continue;
        }
        let decisions = side_by_side(stores.clone(), |(_, target)| target.decision(&one.run))?;
        let is_decided = decisions.into_iter().flatten().any(|decision| decision == one.word);
        let target = stores.iter().find(|(store, _)| *store == one.store);
        if let Some((_, target)) = target {
            ended.push(format!("{}: {}", id_of(&one.run), one.end(*target, is_decided)?));
        }
    }
    Ok(ended)
}
