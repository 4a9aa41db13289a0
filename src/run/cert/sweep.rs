//! Taking what the runs of a tenant inserted out of every store by the ledger alone: for runs whose before-images
//! are gone. Rows of others and rows that tenants share stay; so do changes to rows that were there before. What the
//! triggers of a load wrote is noted beside the ledger and taken back with it.

use super::change;
use super::decide::{self, Fate, Transactions};
use super::journal::{self, State, UNDONE};
use super::ledger::{self, Ledger};
use super::undo::Undone;
use super::{Landing, Store, Targets, fired, image, introspect, owned, prepared};
use crate::catalog::{Catalog, graph};
use crate::duck::Db;
use crate::error::{Error, Result};
use crate::name::Ident;
use crate::project::Project;
use crate::run::{Run, RunFile, id_of, tenant};
use crate::secret::Keys;
use crate::store::Transaction;
use crate::threads::side_by_side;
use std::collections::BTreeSet;
use std::path::Path;

/// What was taken out, or would be.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Swept {
    /// Rows deleted, by table; tables without any are left out.
    pub tables: Vec<Undone>,
    /// The runs that had inserted them.
    pub runs: BTreeSet<String>,
    /// Rows that they inserted into tables that tenants share, by table: those stay.
    pub shared: Vec<(String, u64)>,
    /// Rows that they inserted and that cannot be asked for, by table: no column of a table without a key is never
    /// NULL, or its columns changed since. Those stay.
    pub left: Vec<(String, u64)>,
}

/// Whose rows, and where. The caller holds the tenant's lock.
pub struct Request<'a> {
    /// The workspace, for its runs of the tenant.
    pub workspace: &'a Path,
    /// The project.
    pub project: &'a Project,
    /// The environment.
    pub env: &'a str,
    /// The root's key; for a target in which the root's row was there before it is the tenant's value, too.
    pub root_key: &'a str,
    /// The workspace's secrets.
    pub keys: &'a Keys,
    /// The target of every store, in the project's order.
    pub targets: &'a Targets,
}

impl Request<'_> {
    /// The runs of the tenant that CERT holds, as far as this workspace knows, or that are being taken out by the ledger.
    fn loaded(&self) -> Result<Vec<Run>> {
        let mut loaded = Vec::new();
        for run in Run::list(self.workspace) {
            let header = &run.header;
            let is_ours = header.project == self.project.name
                && header.env == self.env
                && header.root_key == self.root_key;
            let state = if is_ours { journal::read(&run)?.map(|journal| journal.state) } else { None };
            match state {
                Some(State::Loaded | State::Sweeping) => loaded.push(run),
                Some(State::Deciding | State::Undoing) => return Err(journal::half(&run)),
                _ => {}
            }
        }
        Ok(loaded)
    }

    fn sweep(&self, doing: &Doing<'_>) -> Result<Swept> {
        let db = Db::open(&self.workspace.join("data/runs/.tmp"), true)?;
        let name = tenant(&self.project.name, &self.project.root.table, self.root_key, self.keys);
        let tenant = Tenant { name: &name, root_key: self.root_key };
        sweep(&db, self.project, self.targets, &tenant, doing)
    }
}

/// What would be taken out. Refused while a run can be rolled back exactly.
pub fn plan(request: &Request<'_>) -> Result<Swept> {
    if let Some(run) = request.loaded()?.iter().rfind(|run| run.has(RunFile::Backup)) {
        return Err(Error::refused(format!("{} still has its before-images", run.id))
            .hint(format!("`datamig rollback {}` puts CERT back exactly as it was", run.id)));
    }
    request.sweep(&Doing::Plan)
}

/// Takes the rows out of every store or none, and journals it: what a crash leaves, `recover` finishes by doing this
/// again.
pub fn execute(request: &Request<'_>, discard_theirs: bool) -> Result<Swept> {
    let runs = request.loaded()?;
    let known: Vec<String> = runs.iter().map(Run::name).collect();
    let stores: Vec<String> = request.targets.iter().map(|(store, _)| store.clone()).collect();
    let write = |state| runs.iter().try_for_each(|run| journal::write(run, state, &stores));
    let decided = || write(State::Sweeping);
    let swept = request.sweep(&Doing::Delete { known: &known, discard_theirs, decided: &decided })?;
    write(State::Undone)?;
    Ok(swept)
}

/// The tenant, as the stores know it.
struct Tenant<'a> {
    name: &'a str,
    root_key: &'a str,
}

/// What is done about the rows.
enum Doing<'a> {
    /// It is said what would be deleted.
    Plan,
    /// They are deleted, from every store or none.
    Delete {
        /// The names of the runs that this workspace knows. What is prepared goes by one of these where it can.
        known: &'a [String],
        /// Go on although rows that triggers made were changed since.
        discard_theirs: bool,
        /// Called when every store has said that it can, before the first commit.
        decided: &'a (dyn Fn() -> Result<()> + Sync),
    },
}

