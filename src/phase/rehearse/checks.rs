//! The CHECKs that speak of masked columns, tried with made-up rows: those that fit one before they are
//! masked must fit it afterwards. What DuckDB cannot evaluate, or no made-up row fits, is not decided: the
//! target decides then, and takes back all of a load it refuses a row of.

use super::{kept_as, value};
use crate::catalog::{Catalog, Column, Table};
use crate::duck::Db;
use crate::error::{Error, Result};
use crate::name::{Ident, Literal};
use crate::project::Project;
use crate::project::policy::{Assignment, Assignments, Strategy};
use crate::rule::constraint::{condition, pattern};
use crate::secret::Key;
use crate::slice::quoted;
use crate::sql;
use regex::Regex;
use std::sync::LazyLock;

/// Made-up rows of a table.
const ROWS: usize = 400;
/// Values that columns of many kinds could have, besides those that the CHECKs and the strategies name.
const TEXTS: [&str; 16] = [
    "Ada",
    "Ada Lovelace",
    "ada@school.example",
    "312-867-5309",
    "(312) 867-5309",
    "+13128675309",
    "3128675309",
    "62704",
    "62704-1234",
    "123-45-6789",
    "AB",
    "AB123456",
    "12345678",
    "900123456",
    "https://school.example/ada",
    "12 Main Street",
];
const NUMBERS: [&str; 9] = ["0", "1", "2", "7", "18", "42", "100", "1234567", "900123456"];
const DAYS: [&str; 6] = ["1950-01-31", "1980-06-15", "2005-03-04", "2014-03-15", "2020-02-29", "2024-09-01"];

/// Tries every CHECK that speaks of a masked column. Those that no masked row fits are an error, all of them in
/// one; those that could not be decided are returned, one line each.
pub fn try_checks(project: &Project, catalog: &Catalog, assignments: &Assignments) -> Result<Vec<String>> {
    let tables = || (0..catalog.tables.len()).filter(|at| !spoken_of(catalog, assignments, *at).is_empty());
    if tables().next().is_none() {
        return Ok(Vec::new());
    }
    let db = Db::open(&project.workspace.join("data/runs/.tmp"), false)?;
    super::create_tables(&db, catalog)?;
    // What a fake looks like is asked, not which one it is: any salt will do.
    super::learn(&db, project, catalog, assignments, &Key::from_bytes([0; 32]))?;
    let (mut broken, mut open) = (Vec::new(), Vec::new());
    for at in tables() {
        let (table, row) = (&catalog.tables[at], &assignments.0[at]);
        let checks = spoken_of(catalog, assignments, at);
        fill(&db, table, row, &checks)?;
        for check in checks {
            let said = format!("{}: CHECK {}", table.path(), condition(check));
            match outcome(&db, table, row, check) {
                Some((before, 0)) if before > 0 => {
                    broken.push(format!("{said}: none of {before} made-up rows fits it once it is masked"))
                }
                Some((0, _)) => open.push(format!("{said}: not decided, no made-up row fits it")),
                Some((before, after)) if after < before => open.push(format!(
                    "{said}: not decided, {} of {before} made-up rows no longer fit it once they are masked",
                    before - after
                )),
                Some(_) => {}
                None => open.push(format!("{said}: not decided, DuckDB cannot evaluate it")),
            }
        }
    }
    match broken.as_slice() {
        [] => Ok(open),
        broken => Err(Error::config(format!(
            "{} CHECKs cannot bear how their columns are masked:\n  {}",
            broken.len(),
            broken.join("\n  ")
        ))
        .hint("choose another strategy for a column that the CHECK names; `datamig policy test` shows its fakes")),
    }
}

