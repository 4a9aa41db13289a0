//! Rollback: CERT is put back as it was before the load, in every store or none. Rows that somebody changed
//! since are listed and stop it, unless their changes are discarded knowingly.

use crate::duck::{Access, Db};
use crate::error::{Error, Result};
use crate::project::Project;
pub use crate::run::cert::change::Change;
use crate::run::cert::decide::{self, Changes, Transactions};
use crate::run::cert::image::{self, Asking};
use crate::run::cert::journal::{self, State};
use crate::run::cert::sweep;
pub use crate::run::cert::sweep::{Request as Sweep, plan as plan_sweep};
use crate::run::cert::undo::{self, Undone};
use crate::run::cert::{Cert, Store, Targets, fired};
use crate::run::event::{Events, Happening, Phase};
use crate::run::{Run, keys, meta};
use crate::secret::Keys;
use crate::sql;
use crate::store::{Read, Sink};
use crate::threads::side_by_side;
use duckdb::params;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The catalog of what the target holds now.
const NOW: &str = "now";

/// What is rolled back. The caller holds the tenant's lock.
pub struct Request<'a> {
    /// The run.
    pub run: &'a Run,
    /// Its project.
    pub project: &'a Project,
    /// The workspace's secrets.
    pub keys: &'a Keys,
    /// The target of every store, in the project's order.
    pub targets: &'a Targets,
    /// Go on although rows of the run were changed in CERT; those changes are lost.
    pub discard_theirs: bool,
    /// Called when nothing stops it any more: from here on it must not be torn apart.
    pub deciding: &'a (dyn Fn() + Sync),
    /// Where progress goes.
    pub events: &'a Events,
}

/// What a rollback would do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// Per table: `inserted` rows are deleted, `changed` rows restored.
    pub changes: Vec<Change>,
    /// Rows of the run that somebody changed or deleted in CERT: table and number.
    pub theirs: Vec<(String, u64)>,
}

/// What a rollback did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// Rows deleted.
    pub deleted: u64,
    /// Rows restored.
    pub restored: u64,
    /// CERT did not hold the run: nothing was done.
    pub was_undone: bool,
    /// The rollback report.
    pub report: Option<PathBuf>,
}

/// What a rollback would do now; `None` when CERT does not hold the run.
pub fn plan(request: &Request<'_>) -> Result<Option<Plan>> {
    if !is_loaded(request.run)? {
        return Ok(None);
    }
    let (cert, changes) = open(request)?;
    let stores: Vec<&Store<'_>> = cert.stores.iter().collect();
    let snapshots = side_by_side(stores.clone(), |store| store.target.source().snapshot())?;
    let readers =
        snapshots.iter().map(|snapshot| |read: &Read<'_>, sink: Sink<'_>| snapshot.read(read, sink));
    let own: Vec<&Vec<Change>> = changes.iter().collect();
    let mut theirs = changed_since(request, &cert, &stores, &own, Asking::Freely, readers.collect())?;
    let fired: Vec<&Store<'_>> = stores.into_iter().filter(|store| !store.fired.is_empty()).collect();
    theirs.extend(fired_since(request, &cert, &fired, &mut decide::begin(&fired)?)?);
    Ok(Some(Plan { changes: changes.into_iter().flatten().collect(), theirs }))
}

/// Rolls back. A run that CERT does not hold is left alone.
pub fn execute(request: &Request<'_>) -> Result<Outcome> {
    if !is_loaded(request.run)? {
        return Ok(Outcome { was_undone: true, ..Outcome::default() });
    }
    refuse_older(request.run)?;
    request.events.phase(Phase::Rollback, || {
        let outcome = roll_back(request)?;
        let summary =
            format!("{} rows deleted, {} restored: CERT is as it was", outcome.deleted, outcome.restored);
        let rows = outcome.deleted + outcome.restored;
        Ok((outcome, rows, summary))
    })
}

fn is_loaded(run: &Run) -> Result<bool> {
    match journal::read(run)?.map(|journal| journal.state) {
        Some(State::Loaded) => Ok(true),
        Some(state) if state.is_half() => Err(journal::half(run)),
        _ => Ok(false),
    }
}