/// Looks, and deletes. Repeating it is safe: what is gone is not in the ledger any more.
fn sweep(
    db: &Db,
    project: &Project,
    targets: &Targets,
    tenant: &Tenant<'_>,
    doing: &Doing<'_>,
) -> Result<Swept> {
    let mut stores = stores(db, project, targets)?;
    let all: Vec<&Store<'_>> = stores.iter().collect();
    let mut transactions: Transactions = decide::begin(&all)?;
    transactions.iter_mut().try_for_each(|transaction| transaction.claim(tenant.name))?;
    let ledgers = transactions.iter_mut().map(|transaction| Ledger::read(transaction.as_mut(), tenant.name));
    let ledgers: Vec<Ledger> = ledgers.collect::<Result<_>>()?;
    let mut known = Vec::new();
    for (store, ledger) in stores.iter().zip(&ledgers) {
        known.push(
            store.tables.iter().map(|landing| ledger.known(db, landing)).collect::<Result<Vec<u64>>>()?,
        );
    }
    let value = root_value(db, &stores, &known, project)?.unwrap_or_else(|| tenant.root_key.to_owned());
    for (store, known) in stores.iter_mut().zip(&known) {
        store.tables.iter_mut().zip(known).for_each(|(landing, known)| landing.rows = *known);
    }
    let left = stores.iter().zip(&ledgers).flat_map(|(store, ledger)| left(store, ledger)).collect();
    let runs: BTreeSet<&String> = ledgers.iter().flat_map(|ledger| &ledger.runs).collect();
    if let Doing::Delete { .. } = doing {
        refuse_triggers(&stores)?;
        for (store, transaction) in stores.iter_mut().zip(&mut transactions) {
            store.fired = fired::noted(project, &store.tables, transaction.as_mut(), tenant.name, &runs)?;
        }
    }
    let jobs = stores.iter().zip(&mut transactions);
    let jobs = jobs.map(|(store, transaction)| Ok((db.another()?, store, transaction)));
    let swept = side_by_side(jobs.collect::<Result<Vec<_>>>()?, |(db, store, transaction)| {
        let transaction = transaction.as_mut();
        let mut work = || {
            let counts = take_gone(&db, store, &value, transaction)?;
            match doing {
                Doing::Plan => Ok(undone(store, counts.into_iter().map(|count| (count, 0)))),
                Doing::Delete { discard_theirs, .. } => {
                    delete(&db, store, &counts, transaction, tenant.name, &runs, *discard_theirs)
                }
            }
        };
        work().map_err(|error: Error| error.context(&store.name))
    })?;
    if let Doing::Delete { known, decided, .. } = doing {
        let stores: Vec<&Store<'_>> = stores.iter().collect();
        end(&stores, transactions, tenant.name, &runs, known, *decided)?;
    }
    let runs = runs.into_iter().map(|run| id_of(run).to_owned()).collect();
    let landings = stores.iter().flat_map(|store| &store.tables);
    let stays = landings.filter(|landing| landing.is_shared && landing.rows > 0);
    let shared = stays.map(|landing| (landing.table.path(), landing.rows)).collect();
    Ok(Swept { tables: swept.into_iter().flatten().collect(), runs, shared, left })
}

/// The rows of a store that are noted and not found, by table.
fn left(store: &Store<'_>, ledger: &Ledger) -> Vec<(String, u64)> {
    let count = |landing: &Landing| match image::can_look_up(landing) {
        true => ledger.lost(landing),
        false => landing.rows + ledger.lost(landing),
    };
    let own = store.tables.iter().filter(|landing| !landing.is_shared);
    own.map(|landing| (landing.table.path(), count(landing))).filter(|(_, rows)| *rows > 0).collect()
}

/// Locks the rows of a store that go and takes their images; returns how many of each table.
fn take_gone(db: &Db, store: &Store<'_>, value: &str, transaction: &mut dyn Transaction) -> Result<Vec<u64>> {
    let count = |landing: &Landing| match landing.rows > 0 && !landing.is_shared {
        true => ledger::take_gone(db, "memory", landing, value, transaction),
        false => Ok(0),
    };
    store.tables.iter().map(count).collect()
}

