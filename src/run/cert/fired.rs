//! Tables that triggers write when a load fires them. They are locked and read whole before the load writes, which
//! is kept with the before-images, and read again after it. The difference is noted in the store beside the ledger,
//! by the transaction that made it, and a rollback takes exactly that difference back: rows that the triggers made
//! go, and rows that they changed or deleted come back.

use super::change::{self, Part};
use super::{Landing, Store, image, kept_type, ledger};
use crate::catalog::{Catalog, Column, TableKind};
use crate::duck::Db;
use crate::error::{Error, Result};
use crate::name::{Ident, Idents};
use crate::project::Project;
use crate::store::{Mode, Output, Read, Transaction};
use std::collections::BTreeSet;

/// What notes are about: rows after the triggers, and rows before them.
pub(super) const KINDS: [&str; 2] = [MADE, LOST];
const MADE: &str = "made";
const LOST: &str = "lost";

/// The tables that the triggers of `landings` write, as the project says, and what speaks against it.
pub(super) fn tables(
    cert: &Catalog,
    landings: &[Landing],
    project: &Project,
    problems: &mut Vec<String>,
) -> Vec<Landing> {
    let firing = landings.iter().filter(|landing| landing.rows > 0 && landing.fires);
    let mut open: Vec<(String, String)> = Vec::new();
    let of = |by: &str| {
        let paths = project.fired(by).unwrap_or_default().iter();
        paths.map(|path| (by.to_owned(), path.clone())).collect::<Vec<_>>()
    };
    firing.for_each(|landing| open.extend(of(&landing.table.path())));
    let mut found: Vec<Landing> = Vec::new();
    while let Some((by, path)) = open.pop() {
        if found.iter().any(|known| known.table.path() == path) {
            continue;
        }
        let store = by.split('.').next().unwrap_or_default();
        let table = cert.find(&path).map(|at| &cert.tables[at]);
        let table = table.filter(|table| table.kind == TableKind::Table && table.store == store);
        let Some(table) = table else {
            problems.push(format!("{by}: its triggers are to write {path}, which {store} does not have"));
            continue;
        };
        if landings.iter().any(|landing| landing.table.path() == path && landing.rows > 0) {
            problems.push(format!(
                "{by}: its triggers write {path}, and so does the run: what is loaded would not be what was \
                 validated (`triggers: {{{by}: off}}` switches them off during the load)"
            ));
            continue;
        }
        if !table.triggers.is_empty() && project.fired(&path).is_none() {
            problems.push(format!(
                "{path}: has triggers, too: {} (say under `triggers` which tables they write)",
                table.triggers.join(", ")
            ));
        }
        open.extend(of(&path));
        found.push(Landing::bare(table.clone(), project));
    }
    found.sort_by_key(|landing| landing.table.path());
    found
}

/// The place of one of a table's images.
fn at(landing: &Landing, catalog: &str, what: &str) -> String {
    format!("{catalog}.{}.{}", Ident(&landing.table.store), Ident(&name(landing, what)))
}

fn name(landing: &Landing, what: &str) -> String {
    format!("{} {what}", landing.table.staged)
}

fn names(landing: &Landing) -> Vec<&str> {
    landing.imaged().map(|column| column.name.as_str()).collect()
}

/// Keeps everybody else from writing the tables that triggers write, and takes their images.
pub(super) fn take(
    db: &Db,
    store: &Store<'_>,
    catalog: &str,
    transaction: &mut dyn Transaction,
) -> Result<()> {
    for landing in &store.fired {
        transaction.lock(&landing.table)?;
        read_whole(db, landing, catalog, "before", transaction)?;
    }
    Ok(())
}

/// Reads a whole table.
fn read_whole(
    db: &Db,
    landing: &Landing,
    catalog: &str,
    what: &str,
    transaction: &mut dyn Transaction,
) -> Result<()> {
    let into = at(landing, catalog, what);
    db.run(&format!("DROP TABLE IF EXISTS {into}"))?;
    image::create(db, landing, &into)?;
    let image_db = db.another()?;
    let mut appender = image_db.appender(catalog, &landing.table.store, &name(landing, what))?;
    let outputs = landing.imaged().map(Output::Column).collect();
    let read = Read { table: &landing.table, outputs, any: Vec::new(), tenant: None, between: None };
    transaction.read(&read, &mut |batch| Ok(appender.append_record_batch(batch)?))?;
    Ok(appender.flush()?)
}

/// Notes what the triggers did since [`take`] into the same catalog.
pub(super) fn note(
    db: &Db,
    store: &Store<'_>,
    catalog: &str,
    transaction: &mut dyn Transaction,
    tenant: &str,
    run: &str,
) -> Result<()> {
    for landing in &store.fired {
        read_whole(db, landing, "memory", "after", transaction)?;
        let (before, after) = (at(landing, catalog, "before"), at(landing, "memory", "after"));
        for (kind, one, other) in [(MADE, &after, &before), (LOST, &before, &after)] {
            let rows = format!("FROM {one} EXCEPT ALL FROM {other}");
            let table = &landing.table.staged;
            ledger::write_notes(db, transaction, &names(landing), &rows, &|part| {
                format!("{kind} {tenant} {run} {part} {table}")
            })?;
        }
        db.run(&format!("DROP TABLE {after}"))?;
    }
    Ok(())
}

