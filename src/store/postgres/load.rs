//! The one transaction of a load.

use super::encode::{self, HEADER, TRAILER};
use super::select::{self, Keys};
use super::session::{Server, Session};
use super::types::Wire;
use super::work::Workshop;
use super::{merge, snapshot};
use crate::catalog::Table;
use crate::error::{Error, Result};
use crate::name::{Idents, Literal};
use crate::store::{Mode, Read, Rows, Sink, Transaction};
use arrow::record_batch::RecordBatch;

/// Encoded rows are sent in pieces of about this many bytes.
const PIECE_BYTES: usize = 1 << 20;

/// An open transaction. Dropped, it is rolled back.
pub(super) struct Load {
    server: Server,
    session: Session,
    workshop: Option<Workshop>,
    open: bool,
}

impl Load {
    /// Connects and begins.
    pub(super) fn begin(server: &Server) -> Result<Load> {
        let mut session = server.connect()?;
        session.run("BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE")?;
        if session.text("SELECT pg_is_in_recovery()::text")? == "true" {
            return Err(Error::refused(format!("{} is a standby: it takes no writes", server.shown)));
        }
        Ok(Load { server: server.clone(), session, workshop: None, open: true })
    }

    fn workshop(&mut self) -> Result<&mut Workshop> {
        if self.workshop.is_none() {
            self.workshop = Some(Workshop::open(&self.server)?);
        }
        self.workshop.as_mut().ok_or_else(|| Error::internal("a work table has no connection"))
    }

    /// Copies the rows of one table into `into`, whose columns have these forms.
    fn copy(&mut self, into: &str, rows: &mut Rows<'_>, wires: &[Wire]) -> Result<u64> {
        let place = rows.table.path();
        let columns: Vec<(String, Wire)> = rows
            .columns
            .iter()
            .zip(wires)
            .map(|(column, wire)| (format!("{place}.{}", column.name), *wire))
            .collect();
        let mut buffer = Vec::with_capacity(2 * PIECE_BYTES);
        let copied = self.session.copy_in(&format!("COPY {into} FROM STDIN (FORMAT binary)"), &mut |send| {
            buffer.clear();
            buffer.extend_from_slice(HEADER);
            (rows.batches)(&mut |batch| {
                encode::batch(&batch, &columns, &mut buffer)?;
                if buffer.len() >= PIECE_BYTES {
                    send(&buffer)?;
                    buffer.clear();
                }
                Ok(())
            })?;
            buffer.extend_from_slice(TRAILER);
            send(&buffer)
        });
        copied.map_err(|error| error.context(format!("writing {place}")))
    }

    /// Fills work tables, then writes all tables of the group in one statement.
    fn write_together(&mut self, tables: &mut [Rows<'_>], mode: Mode) -> Result<Vec<u64>> {
        let mut works = Vec::new();
        for rows in tables.iter_mut() {
            let wires: Vec<Wire> = rows.columns.iter().map(|column| Wire::of(column)).collect();
            let types: Vec<&str> = wires.iter().map(|wire| wire.sql()).collect();
            let work = self.workshop()?.table(&types)?;
            self.copy(&work, rows, &wires)?;
            self.session.run(&format!("ANALYZE {work}"))?;
            works.push(work);
        }
        let places: Vec<String> = tables.iter().map(|rows| rows.table.path()).collect();
        let counts = self
            .session
            .row(&merge::statement(tables, &works, mode))
            .map_err(|error| error.context(format!("writing {}", places.join(", "))))?;
        let counts = counts.unwrap_or_default().into_iter();
        Ok(counts.map(|count| count.and_then(|count| count.parse().ok()).unwrap_or(0)).collect())
    }

    /// Ends the transaction, then drops the work tables; those that stay are dropped by the next load.
    fn end(&mut self, statement: &str) -> Result<()> {
        self.open = false;
        let ended = self.session.run(statement);
        if let Some(workshop) = self.workshop.take() {
            let _ = workshop.close();
        }
        ended.map(|_| ())
    }
}

impl Transaction for Load {
    fn write(&mut self, tables: &mut [Rows<'_>], mode: Mode) -> Result<Vec<u64>> {
        if let ([rows], Mode::Insert) = (&mut *tables, mode) {
            let wires: Option<Vec<Wire>> = rows.columns.iter().map(|column| Wire::direct(column)).collect();
            if let Some(wires) = wires {
                let names: Vec<&str> = rows.columns.iter().map(|column| column.name.as_str()).collect();
                let into = format!("{} ({})", select::plain_relation(rows.table), Idents(&names));
                return Ok(vec![self.copy(&into, rows, &wires)?]);
            }
        }
        self.write_together(tables, mode)
    }

    fn delete(&mut self, table: &Table, keys: &RecordBatch) -> Result<u64> {
        let schema = keys.schema();
        let columns: Vec<String> = schema.fields().iter().map(|field| field.name().clone()).collect();
        let condition =
            select::keys_condition(table, &columns, false, &Keys::new(table, &columns, false, keys)?, true);
        let statement = format!("DELETE FROM {} WHERE {condition}", select::relation(table));
        self.session.run(&statement).map_err(|error| error.context(format!("deleting from {}", table.path())))
    }

    fn read(&mut self, read: &Read<'_>, sink: Sink<'_>) -> Result<()> {
        snapshot::read(&mut self.session, read, sink)
    }

    fn decide(&mut self, run: &str, decision: &str) -> Result<()> {
        self.workshop()?;
        let (run, decision) = (Literal(run), Literal(decision));
        let statement = format!(
            "INSERT INTO datamig.datamig_load (run, decision) VALUES ({run}, {decision}) \
             ON CONFLICT (run) DO UPDATE SET decision = excluded.decision, at = now()"
        );
        self.session.run(&statement).map(|_| ())
    }

    fn advance_sequences(&mut self, table: &Table) -> Result<()> {
        for column in &table.columns {
            if let Some(sequence) = &column.sequence {
                let statement = merge::advance(table, column, sequence);
                self.session
                    .run(&statement)
                    .map_err(|error| error.context(format!("sequence {sequence}")))?;
            }
        }
        Ok(())
    }

    fn commit(mut self: Box<Self>) -> Result<()> {
        self.end("COMMIT")
    }
}

impl Drop for Load {
    fn drop(&mut self) {
        if self.open {
            // Where the connection is gone, the server has rolled back already.
            let _ = self.end("ROLLBACK");
        }
    }
}
