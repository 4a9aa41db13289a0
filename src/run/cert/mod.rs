//! The target side of a run: which table of the target takes which table of the run, what it holds under
//! the run's keys, and how the difference is written and taken back. Load, rollback, verify and recover
//! share this; it knows no phase.

pub mod change;
pub mod compare;
pub mod decide;
pub mod fired;
pub mod guard;
pub mod image;
pub mod journal;
pub mod ledger;
pub mod prepared;
pub mod sweep;
pub mod taken;
pub mod undo;

use super::meta::{self, Side};
use super::{Run, RunFile};
use crate::catalog::{Catalog, Column, Origin, Table, TableKind, fit, graph};
use crate::duck::{Access, Db};
use crate::error::{Error, Result};
use crate::name::Ident;
use crate::project::{Follow, Project};
use crate::secret::{Key, Keys};
use crate::store::{Target, arrow_type};
use arrow::datatypes::DataType;
use std::collections::BTreeSet;

/// The targets of an environment, by store, in the project's order.
pub type Targets = [(String, Box<dyn Target>)];

/// The target side of one run. In `db` the run is attached as `run`; the catalog `memory` has a view
/// per table, `<store>.<table>`: the run's rows with the columns and types of the target.
pub struct Cert<'a> {
    /// The run's database.
    pub db: Db,
    /// The stores that get rows, in the project's order.
    pub stores: Vec<Store<'a>>,
    /// The tenant's name in the stores.
    pub tenant: String,
}

/// One store of the target.
pub struct Store<'a> {
    /// Its name.
    pub name: String,
    /// The store itself.
    pub target: &'a dyn Target,
    /// The tables the run has rows for.
    pub tables: Vec<Landing>,
    /// Positions in `tables`: parents first, those that depend on each other together.
    pub groups: Vec<Vec<usize>>,
    /// The tables that triggers write while the run is loaded.
    pub fired: Vec<Landing>,
}

/// Where the rows of one table of the run land.
pub struct Landing {
    /// The table, as the target's catalog has it.
    pub table: Table,
    /// Positions of the columns that are written; not those that only the target has, nor computed ones.
    pub written: Vec<usize>,
    /// The column that says whose a row is.
    pub tenant: Option<String>,
    /// Rows of the run.
    pub rows: u64,
    /// Whether its rows belong to no tenant: no reference leads from it to a table that says whose a row is.
    pub is_shared: bool,
    /// Whether the user triggers of the table are switched off while it is written.
    pub triggers_off: bool,
    /// Whether the user triggers of the table fire while it is loaded. They never do when a load is taken back.
    pub fires: bool,
    /// Whether images hold the columns that the target computes: for checks, which may speak of them.
    pub has_computed: bool,
}

impl<'a> Cert<'a> {
    /// Opens the run and pairs its tables with those of the targets, as they are now. Everything that does
    /// not fit is said at once.
    pub fn open(
        run: &Run,
        keys: &Keys,
        project: &Project,
        targets: &'a Targets,
        access: Access,
    ) -> Result<Cert<'a>> {
        if !run.has(RunFile::Run) && run.has(RunFile::Backup) {
            return Err(Error::config(format!("the run.duckdb of {} is gone", run.id)).hint(
                "put it back; without it `datamig rollback --district <key>` takes out what the ledger in CERT lists",
            ));
        }
        if !run.has(RunFile::Run) {
            return Err(Error::refused(format!("run {} has no anonymized rows yet", run.id))
                .hint("`datamig anonymize` makes them, `datamig validate` checks them"));
        }
        let db = run.db()?;
        run.attach(&db, RunFile::Run, keys, access)?;
        let prod = meta::read_catalog(&db, "run", Side::Prod)?;
        let cert = introspect(targets)?;
        db.use_catalog("run")?;
        let mut stores = Vec::new();
        let mut problems = Vec::new();
        for (name, target) in targets {
            let paired = pair(&db, &prod, &cert, name, project, &mut problems)?;
            let groups = graph::load_groups(&paired.1, name);
            let fired = fired::tables(&cert, &paired.0, project, &mut problems);
            stores.push(Store {
                name: name.clone(),
                target: target.as_ref(),
                tables: paired.0,
                groups,
                fired,
            });
        }
        refuse_all(problems)?;
        let owned = owned(&prod, project);
        for landing in stores.iter_mut().flat_map(|store: &mut Store<'_>| &mut store.tables) {
            landing.is_shared = !owned.contains(&landing.table.path());
        }
        let cert = Cert { db, stores, tenant: run.tenant(keys) };
        for store in &cert.stores {
            cert.view(store)?;
        }
        Ok(cert)
    }

    /// The view of each table: the run's rows as the target types them.
    fn view(&self, store: &Store<'_>) -> Result<()> {
        self.db.run(&format!("CREATE SCHEMA memory.{}", Ident(&store.name)))?;
        for landing in &store.tables {
            let values: Vec<String> = landing.columns().map(value).collect();
            self.db.run(&format!(
                "CREATE VIEW {} AS SELECT {} FROM {}",
                landing.at("memory"),
                values.join(", "),
                landing.at("run")
            ))?;
        }
        Ok(())
    }

    /// Attaches an empty file that only this process can read and that is worthless afterwards.
    pub fn scratch(&self, run: &Run, catalog: &str) -> Result<Scratch> {
        let folder = run.dir.join("tmp");
        std::fs::create_dir_all(&folder).map_err(|cause| Error::file(&folder, &cause))?;
        let scratch = Scratch(folder.join(format!("{catalog}.duckdb")));
        scratch.remove();
        self.db.attach(catalog, &scratch.0, Some(&Key::random()), Access::Draft)?;
        Ok(scratch)
    }

    /// Rows of the run, over all stores.
    pub fn rows(&self) -> u64 {
        self.stores.iter().flat_map(|store| &store.tables).map(|landing| landing.rows).sum()
    }
}