/// Triggers that nobody decided about would write what nobody sees.
fn refuse_triggers(stores: &[Store<'_>]) -> Result<()> {
    let landings = stores.iter().flat_map(|store| &store.tables);
    let is_open = |landing: &&Landing| {
        landing.rows > 0 && !landing.table.triggers.is_empty() && !landing.triggers_off && !landing.fires
    };
    let paths: Vec<String> = landings.filter(is_open).map(|landing| landing.table.path()).collect();
    let Some(path) = paths.first() else { return Ok(()) };
    let hint =
        format!("`triggers: {{{path}: off}}` in project.yaml switches them off while rows are deleted");
    Err(Error::refused(format!("triggers may write what nobody sees: {}", paths.join(", "))).hint(hint))
}

/// Deletes within the transaction of one store: what triggers made for the runs, newest first, then what the runs
/// inserted.
fn delete(
    db: &Db,
    store: &Store<'_>,
    counts: &[u64],
    transaction: &mut dyn Transaction,
    tenant: &str,
    runs: &BTreeSet<&String>,
    discard_theirs: bool,
) -> Result<Vec<Undone>> {
    change::switch_triggers(store, transaction, change::Doing::Undo, false)?;
    let mut of_triggers = vec![(0, 0); store.fired.len()];
    for run in runs.iter().rev() {
        let theirs = fired::changed_since(db, store, transaction, tenant, run)?;
        if let (Some((path, rows)), false) = (theirs.first(), discard_theirs) {
            return Err(Error::refused(format!(
                "{rows} rows that triggers made in {path} for {} were changed or deleted since",
                id_of(run)
            ))
            .hint("look at them first; `--discard-theirs` gives their changes up"));
        }
        let done = fired::undo(db, store, transaction, tenant, run)?;
        of_triggers.iter_mut().zip(done).for_each(|(sum, (deleted, restored))| {
            sum.0 += deleted;
            sum.1 += restored;
        });
    }
    change::delete_gone(db, store, "memory", transaction, counts)?;
    transaction.check()?;
    change::switch_triggers(store, transaction, change::Doing::Undo, true)?;
    for run in runs {
        ledger::forget(transaction, tenant, run)?;
        transaction.decide(run, UNDONE)?;
    }
    Ok(undone(store, counts.iter().map(|count| (*count, 0)).chain(of_triggers)))
}

/// Ends the transactions as those of loads end: what can be prepared is, then it is decided, and what is prepared
/// commits last. Every store has the same decision rows.
fn end(
    stores: &[&Store<'_>],
    mut transactions: Transactions,
    tenant: &str,
    runs: &BTreeSet<&String>,
    known: &[String],
    decided: &dyn Fn() -> Result<()>,
) -> Result<()> {
    let ours = runs.iter().rev().find(|run| known.contains(run));
    let Some(run) = ours.or(runs.last()) else { return Ok(()) };
    let prepared = prepared::prepare_all(stores, run, UNDONE, &mut transactions)?;
    decided()?;
    match decide::commit_each(tenant, run, stores, transactions, &prepared, UNDONE) {
        Fate::Committed => Ok(()),
        Fate::Failed(failure) | Fate::Unknown(failure) => {
            Err(failure
                .hint("`datamig recover` and then the same command take the rows out of the other stores"))
        }
    }
}

/// What was deleted and restored, by table; those without any are left out.
fn undone(store: &Store<'_>, done: impl Iterator<Item = (u64, u64)>) -> Vec<Undone> {
    let tables = store.tables.iter().chain(&store.fired).zip(done);
    let some = tables.filter(|(_, (deleted, restored))| deleted + restored > 0);
    let table = |(landing, (deleted, restored)): (&Landing, (u64, u64))| Undone {
        store: store.name.clone(),
        table: landing.table.staged.clone(),
        deleted,
        restored,
    };
    some.map(table).collect()
}

/// The stores with all their tables, and an empty `memory.<store>.<table>` for each.
fn stores<'a>(db: &Db, project: &Project, targets: &'a Targets) -> Result<Vec<Store<'a>>> {
    let mut catalog: Catalog = introspect(targets)?;
    project.complete(&mut catalog)?;
    let owned = owned(&catalog, project);
    let mut stores = Vec::new();
    for (name, target) in targets {
        db.run(&format!("CREATE SCHEMA memory.{}", Ident(name)))?;
        let mut own = catalog.clone().without(|table| table.store != *name);
        let groups = graph::load_groups(&own, name);
        let landing = |table: crate::catalog::Table| Landing {
            is_shared: !owned.contains(&table.path()),
            ..Landing::bare(table, project)
        };
        let tables: Vec<Landing> = own.tables.drain(..).map(landing).collect();
        tables.iter().try_for_each(|landing| image::create(db, landing, &landing.at("memory")))?;
        stores.push(Store { name: name.clone(), target: target.as_ref(), tables, groups, fired: Vec::new() });
    }
    Ok(stores)
}

/// The tenant's value: the key of the root's row, when a run inserted that.
fn root_value(
    db: &Db,
    stores: &[Store<'_>],
    known: &[Vec<u64>],
    project: &Project,
) -> Result<Option<String>> {
    let landings = stores.iter().flat_map(|store| &store.tables).zip(known.iter().flatten());
    let is_root = |landing: &Landing| {
        landing.table.path() == project.root.table
            && landing.identity().any(|column| column.name == project.root.key)
    };
    let mut roots = landings.filter(|(landing, known)| **known > 0 && is_root(landing));
    let Some((root, _)) = roots.next() else { return Ok(None) };
    let key = Ident(&project.root.key);
    db.one(&format!("SELECT max(CAST({key} AS VARCHAR)) FROM {}", ledger::known_at(root)), [])
}
