//! What could stop a run, looked at before anything is done: secrets, the engine and its cipher, rules, disk,
//! every store on both sides. All problems are found at once; `doctor` shows them, `migrate` stops on them.

use super::words;
use crate::catalog::Catalog;
use crate::duck::Db;
use crate::error::{Error, Result};
use crate::phase::analyze::Missing;
use crate::phase::rehearse;
use crate::project::Project;
use crate::project::endpoints::{Endpoint, Endpoints};
use crate::project::policy::Assignments;
use crate::rule;
use crate::run::cert::{guard, prepared};
use crate::run::{decide, id_of};
use crate::secret::Environment;
use crate::store::introspect::introspect;
use crate::store::url::{Engine, StoreUrl};
use crate::store::{self, Identity, Source, Target};
use crate::threads::side_by_side;
use std::path::Path;

/// Free space below which nothing is begun, in bytes.
const DISK_MIN: u64 = 16 << 20;
/// Free space below which a warning is due: what the manual asks for, in bytes.
const DISK_WANTED: u64 = 1 << 30;

/// One thing that was looked at.
pub struct Probe {
    /// `secrets`, `prod ids`.
    pub what: String,
    /// What was found.
    pub state: State,
}

/// What was found.
pub enum State {
    /// All is well, in words.
    Good(String),
    /// It works, and should not be so.
    Warning(String),
    /// It stops a run.
    Problem(Error),
}

/// Sources by name.
pub type Sources = Vec<(String, Box<dyn Source>)>;

/// All stores of an environment, open.
pub struct Stores {
    /// The sources, in the project's order.
    pub prod: Sources,
    /// The targets, in the project's order.
    pub cert: Vec<(String, Box<dyn Target>)>,
}

/// Looks at the machine: secrets, engine, rules, disk.
pub fn machine(workspace: &Path, project: &Project, variables: &Environment) -> Vec<Probe> {
    let looked = |what: &str, found: Result<String>| Probe {
        what: what.into(),
        state: found.map_or_else(State::Problem, State::Good),
    };
    vec![
        looked("secrets", variables.keys().map(|_| "both present and strong".into())),
        looked("engine", engine(workspace)),
        looked("rules", rules(workspace, project)),
        Probe { what: "disk".into(), state: disk(workspace) },
    ]
}

/// Opens every store of both sides at the same time. A store that cannot be used is a problem, and so is a
/// target that is a source.
pub fn stores(project: &Project, endpoints: &Endpoints) -> (Stores, Vec<Probe>) {
    let (sources, targets) = std::thread::scope(|scope| {
        let prod: Vec<_> = endpoints.prod.iter().map(|one| scope.spawn(|| source(project, one))).collect();
        let cert: Vec<_> = endpoints.cert.iter().map(|one| scope.spawn(|| target(project, one))).collect();
        let lost = || Error::internal("a thread that opens a store was lost");
        let prod: Vec<_> = prod.into_iter().map(|one| one.join().unwrap_or_else(|_| Err(lost()))).collect();
        let cert: Vec<_> = cert.into_iter().map(|one| one.join().unwrap_or_else(|_| Err(lost()))).collect();
        (prod, cert)
    });
    let mut stores = Stores { prod: Vec::new(), cert: Vec::new() };
    let mut probes = Vec::new();
    let mut identities: Vec<(String, usize, Identity)> = Vec::new();
    for (endpoint, found) in endpoints.prod.iter().zip(sources) {
        let what = format!("prod {}", endpoint.store);
        let state = match found {
            Ok((source, shown, identity, can_write)) => {
                identities.push((what.clone(), stores.prod.len(), identity));
                stores.prod.push((endpoint.store.clone(), source));
                match can_write {
                    true => State::Warning(format!(
                        "{shown}; the account may write: give datamig one that cannot"
                    )),
                    false => State::Good(shown),
                }
            }
            Err(error) => State::Problem(error.context(&what)),
        };
        probes.push(Probe { what, state });
    }
    for (endpoint, found) in endpoints.cert.iter().zip(targets) {
        let what = format!("cert {}", endpoint.store);
        let state = found.and_then(|(target, shown, identity)| {
            let twins = identities.iter().filter(|(_, _, known)| *known == identity);
            let twins = twins.map(|(twin, at, _)| {
                Ok((twin, guard::is_same(target.source(), stores.prod[*at].1.as_ref())?))
            });
            if let Some((twin, _)) = twins.collect::<Result<Vec<_>>>()?.iter().find(|(_, is_same)| *is_same) {
                return Err(Error::refused(format!(
                    "it is the same store as {twin}: nothing is ever written to PROD"
                ))
                .hint(format!("correct rules/.../environments/{}.yaml", endpoints.name)));
            }
            stores.cert.push((endpoint.store.clone(), target));
            Ok(shown)
        });
        let state = state.map_or_else(|error| State::Problem(error.context(&what)), State::Good);
        probes.push(Probe { what, state });
    }
    (stores, probes)
}