/// The CHECKs of a table that name a masked column.
fn spoken_of<'a>(catalog: &'a Catalog, assignments: &Assignments, at: usize) -> Vec<&'a str> {
    let table = &catalog.tables[at];
    let masked = table.columns.iter().zip(&assignments.0[at]).filter(|(column, one)| {
        !column.generated && one.strategy != Strategy::Preserve && one.strategy != Strategy::Nullify
    });
    let names: Vec<String> = masked.map(|(column, _)| column.name.to_lowercase()).collect();
    let speaks = |check: &&String| {
        let check = check.to_lowercase();
        let words = check.split(|letter: char| !letter.is_alphanumeric() && letter != '_');
        words.into_iter().any(|word| names.iter().any(|name| name == word))
    };
    table.checks.iter().filter(speaks).map(String::as_str).collect()
}

/// Fills a table with rows whose cells are taken from what each column could hold, all mixed.
fn fill(db: &Db, table: &Table, row: &[Assignment], checks: &[&str]) -> Result<()> {
    let said: Vec<&str> =
        checks.iter().flat_map(|check| LITERALS.find_iter(check)).map(|one| one.as_str()).collect();
    let cells = table.columns.iter().zip(row).enumerate().map(|(at, (column, one))| {
        let values: Vec<String> = could_hold(table, column, one, &said)
            .iter()
            .map(|value| format!("TRY_CAST({} AS {})", Literal(value), kept_as(column)))
            .collect();
        format!("list_filter([{}], lambda one: one IS NOT NULL) AS _{at}", values.join(", "))
    });
    let cells: Vec<String> = cells.collect();
    let chosen: Vec<String> = (0..table.columns.len())
        .map(|at| format!("_{at}[1 + CAST(hash(number, {at}) % greatest(len(_{at}), 1) AS BIGINT)]"))
        .collect();
    let filled = [
        ("$table", quoted(table)),
        ("$rows", ROWS.to_string()),
        ("$chosen", chosen.join(", ")),
        ("$cells", cells.join(", ")),
    ];
    let statement = sql::get("rehearse/fill.sql").to_owned();
    db.run(&filled.iter().fold(statement, |text, (name, value)| text.replace(name, value)))
}

/// Values a column could hold: what its strategy is made for, what the CHECKs say, and some of every kind.
fn could_hold(table: &Table, column: &Column, one: &Assignment, said: &[&str]) -> Vec<String> {
    let mut values: Vec<String> = (1..=3).map(|number| value(&table.staged, column, one, number)).collect();
    values.extend(column.values.iter().cloned());
    for word in said {
        let text = word.trim_matches('\'').replace("''", "'");
        if let Ok(number) = text.parse::<i64>() {
            values.extend([number - 1, number + 1].map(|near| near.to_string()));
        }
        values.push(text);
    }
    values.extend(TEXTS.iter().chain(&NUMBERS).chain(&DAYS).map(|one| (*one).to_owned()));
    let fits = |text: &String| column.length.is_none_or(|length| text.chars().count() <= length as usize);
    values.retain(|text| !text.is_empty() && fits(text));
    values
}

/// How many made-up rows fit a condition, and how many of these still do once they are masked; nothing where
/// DuckDB cannot say.
fn outcome(db: &Db, table: &Table, row: &[Assignment], check: &str) -> Option<(i64, i64)> {
    let masked = table.columns.iter().zip(row).map(|(column, one)| {
        // Of the strategies that look at nothing but the value this one refuses values.
        let attempt = if matches!(one.strategy, Strategy::Fpe { .. }) { "TRY" } else { "" };
        format!("{attempt}(CAST({} AS {})) AS {}", one.expression, kept_as(column), Ident(&column.name))
    });
    let masked: Vec<String> = masked.collect();
    let filled =
        [("$table", quoted(table)), ("$masked", masked.join(", ")), ("$condition", condition(check))];
    let statement = sql::get("rehearse/check.sql").to_owned();
    let statement = filled.iter().fold(statement, |text, (name, value)| text.replace(name, value));
    db.rows(&statement, [], |row| Ok((row.get(0)?, row.get(1)?))).ok()?.into_iter().next()
}

/// Quoted texts and numbers.
static LITERALS: LazyLock<Regex> = LazyLock::new(|| pattern(r"'(?:[^']|'')*'|\b\d+\b"));
