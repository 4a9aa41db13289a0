//! The policy tried out: made-up rows, or a few rows of a run's raw extract, through the very expressions that
//! would mask them.

mod checks;

pub use checks::try_checks;

use crate::catalog::{Catalog, Column};
use crate::duck::{Access, Db, macros, udf};
use crate::error::Result;
use crate::name::{Ident, Literal};
use crate::project::Project;
use crate::project::policy::{Assignment, Assignments, Strategy};
use crate::run::meta::{self, Side};
use crate::run::{Run, RunFile, decide};
use crate::secret::{Key, Keys};
use crate::slice::{known, people, quoted};
use serde::Serialize;
use serde_json::Value;

/// Rows of each table.
const ROWS: usize = 3;

/// A value and what becomes of it.
#[derive(Serialize)]
pub struct Example {
    /// `store.table.column`.
    pub column: String,
    /// How it leaves PROD.
    pub strategy: String,
    /// The value, as text.
    pub before: Option<String>,
    /// What it becomes, as text.
    pub after: Option<String>,
}

/// Made-up values of every masked column that is wanted.
pub fn made_up(
    project: &Project,
    catalog: &Catalog,
    assignments: &Assignments,
    keys: &Keys,
    wanted: &dyn Fn(&str) -> bool,
) -> Result<Vec<Example>> {
    let db = Db::open(&project.workspace.join("data/runs/.tmp"), false)?;
    create_tables(&db, catalog)?;
    for (table, row) in catalog.tables.iter().zip(&assignments.0) {
        for number in 1..=ROWS {
            let values = table.columns.iter().zip(row).map(|(column, one)| {
                format!(
                    "TRY_CAST({} AS {})",
                    Literal(&value(&table.staged, column, one, number)),
                    kept_as(column)
                )
            });
            let values: Vec<String> = values.collect();
            db.run(&format!("INSERT INTO staging.{} VALUES ({})", quoted(table), values.join(", ")))?;
        }
    }
    compare(&db, project, catalog, assignments, keys, wanted)
}

/// Makes a `staging` in memory with the tables of a catalog, empty.
fn create_tables(db: &Db, catalog: &Catalog) -> Result<()> {
    db.run("ATTACH ':memory:' AS staging")?;
    for store in catalog.stores() {
        db.run(&format!("CREATE SCHEMA staging.{}", Ident(store)))?;
    }
    catalog.tables.iter().try_for_each(|table| {
        let types = table.columns.iter().map(|column| format!("{} {}", Ident(&column.name), kept_as(column)));
        let types: Vec<String> = types.collect();
        db.run(&format!("CREATE TABLE staging.{} ({})", quoted(table), types.join(", ")))
    })
}

/// A few values of the raw extract of a run. For the eyes of a person alone.
pub fn of_run(
    project: &Project,
    run: &Run,
    keys: &Keys,
    wanted: &dyn Fn(&str) -> bool,
) -> Result<Vec<Example>> {
    let db = run.db()?;
    run.attach(&db, RunFile::Staging, keys, Access::Read)?;
    let catalog = meta::read_catalog(&db, "staging", Side::Prod)?;
    let assignments = decide::strategies(project, &catalog)?;
    compare(&db, project, &catalog, &assignments, keys, wanted)
}

/// Gets a database ready to mask what is staged in it.
fn learn(db: &Db, project: &Project, catalog: &Catalog, assignments: &Assignments, salt: &Key) -> Result<()> {
    let values = udf::register(db.connection(), salt)?;
    macros::install_masks(db, &project.workspace)?;
    let mut workers = macros::masking(db, &project.workspace)?;
    people::prepare(db, &mut workers, project, catalog, assignments)?;
    known::gather(db, &mut workers, catalog, assignments, |_| false, &values)
}

fn compare(
    db: &Db,
    project: &Project,
    catalog: &Catalog,
    assignments: &Assignments,
    keys: &Keys,
    wanted: &dyn Fn(&str) -> bool,
) -> Result<Vec<Example>> {
    learn(db, project, catalog, assignments, &keys.salt)?;
    let mut examples = Vec::new();
    for (table, row) in catalog.tables.iter().zip(&assignments.0) {
        for (column, one) in table.columns.iter().zip(row) {
            let path = format!("{}.{}", table.path(), column.name);
            if one.strategy == Strategy::Preserve || !wanted(&path) {
                continue;
            }
            let name = Ident(&column.name);
            let values = db.rows(
                &format!(
                    "SELECT CAST({name} AS VARCHAR), CAST({} AS VARCHAR) FROM staging.{} LIMIT {ROWS}",
                    one.expression,
                    quoted(table)
                ),
                [],
                |row| Ok((row.get(0)?, row.get(1)?)),
            )?;
            examples.extend(values.into_iter().map(|(before, after)| Example {
                column: path.clone(),
                strategy: word(&one.strategy),
                before,
                after,
            }));
        }
    }
    Ok(examples)
}

