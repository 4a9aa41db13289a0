//! Our slice of random databases against the oracle's: the same rows, whole and minimal.

use super::generate;
use super::model::{Case, Engine};
use super::oracle::{Slice, World};
use crate::support::{Workdir, postgres};
use datamig::duck::Db;
use datamig::error::Kind;
use datamig::phase::extract::{self, Request};
use datamig::project::Project;
use datamig::run::{FORMAT, Header, Run};
use datamig::secret::{Key, Keys};
use datamig::slice::{Plan, plan, quoted, why};
use datamig::store::{self, Source, introspect, url::StoreUrl};
use std::ops::Range;

/// What many cases share: a workspace, a run, and a database that is emptied for each.
struct Bench {
    workdir: Workdir,
    run: Run,
    db: Db,
}

impl Bench {
    fn new() -> Bench {
        let workdir = Workdir::new("differential");
        let header = Header {
            format: FORMAT,
            version: String::new(),
            project: "random".into(),
            env: "test".into(),
            root_table: String::new(),
            root_key: String::new(),
            sample: None,
        };
        let run = Run::create(&workdir.path(""), header).unwrap();
        let db = Db::open(&workdir.path("tmp"), false).unwrap();
        Bench { workdir, run, db }
    }

    /// The staged rows of our slice, as sorted lines; `None` when it was refused.
    fn ours(&self, case: &Case, urls: &[String], engine: Engine) -> Option<Vec<String>> {
        self.workdir.write("rules/random/project.yaml", case.yaml(engine));
        let project = Project::load(&self.workdir.path(""), "random").unwrap();
        let open = |(at, url): (usize, &String)| -> (String, Box<dyn Source>) {
            let url = StoreUrl::parse(url, &self.workdir.path("")).unwrap();
            (format!("s{at}"), store::open_source(&url).unwrap())
        };
        let sources: Vec<(String, Box<dyn Source>)> = urls.iter().enumerate().map(open).collect();
        let named: Vec<_> = sources.iter().map(|(name, source)| (name.as_str(), source.as_ref())).collect();
        let mut catalog = introspect::introspect(&named).unwrap();
        project.complete(&mut catalog).unwrap();
        let plan = plan::build(&catalog, &project, &case.root_key).unwrap();
        let request = Request {
            run: &self.run,
            project: &project,
            keys: &Keys { salt: Key::random(), file: Key::random() },
            sources: &sources,
            catalog: &catalog,
            unread: &|_, _| false,
            sample: None,
            jobs: 1,
            events: &self.run.events().unwrap(),
        };
        self.db.run("SET threads = 1; ATTACH ':memory:' AS staging; USE staging").unwrap();
        self.db.run(&format!("CREATE SCHEMA meta; {}", datamig::sql::get("meta/snapshot.sql"))).unwrap();
        let done = extract::slice(&request, &plan, &self.db);
        let mut lines = Vec::new();
        for (at, table) in case.tables.iter().enumerate() {
            let staged = &catalog.tables[catalog.find(&case.path(at)).unwrap()];
            let columns: Vec<String> = table
                .columns
                .iter()
                .map(|column| format!("coalesce(CAST(\"{}\" AS VARCHAR), '-')", column.name))
                .collect();
            let query = format!("SELECT concat_ws(' | ', {}) FROM {}", columns.join(", "), quoted(staged));
            let rows = self.db.rows(&query, [], |row| row.get::<_, String>(0)).unwrap();
            lines.extend(rows.into_iter().map(|row| format!("{}: {row}", table.name)));
        }
        if done.is_ok() && case.seed.is_multiple_of(5) {
            self.rows_have_reasons(case, &plan);
        }
        self.db.run("USE memory; DETACH staging").unwrap();
        lines.sort();
        match done {
            Ok(_) => Some(lines),
            Err(error) if error.kind == Kind::Refused => None,
            Err(error) => panic!("{error}"),
        }
    }
}

impl Bench {
    /// A chain leads from the root to a row of every table, unless rows were left out on the way.
    fn rows_have_reasons(&self, case: &Case, plan: &Plan<'_>) {
        let count = |query: &str| self.db.one::<u64, _>(query, []).unwrap();
        for (at, table) in case.tables.iter().enumerate().filter(|(_, table)| !table.key.is_empty()) {
            let key: Vec<&str> = table.key.iter().map(|at| table.columns[*at].name.as_str()).collect();
            let staged = &plan.catalog.tables[plan.catalog.find(&case.path(at)).unwrap()];
            let query = format!("SELECT concat_ws(',', {}) FROM {} LIMIT 1", key.join(", "), quoted(staged));
            for key in self.db.rows(&query, [], |row| row.get::<_, String>(0)).unwrap() {
                let chain = why::chain(plan, &self.db, &case.path(at), &key, true).unwrap();
                let Some(chain) = chain else {
                    assert!(
                        count("SELECT count(*) FROM slice.removed") > 0,
                        "{}: {} {key}",
                        case.seed,
                        table.name
                    );
                    continue;
                };
                assert!(["root", "down", "whole"].contains(&chain[0].how.as_str()), "{chain:?}");
                assert_eq!(chain.last().map(|link| &link.key), Some(&key));
            }
        }
    }
}

