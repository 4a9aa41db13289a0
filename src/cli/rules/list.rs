//! `datamig rules list`: every rule, and what came of it in the newest run.

use super::{Global, load, output};
use crate::cli::{export, words};
use crate::error::Result;
use crate::rule::{Family, Rule, Scope, Severity};
use crate::run::{Run, RunFile};
use serde::Serialize;

/// List the rules, those that the catalog demands included, with their state in the newest run
#[derive(clap::Args)]
pub struct List {
    /// schema, referential, business, uniqueness, completeness, range, temporal, cross_store or privacy
    #[arg(long, value_name = "WORD", value_parser = |word: &str| Family::parse(word).ok_or("no such family"))]
    family: Option<Family>,
    /// Only rules that examine this table
    #[arg(long, value_name = "STORE.TABLE")]
    table: Option<String>,
    /// error, warning or info
    #[arg(long, value_name = "WORD", value_parser = |word: &str| Severity::parse(word).ok_or("no such severity"))]
    severity: Option<Severity>,
    /// passed, failed, error, skipped, empty, waived or new
    #[arg(long, value_name = "WORD")]
    status: Option<String>,
}

/// One line of the list.
#[derive(Serialize)]
struct Line {
    rule: String,
    family: String,
    severity: String,
    tables: Vec<String>,
    checks: i64,
    /// The worst of its checks; `new`: the run has none.
    status: String,
    violations: i64,
    at: String,
}

impl List {
    pub(super) fn run(&self, global: &Global) -> Result<()> {
        let rules = load(global)?.rules;
        let mut lines = seen(global)?;
        let known: Vec<String> = lines.iter().map(|line| line.rule.clone()).collect();
        lines.retain(|line| line.at.starts_with("sql/") || rules.iter().any(|one| one.id == line.rule));
        lines.extend(rules.iter().filter(|rule| !known.contains(&rule.id)).map(unseen));
        lines.retain(|line| self.wants(line));
        lines.sort_by(|a, b| (&a.family, &a.rule).cmp(&(&b.family, &b.rule)));
        if global.json {
            return output::json(&lines);
        }
        let row = |line: &Line| {
            let tables = match line.tables.as_slice() {
                [one] => one.clone(),
                many => format!("{} tables", many.len()),
            };
            let (checks, found) = (line.checks.to_string(), line.violations.to_string());
            [&line.rule, &line.family, &line.severity, &tables, &checks, &line.status, &found, &line.at]
                .map(String::clone)
                .to_vec()
        };
        let header = ["rule", "family", "severity", "table", "checks", "status", "violations", "at"];
        output::list(&header, lines.iter().map(row).collect())?;
        words::note(global, &format!("{} rules", lines.len()));
        Ok(())
    }

    fn wants(&self, line: &Line) -> bool {
        self.family.is_none_or(|family| family.to_string() == line.family)
            && self.severity.is_none_or(|severity| severity.to_string() == line.severity)
            && self.table.as_ref().is_none_or(|table| line.tables.contains(table))
            && self.status.as_ref().is_none_or(|status| *status == line.status)
    }
}

/// The rules of the newest validated run.
fn seen(global: &Global) -> Result<Vec<Line>> {
    let runs = Run::list(&global.workspace()?).into_iter().rev();
    let mut runs = runs.filter(|run| run.header.project == global.project && run.has(RunFile::Run));
    let lines = runs.find_map(|run| {
        let db = export::open(&run).ok()?;
        let lines = db.rows(crate::sql::get("rule/states.sql"), [], |row| {
            let tables: String = row.get("tables")?;
            Ok(Line {
                rule: row.get("rule")?,
                family: row.get("family")?,
                severity: row.get("severity")?,
                tables: tables.split('\u{1f}').map(str::to_owned).collect(),
                checks: row.get("checks")?,
                status: row.get("status")?,
                violations: row.get("violations")?,
                at: row.get("at")?,
            })
        });
        lines.ok().filter(|lines| !lines.is_empty())
    });
    Ok(lines.unwrap_or_default())
}

fn unseen(rule: &Rule) -> Line {
    let tables = match &rule.scope {
        Scope::On(table) => vec![table.clone()],
        Scope::EachColumn(_) => Vec::new(),
    };
    Line {
        rule: rule.id.clone(),
        family: rule.family.to_string(),
        severity: rule.severity.to_string(),
        tables,
        checks: 0,
        status: "new".into(),
        violations: 0,
        at: rule.at.to_string(),
    }
}
