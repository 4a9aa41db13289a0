//! Makes the demo stores of a project. The schema texts are `sql/<project>/schema/`; the rows are made by
//! the texts of `sql/<project>/demo/` in DuckDB, in name order, one schema per store, and streamed into
//! the stores as Arrow batches. A store that was not made here is never touched.

use crate::catalog::{Catalog, Column, Table, TableKind, graph};
use crate::duck::Db;
use crate::error::{Error, Result};
use crate::name::{Ident, Idents};
use crate::project::Project;
use crate::project::endpoints::{Endpoint, Endpoints};
use crate::secret::{FILE_KEY, Key, SALT};
use crate::sql;
use crate::store::url::{Engine, StoreUrl};
use crate::store::{self, Mode, Rows, Target};
use crate::threads::side_by_side;
use arrow::datatypes::DataType;
use std::io::Write as _;
use std::path::Path;

/// The decision row by which a demo store is recognized.
const MARK: &str = "demo";

/// What to make.
pub struct Request<'a> {
    /// The project.
    pub project: &'a Project,
    /// Where the stores are. PROD's accounts must be allowed to write, here and nowhere else.
    pub endpoints: &'a Endpoints,
    /// 1 is the size the project describes.
    pub scale: f64,
    /// The same seed gives the same rows.
    pub seed: u32,
}

/// One store that was made.
pub struct Made {
    /// `prod` or `cert`.
    pub side: &'static str,
    /// The store.
    pub store: String,
    /// Where it is, without password.
    pub shown: String,
    /// Tables, labels and relationship types.
    pub tables: usize,
    /// Rows, nodes and relationships.
    pub rows: u64,
}

/// Makes PROD and CERT. All stores are looked at before the first one is changed, then written at the
/// same time; `made` is told of each.
pub fn execute(request: &Request<'_>, made: &(dyn Fn(&Made) + Sync)) -> Result<Vec<Made>> {
    if !(0.001..=20.0).contains(&request.scale) {
        return Err(Error::usage("--scale must lie between 0.001 and 20"));
    }
    let mut jobs = Vec::new();
    for (side, endpoints) in [("prod", &request.endpoints.prod), ("cert", &request.endpoints.cert)] {
        for endpoint in endpoints {
            jobs.push(Job::open(request, side, endpoint)?);
        }
    }
    let temp = temp_folder(&request.project.workspace)?;
    let side = |side| generate(request.project, request.scale, request.seed, side, &temp);
    let sides = [side("prod")?, side("cert")?];
    let mut databases = Vec::new();
    for job in &jobs {
        databases.push(sides[usize::from(job.side == "cert")].another()?);
    }
    let written = side_by_side(jobs.iter().zip(databases).collect(), |(job, db)| {
        job.run(&db, request).inspect(|done| made(done))
    });
    let _ = std::fs::remove_dir_all(&temp);
    written
}

/// What the demo PROD would look like, without making it: its relational schemas in files that go at once,
/// its graph as the demo texts generate it at the smallest scale.
pub fn catalog(project: &Project) -> Result<Catalog> {
    let temp = temp_folder(&project.workspace)?;
    let described = describe(project, &temp);
    let _ = std::fs::remove_dir_all(&temp);
    let mut catalog = described?;
    project.complete(&mut catalog)?;
    Ok(catalog)
}

fn describe(project: &Project, temp: &Path) -> Result<Catalog> {
    let mut graph = None;
    let mut files = Vec::new();
    for store in &project.stores {
        let path = format!("sql/{}/schema/{store}.sql", project.name);
        let Some(schema) = sql::find(&project.workspace, &path)? else {
            graph = Some(store);
            continue;
        };
        let url = StoreUrl::parse(&format!("sqlite:{store}.sqlite"), temp)?;
        let target = store::open(&url)?;
        target.create(&schema.text)?;
        files.push((store.as_str(), target));
    }
    if files.is_empty() {
        let message = format!("nothing says what the tables of {} look like", project.name);
        return Err(Error::config(message).hint("`datamig analyze` reads it from PROD"));
    }
    let sources: Vec<_> = files.iter().map(|(store, target)| (*store, target.source())).collect();
    let mut catalog = store::introspect::introspect(&sources)?;
    if let Some(store) = graph {
        let db = generate(project, 0.001, 42, "prod", temp)?;
        for mut table in graph_catalog(&db, store)?.tables {
            table.store.clone_from(store);
            catalog.tables.push(table);
        }
    }
    Ok(catalog)
}

