//! What checks found in earlier runs.

use super::Global;
use crate::cli::export;
use crate::error::Result;
use crate::rule::expand::Check;
use crate::run::{Run, RunFile};
use serde_json::{Value, json};

/// Runs looked at.
const RUNS_MAX: usize = 10;

/// What the checks found together, run by run, newest first.
pub(super) fn found(global: &Global, checks: &[&Check]) -> Result<Vec<Value>> {
    let ids = json!(checks.iter().map(|check| &check.id).collect::<Vec<_>>()).to_string();
    let mut found = Vec::new();
    let runs = Run::list(&global.workspace()?).into_iter().rev();
    for run in runs.filter(|run| run.header.project == global.project && run.has(RunFile::Run)).take(RUNS_MAX)
    {
        // A run that is being written cannot be read now.
        let Ok(db) = export::open(&run) else { continue };
        let row = db.rows(crate::sql::get("rule/found.sql"), [&ids], |row| {
            let (examined, violations): (i64, i64) = (row.get("examined")?, row.get("violations")?);
            let status: Option<String> = row.get("status")?;
            Ok(status.map(|status| {
                json!({"run_id": run.id, "status": status, "examined": examined, "violations": violations})
            }))
        })?;
        found.extend(row.into_iter().flatten());
    }
    Ok(found)
}