/// A file that goes when this does. Its key is gone already.
pub struct Scratch(std::path::PathBuf);

impl Scratch {
    fn remove(&self) {
        // A file that stays is encrypted with a key that nobody has.
        let _ = std::fs::remove_file(&self.0);
        let _ = std::fs::remove_file(self.0.with_extension("duckdb.wal"));
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        self.remove();
    }
}

impl Landing {
    /// A table of the target of which the run has no rows.
    fn bare(table: Table, project: &Project) -> Landing {
        Landing {
            written: (0..table.columns.len()).filter(|at| !table.columns[*at].generated).collect(),
            tenant: project.tenant_column(&table).map(str::to_owned),
            rows: 0,
            is_shared: false,
            triggers_off: project.triggers_off(&table.path()),
            fires: project.fired(&table.path()).is_some(),
            has_computed: false,
            table,
        }
    }

    /// The columns that are written.
    pub fn columns(&self) -> impl Iterator<Item = &Column> {
        self.written.iter().map(|at| &self.table.columns[*at])
    }

    /// The columns that are read into an image: all that can be written back, and, where they are asked for, others.
    pub fn imaged(&self) -> impl Iterator<Item = &Column> {
        self.table.columns.iter().filter(|column| self.has_computed || !column.generated)
    }

    /// The columns that tell rows apart; `None` where identical rows may lie side by side.
    pub fn key(&self) -> Option<&[String]> {
        let has_key = self.table.kind != TableKind::Relationship && !self.table.key.is_empty();
        has_key.then_some(self.table.key.as_slice())
    }

    /// The columns that tell rows apart, those of a table without a key all together.
    pub fn identity(&self) -> impl Iterator<Item = &Column> {
        let key = self.key();
        self.columns().filter(move |column| key.is_none_or(|key| key.contains(&column.name)))
    }

    /// `"catalog"."store"."table"`
    pub fn at(&self, catalog: &str) -> String {
        format!("{catalog}.{}.{}", Ident(&self.table.store), Ident(&self.table.staged))
    }
}

/// The DuckDB type in which values of a column are kept in views and images.
pub fn kept_type(column: &Column) -> &str {
    if arrow_type(&column.duck_type) == DataType::Utf8 { "VARCHAR" } else { &column.duck_type }
}

fn value(column: &Column) -> String {
    let name = Ident(&column.name);
    format!("CAST({name} AS {}) AS {name}", kept_type(column))
}

/// The tables whose rows belong to a tenant: they say whose a row is, or a chain of references leads from them to
/// one that does.
fn owned(catalog: &Catalog, project: &Project) -> BTreeSet<String> {
    let says = |table: &&Table| project.tenant_column(table).is_some() || table.path() == project.root.table;
    let mut owned: BTreeSet<String> = catalog.tables.iter().filter(says).map(Table::path).collect();
    let path = |at: usize| catalog.tables[at].path();
    loop {
        let more = catalog.references.iter().filter(|reference| {
            owned.contains(&path(reference.parent)) && project.follow(&reference.id) == Follow::Both
        });
        let more: Vec<String> = more.map(|reference| path(reference.child)).collect();
        let known = owned.len();
        owned.extend(more);
        if owned.len() == known {
            return owned;
        }
    }
}

/// The catalog of all targets, read side by side.
pub fn introspect(targets: &Targets) -> Result<Catalog> {
    let sources: Vec<_> = targets.iter().map(|(store, target)| (store.as_str(), target.source())).collect();
    crate::store::introspect::introspect(&sources)
}

