//! The transaction of a load. Foreign keys are on and checked at the commit, so cycles need no order.

use super::bind::{cells, execute};
use super::failure;
use super::read;
use crate::catalog::{Column, Table};
use crate::error::{Error, Result};
use crate::name::{Ident, Idents};
use crate::sql;
use crate::store::{Mode, Read, Rows, Sink, Transaction, delete_each, file};
use arrow::array::{Array, RecordBatch};
use rusqlite::{Connection, OpenFlags, Statement};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// One transaction; dropped, its connection closes and SQLite rolls back.
pub(super) struct Writer {
    pub(super) connection: Connection,
    path: PathBuf,
    pub(super) shown: String,
    /// The tables written, to find out which one broke a foreign key.
    written: BTreeSet<String>,
    /// The tables of which rows were deleted.
    deleted: BTreeSet<String>,
    /// The triggers that were taken out, by table.
    switched_off: BTreeMap<String, Vec<String>>,
}

/// Rows in one INSERT: to begin a statement costs more than to write a row.
const ROWS_AT_ONCE: usize = 64;
/// Parameters of one statement, at the most.
const PARAMETERS_MAX: usize = 32_766;

impl Writer {
    /// Takes the write lock of the file at once, or says that another process holds it.
    pub(super) fn begin(connection: Connection, path: &Path, shown: &str) -> Result<Writer> {
        let start = "PRAGMA foreign_keys = ON; PRAGMA temp_store = MEMORY; PRAGMA cache_size = -32768; \
                     BEGIN IMMEDIATE; PRAGMA defer_foreign_keys = ON";
        connection.execute_batch(start).map_err(|cause| failure::of(&cause, shown))?;
        Ok(Writer {
            connection,
            path: path.to_owned(),
            shown: shown.to_owned(),
            written: BTreeSet::new(),
            deleted: BTreeSet::new(),
            switched_off: BTreeMap::new(),
        })
    }

