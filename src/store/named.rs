//! Columns under names that DuckDB takes. It folds case and keeps `rowid` to itself, so a column may be staged
//! under another name than its engine knows ([`crate::catalog::Column::own_name`]). Every store is opened behind
//! this; what goes in is named as the engine names it, and nothing else knows of two names.

use super::{
    Filter, Identity, Mode, Output, Prepared, Read, Rows, Signal, Sink, Snapshot, Source, StoreCatalog,
    Target, Tenant, TextRow, Then, Transaction,
};
use crate::catalog::{Column, Table};
use crate::error::Result;
use arrow::datatypes::Schema;
use arrow::record_batch::RecordBatch;
use std::borrow::Cow;
use std::sync::Arc;

/// A store whose columns may be staged under other names.
pub(super) struct Named<T>(pub(super) T);

/// What is read of a store, whether it is written too or not.
pub(super) trait Readable: Send + Sync {
    fn readable(&self) -> &dyn Source;
}

impl Readable for Box<dyn Source> {
    fn readable(&self) -> &dyn Source {
        self.as_ref()
    }
}

impl Readable for Box<dyn Target> {
    fn readable(&self) -> &dyn Source {
        self.source()
    }
}

impl<T: Readable> Source for Named<T> {
    fn introspect(&self) -> Result<StoreCatalog> {
        self.0.readable().introspect()
    }
    fn snapshot(&self) -> Result<Box<dyn Snapshot>> {
        Ok(Box::new(Named(self.0.readable().snapshot()?)))
    }
    fn version(&self) -> Result<String> {
        self.0.readable().version()
    }
    fn identity(&self) -> Result<Identity> {
        self.0.readable().identity()
    }
    fn address(&self) -> Result<String> {
        self.0.readable().address()
    }
    fn signal(&self) -> Result<Option<Signal>> {
        self.0.readable().signal()
    }
    fn sees(&self, signal: &str) -> Result<bool> {
        self.0.readable().sees(signal)
    }
    fn is_marked(&self) -> Result<bool> {
        self.0.readable().is_marked()
    }
    fn can_write(&self) -> Result<bool> {
        self.0.readable().can_write()
    }
}

impl Snapshot for Named<Box<dyn Snapshot>> {
    fn id(&self) -> String {
        self.0.id()
    }
    fn taken_at(&self) -> String {
        self.0.taken_at()
    }
    fn read(&self, read: &Read<'_>, sink: Sink<'_>) -> Result<()> {
        own_read(read, |read| self.0.read(read, sink))
    }
    fn query(&self, sql: &str) -> Result<Option<Vec<TextRow>>> {
        self.0.query(sql)
    }
}

impl Target for Named<Box<dyn Target>> {
    fn create(&self, schema: &str) -> Result<()> {
        self.0.create(schema)
    }
    fn source(&self) -> &dyn Source {
        self
    }
    fn begin(&self) -> Result<Box<dyn Transaction>> {
        Ok(Box::new(Named(self.0.begin()?)))
    }
    fn decision(&self, run: &str) -> Result<Option<String>> {
        self.0.decision(run)
    }
    fn can_prepare(&self) -> Result<bool> {
        self.0.can_prepare()
    }
    fn prepared(&self) -> Result<Vec<Prepared>> {
        self.0.prepared()
    }
    fn end_prepared(&self, name: &str, commits: bool) -> Result<()> {
        self.0.end_prepared(name, commits)
    }
    fn refresh_statistics(&self, tables: &[&Table]) -> Result<()> {
        self.0.refresh_statistics(tables)
    }
    fn mark(&self, name: &str) -> Result<()> {
        self.0.mark(name)
    }
}

impl Transaction for Named<Box<dyn Transaction>> {
    fn write(&mut self, tables: &mut [Rows<'_>], mode: Mode) -> Result<Vec<u64>> {
        own_rows(tables, |tables| self.0.write(tables, mode))
    }
    fn delete(&mut self, table: &Table, keys: &RecordBatch) -> Result<u64> {
        self.0.delete(&own_table(table), &own_batch(table, keys)?)
    }
    fn delete_group(&mut self, tables: &mut [Rows<'_>]) -> Result<Vec<u64>> {
        own_rows(tables, |tables| self.0.delete_group(tables))
    }
    fn is_marked(&mut self) -> Result<bool> {
        self.0.is_marked()
    }
    fn claim(&mut self, tenant: &str) -> Result<()> {
        self.0.claim(tenant)
    }
    fn read(&mut self, read: &Read<'_>, sink: Sink<'_>) -> Result<()> {
        own_read(read, |read| self.0.read(read, sink))
    }
    fn hold(&mut self, read: &Read<'_>, sink: Sink<'_>) -> Result<()> {
        own_read(read, |read| self.0.hold(read, sink))
    }
    fn lock(&mut self, table: &Table) -> Result<()> {
        self.0.lock(table)
    }
    fn switch_triggers(&mut self, table: &Table, on: bool) -> Result<()> {
        self.0.switch_triggers(table, on)
    }
    fn check(&mut self) -> Result<()> {
        self.0.check()
    }
    fn locks(&mut self) -> Result<Vec<String>> {
        self.0.locks()
    }
    fn decide(&mut self, run: &str, decision: &str) -> Result<()> {
        self.0.decide(run, decision)
    }
    fn decisions(&mut self, prefix: &str) -> Result<Vec<(String, String)>> {
        self.0.decisions(prefix)
    }
    fn advance_sequence(&mut self, table: &Table, column: &Column, highest: i64) -> Result<()> {
        self.0.advance_sequence(&own_table(table), &own_column(column), highest)
    }
    fn prepare_commit(&mut self, name: &str) -> Result<bool> {
        self.0.prepare_commit(name)
    }
    fn commit(self: Box<Self>) -> Result<()> {
        self.0.commit()
    }
}

fn own_column(column: &Column) -> Cow<'_, Column> {
    match &column.own_name {
        Some(name) => Cow::Owned(Column { name: name.clone(), ..column.clone() }),
        None => Cow::Borrowed(column),
    }
}

/// The table with its columns under their own names.
fn own_table(table: &Table) -> Cow<'_, Table> {
    if table.columns.iter().all(|column| column.own_name.is_none()) {
        return Cow::Borrowed(table);
    }
    let mut own = table.clone();
    let lists = own.unique.iter_mut().chain(&mut own.indexes).chain([&mut own.key, &mut own.emptied]);
    lists.flatten().for_each(|name| *name = table.own_name(name).to_owned());
    for column in &mut own.columns {
        *column = own_column(column).into_owned();
    }
    Cow::Owned(own)
}

