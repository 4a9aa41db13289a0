//! `datamig rules new`: writes a rule with examples into its family's file, once it binds and holds.

use super::{Global, Problem, bench, load, output, verdict};
use crate::cli::words;
use crate::error::{Error, Result};
use crate::rule::lint::Bench;
use crate::rule::{Family, Severity, draft, yaml};
use std::io::IsTerminal;

/// Write a new rule; asks for what is missing
#[derive(clap::Args)]
pub struct New {
    /// What it is called: words joined by _
    id: Option<String>,
    /// The table it examines: store.table
    #[arg(long)]
    on: Option<String>,
    /// What must hold for each row, in SQL
    #[arg(long, value_name = "SQL")]
    expect: Option<String>,
    /// SQL that returns the violating rows, instead
    #[arg(long, value_name = "SQL", conflicts_with = "expect", requires_all = ["pass", "fail"])]
    violations: Option<String>,
    /// Who needs it, and what a violation costs
    #[arg(long, value_name = "WORDS")]
    because: Option<String>,
    /// error, warning or info
    #[arg(long, default_value = "warning", value_parser = |word: &str| Severity::parse(word).ok_or("no such severity"))]
    severity: Severity,
    /// The file it goes to: business, range, temporal...
    #[arg(long, default_value = "business", value_parser = |word: &str| Family::parse(word).ok_or("no such family"))]
    family: Family,
    /// An example that passes: {age: 5} [default: found by trying]
    #[arg(long, value_name = "YAML")]
    pass: Vec<String>,
    /// An example that fails: {age: 4} [default: found by trying]
    #[arg(long, value_name = "YAML")]
    fail: Vec<String>,
}

impl New {
    pub(super) fn run(&self, global: &Global) -> Result<()> {
        let on = ask(&self.on, "Which table? (store.table)", "--on")?;
        let body = match &self.violations {
            Some(sql) => draft::Body::Violations(sql.clone()),
            None => draft::Body::Expect(ask(&self.expect, "What must hold for each row? (SQL)", "--expect")?),
        };
        let because = ask(&self.because, "Who needs it, and what does a violation cost?", "--because")?;
        let id = ask(&self.id, "What is it called? (words_joined_by_underscores)", "a name")?;
        if load(global)?.rules.iter().any(|rule| rule.id == id) {
            return Err(Error::usage(format!("there is a rule \"{id}\" already"))
                .hint(format!("`datamig rules explain {id}` shows it")));
        }
        let (bench, from) = bench::open(global)?;
        let mut draft = draft::Draft {
            id,
            on,
            body,
            because,
            severity: self.severity,
            pass: self.pass.clone(),
            fail: self.fail.clone(),
        };
        let path = format!("rules/{}/validation/{}.yaml", global.project, self.family);
        draft.find_examples(&bench, std::path::Path::new(&path), self.family)?;
        let problems = self.write(global, &bench, &path, &draft)?;
        let words = format!(
            "{} is written to {path}; it binds on the tables of {from} and its examples hold",
            draft.id
        );
        verdict(
            global,
            serde_json::json!({"rule": draft.id, "file": path, "tables_of": from}),
            &words,
            &problems,
        )?;
        match global.json {
            true => Ok(()),
            false => output::stdout(draft.yaml().as_bytes()),
        }
    }

    /// Appends the rule to its file when it binds and its examples hold.
    fn write(
        &self,
        global: &Global,
        bench: &Bench,
        path: &str,
        draft: &draft::Draft,
    ) -> Result<Vec<Problem>> {
        let workspace = global.workspace()?;
        let before =
            crate::sql::find(&workspace, path)?.map(|text| text.text.into_owned()).unwrap_or_default();
        let gap = if before.trim().is_empty() { "" } else { "\n\n" };
        let text = format!("{}{gap}{}", before.trim_end(), draft.yaml());
        let rules = yaml::parse(std::path::Path::new(path), &text, self.family)?;
        let Some(rule) = rules.last() else { return Err(Error::internal("a new rule is no rule")) };
        let problems = match bench.lint(rule) {
            None => bench.test(rule),
            Some(problem) => vec![problem],
        };
        if problems.is_empty() {
            let file = workspace.join(path);
            if let Some(folder) = file.parent() {
                std::fs::create_dir_all(folder).map_err(|cause| Error::file(folder, &cause))?;
            }
            crate::run::keys::replace_file(&file, &text, 0o644)?;
        }
        Ok(problems)
    }
}

/// What was given, else the answer of who sits at the terminal.
fn ask(given: &Option<String>, question: &str, flag: &str) -> Result<String> {
    if let Some(given) = given {
        return Ok(given.clone());
    }
    let missing = || Error::usage(format!("{flag} is missing")).hint("or answer the questions on a terminal");
    if !std::io::stdin().is_terminal() {
        return Err(missing());
    }
    let answer = words::ask(question)?;
    if answer.is_empty() { Err(missing()) } else { Ok(answer) }
}
