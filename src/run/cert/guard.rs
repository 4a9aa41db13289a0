//! What must hold before anything is written: CERT is not PROD and never was, is marked as a target, and may be
//! written.

use super::decide::Transactions;
use super::{Store, Targets, refuse_all};
use crate::catalog::{Catalog, fit};
use crate::error::{Error, Result};
use crate::run::Run;
use crate::store::Source;
use crate::threads::side_by_side;
use std::io::Write as _;
use std::path::{Path, PathBuf};

/// The sources of an environment, by store.
pub type Sources = [(String, Box<dyn Source>)];

/// Refuses targets that are a source under another name or were one once, and those that take no writes or
/// that nobody made a target.
pub fn check(workspace: &Path, sources: &Sources, targets: &Targets) -> Result<()> {
    check_apart(workspace, sources, targets)?;
    check_marks(targets)
}

/// Refuses targets that are a source under another name or were one once, and those that take no writes.
pub fn check_apart(workspace: &Path, sources: &Sources, targets: &Targets) -> Result<()> {
    let prod =
        side_by_side(sources.iter().collect(), |(store, source)| Ok((store, source, source.identity()?)))?;
    let cert = side_by_side(targets.iter().collect(), |(store, target)| {
        let target = target.source();
        Ok((store, target, target.identity()?, target.can_write()?))
    })?;
    let mut problems = Vec::new();
    for (at, (store, target, identity, can_write)) in cert.iter().enumerate() {
        for (source, reader, _) in prod.iter().filter(|(_, _, known)| known == identity) {
            if is_same(*target, reader.as_ref())? {
                return Err(Error::refused(format!("CERT is PROD: the target {store} is the source {source}"))
                    .hint("the URLs of `cert` in the environment file must name other databases than those of `prod`"));
            }
        }
        for (other, twin, ..) in cert[..at].iter().filter(|(_, _, known, _)| known == identity) {
            if is_same(*target, *twin)? {
                problems.push(format!("{store} and {other} are one and the same database"));
            }
        }
        if let Some(run) = former_source(workspace, *target)? {
            problems.push(format!("{store} was a source of {run}: nothing is ever written to one"));
        }
        if !can_write {
            problems.push(format!("{store} is read-only for this account"));
        }
    }
    match problems.is_empty() {
        true => Ok(()),
        false => {
            Err(Error::refused(problems.join("\n"))
                .hint("check the URLs of `cert` and what the account may do"))
        }
    }
}

/// Whether two stores of one identity are one live store, and not one the copy of the other.
pub fn is_same(target: &dyn Source, other: &dyn Source) -> Result<bool> {
    match target.signal()? {
        Some(signal) => other.sees(&signal.text),
        None => Ok(true),
    }
}

/// Refuses targets that nobody made one.
pub fn check_marks(targets: &Targets) -> Result<()> {
    let marked = side_by_side(targets.iter().collect(), |(_, target)| target.source().is_marked())?;
    refuse_unmarked(targets.iter().map(|(store, _)| store.as_str()).zip(marked))
}

/// The same, seen by the transactions of a load: nobody took the mark away meanwhile.
pub fn check_marks_within(stores: &[Store<'_>], transactions: &mut Transactions) -> Result<()> {
    let marked = transactions.iter_mut().map(|transaction| transaction.is_marked());
    let marked: Vec<bool> = marked.collect::<Result<_>>()?;
    refuse_unmarked(stores.iter().map(|store| store.name.as_str()).zip(marked))
}

fn refuse_unmarked<'a>(marked: impl Iterator<Item = (&'a str, bool)>) -> Result<()> {
    let missing: Vec<&str> = marked.filter(|(_, is_marked)| !is_marked).map(|(store, _)| store).collect();
    match missing.is_empty() {
        true => Ok(()),
        false => Err(Error::refused(format!("CERT is not marked as a target: {}", missing.join(", ")))
            .hint("`datamig doctor --mark-target` marks it, once, after you typed its name")),
    }
}

/// Notes where the sources of a run are: none of them ever becomes a target.
pub fn remember(run: &Run, sources: &Sources) -> Result<()> {
    let path = memory(&run.workspace);
    let known = recall(&run.workspace)?;
    let mut file = std::fs::OpenOptions::new()
        .append(true)
        .create(true)
        .open(&path)
        .map_err(|cause| Error::file(&path, &cause))?;
    for address in side_by_side(sources.iter().collect(), |(_, source)| source.address())? {
        if known.iter().all(|(other, _)| *other != address) {
            writeln!(file, "{address}\t{}", run.id).map_err(|cause| Error::file(&path, &cause))?;
        }
    }
    Ok(())
}

/// The run of which a store was a source.
fn former_source(workspace: &Path, store: &dyn Source) -> Result<Option<String>> {
    let known = recall(workspace)?;
    if known.is_empty() {
        return Ok(None);
    }
    let address = store.address()?;
    Ok(known.into_iter().find(|(other, _)| *other == address).map(|(_, run)| run))
}

/// Addresses of sources, and the first run of each.
fn recall(workspace: &Path) -> Result<Vec<(String, String)>> {
    let path = memory(workspace);
    match std::fs::read_to_string(&path) {
        Ok(text) => Ok(text
            .lines()
            .filter_map(|line| line.split_once('\t'))
            .map(|(address, run)| (address.to_owned(), run.to_owned()))
            .collect()),
        Err(cause) if cause.kind() == std::io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(cause) => Err(Error::file(&path, &cause)),
    }
}

fn memory(workspace: &Path) -> PathBuf {
    workspace.join("data/runs/.sources")
}

/// Refuses a target whose tables do not take those of the source; everything at once.
pub fn check_fit(prod: &Catalog, cert: &Catalog) -> Result<()> {
    let problem = |table: &crate::catalog::Table| match cert.find(&table.path()) {
        Some(at) => fit::problems(table, &cert.tables[at]),
        None if table.kind == crate::catalog::TableKind::Table => {
            vec![format!("{}: the table is missing", table.path())]
        }
        None => Vec::new(),
    };
    refuse_all(prod.tables.iter().flat_map(problem).collect())
}