/// Of two loads of one tenant that lie on each other only the newer can be taken back.
fn refuse_older(run: &Run) -> Result<()> {
    let same = |other: &&Run| {
        let (one, two) = (&other.header, &run.header);
        other.id != run.id && one.project == two.project && one.env == two.env && one.root_key == two.root_key
    };
    let since = journal::read(run)?.map(|journal| journal.at);
    for other in Run::list(&run.workspace).iter().filter(same) {
        let later = journal::read(other)?
            .filter(|journal| journal.state == State::Loaded && Some(&journal.at) > since.as_ref());
        if later.is_some() {
            return Err(Error::refused(format!("{} was loaded on top of {}", other.id, run.id))
                .hint(format!("roll back {} first", other.id)));
        }
    }
    Ok(())
}

fn open<'a>(request: &Request<'a>) -> Result<(Cert<'a>, Changes)> {
    let cert = Cert::open(request.run, request.keys, request.project, request.targets, Access::Write)?;
    let changes = decide::attach_before(&cert, request.run, request.keys)?;
    Ok((cert, changes))
}

fn roll_back(request: &Request<'_>) -> Result<Outcome> {
    let (cert, changes) = open(request)?;
    // The rows are locked while they are compared: what a tester writes from here on waits, and is not lost.
    let look = |stores: &[&Store<'_>], changes: &[&Vec<Change>], transactions: &mut Transactions| {
        let readers = transactions.iter_mut().map(|transaction| {
            |read: &Read<'_>, sink: Sink<'_>| match read.any.is_empty() {
                true => transaction.read(read, sink),
                false => transaction.hold(read, sink),
            }
        });
        let mut theirs = changed_since(request, &cert, stores, changes, Asking::ByKey, readers.collect())?;
        theirs.extend(fired_since(request, &cert, stores, transactions)?);
        allow(request, &theirs)?;
        (request.deciding)();
        Ok(())
    };
    let total =
        changes.iter().flatten().map(|change| change.inserted + change.changed + change.deleted).sum();
    let told = |rows, what: &str| request.events.progress(Phase::Rollback, rows, Some(total), "rows", what);
    let undone = undo::undo_loaded(&cert, request.run, &changes, &look, &told)?;
    let report = record(&cert.db, request.run, &undone)?;
    Ok(Outcome {
        deleted: undone.iter().map(|table| table.deleted).sum(),
        restored: undone.iter().map(|table| table.restored).sum(),
        was_undone: false,
        report: Some(report),
    })
}

/// Stops where others changed rows of the run, unless their changes are given up knowingly.
fn allow(request: &Request<'_>, theirs: &[(String, u64)]) -> Result<()> {
    if theirs.is_empty() {
        return Ok(());
    }
    let lines: Vec<String> = theirs.iter().map(|(table, rows)| format!("{table}: {rows} rows")).collect();
    if !request.discard_theirs {
        return Err(Error::refused(format!(
            "rows of {} were changed or deleted in CERT since the load:\n  {}",
            request.run.id,
            lines.join("\n  ")
        ))
        .hint("look at them first; `--discard-theirs` gives their changes up"));
    }
    let what = format!("changes in CERT discarded: {}", lines.join("; "));
    request.events.write(Happening::Audit { what });
    Ok(())
}