/// Whether loads may write to the targets, what testers may see of a load, and what a crash left there.
pub fn marks(targets: &[(String, Box<dyn Target>)]) -> Probe {
    let state = guard::check_marks(targets).and_then(|()| window(targets));
    Probe { what: "target".into(), state: state.unwrap_or_else(State::Problem) }
}

fn window(targets: &[(String, Box<dyn Target>)]) -> Result<State> {
    let waiting = prepared::waiting(&prepared::named(targets))?;
    if let Some(left) = waiting.iter().find(|one| !one.is_owned) {
        let (run, store) = (id_of(&left.run), &left.store);
        return Ok(State::Warning(format!(
            "a prepared transaction that {run} left in {store} keeps its locks: `datamig recover` ends it"
        )));
    }
    let can = side_by_side(targets.iter().collect(), |(_, target)| target.can_prepare())?;
    let names = |wanted: bool| -> Vec<&str> {
        let stores = targets.iter().zip(&can).filter(|(_, can)| **can == wanted);
        stores.map(|((store, _), _)| store.as_str()).collect()
    };
    let (plain, prepared) = (names(false), names(true));
    let order = match (plain.is_empty(), prepared.is_empty()) {
        (true, _) => "all are prepared before the first one commits".to_owned(),
        (_, true) => format!("{} commit one after the other, without two-phase commit", plain.join(", ")),
        _ => format!(
            "{} are prepared, then {} commit, without two-phase commit, then those that are prepared",
            prepared.join(", "),
            plain.join(", ")
        ),
    };
    Ok(State::Good(format!(
        "{} stores are marked; {order}: from the first commit to the last testers may see a load in some of them only",
        targets.len()
    )))
}

/// Whether the policy decides about every column the sources have.
pub fn policy(decided: Result<(Catalog, Assignments)>) -> Probe {
    let state = decided.map_or_else(State::Problem, |(catalog, assignments)| {
        let columns: usize = assignments.0.iter().map(Vec::len).sum();
        State::Good(format!("{columns} columns in {} tables, one strategy each", catalog.tables.len()))
    });
    Probe { what: "policy".into(), state }
}

/// What the sources look like, links included, and how each column leaves.
pub fn decided(project: &Project, sources: &[(String, Box<dyn Source>)]) -> Result<(Catalog, Assignments)> {
    let stores: Vec<_> = sources.iter().map(|(name, store)| (name.as_str(), store.as_ref())).collect();
    let mut catalog = introspect(&stores)?;
    project.complete(&mut catalog)?;
    let assignments = decide::strategies(project, &catalog)?;
    rehearse::try_checks(project, &catalog, &assignments)?;
    Ok((catalog, assignments))
}

/// Opens the sources alone: those that can be read, and the others with what keeps them from it.
pub fn sources(project: &Project, endpoints: &Endpoints) -> (Sources, Vec<Missing>) {
    let (mut sources, mut missing) = (Vec::new(), Vec::new());
    for endpoint in &endpoints.prod {
        match existing(project, endpoint).and_then(|url| store::open_source(&url)) {
            Ok(source) => sources.push((endpoint.store.clone(), source)),
            Err(error) => missing.push((endpoint.store.clone(), error)),
        }
    }
    (sources, missing)
}

/// The targets, without a look at them; nothing is connected yet.
pub fn targets(endpoints: &Endpoints) -> Result<Vec<(String, Box<dyn Target>)>> {
    let open = |endpoint: &Endpoint| {
        let url = StoreUrl::parse(endpoint.url.expose(), &endpoint.base)?;
        Ok((endpoint.store.clone(), store::open(&url)?))
    };
    endpoints.cert.iter().map(open).collect()
}