/// The rows of the oracle's slice, as sorted lines.
fn theirs(case: &Case, slice: &Slice) -> Vec<String> {
    let line = |&(at, row): &(usize, usize)| {
        let table = &case.tables[at];
        let cells = table.rows[row].iter().enumerate().map(|(column, cell)| match cell {
            Some(text) if !slice.nulls.contains(&(at, row, column)) => text.as_str(),
            _ => "-",
        });
        format!("{}: {}", table.name, cells.collect::<Vec<_>>().join(" | "))
    };
    let mut lines: Vec<String> = slice.rows.iter().map(line).collect();
    lines.sort();
    lines
}

/// Compares one case and says what differs, with all it takes to see why.
fn compare(bench: &Bench, seed: u64, case: &Case, urls: &[String], engine: Engine) -> Result<(), String> {
    let world = World::new(case);
    let slice = world.slice();
    let problems = slice.as_ref().map(|slice| world.problems(slice)).unwrap_or_default();
    let theirs = slice.as_ref().map(|slice| theirs(case, slice));
    let ours = bench.ours(case, urls, engine);
    if ours == theirs && problems.is_empty() {
        return Ok(());
    }
    let (ours, theirs) = (ours.unwrap_or_default(), theirs.unwrap_or_default());
    let without = |all: &[String], some: &[String]| -> String {
        let more: Vec<&str> = all.iter().filter(|line| !some.contains(line)).map(String::as_str).collect();
        more.join("\n  ")
    };
    let ddl: Vec<String> = (0..case.stores()).map(|store| case.ddl(store, engine)).collect();
    Err(format!(
        "seed {seed} in {engine:?}, root {}:\nonly ours ({} rows)\n  {}\nonly the oracle's ({} rows)\n  {}\n\
         problems of the oracle's: {problems:?}\n{}\n{}",
        case.root_key,
        ours.len(),
        without(&ours, &theirs),
        theirs.len(),
        without(&theirs, &ours),
        case.yaml(engine),
        ddl.join("\n")
    ))
}

#[track_caller]
fn none(failed: &[String]) {
    let shortest = failed.iter().min_by_key(|text| text.len());
    assert!(failed.is_empty(), "{} cases differ; the smallest:\n{}", failed.len(), shortest.unwrap());
}

/// The seeds of a test; `DATAMIG_SEEDS=10..20` puts others in their place: the one that failed, or many more.
fn seeds(usual: Range<u64>) -> Range<u64> {
    let Ok(text) = std::env::var("DATAMIG_SEEDS") else { return usual };
    let (first, end) = text.split_once("..").expect("a range of seeds");
    first.parse().expect("a seed")..end.parse().expect("a seed")
}

fn in_sqlite(usual: Range<u64>) {
    let bench = Bench::new();
    let mut failed = Vec::new();
    for seed in seeds(usual) {
        let case = generate::case(seed, 3);
        let urls: Vec<String> =
            (0..case.stores()).map(|store| format!("sqlite:{seed}-{store}.sqlite")).collect();
        for (store, url) in urls.iter().enumerate() {
            let url = StoreUrl::parse(url, &bench.workdir.path("")).unwrap();
            store::open(&url).unwrap().create(&case.ddl(store, Engine::Sqlite)).unwrap();
        }
        failed.extend(compare(&bench, seed, &case, &urls, Engine::Sqlite).err());
    }
    none(&failed);
}

#[test]
fn random_slices_in_sqlite() {
    in_sqlite(0..230);
}

#[test]
fn more_random_slices_in_sqlite() {
    in_sqlite(230..460);
}

#[test]
fn random_slices_in_postgres() {
    let bench = Bench::new();
    let url = postgres::database("differential");
    let mut failed = Vec::new();
    for seed in seeds(460..500) {
        let case = generate::case(seed, 1);
        let fresh = "SET client_min_messages = error; DROP SCHEMA public CASCADE; CREATE SCHEMA public;";
        postgres::execute(&url, &format!("{fresh}\n{}", case.ddl(0, Engine::Postgres)));
        failed.extend(compare(&bench, seed, &case, std::slice::from_ref(&url), Engine::Postgres).err());
    }
    none(&failed);
}
