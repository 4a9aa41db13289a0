//! The pipeline: everything is looked at first, then the phases run one after the other, and a report is
//! written whatever came of them. `migrate` runs them all, the single-phase commands one each.

use super::probe::{self, Stores};
use super::rules::held;
use super::signal::{self, Response};
use super::{Global, progress, words};
use crate::catalog::Catalog;
use crate::duck::{Access, Db, macros};
use crate::error::{Error, Result};
use crate::phase::{anonymize, extract, load, report, validate};
use crate::project::Project;
use crate::project::policy::{Assignments, Strategy};
use crate::rule::basis::Basis;
use crate::rule::observe::Verdict;
use crate::rule::{self, Rules};
use crate::run::cert::{self, guard};
use crate::run::event::{Events, Phase};
use crate::run::lock::{self, Lock};
use crate::run::meta::{self, Side};
use crate::run::{FORMAT, Header, Run, RunFile, keys};
use crate::secret::Keys;
use crate::slice::part::Part;
use crate::sql;
use std::path::PathBuf;

/// Reads and connections side by side.
pub const JOBS: u16 = 8;

/// What all phases need, looked at and found good.
pub struct Pipeline {
    /// The workspace.
    pub workspace: PathBuf,
    /// The project.
    pub project: Project,
    /// The environment.
    pub env: String,
    /// The root's key.
    pub root_key: String,
    /// The secrets.
    pub keys: Keys,
    /// The rules.
    pub rules: Rules,
    /// All stores, open.
    pub stores: Stores,
    /// What the source side looks like, links included.
    pub source: Catalog,
    /// What the target side looks like.
    pub target: Catalog,
    /// How each column leaves.
    pub assignments: Assignments,
}

impl Pipeline {
    /// Looks at everything that could stop the phases; all problems come in one error.
    pub fn open(global: &Global, root_key: &str) -> Result<Pipeline> {
        Pipeline::of(global, &global.project, &global.env, root_key)
    }

    /// The same for a run, in the project and environment it was made with.
    pub fn of_run(global: &Global, run: &Run) -> Result<Pipeline> {
        Pipeline::of(global, &run.header.project, &run.header.env, &run.header.root_key)
    }

    fn of(global: &Global, project: &str, env: &str, root_key: &str) -> Result<Pipeline> {
        let workspace = global.workspace()?;
        let (project, variables) = (Project::load(&workspace, project)?, global.variables()?);
        let endpoints = project.endpoints(env, &variables)?;
        let mut probes = probe::machine(&workspace, &project, &variables);
        let (stores, found) = probe::stores(&project, &endpoints);
        probes.extend(found);
        probe::verdict(probes)?;
        let (source, assignments) = probe::decided(&project, &stores.prod)?;
        let target = cert::introspect(&stores.cert)?;
        Ok(Pipeline {
            keys: variables.keys()?,
            rules: rule::load(&workspace, &project.name)?,
            env: env.to_owned(),
            root_key: root_key.to_owned(),
            workspace,
            project,
            stores,
            source,
            target,
            assignments,
        })
    }

    /// How many columns of a table leave changed.
    pub fn changed_columns(&self, table: usize) -> usize {
        self.assignments.0[table].iter().filter(|one| one.strategy != Strategy::Preserve).count()
    }

    /// Keeps other processes away from this tenant until it is dropped.
    pub fn lock(&self) -> Result<Lock> {
        lock::tenant(&self.workspace, &self.project.name, &self.env, &self.root_key)
    }

    /// Begins a new run.
    pub fn begin(&self, sample: Option<String>) -> Result<Run> {
        let header = Header {
            format: FORMAT,
            version: env!("CARGO_PKG_VERSION").into(),
            project: self.project.name.clone(),
            env: self.env.clone(),
            root_table: self.project.root.table.clone(),
            root_key: self.root_key.clone(),
            sample,
            token: String::new(),
        };
        Run::create(&self.workspace, header)
    }

    /// Refuses a part that names what the stores have not.
    pub fn check(&self, part: Option<&Part>) -> Result<()> {
        let temp = self.workspace.join("data/runs/.tmp");
        part.map_or(Ok(()), |part| part.check(&self.source, &Db::open(&temp, false)?))
    }

    /// PROD to staging, or a part of the slice.
    pub fn extract(&self, run: &Run, part: Option<&Part>, jobs: u16, events: &Events) -> Result<()> {
        guard::remember(run, &self.stores.prod)?;
        let request = extract::Request {
            run,
            project: &self.project,
            keys: &self.keys,
            sources: &self.stores.prod,
            catalog: &self.source,
            unread: &|table, column| self.assignments.is_unread(&self.source, table, column),
            sample: part,
            jobs: usize::from(jobs),
            events,
        };
        events.phase(Phase::Extract, || {
            let (rows, tables) = extract::execute(&request)?;
            let stores = self.stores.prod.len();
            Ok((
                (),
                rows,
                format!("{} records from {tables} tables in {stores} stores", words::grouped(rows)),
            ))
        })
    }

    /// Staging to the run file.
    pub fn anonymize(&self, run: &Run, events: &Events) -> Result<()> {
        let request = anonymize::Request { run, project: &self.project, keys: &self.keys, events };
        events.phase(Phase::Anonymize, || {
            let (rows, fields) = anonymize::execute(&request)?;
            Ok(((), rows, format!("{} records, {fields} fields", words::grouped(rows))))
        })
    }

