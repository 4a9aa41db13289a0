//! The part of a slice that is asked for: a share of it (`--sample 10%`), so many rows of one entity
//! (`--sample 500 --of ids.students`), or what is below some rows (`--where "ids.schools.id = 7"`).

use super::quoted;
use super::sample::Share;
use crate::catalog::{Catalog, Table};
use crate::duck::Db;
use crate::error::{Error, Result};
use crate::name::{Ident, nearest};
use std::fmt;

/// A part of a slice that is whole by its references.
#[derive(Clone, Debug, PartialEq)]
pub enum Part {
    /// A share of the rows that came down.
    Share(Share),
    /// At most so many rows of a table, and what is whole with them.
    Rows {
        /// How many, from 1.
        count: u64,
        /// `ids.students`
        of: String,
    },
    /// What is below the rows of one table that meet a condition, in DuckDB's SQL.
    Below(String),
}

/// The word of the run's header before a condition, which it does not keep: a condition may name a person.
const BELOW: &str = "below ";

impl fmt::Display for Part {
    /// The words for the run's header: no value of a row is among them.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Part::Share(Share(share)) => write!(f, "{}%", share * 100.0),
            Part::Rows { count, of } => write!(f, "{count} of {of}"),
            Part::Below(condition) => {
                f.write_str(BELOW)?;
                // Every other piece is between quotes.
                for (at, piece) in condition.split('\'').enumerate() {
                    match at % 2 {
                        0 => write!(f, "{}", without_numbers(piece))?,
                        _ => f.write_str("?")?,
                    }
                }
                Ok(())
            }
        }
    }
}

/// Numbers that stand for themselves become question marks; those inside names stay.
fn without_numbers(text: &str) -> String {
    let mut out = String::new();
    let mut is_name = false;
    for letter in text.chars() {
        match letter.is_ascii_digit() && !is_name {
            true if out.ends_with('?') => {}
            true => out.push('?'),
            false => {
                is_name = letter.is_alphabetic() || letter == '_' || (is_name && letter.is_ascii_digit());
                out.push(letter);
            }
        }
    }
    out
}

impl Part {
    /// What the options of a command ask for; `None` for the whole slice.
    pub fn new(sample: Option<&str>, of: Option<&str>, condition: Option<&str>) -> Result<Option<Part>> {
        Ok(match (sample, of, condition) {
            (Some(sample), Some(of), _) => Some(Part::rows(sample, of)?),
            (Some(sample), None, _) => Some(Part::Share(sample.parse()?)),
            (None, _, condition) => condition.map(|text| Part::Below(text.to_owned())),
        })
    }

    /// What the header of a run says. A condition is not in it.
    pub fn of_header(words: &str) -> Result<Part> {
        match words.split_once(" of ") {
            _ if words.starts_with(BELOW) => {
                Err(Error::usage("the run does not keep the condition it began with")
                    .hint(format!("give it again with --where: it was {}", &words[BELOW.len()..])))
            }
            Some((count, of)) => Part::rows(count, of),
            None => Ok(Part::Share(words.parse()?)),
        }
    }

    fn rows(count: &str, of: &str) -> Result<Part> {
        match count.trim().parse() {
            Ok(count) if count > 0 => Ok(Part::Rows { count, of: of.to_owned() }),
            _ => Err(Error::usage(format!("\"{count}\" is not a number of rows"))
                .hint("as in --sample 500 --of ids.students")),
        }
    }

    /// Refuses names the catalog has not, before anything is read. `db` is empty and in memory.
    pub fn check(&self, catalog: &Catalog, db: &Db) -> Result<()> {
        match self {
            Part::Share(_) => Ok(()),
            Part::Rows { of, .. } => found(catalog, of).map(|_| ()),
            Part::Below(condition) => {
                let at = below(catalog, condition)?;
                let table = &catalog.tables[at];
                let columns: Vec<String> = table.columns.iter().map(definition).collect();
                db.run(&format!(
                    "CREATE SCHEMA {}; CREATE TABLE {} ({})",
                    Ident(&table.store),
                    quoted(table),
                    columns.join(", ")
                ))?;
                db.run(&format!("EXPLAIN {}", matching(table, condition))).map_err(|error| Error {
                    kind: crate::error::Kind::Usage,
                    ..error.context("the condition of --where").hint(HOW)
                })
            }
        }
    }
}

fn definition(column: &crate::catalog::Column) -> String {
    format!("{} {}", Ident(&column.name), if column.as_text { "VARCHAR" } else { column.duck_type.as_str() })
}

const HOW: &str =
    "write a condition over one table, its columns with their full names: \"ids.schools.id = 7\"";

/// The table whose columns a condition names.
pub(super) fn below(catalog: &Catalog, condition: &str) -> Result<usize> {
    let named = |table: &Table| condition.contains(&format!("{}.", table.path()));
    let mut tables: Vec<usize> = (0..catalog.tables.len()).filter(|at| named(&catalog.tables[*at])).collect();
    // Of `ids.a` and `ids.a.b` the longer name is meant.
    let paths: Vec<String> = tables.iter().map(|at| catalog.tables[*at].path() + ".").collect();
    tables.retain(|at| {
        let path = catalog.tables[*at].path();
        !paths.iter().any(|longer| longer.starts_with(&format!("{path}.")) && longer.len() > path.len() + 1)
    });
    match tables[..] {
        [one] => Ok(one),
        [] => Err(Error::usage("the condition of --where names no table of the project").hint(HOW)),
        _ => Err(Error::usage("the condition of --where names more than one table").hint(HOW)),
    }
}

/// The rows of a staged table that meet a condition, as `rowid`.
pub(super) fn matching(table: &Table, condition: &str) -> String {
    let condition = condition.replace(&format!("{}.", table.path()), "this.");
    format!("SELECT rowid FROM {} AS this WHERE ({condition})", quoted(table))
}

/// The position of a table that somebody named.
pub(super) fn found(catalog: &Catalog, path: &str) -> Result<usize> {
    catalog.find(path).ok_or_else(|| {
        let paths: Vec<String> = catalog.tables.iter().map(Table::path).collect();
        let error = Error::usage(format!("no store has a table {path}"));
        match nearest(path, paths.iter().map(String::as_str)) {
            Some(near) => error.hint(format!("did you mean {near}?")),
            None => error.hint("`datamig analyze` lists the tables"),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_a_header_hide_values_and_read_back() {
        for (part, words) in [
            (Part::Share(Share(0.1)), "10%"),
            (Part::Rows { count: 500, of: "ids.students".into() }, "500 of ids.students"),
        ] {
            assert_eq!(part.to_string(), words);
            assert_eq!(Part::of_header(words).unwrap(), part);
        }
        let below = Part::Below("hcp1.t2.name = 'O''Neil 7' AND hcp1.t2.id IN (17, 18)".into());
        assert_eq!(below.to_string(), "below hcp1.t2.name = ?? AND hcp1.t2.id IN (?, ?)");
        assert!(Part::of_header(&below.to_string()).is_err());
    }
}
