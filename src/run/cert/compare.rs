//! What a load would do, found by comparing: the images of the target, rows of others under our keys, the strategy
//! of each table, and the rows that left the slice.

use super::change::{self, BEFORE, Change, Conflict, Strategy};
use super::decide::{Changes, Transactions};
use super::image::{self, Asking};
use super::ledger::{self, Ledger};
use super::{Cert, Landing, Store};
use crate::error::Result;
use crate::project::Project;
use crate::store::{Read, Sink, Transaction};
use crate::threads::side_by_side;

/// What decides about strategies.
pub struct Wishes<'a> {
    /// The project, with its own word per table.
    pub project: &'a Project,
    /// What is asked for every table.
    pub strategy: Option<Strategy>,
    /// The run is a part of its slice: what it does not have has not left.
    pub is_sample: bool,
}

/// Reads what the target holds under the run's keys and what earlier runs of the tenant left there, decides on the
/// strategies and counts the difference.
pub fn compare(
    cert: &Cert<'_>,
    wishes: &Wishes<'_>,
    transactions: &mut Transactions,
    told: &(dyn Fn(u64, &str) + Sync),
) -> Result<(Changes, Vec<Conflict>)> {
    let stores: Vec<&Store<'_>> = cert.stores.iter().collect();
    let readers = transactions
        .iter_mut()
        .map(|transaction| |read: &Read<'_>, sink: Sink<'_>| transaction.read(read, sink));
    image::take_all(&cert.db, &stores, BEFORE, Asking::Freely, readers.collect(), told)?;
    let (root, name) = (&wishes.project.root, cert.tenant.as_str());
    let tenant = ledger::tenant_value(&cert.db, &cert.stores, &root.table, &root.key)?;
    let jobs = stores
        .iter()
        .zip(transactions)
        .map(|(store, transaction)| Ok((cert.db.another()?, store, transaction)));
    let compared = side_by_side(jobs.collect::<Result<Vec<_>>>()?, |(db, store, transaction)| {
        let ledger = Ledger::read(transaction.as_mut(), name)?;
        let mut changes = change::count(&db, store)?;
        let mut conflicts = change::conflicts(&db, store, &changes)?;
        for (landing, change) in store.tables.iter().zip(&mut changes) {
            let known = ledger.known(&db, landing)?;
            decide(landing, change, known, wishes);
            if change.strategy == Strategy::Insert && change.inserted < change.rows {
                conflicts.push(change::existing(&db, landing, change)?);
            }
            if change.strategy == Strategy::Merge && known > 0 {
                let transaction: &mut dyn Transaction = transaction.as_mut();
                change.deleted = ledger::take_gone(&db, BEFORE, landing, &tenant, transaction)?;
            }
        }
        Ok((changes, conflicts))
    })?;
    let (changes, conflicts): (Changes, Vec<Vec<Conflict>>) = compared.into_iter().unzip();
    Ok((changes, conflicts.into_iter().flatten().collect()))
}

/// Decides on the strategy of a table. `known` rows of it were inserted by earlier runs of the tenant.
fn decide(landing: &Landing, change: &mut Change, known: u64, wishes: &Wishes<'_>) {
    let wish = wishes.strategy.or_else(|| wishes.project.strategy(&landing.table.path())).unwrap_or_default();
    let there = (change.rows - change.inserted).max(known);
    let (strategy, reason) = match wish {
        _ if landing.is_shared && matches!(wish, Strategy::Auto | Strategy::Merge) => {
            (Strategy::Upsert, "its rows are shared by tenants".to_owned())
        }
        Strategy::Auto if there == 0 => (Strategy::Insert, "the target has none of the rows".to_owned()),
        Strategy::Auto if wishes.is_sample => (Strategy::Upsert, "the run is a sample".to_owned()),
        Strategy::Auto if 2 * there < change.rows => {
            (Strategy::Upsert, format!("the target has {there} rows, less than half of {}", change.rows))
        }
        Strategy::Auto => {
            (Strategy::Merge, format!("the target has {there} rows, at least half of {}", change.rows))
        }
        asked => (asked, "asked for".to_owned()),
    };
    (change.strategy, change.reason) = (strategy, reason);
}
