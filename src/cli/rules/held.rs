//! Whether rules are what their authors say: their examples are run before a run is judged by them.

use super::bench;
use crate::cli::pipeline::Pipeline;
use crate::duck::Db;
use crate::error::{Error, Result};
use crate::rule::basis::Basis;
use crate::rule::lint::Problem;
use crate::run::meta::{self, Side};
use crate::run::{Run, keys};

/// The examples that do not hold on the tables of a run that is open as `run` in `db`. That takes as long as
/// all the checks, so what held is remembered: the same rules, macros and tables hold again.
pub(crate) fn problems(pipeline: &Pipeline, db: &Db, run: &Run, basis: &Basis) -> Result<Vec<Problem>> {
    let source = meta::read_catalog(db, "run", Side::Prod)?;
    let version = env!("CARGO_PKG_VERSION");
    let judged = serde_json::json!([version, basis, source, pipeline.target]).to_string();
    // Signed: a file that others can write must not switch the examples off.
    let key = pipeline.keys.file.derive("examples");
    let held: String = key.mac(judged.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect();
    let folder = pipeline.workspace.join("data/tmp");
    let path = folder.join(format!("examples-{}", pipeline.project.name));
    if std::fs::read_to_string(&path).is_ok_and(|known| known.trim() == held) {
        return Ok(Vec::new());
    }
    let problems = bench::of_open(db, run, &pipeline.target)?.test_all(&pipeline.rules.rules)?;
    if problems.is_empty() {
        std::fs::create_dir_all(&folder).map_err(|cause| Error::file(&folder, &cause))?;
        keys::replace_file(&path, &(held + "\n"), 0o600)?;
    }
    Ok(problems)
}
