//! `.watch`: each rule is judged as its file is saved: bound, its examples run, counted on the run.

use super::{Next, Shell};
use crate::cli::rules::bench;
use crate::cli::{signal, words};
use crate::duck::Db;
use crate::error::Result;
use crate::rule::cage::Cage;
use crate::rule::lint::{Bench, Problem, live};
use crate::rule::{self, Family, Rule, expand, yaml};
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::mpsc::channel;
use std::time::{Duration, Instant, SystemTime};

/// How often the folder is looked at.
const PAUSE: Duration = Duration::from_millis(40);

/// Files of rules, and when they were written.
type Stamps = HashMap<PathBuf, SystemTime>;

pub(super) fn watch(shell: &mut Shell<'_>, _: &str) -> Result<Next> {
    let project = &shell.run.header.project;
    let folder = shell.run.workspace.join("rules").join(project).join("validation");
    let mut stamps = stamps(&folder);
    let loaded = rule::load(&shell.run.workspace, project)?.rules;
    let mut known: HashMap<String, String> = loaded.into_iter().map(|rule| (rule.id, rule.source)).collect();
    let (bench, from) = bench::open(shell.global)?;
    let db = shell.db.another()?;
    expand::prepare(&db)?;
    let cage = Cage::new(&db, &[])?;
    let (sender, told) = channel();
    signal::respond(Some(signal::Response::Tell(sender, db.interrupt_handle())));
    words::line(&format!("watching {} on the tables of {from}; Ctrl-C ends", folder.display()));
    while told.recv_timeout(PAUSE).is_err() {
        let now = self::stamps(&folder);
        for path in now.iter().filter(|(path, at)| stamps.get(*path) != Some(*at)).map(|(path, _)| path) {
            let begun = Instant::now();
            // Gone again: an editor that writes another file and renames it.
            let Ok(text) = std::fs::read_to_string(path) else { continue };
            let read = || {
                let rules = yaml::parse(path, &text, Family::of_file(path)?)?;
                rule::check_names(&rules).map(|()| rules)
            };
            match read() {
                Err(error) => words::line(&format!("error: {}", Problem::of_file(error))),
                Ok(rules) => {
                    for rule in rules.iter().filter(|rule| known.get(&rule.id) != Some(&rule.source)) {
                        judge(&bench, &db, &cage, rule);
                        words::line(&format!("  {:.0} ms", begun.elapsed().as_secs_f64() * 1000.0));
                    }
                    known.extend(rules.into_iter().map(|rule| (rule.id, rule.source)));
                }
            }
        }
        stamps = now;
    }
    signal::respond(Some(signal::Response::Cancel(shell.db.interrupt_handle())));
    Ok(Next::Go)
}

fn judge(bench: &Bench, db: &Db, cage: &Cage, rule: &Rule) {
    let problems = bench.lint(rule).map_or_else(|| bench.test(rule), |problem| vec![problem]);
    for problem in &problems {
        words::line(&format!("error: {problem}"));
    }
    if !problems.is_empty() {
        return;
    }
    let examples = rule.examples.pass.len() + rule.examples.fail.len();
    words::line(&format!("{}: binds, its {examples} examples hold", rule.id));
    match live(db, cage, rule) {
        Err(error) => words::line(&format!("error: {error}")),
        Ok(counts) => counts.iter().for_each(|one| {
            let number = |count: i64| words::grouped(count.unsigned_abs());
            let (violations, examined) = (number(one.violations), number(one.examined));
            words::line(&format!("  {}: {violations} of {examined} rows violate it", one.check));
        }),
    }
}

fn stamps(folder: &Path) -> Stamps {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let files = entries.map(|entry| entry.path()).filter(|path| {
        path.extension().is_some_and(|ending| ending == "yaml") && !path.ends_with("settings.yaml")
    });
    files.filter_map(|path| Some((path.clone(), std::fs::metadata(path).ok()?.modified().ok()?))).collect()
}
