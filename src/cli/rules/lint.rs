//! `datamig rules lint`: does every rule bind?

use super::{Global, bench, chosen, verdict};
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
        let rules = chosen(global, self.rule.as_deref())?;
        let (bench, from) = bench::open(global)?;
        let mut problems: Vec<_> = rules.iter().filter_map(|rule| bench.lint(rule)).collect();
        let mut checks = 0;
        if self.rule.is_none() {
            let (expanded, found) = bench.lint_catalog()?;
            checks = expanded;
            problems.extend(found);
        }
        let seconds = begun.elapsed().as_secs_f64();
        let words = format!(
            "{} rules and {checks} checks of the catalog bind on the tables of {from} ({seconds:.1} s)",
            rules.len()
        );
        let done = json!({"tables_of": from, "rules": rules.len(), "catalog_checks": checks});
        verdict(global, done, &words, &problems)
    }
}
