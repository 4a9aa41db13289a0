//! `datamig rollback --district`: what runs of a root inserted goes by the ledger in CERT.

use crate::cli::pipeline::Pipeline;
use crate::cli::{Global, output, words};
use crate::error::{Error, Result};
use crate::phase::rollback;

/// Deletes what runs of a root inserted.
pub(super) fn sweep(global: &Global, district: &str, discard_theirs: bool) -> Result<()> {
    let pipeline = Pipeline::open(global, district)?;
    let _lock = pipeline.lock()?;
    let request = rollback::Sweep {
        workspace: &pipeline.workspace,
        project: &pipeline.project,
        env: &pipeline.env,
        root_key: district,
        keys: &pipeline.keys,
        targets: &pipeline.stores.cert,
    };
    let planned = rollback::plan_sweep(&request)?;
    let rows: u64 = planned.tables.iter().map(|table| table.deleted).sum();
    if planned.runs.is_empty() {
        words::note(global, &format!("CERT holds no rows that runs of {district} inserted"));
        return Ok(());
    }
    let stays = [
        (&planned.shared, "what runs inserted into tables that tenants share stays"),
        (
            &planned.left,
            "what runs inserted where nothing tells rows apart any more stays, take it out by hand",
        ),
    ];
    for (tables, what) in stays.into_iter().filter(|(tables, _)| !tables.is_empty()) {
        let line = |(table, rows): &(String, u64)| format!("{} rows of {table}", words::grouped(*rows));
        let lines: Vec<String> = tables.iter().map(line).collect();
        words::note(global, &format!("{what}: {}", lines.join(", ")));
    }
    let question = format!(
        "{} rows in {} tables that {} inserted for {district} will be deleted from CERT ({}).",
        words::grouped(rows),
        planned.tables.len(),
        planned.runs.iter().cloned().collect::<Vec<_>>().join(", "),
        pipeline.env
    );
    match discard_theirs {
        true => words::typed(&format!("{question} What others changed since is lost."), district)?,
        false => words::confirm(global, &question, "yes")?,
    }
    let (rows, report) = rollback::sweep_out(&request, discard_theirs)?;
    if global.json {
        let text = std::fs::read(&report).map_err(|cause| Error::file(&report, &cause))?;
        return output::stdout(&text);
    }
    words::note(global, &format!("{} rows deleted; report: {}", words::grouped(rows), report.display()));
    Ok(())
}
