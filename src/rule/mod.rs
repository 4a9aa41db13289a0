//! Rules: what an analyst writes in `rules/<project>/validation/*.yaml`, and the checks they become.
//! A [`Rule`] is parsed ([`yaml`]), linted ([`lint`]: it binds, its examples hold) and expanded together
//! with the catalog into rows of `meta."check"` ([`expand`]); [`observe`] runs those and [`gate`] signs what
//! passed. Rules are data, not trust: every statement of one goes through the [`cage`].

pub mod basis;
pub mod cage;
pub mod constraint;
pub mod draft;
pub mod example;
pub mod expand;
pub mod gate;
pub mod guess;
pub mod lint;
pub mod mutant;
pub mod observe;
pub mod proof;
pub mod prove;
pub mod scan;
pub mod settings;
pub mod tree;
pub mod worker;
pub mod yaml;

use crate::duck::Db;
use crate::error::{Error, Location, Result};
use crate::name::{Ident, Literal, nearest};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::path::Path;

macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $word:literal),* $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum $name { $($(#[$variant_doc])* $variant),* }

        impl $name {
            /// Every word, in order.
            pub const ALL: &[(&str, $name)] = &[$(($word, $name::$variant)),*];

            /// The one the word names.
            pub fn parse(word: &str) -> Option<$name> {
                $name::ALL.iter().find(|(known, _)| *known == word).map(|(_, value)| *value)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(match self { $($name::$variant => $word),* })
            }
        }
    };
}

words! {
    /// How much a failed check weighs.
    Severity {
        /// Blocks the load.
        Error = "error",
        /// Counted; too many block the load.
        Warning = "warning",
        /// Counted only.
        Info = "info",
    }
}

words! {
    /// What a check is about; a rule's family is the name of its file.
    Family {
        /// Columns fit the target.
        Schema = "schema",
        /// References find their rows.
        Referential = "referential",
        /// What the business says.
        Business = "business",
        /// Keys are unique.
        Uniqueness = "uniqueness",
        /// Nothing is missing.
        Completeness = "completeness",
        /// Values lie in their range.
        Range = "range",
        /// Dates are in order.
        Temporal = "temporal",
        /// Stores agree.
        CrossStore = "cross_store",
        /// No original is left.
        Privacy = "privacy",
    }
}

/// One rule, as written.
#[derive(Clone, Debug)]
pub struct Rule {
    /// Its name: words joined by `_`, never reused.
    pub id: String,
    /// From the file's name.
    pub family: Family,
    /// What is examined.
    pub scope: Scope,
    /// An SQL condition that narrows what is examined.
    pub when: Option<String>,
    /// What must hold.
    pub body: Body,
    /// An examination of nothing is fine.
    pub may_be_empty: bool,
    /// What a violation weighs.
    pub severity: Severity,
    /// Who needs this and what a violation costs; printed beside the finding.
    pub because: String,
    /// Rows that pass and rows that fail.
    pub examples: Examples,
    /// Where it is written.
    pub at: Location,
    /// Its lines, as they stand in the file.
    pub source: String,
}

/// What a rule examines.
#[derive(Clone, Debug, PartialEq)]
pub enum Scope {
    /// `on: ids.students`: the rows of one table.
    On(String),
    /// `each_column: <SQL over meta."column">`: every column selected, which `expect` sees as `value`.
    EachColumn(String),
}

/// What a rule demands.
#[derive(Clone, Debug, PartialEq)]
pub enum Body {
    /// A predicate per row; NULL passes.
    Expect(String),
    /// SQL that returns the violating rows of `on`.
    Violations(String),
}

/// Proof that a rule can pass and can fail.
#[derive(Clone, Debug, Default)]
pub struct Examples {
    /// None of these may violate the rule.
    pub pass: Vec<Example>,
    /// Each of these must violate it.
    pub fail: Vec<Example>,
}

/// One example.
#[derive(Clone, Debug)]
pub enum Example {
    /// Tables and their rows. What is not named gets a valid default.
    Tables(Vec<(String, Vec<Row>)>),
    /// One value, for rules over columns.
    Value(Option<String>),
}

/// Named values of one example row, as text; `None` is NULL.
pub type Row = Vec<(String, Option<String>)>;

/// All rules of a project and how their findings count.
#[derive(Clone, Debug, Default)]
pub struct Rules {
    /// By file name, then in file order.
    pub rules: Vec<Rule>,
    /// `validation/settings.yaml`.
    pub settings: settings::Settings,
}

impl Family {
    /// The family of a rule file, by its name: `business.yaml`, `business-services.yaml`.
    pub fn of_file(path: &Path) -> Result<Family> {
        let stem = path.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
        Family::parse(stem.split('-').next().unwrap_or_default()).ok_or_else(|| {
            let known: Vec<&str> = Family::ALL.iter().map(|(word, _)| *word).collect();
            Error::config(format!("no family is called \"{stem}\""))
                .at(Location::new(path, 0))
                .hint(format!("the families are {}", known.join(", ")))
        })
    }
}

/// Reads `rules/<project>/validation/*.yaml`; a family may have several files (`business-services.yaml`).
/// Every error names file and line.
pub fn load(workspace: &Path, project: &str) -> Result<Rules> {
    let (mut loaded, folder) = (Rules::default(), format!("rules/{project}/validation"));
    if let Some(text) = crate::sql::list(workspace, &folder, "yml")?.first() {
        return Err(Error::config("a rule file ends in .yaml: this one would never be read")
            .at(Location::new(&text.path, 0))
            .hint("rename it"));
    }
    for text in crate::sql::list(workspace, &folder, "yaml")? {
        match text.path.ends_with("settings.yaml") {
            true => loaded.settings = settings::parse(&text.path, &text.text)?,
            false => {
                let family = Family::of_file(&text.path)?;
                loaded.rules.extend(yaml::parse(&text.path, &text.text, family)?);
            }
        }
    }
    check_names(&loaded.rules)?;
    loaded.settings.check(&loaded.rules)?;
    Ok(loaded)
}

/// Refuses two rules of one name.
pub fn check_names(rules: &[Rule]) -> Result<()> {
    for (position, rule) in rules.iter().enumerate() {
        if let Some(earlier) = rules[..position].iter().find(|earlier| earlier.id == rule.id) {
            return Err(Error::config(format!("two rules are called \"{}\"", rule.id))
                .at(rule.at.clone())
                .hint(format!("the other is at {}", earlier.at)));
        }
    }
    Ok(())
}

/// The error with the nearest of the known names as its hint, else all of them.
fn suggest<'a>(error: Error, wanted: &str, known: impl IntoIterator<Item = &'a str>) -> Error {
    let known: Vec<&str> = known.into_iter().collect();
    match nearest(wanted, known.iter().copied()) {
        Some(near) => error.hint(format!("did you mean \"{near}\"?")),
        None if known.len() <= 12 => error.hint(format!("known are {}", known.join(", "))),
        None => error,
    }
}

/// Inserts many rows into `meta.<table>` with one statement; fields are named as its columns.
pub fn insert_all<T: Serialize>(db: &Db, table: &str, rows: &[T]) -> Result<()> {
    let shape: String = db.one(crate::sql::get("rule/shape.sql"), [table])?;
    let json = serde_json::to_string(rows).map_err(|_| Error::internal("rows of meta are not JSON"))?;
    db.change(
        &format!(
            "INSERT INTO meta.{} BY NAME SELECT unnest(row) FROM (SELECT unnest(from_json(?, {})) AS row)",
            Ident(table),
            Literal(&shape)
        ),
        [json],
    )?;
    Ok(())
}
