//! The transaction of a load. Foreign keys are on and checked at the commit, so cycles need no order.

use super::failure;
use super::read;
use super::types::{Codec, decode, duck_type};
use crate::catalog::{Column, Table};
use crate::error::{Error, Result};
use crate::name::{Ident, Idents};
use crate::sql;
use crate::store::{Mode, Read, Rows, Sink, Transaction, file, text};
use arrow::array::{ArrayRef, AsArray, RecordBatch};
use arrow::datatypes::{
    DataType, Date32Type, Decimal128Type, Float32Type, Float64Type, Int16Type, Int32Type, Int64Type,
    TimestampMicrosecondType,
};
use rusqlite::{Connection, Statement};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// One transaction; dropped, its connection closes and SQLite rolls back.
pub(super) struct Writer {
    connection: Connection,
    path: PathBuf,
    shown: String,
    /// The tables written, to find out which one broke a foreign key.
    written: BTreeSet<String>,
    /// The triggers that were taken out, by table.
    switched_off: BTreeMap<String, Vec<String>>,
}

impl Writer {
    /// Takes the write lock of the file at once, or says that another process holds it.
    pub(super) fn begin(connection: Connection, path: &Path, shown: &str) -> Result<Writer> {
        let start = "PRAGMA foreign_keys = ON; PRAGMA temp_store = MEMORY; BEGIN IMMEDIATE; \
                     PRAGMA defer_foreign_keys = ON";
        connection.execute_batch(start).map_err(|cause| failure::of(&cause, shown))?;
        Ok(Writer {
            connection,
            path: path.to_owned(),
            shown: shown.to_owned(),
            written: BTreeSet::new(),
            switched_off: BTreeMap::new(),
        })
    }

