//! Reads `anonymize.yaml`: every error names the line.

use super::expression::FAKER_TYPES;
use super::{Entry, Faker, Policy, Strategy, place};
use crate::error::{Error, Location, Result};
use crate::project::pattern::Pattern;
use crate::project::{Project, yaml};
use crate::sql;
use regex::RegexBuilder;
use serde::Deserialize;
use std::collections::HashSet;

/// The words of `strategy:`.
const STRATEGIES: [&str; 11] = [
    "faker",
    "hash",
    "tokenize",
    "fpe",
    "shift",
    "generalize",
    "nullify",
    "constant",
    "preserve",
    "scan",
    "sql",
];

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
    #[serde(default)]
    json: Vec<String>,
    #[serde(default, rename = "where")]
    condition: Option<String>,
    strategy: String,
    #[serde(default)]
    domain: Option<String>,
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
    common_words: Option<u32>,
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

impl yaml::File for File {
    const LEAST: &str = "anonymize.yaml begins with `version: \"1.0\"` and has its entries under `rules:`; \
                         `datamig policy suggest` drafts them";
}

impl Policy {
    /// The policy that decides nothing.
    pub fn empty(at: Location) -> Policy {
        Policy { entries: Vec::new(), as_of: "2026-01-01".into(), at }
    }

    /// Where the policy of a project stands, or is to stand.
    pub fn path(project: &Project) -> String {
        format!("rules/{}/anonymize.yaml", project.name)
    }

    /// Reads the policy of a project.
    pub fn load(project: &Project) -> Result<Policy> {
        let path = Policy::path(project);
        let Some(text) = sql::find(&project.workspace, &path)? else {
            return Err(Error::config(format!("the project \"{}\" has no anonymize.yaml", project.name))
                .at(Location::new(path, 0))
                .hint("every column needs a strategy: `datamig policy suggest` drafts the file"));
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
        if self.field_pattern.is_none()
            && self.columns.is_empty()
            && self.types.is_empty()
            && self.condition.is_none()
        {
            return Err(wrong(format!("the entry \"{}\" names no columns", self.name))
                .hint("give field_pattern, columns, types or where"));
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
        if !self.json.is_empty() && !place::fits(&strategy) {
            return Err(wrong(format!("a place in JSON cannot leave by {}", strategy.word())).hint(
                "use faker, hash, tokenize, fpe, shift, generalize, nullify, constant or preserve; what no place \
                 names is scanned",
            ));
        }
        let json = self.json.iter().map(|path| place::Path::parse(path)).collect::<Result<_>>();
        let is_bare =
            self.field_pattern.as_deref().is_some_and(|pattern| [".*", "", ".+"].contains(&pattern))
                || self.columns.iter().any(|pattern| pattern.0.chars().all(|c| c == '*' || c == '.'));
        if strategy == Strategy::Preserve && is_bare {
            return Err(wrong(
                "preserve never takes a bare wildcard: a new column would leave in clear".into(),
            )
            .hint("name the columns"));
        }
        let has_domain =
            matches!(strategy, Strategy::Hash { .. } | Strategy::Tokenize | Strategy::Fpe { .. });
        if self.domain.is_some() && !has_domain {
            return Err(wrong(format!("the strategy {} takes no `domain`", strategy.word()))
                .hint("what hash, tokenize and fpe make depends on it; fakes of one kind are equal anyway"));
        }
        Ok(Entry {
            name: self.name,
            domain: self.domain,
            strategy,
            because: self.because,
            json: json.map_err(|error| error.at(at.clone()))?,
            at,
            name_pattern,
            columns: self.columns,
            types: self.types,
            condition: self.condition.map(|condition| (condition, HashSet::new())),
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
                if !FAKER_TYPES.contains(&kind.as_str()) {
                    let error = Error::config(format!("there is no faker_type \"{kind}\""));
                    return Err(match crate::name::nearest(&kind, FAKER_TYPES) {
                        Some(near) => error.hint(format!("did you mean \"{near}\"?")),
                        None => error.hint(format!("use one of {}", FAKER_TYPES.join(", "))),
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
            "scan" => Strategy::Scan { common_words: self.common_words },
            "sql" => Strategy::Sql { expression: needs(&self.expression, "expression")? },
            other => {
                return Err(Error::config(format!("there is no strategy \"{other}\""))
                    .hint(format!("use one of {}", STRATEGIES.join(", "))));
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
