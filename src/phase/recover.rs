//! Recovery: what a crash left of a load or a rollback is finished or undone. The journal says what was
//! decided, the decision row in every store says how far it got. Prepared transactions are ended first: they keep
//! their locks, and what they wrote is seen only afterwards.

use crate::duck::Access;
use crate::error::{Error, Result};
use crate::project::Project;
use crate::run::cert::decide;
use crate::run::cert::journal::{self, LOADED, State, UNDONE};
use crate::run::cert::{Cert, Targets, prepared, sweep, undo};
use crate::run::event::{Events, Happening};
use crate::run::{Run, RunFile};
use crate::secret::Keys;

/// Which run, and its targets. The caller holds the tenant's lock.
pub struct Request<'a> {
    /// The run.
    pub run: &'a Run,
    /// Its project.
    pub project: &'a Project,
    /// The workspace's secrets.
    pub keys: &'a Keys,
    /// The target of every store, in the project's order.
    pub targets: &'a Targets,
    /// Where the account of it goes.
    pub events: &'a Events,
}

/// What was found and done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// In words: what was found, what was done.
    pub words: String,
    /// The target holds the run now.
    pub is_loaded: bool,
    /// Something was finished or undone.
    pub has_acted: bool,
}

/// Whether a crash left something that `execute` has to finish or undo.
pub fn is_needed(run: &Run) -> Result<bool> {
    let state = journal::read(run)?.map(|journal| journal.state);
    Ok(state.is_some_and(|state| state.is_half() || matches!(state, State::Prepared | State::Writing)))
}

/// Finishes or undoes. Doing it again changes nothing.
pub fn execute(request: &Request<'_>) -> Result<Outcome> {
    let Some(journal) = journal::read(request.run)? else {
        return Ok(outcome("this run was never loaded: there is nothing to recover", false, false));
    };
    let decided = match journal.state {
        State::Deciding | State::Loaded => LOADED,
        State::Undoing | State::Sweeping | State::Undone => UNDONE,
        State::Prepared | State::Writing => "",
    };
    let stores = prepared::named(request.targets);
    let ended = prepared::settle(&stores, &request.run.tenant(request.keys), request.run, decided)?;
    let mut outcome = match journal.state {
        State::Loaded => outcome("the run is loaded completely: there is nothing to recover", true, false),
        State::Undone => {
            outcome("CERT is as it was before the run: there is nothing to recover", false, false)
        }
        State::Prepared | State::Writing => {
            journal::write(request.run, State::Undone, &journal.stores)?;
            let words = "the load broke off before anything was committed: CERT is as it was; `datamig load` starts anew";
            outcome(words, false, true)
        }
        State::Deciding => finish_load(request, &journal.stores)?,
        State::Undoing => finish_undo(request)?,
        State::Sweeping => finish_sweep(request)?,
    };
    if !ended.is_empty() {
        outcome.words = format!("{}; {}", ended.join(", "), outcome.words);
        outcome.has_acted = true;
    }
    if outcome.has_acted {
        request.events.write(Happening::Audit { what: format!("recover: {}", outcome.words) });
    }
    Ok(outcome)
}

fn outcome(words: &str, is_loaded: bool, has_acted: bool) -> Outcome {
    Outcome { words: words.to_owned(), is_loaded, has_acted }
}

fn finish_load(request: &Request<'_>, names: &[String]) -> Result<Outcome> {
    let run = request.run;
    let held = decide::holders(request.targets.iter().map(|(_, target)| target.as_ref()), run)?;
    let name = |wanted: bool| -> Vec<&str> {
        let stores = request.targets.iter().zip(&held).filter(|(_, held)| **held == wanted);
        stores.map(|((name, _), _)| name.as_str()).collect()
    };
    if !held.contains(&true) {
        journal::write(run, State::Undone, names)?;
        let words =
            "the load broke off just before its first commit: CERT is as it was; `datamig load` starts anew";
        return Ok(outcome(words, false, true));
    }
    let cert = open(request)?;
    let changes = decide::attach_before(&cert, run, request.keys)?;
    let found = match held.contains(&false) {
        false => "every store had committed, only the journal did not say so".to_owned(),
        true => format!(
            "the load broke off when {} had committed and {} had not",
            name(true).join(", "),
            name(false).join(", ")
        ),
    };
    match decide::finish(&cert, run, &changes) {
        Ok(()) => {
            decide::record(&cert, run, &changes, &[], 0.0)?;
            Ok(outcome(&format!("{found}: the load is finished, every store holds the run"), true, true))
        }
        Err(failure) if failure.kind.is_retryable() => Err(failure.context(found)),
        Err(failure) => {
            undo::undo_all(&cert, run, &changes, &|_, _, _| Ok(()), &|_, _| ())?;
            let words = format!(
                "{found}; it cannot be finished ({}): it is undone, CERT is as it was",
                failure.message
            );
            Ok(outcome(&words, false, true))
        }
    }
}

fn finish_undo(request: &Request<'_>) -> Result<Outcome> {
    let cert = open(request)?;
    let changes = decide::attach_before(&cert, request.run, request.keys)?;
    undo::undo_all(&cert, request.run, &changes, &|_, _, _| Ok(()), &|_, _| ())?;
    Ok(outcome("a rollback broke off: it is finished, CERT is as it was before the run", false, true))
}

fn finish_sweep(request: &Request<'_>) -> Result<Outcome> {
    let Run { workspace, header, .. } = request.run;
    let (env, root_key) = (header.env.as_str(), header.root_key.as_str());
    let Request { project, keys, targets, .. } = *request;
    sweep::execute(&sweep::Request { workspace, project, env, root_key, keys, targets }, true)?;
    Ok(outcome("a rollback by the ledger broke off: it is finished, what runs inserted is gone", false, true))
}

fn open<'a>(request: &Request<'a>) -> Result<Cert<'a>> {
    if !request.run.has(RunFile::Run) {
        return Err(Error::refused(format!(
            "run.duckdb of {} is gone: it says which rows are ours",
            request.run.id
        ))
        .hint("put it back from a copy of the run's folder"));
    }
    Cert::open(request.run, request.keys, request.project, request.targets, Access::Write)
}
