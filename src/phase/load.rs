//! The load: what was validated goes to the target, into all stores or none. Before the first write the
//! rows that will change are kept in the encrypted backup; rows that are equal already are not written.

use crate::catalog::{Table, TableKind};
use crate::duck::{Access, Db};
use crate::error::{Error, Result};
use crate::project::Project;
use crate::rule::gate;
use crate::run::cert::change::{BEFORE, Conflict};
pub use crate::run::cert::change::{Change, Strategy};
use crate::run::cert::compare::{self, Wishes};
use crate::run::cert::decide::{self, Changes, Told, Transactions};
use crate::run::cert::guard::{self, Sources};
use crate::run::cert::journal::{self, State};
use crate::run::cert::{Cert, Store, Targets, prepared, taken};
use crate::run::event::{Events, Phase};
use crate::run::{Run, RunFile};
use crate::secret::{Key, Keys};
use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// How often a load is tried when others are in the way.
const ATTEMPTS: u64 = 5;
/// Who is in the way for longer while a load looks at CERT is not waited for again.
const PATIENCE: Duration = Duration::from_secs(20);

/// What is loaded, and where. The caller holds the tenant's lock.
pub struct Request<'a> {
    /// The run.
    pub run: &'a Run,
    /// Its project.
    pub project: &'a Project,
    /// The workspace's secrets.
    pub keys: &'a Keys,
    /// The target of every store, in the project's order.
    pub targets: &'a Targets,
    /// The source of every store: no target may be one of them.
    pub sources: &'a Sources,
    /// How every table is written, whatever the project says.
    pub strategy: Option<Strategy>,
    /// Called when everything is written and stores begin to make it durable: from here on it must not be torn apart.
    pub deciding: &'a (dyn Fn() + Sync),
    /// Where progress goes.
    pub events: &'a Events,
}

impl Request<'_> {
    fn compare(
        &self,
        cert: &Cert<'_>,
        transactions: &mut Transactions,
        told: Told<'_>,
    ) -> Result<(Changes, Vec<Conflict>)> {
        let is_sample = self.run.header.sample.is_some();
        let wishes = Wishes { project: self.project, strategy: self.strategy, is_sample };
        compare::compare(cert, &wishes, transactions, told)
    }
}

/// What a load did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// Rows of the run, all of them in the target now.
    pub rows: u64,
    /// Rows that were new there.
    pub inserted: u64,
    /// Rows that were there with other content.
    pub changed: u64,
    /// Rows of earlier runs that left.
    pub deleted: u64,
    /// Tables of the target that have rows of the run; nodes and relationships count as one each.
    pub tables: usize,
    /// The run was loaded before: nothing was done.
    pub was_loaded: bool,
}

impl Outcome {
    fn of(cert: &Cert<'_>, changes: &Changes) -> Outcome {
        let all = || changes.iter().flatten();
        // The nodes and the relationships of a graph count as one table each.
        let landings = cert.stores.iter().flat_map(|store| &store.tables).zip(all());
        let loaded = landings.filter(|(_, change)| change.rows > 0).map(|(landing, _)| &landing.table);
        let artifact = |table: &Table| match table.kind {
            TableKind::Table => (table.store.clone(), table.name.clone()),
            kind => (table.store.clone(), format!("{kind:?}")),
        };
        Outcome {
            rows: all().map(|change| change.rows).sum(),
            inserted: all().map(|change| change.inserted).sum(),
            changed: all().map(|change| change.changed).sum(),
            deleted: all().map(|change| change.deleted).sum(),
            tables: loaded.map(artifact).collect::<BTreeSet<_>>().len(),
            was_loaded: false,
        }
    }
}

/// What a load would do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// Table by table.
    pub changes: Vec<Change>,
    /// What it would be refused for.
    pub conflicts: Vec<Conflict>,
}

/// What a load would do now. Nothing is written.
pub fn plan(request: &Request<'_>) -> Result<Plan> {
    let (cert, _) = open(request, gate::verify)?;
    let _scratch = cert.scratch(request.run, BEFORE)?;
    // The transactions end with this function, and nothing was written in them.
    let mut transactions = decide::begin(&all(&cert))?;
    let (changes, mut conflicts) = request.compare(&cert, &mut transactions, &|_, _| ())?;
    conflicts.extend(taken::find(&cert, &changes, &mut transactions)?);
    Ok(Plan { changes: changes.into_iter().flatten().collect(), conflicts })
}

/// Whether the run is in CERT already.
pub fn is_loaded(run: &Run) -> Result<bool> {
    Ok(journal::read(run)?.is_some_and(|journal| journal.state == State::Loaded))
}

