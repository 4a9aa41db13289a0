//! The policy: `rules/<project>/anonymize.yaml`, ordered entries that give every column exactly one
//! strategy. File order alone decides: the first entry that matches wins.

mod assign;
mod constraints;
mod expression;
mod file;
pub mod looks;
mod place;

pub use assign::{Assignment, Assignments};
pub use constraints::takes_texts;
pub use place::Place;

use super::pattern::Pattern;
use crate::error::Location;
use regex::Regex;
use std::collections::HashSet;

/// The ordered entries of a project.
pub struct Policy {
    /// The entries, in file order.
    pub entries: Vec<Entry>,
    /// The day on which an `age` column was true.
    pub as_of: String,
    /// The file.
    pub at: Location,
}

/// One entry: which columns, and what happens to them.
pub struct Entry {
    /// Its name.
    pub name: String,
    /// What its values are, if the name does not say it: equal values of one domain get equal fakes.
    domain: Option<String>,
    /// What happens.
    pub strategy: Strategy,
    /// Why, in words.
    pub because: Option<String>,
    /// Where it stands.
    pub at: Location,
    name_pattern: Option<Regex>,
    columns: Vec<Pattern>,
    types: Vec<String>,
    /// Places in JSON: the entry decides about these alone, not about the column.
    json: Vec<place::Path>,
    /// A condition over `meta.column`, and the columns it chose.
    condition: Option<(String, HashSet<String>)>,
}

/// How a column leaves production.
#[derive(Clone, Debug, PartialEq)]
pub enum Strategy {
    /// A fake of a kind.
    Faker(Faker),
    /// A keyed hash.
    Hash {
        /// `sha256` or `sha512`.
        algorithm: String,
    },
    /// `TOKEN_00000001`, numbered over the distinct values of the run.
    Tokenize,
    /// Format-preserving encryption.
    Fpe {
        /// `digits`, `alphanumeric` or `integer`.
        alphabet: String,
    },
    /// A date moved by up to so many days.
    Shift {
        /// Days either way.
        days: u32,
    },
    /// A date as its year, a ZIP code as its first three digits.
    Generalize {
        /// `year` or `zip3`.
        to: String,
    },
    /// NULL; never even read.
    Nullify,
    /// The same for every value; never even read.
    Constant {
        /// The value, as text.
        value: String,
    },
    /// As it is.
    Preserve,
    /// Free text or JSON in which what is known of the slice or looks personal is replaced.
    Scan {
        /// Words that fewer rows of a column have are replaced too.
        common_words: Option<u32>,
    },
    /// An SQL expression over the row.
    Sql {
        /// The expression.
        expression: String,
    },
}

/// A fake of a kind.
#[derive(Clone, Debug, PartialEq)]
pub struct Faker {
    /// `email`, `first_name`, ...
    pub kind: String,
    /// Whether an e-mail address keeps its domain.
    pub preserve_domain: bool,
    /// Whether the fake belongs to the person of the row, not to the value.
    pub consistent_per_id: bool,
    /// The least age of a birth date, in years.
    pub minimum_age: u32,
    /// The greatest age of a birth date, in years.
    pub maximum_age: u32,
}

impl Strategy {
    /// The word of the YAML file and of `meta.strategy`.
    pub fn word(&self) -> &'static str {
        match self {
            Strategy::Faker(_) => "faker",
            Strategy::Hash { .. } => "hash",
            Strategy::Tokenize => "tokenize",
            Strategy::Fpe { .. } => "fpe",
            Strategy::Shift { .. } => "shift",
            Strategy::Generalize { .. } => "generalize",
            Strategy::Nullify => "nullify",
            Strategy::Constant { .. } => "constant",
            Strategy::Preserve => "preserve",
            Strategy::Scan { .. } => "scan",
            Strategy::Sql { .. } => "sql",
        }
    }

    /// The fake it makes, if it makes one.
    pub fn faker(&self) -> Option<&Faker> {
        match self {
            Strategy::Faker(faker) => Some(faker),
            _ => None,
        }
    }

    /// Whether the value is discarded, so that it need not be read.
    pub fn is_discarding(&self) -> bool {
        matches!(self, Strategy::Nullify | Strategy::Constant { .. })
    }
}
