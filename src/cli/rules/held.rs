//! Whether rules are what their authors say: their examples are run before a run is judged by them.

use super::bench;
use crate::cli::pipeline::Pipeline;
use crate::duck::{Db, macros};
use crate::error::Result;
use crate::rule::Rule;
use crate::rule::lint::Problem;
use crate::run::Run;
use crate::sql;
use std::collections::HashSet;
use std::path::PathBuf;

/// The examples that do not hold on the tables of a run that is open as `run` in `db`. Rules and macros that the
/// program brings along were tested with it.
pub(crate) fn problems(pipeline: &Pipeline, db: &Db, run: &Run) -> Result<Vec<Problem>> {
    let (workspace, project) = (&pipeline.workspace, &pipeline.project.name);
    let files = sql::list(workspace, &format!("rules/{project}/validation"), "yaml")?;
    let own: HashSet<PathBuf> =
        files.into_iter().filter(|text| !text.is_shipped()).map(|text| text.path).collect();
    let are_macros_shipped = macros::are_shipped(workspace, project)?;
    let is_meant = |rule: &&Rule| !are_macros_shipped || own.contains(&rule.at.file);
    let rules: Vec<Rule> = pipeline.rules.rules.iter().filter(is_meant).cloned().collect();
    if rules.is_empty() {
        return Ok(Vec::new());
    }
    bench::of_open(db, run, &pipeline.target)?.test_all(&rules)
}
