//! Lint: every rule is expanded and bound on empty tables and its examples are run, before any data is
//! touched. All problems are reported, not only the first.

use super::cage::Cage;
use super::expand::{self, Check};
use super::{Rule, Rules, example, suggest};
use crate::duck::Db;
use crate::error::{Error, Result};
use crate::sql;

/// Makes the tables of the catalog in `meta`, empty, and the one row that rules ask for day and root.
/// `db` holds the meta tables, a catalog in them, and the macro library.
pub fn prepare(db: &Db) -> Result<()> {
    expand::prepare(db)?;
    let statements = db.rows(sql::get("rule/empty_tables.sql"), [], |row| row.get::<_, String>(0))?;
    for statement in statements {
        db.run(&statement)?;
    }
    db.run(sql::get("rule/lint_day.sql"))
}

/// Every problem of every rule, each with its place. `db` has been prepared with [`prepare`].
pub fn lint(db: &Db, rules: &Rules) -> Result<Vec<Error>> {
    let cage = Cage::new(db)?;
    let problems = rules.rules.iter().filter_map(|rule| self::rule(db, &cage, rule).err());
    Ok(problems.collect())
}

/// The first problem of one rule, as an error with its place.
pub fn rule(db: &Db, cage: &Cage, rule: &Rule) -> Result<()> {
    let checks = expand::checks(db, cage, rule).map_err(|error| error.at(rule.at.clone()))?;
    for check in &checks {
        bind(db, check).map_err(|error| error.at(rule.at.clone()))?;
    }
    checks.first().map_or(Ok(()), |check| example::run(db, rule, check))
}

/// Binds a check: every name in it exists, every function takes what it is given.
pub fn bind(db: &Db, check: &Check) -> Result<()> {
    let counted = format!("SELECT {} AS _k FROM ({}) AS this", check.key_sql, check.sql);
    for sql in [&counted, &check.examined_sql] {
        if let Err(cause) = db.connection().prepare(sql) {
            let error = Error::from(cause).context(format!("check {}", check.id));
            return Err(name_nearest(db, check, error));
        }
    }
    Ok(())
}

/// Adds the nearest column when the engine misses one.
fn name_nearest(db: &Db, check: &Check, error: Error) -> Error {
    let missing = error.message.split('"').nth(1).unwrap_or_default().to_owned();
    let columns = db.rows(
        "SELECT \"column\" FROM meta.\"column\" WHERE store = ? AND \"table\" = ? ORDER BY position",
        [&check.store, &check.table],
        |row| row.get::<_, String>(0),
    );
    match columns {
        Ok(columns) if error.message.contains("not found") => {
            suggest(error, &missing, columns.iter().map(String::as_str))
        }
        _ => error,
    }
}