    /// All checks, and the gate. A verdict of FAILED is an error of kind `findings`.
    pub fn validate(&self, run: &Run, events: &Events) -> Result<validate::Outcome> {
        let db = run.db()?;
        run.attach(&db, RunFile::Run, &self.keys, Access::Write)?;
        if run.has(RunFile::Staging) {
            run.attach(&db, RunFile::Staging, &self.keys, Access::Read)?;
        }
        db.use_catalog("run")?;
        // What is signed below are the files as they are now.
        macros::renew(&db, &self.workspace, &self.project.name)?;
        meta::write_catalog(&db, Side::Cert, &self.target)?;
        let basis = Basis::read(&db, &self.workspace, &self.project.name)?;
        db.one_thread_each()?;
        db.cage(None)?;
        events.phase(Phase::Validate, || {
            let unproven = held::problems(self, &db, run)?;
            let outcome = validate::execute(&validate::Request {
                db: &db,
                rules: &self.rules,
                unproven: &unproven,
                run_id: &run.id,
                root: &self.root_key,
                as_of: &day(run)?,
                basis: &basis,
                key: &self.keys.file,
                folder: &run.dir,
                progress: &|done, total| {
                    events.progress(Phase::Validate, done as u64, Some(total as u64), "checks", "");
                },
            })?;
            db.change("UPDATE meta.run SET shareable = ?", [outcome.is_private])?;
            meta::write_anonymization_report(&db, run)?;
            keys::restrict(&run.file(RunFile::Run), if outcome.is_private { 0o644 } else { 0o600 })?;
            let validate::Outcome { verdict, checks, warnings, errors, .. } = outcome;
            let counts = format!("{checks} checks, {errors} errors, {warnings} warnings");
            if verdict == Verdict::Failed {
                let lines = db.rows(sql::get("report/worst.sql"), [], |row| row.get::<_, String>(0))?;
                let lines = lines.join("\n  ");
                return Err(Error::findings(format!(
                    "validation {verdict}: {counts}; nothing is loaded\n  {lines}"
                ))
                .hint(format!("`datamig report {0}` lists all, `datamig repl {0}` shows the rows", run.id)));
            }
            Ok((outcome, checks as u64, format!("{verdict}: {counts}")))
        })
    }

    /// What a load of the run is asked for.
    pub fn loading<'a>(
        &'a self,
        run: &'a Run,
        strategy: Option<load::Strategy>,
        events: &'a Events,
    ) -> load::Request<'a> {
        load::Request {
            run,
            project: &self.project,
            keys: &self.keys,
            targets: &self.stores.cert,
            sources: &self.stores.prod,
            strategy,
            deciding: &|| signal::go_on("load", "finishes or undoes"),
            events,
        }
    }

    /// Refuses a run that is not loaded yet and whose verdict rests on files or a target that changed since.
    pub fn check_basis(&self, run: &Run) -> Result<()> {
        if load::is_loaded(run)? {
            return Ok(());
        }
        let db = Db::open(&run.dir.join("tmp"), false)?;
        meta::create(&db)?;
        meta::write_catalog(&db, Side::Cert, &self.target)?;
        let now = Basis::read(&db, &self.workspace, &self.project.name)?;
        db.attach("run", &run.file(RunFile::Run), None, Access::Read)?;
        db.use_catalog("run")?;
        now.check(&db)
    }

    /// The run file to CERT, in all stores or none.
    pub fn load(
        &self,
        run: &Run,
        strategy: Option<load::Strategy>,
        events: &Events,
    ) -> Result<load::Outcome> {
        self.check_basis(run)?;
        let words =
            format!("interrupted: nothing was written to CERT; `datamig load {}` begins anew", run.id);
        signal::respond(Some(Response::End(words)));
        let loaded = load::execute(&self.loading(run, strategy, events));
        signal::respond(None);
        loaded
    }
}

/// The log of a run, shown on the terminal as it is written.
pub fn events(global: &Global, run: &Run) -> Result<Events> {
    Ok(run.events()?.listen(progress::listener(global)))
}

/// Runs phases and writes the report, whatever came of them. What the phases say counts more than what the
/// report says.
pub fn reported(
    run: &Run,
    events: &Events,
    phases: impl FnOnce() -> Result<()>,
) -> (Result<()>, Result<report::Written>) {
    let go_on =
        format!("interrupted: nothing was loaded; `datamig migrate {}` begins anew", run.header.root_key);
    signal::respond(Some(Response::End(go_on)));
    let done = phases();
    signal::respond(None);
    let written = events.phase(Phase::Report, || {
        let written = report::execute(run)?;
        let shown = written.html.display().to_string();
        Ok((written, 3, shown))
    });
    (done, written)
}

/// The staged rows of `old` become those of the new run, under the same key.
pub fn adopt_staging(old: &Run, new: &Run) -> Result<()> {
    keys::adopt(&old.dir, &new.dir, RunFile::Staging.catalog())?;
    let copy = |name: &str| {
        let from = old.dir.join(name);
        std::fs::copy(&from, new.dir.join(name)).map(|_| ()).map_err(|cause| Error::file(&from, &cause))
    };
    copy("extraction-manifest.json")?;
    copy("staging.duckdb")
}

/// The day a run is about: the one in its id.
fn day(run: &Run) -> Result<String> {
    let day = run.id.split('-').nth(1).filter(|day| day.len() == 8);
    let day = day.ok_or_else(|| Error::internal(format!("{} has no day in its id", run.id)))?;
    Ok(format!("{}-{}-{}", &day[..4], &day[4..6], &day[6..]))
}