fn own_names(table: &Table, names: &[String]) -> Vec<String> {
    names.iter().map(|name| table.own_name(name).to_owned()).collect()
}

fn own_batch(table: &Table, batch: &RecordBatch) -> Result<RecordBatch> {
    let schema = batch.schema();
    let own =
        |field: &Arc<arrow::datatypes::Field>| field.as_ref().clone().with_name(table.own_name(field.name()));
    let fields: Vec<_> = schema.fields().iter().map(own).collect();
    Ok(RecordBatch::try_new(Arc::new(Schema::new(fields)), batch.columns().to_vec())?)
}

/// The same request in the engine's names.
fn own_read<R>(read: &Read<'_>, go: impl FnOnce(&Read<'_>) -> R) -> R {
    let table = match own_table(read.table) {
        Cow::Borrowed(_) => return go(read),
        Cow::Owned(table) => table,
    };
    let place = |column: &Column| read.table.columns.iter().position(|known| known.name == column.name);
    let outputs = read.outputs.iter().map(|output| match output {
        Output::Column(column) => Output::Column(place(column).map_or(*column, |at| &table.columns[at])),
        Output::Null(column) => Output::Null(place(column).map_or(*column, |at| &table.columns[at])),
        Output::Text(expression) => Output::Text(expression.clone()),
    });
    let names = |columns: &[String]| own_names(read.table, columns);
    let any = read.any.iter().map(|filter| match filter {
        Filter::Equals { column, value } => {
            Filter::Equals { column: read.table.own_name(column).to_owned(), value: value.clone() }
        }
        Filter::Keys { columns, is_expression: false, keys } => {
            Filter::Keys { columns: names(columns), is_expression: false, keys: keys.clone() }
        }
        Filter::Chain { columns, then, keys } => {
            let then = match then {
                Then::Columns(columns) => Then::Columns(names(columns)),
                Then::Relationships { .. } => then.clone(),
            };
            Filter::Chain { columns: names(columns), then, keys: keys.clone() }
        }
        Filter::Keys { .. } | Filter::Sql(_) => filter.clone(),
    });
    let tenant = read
        .tenant
        .as_ref()
        .map(|tenant| Tenant { column: read.table.own_name(&tenant.column).to_owned(), ..tenant.clone() });
    go(&Read { table: &table, outputs: outputs.collect(), any: any.collect(), tenant, between: read.between })
}

/// The same rows in the engine's names.
fn own_rows<R>(tables: &mut [Rows<'_>], go: impl FnOnce(&mut [Rows<'_>]) -> R) -> R {
    let own: Vec<Cow<'_, Table>> = tables.iter().map(|rows| own_table(rows.table)).collect();
    if own.iter().all(|table| matches!(table, Cow::Borrowed(_))) {
        drop(own);
        return go(tables);
    }
    type Batches<'b> = Box<dyn FnMut(Sink<'_>) -> Result<()> + 'b>;
    let mut batches: Vec<Batches<'_>> = Vec::new();
    let mut columns: Vec<Vec<&Column>> = Vec::new();
    for (rows, own) in tables.iter_mut().zip(&own) {
        let table = rows.table;
        let place = |column: &&Column| table.columns.iter().position(|known| known.name == column.name);
        columns.push(
            rows.columns.iter().map(|column| place(column).map_or(*column, |at| &own.columns[at])).collect(),
        );
        let from = &mut *rows.batches;
        batches.push(Box::new(move |sink: Sink<'_>| from(&mut |batch| sink(own_batch(table, &batch)?))));
    }
    let together = own.iter().zip(columns).zip(&mut batches);
    let mut renamed: Vec<Rows<'_>> =
        together.map(|((table, columns), batches)| Rows { table, columns, batches }).collect();
    go(&mut renamed)
}