/// Pairs the tables of one store; returns them with a catalog of exactly these tables.
fn pair(
    db: &Db,
    prod: &Catalog,
    cert: &Catalog,
    store: &str,
    project: &Project,
    problems: &mut Vec<String>,
) -> Result<(Vec<Landing>, Catalog)> {
    let present = db.rows(
        "SELECT table_name FROM duckdb_tables() WHERE database_name = 'run' AND schema_name = ?",
        [store],
        |row| row.get::<_, String>(0),
    )?;
    let mut landings = Vec::new();
    let mut paired = Catalog::default();
    let is_here = |table: &&Table| table.store == store && present.contains(&table.staged);
    for table in prod.tables.iter().filter(is_here) {
        let twin = cert.find(&table.path()).map(|at| &cert.tables[at]);
        let target = match (table.kind, twin) {
            (TableKind::Table, Some(twin)) => twin.clone(),
            (TableKind::Table, None) => {
                problems.push(format!("{}: the table is missing", table.path()));
                continue;
            }
            (_, twin) => in_graph(table, twin),
        };
        problems.extend(fit::problems(table, &target));
        let landing = landing(db, table, target, project, problems)?;
        paired.tables.push(landing.table.clone());
        landings.push(landing);
    }
    let at = |catalog: &Catalog, table: usize| paired.find(&catalog.tables[table].path());
    let declared = cert.references.iter().map(|reference| (cert, reference));
    let ends = prod.references.iter().filter(|reference| reference.origin == Origin::Relationship);
    let references = declared.chain(ends.map(|reference| (prod, reference))).filter_map(|(of, reference)| {
        let (child, parent) = (at(of, reference.child)?, at(of, reference.parent)?);
        Some(crate::catalog::Reference { child, parent, ..reference.clone() })
    });
    let references = references.collect();
    Ok((landings, Catalog { tables: paired.tables, references }))
}

/// A graph takes what it is given: the source's shape, and the properties that only the target has.
fn in_graph(table: &Table, twin: Option<&Table>) -> Table {
    let mut target = table.clone();
    target.estimated_rows = Some(twin.and_then(|twin| twin.estimated_rows).unwrap_or(0));
    let more = twin.into_iter().flat_map(|twin| &twin.columns);
    target.columns.extend(more.filter(|column| table.column(&column.name).is_none()).cloned());
    target
}

fn landing(
    db: &Db,
    prod: &Table,
    table: Table,
    project: &Project,
    problems: &mut Vec<String>,
) -> Result<Landing> {
    let is_written =
        |column: &Column| !column.generated && prod.column(&column.name).is_some_and(|from| !from.generated);
    let written: Vec<usize> =
        table.columns.iter().enumerate().filter(|(_, column)| is_written(column)).map(|(at, _)| at).collect();
    let mut landing = Landing { written, ..Landing::bare(table, project) };
    let from = landing.at("run");
    landing.rows = db.one(&format!("SELECT CAST(count(*) AS UBIGINT) FROM {from}"), [])?;
    for column in landing.columns().filter(|column| !column.nullable) {
        let is_loose = prod.column(&column.name).is_some_and(|from| from.nullable);
        let name = Ident(&column.name);
        if is_loose
            && db.one::<bool, _>(&format!("SELECT count(*) > 0 FROM {from} WHERE {name} IS NULL"), [])?
        {
            problems.push(format!(
                "{}.{}: no NULL is allowed, the run has some",
                landing.table.path(),
                column.name
            ));
        }
    }
    let is_decided = landing.triggers_off || landing.fires;
    if landing.rows > 0 && !is_decided && !landing.table.triggers.is_empty() {
        problems.push(format!(
            "{path}: triggers may write what nobody sees: {} (`triggers: {{{path}: off}}` in project.yaml switches \
             them off during the load, `{{{path}: {{fire: [{}.audit_log]}}}}` lets them write these tables)",
            landing.table.triggers.join(", "),
            landing.table.store,
            path = landing.table.path()
        ));
    }
    Ok(landing)
}

/// One refusal for all problems, or none.
pub fn refuse_all(problems: Vec<String>) -> Result<()> {
    const SHOWN: usize = 12;
    let count = problems.len();
    if count == 0 {
        return Ok(());
    }
    let mut text =
        format!("the target does not take this run:\n  {}", problems[..count.min(SHOWN)].join("\n  "));
    if count > SHOWN {
        text.push_str(&format!("\n  and {} more", count - SHOWN));
    }
    let hint = match problems.iter().all(|problem| problem.contains(": triggers ")) {
        true => "say in project.yaml what becomes of the triggers",
        false => "bring the schema of CERT up to that of PROD",
    };
    Err(Error::refused(text).hint(hint))
}
