//! `datamig load`: the fourth phase alone.

use super::pipeline::{self, Pipeline};
use super::{Global, output, summary, words};
use crate::error::Result;
use crate::phase::load;
use crate::run::{Run, RunFile};
use serde_json::json;

/// Load a validated run into CERT, into all stores or none
#[derive(clap::Args)]
pub struct Load {
    /// Run id, or root key for its newest run
    run: String,
    /// How the rows of every table are written [default: as the project says, else by what CERT holds]
    #[arg(long, value_enum)]
    strategy: Option<load::Strategy>,
    /// Say what would be done to every table, and write nothing
    #[arg(long)]
    plan: bool,
    /// Load in real transactions and roll them back; say how long it took and what it locked
    #[arg(long, conflicts_with = "plan")]
    rehearse: bool,
}

impl Load {
    pub(super) fn run(&self, global: &Global) -> Result<()> {
        let run = global.run(&self.run, |run| run.has(RunFile::Run), "with anonymized rows")?;
        let pipeline = Pipeline::of_run(global, &run)?;
        let _lock = pipeline.lock()?;
        let events = run.events()?;
        let request = pipeline.loading(&run, self.strategy, &events);
        if self.plan {
            return plan(global, &run, &request);
        }
        if self.rehearse {
            return rehearse(global, &run, &request);
        }
        let events = pipeline::events(global, &run)?;
        let (done, written) = pipeline::reported(&run, &events, || {
            if pipeline.load(&run, self.strategy, &events)?.was_loaded {
                words::note(global, &format!("{} is loaded already", run.id));
            }
            Ok(())
        });
        summary::show(global, &run, done, written)
    }
}

fn plan(global: &Global, run: &Run, request: &load::Request<'_>) -> Result<()> {
    let load::Plan { changes, conflicts } = load::plan(request)?;
    match global.json {
        true => output::json(&json!({"run_id": run.id, "tables": tables(&changes), "conflicts": conflicts}))?,
        false => list(&changes)?,
    }
    load::refuse(&conflicts)
}

fn rehearse(global: &Global, run: &Run, request: &load::Request<'_>) -> Result<()> {
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
