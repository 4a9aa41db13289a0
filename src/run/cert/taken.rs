//! Rows of others that have values of the run in columns that the target holds unique, beside its keys. A store
//! refuses such a load without naming the row.

use super::change::{self, Change, Conflict};
use super::decide::{Changes, Transactions};
use super::{Cert, Landing, image};
use crate::catalog::{Column, TableKind};
use crate::duck::Db;
use crate::error::Result;
use crate::name::Ident;
use crate::store::{Read, Sink, Transaction};
use crate::threads::side_by_side;

/// Looks in every table that gets rows. Rows of the run itself do not count, nor do keys of more than plain columns.
pub fn find(cert: &Cert<'_>, changes: &Changes, transactions: &mut Transactions) -> Result<Vec<Conflict>> {
    let jobs = cert.stores.iter().zip(changes).zip(transactions);
    let jobs =
        jobs.map(|((store, changes), transaction)| Ok((cert.db.another()?, store, changes, transaction)));
    let found = side_by_side(jobs.collect::<Result<Vec<_>>>()?, |(db, store, changes, transaction)| {
        let gets_rows = |(_, change): &(&Landing, &Change)| change.inserted + change.changed > 0;
        let mut found = Vec::new();
        for (landing, _) in store.tables.iter().zip(changes).filter(gets_rows) {
            for unique in &landing.table.unique {
                found.extend(of_unique(&db, landing, unique, transaction.as_mut())?);
            }
        }
        Ok(found)
    })?;
    Ok(found.into_iter().flatten().collect())
}

fn of_unique(
    db: &Db,
    landing: &Landing,
    unique: &[String],
    transaction: &mut dyn Transaction,
) -> Result<Option<Conflict>> {
    let column =
        |name: &String| landing.columns().find(|column| column.name == *name && image::is_plain(column));
    let columns: Option<Vec<&Column>> = unique.iter().map(column).collect();
    let is_other = landing.key().is_some_and(|key| key != unique) && landing.table.kind == TableKind::Table;
    let Some(columns) = columns.filter(|_| is_other) else { return Ok(None) };
    let all = |condition: fn(String) -> String| {
        let conditions = unique.iter().map(|name| condition(Ident(name).to_string()));
        conditions.collect::<Vec<_>>().join(" AND ")
    };
    let ours = landing.at("memory");
    let taken = format!("{} taken", landing.table.staged);
    let place = format!("memory.{}.{}", Ident(&landing.table.store), Ident(&taken));
    db.run(&format!("DROP TABLE IF EXISTS {place}"))?;
    image::create(db, landing, &place)?;
    let given = format!("(SELECT * FROM {ours} WHERE {})", all(|name| format!("{name} IS NOT NULL")));
    let read = &mut |read: &Read<'_>, sink: Sink<'_>| transaction.read(read, sink);
    image::look_up_by(db, "memory", landing, &columns, &taken, &given, read)?;
    let theirs = format!(
        "FROM {ours} AS ours JOIN (SELECT theirs.* FROM {place} AS theirs ANTI JOIN {ours} AS ours ON {}) AS theirs ON {}",
        image::same_key(landing),
        all(|name| format!("ours.{name} = theirs.{name}"))
    );
    let rows: u64 = db.one(&format!("SELECT CAST(count(*) AS UBIGINT) {theirs}"), [])?;
    let why = format!("another row of CERT has their {}, which is unique there", unique.join(", "));
    match rows {
        0 => Ok(None),
        rows => change::conflict(db, landing, rows, &theirs, &why).map(Some),
    }
}
