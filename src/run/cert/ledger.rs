//! The ledger: which rows the runs of a tenant inserted into a store, and which they took out again. It lies in the
//! store itself, beside the decision rows, written by the transactions that did the work. Nothing is ever deleted
//! from a target that is not in it.
//!
//! A note is named `rows <tenant> <run> <part> <table>` or `gone ...`. Its first line has the names of the columns
//! that tell rows apart, each other line the values of one row, all as JSON lists of texts.

use super::change::{self, BEFORE, Change};
use super::image;
use super::journal::LOADED;
use super::{Landing, Store, fired, kept_type};
use crate::duck::Db;
use crate::error::{Error, Result};
use crate::name::{Ident, Idents};
use crate::store::Transaction;
use duckdb::params;
use std::collections::{BTreeMap, BTreeSet};

/// Rows in one note.
const PART_ROWS: u32 = 50_000;
/// What notes are about.
const KINDS: [&str; 2] = ["rows", "gone"];

/// The notes of a tenant in a store, and the runs that made them.
#[derive(Default)]
pub struct Ledger {
    /// Per table, by its staged name: kind, run and text of each note.
    notes: BTreeMap<String, Vec<(String, String, String)>>,
    /// The runs that are loaded, by their names, oldest first.
    pub runs: BTreeSet<String>,
}

impl Ledger {
    /// Reads what the runs of a tenant noted that the store still holds.
    pub fn read(transaction: &mut dyn Transaction, tenant: &str) -> Result<Ledger> {
        let mut ledger = Ledger::default();
        let mut is_loaded: BTreeMap<String, bool> = BTreeMap::new();
        for kind in KINDS {
            for (name, text) in transaction.decisions(&format!("{kind} {tenant} "))? {
                let mut words = name.splitn(5, ' ').skip(2);
                let (Some(run), Some(_), Some(table)) = (words.next(), words.next(), words.next()) else {
                    continue;
                };
                if !is_loaded.contains_key(run) {
                    let decided = transaction.decisions(run)?;
                    is_loaded.insert(
                        run.to_owned(),
                        decided.iter().any(|(name, word)| name == run && word == LOADED),
                    );
                }
                if !text.is_empty() && is_loaded.get(run) == Some(&true) {
                    ledger.runs.insert(run.to_owned());
                    let notes = ledger.notes.entry(table.to_owned()).or_default();
                    notes.push((kind.to_owned(), run.to_owned(), text));
                }
            }
        }
        Ok(ledger)
    }

    /// How many rows of a table are noted by other columns than those that tell its rows apart now: nobody finds them.
    pub fn lost(&self, landing: &Landing) -> u64 {
        let names: Vec<&str> = landing.identity().map(|column| column.name.as_str()).collect();
        let header = serde_json::json!(names).to_string();
        let notes = self.notes.get(&landing.table.staged).into_iter().flatten();
        let lost =
            notes.filter(|(kind, _, text)| kind == KINDS[0] && text.lines().next() != Some(header.as_str()));
        lost.map(|(_, _, text)| text.lines().count().saturating_sub(1) as u64).sum()
    }

    /// Makes `memory.<store>."<table> known"`: the rows of a table that runs inserted and none took out since, by the
    /// columns that tell them apart, if there are notes at all. Returns how many; 0 also when the columns are not those
    /// of the notes any more.
    pub fn known(&self, db: &Db, landing: &Landing) -> Result<u64> {
        let Some(notes) = self.notes.get(&landing.table.staged) else { return Ok(0) };
        let names: Vec<&str> = landing.identity().map(|column| column.name.as_str()).collect();
        let header = serde_json::json!(names).to_string();
        let (known, entries) = (at(landing, "known"), at(landing, "entries"));
        db.run(&format!("CREATE OR REPLACE TABLE {entries} (kind VARCHAR, run VARCHAR, entry VARCHAR)"))?;
        for (kind, run, text) in notes {
            let Some(rows) = text.strip_prefix(header.as_str()).and_then(|rows| rows.strip_prefix('\n'))
            else {
                continue;
            };
            let insert = format!("INSERT INTO {entries} SELECT ?, ?, unnest(string_split(?, chr(10)))");
            db.change(&insert, params![kind, run, rows])?;
        }
        let values = landing.identity().enumerate().map(|(at, column)| {
            let (kind, name) = (kept_type(column), Ident(&column.name));
            format!("CAST(json_extract_string(entry, '$[{at}]') AS {kind}) AS {name}")
        });
        let values = values.collect::<Vec<_>>().join(", ");
        // Rows of a table without a key may be the same, and one was taken out as often as it is noted.
        let live = match landing.key() {
            Some(_) => format!(
                "SELECT DISTINCT entry FROM {entries} AS held WHERE kind = 'rows' AND NOT EXISTS (SELECT 1 FROM \
                 {entries} AS gone WHERE gone.kind = 'gone' AND gone.entry = held.entry AND gone.run >= held.run)"
            ),
            None => format!(
                "SELECT entry FROM {entries} WHERE kind = 'rows' EXCEPT ALL SELECT entry FROM {entries} WHERE kind = 'gone'"
            ),
        };
        db.run(&format!(
            "CREATE OR REPLACE TABLE {known} AS SELECT {values} FROM ({live}); DROP TABLE {entries}"
        ))?;
        db.one(&format!("SELECT CAST(count(*) AS UBIGINT) FROM {known}"), [])
    }
}

/// The place of a table that is needed for a while.
fn at(landing: &Landing, what: &str) -> String {
    format!("memory.{}.{}", Ident(&landing.table.store), Ident(&format!("{} {what}", landing.table.staged)))
}

/// The rows that [`Ledger::known`] found.
pub fn known_at(landing: &Landing) -> String {
    at(landing, "known")
}

