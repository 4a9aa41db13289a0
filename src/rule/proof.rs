//! The proof: gets a database ready to search for originals that survived: what identifies each original of a masked
//! column goes into tables in memory, which spill encrypted, and into the filter of the search.

use super::expand::{self, Check};
use crate::duck::{Db, survivor};
use crate::error::Result;
use crate::sql;

/// Collects the originals of the run that is the current catalog, from `staging`, several columns side by side.
/// Needed before a check named `no_survivor` can run; outside of any transaction.
pub fn prepare(db: &Db) -> Result<()> {
    survivor::register(db)?;
    expand::prepare(db)?;
    db.run(sql::get("proof/originals.sql"))?;
    db.run(sql::get("proof/trace_begin.sql"))?;
    let origins = db.rows(sql::get("proof/origins.sql"), [], Origin::of)?;
    let kept: Vec<&Origin> = origins.iter().filter(|origin| origin.keeper.is_some()).collect();
    db.share_out(kept.len(), |db, at| db.run(&kept[at].fill("proof/trace_kept.sql", &kept[at].kept)))?;
    db.share_out(origins.len(), |db, at| {
        db.run(&origins[at].fill("proof/trace_originals.sql", &origins[at].originals))
    })?;
    let cells: Vec<String> = db.rows(sql::get("proof/digest_cells.sql"), [], |row| row.get(0))?;
    db.share_out(cells.len(), |db, at| db.run(&cells[at]))?;
    // Most runs hold nothing that looks like a digest: then none is made.
    if db.one("SELECT count(*) > 0 FROM memory.main.digest", [])? {
        db.share_out(origins.len(), |db, at| {
            db.run(&origins[at].fill("proof/trace_digests.sql", &origins[at].originals))
        })?;
    }
    db.run(sql::get("proof/trace_end.sql"))
}

/// A masked column, and the statements that read it.
struct Origin {
    number: i64,
    keeper: Option<i64>,
    words: i64,
    is_shared: bool,
    originals: String,
    kept: String,
}

impl Origin {
    fn of(row: &duckdb::Row<'_>) -> duckdb::Result<Origin> {
        Ok(Origin {
            number: row.get("origin")?,
            keeper: row.get("keeper")?,
            words: row.get("words")?,
            is_shared: row.get("is_shared")?,
            originals: row.get("originals")?,
            kept: row.get("kept")?,
        })
    }

    /// The statement of this name, over what `found` returns.
    fn fill(&self, name: &str, found: &str) -> String {
        let keeper = self.keeper.map_or("NULL".to_owned(), |keeper| keeper.to_string());
        // Names of the project come last: nothing in them is a placeholder.
        sql::get(name)
            .replace("$keeper", &keeper)
            .replace("$number", &self.number.to_string())
            .replace("$words", &self.words.to_string())
            .replace("$is_shared", &self.is_shared.to_string())
            .replace("$found", found)
    }
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
