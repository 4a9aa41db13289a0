//! Stores: one file per engine behind two traits. A [`Source`] is read in one snapshot, read-only and
//! enforced; a [`Target`] is written in one transaction. Rows cross as Arrow batches, never as maps of
//! values. Nothing here knows DuckDB, runs or phases. The traits block: an engine whose client is
//! asynchronous drives it on [`runtime`].

mod batches;
mod chain;
mod file;
mod graph;
mod graph_file;
pub mod introspect;
mod mysql;
mod named;
mod neo4j;
mod postgres;
mod request;
mod server;
mod sqlite;
mod text;
pub mod url;

use crate::catalog::{Column, Reference, Table};
use crate::error::{Error, Result};
use arrow::record_batch::RecordBatch;
use batches::batch;
pub use batches::in_chunks;
pub use request::{Filter, Output, Read, Tenant, Then, Wanted};
use url::{Engine, StoreUrl};

/// Rows in one batch, at the most.
pub const BATCH_ROWS: usize = 8192;

/// What introspection of one store found. `Reference::child` and `parent` are positions in `tables`.
#[derive(Default)]
pub struct StoreCatalog {
    /// All tables, labels and relationship types, by schema and name.
    pub tables: Vec<Table>,
    /// Declared keys and ends of relationships.
    pub references: Vec<Reference>,
}

/// Takes batches as they come.
pub type Sink<'a> = &'a mut dyn FnMut(RecordBatch) -> Result<()>;

/// A store that is read. Every method may be called from several threads.
pub trait Source: Send + Sync {
    /// Reads the schema in a fixed number of statements. Where values need not obey the schema (SQLite, graphs)
    /// rows are looked at too.
    fn introspect(&self) -> Result<StoreCatalog>;
    /// Opens the one snapshot all reads share and proves that it cannot write.
    fn snapshot(&self) -> Result<Box<dyn Snapshot>>;
    /// The engine and its version, for people.
    fn version(&self) -> Result<String>;
    /// What a store has in common with itself under every name; a copied cluster may have it too.
    fn identity(&self) -> Result<Identity>;
    /// Where the store is, for as long as it stays there: a source of once is recognized by that.
    fn address(&self) -> Result<String> {
        Ok(self.identity()?.0)
    }
    /// What only those see who are connected to the same live store; `None` where the identity tells.
    fn signal(&self) -> Result<Option<Signal>> {
        Ok(None)
    }
    /// Whether the signal of another connection is seen through this one.
    fn sees(&self, signal: &str) -> Result<bool> {
        let _ = signal;
        Ok(false)
    }
    /// Whether [`Target::mark`] made the store a target. An engine that is never written has no such mark.
    fn is_marked(&self) -> Result<bool> {
        Ok(false)
    }
    /// Whether the account could write, for `doctor`.
    fn can_write(&self) -> Result<bool>;
}

/// One consistent view of a store. Readers may be used side by side.
pub trait Snapshot: Send + Sync {
    /// The engine's name for the snapshot, for the manifest.
    fn id(&self) -> String;
    /// When the snapshot was taken: UTC, RFC 3339.
    fn taken_at(&self) -> String;
    /// Streams the rows `read` asks for, each once, in batches of at most [`BATCH_ROWS`]. The batch
    /// has one Arrow column per [`Output`], of the Arrow type [`arrow_type`] gives.
    fn read(&self, read: &Read<'_>, sink: Sink<'_>) -> Result<()>;
    /// The rows of a small query in the engine's own SQL, as text; `None` where the engine speaks no SQL.
    fn query(&self, sql: &str) -> Result<Option<Vec<TextRow>>> {
        let _ = sql;
        Ok(None)
    }
}

/// A row as text, NULL as `None`.
pub type TextRow = Vec<Option<String>>;

/// What identifies a store: two URLs of one server have one identity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity(pub String);

/// A signal, given as long as this lives.
pub struct Signal {
    /// What [`Source::sees`] looks for.
    pub text: String,
    _giver: Box<dyn std::any::Any + Send>,
}

/// A store that is written.
pub trait Target: Send + Sync {
    /// Creates the schema from the project's own text; for `demo` and tests only.
    fn create(&self, schema: &str) -> Result<()>;
    /// The store as a source: for introspection, before-images, `verify` and canonical dumps.
    fn source(&self) -> &dyn Source;
    /// Begins the one transaction of a load.
    fn begin(&self) -> Result<Box<dyn Transaction>>;
    /// Whether the decision row of `run` is in the store, written by the transaction that loaded it.
    fn decision(&self, run: &str) -> Result<Option<String>>;
    /// Whether transactions can be prepared here: [`Transaction::prepare_commit`].
    fn can_prepare(&self) -> Result<bool> {
        Ok(false)
    }
    /// The prepared transactions whose names begin with [`PREPARED`], whoever left them.
    fn prepared(&self) -> Result<Vec<Prepared>> {
        Ok(Vec::new())
    }
    /// Commits a prepared transaction or rolls it back; one that somebody ended meanwhile is no error.
    fn end_prepared(&self, name: &str, commits: bool) -> Result<()> {
        let _ = (name, commits);
        Ok(())
    }
    /// Refreshes what the engine's planner knows about these tables, where it does not do so by itself at once.
    fn refresh_statistics(&self, tables: &[&Table]) -> Result<()> {
        let _ = tables;
        Ok(())
    }
    /// Makes the store a target, for good; `name` is how whoever allowed it calls the store.
    fn mark(&self, name: &str) -> Result<()>;
}