/// The image of the rows that leave a table, in a catalog.
pub fn gone(landing: &Landing, catalog: &str) -> String {
    format!("{catalog}.{}.{}", Ident(&landing.table.store), Ident(&gone_name(landing)))
}

fn gone_name(landing: &Landing) -> String {
    format!("{} gone", landing.table.staged)
}

/// Locks the rows that runs of the tenant inserted and this run does not have, and takes their image. `known` was
/// called before. `tenant` is the tenant's value as the target has it: rows of others are left alone, whoever made
/// them theirs. Returns how many.
pub fn take_gone(
    db: &Db,
    catalog: &str,
    landing: &Landing,
    tenant: &str,
    transaction: &mut dyn Transaction,
) -> Result<u64> {
    let names: Vec<&str> = landing.identity().map(|column| column.name.as_str()).collect();
    let (left, image) = (at(landing, "left"), gone(landing, catalog));
    db.run(&format!(
        "CREATE OR REPLACE TABLE {left} AS SELECT {columns} FROM {} EXCEPT ALL SELECT {columns} FROM {}",
        at(landing, "known"),
        landing.at("memory"),
        columns = Idents(&names)
    ))?;
    image::create(db, landing, &image)?;
    if !image::can_look_up(landing) {
        return Ok(0);
    }
    let held =
        &mut |read: &crate::store::Read<'_>, sink: crate::store::Sink<'_>| transaction.hold(read, sink);
    image::look_up(db, catalog, landing, &gone_name(landing), &left, held)?;
    let same = names.iter().map(|name| format!("there.{0} IS NOT DISTINCT FROM wanted.{0}", Ident(name)));
    db.run(&format!(
        "DELETE FROM {image} WHERE rowid NOT IN (SELECT there.place FROM (SELECT rowid AS place, *, \
         row_number() OVER (PARTITION BY {columns}) AS copy FROM {image}) AS there \
         JOIN (SELECT {columns}, count(*) AS copies FROM {left} GROUP BY ALL) AS wanted \
         ON {} WHERE there.copy <= wanted.copies)",
        same.collect::<Vec<_>>().join(" AND "),
        columns = Idents(&names)
    ))?;
    if let Some(owner) = &landing.tenant {
        let owner = Ident(owner);
        let theirs = format!("DELETE FROM {image} WHERE CAST({owner} AS VARCHAR) IS DISTINCT FROM ?");
        db.change(&theirs, [tenant])?;
    }
    db.one(&format!("SELECT CAST(count(*) AS UBIGINT) FROM {image}"), [])
}

/// Notes what a run inserts and takes out, under its name.
pub fn note(
    db: &Db,
    store: &Store<'_>,
    changes: &[Change],
    transaction: &mut dyn Transaction,
    tenant: &str,
    run: &str,
) -> Result<()> {
    for (landing, change) in store.tables.iter().zip(changes) {
        let names: Vec<&str> = landing.identity().map(|column| column.name.as_str()).collect();
        let inserted = (change.inserted > 0).then(|| change::new(landing, change, &names));
        let deleted =
            (change.deleted > 0).then(|| format!("SELECT {} FROM {}", Idents(&names), gone(landing, BEFORE)));
        for (kind, rows) in KINDS.into_iter().zip([inserted, deleted]) {
            let Some(rows) = rows else { continue };
            let table = &landing.table.staged;
            write_notes(db, transaction, &names, &rows, &|part| {
                format!("{kind} {tenant} {run} {part} {table}")
            })?;
        }
    }
    Ok(())
}

/// Notes the columns `names` of rows, so many to a note; `name` names the parts.
pub(super) fn write_notes(
    db: &Db,
    transaction: &mut dyn Transaction,
    names: &[&str],
    rows: &str,
    name: &dyn Fn(u64) -> String,
) -> Result<()> {
    for (part, text) in parts(db, names, rows)? {
        transaction.decide(&name(part), &text)?;
    }
    Ok(())
}

fn parts(db: &Db, names: &[&str], rows: &str) -> Result<Vec<(u64, String)>> {
    let values: Vec<String> = names.iter().map(|name| format!("CAST({} AS VARCHAR)", Ident(name))).collect();
    let header = serde_json::json!(names).to_string();
    let sql = format!(
        "SELECT CAST(part AS UBIGINT), ? || chr(10) || string_agg(entry, chr(10)) FROM (SELECT \
         CAST(to_json([{}]) AS VARCHAR) AS entry, (row_number() OVER () - 1) // {PART_ROWS} AS part FROM ({rows})) \
         GROUP BY part ORDER BY part",
        values.join(", ")
    );
    db.rows(&sql, [header], |row| Ok((row.get(0)?, row.get(1)?)))
}

/// Empties the notes of a run that is taken back, by its name.
pub fn forget(transaction: &mut dyn Transaction, tenant: &str, run: &str) -> Result<()> {
    for kind in KINDS.into_iter().chain(fired::KINDS) {
        for (name, text) in transaction.decisions(&format!("{kind} {tenant} {run} "))? {
            if !text.is_empty() {
                transaction.decide(&name, "")?;
            }
        }
    }
    Ok(())
}

/// The tenant's value in the target: the key of the root's row, as the run has it.
pub fn tenant_value(db: &Db, stores: &[Store<'_>], root: &str, key: &str) -> Result<String> {
    let mut landings = stores.iter().flat_map(|store| &store.tables);
    let landing = landings
        .find(|landing| landing.table.path() == root)
        .ok_or_else(|| Error::internal(format!("the run has no table {root}")))?;
    let sql =
        format!("SELECT coalesce(max(CAST({} AS VARCHAR)), '') FROM {}", Ident(key), landing.at("memory"));
    db.one(&sql, [])
}
