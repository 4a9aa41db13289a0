//! The proof: gets a database ready to search for originals that survived: what identifies each original of a masked
//! column goes into tables in memory, which spill encrypted, and into the filter of the search.

use super::expand::{self, Check};
use crate::duck::{Db, survivor};
use crate::error::Result;
use crate::sql;

/// Collects the originals of the run that is the current catalog, from `staging`. Needed before a check
/// named `no_survivor` can run; outside of any transaction.
pub fn prepare(db: &Db) -> Result<()> {
    survivor::register(db)?;
    expand::prepare(db)?;
    db.run(sql::get("proof/originals.sql"))?;
    let (originals, kept): (Option<String>, Option<String>) =
        db.rows(sql::get("proof/union.sql"), [], |row| Ok((row.get(0)?, row.get(1)?)))?.remove(0);
    let originals = originals.unwrap_or_else(|| {
        "SELECT 0 AS origin, 0 AS keeper, '' AS value, 0 AS rows, 0 AS words, true AS is_shared LIMIT 0"
            .into()
    });
    let kept = kept.unwrap_or_else(|| "SELECT 0 AS keeper, '' AS value LIMIT 0".into());
    db.run(&sql::get("proof/trace.sql").replace("$originals", &originals).replace("$kept", &kept))
}

/// Keeps in `meta` what is searched for and where, and the risk that people are told apart before and
/// after; no value. Checks have been expanded on this connection.
pub fn keep(db: &Db) -> Result<()> {
    db.run(sql::get("proof/searched.sql"))?;
    let cells = db.rows(sql::get("proof/quasi_cells.sql"), [], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let Some((Some(before), Some(after))) = cells.into_iter().next() else { return Ok(()) };
    let (before, after): (String, String) = (before, after);
    db.run(&sql::get("proof/risk.sql").replace("$before", &before).replace("$after", &after))
}

/// Lets the checks of the proof bind where no original is.
pub fn bindable(db: &Db) -> Result<()> {
    survivor::register(db)?;
    db.run(sql::get("proof/empty.sql"))
}

/// Notes from where the originals come that a check has found, by column.
pub fn name_survivors(db: &Db, check: &Check) -> Result<()> {
    if check.rule != "no_survivor" {
        return Ok(());
    }
    let named = sql::get("proof/name_survivors.sql").replace("$found", &check.sql);
    db.change(&named, [check.path()]).map(drop)
}
