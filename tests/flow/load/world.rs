//! A validated run and the stores around it, made without the phases before the load.

use crate::support::postgres;
use crate::support::workdir::write_secrets;
use arrow::util::display::{ArrayFormatter, FormatOptions};
use datamig::catalog::Catalog;
use datamig::duck::{Db, macros};
use datamig::error::Result;
use datamig::name::Ident;
use datamig::phase::{load, recover, rollback, verify};
use datamig::project::Project;
use datamig::rule::{Rules, expand, gate};
use datamig::run::cert::{Targets, prepared};
use datamig::run::event::Events;
use datamig::run::meta::{self, Side};
use datamig::run::{FORMAT, Header, Run, RunFile};
use datamig::secret::{Environment, Keys};
use datamig::store::url::StoreUrl;
use datamig::store::{self, Output, Read, Source, Target};
use std::path::{Path, PathBuf};

const SCHEMA: &str = include_str!("schema.sql");
const ROWS: &str = include_str!("rows.sql");
const PROJECT: &str = "project: mini\nstores: [ids, hcp1, sp]\nroot: {table: ids.districts, key: id}\n\
                       tenant: {column: district_id}\nkeys: {sp.Student: [id], sp.School: [id]}\n";
/// What [`graph`] says of CERT, in Cypher.
const GRAPH: &str = "CREATE CONSTRAINT FOR (n:School) REQUIRE n.id IS UNIQUE;\n\
                     CREATE CONSTRAINT FOR (n:Student) REQUIRE n.id IS UNIQUE;\n\
                     CREATE (s:School {id: 's1', name: 'Old name'}) \
                     CREATE (:Student {id: 'p2', name: 'Bo'})-[:ATTENDS {since: 2025}]->(s) \
                     CREATE (:Student {id: 'p9', name: 'Tess'})-[:ATTENDS {since: 2020}]->(s)";
const STORES: [&str; 3] = ["ids", "hcp1", "sp"];

/// What the relational stores are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    /// Files.
    Sqlite,
    /// Databases of the test cluster; the circle of schools and staff allows no NULL.
    Postgres,
    /// The same on a server without two-phase commit.
    Plain,
    /// The same on a server that one test may break.
    Alone,
}

/// A workspace with one validated run and its stores.
pub struct World {
    _dir: Option<tempfile::TempDir>,
    root: PathBuf,
    pub run: Run,
    pub project: Project,
    pub keys: Keys,
    pub events: Events,
    /// What every table is asked for.
    pub strategy: Option<load::Strategy>,
    urls: Vec<[String; 2]>,
}

impl World {
    /// A fresh one.
    pub fn new(engine: Engine) -> World {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().to_owned();
        std::fs::create_dir_all(root.join("rules/mini")).unwrap();
        std::fs::write(root.join("rules/mini/project.yaml"), PROJECT).unwrap();
        write_secrets(&root);
        let url = |side: &str, store: &str| match (engine, store) {
            (_, "sp") => format!("graph:{side}-sp.jsonl"),
            (Engine::Sqlite, _) => format!("sqlite:{side}-{store}.sqlite"),
            (Engine::Postgres, _) => postgres::database("load"),
            (Engine::Plain, _) => postgres::plain_database("load"),
            (Engine::Alone, _) => postgres::lonely_database("load"),
        };
        let urls: Vec<[String; 2]> =
            STORES.iter().map(|store| [url("prod", store), url("cert", store)]).collect();
        std::fs::write(root.join("urls.json"), serde_json::json!(urls).to_string()).unwrap();
        for side in [0, 1] {
            for (at, store) in STORES.iter().enumerate() {
                fill(&root, &urls[at][side], ["prod", "cert"][side], store, engine);
            }
        }
        for (at, store) in STORES.iter().enumerate() {
            let url = StoreUrl::parse(&urls[at][1], &root).unwrap();
            store::open(&url).unwrap().mark(store).unwrap();
        }
        let header = Header {
            format: FORMAT,
            version: "test".into(),
            project: "mini".into(),
            env: "demo".into(),
            root_table: "ids.districts".into(),
            root_key: "d1".into(),
            sample: None,
            token: String::new(),
        };
        let run = Run::create(&root, header).unwrap();
        let world = World { _dir: Some(dir), ..World::open(&root, &run.id) };
        world.stage();
        world
    }