/// Writes `.env` with two fresh keys where there is none. Returns whether it did.
pub fn write_secrets(workspace: &Path) -> Result<bool> {
    use std::os::unix::fs::OpenOptionsExt;
    let path = workspace.join(".env");
    let fail = |cause: &std::io::Error| Error::file(&path, cause);
    let mut file = match std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path) {
        Ok(file) => file,
        Err(cause) if cause.kind() == std::io::ErrorKind::AlreadyExists => return Ok(false),
        Err(cause) => return Err(fail(&cause)),
    };
    let text = format!(
        "# The secrets of this workspace. Keep them: without {FILE_KEY} no staging can be opened again,\n\
         # with another {SALT} all fakes are others. Never commit or send this file.\n\
         {SALT}={}\n{FILE_KEY}={}\n",
        Key::random().encode().expose(),
        Key::random().encode().expose()
    );
    file.write_all(text.as_bytes()).map_err(|cause| fail(&cause))?;
    Ok(true)
}

/// A store to be made, known to be empty or a demo store of ours.
struct Job {
    side: &'static str,
    store: String,
    url: StoreUrl,
    schema: sql::Text,
}

impl Job {
    fn open(request: &Request<'_>, side: &'static str, endpoint: &Endpoint) -> Result<Job> {
        let mut url = StoreUrl::parse(endpoint.url.expose(), &endpoint.base)?;
        url.options.node_keys = request.project.node_keys(&endpoint.store).into_iter().collect();
        let ending = if matches!(url.engine, Engine::Neo4j | Engine::GraphFile) { "cypher" } else { "sql" };
        let path = format!("sql/{}/schema/{}.{ending}", request.project.name, endpoint.store);
        let schema = sql::find(&request.project.workspace, &path)?
            .ok_or_else(|| Error::config(format!("the project has no demo: {path} is missing")))?;
        let job = Job { side, store: endpoint.store.clone(), url, schema };
        job.check()?;
        Ok(job)
    }

    /// Refuses a store that holds anything we did not make.
    fn check(&self) -> Result<()> {
        if self.url.file.as_ref().is_some_and(|file| !file.exists()) {
            return Ok(());
        }
        let target = store::open(&self.url)?;
        let found = target.source().introspect()?;
        if found.tables.is_empty() || target.decision(MARK)?.is_some() {
            return Ok(());
        }
        let tables = found.tables.len();
        Err(Error::refused(format!(
            "{} holds {tables} tables that `datamig demo` did not make: it is left alone",
            self.url.shown
        ))
        .hint("name an empty database or another file in the environment, or drop its tables yourself"))
    }

    fn run(&self, db: &Db, request: &Request<'_>) -> Result<Made> {
        let target = self.emptied()?;
        target.create(&self.schema.text)?;
        let mut catalog = match self.url.engine {
            Engine::Neo4j | Engine::GraphFile => graph_catalog(db, &self.store)?,
            _ => {
                let found = target.source().introspect()?;
                Catalog { tables: found.tables, references: found.references }
            }
        };
        for table in &mut catalog.tables {
            table.store.clone_from(&self.store);
        }
        let mut transaction = target.begin()?;
        let mut rows = 0;
        for group in graph::load_groups(&catalog, &self.store) {
            let tables: Vec<&Table> = group.iter().map(|at| &catalog.tables[*at]).collect();
            rows += write(db, &mut *transaction, &tables)?;
        }
        transaction.decide(MARK, &format!("scale {} seed {}", request.scale, request.seed))?;
        transaction.commit()?;
        if self.side == "cert" {
            target.mark(&self.url.name())?;
        }
        let shown = self.url.shown.clone();
        Ok(Made { side: self.side, store: self.store.clone(), shown, tables: catalog.tables.len(), rows })
    }