/// What the names of our prepared transactions begin with.
pub const PREPARED: &str = "datamig ";

/// A prepared transaction.
pub struct Prepared {
    /// Its name.
    pub name: String,
    /// Whether the process that prepared it is still connected.
    pub is_owned: bool,
}

/// The one transaction of a load: dropped without [`Transaction::commit`], it leaves nothing.
pub trait Transaction: Send {
    /// Writes batches of the tables of one group, whose references may be circular among themselves.
    /// Rows with a key that exists are overwritten when `mode` is [`Mode::Upsert`]; rows of tables without a
    /// key and relationships are then added only as often as the store holds fewer of them. Returns the rows
    /// written per table, in the order of `tables`.
    fn write(&mut self, tables: &mut [Rows<'_>], mode: Mode) -> Result<Vec<u64>>;
    /// Deletes rows by key, children before parents as given. `keys` has the key's columns, by name. Of a table
    /// without a key and of relationships it has all columns, and each row deletes one such row.
    fn delete(&mut self, table: &Table, keys: &RecordBatch) -> Result<u64>;
    /// Deletes rows of the tables of one group, whose references may be circular among themselves. The
    /// columns of `tables` are as in [`Transaction::delete`]. Returns the rows deleted per table.
    fn delete_group(&mut self, tables: &mut [Rows<'_>]) -> Result<Vec<u64>> {
        delete_each(self, tables)
    }
    /// Whether the store carries the mark of a target, as the transaction sees it.
    fn is_marked(&mut self) -> Result<bool>;
    /// Takes the right to load a tenant until the transaction ends; busy while another process has it. A store
    /// that takes one writer at a time needs no more.
    fn claim(&mut self, tenant: &str) -> Result<()> {
        let _ = tenant;
        Ok(())
    }
    /// Streams rows as the transaction sees them.
    fn read(&mut self, read: &Read<'_>, sink: Sink<'_>) -> Result<()>;
    /// Streams rows by key, and keeps everybody else from changing them until the transaction ends.
    fn hold(&mut self, read: &Read<'_>, sink: Sink<'_>) -> Result<()> {
        self.read(read, sink)
    }
    /// Keeps everybody else from writing a table until the transaction ends; waits for who is writing it. A store
    /// that takes one writer at a time needs no more.
    fn lock(&mut self, table: &Table) -> Result<()> {
        let _ = table;
        Ok(())
    }
    /// Switches the user triggers of a table off, or those on again that were. Foreign keys stay checked.
    fn switch_triggers(&mut self, table: &Table, on: bool) -> Result<()> {
        let _ = (table, on);
        Ok(())
    }
    /// Checks now what the commit would check.
    fn check(&mut self) -> Result<()> {
        Ok(())
    }
    /// What others cannot write until the transaction ends, in words.
    fn locks(&mut self) -> Result<Vec<String>> {
        Ok(vec!["the whole store".into()])
    }
    /// Writes or replaces the decision row of a run: `loaded`, `undone`.
    fn decide(&mut self, run: &str, decision: &str) -> Result<()>;
    /// The decision rows whose names begin with `prefix`, and what they say.
    fn decisions(&mut self, prefix: &str) -> Result<Vec<(String, String)>>;
    /// Raises the sequence of a column to `highest` at least, at once and for good. Engines that number rows above
    /// the highest one by themselves need no more.
    fn advance_sequence(&mut self, table: &Table, column: &Column, highest: i64) -> Result<()> {
        let _ = (table, column, highest);
        Ok(())
    }
    /// Where the store can, makes everything durable under a name that begins with `name`, and nothing visible:
    /// the commit that follows cannot fail, and whoever knows the name may end the transaction, also after this
    /// process or the server died. Returns whether it did.
    fn prepare_commit(&mut self, name: &str) -> Result<bool> {
        let _ = name;
        Ok(false)
    }
    /// Makes everything durable and visible.
    fn commit(self: Box<Self>) -> Result<()>;
}

/// Deletes the rows of one table after the other.
fn delete_each<T: Transaction + ?Sized>(transaction: &mut T, tables: &mut [Rows<'_>]) -> Result<Vec<u64>> {
    let mut deleted = Vec::with_capacity(tables.len());
    for rows in tables {
        let mut count = 0;
        (rows.batches)(&mut |keys| {
            count += transaction.delete(rows.table, &keys)?;
            Ok(())
        })?;
        deleted.push(count);
    }
    Ok(deleted)
}

/// Refuses a deletion from a table by which rows of others would go, or change.
fn would_change(path: &str, rows: impl std::fmt::Display, child: &str) -> Error {
    Error::refused(format!(
        "deleting from {path}: {rows} rows of {child} hang on rows that would go, and would go or change with them; \
         they are not of this load"
    ))
    .hint("look at them first: point them elsewhere or take them out")
}

/// Refuses a deletion of nodes that would take the end of relationships of others.
fn would_hang(path: &str, count: impl std::fmt::Display, kind: &str) -> Error {
    Error::refused(format!(
        "deleting from {path}: {count} relationships {kind} hang on nodes that would go; they are not of this load"
    ))
    .hint("look at them first: take them out, or the nodes stay")
}

/// What happens to rows whose key exists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// An existing key is an error.
    Insert,
    /// An existing row is overwritten where it differs.
    Upsert,
}

/// The rows for one table of a group.
pub struct Rows<'a> {
    /// The table, as the target's catalog has it.
    pub table: &'a Table,
    /// The columns the batches hold, in order; generated columns are not among them.
    pub columns: Vec<&'a Column>,
    /// Calls the sink with every batch.
    pub batches: &'a mut dyn FnMut(Sink<'_>) -> Result<()>,
}

/// A store that can be written. Nothing is connected before the first use.
pub fn open(url: &StoreUrl) -> Result<Box<dyn Target>> {
    let target: Box<dyn Target> = match url.engine {
        Engine::Postgres => Box::new(postgres::Postgres::new(url)?),
        Engine::Sqlite => Box::new(sqlite::Sqlite::new(url)),
        Engine::GraphFile => Box::new(graph_file::GraphFile::new(url)),
        Engine::Neo4j => Box::new(neo4j::Neo4j::new(url)?),
        Engine::Mysql => {
            return Err(Error::config(format!("{} cannot be written", url.shown)).hint(
                "MySQL and MariaDB are read only: name a PostgreSQL, SQLite or Neo4j store under `cert`",
            ));
        }
    };
    Ok(Box::new(named::Named(target)))
}

/// A store that is read. Nothing is connected before the first use.
pub fn open_source(url: &StoreUrl) -> Result<Box<dyn Source>> {
    let source: Box<dyn Source> = match url.engine {
        Engine::Postgres => Box::new(postgres::Postgres::new(url)?),
        Engine::Sqlite => Box::new(sqlite::Sqlite::new(url)),
        Engine::GraphFile => Box::new(graph_file::GraphFile::new(url)),
        Engine::Neo4j => Box::new(neo4j::Neo4j::new(url)?),
        Engine::Mysql => Box::new(mysql::Mysql::new(url)?),
    };
    Ok(Box::new(named::Named(source)))
}

/// The runtime on which asynchronous clients run.
pub fn runtime() -> &'static tokio::runtime::Runtime {
    use std::sync::LazyLock;
    static RUNTIME: LazyLock<tokio::runtime::Runtime> = LazyLock::new(|| {
        tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .unwrap_or_else(|cause| panic!("the operating system refuses threads: {}", cause.kind()))
    });
    &RUNTIME
}

