//! `datamig load --plan` and `--rehearse`: what a load would do, without doing it.

use crate::cli::{Global, output, words};
use crate::error::Result;
use crate::phase::load;
use crate::run::Run;
use serde_json::json;

/// What would be done to every table.
pub(super) fn plan(global: &Global, run: &Run, request: &load::Request<'_>) -> Result<()> {
    let load::Plan { changes, conflicts } = load::plan(request)?;
    match global.json {
        true => output::json(&json!({"run_id": run.id, "tables": tables(&changes), "conflicts": conflicts}))?,
        false => list(&changes)?,
    }
    load::refuse(&conflicts)
}

/// Loads, takes it back, and says what it locked and how long it took.
pub(super) fn rehearse(global: &Global, run: &Run, request: &load::Request<'_>) -> Result<()> {
    let load::Rehearsal { changes, locks, seconds } = load::rehearse(request)?;
    if global.json {
        let locks: serde_json::Map<_, _> =
            locks.into_iter().map(|(store, locks)| (store, json!(locks))).collect();
        return output::json(
            &json!({"run_id": run.id, "tables": tables(&changes), "locks": locks, "duration_seconds": seconds}),
        );
    }
    list(&changes)?;
    words::note(
        global,
        &format!("written and rolled back in {}; meanwhile locked:", words::duration(seconds)),
    );
    for (store, locks) in locks {
        words::note(global, &format!("  {store}: {}", locks.join(", ")));
    }
    Ok(())
}

fn tables(changes: &[load::Change]) -> serde_json::Value {
    let table = |change: &load::Change| {
        json!({
            "table": change.path(), "strategy": change.strategy, "reason": change.reason, "rows": change.rows,
            "inserted": change.inserted, "updated": change.changed, "deleted": change.deleted, "left": change.left(),
        })
    };
    changes.iter().map(table).collect()
}

fn list(changes: &[load::Change]) -> Result<()> {
    let row = |change: &load::Change| {
        let counts = [change.inserted, change.changed, change.deleted, change.left()].map(words::grouped);
        [vec![change.path(), change.strategy.word().to_owned()], counts.to_vec()].concat()
    };
    let header = ["table", "strategy", "inserted", "updated", "deleted", "left as it is"];
    output::list(&header, changes.iter().filter(|change| change.rows + change.deleted > 0).map(row).collect())
}