fn word(strategy: &Strategy) -> String {
    match strategy.faker() {
        Some(faker) => format!("faker {}", faker.kind),
        None => strategy.word().to_owned(),
    }
}

fn kept_as(column: &Column) -> &str {
    if column.as_text { "VARCHAR" } else { &column.duck_type }
}

/// A made-up value: the same person has the same number in every table, so that fakes agree as in a run.
fn value(table: &str, column: &Column, one: &Assignment, number: usize) -> String {
    let at = (number - 1) % ROWS;
    let (first, last) = [("Ada", "Lovelace"), ("Grace", "Hopper"), ("Alan", "Turing")][at];
    // An address is one person's: those of two tables may be of two.
    let login = format!("{}.{}.{}", first.to_lowercase(), last.to_lowercase(), table.to_lowercase());
    let text = match &one.strategy {
        Strategy::Faker(faker) => match faker.kind.as_str() {
            "email" => format!("{login}@school.example"),
            "user_name" => login,
            "first_name" => first.into(),
            "last_name" => last.into(),
            "name" => format!("{first} {last}"),
            "phone_number" => format!("312-867-530{number}"),
            "street_address" | "address" => format!("{number} Analytical Lane"),
            "city" => "Springfield".into(),
            "zipcode" => format!("6270{number}"),
            "date_of_birth" | "date" => format!("2014-0{number}-15"),
            "ipv4" => format!("81.2.69.14{number}"),
            "url" => format!("https://school.example/{login}"),
            "company" => format!("{last} Engines"),
            "iban" => "DE89370400440532013000".into(),
            "card" => "4111111111111111".into(),
            "uuid" => format!("0d9e8f7a-6b5c-4d3e-8f1a-00000000000{number}"),
            _ => format!("{first} {last} likes to read."),
        },
        Strategy::Fpe { .. } => format!("90012345{number}"),
        Strategy::Hash { .. } | Strategy::Tokenize => format!("123-45-678{number}"),
        Strategy::Scan { .. } if !one.places.is_empty() => {
            let mut json = Value::Null;
            one.places
                .iter()
                .for_each(|place| put(&mut json, &place.path, &leaf(table, column, &place.how, number)));
            json.to_string()
        }
        Strategy::Scan { .. } if column.duck_type == "JSON" => {
            format!("{{\"student\": {{\"name\": \"{first} {last}\"}}}}")
        }
        Strategy::Scan { .. } => {
            format!("{first} {last} ({login}@school.example) called 312-867-530{number}.")
        }
        Strategy::Generalize { to } if to == "zip3" => format!("6270{number}"),
        _ => plain(column, number),
    };
    let fits = |text: &String| column.length.is_none_or(|length| text.chars().count() <= length as usize);
    if fits(&text) { text } else { text.chars().take(column.length.unwrap_or(0) as usize).collect() }
}

/// A made-up value for a place in JSON.
fn leaf(table: &str, column: &Column, how: &Assignment, number: usize) -> String {
    let is_day = match &how.strategy {
        Strategy::Generalize { to } => to == "year",
        strategy => matches!(strategy, Strategy::Shift { .. }),
    };
    match is_day {
        true => format!("2014-{:02}-15", number % 12 + 1),
        false => value(table, &Column { length: None, ..column.clone() }, how, number),
    }
}

/// Puts a text where a path leads; what is on the way is made.
fn put(mut json: &mut Value, path: &str, text: &str) {
    for step in path.split(['.', '[']).skip(1).filter(|step| !step.is_empty()) {
        if step.ends_with(']') {
            if !json.is_array() {
                *json = Value::Array(vec![Value::Null]);
            }
            json = &mut json[0];
        } else {
            if !json.is_object() {
                *json = Value::Object(serde_json::Map::new());
            }
            json = &mut json[step.trim_matches('"')];
        }
    }
    *json = Value::String(text.to_owned());
}

/// A value that no strategy asks for, by name and type.
fn plain(column: &Column, number: usize) -> String {
    match (column.name.to_lowercase().as_str(), column.duck_type.as_str()) {
        ("gender" | "sex", _) => if number == 3 { "M" } else { "F" }.into(),
        ("state", _) => "IL".into(),
        ("age", _) => "10".into(),
        (_, "BOOLEAN") => "true".into(),
        (_, "DATE") => format!("2014-0{number}-15"),
        (_, kind) if kind.starts_with("TIMESTAMP") => format!("2024-0{number}-15 08:30:00"),
        (_, "JSON") => format!("{{\"n\": {number}}}"),
        _ => column.values.first().cloned().unwrap_or_else(|| number.to_string()),
    }
}
