//! `datamig rules lint`: does every rule bind?

use super::{Global, bench, chosen, load, verdict};
use crate::error::Result;
use serde_json::json;
use std::time::Instant;

/// Bind rules on empty tables; without a name also every check the catalog demands
#[derive(clap::Args)]
pub struct Lint {
    /// A rule, or a rule file
    rule: Option<String>,
}

impl Lint {
    pub(super) fn run(&self, global: &Global) -> Result<()> {
        let begun = Instant::now();
        let (bench, from) = bench::open(global)?;
        let (rules, checks, problems) = match &self.rule {
            Some(word) => {
                let rules = chosen(global, Some(word))?;
                let problems = rules.iter().filter_map(|rule| bench.lint(rule)).collect();
                (rules.len(), 0, problems)
            }
            None => {
                let rules = load(global)?;
                let (checks, problems) = bench.lint_all(&rules)?;
                (rules.rules.len(), checks, problems)
            }
        };
        let seconds = begun.elapsed().as_secs_f64();
        let words = format!(
            "{} rules and {checks} checks of the catalog bind on the tables of {from} ({seconds:.1} s)",
            rules
        );
        let done = json!({"tables_of": from, "rules": rules, "catalog_checks": checks});
        verdict(global, done, &words, &problems)
    }
}
