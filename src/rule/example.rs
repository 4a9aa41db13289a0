//! Examples prove that a rule can pass and can fail. Each runs on empty tables inside a transaction that is
//! rolled back: its rows go in, the rule's first check counts, and the count must be what the author says.

use super::expand::Check;
use super::{Example, Row, Rule, suggest};
use crate::duck::Db;
use crate::error::{Error, Result};
use crate::name::{Ident, Literal};
use crate::sql;
use duckdb::params;

/// Runs all examples of a rule. The error names the rule's place and the example that does not hold.
pub fn run(db: &Db, rule: &Rule, check: &Check) -> Result<()> {
    let sides = [(&rule.examples.pass, "pass", false), (&rule.examples.fail, "fail", true)];
    for (examples, side, must_fail) in sides {
        for (position, example) in examples.iter().enumerate() {
            let name = format!("rule \"{}\": {side} example {}", rule.id, position + 1);
            let violations =
                violations(db, example, check).map_err(|error| error.context(&name).at(rule.at.clone()))?;
            if (violations > 0) != must_fail {
                let what = if must_fail { "does not violate the rule" } else { "violates the rule" };
                return Err(Error::config(format!("{name} {what}")).at(rule.at.clone()).hint(
                    "correct the example or the rule; inside a subquery the outer column must be this.<column>",
                ));
            }
        }
    }
    Ok(())
}

fn violations(db: &Db, example: &Example, check: &Check) -> Result<i64> {
    db.run("BEGIN")?;
    let counted = fill(db, example, check)
        .and_then(|()| db.one(&format!("SELECT count(*) FROM ({}) AS this", check.sql), []));
    db.run("ROLLBACK")?;
    counted
}

fn fill(db: &Db, example: &Example, check: &Check) -> Result<()> {
    match example {
        Example::Tables(tables) => tables.iter().try_for_each(|(table, rows)| insert(db, table, rows)),
        Example::Value(value) => {
            let column = check.column.clone().unwrap_or_default();
            insert(db, &check.path(), &[vec![(column, value.clone())]])
        }
    }
}

fn insert(db: &Db, path: &str, rows: &[Row]) -> Result<()> {
    let (store, table) = path.split_once('.').unwrap_or(("", path));
    for (position, row) in rows.iter().enumerate() {
        let number = i64::try_from(position + 1).unwrap_or(i64::MAX);
        let columns =
            db.rows(sql::get("rule/example_columns.sql"), params![store, table, number], |row| {
                Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?, row.get::<_, Option<String>>(2)?))
            })?;
        if columns.is_empty() {
            return Err(Error::config(format!("there is no table {path}")));
        }
        if let Some((name, _)) = row.iter().find(|(name, _)| !columns.iter().any(|(known, ..)| known == name))
        {
            let error = Error::config(format!("{path} has no column \"{name}\""));
            return Err(suggest(error, name, columns.iter().map(|(known, ..)| known.as_str())));
        }
        let values: Vec<String> = columns
            .iter()
            .map(|(name, kind, default)| {
                let given = row.iter().find(|(given, _)| given == name).map(|(_, value)| value);
                match given.unwrap_or(default) {
                    Some(value) => format!("CAST({} AS {kind})", Literal(value)),
                    None => "NULL".to_owned(),
                }
            })
            .collect();
        db.run(&format!("INSERT INTO {}.{} VALUES ({})", Ident(store), Ident(table), values.join(", ")))?;
    }
    Ok(())
}
