//! Prepared transactions. Their names end with the number of the advisory lock that shows that their owner lives.

use super::session::Session;
use crate::error::Result;
use crate::name::Literal;
use crate::sql;
use crate::store::{PREPARED, Prepared};

/// Whether the server has room for any.
pub(super) fn can(session: &mut Session) -> Result<bool> {
    Ok(session.text("SHOW max_prepared_transactions")? != "0")
}

/// Those of this database that are ours.
pub(super) fn all(session: &mut Session) -> Result<Vec<Prepared>> {
    let found = sql::get("store/postgres/prepared.sql").replace("$prefix", &Literal(PREPARED).to_string());
    let rows = session.rows(&found)?.into_iter();
    let one = |row: Vec<Option<String>>| {
        let [Some(name), Some(is_owned)] = <[_; 2]>::try_from(row).ok()? else { return None };
        Some(Prepared { name, is_owned: is_owned == "true" })
    };
    Ok(rows.filter_map(one).collect())
}

/// Commits one or rolls it back. An error also when there is none of this name.
pub(super) fn end(session: &mut Session, name: &str, commits: bool) -> Result<()> {
    let how = if commits { "COMMIT" } else { "ROLLBACK" };
    session.run(&format!("{how} PREPARED {}", Literal(name))).map(drop)
}
