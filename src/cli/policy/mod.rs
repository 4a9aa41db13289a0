//! `datamig policy`: how every column leaves production. One file per action.

mod explain;
mod suggest;
mod test;

use super::{Global, output, probe, words};
use crate::catalog::Catalog;
use crate::error::Result;
use crate::project::Project;
use crate::store::introspect::introspect;

/// Look at the policy: how every column leaves PROD, and what it misses
#[derive(clap::Args)]
pub struct PolicyCommand {
    #[command(subcommand)]
    action: Action,
}

#[derive(clap::Subcommand)]
enum Action {
    Explain(explain::Explain),
    Suggest(suggest::Suggest),
    Test(test::Test),
}

impl PolicyCommand {
    pub(super) fn run(&self, global: &Global) -> Result<()> {
        match &self.action {
            Action::Explain(action) => action.run(global),
            Action::Suggest(action) => action.run(global),
            Action::Test(action) => action.run(global),
        }
    }
}

/// The sources of PROD, all of them, and what they look like, links included.
fn sources(global: &Global, project: &Project) -> Result<(probe::Sources, Catalog)> {
    let endpoints = project.endpoints(&global.env, &global.variables()?)?;
    let (sources, missing) = probe::sources(project, &endpoints);
    if let Some((store, error)) = missing.into_iter().next() {
        return Err(error.context(store));
    }
    let named: Vec<_> = sources.iter().map(|(name, store)| (name.as_str(), store.as_ref())).collect();
    let mut catalog = introspect(&named)?;
    project.complete(&mut catalog)?;
    Ok((sources, catalog))
}

/// Whether a path is meant: one that contains the word, all without one.
fn is_meant(word: Option<&str>, path: &str) -> bool {
    word.is_none_or(|word| path.to_lowercase().contains(&word.to_lowercase()))
}
