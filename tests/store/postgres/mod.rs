//! PostgreSQL as source and target, against a real server.

mod load;
mod read;
mod refusal;
mod types;

use crate::support::postgres;
use arrow::array::ArrayRef;
use arrow::record_batch::RecordBatch;
use datamig::catalog::{Column, Table};
use datamig::store::url::StoreUrl;
use datamig::store::{self, Mode, Output, Read, Rows, Source, Target, Transaction};
use std::path::Path;

/// A database of this test.
struct Database {
    url: String,
    target: Box<dyn Target>,
}

impl Database {
    /// A fresh one with this schema.
    fn new(schema: &str) -> Database {
        let url = postgres::database("store");
        let database = Database { target: open(&url), url };
        database.run(schema);
        database
    }

    fn run(&self, sql: &str) {
        self.target.create(sql).unwrap();
    }

    /// The rows of a query, as psql prints them.
    fn rows(&self, sql: &str) -> String {
        postgres::execute(&self.url, sql)
    }

    fn source(&self) -> &dyn Source {
        self.target.source()
    }
}

fn open(url: &str) -> Box<dyn Target> {
    store::open(&StoreUrl::parse(url, Path::new("")).unwrap()).unwrap()
}

/// The table of this staged name, as introspection finds it.
fn table(database: &Database, staged: &str) -> Table {
    let tables = database.source().introspect().unwrap().tables;
    tables.into_iter().find(|table| table.staged == staged).unwrap()
}

/// What a read returns in a snapshot of its own.
fn batches(database: &Database, read: &Read<'_>) -> Vec<RecordBatch> {
    let mut batches = Vec::new();
    let snapshot = database.source().snapshot().unwrap();
    snapshot
        .read(read, &mut |batch| {
            batches.push(batch);
            Ok(())
        })
        .unwrap();
    batches
}

/// All rows and columns of a table.
fn everything(database: &Database, staged: &str) -> Vec<RecordBatch> {
    let table = table(database, staged);
    let outputs = table.columns.iter().filter(|column| !column.generated).map(Output::Column).collect();
    batches(database, &Read { table: &table, outputs, any: vec![], tenant: None, between: None })
}

fn keys(names: &[&str], columns: Vec<ArrayRef>) -> RecordBatch {
    RecordBatch::try_from_iter(names.iter().zip(columns)).unwrap()
}

/// Writes batches into one table of a target.
fn write(
    load: &mut dyn Transaction,
    table: &Table,
    data: &[RecordBatch],
    mode: Mode,
) -> datamig::error::Result<u64> {
    let columns: Vec<&Column> = table.columns.iter().filter(|column| !column.generated).collect();
    let mut batches = |sink: datamig::store::Sink<'_>| data.iter().cloned().try_for_each(sink);
    let counts = load.write(&mut [Rows { table, columns, batches: &mut batches }], mode)?;
    Ok(counts[0])
}
