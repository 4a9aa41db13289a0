//! The gate: validation signs what it has seen, a load takes only what was signed. Per table the signature
//! covers its name, columns, row count, an order-free sum of row digests, and a fingerprint of the rules,
//! macros, policy and target catalog the verdict was reached with.

use crate::duck::Db;
use crate::error::{Error, Result};
use crate::name::Ident;
use crate::secret::Key;
use crate::sql;
use crate::threads::share_out;
use duckdb::params;
use std::sync::{Mutex, PoisonError};

/// Tables that are read side by side.
const JOBS: usize = 4;

/// The state of one table.
#[derive(Debug, PartialEq, Eq)]
struct Seal {
    store: String,
    table: String,
    /// Column names, joined by the unit separator.
    columns: String,
    rows: i64,
    digest: String,
}

/// Signs every table as it was committed. The caller has reached a verdict that lets
/// the run pass; `key` is the workspace's DATAMIG_KEY.
pub fn sign(db: &Db, key: &Key) -> Result<()> {
    db.run("DELETE FROM meta.gate")?;
    let fingerprint = fingerprint(db)?;
    for seal in seals(db)? {
        let signature = signature(&seal, &fingerprint, key);
        db.change(
            "INSERT INTO meta.gate VALUES (?, ?, string_split(?, chr(31)), ?, ?, ?)",
            params![seal.store, seal.table, seal.columns, seal.rows, seal.digest, signature],
        )?;
    }
    Ok(())
}

/// Closes the gate: nothing is signed any more.
pub fn close(db: &Db) -> Result<()> {
    db.run("DELETE FROM meta.gate")
}

/// Compares every table with its signature. Anything changed since validation is refused with the reason.
pub fn verify(db: &Db, key: &Key) -> Result<()> {
    let fingerprint = fingerprint(db)?;
    let seals = seals(db)?;
    let count: i64 = db.one("SELECT count(*) FROM meta.gate", [])?;
    if count == 0 {
        return Err(refuse("nothing of this run has passed validation"));
    }
    for seal in &seals {
        let signed = db.rows(
            "SELECT array_to_string(columns, chr(31)), rows, digest, signature FROM meta.gate WHERE store = ? AND \"table\" = ?",
            [&seal.store, &seal.table],
            |row| Ok((row.get::<_, String>(0)?, row.get::<_, i64>(1)?, row.get::<_, String>(2)?, row.get::<_, String>(3)?)),
        )?;
        let name = format!("{}.{}", seal.store, seal.table);
        let Some((columns, rows, digest, signed)) = signed.first() else {
            return Err(refuse(format!("{name} was not validated")));
        };
        let reason = if *columns != seal.columns {
            "its columns changed".to_owned()
        } else if *rows != seal.rows {
            format!("it had {rows} rows and has {}", seal.rows)
        } else if *digest != seal.digest {
            "a row changed".to_owned()
        } else if *signed != signature(seal, &fingerprint, key) {
            "rules, policy, target or the key changed".to_owned()
        } else {
            continue;
        };
        return Err(refuse(format!("{name} is not what was validated: {reason}")));
    }
    if usize::try_from(count).is_ok_and(|count| count == seals.len()) {
        Ok(())
    } else {
        Err(refuse("a table that was validated is missing"))
    }
}

fn refuse(message: impl Into<String>) -> Error {
    Error::refused(message).hint("run `datamig validate` again")
}

fn fingerprint(db: &Db) -> Result<String> {
    db.one(sql::get("rule/fingerprint.sql"), [])
}

fn signature(seal: &Seal, fingerprint: &str, key: &Key) -> String {
    let text = [&seal.store, &seal.table, &seal.columns, &seal.rows.to_string(), &seal.digest, fingerprint]
        .join("\u{1e}");
    let mac = key.derive("gate").mac(text.as_bytes());
    mac.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn seals(db: &Db) -> Result<Vec<Seal>> {
    let tables = db.rows(sql::get("rule/gate_tables.sql"), [], |row| {
        Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?, row.get::<_, String>(2)?))
    })?;
    let seals = Mutex::new(Vec::with_capacity(tables.len()));
    let workers = (0..JOBS).map(|_| db.another()).collect::<Result<Vec<Db>>>()?;
    // A table of fewer rows than a row group is read by one thread: several tables side by side.
    share_out(workers, tables.len(), |db, at| {
        let (store, table, columns) = tables[at].clone();
        // The two halves of each digest are added up apart, as HUGEINT: the sums never overflow.
        let digest = format!(
            "SELECT count(*), concat_ws('.', coalesce(sum(CAST(_d >> 64 AS UBIGINT)), 0), \
             coalesce(sum(CAST(_d & 18446744073709551615::UHUGEINT AS UBIGINT)), 0)) \
             FROM (SELECT md5_number(CAST(this AS VARCHAR)) AS _d FROM {}.{} AS this)",
            Ident(&store),
            Ident(&table)
        );
        let counted = db.rows(&digest, [], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, String>(1)?)))?;
        let (rows, digest) = counted.into_iter().next().unwrap_or_default();
        let mut seals = seals.lock().unwrap_or_else(PoisonError::into_inner);
        seals.push((at, Seal { store, table, columns, rows, digest }));
        Ok(())
    })?;
    let mut seals = seals.into_inner().unwrap_or_else(PoisonError::into_inner);
    seals.sort_unstable_by_key(|(at, _)| *at);
    Ok(seals.into_iter().map(|(_, seal)| seal).collect())
}
