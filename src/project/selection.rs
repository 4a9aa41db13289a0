//! By what roots are ranked and recommended: `selection:` in project.yaml, the manual's values without it.

use crate::error::{Error, Result};
use crate::name::nearest;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Weights, criteria and priorities.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Selection {
    /// What counts how much.
    pub weights: Weights,
    /// What a root must meet to be recommended.
    pub criteria: Criteria,
    /// The priority of the business per root, 0 to 100; 50 for a root that is not named.
    pub priority: BTreeMap<String, f64>,
}

/// The share of each part in the score, which is 0 to 100 when they add up to 1.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Weights {
    /// Of the number of records.
    pub size: f64,
    /// Of the updates in the last 30 days.
    pub activity: f64,
    /// Of how complete the data is.
    pub completeness: f64,
    /// Of the priority.
    pub business: f64,
}

impl Default for Weights {
    fn default() -> Weights {
        Weights { size: 0.4, activity: 0.3, completeness: 0.2, business: 0.1 }
    }
}

/// What a root must meet to be recommended.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Criteria {
    /// Students, at least.
    pub min_students: f64,
    /// Schools, at least.
    pub min_schools: f64,
    /// Records in all stores, at least.
    pub min_records: f64,
    /// Records in all stores, at most.
    pub max_records: f64,
    /// Percent of the looked-at cells that are filled, at least.
    pub min_completeness_pct: f64,
    /// Updates in the last 30 days, at least.
    pub min_recent_updates_30d: f64,
}

impl Default for Criteria {
    fn default() -> Criteria {
        Criteria {
            min_students: 5_000.0,
            min_schools: 10.0,
            min_records: 50_000.0,
            max_records: 2_000_000.0,
            min_completeness_pct: 85.0,
            min_recent_updates_30d: 0.0,
        }
    }
}

/// `part` with some values replaced, each given as `name=number`.
pub fn replaced<T: Serialize + serde::de::DeserializeOwned>(part: &T, given: &[String]) -> Result<T> {
    let mut values = serde_json::json!(part);
    for text in given {
        let (name, number) = text.split_once('=').unwrap_or((text, ""));
        let number = number.trim().parse::<f64>().ok().filter(|number| number.is_finite() && *number >= 0.0);
        match (values.get_mut(name.trim()), number) {
            (Some(value), Some(number)) => *value = number.into(),
            (Some(_), None) => {
                return Err(
                    Error::usage(format!("\"{text}\" gives no number")).hint("as in min_students=100")
                );
            }
            (None, _) => {
                let names: Vec<String> =
                    values.as_object().into_iter().flat_map(|map| map.keys().cloned()).collect();
                let near = nearest(name, names.iter().map(String::as_str));
                let hint = near.map_or_else(
                    || format!("one of {}", names.join(", ")),
                    |near| format!("did you mean {near}?"),
                );
                return Err(Error::usage(format!("nothing is called \"{name}\" here")).hint(hint));
            }
        }
    }
    serde_json::from_value(values).map_err(|_| Error::internal("a selection is not what it was"))
}
