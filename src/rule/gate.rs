//! The gate: validation signs what it has seen, a load takes only what was signed. Per table the signature
//! covers its name, columns, row count, an order-free 128-bit sum of row digests, and a fingerprint of the
//! rules, macros, policy, waivers and target catalog the verdict was reached with.
//!
//! DuckDB's `hash` is fast and no secret: anybody could change a row so that its hash stays. Each digest
//! therefore begins with a secret of its own, derived from the workspace's key; who does not hold that key
//! can neither compute a digest nor tell which change would keep it, and has no second try.

use crate::duck::Db;
use crate::error::{Error, Result};
use crate::name::Ident;
use crate::secret::Key;
use crate::sql;
use duckdb::params;
use std::sync::{Mutex, PoisonError};

/// The state of one table.
struct Seal {
    store: String,
    table: String,
    /// Column names and types, joined by the unit separator.
    columns: String,
    rows: i64,
    /// `None` where nobody looked at the rows.
    digest: Option<String>,
}

/// Signs every table as this connection sees it. The caller has reached a verdict that lets the run pass;
/// `key` is the workspace's DATAMIG_KEY.
pub fn sign(db: &Db, key: &Key) -> Result<()> {
    db.run("DELETE FROM meta.gate")?;
    let fingerprint = fingerprint(db)?;
    for seal in seals(db, key)? {
        let digest = seal.digest.as_deref().unwrap_or_default();
        let signature = signature(&seal, digest, &fingerprint, key);
        db.change(
            "INSERT INTO meta.gate VALUES (?, ?, string_split(?, chr(31)), ?, ?, ?)",
            params![seal.store, seal.table, seal.columns, seal.rows, digest, signature],
        )?;
    }
    db.change("UPDATE meta.validation SET fingerprint = ?", [fingerprint])?;
    Ok(())
}

/// Closes the gate: nothing is signed any more.
pub fn close(db: &Db) -> Result<()> {
    db.run("DELETE FROM meta.gate")
}

/// Compares every table with its signature. Anything changed since validation is refused with the reason.
pub fn verify(db: &Db, key: &Key) -> Result<()> {
    compare(db, key, seals(db, key)?)
}

/// The same without looking at the rows: that something was signed, and which tables, columns and numbers of rows, for
/// these rules. It costs nothing, and is no replacement for [`verify`].
pub fn glance(db: &Db, key: &Key) -> Result<()> {
    super::expand::prepare(db)?;
    let tables = db.rows(sql::get("rule/gate_tables.sql"), [], |row| {
        Ok(Seal { store: row.get(0)?, table: row.get(1)?, columns: row.get(2)?, rows: 0, digest: None })
    })?;
    let counted = tables.into_iter().map(|seal| {
        let (store, table) = (Ident(&seal.store), Ident(&seal.table));
        let rows = db.one(&format!("SELECT count(*) FROM {store}.{table}"), [])?;
        Ok(Seal { rows, ..seal })
    });
    compare(db, key, counted.collect::<Result<_>>()?)
}

fn compare(db: &Db, key: &Key, seals: Vec<Seal>) -> Result<()> {
    let fingerprint = fingerprint(db)?;
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
        } else if seal.digest.as_ref().is_some_and(|seen| seen != digest) {
            "a row changed".to_owned()
        } else if *signed != signature(seal, digest, &fingerprint, key) {
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

fn signature(seal: &Seal, digest: &str, fingerprint: &str, key: &Key) -> String {
    let text =
        [&seal.store, &seal.table, &seal.columns, &seal.rows.to_string(), digest, fingerprint].join("\u{1e}");
    hex(&key.derive("gate").mac(text.as_bytes()))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn seals(db: &Db, key: &Key) -> Result<Vec<Seal>> {
    super::expand::prepare(db)?;
    let secret = |purpose: &str| hex(&key.derive(purpose).expose()[..16]);
    let secrets = [secret("gate digest 1"), secret("gate digest 2")];
    let tables = db.rows(sql::get("rule/gate_tables.sql"), [], |row| {
        let text = |at| row.get::<_, String>(at);
        Ok((text(0)?, text(1)?, text(2)?, text(3)?))
    })?;
    let seals = Mutex::new(Vec::with_capacity(tables.len()));
    db.share_out(tables.len(), |db, at| {
        let (store, table, columns, digesting) = &tables[at];
        let row = |row: &duckdb::Row<'_>| Ok((row.get::<_, i64>(0)?, row.get::<_, String>(1)?));
        let counted =
            db.rows(digesting, params![secrets[0], secrets[1]], row).map_err(|error| {
                match error.message.contains("Corrupt") {
                    true => refuse(format!("{store}.{table} is damaged in the file")),
                    false => error,
                }
            })?;
        let (rows, digest) = counted.into_iter().next().unwrap_or_default();
        let (store, table, columns) = (store.clone(), table.clone(), columns.clone());
        let seal = Seal { store, table, columns, rows, digest: Some(digest) };
        seals.lock().unwrap_or_else(PoisonError::into_inner).push(seal);
        Ok(())
    })?;
    let mut seals = seals.into_inner().unwrap_or_else(PoisonError::into_inner);
    seals.sort_by(|one, other| (&one.store, &one.table).cmp(&(&other.store, &other.table)));
    Ok(seals)
}
