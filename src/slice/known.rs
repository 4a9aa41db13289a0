//! What the texts of a slice are scanned for: every value of its masked columns, with the fake that the
//! column gets for it. Gathered in memory (spilled encrypted), held as digests, never written.

use super::quoted;
use crate::catalog::{Catalog, Column, Table};
use crate::duck::Db;
use crate::duck::udf::known::Known;
use crate::duck::udf::spelled_out;
use crate::error::{Error, Result};
use crate::name::{Ident, Literal};
use crate::project::policy::{Assignment, Assignments, Place, Strategy};
use crate::sql;
use arrow::array::{AsArray, RecordBatch};
use std::sync::OnceLock;

/// Fakes of these kinds are looked for in texts. Addresses of machines and pages are found by their form,
/// and companies, cities and ZIP codes say little without a person.
const KINDS: [&str; 13] = [
    "email",
    "user_name",
    "first_name",
    "last_name",
    "name",
    "phone_number",
    "street_address",
    "address",
    "date_of_birth",
    "iban",
    "card",
    "uuid",
    "unique_text",
];

/// Whether texts of a table are scanned: it can only be written when the scanner knows the slice.
pub fn is_scanned(row: &[Assignment]) -> bool {
    let scans = |how: &Assignment| matches!(how.strategy, Strategy::Scan { .. });
    row.iter().any(|one| scans(one) || one.places.iter().any(|place| scans(&place.how)))
}

/// Teaches the scanner the slice, where a column of it is scanned. Fakes of tables that are written are taken from
/// there, from the same place in the table; the others are made here.
pub fn gather(
    db: &Db,
    workers: &mut [Db],
    catalog: &Catalog,
    assignments: &Assignments,
    is_written: fn(&[Assignment]) -> bool,
    values: &OnceLock<Known>,
) -> Result<()> {
    let all = || catalog.tables.iter().zip(&assignments.0);
    if !all().any(|(_, row)| is_scanned(row)) {
        return Ok(());
    }
    db.run(sql::get("anonymize/known.sql"))?;
    let mut statements = Vec::new();
    for (table, row) in all() {
        for (column, one) in table.columns.iter().zip(row) {
            let of_places = one.places.iter().filter_map(|place| leaves(table, column, place));
            let taught = statement(table, column, one, is_written(row)).into_iter().chain(of_places);
            let path = format!("{}.{}", table.path(), column.name);
            statements.extend(taught.map(|sql| (table.estimated_rows, path.clone(), sql)));
        }
    }
    // The longest should not be the last, alone.
    statements.sort_by_key(|(rows, ..)| std::cmp::Reverse(*rows));
    db.share_out_to(workers, statements.len(), |db, at| {
        let (_, path, sql) = &statements[at];
        db.run(sql).map_err(|error| error.context(path))
    })?;
    let plain: Vec<u32> = db.rows(sql::get("anonymize/plain_letters.sql"), [], |row| row.get(0))?;
    let mut known = Known::new(plain);
    db.stream(sql::get("anonymize/known_words.sql"), &mut |batch| {
        let [value, person, _, fake] = texts::<4>(&batch)?;
        for row in 0..batch.num_rows() {
            let value = value.value(row);
            known.add(value, person.value(row), fake.value(row));
            if let Some(spelled) = spelled_out(value) {
                known.add(&spelled, person.value(row), fake.value(row));
            }
        }
        Ok(())
    })?;
    db.stream("SELECT DISTINCT _word FROM memory.people.common ORDER BY _word", &mut |batch| {
        let [word] = texts::<1>(&batch)?;
        word.iter().flatten().for_each(|word| known.add_common(word));
        Ok(())
    })?;
    let mut places = all().flat_map(|(_, row)| row).flat_map(|one| &one.places);
    if places.any(|place| place.how.strategy == Strategy::Tokenize) {
        let tokens = "SELECT digest, mask_token(number) FROM memory.main.tokens";
        db.stream(tokens, &mut |batch| {
            let [digest, token] = texts::<2>(&batch)?;
            (0..batch.num_rows()).for_each(|row| known.add_token(digest.value(row), token.value(row)));
            Ok(())
        })?;
    }
    db.run("DROP TABLE memory.people.word; DROP TABLE memory.people.common")?;
    values.set(known).map_err(|_| Error::internal("the slice was gathered twice"))
}

/// What a column teaches: its values with their fakes, or, scanned itself, the words many of its rows have.
fn statement(table: &Table, column: &Column, one: &Assignment, is_written: bool) -> Option<String> {
    let (name, from) = (Ident(&column.name), quoted(table));
    if let Strategy::Scan { common_words } = one.strategy {
        let least = common_words?;
        return Some(format!(
            "INSERT INTO memory.people.common SELECT word FROM (SELECT unnest(list_distinct(regexp_extract_all(\
             lower(strip_accents(CAST({name} AS VARCHAR))), '[\\p{{L}}\\p{{N}}]+'))) AS word FROM staging.{from}) \
             GROUP BY word HAVING count(*) >= {least}"
        ));
    }
    let kind = kind(&one.strategy)?;
    let (fake, written) = match is_written {
        true => ("\"~fake\"", format!(" POSITIONAL JOIN (SELECT {name} AS \"~fake\" FROM run.{from})")),
        false => (one.expression.as_str(), String::new()),
    };
    Some(format!(
        "INSERT INTO memory.people.word SELECT DISTINCT CAST({name} AS VARCHAR), {}, \
         split_part({}, chr(31), 1), CAST({fake} AS VARCHAR) FROM staging.{from}{written} WHERE {name} IS NOT NULL",
        Literal(kind),
        one.person,
    ))
}

/// What a place in JSON teaches: its values with their fakes.
fn leaves(table: &Table, column: &Column, place: &Place) -> Option<String> {
    let kind = kind(&place.how.strategy)?;
    let filled = [
        ("$kind", Literal(kind).to_string()),
        ("$fake", place.how.expression.clone()),
        ("$column", Ident(&column.name).to_string()),
        ("$person", place.how.person.clone()),
        ("$table", quoted(table)),
        ("$leaves", place.condition.clone()),
    ];
    let statement = sql::get("anonymize/known_leaves.sql").to_owned();
    Some(filled.iter().fold(statement, |text, (name, value)| text.replace(name, value)))
}

/// What a strategy's values are called, where texts are scanned for them.
fn kind(strategy: &Strategy) -> Option<&str> {
    match strategy {
        Strategy::Faker(faker) => KINDS.contains(&faker.kind.as_str()).then_some(faker.kind.as_str()),
        Strategy::Hash { .. } | Strategy::Tokenize | Strategy::Fpe { .. } => Some(strategy.word()),
        _ => None,
    }
}

fn texts<const N: usize>(batch: &RecordBatch) -> Result<[&arrow::array::StringArray; N]> {
    let columns: Option<Vec<_>> = (0..N).map(|at| batch.column(at).as_string_opt::<i32>()).collect();
    let columns = columns.and_then(|columns| columns.try_into().ok());
    columns.ok_or_else(|| Error::internal("what the scanner learns is not text"))
}
