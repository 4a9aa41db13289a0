//! `datamig doctor`: everything that could stop a run, without starting one.

use super::probe::{self, Probe, State};
use super::{Global, indexes, output};
use crate::error::{Error, Result};
use crate::run::cert;

/// Look at everything that could stop a run: secrets, engine, rules, disk, stores
#[derive(clap::Args)]
pub struct Doctor {}

impl Doctor {
    pub(super) fn run(&self, global: &Global) -> Result<()> {
        let (workspace, project, variables) = (global.workspace()?, global.project()?, global.variables()?);
        let mut probes = probe::machine(&workspace, &project, &variables);
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

fn row(probe: &Probe) -> [String; 3] {
    let (state, words) = match &probe.state {
        State::Good(words) => ("good", words.clone()),
        State::Warning(words) => ("warning", words.clone()),
        State::Problem(error) => ("problem", error.to_string().replace('\n', "; ")),
    };
    [probe.what.clone(), state.into(), words]
}