/// One error of all problems, if there are any.
pub fn verdict(probes: Vec<Probe>) -> Result<()> {
    let mut problems: Vec<Error> = probes
        .into_iter()
        .filter_map(|probe| match probe.state {
            State::Problem(error) => Some(error),
            _ => None,
        })
        .collect();
    if problems.len() < 2 {
        return problems.pop().map_or(Ok(()), Err);
    }
    // Trying again is right only when that would help with all of them.
    let kind = problems.iter().map(|error| error.kind).find(|kind| !kind.is_retryable());
    let kind = kind.unwrap_or(problems[0].kind);
    // A hint that all share is said once, for all.
    let shared =
        problems[0].hint.clone().filter(|first| problems.iter().all(|one| one.hint.as_ref() == Some(first)));
    if shared.is_some() {
        problems.iter_mut().for_each(|error| error.hint = None);
    }
    let line = |error: &Error| format!("  {}", error.to_string().replace('\n', "\n  "));
    let list: Vec<String> = problems.iter().map(line).collect();
    let message = format!("{} things stop this:\n{}", problems.len(), list.join("\n"));
    let doctor = || "`datamig doctor` looks again without starting anything".to_owned();
    Err(Error { kind, message, at: None, hint: Some(shared.unwrap_or_else(doctor)) })
}

fn source(project: &Project, endpoint: &Endpoint) -> Result<(Box<dyn Source>, String, Identity, bool)> {
    let url = existing(project, endpoint)?;
    let source = store::open_source(&url)?;
    let (identity, can_write) = (source.identity()?, source.can_write()?);
    if source.is_marked()? {
        return Err(Error::refused(format!("{} is marked as a target: it is no source", url.shown))
            .hint("the URLs of `prod` must name other stores than those that loads write to"));
    }
    let shown = format!("{} at {}", source.version()?, url.shown);
    // A file can be written by whoever may read it as its owner: that says nothing.
    Ok((source, shown, identity, can_write && url.file.is_none()))
}

fn target(project: &Project, endpoint: &Endpoint) -> Result<(Box<dyn Target>, String, Identity)> {
    let url = existing(project, endpoint)?;
    let target = store::open(&url)?;
    let identity = target.source().identity()?;
    if !target.source().can_write()? {
        return Err(Error::refused(format!("{} is read-only for this account", url.shown))
            .hint("give the account of CERT the right to write, or name another"));
    }
    let commit = match (target.can_prepare()?, url.engine) {
        (true, _) => "two-phase commit",
        (false, Engine::Postgres) => "no two-phase commit, because max_prepared_transactions is 0 there",
        (false, _) => "no two-phase commit",
    };
    let shown = format!("{} at {}; {commit}", target.source().version()?, url.shown);
    Ok((target, shown, identity))
}

/// Where a store is, with what the project knows about it. An engine would make a file that is missing.
pub fn existing(project: &Project, endpoint: &Endpoint) -> Result<StoreUrl> {
    let mut url = StoreUrl::parse(endpoint.url.expose(), &endpoint.base)?;
    url.options.node_keys = project.node_keys(&endpoint.store).into_iter().collect();
    url.options.as_text = project.as_text(&endpoint.store);
    match &url.file {
        Some(file) if !file.exists() => {
            let hint = match file.components().any(|part| part.as_os_str() == "demo") {
                true => "`datamig demo` makes the demo stores".to_owned(),
                false => format!("make it, or correct rules/{}/environments/", project.name),
            };
            Err(Error::unreachable(format!("{} does not exist", file.display())).hint(hint))
        }
        _ => Ok(url),
    }
}

fn engine(workspace: &Path) -> Result<String> {
    let db = Db::open(&workspace.join("data/runs/.tmp"), true)?;
    let version: String = db.one("SELECT version()", [])?;
    Ok(format!("DuckDB {version} with the cipher of httpfs"))
}

fn rules(workspace: &Path, project: &Project) -> Result<String> {
    let Project { name, stores, links, .. } = project;
    let rules = rule::load(workspace, name)?.rules.len();
    Ok(format!("project {name}: {} stores, {} links, {rules} rules", stores.len(), links.len()))
}

fn disk(workspace: &Path) -> State {
    let free = match rustix::fs::statvfs(workspace) {
        Ok(found) => found.f_bavail.saturating_mul(found.f_frsize),
        Err(_) => return State::Warning("its free space is not known".into()),
    };
    let shown = format!("{} free", words::bytes(free));
    match free {
        free if free < DISK_MIN => State::Problem(
            Error::internal(format!("no space left on the disk: {shown} at {}", workspace.display()))
                .hint("free some disk space: `datamig purge` removes what old runs left"),
        ),
        free if free < DISK_WANTED => State::Warning(format!("{shown}: large slices need more")),
        _ => State::Good(shown),
    }
}
