//! `datamig rules`: what an analyst does with rules. One file per action.

pub(crate) mod bench;
mod explain;
pub(crate) mod held;
mod history;
mod lint;
mod list;
mod new;
mod prove;
mod test;

use super::{Global, output};
use crate::error::{Error, Kind, Result};
use crate::name::nearest;
use crate::rule::lint::Problem;
use crate::rule::{self, Family, Rule, Rules, yaml};
use std::path::Path;

/// Look at the rules of the project, write and test them
#[derive(clap::Args)]
pub struct RulesCommand {
    #[command(subcommand)]
    action: Action,
}

#[derive(clap::Subcommand)]
enum Action {
    List(list::List),
    Lint(lint::Lint),
    Test(test::Test),
    Explain(explain::Explain),
    New(new::New),
    Prove(prove::Prove),
}

impl RulesCommand {
    pub(super) fn run(&self, global: &Global) -> Result<()> {
        match &self.action {
            Action::List(action) => action.run(global),
            Action::Lint(action) => action.run(global),
            Action::Test(action) => action.run(global),
            Action::Explain(action) => action.run(global),
            Action::New(action) => action.run(global),
            Action::Prove(action) => action.run(global),
        }
    }
}

pub(crate) use explain::{explain, explained};

/// The rules a word names: one by its id, those of a file, or all without a word.
fn chosen(global: &Global, word: Option<&str>) -> Result<Vec<Rule>> {
    let workspace = global.workspace()?;
    let Some(word) = word else { return Ok(load(global)?.rules) };
    if word.ends_with(".yaml") || word.ends_with(".yml") {
        let path = Path::new(word);
        let here = workspace.join("rules").join(&global.project).join("validation").join(word);
        let file = if path.exists() { path.to_owned() } else { here };
        let text = std::fs::read_to_string(&file)
            .map_err(|cause| Error { kind: Kind::Usage, ..Error::file(path, &cause) })?;
        let rules = yaml::parse(path, &text, Family::of_file(path)?)?;
        rule::check_names(&rules)?;
        return Ok(rules);
    }
    let rules = load(global)?.rules;
    match rules.iter().position(|rule| rule.id == word) {
        Some(at) => Ok(vec![rules[at].clone()]),
        None => Err(unknown(word, rules.iter().map(|rule| rule.id.as_str()))),
    }
}

fn load(global: &Global) -> Result<Rules> {
    rule::load(&global.workspace()?, &global.project)
}

fn unknown<'a>(word: &str, known: impl Iterator<Item = &'a str>) -> Error {
    let error = Error::usage(format!("no rule is called \"{word}\""));
    match nearest(word, known) {
        Some(near) => error.hint(format!("did you mean \"{near}\"?")),
        None => error.hint("`datamig rules list` lists them"),
    }
}

/// Says what is wrong: on stdout as JSON with `--json`, else one block per problem. Problems are an error.
fn verdict(global: &Global, done: serde_json::Value, words: &str, problems: &[Problem]) -> Result<()> {
    if global.json {
        let mut report = done;
        report["problems"] = serde_json::json!(problems);
        output::json(&report)?;
    }
    if problems.is_empty() {
        super::words::note(global, words);
        return Ok(());
    }
    let blocks: Vec<String> = problems.iter().map(ToString::to_string).collect();
    let count = match problems.len() {
        1 => "1 problem".to_owned(),
        many => format!("{many} problems"),
    };
    Err(match global.json {
        true => Error::config(count),
        false => Error::config(format!("{count}\n\n{}", blocks.join("\n\n"))),
    })
}
