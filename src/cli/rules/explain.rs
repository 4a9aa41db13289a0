//! `datamig rules explain`: what a rule or check says, in words and in SQL, where it comes from, and what it
//! found before.

use super::{Global, bench, load, output, unknown};
use crate::cli::{export, words};
use crate::error::Result;
use crate::rule::expand::Check;
use crate::rule::{Body, Rule, Scope, guess, tree};
use crate::run::{Run, RunFile};
use serde_json::{Value, json};

/// Runs looked at for what was found before.
const RUNS_MAX: usize = 10;

/// Say what a rule or check means, its SQL, where it comes from and what it found in earlier runs
#[derive(clap::Args)]
pub struct Explain {
    /// A rule, or one check by its id
    pub(super) id: String,
}

impl Explain {
    pub(super) fn run(&self, global: &Global) -> Result<()> {
        let rules = load(global)?;
        let (bench, from) = bench::open(global)?;
        let all = bench.expand(&rules)?;
        let is_meant = |check: &&Check| check.id == self.id || check.rule == self.id;
        let checks: Vec<&Check> = all.iter().filter(is_meant).collect();
        let Some(first) = checks.first() else {
            let known = all.iter().flat_map(|check| [check.rule.as_str(), check.id.as_str()]);
            return Err(unknown(&self.id, known));
        };
        let sentence = match rules.rules.iter().find(|rule| rule.id == first.rule) {
            Some(rule) => sentence(rule),
            None => format!("The catalog demands it of {}", first.path()),
        };
        let functions = guess::named(&tree::parse(bench.db(), &first.sql)?).functions;
        let macros = bench.db().rows(crate::sql::get("rule/macros.sql"), [], |row| {
            Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?, row.get::<_, String>(2)?))
        })?;
        let used: Vec<_> = macros.into_iter().filter(|(name, ..)| functions.contains(name)).collect();
        let found = found(global, &checks)?;
        let ids: Vec<&str> = checks.iter().map(|check| check.id.as_str()).collect();
        if global.json {
            return output::json(&json!({
                "rule": first.rule, "family": first.family, "severity": first.severity, "says": sentence,
                "because": first.because, "at": first.at, "checks": ids, "sql": first.sql,
                "key_sql": first.key_sql, "tables_of": from, "found": found,
            }));
        }
        let mut text = format!(
            "{} ({}, {}) at {}\n\n{sentence},\nbecause {}.\n\n{};\n",
            first.rule,
            first.family,
            first.severity,
            first.at,
            first.because,
            first.sql.trim_end()
        );
        if checks.len() > 1 {
            text += &format!(
                "\nthe first of {} checks, on the tables of {from}:\n  {}\n",
                ids.len(),
                ids.join("\n  ")
            );
        }
        for (name, parameters, comment) in used {
            text += &format!("\n{name}({parameters}): {comment}\n");
        }
        text += if found.is_empty() { "\nnot run yet\n" } else { "\nfound\n" };
        for one in &found {
            let number = |name: &str| words::grouped(one[name].as_u64().unwrap_or_default());
            let word = |name: &str| one[name].as_str().unwrap_or_default();
            let (violations, examined) = (number("violations"), number("examined"));
            text += &format!("  {}  {:<8}{violations} of {examined}\n", word("run_id"), word("status"));
        }
        output::stdout(text.as_bytes())
    }
}

fn sentence(rule: &Rule) -> String {
    let when = rule.when.as_ref().map_or(String::new(), |when| format!(" where {when}"));
    match (&rule.scope, &rule.body) {
        (Scope::On(table), Body::Expect(expect)) => format!("Every row of {table}{when}: {expect}"),
        (Scope::On(table), Body::Violations(_)) => {
            format!("No row of {table}{when} may come out of the SQL below")
        }
        (Scope::EachColumn(columns), body) => {
            let (Body::Expect(expect) | Body::Violations(expect)) = body;
            format!("Every value{when} of each column with {columns}: {expect}")
        }
    }
}

/// What the checks found together, run by run, newest first.
fn found(global: &Global, checks: &[&Check]) -> Result<Vec<Value>> {
    let ids = json!(checks.iter().map(|check| &check.id).collect::<Vec<_>>()).to_string();
    let mut found = Vec::new();
    let runs = Run::list(&global.workspace()?).into_iter().rev();
    for run in runs.filter(|run| run.header.project == global.project && run.has(RunFile::Run)).take(RUNS_MAX)
    {
        // A run that is being written cannot be read now.
        let Ok(db) = export::open(&run) else { continue };
        let row = db.rows(crate::sql::get("rule/found.sql"), [&ids], |row| {
            let (examined, violations): (i64, i64) = (row.get("examined")?, row.get("violations")?);
            let status: Option<String> = row.get("status")?;
            Ok(status.map(|status| {
                json!({"run_id": run.id, "status": status, "examined": examined, "violations": violations})
            }))
        })?;
        found.extend(row.into_iter().flatten());
    }
    Ok(found)
}