    /// Another tenant with a workspace and a PROD of its own, whose databases are loaded into those of this one.
    pub fn beside(&self, engine: Engine, number: usize) -> World {
        let mut world = World::new(engine);
        let free = match engine {
            Engine::Sqlite => "PRAGMA foreign_keys = OFF",
            _ => "SET session_replication_role = replica",
        };
        for store in ["ids", "hcp1"] {
            let renumber = part(include_str!("renumber.sql"), store).replace("$", &number.to_string());
            execute(&world.url(store, 0), &format!("{free}; {renumber}"));
            let url = self.url(store, 1);
            let cert = match &url.file {
                Some(file) => format!("sqlite:{}", file.display()),
                None => url.secret.expose().to_owned(),
            };
            world.point_cert_at(store, |_, _| cert.clone());
        }
        let header = Header { root_key: format!("t{number}"), ..world.run.header.clone() };
        world.run = Run::create(&world.root, header).unwrap();
        world.events = world.run.events().unwrap();
        world.stage();
        world
    }

    /// Makes an empty Neo4j the graph of CERT, and a run for it.
    pub fn move_graph_to(&mut self, url: &str) {
        self.point_cert_at("sp", |_, _| url.to_owned());
        let target = store::open(&self.url("sp", 1)).unwrap();
        target.create(GRAPH).unwrap();
        target.mark("sp").unwrap();
        self.run = Run::create(&self.root, self.run.header.clone()).unwrap();
        self.events = self.run.events().unwrap();
        self.stage();
    }

    /// The next run of the tenant, after PROD changed.
    pub fn next(&self, sql: &str) -> World {
        execute(&self.url("ids", 0), sql);
        let run = Run::create(&self.root, self.run.header.clone()).unwrap();
        let world = World::open(&self.root, &run.id);
        world.stage();
        world
    }

    /// The one another process made.
    pub fn open(root: &Path, run: &str) -> World {
        let urls = std::fs::read_to_string(root.join("urls.json")).unwrap();
        let run = Run::open(root, run).unwrap();
        World {
            _dir: None,
            root: root.to_owned(),
            project: Project::load(root, "mini").unwrap(),
            keys: Environment::load(root).unwrap().keys().unwrap(),
            events: run.events().unwrap(),
            strategy: None,
            run,
            urls: serde_json::from_str(&urls).unwrap(),
        }
    }

    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Changes the URL of a store of CERT, given those of PROD and CERT.
    pub fn point_cert_at(&mut self, store: &str, url: impl Fn(&str, &str) -> String) {
        let at = STORES.iter().position(|name| *name == store).unwrap();
        self.urls[at][1] = url(&self.urls[at][0], &self.urls[at][1]);
    }

    pub fn url(&self, store: &str, side: usize) -> StoreUrl {
        let at = STORES.iter().position(|name| *name == store).unwrap();
        let mut url = StoreUrl::parse(&self.urls[at][side], &self.root).unwrap();
        url.options.node_keys = self.project.node_keys(store).into_iter().collect();
        url
    }

    pub fn sources(&self) -> Vec<(String, Box<dyn Source>)> {
        let source = |store: &&str| ((*store).to_owned(), store::open_source(&self.url(store, 0)).unwrap());
        STORES.iter().map(source).collect()
    }

    pub fn targets(&self) -> Vec<(String, Box<dyn Target>)> {
        let target = |store: &&str| ((*store).to_owned(), store::open(&self.url(store, 1)).unwrap());
        STORES.iter().map(target).collect()
    }

    /// The run file, as the phases before the load leave it: the rows of the sources, validated.
    fn stage(&self) {
        let db = self.run.db().unwrap();
        self.run.attach_draft(&db, RunFile::Run, &self.keys).unwrap();
        db.use_catalog("run").unwrap();
        macros::install(&db, &self.root, "mini").unwrap();
        db.run("BEGIN").unwrap();
        meta::create(&db).unwrap();
        let sources = self.sources();
        let prod = catalog(sources.iter().map(|(store, source)| (store.as_str(), source.as_ref())));
        let targets = self.targets();
        let cert = catalog(targets.iter().map(|(store, target)| (store.as_str(), target.source())));
        meta::write_catalog(&db, Side::Prod, &prod).unwrap();
        meta::write_catalog(&db, Side::Cert, &cert).unwrap();
        for (store, source) in &sources {
            let snapshot = source.snapshot().unwrap();
            db.run(&format!("CREATE SCHEMA {}", Ident(store))).unwrap();
            for table in prod.tables.iter().filter(|table| table.store == *store) {
                let column = |column: &datamig::catalog::Column| {
                    format!("{} {}", Ident(&column.name), column.duck_type)
                };
                let columns: Vec<String> = table.columns.iter().map(column).collect();
                let name = format!("{}.{}", Ident(store), Ident(&table.staged));
                db.run(&format!("CREATE TABLE {name} ({})", columns.join(", "))).unwrap();
                let mut appender = db.appender("run", store, &table.staged).unwrap();
                let outputs = table.columns.iter().map(Output::Column).collect();
                let read = Read { table, outputs, any: Vec::new(), tenant: None, between: None };
                snapshot.read(&read, &mut |batch| Ok(appender.append_record_batch(batch)?)).unwrap();
                appender.flush().unwrap();
                let extracted = format!(
                    "INSERT INTO meta.extracted SELECT ?, ?, count(*), 0, 0, 0, 0, 0, NULL FROM {name}"
                );
                db.change(&extracted, [store, &table.staged]).unwrap();
            }
        }
        let run =
            "INSERT INTO meta.run VALUES (?, 'mini', 'demo', 'ids.districts', ?, NULL, 'test', '', true)";
        db.change(run, [&self.run.id, &self.run.header.root_key]).unwrap();
        db.change(
            "INSERT INTO meta.validation (run_id, root, as_of, status, started_at) VALUES (?, 'd1', '2026-11-20', 'PASSED', now()::TIMESTAMP)",
            [&self.run.id],
        )
        .unwrap();
        expand::expand(&db, &Rules::default()).unwrap();
        db.run("COMMIT").unwrap();
        gate::sign(&db, &self.keys.file).unwrap();
        db.detach("run").unwrap();
        self.run.publish(RunFile::Run).unwrap();
    }

