//! `datamig doctor`: everything that could stop a run, without starting one.

use super::probe::{self, Probe, State};
use super::rules::bench;
use super::{Global, indexes, output, words};
use crate::error::{Error, Result};
use crate::project::Project;
use crate::project::endpoints::Endpoints;
use crate::rule;
use crate::run::cert::{self, guard};

/// Look at everything that could stop a run: secrets, engine, rules, disk, stores
#[derive(clap::Args)]
pub struct Doctor {
    /// Allow loads into the stores of CERT, each after its name was typed
    #[arg(long)]
    mark_target: bool,
}

impl Doctor {
    pub(super) fn run(&self, global: &Global) -> Result<()> {
        let (workspace, project, variables) = (global.workspace()?, global.project()?, global.variables()?);
        if self.mark_target {
            return mark(global, &project, &project.endpoints(&global.env, &variables)?);
        }
        let mut probes = probe::machine(&workspace, &project, &variables);
        probes.extend(examples(global));
        match project.endpoints(&global.env, &variables) {
            Ok(endpoints) => {
                let (stores, found) = probe::stores(&project, &endpoints);
                probes.extend(found);
                if stores.prod.len() == endpoints.prod.len() {
                    let found = probe::decided(&project, &stores.prod);
                    let catalog = found.as_ref().ok().map(|(catalog, _)| catalog.clone());
                    probes.push(probe::policy(found));
                    if let Some(prod) = catalog {
                        probes.extend(indexes::probes(&project, &prod, cert::introspect(&stores.cert)));
                    }
                }
                if stores.cert.len() == endpoints.cert.len() {
                    probes.push(probe::marks(&stores.cert));
                }
            }
            Err(error) => probes.push(Probe { what: "environment".into(), state: State::Problem(error) }),
        }
        let rows: Vec<[String; 3]> = probes.iter().map(row).collect();
        if global.json {
            let object =
                |row: &[String; 3]| serde_json::json!({"what": row[0], "state": row[1], "words": row[2]});
            output::json(&rows.iter().map(object).collect::<Vec<_>>())?;
        } else {
            output::list(&["what", "state", "found"], rows.iter().map(|row| row.to_vec()).collect())?;
        }
        let problems = rows.iter().filter(|row| row[1] == "problem").count();
        probe::verdict(probes).map_err(|error| Error {
            message: format!("{problems} of {} probes found a problem", rows.len()),
            hint: Some("correct what the table names, then run `datamig doctor` again".into()),
            ..error
        })
    }
}

/// Whether the rules are what their authors say; nothing where they cannot be read or no tables are known yet.
fn examples(global: &Global) -> Option<Probe> {
    let rules = rule::load(&global.workspace().ok()?, &global.project).ok()?.rules;
    let (bench, from) = bench::open(global).ok()?;
    let state = match bench.test_all(&rules) {
        Ok(problems) if problems.is_empty() => State::Good(format!("they hold on the tables of {from}")),
        Ok(problems) => {
            let words: Vec<String> =
                problems.iter().map(|one| format!("{}: {}", one.rule, one.message)).collect();
            State::Problem(Error::config(words.join("; ")).hint("`datamig rules test` shows where"))
        }
        Err(error) => State::Problem(error),
    };
    Some(Probe { what: "examples".into(), state })
}

/// Marks the stores of CERT that are not marked yet. Typing is the consent: `--yes` does not stand for it.
fn mark(global: &Global, project: &Project, endpoints: &Endpoints) -> Result<()> {
    let (stores, found) = probe::stores(project, endpoints);
    probe::verdict(found)?;
    guard::check_apart(&global.workspace()?, &stores.prod, &stores.cert)?;
    for (endpoint, (store, target)) in endpoints.cert.iter().zip(&stores.cert) {
        let url = probe::existing(project, endpoint)?;
        if target.source().is_marked()? {
            words::note(global, &format!("cert {store}: {} is marked already", url.shown));
            continue;
        }
        words::typed(&format!("cert {store}: loads will write to {}.", url.shown), &url.name())?;
        target.mark(&url.name())?;
        words::note(global, &format!("cert {store}: marked as a target"));
    }
    Ok(())
}

fn row(probe: &Probe) -> [String; 3] {
    let (state, words) = match &probe.state {
        State::Good(words) => ("good", words.clone()),
        State::Warning(words) => ("warning", words.clone()),
        State::Problem(error) => ("problem", error.to_string().replace('\n', "; ")),
    };
    [probe.what.clone(), state.into(), words]
}