    pub(super) fn prepare(&self, sql: &str) -> Result<Statement<'_>> {
        self.connection.prepare(sql).map_err(|cause| failure::of(&cause, &self.shown))
    }

    pub(super) fn batch(&self, sql: &str) -> Result<()> {
        self.connection.execute_batch(sql).map_err(|cause| failure::of(&cause, &self.shown))
    }

    /// Runs a statement once per row of each batch that has a value in one of the columns at `given`, or per row
    /// where none is named. `binds` are the columns its marks stand for.
    pub(super) fn run(&self, sql: &str, rows: &mut Rows<'_>, binds: &[usize], given: &[usize]) -> Result<()> {
        let mut statement = self.prepare(sql)?;
        let (path, columns, shown) = (rows.table.path(), &rows.columns, &self.shown);
        (rows.batches)(&mut |batch| {
            let cells = cells(&batch, binds, columns);
            for row in 0..batch.num_rows() {
                if given.is_empty() || given.iter().any(|at| batch.column(*at).is_valid(row)) {
                    execute(&mut statement, &cells, row..row + 1)
                        .map_err(|cause| failure::of(&cause, shown).context(&path))?;
                }
            }
            Ok(())
        })
    }

    /// Inserts the rows, many with one statement, NULL in the columns at `later`; returns the rows written.
    fn insert(&self, rows: &mut Rows<'_>, mode: Mode, later: &[usize]) -> Result<u64> {
        let binds: Vec<usize> = (0..rows.columns.len()).filter(|at| !later.contains(at)).collect();
        let at_once = (PARAMETERS_MAX / binds.len().max(1)).clamp(1, ROWS_AT_ONCE);
        let mut many = self.prepare(&insert(rows, mode, later, at_once))?;
        let mut one = self.prepare(&insert(rows, mode, later, 1))?;
        let mut written = 0;
        let (path, columns, shown) = (rows.table.path(), &rows.columns, &self.shown);
        (rows.batches)(&mut |batch| {
            let cells = cells(&batch, &binds, columns);
            let mut row = 0;
            while row < batch.num_rows() {
                let (statement, count) = match batch.num_rows() - row >= at_once {
                    true => (&mut many, at_once),
                    false => (&mut one, 1),
                };
                written += execute(statement, &cells, row..row + count)
                    .map_err(|cause| failure::of(&cause, shown).context(&path))?;
                row += count;
            }
            Ok(())
        })?;
        Ok(written)
    }

    /// The columns of a table that may stay NULL until the tables written with it are there too: references among
    /// them. With a reference open SQLite searches the children of every parent that is written.
    fn later(&self, rows: &Rows<'_>, group: &str) -> Result<Vec<usize>> {
        let sql = sql::get("store/sqlite/group_references.sql");
        let fail = |cause| failure::of(&cause, &self.shown);
        let mut statement = self.prepare(sql)?;
        let found =
            statement.query_map([&rows.table.name, group], |row| row.get::<_, String>(0)).map_err(fail)?;
        let names = found.collect::<rusqlite::Result<BTreeSet<String>>>().map_err(fail)?;
        let key = &rows.table.key;
        let can_wait = |column: &Column| {
            column.nullable && !key.contains(&column.name) && names.contains(&column.name) && !key.is_empty()
        };
        Ok((0..rows.columns.len()).filter(|at| can_wait(rows.columns[*at])).collect())
    }

    /// Fills in the columns that had to wait, where they differ.
    fn fill_in(&self, rows: &mut Rows<'_>, later: &[usize], mode: Mode) -> Result<()> {
        let name = |at: &usize, sign: &str| format!("{} {sign} ?", Ident(&rows.columns[*at].name));
        let key = rows.table.key.iter();
        let key: Vec<usize> =
            key.filter_map(|name| rows.columns.iter().position(|column| column.name == *name)).collect();
        let list = |columns: &[usize], sign: &str, by: &str| {
            columns.iter().map(|at| name(at, sign)).collect::<Vec<_>>().join(by)
        };
        let sql = format!(
            "UPDATE {} SET {} WHERE {} AND ({})",
            Ident(&rows.table.name),
            list(later, "=", ", "),
            list(&key, "=", " AND "),
            list(later, "IS NOT", " OR ")
        );
        let binds: Vec<usize> = later.iter().chain(&key).chain(later).copied().collect();
        // A new row has NULL there already, one that is changed may have to get it.
        let given = if mode == Mode::Insert { later } else { &[] };
        self.run(&sql, rows, &binds, given)
    }

    /// Rows of a table without a key, in mode upsert: as many of each as the batches hold, counting those that are
    /// there already.
    fn complete(&self, rows: &mut Rows<'_>) -> Result<u64> {
        let names: Vec<&String> = rows.columns.iter().map(|column| &column.name).collect();
        self.batch(&format!(
            "DROP TABLE IF EXISTS temp.datamig_work; CREATE TEMP TABLE datamig_work({})",
            Idents(&names)
        ))?;
        let marks = vec!["?"; names.len()].join(", ");
        let binds: Vec<usize> = (0..names.len()).collect();
        self.run(&format!("INSERT INTO temp.datamig_work VALUES ({marks})"), rows, &binds, &[])?;
        let table = Ident(&rows.table.name);
        let same: Vec<String> = names.iter().map(|name| format!("t.{0} IS w.{0}", Ident(name))).collect();
        let sql = format!(
            "INSERT INTO main.{table} ({columns}) SELECT {columns} FROM \
             (SELECT *, row_number() OVER (PARTITION BY {columns}) AS datamig_copy FROM temp.datamig_work) AS w \
             WHERE datamig_copy > (SELECT count(*) FROM main.{table} AS t WHERE {same})",
            columns = Idents(&names),
            same = same.join(" AND "),
        );
        let changed = self.connection.execute(&sql, []).map_err(|cause| failure::of(&cause, &self.shown))?;
        self.batch("DROP TABLE temp.datamig_work")?;
        Ok(changed as u64)
    }

    /// Says which written table holds rows whose parents are missing.
    fn broken_references(&self) -> Error {
        let mut found = Vec::new();
        for table in &self.written {
            let sql =
                "SELECT parent, count(*) FROM pragma_foreign_key_check(?1) GROUP BY parent ORDER BY parent";
            let Ok(mut statement) = self.connection.prepare(sql) else { continue };
            let Ok(mut rows) = statement.query([table]) else { continue };
            while let Ok(Some(row)) = rows.next() {
                if let (Ok(parent), Ok(count)) = (row.get::<_, String>(0), row.get::<_, i64>(1)) {
                    found
                        .push(format!("{count} rows of {table} point at rows of {parent} that do not exist"));
                }
            }
        }
        match found.is_empty() {
            true => {
                Error::config(format!("{}: other rows still point at rows that were deleted", self.shown))
            }
            false => Error::config(format!("{}: {}", self.shown, found.join("; "))),
        }
    }
}