    /// Asks the load phase for something, with these targets.
    fn asks<T>(&self, targets: &Targets, work: impl FnOnce(&load::Request<'_>) -> T) -> T {
        work(&load::Request {
            run: &self.run,
            project: &self.project,
            keys: &self.keys,
            targets,
            sources: &self.sources(),
            strategy: self.strategy,
            deciding: &|| (),
            events: &self.events,
        })
    }

    pub fn plan(&self) -> load::Plan {
        self.asks(&self.targets(), load::plan).unwrap()
    }

    pub fn rehearse(&self) -> Result<load::Rehearsal> {
        self.asks(&self.targets(), load::rehearse)
    }

    /// Adds a line to project.yaml.
    pub fn say(&mut self, line: &str) {
        std::fs::write(self.root.join("rules/mini/project.yaml"), PROJECT.to_owned() + line).unwrap();
        self.project = Project::load(&self.root, "mini").unwrap();
    }

    pub fn load_into(&self, targets: &Targets) -> Result<load::Outcome> {
        self.asks(targets, load::execute)
    }

    pub fn load(&self) -> Result<load::Outcome> {
        self.load_into(&self.targets())
    }

    pub fn roll_back_in(&self, targets: &Targets, discard_theirs: bool) -> Result<rollback::Outcome> {
        rollback::execute(&rollback::Request {
            run: &self.run,
            project: &self.project,
            keys: &self.keys,
            targets,
            discard_theirs,
            deciding: &|| (),
            events: &self.events,
        })
    }

    /// Takes out by the ledger what runs of the tenant inserted; returns how many rows.
    pub fn sweep_in(&self, targets: &Targets, discard_theirs: bool) -> Result<u64> {
        let (workspace, project, keys, header) = (self.root(), &self.project, &self.keys, &self.run.header);
        let (env, root_key) = (header.env.as_str(), header.root_key.as_str());
        let request = rollback::Sweep { workspace, project, env, root_key, keys, targets };
        Ok(rollback::sweep_out(&request, discard_theirs)?.0)
    }

    pub fn sweep(&self) -> Result<u64> {
        self.sweep_in(&self.targets(), false)
    }

    pub fn roll_back(&self) -> Result<rollback::Outcome> {
        self.roll_back_in(&self.targets(), false)
    }

    pub fn verify(&self) -> verify::Outcome {
        let (run, project, keys, events) = (&self.run, &self.project, &self.keys, &self.events);
        verify::execute(&verify::Request { run, project, keys, targets: &self.targets(), events }).unwrap()
    }

    pub fn recover(&self) -> Result<recover::Outcome> {
        let (run, project, keys, events) = (&self.run, &self.project, &self.keys, &self.events);
        recover::execute(&recover::Request { run, project, keys, targets: &self.targets(), events })
    }

    /// The stores in which a transaction of a run waits for its end.
    pub fn waiting(&self) -> Vec<String> {
        let targets = self.targets();
        let waiting = prepared::waiting(&prepared::named(&targets)).unwrap();
        waiting.into_iter().map(|one| one.store).collect()
    }

    /// Somebody works in a relational store of CERT.
    pub fn in_cert(&self, store: &str, sql: &str) {
        execute(&self.url(store, 1), sql);
    }

    /// Somebody edits the graph of CERT.
    pub fn in_graph(&self, edit: impl FnOnce(String) -> String) {
        let path = self.root.join("cert-sp.jsonl");
        std::fs::write(&path, edit(std::fs::read_to_string(&path).unwrap())).unwrap();
    }

    /// The file of a store of CERT.
    pub fn cert_file(&self, store: &str) -> PathBuf {
        self.url(store, 1).file.unwrap()
    }

    /// Opens the run file for a change by hand.
    pub fn in_run(&self, sql: &str) {
        let db = Db::open(&self.root, false).unwrap();
        db.attach("run", &self.run.file(RunFile::Run), None, datamig::duck::Access::Write).unwrap();
        db.run(&format!("USE run; {sql}")).unwrap();
        db.detach("run").unwrap();
    }

    /// Every row of every store of CERT, sorted.
    pub fn dump(&self) -> Vec<String> {
        let mut lines = Vec::new();
        for (store, target) in self.targets() {
            let found = target.source().introspect().unwrap();
            let snapshot = target.source().snapshot().unwrap();
            for table in &found.tables {
                let outputs = table.columns.iter().map(Output::Column).collect();
                let read = Read { table, outputs, any: Vec::new(), tenant: None, between: None };
                snapshot
                    .read(&read, &mut |batch| {
                        let options = FormatOptions::default().with_null("NULL");
                        let columns: Vec<ArrayFormatter<'_>> = batch
                            .columns()
                            .iter()
                            .map(|column| ArrayFormatter::try_new(column, &options).unwrap())
                            .collect();
                        for row in 0..batch.num_rows() {
                            let cells: Vec<String> =
                                columns.iter().map(|column| column.value(row).to_string()).collect();
                            lines.push(format!("{store}.{}: {}", table.staged, cells.join(" | ")));
                        }
                        Ok(())
                    })
                    .unwrap();
            }
        }
        lines.sort();
        lines
    }
}

fn catalog<'a>(sources: impl Iterator<Item = (&'a str, &'a dyn Source)>) -> Catalog {
    let mut catalog = Catalog::default();
    for (store, source) in sources {
        let found = source.introspect().unwrap();
        let offset = catalog.tables.len();
        let tables =
            found.tables.into_iter().map(|table| datamig::catalog::Table { store: store.into(), ..table });
        catalog.tables.extend(tables);
        catalog.references.extend(found.references.into_iter().map(|mut reference| {
            reference.child += offset;
            reference.parent += offset;
            reference
        }));
    }
    catalog
}