    fn prepare(&self, sql: &str) -> Result<Statement<'_>> {
        self.connection.prepare(sql).map_err(|cause| failure::of(&cause, &self.shown))
    }

    fn batch(&self, sql: &str) -> Result<()> {
        self.connection.execute_batch(sql).map_err(|cause| failure::of(&cause, &self.shown))
    }

    /// Runs a statement once per row of each batch that has a value in one of the columns at `given`, or per row
    /// where none is named; returns the rows changed. `binds` are the columns its marks stand for, None for NULL.
    fn run(&self, sql: &str, rows: &mut Rows<'_>, binds: &[Option<usize>], given: &[usize]) -> Result<u64> {
        let mut statement = self.prepare(sql)?;
        let mut changed = 0;
        let (path, columns, shown) = (rows.table.path(), &rows.columns, &self.shown);
        (rows.batches)(&mut |batch| {
            let cells: Vec<Option<Cell<'_>>> =
                binds.iter().map(|at| at.map(|at| Cell::new(batch.column(at), columns[at]))).collect();
            for row in 0..batch.num_rows() {
                if given.is_empty() || given.iter().any(|at| batch.column(*at).is_valid(row)) {
                    changed += execute(&mut statement, &cells, row)
                        .map_err(|cause| failure::of(&cause, shown).context(&path))?;
                }
            }
            Ok(())
        })?;
        Ok(changed)
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
        let binds: Vec<Option<usize>> = later.iter().chain(&key).chain(later).map(|at| Some(*at)).collect();
        // A new row has NULL there already, one that is changed may have to get it.
        let given = if mode == Mode::Insert { later } else { &[] };
        self.run(&sql, rows, &binds, given).map(|_| ())
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
        let binds: Vec<Option<usize>> = (0..names.len()).map(Some).collect();
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
            let binds: Vec<Option<usize>> =
                (0..rows.columns.len()).map(|at| (!later.contains(&at)).then_some(at)).collect();
            written.push(match mode {
                Mode::Upsert if rows.table.key.is_empty() => self.complete(rows)?,
                _ => self.run(&insert(rows, mode, &later), rows, &binds, &[])?,
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
        let columns: Vec<Option<&Column>> =
            schema.fields().iter().map(|field| table.column(field.name())).collect();
        let Some(columns) = columns.into_iter().collect::<Option<Vec<_>>>() else {
            return Err(Error::internal(format!("{}: a key column is missing", table.path())));
        };
        let cells: Vec<Option<Cell<'_>>> = keys
            .columns()
            .iter()
            .zip(columns)
            .map(|(array, column)| Some(Cell::new(array, column)))
            .collect();
        let mut deleted = 0;
        for row in 0..keys.num_rows() {
            deleted += execute(&mut statement, &cells, row)
                .map_err(|cause| failure::of(&cause, &self.shown).context(table.path()))?;
        }
        Ok(deleted)
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

/// The INSERT of one row; in mode upsert a row with the key is changed where it differs, but for the columns at
/// `later`.
fn insert(rows: &Rows<'_>, mode: Mode, later: &[usize]) -> String {
    let names: Vec<&String> = rows.columns.iter().map(|column| &column.name).collect();
    let marks = vec!["?"; names.len()].join(", ");
    let table = Ident(&rows.table.name);
    let insert = format!("INSERT INTO {table} ({}) VALUES ({marks})", Idents(&names));
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

/// One column of a batch, ready to be bound.
struct Cell<'a> {
    array: &'a ArrayRef,
    /// Text that stands for any value: the column was staged as text, or the target's declared type is no text.
    is_any: bool,
}

impl<'a> Cell<'a> {
    fn new(array: &'a ArrayRef, column: &Column) -> Cell<'a> {
        let declared = duck_type(&column.source_type).0;
        let is_any = Codec::of(column) == Codec::Any || declared != "VARCHAR";
        Cell { array, is_any }
    }

    fn bind(&self, statement: &mut Statement<'_>, at: usize, row: usize) -> rusqlite::Result<()> {
        let array = self.array.as_ref();
        if array.is_null(row) {
            return statement.raw_bind_parameter(at, rusqlite::types::Null);
        }
        match array.data_type() {
            DataType::Boolean => statement.raw_bind_parameter(at, array.as_boolean().value(row)),
            DataType::Int16 => statement.raw_bind_parameter(at, array.as_primitive::<Int16Type>().value(row)),
            DataType::Int32 => statement.raw_bind_parameter(at, array.as_primitive::<Int32Type>().value(row)),
            DataType::Int64 => statement.raw_bind_parameter(at, array.as_primitive::<Int64Type>().value(row)),
            DataType::Float32 => {
                statement.raw_bind_parameter(at, f64::from(array.as_primitive::<Float32Type>().value(row)))
            }
            DataType::Float64 => {
                statement.raw_bind_parameter(at, array.as_primitive::<Float64Type>().value(row))
            }
            DataType::Date32 => {
                statement.raw_bind_parameter(at, text::date(array.as_primitive::<Date32Type>().value(row)))
            }
            DataType::Timestamp(_, zone) => {
                let text = text::timestamp(array.as_primitive::<TimestampMicrosecondType>().value(row));
                let zone = if zone.is_some() { "+00" } else { "" };
                statement.raw_bind_parameter(at, text + zone)
            }
            DataType::Decimal128(_, scale) => {
                let units = array.as_primitive::<Decimal128Type>().value(row);
                statement.raw_bind_parameter(at, text::decimal(units, *scale))
            }
            DataType::Binary => statement.raw_bind_parameter(at, array.as_binary::<i32>().value(row)),
            DataType::Utf8 if self.is_any => {
                statement.raw_bind_parameter(at, decode(array.as_string::<i32>().value(row)))
            }
            DataType::Utf8 => statement.raw_bind_parameter(at, array.as_string::<i32>().value(row)),
            _ => Err(rusqlite::Error::InvalidParameterName(String::new())),
        }
    }
}

fn execute(statement: &mut Statement<'_>, cells: &[Option<Cell<'_>>], row: usize) -> rusqlite::Result<u64> {
    for (at, cell) in cells.iter().enumerate() {
        match cell {
            Some(cell) => cell.bind(statement, at + 1, row)?,
            None => statement.raw_bind_parameter(at + 1, rusqlite::types::Null)?,
        }
    }
    statement.raw_execute().map(|changed| changed as u64)
}