/// Those of a store's tables that triggers wrote for some of these runs, as their notes say.
pub(super) fn noted(
    project: &Project,
    tables: &[Landing],
    transaction: &mut dyn Transaction,
    tenant: &str,
    runs: &BTreeSet<&String>,
) -> Result<Vec<Landing>> {
    let mut names = BTreeSet::new();
    for kind in KINDS {
        for run in runs {
            for (name, text) in transaction.decisions(&format!("{kind} {tenant} {run} "))? {
                names.extend(name.splitn(5, ' ').nth(4).filter(|_| !text.is_empty()).map(str::to_owned));
            }
        }
    }
    let of = |name: String| match tables.iter().find(|landing| landing.table.staged == name) {
        Some(landing) => Ok(Landing::bare(landing.table.clone(), project)),
        None => Err(Error::refused(format!("triggers wrote {name} for a run, and the table is gone"))
            .hint("bring it back under its name, or take it out of the ledger `datamig_load` knowingly")),
    };
    names.into_iter().map(of).collect()
}

/// Makes `memory.<store>."<table> made"` and `".. lost"` of what a run noted. Returns the numbers of their rows.
fn recall(
    db: &Db,
    landing: &Landing,
    transaction: &mut dyn Transaction,
    tenant: &str,
    run: &str,
) -> Result<[u64; 2]> {
    let mut counts = [0; 2];
    for (kind, count) in KINDS.into_iter().zip(&mut counts) {
        let into = at(landing, "memory", kind);
        db.run(&format!("DROP TABLE IF EXISTS {into}"))?;
        image::create(db, landing, &into)?;
        let values = landing.imaged().enumerate().map(|(at, column)| {
            let (kind, name) = (kept_type(column), Ident(&column.name));
            format!("CAST(json_extract_string(entry, '$[{at}]') AS {kind}) AS {name}")
        });
        let insert = format!(
            "INSERT INTO {into} SELECT {} FROM (SELECT unnest(string_split(?, chr(10))) AS entry)",
            values.collect::<Vec<_>>().join(", ")
        );
        let header = serde_json::json!(names(landing)).to_string();
        let ending = format!(" {}", landing.table.staged);
        for (name, text) in transaction.decisions(&format!("{kind} {tenant} {run} "))? {
            let is_ours = name.splitn(4, ' ').nth(3).is_some_and(|rest| rest.ends_with(&ending));
            let rows = text.strip_prefix(header.as_str()).and_then(|rows| rows.strip_prefix('\n'));
            if let Some(rows) = rows.filter(|_| is_ours) {
                db.change(&insert, [rows])?;
            }
        }
        *count = db.one(&format!("SELECT CAST(count(*) AS UBIGINT) FROM {into}"), [])?;
    }
    Ok(counts)
}

/// Rows that triggers made for a run and that somebody changed or deleted since, by table.
pub fn changed_since(
    db: &Db,
    store: &Store<'_>,
    transaction: &mut dyn Transaction,
    tenant: &str,
    run: &str,
) -> Result<Vec<(String, u64)>> {
    let mut found = Vec::new();
    for landing in &store.fired {
        transaction.lock(&landing.table)?;
        recall(db, landing, transaction, tenant, run)?;
        read_whole(db, landing, "memory", "now", transaction)?;
        let (made, now) = (at(landing, "memory", MADE), at(landing, "memory", "now"));
        let gone = format!("SELECT CAST(count(*) AS UBIGINT) FROM (FROM {made} EXCEPT ALL FROM {now})");
        let rows: u64 = db.one(&gone, [])?;
        db.run(&format!("DROP TABLE {now}"))?;
        if rows > 0 {
            found.push((landing.table.path(), rows));
        }
    }
    Ok(found)
}

/// Takes back what triggers did for a run: first what they made goes, because it may hang on rows of the run.
/// Then what they changed or deleted comes back. Returns the rows deleted and restored, by table.
pub(super) fn undo(
    db: &Db,
    store: &Store<'_>,
    transaction: &mut dyn Transaction,
    tenant: &str,
    run: &str,
) -> Result<Vec<(u64, u64)>> {
    let mut done = Vec::new();
    for landing in &store.fired {
        let [made, lost] = recall(db, landing, transaction, tenant, run)?;
        let mut counts = (0, lost);
        if made > 0 {
            let columns: Vec<&Column> = landing.identity().collect();
            let own: Vec<&str> = columns.iter().map(|column| column.name.as_str()).collect();
            let (own, made, lost) = (Idents(&own), at(landing, "memory", MADE), at(landing, "memory", LOST));
            // A row that was only changed is overwritten.
            let kept = landing.key().map(|_| format!(" EXCEPT SELECT {own} FROM {lost}")).unwrap_or_default();
            let sql = format!("SELECT {own} FROM {made}{kept}");
            let parts = vec![Part { landing, columns, sql }];
            counts.0 = change::stream(db, parts, &mut |tables| transaction.delete_group(tables))?[0];
        }
        done.push(counts);
    }
    for (landing, _) in store.fired.iter().zip(&done).filter(|(_, counts)| counts.1 > 0) {
        let mode = if landing.key().is_some() { Mode::Upsert } else { Mode::Insert };
        let sql = format!("SELECT {} FROM {}", Idents(&names(landing)), at(landing, "memory", LOST));
        let parts = vec![Part { landing, columns: landing.imaged().collect(), sql }];
        change::stream(db, parts, &mut |tables| transaction.write(tables, mode))?;
    }
    Ok(done)
}
