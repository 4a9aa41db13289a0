//! Examples prove that a rule can pass and can fail. Each runs on empty tables inside a transaction that is
//! rolled back: its rows go in, the rule's first check counts, and the count must be what the author says.

use super::expand::Check;
use super::worker::Limit;
use super::{Example, Row, Rule, suggest};
use crate::duck::Db;
use crate::error::{Error, Result};
use crate::name::{Ident, Literal};
use crate::sql;
use std::time::{Duration, Instant};

/// Runs all examples of a rule, each within `time_max`, and returns those that do not hold, with their names.
pub fn run(db: &Db, rule: &Rule, check: &Check, time_max: Duration) -> Result<Vec<Error>> {
    let (mut problems, limit) = (Vec::new(), Limit::of(db));
    for (name, example, must_fail) in named(rule) {
        let begun = Instant::now();
        let within = || limit.within(time_max, || violates(db, &check.sql));
        match inside(db, example, check, within)? {
            Ok(violated) if violated == must_fail => {}
            Ok(_) => {
                let what = if must_fail { "does not violate the rule" } else { "violates the rule" };
                problems.push(Error::config(format!("{name} {what}")).hint(
                    "correct the example or the rule; inside a subquery the outer column must be this.<column>",
                ));
            }
            Err(_) if begun.elapsed() >= time_max => {
                problems.push(Error::config(format!("{name} was stopped after {} s", time_max.as_secs())));
            }
            Err(error) => problems.push(error.context(name)),
        }
    }
    Ok(problems)
}

/// The examples of a rule with their names, and whether each must violate it.
pub fn named(rule: &Rule) -> impl Iterator<Item = (String, &Example, bool)> {
    let sides = [(&rule.examples.pass, "pass", false), (&rule.examples.fail, "fail", true)];
    sides.into_iter().flat_map(|(examples, side, must_fail)| {
        let numbered = examples.iter().enumerate();
        numbered.map(move |(at, example)| (format!("{side} example {}", at + 1), example, must_fail))
    })
}

/// Does `work` while the rows of an example are in the tables, and takes them out again. What is wrong with
/// the example or the work is the inner error.
pub fn inside<T>(
    db: &Db,
    example: &Example,
    check: &Check,
    work: impl FnOnce() -> Result<T>,
) -> Result<Result<T>> {
    db.run("BEGIN")?;
    let done = fill(db, example, check).and_then(|()| work());
    db.run("ROLLBACK")?;
    Ok(done)
}

/// Whether a statement returns any row.
pub fn violates(db: &Db, sql: &str) -> Result<bool> {
    db.one(&format!("SELECT EXISTS (FROM ({sql}) AS this)"), [])
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

/// Inserts rows into `store.table`; what a row does not name gets a valid default.
pub fn insert(db: &Db, path: &str, rows: &[Row]) -> Result<()> {
    if rows.is_empty() {
        return Ok(());
    }
    let (store, table) = path.split_once('.').unwrap_or(("", path));
    let columns = db.rows(sql::get("rule/example_columns.sql"), [store, table], |row| {
        Ok(Column { name: row.get(0)?, kind: row.get(1)?, value: row.get(2)?, is_numbered: row.get(3)? })
    })?;
    if columns.is_empty() {
        return Err(Error::config(format!("there is no table {path}")));
    }
    let mut named = rows.iter().flatten().map(|(name, _)| name);
    if let Some(name) = named.find(|name| !columns.iter().any(|known| known.name == **name)) {
        let error = Error::config(format!("{path} has no column \"{name}\""));
        return Err(suggest(error, name, columns.iter().map(|known| known.name.as_str())));
    }
    let written = rows.iter().enumerate().map(|(at, row)| {
        let values: Vec<String> = columns.iter().map(|column| column.of(row, at + 1)).collect();
        format!("({})", values.join(", "))
    });
    let written = written.collect::<Vec<_>>().join(", ");
    db.run(&format!("INSERT INTO {}.{} VALUES {written}", Ident(store), Ident(table)))
}

/// A column of a table that examples fill.
struct Column {
    name: String,
    kind: String,
    /// What it gets where a row does not name it.
    value: Option<String>,
    /// The number of the row follows that.
    is_numbered: bool,
}

impl Column {
    /// What it gets in a row of this number.
    fn of(&self, row: &Row, number: usize) -> String {
        let default = || match (&self.value, self.is_numbered) {
            (Some(value), true) => Some(format!("{value}{number}")),
            (value, _) => value.clone(),
        };
        let given = row.iter().find(|(name, _)| *name == self.name).map(|(_, value)| value.clone());
        match given.unwrap_or_else(default) {
            Some(value) => format!("CAST({} AS {})", Literal(&value), self.kind),
            None => "NULL".to_owned(),
        }
    }
}
