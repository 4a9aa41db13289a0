//! Taking what the runs of a tenant inserted out of every store by the ledger alone: for runs whose before-images
//! are gone. Rows of others and rows that tenants share stay; so do changes to rows that were there before.

use super::change::{self, Doing};
use super::decide::{self, Transactions};
use super::journal::UNDONE;
use super::ledger::{self, Ledger};
use super::undo::Undone;
use super::{Landing, Store, Targets, image, introspect, owned};
use crate::catalog::{Catalog, graph};
use crate::duck::Db;
use crate::error::Result;
use crate::name::Ident;
use crate::project::Project;
use crate::run::id_of;
use crate::threads::side_by_side;
use std::collections::BTreeSet;

/// What was taken out, or would be.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Swept {
    /// Rows deleted, by table; tables without any are left out.
    pub tables: Vec<Undone>,
    /// The runs that had inserted them.
    pub runs: BTreeSet<String>,
}

/// Whose rows.
pub struct Tenant<'a> {
    /// The tenant's name in the stores.
    pub name: &'a str,
    /// The root's key, for a target in which the root's row was there before.
    pub root_key: &'a str,
}

/// Deletes, in one transaction per store, when `is_real`; else says what would be deleted. Repeating it is safe.
pub fn sweep(
    db: &Db,
    project: &Project,
    targets: &Targets,
    tenant: &Tenant<'_>,
    is_real: bool,
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
    let jobs = stores.iter().zip(&mut transactions).zip(&ledgers).zip(&known);
    let jobs = jobs.map(|(((store, transaction), ledger), known)| {
        Ok((db.another()?, store, transaction, ledger, known))
    });
    let swept =
        side_by_side(jobs.collect::<Result<Vec<_>>>()?, |(db, store, transaction, ledger, known)| {
            let transaction = transaction.as_mut();
            let mut counts = vec![0; known.len()];
            for (at, landing) in
                store.tables.iter().enumerate().filter(|(at, one)| known[*at] > 0 && !one.is_shared)
            {
                counts[at] = ledger::take_gone(&db, "memory", landing, &value, transaction)?;
            }
            if is_real {
                change::switch_triggers(store, transaction, Doing::Undo, false)?;
                change::delete_gone(&db, store, "memory", transaction, &counts)?;
                transaction.check()?;
                change::switch_triggers(store, transaction, Doing::Undo, true)?;
                for run in &ledger.runs {
                    ledger::forget(transaction, tenant.name, run)?;
                    transaction.decide(run, UNDONE)?;
                }
            }
            let tables = store.tables.iter().zip(counts).filter(|(_, deleted)| *deleted > 0);
            let tables = tables.map(|(landing, deleted)| Undone {
                store: store.name.clone(),
                table: landing.table.staged.clone(),
                deleted,
                restored: 0,
            });
            Ok(tables.collect::<Vec<_>>())
        })?;
    if is_real {
        for (store, transaction) in stores.iter().zip(transactions) {
            transaction.commit().map_err(|error| {
                error.context(&store.name).hint("what the other stores did is done: run the command again")
            })?;
        }
    }
    let runs = ledgers.iter().flat_map(|ledger| &ledger.runs).map(|run| id_of(run).to_owned()).collect();
    Ok(Swept { tables: swept.into_iter().flatten().collect(), runs })
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
        // What triggers wrote stays, as other changes of rows do: it is not in the ledger.
        let fired = Vec::new();
        stores.push(Store { name: name.clone(), target: target.as_ref(), tables, groups, fired });
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
