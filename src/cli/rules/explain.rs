//! `datamig rules explain`: what a rule or check says, in words and in SQL, where it comes from, and what it
//! found before.

use super::{Global, bench, history, load, output, unknown};
use crate::cli::words;
use crate::error::Result;
use crate::rule::expand::Check;
use crate::rule::{Body, Rule, Scope, guess, tree};
use serde_json::{Value, json};

/// Say what a rule or check means, its SQL, where it comes from and what it found in earlier runs
#[derive(clap::Args)]
pub struct Explain {
    /// A rule, or one check by its id
    id: String,
}

impl Explain {
    pub(super) fn run(&self, global: &Global) -> Result<()> {
        let said = explain(global, &self.id)?;
        if global.json { output::json(&said) } else { output::stdout(explained(&said).as_bytes()) }
    }
}

/// All that can be said of a rule or check.
pub(crate) fn explain(global: &Global, id: &str) -> Result<Value> {
    let rules = load(global)?;
    let (bench, from) = bench::open(global)?;
    let all = bench.expand(&rules)?;
    let checks: Vec<&Check> = all.iter().filter(|check| check.id == id || check.rule == id).collect();
    let Some(first) = checks.first() else {
        return Err(unknown(id, all.iter().flat_map(|check| [check.rule.as_str(), check.id.as_str()])));
    };
    let sentence = match rules.rules.iter().find(|rule| rule.id == first.rule) {
        Some(rule) => sentence(rule),
        None => format!("The catalog demands it of {}", first.path()),
    };
    let functions = guess::named(&tree::parse(bench.db(), &first.sql)?).functions;
    let macros = bench.db().rows(crate::sql::get("rule/macros.sql"), [], |row| {
        Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?, row.get::<_, String>(2)?))
    })?;
    let used = macros.into_iter().filter(|(name, ..)| functions.contains(name));
    let used: Vec<String> =
        used.map(|(name, taken, comment)| format!("{name}({taken}): {comment}")).collect();
    let ids: Vec<&str> = checks.iter().map(|check| check.id.as_str()).collect();
    Ok(json!({
        "rule": first.rule, "family": first.family, "severity": first.severity, "says": sentence,
        "because": first.because, "at": first.at, "checks": ids, "sql": first.sql, "key_sql": first.key_sql,
        "macros": used, "tables_of": from, "found": history::found(global, &checks)?,
    }))
}

/// The same for people.
pub(crate) fn explained(said: &Value) -> String {
    let word = |name: &str| said[name].as_str().unwrap_or_default();
    let list = |name: &str| said[name].as_array().map(Vec::as_slice).unwrap_or_default();
    let (rule, says, because) = (word("rule"), word("says"), word("because"));
    let (family, severity, at, sql) = (word("family"), word("severity"), word("at"), word("sql").trim_end());
    let mut text =
        format!("{rule} ({family}, {severity}) at {at}\n\n{says},\nbecause {because}.\n\n{sql};\n");
    let ids: Vec<&str> = list("checks").iter().filter_map(Value::as_str).collect();
    if ids.len() > 1 {
        let from = word("tables_of");
        text += &format!(
            "\nthe first of {} checks, on the tables of {from}:\n  {}\n",
            ids.len(),
            ids.join("\n  ")
        );
    }
    for used in list("macros") {
        text += &format!("\n{}\n", used.as_str().unwrap_or_default());
    }
    text += if list("found").is_empty() { "\nnot run yet\n" } else { "\nfound\n" };
    for one in list("found") {
        let number = |name: &str| words::grouped(one[name].as_u64().unwrap_or_default());
        let word = |name: &str| one[name].as_str().unwrap_or_default();
        let (violations, examined) = (number("violations"), number("examined"));
        text += &format!("  {}  {:<8}{violations} of {examined}\n", word("run_id"), word("status"));
    }
    text
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