/// The Arrow type in which a column of this DuckDB type crosses; every other type crosses as text.
pub fn arrow_type(duck_type: &str) -> arrow::datatypes::DataType {
    use arrow::datatypes::{DataType, TimeUnit};
    match duck_type {
        "BOOLEAN" => DataType::Boolean,
        "SMALLINT" => DataType::Int16,
        "INTEGER" => DataType::Int32,
        "BIGINT" => DataType::Int64,
        "FLOAT" => DataType::Float32,
        "DOUBLE" => DataType::Float64,
        "DATE" => DataType::Date32,
        "TIMESTAMP" => DataType::Timestamp(TimeUnit::Microsecond, None),
        "TIMESTAMPTZ" => DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())),
        "BLOB" => DataType::Binary,
        _ => match decimal(duck_type) {
            Some((precision, scale)) => DataType::Decimal128(precision, scale),
            None => DataType::Utf8,
        },
    }
}

/// `DECIMAL(10,2)` as (10, 2).
fn decimal(duck_type: &str) -> Option<(u8, i8)> {
    let inside = duck_type.strip_prefix("DECIMAL(")?.strip_suffix(')')?;
    let (precision, scale) = inside.split_once(',')?;
    Some((precision.trim().parse().ok()?, scale.trim().parse().ok()?))
}