/// Rows the load wrote that CERT no longer holds as written, by table.
fn changed_since<R>(
    request: &Request<'_>,
    cert: &Cert<'_>,
    stores: &[&Store<'_>],
    changes: &[&Vec<Change>],
    asking: Asking,
    readers: Vec<R>,
) -> Result<Vec<(String, u64)>>
where
    R: FnMut(&Read<'_>, Sink<'_>) -> Result<()> + Send,
{
    let _scratch = cert.scratch(request.run, NOW)?;
    image::take_all(&cert.db, stores, NOW, asking, readers, &|_, _| ())?;
    let jobs = stores.iter().zip(changes).map(|(store, changes)| Ok((cert.db.another()?, store, changes)));
    let found = side_by_side(jobs.collect::<Result<Vec<_>>>()?, |(db, store, changes)| {
        of_store(&db, store, changes)
    })?;
    cert.db.detach(NOW)?;
    cert.db.use_catalog("run")?;
    Ok(found.into_iter().flatten().collect())
}

/// Rows that triggers wrote for the load and that CERT no longer holds so, by table.
fn fired_since(
    request: &Request<'_>,
    cert: &Cert<'_>,
    stores: &[&Store<'_>],
    transactions: &mut Transactions,
) -> Result<Vec<(String, u64)>> {
    let mut found = Vec::new();
    for (store, transaction) in stores.iter().zip(transactions) {
        let (tenant, run) = (&cert.tenant, request.run.name());
        found.extend(fired::changed_since(&cert.db, store, transaction.as_mut(), tenant, &run)?);
    }
    Ok(found)
}

fn of_store(db: &Db, store: &Store<'_>, changes: &[Change]) -> Result<Vec<(String, u64)>> {
    let mut found = Vec::new();
    for (landing, change) in store.tables.iter().zip(changes) {
        if change.inserted + change.changed == 0 {
            continue;
        }
        let first: Vec<&str> = landing.columns().take(1).map(|column| column.name.as_str()).collect();
        let sql = format!(
            "SELECT CAST((SELECT count(*) FROM ({})) + (SELECT count(*) FROM ({})) AS UBIGINT)",
            image::missing(landing, NOW, &first),
            image::differing(landing, NOW, "ours", &first)
        );
        let rows: u64 = db.one(&sql, [])?;
        if rows > 0 {
            found.push((landing.table.path(), rows));
        }
    }
    Ok(found)
}

/// Writes `meta.rollback` and the rollback report.
fn record(db: &Db, run: &Run, undone: &[Undone]) -> Result<PathBuf> {
    db.use_catalog("run")?;
    decide::at_once(db, || {
        meta::create(db)?;
        db.run("DELETE FROM meta.rollback")?;
        for table in undone {
            db.change(
                "INSERT INTO meta.rollback VALUES (?, ?, ?, ?)",
                params![table.store, table.table, table.deleted, table.restored],
            )?;
        }
        Ok(())
    })?;
    let now = chrono::Utc::now();
    let at = now.to_rfc3339_opts(chrono::SecondsFormat::Secs, true);
    let report: String = db.one(sql::get("load/rollback.sql"), params![format!("rb-{}", stamp(&now)), at])?;
    write_report(&run.workspace, &now, &report)
}

/// Takes out by the ledger what runs of the tenant inserted. Returns the rows deleted, and the report.
pub fn sweep_out(request: &Sweep<'_>, discard_theirs: bool) -> Result<(u64, PathBuf)> {
    let swept = sweep::execute(request, discard_theirs)?;
    let mut deletions = BTreeMap::<&str, (u64, u64)>::new();
    for table in &swept.tables {
        let (tables, rows) = deletions.entry(&table.store).or_default();
        (*tables, *rows) = (*tables + 1, *rows + table.deleted);
    }
    let total: u64 = deletions.values().map(|(_, rows)| rows).sum();
    let entry = |(store, (tables, rows)): (&str, (u64, u64))| {
        (store.to_owned(), serde_json::json!({"tables": tables, "rows_deleted": rows}))
    };
    let deletions: serde_json::Map<_, _> = deletions.into_iter().map(entry).collect();
    let now = chrono::Utc::now();
    let report = serde_json::json!({
        "rollback_run_id": format!("rb-{}", stamp(&now)),
        "migration_run_id": swept.runs,
        "district_id": request.root_key,
        "rolled_back_at": now.to_rfc3339_opts(chrono::SecondsFormat::Secs, true),
        "status": "SUCCESS",
        "deletions": deletions,
        "total_rows_deleted": total,
        "shared_rows_left": swept.shared.into_iter().collect::<BTreeMap<_, _>>(),
        "rows_not_found": swept.left.into_iter().collect::<BTreeMap<_, _>>(),
        "verification": "PASSED",
    });
    let path = write_report(request.workspace, &now, &report.to_string())?;
    Ok((total, path))
}

type Moment = chrono::DateTime<chrono::Utc>;

fn stamp(now: &Moment) -> String {
    now.format("%Y%m%dT%H%M%S%3fZ").to_string()
}

fn write_report(workspace: &Path, now: &Moment, report: &str) -> Result<PathBuf> {
    let folder = workspace.join("data/reports");
    std::fs::create_dir_all(&folder).map_err(|cause| Error::file(&folder, &cause))?;
    let path = folder.join(format!("rollback-{}.json", stamp(now)));
    keys::replace_file(&path, &decide::pretty(report)?, 0o644)?;
    Ok(path)
}
