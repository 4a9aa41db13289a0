//! What the texts of a slice are scanned for: every value of its masked columns, with the fake that the
//! column gets for it. Gathered in memory (spilled encrypted), held as digests, never written.

use super::quoted;
use crate::catalog::{Catalog, Column, Table};
use crate::duck::Db;
use crate::duck::udf::known::Known;
use crate::error::{Error, Result};
use crate::name::{Ident, Literal};
use crate::project::policy::{Assignment, Assignments, Strategy};
use crate::sql;
use crate::threads::share_out;
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

/// Teaches the scanner the slice, where a column of it is scanned.
pub fn gather(
    db: &Db,
    workers: &mut [Db],
    catalog: &Catalog,
    assignments: &Assignments,
    values: &OnceLock<Known>,
) -> Result<()> {
    let all = || catalog.tables.iter().zip(&assignments.0);
    if !all().any(|(_, row)| row.iter().any(|one| matches!(one.strategy, Strategy::Scan { .. }))) {
        return Ok(());
    }
    db.run(sql::get("anonymize/known.sql"))?;
    let columns = all().flat_map(|(table, row)| table.columns.iter().zip(row).map(move |pair| (table, pair)));
    let statements: Vec<String> =
        columns.filter_map(|(table, (column, one))| statement(table, column, one)).collect();
    share_out(workers.iter_mut().collect(), statements.len(), |db, at| db.run(&statements[at]))?;
    let plain: Vec<u32> = db.rows(sql::get("anonymize/plain_letters.sql"), [], |row| row.get(0))?;
    let mut known = Known::new(plain);
    db.stream(sql::get("anonymize/known_words.sql"), &mut |batch| {
        let [value, person, _, fake] = texts::<4>(&batch)?;
        for row in 0..batch.num_rows() {
            known.add(value.value(row), person.value(row), fake.value(row));
        }
        Ok(())
    })?;
    db.stream("SELECT DISTINCT _word FROM memory.people.common ORDER BY _word", &mut |batch| {
        let [word] = texts::<1>(&batch)?;
        word.iter().flatten().for_each(|word| known.add_common(word));
        Ok(())
    })?;
    db.run("DROP TABLE memory.people.word; DROP TABLE memory.people.common")?;
    values.set(known).map_err(|_| Error::internal("the slice was gathered twice"))
}

/// What a column teaches: its values with their fakes, or, scanned itself, the words many of its rows have.
fn statement(table: &Table, column: &Column, one: &Assignment) -> Option<String> {
    let (name, from) = (Ident(&column.name), quoted(table));
    if let Strategy::Scan { common_words } = one.strategy {
        let least = common_words?;
        return Some(format!(
            "INSERT INTO memory.people.common SELECT word FROM (SELECT unnest(list_distinct(regexp_extract_all(\
             lower(strip_accents(CAST({name} AS VARCHAR))), '[\\p{{L}}\\p{{N}}]+'))) AS word FROM staging.{from}) \
             GROUP BY word HAVING count(*) >= {least}"
        ));
    }
    let kind = match &one.strategy {
        Strategy::Faker(faker) => KINDS.contains(&faker.kind.as_str()).then_some(faker.kind.as_str())?,
        Strategy::Hash { .. } | Strategy::Tokenize | Strategy::Fpe { .. } => one.strategy.word(),
        _ => return None,
    };
    Some(format!(
        "INSERT INTO memory.people.word SELECT DISTINCT CAST({name} AS VARCHAR), {}, \
         split_part({}, chr(31), 1), CAST({} AS VARCHAR) FROM staging.{from} WHERE {name} IS NOT NULL",
        Literal(kind),
        one.person,
        one.expression
    ))
}

fn texts<const N: usize>(batch: &RecordBatch) -> Result<[&arrow::array::StringArray; N]> {
    let columns: Option<Vec<_>> = (0..N).map(|at| batch.column(at).as_string_opt::<i32>()).collect();
    let columns = columns.and_then(|columns| columns.try_into().ok());
    columns.ok_or_else(|| Error::internal("what the scanner learns is not text"))
}