    /// Opens the store after taking out of it what an earlier demo made.
    fn emptied(&self) -> Result<Box<dyn Target>> {
        if let Some(file) = &self.url.file {
            if let Some(folder) = file.parent() {
                std::fs::create_dir_all(folder).map_err(|cause| Error::file(folder, &cause))?;
            }
            match std::fs::remove_file(file) {
                Err(cause) if cause.kind() != std::io::ErrorKind::NotFound => {
                    return Err(Error::file(file, &cause));
                }
                _ => return store::open(&self.url),
            }
        }
        let target = store::open(&self.url)?;
        let found = target.source().introspect()?;
        if self.url.engine == Engine::Neo4j {
            target.create("MATCH (n) DETACH DELETE n")?;
        } else if !found.tables.is_empty() {
            let names: Vec<&str> = found.tables.iter().map(|table| table.name.as_str()).collect();
            target.create(&format!("DROP TABLE {} CASCADE", Idents(&names)))?;
        }
        Ok(target)
    }
}

/// Runs the demo texts for one side.
fn generate(project: &Project, scale: f64, seed: u32, side: &str, temp: &Path) -> Result<Db> {
    let db = Db::open(temp, false)?;
    db.run(&format!(
        "SET VARIABLE seed = {seed}; SET VARIABLE scale = {scale}::DOUBLE; SET VARIABLE side = '{side}'"
    ))?;
    let folder = format!("sql/{}/demo", project.name);
    for text in sql::list(&project.workspace, &folder, "sql")? {
        db.run(&text.text).map_err(|error| error.context(text.path.display()))?;
    }
    if side == "prod" {
        let marks = db.rows("SELECT statement FROM mark_statements", [], |row| row.get::<_, String>(0))?;
        for statement in marks {
            db.run(&statement)?;
        }
    }
    Ok(db)
}

/// A graph has no schema before it has nodes: its tables are the generated ones.
fn graph_catalog(db: &Db, store: &str) -> Result<Catalog> {
    let found = db.rows(sql::get("demo/columns.sql"), [store], |row| {
        Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?, row.get::<_, String>(2)?))
    })?;
    let mut catalog = Catalog::default();
    for (name, column, duck_type) in found {
        if catalog.tables.last().is_none_or(|table| table.name != name) {
            catalog.tables.push(Table {
                store: store.into(),
                name: name.clone(),
                staged: name,
                ..Table::default()
            });
        }
        let Some(table) = catalog.tables.last_mut() else { continue };
        table.kind = match column.as_str() {
            "_start_label" => TableKind::Relationship,
            "id" => TableKind::Node,
            _ => table.kind,
        };
        if column == "id" {
            table.key = vec![column.clone()];
        }
        let duck_type =
            if matches!(duck_type.as_str(), "SMALLINT" | "INTEGER") { "BIGINT".into() } else { duck_type };
        let duck_type =
            if matches!(duck_type.as_str(), "SMALLINT" | "INTEGER") { "BIGINT".into() } else { duck_type };
        table.columns.push(Column { name: column, duck_type, nullable: true, ..Column::default() });
    }
    Ok(catalog)
}

fn write(db: &Db, transaction: &mut dyn store::Transaction, tables: &[&Table]) -> Result<u64> {
    let mut batches: Vec<_> = tables
        .iter()
        .map(|table| {
            let select = select(table);
            move |sink: store::Sink<'_>| db.stream(&select, sink)
        })
        .collect();
    let mut rows: Vec<Rows<'_>> = tables
        .iter()
        .zip(&mut batches)
        .map(|(table, batches)| Rows { table, columns: table.columns.iter().collect(), batches })
        .collect();
    Ok(transaction.write(&mut rows, Mode::Insert)?.into_iter().sum())
}

/// The generated rows in the types in which the store's columns cross.
fn select(table: &Table) -> String {
    let columns: Vec<String> = table
        .columns
        .iter()
        .map(|column| {
            let text = column.as_text || store::arrow_type(&column.duck_type) == DataType::Utf8;
            let duck_type = if text { "VARCHAR" } else { &column.duck_type };
            format!("CAST({name} AS {duck_type}) AS {name}", name = Ident(&column.name))
        })
        .collect();
    format!("SELECT {} FROM {}.{}", columns.join(", "), Ident(&table.store), Ident(&table.name))
}

/// A folder for what DuckDB spills while it generates.
fn temp_folder(workspace: &Path) -> Result<std::path::PathBuf> {
    let path = workspace.join("data/demo/tmp");
    std::fs::create_dir_all(&path).map_err(|cause| Error::file(&path, &cause))?;
    Ok(path)
}
