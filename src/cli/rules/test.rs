//! `datamig rules test`: do the examples hold?

use super::{Global, bench, chosen, verdict};
use crate::error::Result;
use serde_json::json;

/// Run the examples of rules on empty tables
#[derive(clap::Args)]
pub struct Test {
    /// A rule, or a rule file
    rule: Option<String>,
}

impl Test {
    pub(super) fn run(&self, global: &Global) -> Result<()> {
        let rules = chosen(global, self.rule.as_deref())?;
        let (bench, from) = bench::open(global)?;
        let problems = bench.test_all(&rules)?;
        let examples: usize =
            rules.iter().map(|rule| rule.examples.pass.len() + rule.examples.fail.len()).sum();
        let words = format!("{examples} examples of {} rules hold on the tables of {from}", rules.len());
        let done = json!({"tables_of": from, "rules": rules.len(), "examples": examples});
        verdict(global, done, &words, &problems)
    }
}
