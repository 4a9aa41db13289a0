//! Whole stores as text, and from one store into another.

use arrow::record_batch::RecordBatch;
use arrow::util::display::{ArrayFormatter, FormatOptions};
use datamig::catalog::{Column, Table};
use datamig::error::Result;
use datamig::store::url::StoreUrl;
use datamig::store::{Filter, Mode, Output, Read, Rows, Snapshot, Source, Target};
use std::fmt::Display;
use std::path::Path;

/// The store at a URL.
pub fn open(url: impl Display) -> Box<dyn Target> {
    let url = StoreUrl::parse(&url.to_string(), Path::new("")).expect("a URL");
    datamig::store::open(&url).expect("a store")
}

/// A request for all columns of the rows that match a filter.
pub fn request(table: &Table, filter: Option<Filter>) -> Read<'_> {
    Read {
        table,
        outputs: table.columns.iter().map(Output::Column).collect(),
        any: filter.into_iter().collect(),
        tenant: None,
        between: None,
    }
}

/// The rows of a request as text, sorted.
pub fn rows(snapshot: &dyn Snapshot, read: &Read<'_>) -> Result<Vec<String>> {
    let mut lines = Vec::new();
    snapshot.read(read, &mut |batch| {
        lines.extend(shown(&batch));
        Ok(())
    })?;
    lines.sort();
    Ok(lines)
}

fn shown(batch: &RecordBatch) -> Vec<String> {
    let options = FormatOptions::default().with_null("NULL");
    let columns: Vec<_> = batch
        .columns()
        .iter()
        .map(|column| ArrayFormatter::try_new(column, &options).expect("text"))
        .collect();
    let row = |at| columns.iter().map(|column| column.value(at).to_string()).collect::<Vec<_>>().join(" | ");
    (0..batch.num_rows()).map(row).collect()
}

/// All rows of all tables.
pub fn dump(source: &dyn Source) -> Vec<String> {
    let found = source.introspect().expect("a catalog");
    let snapshot = source.snapshot().expect("a snapshot");
    let mut lines = Vec::new();
    for table in &found.tables {
        let all = rows(snapshot.as_ref(), &request(table, None)).expect("rows");
        lines.extend(all.into_iter().map(|row| format!("{}: {row}", table.name)));
    }
    lines.sort();
    lines
}

/// Writes every row of one store into another, in one transaction; returns the rows written per table.
pub fn copy(from: &dyn Source, to: &dyn Target, mode: Mode) -> Result<Vec<u64>> {
    let found = from.introspect()?;
    let snapshot = from.snapshot()?;
    let mut transaction = to.begin()?;
    let mut written = Vec::new();
    for table in &found.tables {
        let columns: Vec<&Column> = table.columns.iter().filter(|column| !column.generated).collect();
        let read = Read {
            outputs: columns.iter().map(|column| Output::Column(column)).collect(),
            ..request(table, None)
        };
        let mut batches = |sink: datamig::store::Sink<'_>| snapshot.read(&read, sink);
        written.extend(transaction.write(&mut [Rows { table, columns, batches: &mut batches }], mode)?);
    }
    transaction.decide("mig-20261120-001", "loaded")?;
    transaction.commit()?;
    Ok(written)
}

/// Deletes from `to`, last table first, every row that `from` has.
pub fn delete(from: &dyn Source, to: &dyn Target) -> Result<u64> {
    let found = from.introspect()?;
    let snapshot = from.snapshot()?;
    let mut transaction = to.begin()?;
    let mut deleted = 0;
    for table in found.tables.iter().rev() {
        let columns =
            table.columns.iter().filter(|column| table.key.is_empty() || table.key.contains(&column.name));
        let read = Read { outputs: columns.map(Output::Column).collect(), ..request(table, None) };
        snapshot.read(&read, &mut |keys| {
            deleted += transaction.delete(table, &keys)?;
            Ok(())
        })?;
    }
    transaction.decide("mig-20261120-001", "undone")?;
    transaction.commit()?;
    Ok(deleted)
}