/// Loads the run. One that is loaded already is left alone; one that broke off half-way is refused until
/// `recover` has finished or undone it.
pub fn execute(request: &Request<'_>) -> Result<Outcome> {
    match journal::read(request.run)?.map(|journal| journal.state) {
        Some(State::Loaded) => return Ok(Outcome { was_loaded: true, ..Outcome::default() }),
        Some(state) if state.is_half() => {
            return Err(journal::half(request.run));
        }
        // Nothing is committed in these states: the load begins anew.
        _ => {}
    }
    request.events.phase(Phase::Load, || {
        let outcome = load(request)?;
        let summary = format!(
            "{} rows in {} tables: {} inserted, {} updated, {} deleted, the rest was there",
            outcome.rows, outcome.tables, outcome.inserted, outcome.changed, outcome.deleted
        );
        let rows = outcome.rows;
        Ok((outcome, rows, summary))
    })
}

/// What came of one attempt.
enum Attempt {
    Loaded(Outcome),
    /// Nothing is written; the changes it was about, and why it failed.
    Failed(Changes, Error),
    /// It failed for no other reason than itself; nothing is written.
    Hopeless(Error),
}

/// Loads. Where another load or a tester was in the way, nothing is written, and the load looks at CERT again.
fn load(request: &Request<'_>) -> Result<Outcome> {
    let mut failed: Option<(Changes, Error)> = None;
    for attempt in 1.. {
        match load_once(request, failed.take())? {
            Attempt::Loaded(outcome) => return Ok(outcome),
            Attempt::Hopeless(failure) => return Err(explained(request, failure)),
            Attempt::Failed(_, failure) if attempt == ATTEMPTS => return Err(failure),
            Attempt::Failed(changes, failure) => {
                let context = serde_json::json!({"attempt": attempt, "reason": failure.message});
                request.events.decision(Phase::Load, "load_again", context);
                failed = Some((changes, failure));
            }
        }
        // Two loads that met do not meet again.
        std::thread::sleep(Duration::from_millis(u64::from(rand::random::<u16>() % 500) * attempt));
    }
    Err(Error::internal("a load was never tried"))
}

/// The failure, or what it was about: a store does not say which row of ours met which of theirs.
fn explained(request: &Request<'_>, failure: Error) -> Error {
    match plan(request) {
        Ok(Plan { conflicts, .. }) => refuse(&conflicts).err().unwrap_or(failure),
        Err(_) => failure,
    }
}

fn load_once(request: &Request<'_>, before: Option<(Changes, Error)>) -> Result<Attempt> {
    let begun = Instant::now();
    // Every row is looked at when all of them are written: that is when it counts.
    let (cert, names) = open(request, gate::glance)?;
    let total = cert.rows();
    let done = AtomicU64::new(0);
    // Each row is looked up once and written once.
    let told = |rows: u64, what: &str| {
        let done = done.fetch_add(rows, Ordering::Relaxed) + rows;
        request.events.progress(Phase::Load, done / 2, Some(total), "rows", what);
    };
    if journal::read(request.run)?.is_some() {
        // What an earlier try may have prepared was never decided.
        prepared::end(&prepared::named(request.targets), request.run, "")?;
    }
    let stores = all(&cert);
    let mut transactions = begin(&cert)?;
    let changes = match prepare(request, &cert, &mut transactions, &told) {
        Err(failure) if failure.kind.is_retryable() && begun.elapsed() < PATIENCE => {
            return Ok(Attempt::Failed(Changes::new(), failure));
        }
        prepared => prepared?,
    };
    // What failed for no other reason than itself fails again.
    if let Some((_, failure)) =
        before.filter(|(known, failure)| *known == changes && !failure.kind.is_retryable())
    {
        return Ok(Attempt::Hopeless(failure));
    }
    journal::write(request.run, State::Prepared, &names)?;
    log_strategies(request.events, &changes);
    journal::write(request.run, State::Writing, &names)?;
    let own: Vec<&Vec<Change>> = changes.iter().collect();
    let mut is_signed = true;
    let seconds = decide::advance_all(&cert, &stores, &own, &mut transactions)
        .and_then(|()| decide::write_all(&cert, request.run, &stores, &own, &mut transactions, BEFORE, &told))
        // What the stores were given is what was signed, also when the file changed meanwhile.
        .and_then(|seconds| {
            gate::verify(&cert.db, &request.keys.file).inspect_err(|_| is_signed = false).map(|()| seconds)
        });
    let ready = seconds.and_then(|seconds| {
        (request.deciding)();
        decide::prepare_all(&stores, request.run, &mut transactions).map(|prepared| (seconds, prepared))
    });
    let (seconds, prepared) = match ready {
        Ok(ready) => ready,
        Err(failure) => {
            // Dropped transactions leave nothing: the journal need not wait for `recover` to say so.
            drop(transactions);
            journal::write(request.run, State::Undone, &names)?;
            return if is_signed { Ok(Attempt::Failed(changes, failure)) } else { Err(failure) };
        }
    };
    journal::write(request.run, State::Deciding, &names)?;
    decide::commit_all(&cert, request.run, transactions, &prepared, &changes)?;
    decide::record(&cert, request.run, &changes, &seconds, begun.elapsed().as_secs_f64())?;
    decide::refresh_statistics(&cert, &changes, request.events);
    Ok(Attempt::Loaded(Outcome::of(&cert, &changes)))
}

