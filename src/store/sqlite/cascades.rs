//! Deletions by which rows of others would go, or change, with ours: SQLite does what the keys say without a word.

use super::failure;
use super::write::Writer;
use crate::error::Result;
use crate::name::{Ident, Idents};
use crate::sql;
use crate::store::{self, Rows};

impl Writer {
    /// Refuses deletions by which rows of others would go, or change. Our children go before their parents: what
    /// still hangs on one is not ours. Where rows of ours take others of ours along, returns how many go of each table.
    pub(super) fn refuse_cascades(&self, tables: &mut [Rows<'_>]) -> Result<Option<Vec<u64>>> {
        let mut found: Vec<(usize, String, String)> = Vec::new();
        for (at, rows) in tables.iter().enumerate() {
            let fail = |cause| failure::of(&cause, &self.shown);
            let mut statement = self.prepare(sql::get("store/sqlite/cascades.sql"))?;
            let references =
                statement.query_map([&rows.table.name], |row| Ok((at, row.get(0)?, row.get(1)?)));
            let references = references.map_err(fail)?.collect::<rusqlite::Result<Vec<_>>>();
            found.extend(references.map_err(fail)?);
        }
        if found.is_empty() {
            return Ok(None);
        }
        tables.iter_mut().enumerate().try_for_each(|(at, rows)| self.collect(at, rows))?;
        for (at, child, names) in found {
            let count = self.number(&hanging(tables, at, &child, &names))?;
            if count > 0 {
                return Err(store::would_change(&tables[at].table.path(), count, &child));
            }
        }
        let counts = (0..tables.len()).map(|at| self.number(&format!("SELECT count(*) FROM {}", work(at))));
        counts.collect::<Result<Vec<u64>>>().map(Some)
    }

    /// Makes the work table of the rows that go: their keys, of a table without a key their places.
    fn collect(&self, at: usize, rows: &mut Rows<'_>) -> Result<()> {
        let names: Vec<&String> = rows.columns.iter().map(|column| &column.name).collect();
        let same = |sign: &str| {
            names.iter().map(|name| format!("{} {sign} ?", Ident(name))).collect::<Vec<_>>().join(" AND ")
        };
        let (work, table) = (work(at), Ident(&rows.table.name));
        let (what, condition) = match rows.table.key.is_empty() {
            false => (Idents(&names).to_string(), same("=")),
            true => {
                ("rowid".into(), format!("{} AND rowid NOT IN (SELECT * FROM {work}) LIMIT 1", same("IS")))
            }
        };
        self.batch(&format!(
            "DROP TABLE IF EXISTS {work}; CREATE TABLE {work} AS SELECT {what} FROM main.{table} WHERE false"
        ))?;
        let insert = format!("INSERT INTO {work} SELECT {what} FROM main.{table} WHERE {condition}");
        let binds: Vec<usize> = (0..names.len()).collect();
        self.run(&insert, rows, &binds, &[])
    }

    fn number(&self, sql: &str) -> Result<u64> {
        let number = self.connection.query_row(sql, [], |row| row.get::<_, i64>(0));
        number.map(i64::unsigned_abs).map_err(|cause| failure::of(&cause, &self.shown))
    }
}

fn work(at: usize) -> String {
    format!("temp.datamig_going_{at}")
}

/// Counts the rows of `child` that hang on rows of `tables[at]` that go; those that go too do not count. `names` says
/// how `hangs` names `old`.
fn hanging(tables: &[Rows<'_>], at: usize, child: &str, names: &str) -> String {
    let place = tables.iter().position(|rows| rows.table.name.eq_ignore_ascii_case(child));
    let goes_too = place.map(|place| format!(" AND NOT {}", goes(tables, place, "hangs")));
    format!(
        "SELECT count(*) FROM main.{} AS hangs JOIN main.{} AS old ON {names} WHERE {}{}",
        Ident(child),
        Ident(&tables[at].table.name),
        goes(tables, at, "old"),
        goes_too.unwrap_or_default()
    )
}

/// Whether the work table names the row `alias` of the table.
fn goes(tables: &[Rows<'_>], at: usize, alias: &str) -> String {
    let rows = &tables[at];
    let columns = match rows.table.key.is_empty() {
        true => format!("{alias}.rowid"),
        false => {
            let names = rows.columns.iter().map(|column| format!("{alias}.{}", Ident(&column.name)));
            names.collect::<Vec<_>>().join(", ")
        }
    };
    format!("({columns}) IN (SELECT * FROM {})", work(at))
}
