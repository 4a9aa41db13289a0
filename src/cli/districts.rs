//! `datamig districts`: which roots to move first.

use super::{Global, output, probe, words};
use crate::error::{Error, Kind, Result};
use crate::phase::districts::{Request, execute};
use crate::project::selection::{Selection, replaced};

/// Score and rank the districts of PROD, recommend pilots, estimate times
#[derive(clap::Args)]
pub struct Districts {
    /// How many to recommend, at most
    #[arg(long, default_value_t = 15, value_name = "N")]
    top: usize,
    /// Replace criteria of this call: min_students=100,min_schools=1
    #[arg(long, value_delimiter = ',', value_name = "NAME=N")]
    criteria: Vec<String>,
    /// Replace weights of this call: size=0.5,activity=0
    #[arg(long, value_delimiter = ',', value_name = "NAME=N")]
    weights: Vec<String>,
    /// Count the 30 days of activity back from this day [default: today]
    #[arg(long, value_name = "YYYY-MM-DD")]
    as_of: Option<chrono::NaiveDate>,
}

impl Districts {
    pub(super) fn run(&self, global: &Global) -> Result<()> {
        let (project, variables) = (global.project()?, global.variables()?);
        let endpoints = project.endpoints(&global.env, &variables)?;
        let given = &project.selection;
        let selection = Selection {
            weights: replaced(&given.weights, &self.weights)?,
            criteria: replaced(&given.criteria, &self.criteria)?,
            priority: given.priority.clone(),
        };
        let (sources, mut missing) = probe::sources(&project, &endpoints);
        let request = Request {
            project: &project,
            env: &global.env,
            sources: &sources,
            selection: &selection,
            top: self.top,
            as_of: self.as_of.unwrap_or_else(|| chrono::Utc::now().date_naive()),
        };
        let selected = execute(&request, &mut missing)?;
        match global.json {
            true => output::json(&selected.manifest)?,
            false => show(selected.list)?,
        }
        let (count, all) =
            (&selected.manifest["recommended_districts"], &selected.manifest["total_districts_analyzed"]);
        words::note(global, &format!("\n{count} of {all} districts meet the criteria and are recommended"));
        if *count == 0 {
            words::note(
                global,
                "`--criteria min_students=100,min_schools=1` asks for less; so does `selection:` in project.yaml",
            );
        }
        words::note(global, "see data/manifests/district-selection-report.md");
        match missing.into_iter().next() {
            None => Ok(()),
            Some((store, error)) => Err(Error {
                kind: if error.kind.is_retryable() { error.kind } else { Kind::Config },
                message: format!("{store} was not measured: {}", error.message),
                ..error
            }),
        }
    }
}

fn show(list: Vec<Vec<String>>) -> Result<()> {
    let number = |text: &str| text.parse().map_or_else(|_| text.to_owned(), words::grouped);
    let row = |cells: Vec<String>| {
        let seconds = cells[8].parse().unwrap_or(0.0);
        let [students, records] = [5, 6].map(|at| number(&cells[at]));
        let pilot = if cells[9] == "true" { "pilot" } else { "" };
        let mut line: Vec<String> = cells[..5].to_vec();
        line.extend([
            students,
            records,
            cells[7].clone(),
            words::duration(seconds),
            pilot.into(),
            cells[10].clone(),
        ]);
        line
    };
    let header =
        ["#", "district", "name", "state", "score", "students", "records", "size", "time", "for", "misses"];
    output::list(&header, list.into_iter().map(row).collect())
}