fn part(text: &str, name: &str) -> String {
    let lines = text.lines().skip_while(|line| *line != format!("-- {name}")).skip(1);
    lines.take_while(|line| !line.starts_with("-- ")).collect::<Vec<_>>().join("\n")
}

fn fill(root: &Path, url: &str, side: &str, store: &str, engine: Engine) {
    let url = StoreUrl::parse(url, root).unwrap();
    if store == "sp" {
        std::fs::write(url.file.unwrap(), graph(side)).unwrap();
        return;
    }
    store::open(&url).unwrap().create(&part(SCHEMA, store)).unwrap();
    execute(&url, &part(ROWS, &format!("{side} {store}")));
    if store == "ids" && engine != Engine::Sqlite {
        execute(&url, "ALTER TABLE schools ALTER COLUMN principal_id SET NOT NULL");
    }
}

pub fn execute(url: &StoreUrl, sql: &str) {
    match &url.file {
        Some(file) => rusqlite::Connection::open(file).unwrap().execute_batch(sql).unwrap(),
        None => {
            postgres::execute(url.secret.expose(), sql);
        }
    }
}

/// One of our nodes and one of our relationships are in CERT already; a node of theirs hangs on nothing.
fn graph(side: &str) -> String {
    let node = |id: u32, label: &str, key: &str, name: &str| {
        format!(
            "{{\"type\":\"node\",\"id\":\"{id}\",\"labels\":[\"{label}\"],\"properties\":{{\"id\":\"{key}\",\"name\":\"{name}\"}}}}\n"
        )
    };
    let attends = |id: u32, start: u32, end: u32, since: i64| {
        format!(
            "{{\"type\":\"relationship\",\"id\":\"{id}\",\"label\":\"ATTENDS\",\"properties\":{{\"since\":{since}}},\
             \"start\":{{\"id\":\"{start}\",\"labels\":[\"Student\"]}},\"end\":{{\"id\":\"{end}\",\"labels\":[\"School\"]}}}}\n"
        )
    };
    let ours =
        [node(1, "School", "s1", "Lincoln"), node(2, "Student", "p1", "Ann"), node(3, "Student", "p2", "Bo")];
    match side {
        "prod" => ours.concat() + &attends(1, 2, 1, 2024) + &attends(2, 3, 1, 2025) + &attends(3, 3, 1, 2025),
        _ => {
            node(7, "School", "s1", "Old name")
                + &node(8, "Student", "p2", "Bo")
                + &node(9, "Student", "p9", "Tess")
                + &attends(5, 8, 7, 2025)
                + &attends(6, 9, 7, 2020)
        }
    }
}
