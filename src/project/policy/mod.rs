//! The policy: `rules/<project>/anonymize.yaml`, ordered entries that give every column exactly one
//! strategy. File order alone decides: the first entry that matches wins.

mod assign;
mod constraints;
mod expression;

pub use assign::{Assignment, Assignments};

use super::pattern::Pattern;
use super::{Project, yaml};
use crate::error::{Error, Location, Result};
use crate::sql;
use regex::{Regex, RegexBuilder};
use serde::Deserialize;

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
    /// Its name, which is the domain of its fakes too: equal values of one entry get equal fakes.
    pub name: String,
    /// What happens.
    pub strategy: Strategy,
    /// Why, in words.
    pub because: Option<String>,
    /// Where it stands.
    pub at: Location,
    name_pattern: Option<Regex>,
    columns: Vec<Pattern>,
    types: Vec<String>,
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
            Strategy::Sql { .. } => "sql",
        }
    }

    /// Whether the value is discarded, so that it need not be read.
    pub fn is_discarding(&self) -> bool {
        matches!(self, Strategy::Nullify | Strategy::Constant { .. })
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    version: String,
    #[serde(default)]
    settings: Settings,
    rules: Vec<Item>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct Settings {
    salt_env_var: Option<String>,
    consistency_required: Option<bool>,
    preserve_format: Option<bool>,
    as_of: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Item {
    name: String,
    #[serde(default)]
    field_pattern: Option<String>,
    #[serde(default)]
    columns: Vec<Pattern>,
    #[serde(default)]
    types: Vec<String>,
    strategy: String,
    #[serde(default)]
    faker_type: Option<String>,
    #[serde(default)]
    faker_args: Ages,
    #[serde(default)]
    preserve_domain: bool,
    #[serde(default)]
    consistent_per_id: bool,
    #[serde(default)]
    hash_algorithm: Option<String>,
    #[serde(default)]
    alphabet: Option<String>,
    #[serde(default)]
    days: Option<u32>,
    #[serde(default)]
    to: Option<String>,
    #[serde(default)]
    value: Option<String>,
    #[serde(default)]
    expression: Option<String>,
    #[serde(default)]
    because: Option<String>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct Ages {
    minimum_age: Option<u32>,
    maximum_age: Option<u32>,
}

impl Policy {
    /// Reads the policy of a project.
    pub fn load(project: &Project) -> Result<Policy> {
        let path = format!("rules/{}/anonymize.yaml", project.name);
        let Some(text) = sql::find(&project.workspace, &path)? else {
            return Err(Error::config(format!("the project \"{}\" has no anonymize.yaml", project.name))
                .at(Location::new(path, 0))
                .hint("every column needs a strategy before a row may move"));
        };
        let file: File = yaml::parse(&text)?;
        let whole = Location::new(&text.path, 0);
        if file.version != "1.0" {
            return Err(Error::config("this datamig reads policies of version \"1.0\"".to_owned()).at(whole));
        }
        let settings = &file.settings;
        if settings.salt_env_var.as_deref().is_some_and(|name| name != crate::secret::SALT)
            || settings.consistency_required == Some(false)
            || settings.preserve_format == Some(false)
        {
            return Err(Error::refused(
                "fakes are always keyed by ANONYMIZATION_SALT, consistent and of the same format",
            )
            .at(whole)
            .hint("delete the setting"));
        }
        let lines = yaml::item_lines(&text.text, "name");
        let mut entries: Vec<Entry> = Vec::new();
        for (at, item) in file.rules.into_iter().enumerate() {
            let at = Location::new(&text.path, lines.get(at).copied().unwrap_or(0));
            if let Some(twin) = entries.iter().find(|entry| entry.name == item.name) {
                return Err(Error::config(format!(
                    "two entries are named \"{}\" (the other: {})",
                    item.name, twin.at
                ))
                .at(at));
            }
            entries.push(item.check(at)?);
        }
        Ok(Policy {
            entries,
            as_of: settings.as_of.clone().unwrap_or_else(|| "2026-01-01".to_owned()),
            at: whole,
        })
    }
}

impl Item {
    fn check(self, at: Location) -> Result<Entry> {
        let wrong = |message: String| Error::config(message).at(at.clone());
        if self.field_pattern.is_none() && self.columns.is_empty() && self.types.is_empty() {
            return Err(wrong(format!("the entry \"{}\" names no columns", self.name))
                .hint("give field_pattern, columns or types"));
        }
        let name_pattern = match &self.field_pattern {
            Some(pattern) => Some(
                RegexBuilder::new(pattern)
                    .case_insensitive(true)
                    .build()
                    .map_err(|_| wrong(format!("\"{pattern}\" is not a regular expression")))?,
            ),
            None => None,
        };
        let strategy = self.strategy().map_err(|error| error.at(at.clone()))?;
        let is_bare =
            self.field_pattern.as_deref().is_some_and(|pattern| [".*", "", ".+"].contains(&pattern))
                || self.columns.iter().any(|pattern| pattern.0.chars().all(|c| c == '*' || c == '.'));
        if strategy == Strategy::Preserve && is_bare {
            return Err(wrong(
                "preserve never takes a bare wildcard: a new column would leave in clear".into(),
            )
            .hint("name the columns"));
        }
        Ok(Entry {
            name: self.name,
            strategy,
            because: self.because,
            at,
            name_pattern,
            columns: self.columns,
            types: self.types,
        })
    }

    fn strategy(&self) -> Result<Strategy> {
        let needs = |value: &Option<String>, key: &str| {
            value
                .clone()
                .ok_or_else(|| Error::config(format!("the strategy {} needs `{key}`", self.strategy)))
        };
        Ok(match self.strategy.as_str() {
            "faker" => {
                let kind = needs(&self.faker_type, "faker_type")?;
                if !expression::FAKER_TYPES.contains(&kind.as_str()) {
                    let error = Error::config(format!("there is no faker_type \"{kind}\""));
                    return Err(match crate::name::nearest(&kind, expression::FAKER_TYPES) {
                        Some(near) => error.hint(format!("did you mean \"{near}\"?")),
                        None => error.hint(format!("use one of {}", expression::FAKER_TYPES.join(", "))),
                    });
                }
                Strategy::Faker(Faker {
                    kind,
                    preserve_domain: self.preserve_domain,
                    consistent_per_id: self.consistent_per_id,
                    minimum_age: self.faker_args.minimum_age.unwrap_or(0),
                    maximum_age: self.faker_args.maximum_age.unwrap_or(100),
                })
            }
            "hash" => Strategy::Hash {
                algorithm: one_of(&self.hash_algorithm, "hash_algorithm", &["sha256", "sha512"])?,
            },
            "tokenize" => Strategy::Tokenize,
            "fpe" => Strategy::Fpe {
                alphabet: one_of(&self.alphabet, "alphabet", &["digits", "alphanumeric", "integer"])?,
            },
            "shift" => Strategy::Shift { days: self.days.unwrap_or(30) },
            "generalize" => Strategy::Generalize { to: one_of(&self.to, "to", &["year", "zip3"])? },
            "nullify" => Strategy::Nullify,
            "constant" => Strategy::Constant { value: needs(&self.value, "value")? },
            "preserve" => Strategy::Preserve,
            "sql" => Strategy::Sql { expression: needs(&self.expression, "expression")? },
            other => {
                let known = [
                    "faker",
                    "hash",
                    "tokenize",
                    "fpe",
                    "shift",
                    "generalize",
                    "nullify",
                    "constant",
                    "preserve",
                    "sql",
                ];
                return Err(Error::config(format!("there is no strategy \"{other}\""))
                    .hint(format!("use one of {}", known.join(", "))));
            }
        })
    }
}

/// The value of a key that is one of a short list; the first when it is absent.
fn one_of(value: &Option<String>, key: &str, known: &[&str]) -> Result<String> {
    match value {
        None => Ok(known[0].to_owned()),
        Some(value) if known.contains(&value.as_str()) => Ok(value.clone()),
        Some(value) => Err(Error::config(format!("`{key}` cannot be \"{value}\""))
            .hint(format!("use one of {}", known.join(", ")))),
    }
}
