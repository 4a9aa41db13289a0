//! The smallest changes of a run: one value, one row removed, repeated or added, one entry of the catalog.
//! They are kept as data, so that a witness can be replayed on a copy of the run.

use super::Place;
use crate::name::{Ident, Idents, Literal};
use crate::rule::Row;
use serde::{Deserialize, Serialize};

/// One change of one table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// `ids.students`, or a table of the catalog: `meta.target_column`.
    pub table: String,
    /// What is done.
    #[serde(flatten)]
    pub what: What,
}

/// What is done to a table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "change")]
pub enum What {
    /// One column of the rows gets another value.
    Set {
        /// The column.
        column: String,
        /// The value.
        to: To,
        /// The rows.
        rows: Rows,
    },
    /// The rows go.
    Remove {
        /// The rows.
        rows: Rows,
    },
    /// The rows are there twice.
    Repeat {
        /// The rows.
        rows: Rows,
    },
    /// Rows come in; what they do not name has a valid default.
    Add {
        /// The rows.
        rows: Vec<Row>,
    },
}

/// Where a value comes from. No value of a run is ever kept here.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum To {
    /// NULL.
    Null,
    /// A constant, of the rule or of our own.
    Text(String),
    /// What another column of the row holds.
    Column(String),
    /// What the raw extract holds.
    Original,
    /// What another column of the same row holds in the raw extract.
    OriginalOf(String),
    /// The longest value of another column in the raw extract.
    Longest {
        /// `ids.students`
        table: String,
        /// The column.
        of: String,
    },
}

/// Which rows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rows {
    /// The one with this (masked) key.
    Key(String),
    /// The first so many, as they lie in the file: where a rule tolerates some.
    First(i64),
    /// The one at this position in the file: while searching; a witness names keys.
    At(i64),
}

impl Rows {
    fn condition(&self, place: &Place) -> String {
        let which = match self {
            Rows::Key(key) => format!("{} = {}", place.key_sql, Literal(key)),
            Rows::First(count) => format!("rowid < {count}"),
            Rows::At(position) => return format!("rowid = {position}"),
        };
        format!("rowid IN (SELECT rowid FROM {} AS this WHERE {which})", place.path)
    }
}

impl What {
    /// The rows it is about, when they were there before.
    pub fn rows(&self) -> Option<&Rows> {
        match self {
            What::Set { rows, .. } | What::Remove { rows } | What::Repeat { rows } => Some(rows),
            What::Add { .. } => None,
        }
    }

    /// The same for other rows.
    pub fn of(&self, other: Rows) -> What {
        let mut what = self.clone();
        match &mut what {
            What::Set { rows, .. } | What::Remove { rows } | What::Repeat { rows } => *rows = other,
            What::Add { .. } => {}
        }
        what
    }

    /// The statement; None for rows that come in, which [`crate::rule::example::insert`] completes.
    pub fn statement(&self, place: &Place) -> Option<String> {
        let path = &place.path;
        Some(match self {
            What::Remove { rows } => format!("DELETE FROM {path} WHERE {}", rows.condition(place)),
            What::Repeat { rows } => {
                format!("INSERT INTO {path} FROM {path} WHERE {}", rows.condition(place))
            }
            What::Set { column, to, rows } => {
                let (name, condition) = (Ident(column), rows.condition(place));
                let value = match to {
                    To::Null => "NULL".to_owned(),
                    To::Text(text) => format!("CAST({} AS {})", Literal(text), place.kind(column)),
                    To::Column(other) => Ident(other).to_string(),
                    To::Longest { table, of } => longest(table, of, place.kind(column)),
                    To::Original => return Some(original(place, column, column, &condition)),
                    To::OriginalOf(other) => return Some(original(place, column, other, &condition)),
                };
                format!("UPDATE {path} SET {name} = {value} WHERE {condition}")
            }
            What::Add { .. } => return None,
        })
    }
}

/// The longest value of a column of the extract, as another type.
fn longest(table: &str, column: &str, kind: &str) -> String {
    let (store, table) = table.split_once('.').unwrap_or(("", table));
    format!(
        "CAST((SELECT CAST({0} AS VARCHAR) AS _value FROM staging.{1}.{2} WHERE {0} IS NOT NULL ORDER BY \
         length(_value) DESC, _value LIMIT 1) AS {kind})",
        Ident(column),
        Ident(store),
        Ident(table)
    )
}

/// Rows get their own originals back, by key; where the key is masked, too, by position.
fn original(place: &Place, column: &str, from: &str, condition: &str) -> String {
    let (path, name, from) = (&place.path, Ident(column), Ident(from));
    let (keys, pairs): (String, Vec<String>) = match place.key.is_empty() || place.is_key_masked {
        true => ("row_number() OVER () - 1 AS _at".into(), vec!["this.rowid = staged._at".into()]),
        false => {
            let pair = |key: &String| format!("this.{0} = staged.{0}", Ident(key));
            (Idents(&place.key).to_string(), place.key.iter().map(pair).collect())
        }
    };
    format!(
        "UPDATE {path} AS this SET {name} = staged._original FROM (SELECT {keys}, {from} AS _original FROM \
         staging.{path}) AS staged WHERE {} AND this.{condition}",
        pairs.join(" AND ")
    )
}
