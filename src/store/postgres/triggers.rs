//! User triggers, switched off for the time of a load. What a foreign key is made of is no user trigger.

use super::select;
use super::session::Session;
use crate::catalog::Table;
use crate::error::Result;
use crate::name::{Ident, Literal};
use crate::sql;

/// Switches off the triggers of a table that fire, its partitions' too; returns the statements that switch them
/// on again as they were.
pub(super) fn switch_off(session: &mut Session, table: &Table) -> Result<Vec<String>> {
    let relation = Literal(&select::plain_relation(table)).to_string();
    let mut back = Vec::new();
    for row in session.rows(&sql::get("store/postgres/triggers.sql").replace("$table", &relation))? {
        let [Some(member), Some(name), Some(state)] = row.as_slice() else { continue };
        let how = if state == "A" { "ENABLE ALWAYS" } else { "ENABLE" };
        session.run(&format!("ALTER TABLE ONLY {member} DISABLE TRIGGER {}", Ident(name)))?;
        back.push(format!("ALTER TABLE ONLY {member} {how} TRIGGER {}", Ident(name)));
    }
    Ok(back)
}
