//! Our slice of random databases against the oracle's: the same rows, whole and minimal.

use super::bench::Bench;
use super::generate;
use super::model::{self, Case, Engine, Reference};
use super::oracle::{Slice, World};
use crate::support::postgres;
use datamig::error::Kind;
use datamig::slice::{Plan, quoted, why};
use datamig::store::{self, url::StoreUrl};
use std::ops::Range;

impl Bench {
    /// The staged rows of our slice, as sorted lines; `None` when it was refused.
    fn ours(&self, case: &Case, urls: &[String], engine: Engine) -> Option<Vec<String>> {
        self.slice(&case.yaml(engine), urls, &case.root_key, |plan, done| {
            let mut lines = Vec::new();
            for (at, table) in case.tables.iter().enumerate() {
                let staged = &plan.catalog.tables[plan.catalog.find(&case.path(at)).unwrap()];
                let columns: Vec<String> = table
                    .columns
                    .iter()
                    .map(|column| format!("coalesce(CAST(\"{}\" AS VARCHAR), '-')", column.name))
                    .collect();
                let query =
                    format!("SELECT concat_ws(' | ', {}) FROM {}", columns.join(", "), quoted(staged));
                let rows = self.db.rows(&query, [], |row| row.get::<_, String>(0)).unwrap();
                lines.extend(rows.into_iter().map(|row| format!("{}: {row}", table.name)));
            }
            if done.is_ok() && case.seed.is_multiple_of(5) {
                self.rows_have_reasons(case, plan);
            }
            lines.sort();
            match done {
                Ok(()) => Some(lines),
                Err(error) if error.kind == Kind::Refused => None,
                Err(error) => panic!("{error}"),
            }
        })
    }

    /// A chain leads from the root to a row of every table, unless rows were left out on the way.
    fn rows_have_reasons(&self, case: &Case, plan: &Plan<'_>) {
        let count = |query: &str| self.db.one::<u64, _>(query, []).unwrap();
        for (at, table) in case.tables.iter().enumerate().filter(|(_, table)| !table.key.is_empty()) {
            let key: Vec<&str> = table.key.iter().map(|at| table.columns[*at].name.as_str()).collect();
            let staged = &plan.catalog.tables[plan.catalog.find(&case.path(at)).unwrap()];
            let query = format!("SELECT concat_ws(',', {}) FROM {} LIMIT 1", key.join(", "), quoted(staged));
            for key in self.db.rows(&query, [], |row| row.get::<_, String>(0)).unwrap() {
                let chain = why::chain(plan, &self.db, &case.path(at), &key, why::Over::Raw).unwrap();
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
            Some(text) if !slice.nulls.contains(&(at, row, column)) => {
                left(case, slice, (at, row, column), text)
            }
            _ => "-".to_owned(),
        });
        format!("{}: {}", table.name, cells.collect::<Vec<_>>().join(" | "))
    };
    let mut lines: Vec<String> = slice.rows.iter().map(line).collect();
    lines.sort();
    lines
}

/// What is left of a cell: of a list the members that were not taken out.
fn left(case: &Case, slice: &Slice, (table, row, column): (usize, usize, usize), text: &str) -> String {
    let is_here = |reference: &&Reference| reference.child == table && reference.columns == [column];
    let kinds = case.references.iter().filter(is_here).map(|reference| &reference.kind);
    let list = kinds
        .filter_map(|kind| if let model::Kind::List(is_json) = kind { Some(*is_json) } else { None })
        .next();
    let lost = |member: &str| slice.lost.contains(&(table, row, column, member.trim_matches('"').to_owned()));
    let members: Vec<&str> = text.trim_matches(['[', ']']).split(',').map(str::trim).collect();
    match list {
        Some(is_json) if members.iter().any(|member| lost(member)) => {
            let kept: Vec<&str> = members.into_iter().filter(|member| !lost(member)).collect();
            match (kept.join(", "), is_json) {
                (none, _) if none.is_empty() && case.tables[table].columns[column].nullable => "-".into(),
                (kept, true) => format!("[{kept}]"),
                (kept, false) => kept,
            }
        }
        _ => text.to_owned(),
    }
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
