//! `validation/settings.yaml`: how findings count, which severities are overridden, what is waived.

use super::expand::Check;
use super::yaml::Place;
use super::{Family, Rule, Severity, suggest};
use crate::error::{Error, Location, Result};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// How findings count.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(default)]
pub struct Settings {
    /// Any warning makes the run FAILED.
    pub fail_on_warnings: bool,
    /// More failed warning checks than this make the run FAILED.
    pub max_warnings_allowed: usize,
    /// At most so many violating rows of one check are shown in reports; `meta.violation` keeps all.
    pub record_sample_size: usize,
    /// By rule or check id: the severity that counts instead of the written one.
    pub severity: BTreeMap<String, Severity>,
    /// Findings somebody answers for.
    pub waivers: Vec<Waiver>,
    /// Where the file is.
    #[serde(skip)]
    pub at: Location,
}

/// A finding somebody has looked at and answers for, until a day.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Waiver {
    /// The rule, or one check of it by id.
    pub rule: String,
    /// `store.table`, when it holds for that table only.
    #[serde(default)]
    pub scope: Option<String>,
    /// Why it is right to go on.
    pub reason: String,
    /// Who answers for it.
    pub who: String,
    /// The last day it holds.
    pub until: String,
}

impl Default for Settings {
    fn default() -> Self {
        Settings {
            fail_on_warnings: false,
            max_warnings_allowed: 10,
            record_sample_size: 1000,
            severity: BTreeMap::new(),
            waivers: Vec::new(),
            at: Location::default(),
        }
    }
}

const KEYS: [&str; 5] =
    ["fail_on_warnings", "max_warnings_allowed", "record_sample_size", "severity", "waivers"];

/// The rules that `sql/rule/*.sql` expands from the catalog.
const GENERATED: [&str; 14] = [
    "fits_target",
    "needs_value",
    "references",
    "keeps_check",
    "primary_key",
    "unique_key",
    "rows_extracted",
    "values_extracted",
    "no_original",
    "k_anonymous",
    "no_collapse",
    "no_survivor",
    "no_twin",
    "replayed",
];

/// Those that prove that nobody's data is left: nobody may answer for a failure, or make it weigh less.
const PROOFS: [&str; 5] = ["no_original", "no_collapse", "no_survivor", "no_twin", "replayed"];

/// The settings of one file.
pub fn parse(path: &Path, text: &str) -> Result<Settings> {
    let text = text.trim_start_matches('\u{feff}');
    let place = Place { path, text, line: 1 };
    let map = place.mapping(super::yaml::read(path, text)?, &KEYS)?;
    let settings: Settings = serde_yaml::from_value(serde_yaml::Value::Mapping(map))
        .map_err(|cause| Error::config(cause.to_string()).at(place.here()))?;
    for waiver in &settings.waivers {
        if chrono::NaiveDate::parse_from_str(&waiver.until, "%Y-%m-%d").is_err() {
            let message = format!("the waiver of \"{}\" has no day: until: YYYY-MM-DD", waiver.rule);
            return Err(Error::config(message).at(place.here()));
        }
        if waiver.who.trim().is_empty() || waiver.reason.trim().is_empty() {
            let message = format!("the waiver of \"{}\" names nobody, or no reason", waiver.rule);
            return Err(Error::config(message)
                .at(place.here())
                .hint("who answers for it, and why is it right?"));
        }
    }
    Ok(Settings { at: Location::new(path, 0), ..settings })
}

impl std::fmt::Display for Settings {
    /// One line of JSON: what `meta.validation` keeps.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", serde_json::json!(self))
    }
}

impl Settings {
    /// Refuses names that no rule has, and what would let personal data through; ids of checks, told by their
    /// dots, are looked up by [`Settings::check_ids`].
    pub fn check(&self, rules: &[Rule]) -> Result<()> {
        let known = || GENERATED.into_iter().chain(rules.iter().map(|rule| rule.id.as_str()));
        let named = self.severity.keys().chain(self.waivers.iter().map(|waiver| &waiver.rule));
        for name in named.filter(|name| !name.contains('.')) {
            if !known().any(|id| id == name) {
                let error = Error::config(format!("no rule is called \"{name}\"")).at(self.at.clone());
                return Err(suggest(error, name, known()));
            }
        }
        let is_private = |id: &str| {
            let of_project = rules.iter().any(|rule| rule.id == id && rule.family == Family::Privacy);
            PROOFS.contains(&id) || id == "k_anonymous" || of_project
        };
        let waived = self.waivers.iter().map(|waiver| &waiver.rule).find(|name| is_private(rule_of(name)));
        let mut lowered = self.severity.iter().filter(|(_, severity)| **severity != Severity::Error);
        let lowered = lowered.find(|(name, _)| PROOFS.contains(&rule_of(name))).map(|(name, _)| name);
        if let Some(name) = waived.or(lowered) {
            let message = format!(
                "\"{name}\" can be neither waived nor made to weigh less: what it finds is personal data"
            );
            return Err(Error::config(message)
                .at(self.at.clone())
                .hint("mask the column in anonymize.yaml, or exclude the table in project.yaml"));
        }
        Ok(())
    }

    /// Refuses ids that no check has, and scopes that are no table: what they say would count for nothing.
    pub fn check_ids(&self, checks: &[Check]) -> Result<()> {
        let named = self.severity.keys().chain(self.waivers.iter().map(|waiver| &waiver.rule));
        // Which proofs there are follows from the rows; a rule that does not expand has one check of its name.
        let is_dotted = |name: &&String| name.contains('.') && !PROOFS.contains(&rule_of(name));
        let is_known = |name: &str| checks.iter().any(|one| one.id == name || one.id == rule_of(name));
        if let Some(name) = named.filter(is_dotted).find(|name| !is_known(name)) {
            let error = Error::config(format!("no check is called \"{name}\"")).at(self.at.clone());
            return Err(suggest(error, name, checks.iter().map(|check| check.id.as_str())));
        }
        let paths: BTreeSet<String> = checks.iter().map(Check::path).collect();
        let mut scopes = self.waivers.iter().filter_map(|waiver| waiver.scope.as_ref());
        if let Some(scope) = scopes.find(|scope| !paths.contains(*scope)) {
            let error = Error::config(format!("no check is about a table {scope}")).at(self.at.clone());
            return Err(suggest(error, scope, paths.iter().map(String::as_str)));
        }
        Ok(())
    }

    /// The severity that counts for a check.
    pub fn severity(&self, check: &str, rule: &str) -> Option<Severity> {
        self.severity.get(check).or_else(|| self.severity.get(rule)).copied()
    }

    /// The waiver of a check that holds longest; its day may be over.
    pub fn waiver(&self, check: &Check) -> Option<&Waiver> {
        let is_meant = |waiver: &&Waiver| {
            (waiver.rule == check.rule || waiver.rule == check.id)
                && waiver.scope.as_ref().is_none_or(|scope| *scope == check.path())
        };
        self.waivers.iter().filter(is_meant).max_by_key(|waiver| waiver.until.as_str())
    }
}

/// The rule in a name: the name itself, or the end of a check's id.
fn rule_of(name: &str) -> &str {
    name.rsplit('.').next().unwrap_or(name)
}

impl Waiver {
    /// Whether it holds on a day (YYYY-MM-DD, so text compares as dates do).
    pub fn holds(&self, day: &str) -> bool {
        day <= self.until.as_str()
    }
}