/// What a rehearsal found out.
#[derive(Clone, Debug)]
pub struct Rehearsal {
    /// What was written and taken back, table by table.
    pub changes: Vec<Change>,
    /// What others could not write meanwhile, by store.
    pub locks: Vec<(String, Vec<String>)>,
    /// How long it took, without the commits.
    pub seconds: f64,
}

/// Loads in real transactions, which are then rolled back. Sequences are left as they are.
pub fn rehearse(request: &Request<'_>) -> Result<Rehearsal> {
    let begun = Instant::now();
    let (cert, _) = open(request, gate::verify)?;
    let _scratch = cert.scratch(request.run, BEFORE)?;
    let stores = all(&cert);
    let mut transactions = begin(&cert)?;
    let (mut changes, conflicts) = request.compare(&cert, &mut transactions, &|_, _| ())?;
    refuse(&conflicts)?;
    decide::hold(&cert, &mut changes, &mut transactions)?;
    let own: Vec<&Vec<Change>> = changes.iter().collect();
    decide::write_all(&cert, request.run, &stores, &own, &mut transactions, BEFORE, &|_, _| ())?;
    let locks = cert.stores.iter().zip(&mut transactions);
    let locks = locks.map(|(store, transaction)| Ok((store.name.clone(), transaction.locks()?)));
    let locks = locks.collect::<Result<_>>()?;
    drop(transactions);
    let changes = changes.into_iter().flatten().collect();
    Ok(Rehearsal { changes, locks, seconds: begun.elapsed().as_secs_f64() })
}

/// The transactions of a load: of marked targets, and of no other process for this tenant.
fn begin(cert: &Cert<'_>) -> Result<Transactions> {
    let mut transactions = decide::begin(&all(cert))?;
    guard::check_marks_within(&cert.stores, &mut transactions)?;
    transactions.iter_mut().try_for_each(|transaction| transaction.claim(&cert.tenant))?;
    Ok(transactions)
}

/// How closely the gate looks at a run.
type Gate = fn(&Db, &Key) -> Result<()>;

/// All that must hold before anything is written. Returns the target side and its store names.
fn open<'a>(request: &Request<'a>, gate: Gate) -> Result<(Cert<'a>, Vec<String>)> {
    guard::check(&request.run.workspace, request.sources, request.targets)?;
    let cert = Cert::open(request.run, request.keys, request.project, request.targets, Access::Write)?;
    if !cert.db.one::<bool, _>("SELECT shareable FROM meta.run", [])? {
        return Err(Error::refused("the privacy checks of this run have not passed")
            .hint("`datamig validate` runs them and says what they found"));
    }
    gate(&cert.db, &request.keys.file)?;
    let names = cert.stores.iter().map(|store| store.name.clone()).collect();
    Ok((cert, names))
}

fn all<'a, 'b>(cert: &'b Cert<'a>) -> Vec<&'b Store<'a>> {
    cert.stores.iter().collect()
}

/// Takes the before-images and makes them durable.
fn prepare(
    request: &Request<'_>,
    cert: &Cert<'_>,
    transactions: &mut Transactions,
    told: &(dyn Fn(u64, &str) + Sync),
) -> Result<Changes> {
    let run = request.run;
    run.attach_draft(&cert.db, RunFile::Backup, request.keys)?;
    let (mut changes, conflicts) = request.compare(cert, transactions, told)?;
    refuse(&conflicts)?;
    decide::hold(cert, &mut changes, transactions)?;
    decide::keep_changes(cert, &changes)?;
    cert.db.detach(BEFORE)?;
    run.publish(RunFile::Backup)?;
    run.attach(&cert.db, RunFile::Backup, request.keys, Access::Read)?;
    cert.db.use_catalog("run")?;
    Ok(changes)
}

/// Rows of somebody else under our keys are refused, those of all tables at once.
pub fn refuse(conflicts: &[Conflict]) -> Result<()> {
    if conflicts.is_empty() {
        return Ok(());
    }
    let lines: Vec<String> = conflicts.iter().map(Conflict::to_string).collect();
    Err(Error::refused(format!("CERT has rows under keys of this run:\n  {}", lines.join("\n  ")))
        .hint("move those rows to other keys, or take them out of CERT; nothing was written"))
}

fn log_strategies(events: &Events, changes: &Changes) {
    for change in changes.iter().flatten().filter(|change| change.rows + change.deleted > 0) {
        events.decision(
            Phase::Load,
            "loading_strategy_selection",
            serde_json::json!({
                "table": change.path(),
                "strategy": change.strategy.word(),
                "reason": change.reason,
                "rows": change.rows,
                "inserted": change.inserted,
                "updated": change.changed,
                "deleted": change.deleted,
                "left": change.left(),
            }),
        );
    }
}