impl Transaction for Writer {
    fn write(&mut self, tables: &mut [Rows<'_>], mode: Mode) -> Result<Vec<u64>> {
        let names: Vec<&String> = tables.iter().map(|rows| &rows.table.name).collect();
        let group = serde_json::json!(names).to_string();
        let mut written = Vec::new();
        let mut waiting = Vec::new();
        for rows in &mut *tables {
            self.written.insert(rows.table.name.clone());
            let later = self.later(rows, &group)?;
            written.push(match mode {
                Mode::Upsert if rows.table.key.is_empty() => self.complete(rows)?,
                _ => self.insert(rows, mode, &later)?,
            });
            waiting.push(later);
        }
        for (rows, later) in tables.iter_mut().zip(waiting).filter(|(_, later)| !later.is_empty()) {
            self.fill_in(rows, &later, mode)?;
        }
        Ok(written)
    }

    fn delete(&mut self, table: &Table, keys: &RecordBatch) -> Result<u64> {
        self.written.insert(table.name.clone());
        self.deleted.insert(table.name.clone());
        let schema = keys.schema();
        let equals = if table.key.is_empty() { "IS" } else { "=" };
        let conditions: Vec<String> =
            schema.fields().iter().map(|field| format!("{} {equals} ?", Ident(field.name()))).collect();
        let name = Ident(&table.name);
        let sql = match table.key.is_empty() {
            false => format!("DELETE FROM {name} WHERE {}", conditions.join(" AND ")),
            // Without a key the rows of all columns name one of perhaps several identical rows.
            true => format!(
                "DELETE FROM {name} WHERE rowid = (SELECT rowid FROM {name} WHERE {} LIMIT 1)",
                conditions.join(" AND ")
            ),
        };
        let mut statement = self.prepare(&sql)?;
        let columns = schema.fields().iter().map(|field| table.column(field.name()));
        let Some(columns) = columns.collect::<Option<Vec<&Column>>>() else {
            return Err(Error::internal(format!("{}: a key column is missing", table.path())));
        };
        let all: Vec<usize> = (0..columns.len()).collect();
        let cells = cells(keys, &all, &columns);
        let mut deleted = 0;
        for row in 0..keys.num_rows() {
            deleted += execute(&mut statement, &cells, row..row + 1)
                .map_err(|cause| failure::of(&cause, &self.shown).context(table.path()))?;
        }
        Ok(deleted)
    }

    fn delete_group(&mut self, tables: &mut [Rows<'_>]) -> Result<Vec<u64>> {
        let going = self.refuse_cascades(tables)?;
        let deleted = delete_each(self, tables)?;
        Ok(going.unwrap_or(deleted))
    }

    fn decisions(&mut self, prefix: &str) -> Result<Vec<(String, String)>> {
        let fail = |cause| failure::of(&cause, &self.shown);
        if !self.connection.table_exists(None, "datamig_load").map_err(fail)? {
            return Ok(Vec::new());
        }
        let found = "SELECT run, decision FROM datamig_load WHERE substr(run, 1, length(?1)) = ?1";
        let mut statement = self.prepare(found)?;
        let found = statement.query_map([prefix], |row| Ok((row.get(0)?, row.get(1)?))).map_err(fail)?;
        found.collect::<rusqlite::Result<_>>().map_err(fail)
    }

    /// A trigger of SQLite cannot be disabled: it is taken out and put back word for word.
    fn switch_triggers(&mut self, table: &Table, on: bool) -> Result<()> {
        if on {
            let back = self.switched_off.remove(&table.name).unwrap_or_default();
            return back.iter().try_for_each(|statement| self.batch(statement));
        }
        let fail = |cause| failure::of(&cause, &self.shown);
        let found = "SELECT name, sql FROM sqlite_schema WHERE type = 'trigger' AND tbl_name = ?1";
        let mut statement = self.prepare(found)?;
        let found = statement.query_map([&table.name], |row| Ok((row.get(0)?, row.get(1)?))).map_err(fail)?;
        let found: Vec<(String, String)> = found.collect::<rusqlite::Result<_>>().map_err(fail)?;
        drop(statement);
        found.iter().try_for_each(|(name, _)| self.batch(&format!("DROP TRIGGER {}", Ident(name))))?;
        self.switched_off.insert(table.name.clone(), found.into_iter().map(|(_, sql)| sql).collect());
        Ok(())
    }

    fn is_marked(&mut self) -> Result<bool> {
        Ok(file::is_marked(&self.path))
    }

    /// Rows that hang on deleted ones are found here, before another store commits. Those that hung in the air before
    /// do not count; where they cannot be told apart, the commit does.
    fn check(&mut self) -> Result<()> {
        if self.deleted.is_empty() {
            return Ok(());
        }
        let parents = serde_json::json!(self.deleted).to_string();
        let hanging = |connection: &Connection| -> rusqlite::Result<i64> {
            connection.query_row(sql::get("store/sqlite/hanging.sql"), [&parents], |row| row.get(0))
        };
        let now = hanging(&self.connection).map_err(|cause| failure::of(&cause, &self.shown))?;
        let before = || Connection::open_with_flags(&self.path, OpenFlags::SQLITE_OPEN_READ_ONLY);
        match now > 0 && before().and_then(|before| hanging(&before)).is_ok_and(|before| now > before) {
            true => Err(self.broken_references()),
            false => Ok(()),
        }
    }

    fn read(&mut self, request: &Read<'_>, sink: Sink<'_>) -> Result<()> {
        read::rows(&self.connection, &self.shown, request, sink)
    }

    fn decide(&mut self, run: &str, decision: &str) -> Result<()> {
        self.batch(
            "CREATE TABLE IF NOT EXISTS datamig_load(run TEXT PRIMARY KEY, decision TEXT NOT NULL) STRICT",
        )?;
        let sql = "INSERT OR REPLACE INTO datamig_load VALUES (?1, ?2)";
        self.connection.execute(sql, [run, decision]).map_err(|cause| failure::of(&cause, &self.shown))?;
        Ok(())
    }

    fn commit(self: Box<Self>) -> Result<()> {
        match self.connection.execute_batch("COMMIT") {
            Ok(()) => Ok(()),
            Err(cause) if is_reference(&cause) => Err(self.broken_references()),
            Err(cause) => Err(failure::of(&cause, &self.shown)),
        }
    }
}

fn is_reference(cause: &rusqlite::Error) -> bool {
    let code = cause.sqlite_error().map(|error| error.extended_code);
    code == Some(rusqlite::ffi::SQLITE_CONSTRAINT_FOREIGNKEY)
}

/// The INSERT of `count` rows, with NULL in the columns at `later`; in mode upsert a row with the key is changed where
/// it differs, but for these columns.
fn insert(rows: &Rows<'_>, mode: Mode, later: &[usize], count: usize) -> String {
    let names: Vec<&String> = rows.columns.iter().map(|column| &column.name).collect();
    let mark = |at: usize| if later.contains(&at) { "NULL" } else { "?" };
    let marks = format!("({})", (0..names.len()).map(mark).collect::<Vec<_>>().join(", "));
    let table = Ident(&rows.table.name);
    let marks = vec![marks.as_str(); count].join(", ");
    let insert = format!("INSERT INTO {table} ({}) VALUES {marks}", Idents(&names));
    if mode == Mode::Insert {
        return insert;
    }
    let key = &rows.table.key;
    let others: Vec<&&String> = names
        .iter()
        .enumerate()
        .filter(|(at, name)| !key.contains(name) && !later.contains(at))
        .map(|(_, name)| name)
        .collect();
    let key = Idents(key);
    if others.is_empty() {
        return format!("{insert} ON CONFLICT ({key}) DO NOTHING");
    }
    let changes: Vec<String> = others.iter().map(|name| format!("{0} = excluded.{0}", Ident(name))).collect();
    let differs: Vec<String> =
        others.iter().map(|name| format!("{table}.{0} IS NOT excluded.{0}", Ident(name))).collect();
    format!(
        "{insert} ON CONFLICT ({key}) DO UPDATE SET {} WHERE {}",
        changes.join(", "),
        differs.join(" OR ")
    )
}
