//! What must hold before anything is written: CERT is not PROD, and may be written.

use super::{Targets, refuse_all};
use crate::catalog::{Catalog, fit};
use crate::error::{Error, Result};
use crate::store::Source;
use crate::threads::side_by_side;

/// The sources of an environment, by store.
pub type Sources = [(String, Box<dyn Source>)];

/// Refuses targets that are a source under another name, and targets that take no writes.
pub fn check(sources: &Sources, targets: &Targets) -> Result<()> {
    let prod = side_by_side(sources.iter().collect(), |(store, source)| Ok((store, source.identity()?)))?;
    let cert = side_by_side(targets.iter().collect(), |(store, target)| {
        Ok((store, target.source().identity()?, target.source().can_write()?))
    })?;
    let mut problems = Vec::new();
    for (at, (store, identity, can_write)) in cert.iter().enumerate() {
        if let Some((source, _)) = prod.iter().find(|(_, source)| source == identity) {
            return Err(Error::refused(format!("CERT is PROD: the target {store} is the source {source}"))
                .hint("the URLs of `cert` in the environment file must name other databases than those of `prod`"));
        }
        if let Some((other, ..)) = cert[..at].iter().find(|(_, other, _)| other == identity) {
            problems.push(format!("{store} and {other} are one and the same database"));
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
