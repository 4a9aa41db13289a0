//! The one transaction of a load.

use super::encode::{self, HEADER, TRAILER};
use super::select::{self, Keys, Locking};
use super::session::{Server, Session};
use super::types::Wire;
use super::work::Workshop;
use super::{merge, prepared, snapshot, triggers};
use crate::catalog::{Column, Table};
use crate::error::{Error, Kind, Result};
use crate::name::{Idents, Literal};
use crate::sql;
use crate::store::{Mode, Read, Rows, Sink, Transaction, would_change};
use arrow::record_batch::RecordBatch;
use std::collections::BTreeMap;

/// Encoded rows are sent in pieces of about this many bytes.
const PIECE_BYTES: usize = 1 << 20;

/// An open or prepared transaction. Dropped, it is rolled back.
pub(super) struct Load {
    server: Server,
    session: Session,
    workshop: Option<Workshop>,
    /// What switches triggers on again, by table.
    switched_off: BTreeMap<String, Vec<String>>,
    /// Under which name it may be prepared.
    prepared: Option<String>,
    open: bool,
}

impl Load {
    /// Connects and begins.
    pub(super) fn begin(server: &Server) -> Result<Load> {
        let mut session = server.begin("BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE")?;
        session.run(sql::get("store/postgres/waiting.sql"))?;
        if session.text("SELECT pg_is_in_recovery()::text")? == "true" {
            return Err(Error::refused(format!("{} is a standby: it takes no writes", server.shown)));
        }
        Ok(Load {
            server: server.clone(),
            session,
            workshop: None,
            switched_off: BTreeMap::new(),
            prepared: None,
            open: true,
        })
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

    /// Fills a work table for each table of the group; returns their names.
    fn fill(&mut self, tables: &mut [Rows<'_>]) -> Result<Vec<String>> {
        let mut works = Vec::new();
        for rows in tables {
            let wires: Vec<Wire> = rows.columns.iter().map(|column| Wire::of(column)).collect();
            let types: Vec<&str> = wires.iter().map(|wire| wire.sql()).collect();
            let work = self.workshop()?.table(&types)?;
            self.copy(&work, rows, &wires)?;
            self.session.run(&format!("ANALYZE {work}"))?;
            works.push(work);
        }
        Ok(works)
    }

    /// Runs the one statement that changes all tables of the group.
    fn change_together(&mut self, tables: &[Rows<'_>], doing: &str, statement: &str) -> Result<Vec<u64>> {
        let places: Vec<String> = tables.iter().map(|rows| rows.table.path()).collect();
        let counts = self
            .session
            .row(statement)
            .map_err(|error| error.context(format!("{doing} {}", places.join(", "))))?;
        let counts = counts.unwrap_or_default().into_iter();
        Ok(counts.map(|count| count.and_then(|count| count.parse().ok()).unwrap_or(0)).collect())
    }

    /// Refuses deletions by which rows of others would go, or change. Our children go before their parents: what
    /// still hangs on one is not ours.
    fn refuse_cascades(&mut self, tables: &[Rows<'_>], works: &[String]) -> Result<()> {
        let name = |rows: &Rows<'_>| Literal(&select::plain_relation(rows.table)).to_string();
        let group = tables.iter().map(name).collect::<Vec<_>>().join(", ");
        for (at, rows) in tables.iter().enumerate() {
            let asked = sql::get("store/postgres/cascades.sql").replace("$group", &group);
            for found in self.session.rows(&asked.replace("$table", &name(rows)))? {
                let [Some(child), place, Some(names)] = found.as_slice() else { continue };
                // Places of arrays count from 1.
                let place = place.as_deref().and_then(|place| place.parse::<usize>().ok());
                let place = place.and_then(|place| place.checked_sub(1));
                let hanging = merge::hanging(tables, works, at, child, place, names);
                let hanging = self.session.text(&hanging)?;
                if hanging != "0" {
                    return Err(would_change(&rows.table.path(), hanging, child));
                }
            }
        }
        Ok(())
    }

    /// Raises a sequence, as far as its own limit allows.
    fn advance(&mut self, sequence: &str, highest: i64) -> Result<()> {
        let number = |text: Option<String>| text.and_then(|text| text.parse::<i64>().ok());
        let id = format!("{}::regclass", Literal(sequence));
        // A sequence that counts down, or one at its limit, is left alone.
        let limit =
            format!("SELECT seqmax::text FROM pg_sequence WHERE seqincrement > 0 AND seqrelid = {id}");
        let limit = self.session.row(&limit)?.and_then(|mut row| number(row.pop().flatten()));
        let state = self.session.row(&format!("SELECT is_called::text, last_value::text FROM {sequence}"))?;
        let mut state = state.unwrap_or_default();
        let last = number(state.pop().flatten()).unwrap_or(i64::MAX);
        let used = state.pop().flatten().as_deref() == Some("true");
        let target = highest.min(limit.unwrap_or(i64::MIN));
        if target > last || (target == last && !used) {
            self.session.run(&format!("SELECT setval({id}, {target})"))?;
        }
        Ok(())
    }

    /// Ends the transaction, then drops the work tables; those that stay are dropped by the next load.
    fn end(&mut self, commits: bool) -> Result<()> {
        self.open = false;
        let ended = match self.prepared.take() {
            None => self.session.run(if commits { "COMMIT" } else { "ROLLBACK" }).map(drop),
            // It outlives its connection.
            Some(name) => match prepared::end(&mut self.session, &name, commits) {
                Err(error) if error.kind == Kind::Unreachable => {
                    self.server.connect().and_then(|mut other| prepared::end(&mut other, &name, commits))
                }
                ended => ended,
            },
        };
        if let Some(workshop) = self.workshop.take() {
            let _ = workshop.close();
        }
        ended
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
        let works = self.fill(tables)?;
        let statement = merge::statement(tables, &works, mode);
        self.change_together(tables, "writing", &statement)
    }

    fn delete(&mut self, table: &Table, keys: &RecordBatch) -> Result<u64> {
        let schema = keys.schema();
        let columns: Vec<String> = schema.fields().iter().map(|field| field.name().clone()).collect();
        let condition =
            select::keys_condition(table, &columns, false, &Keys::new(table, &columns, false, keys)?, true);
        let statement = format!("DELETE FROM {} WHERE {condition}", select::relation(table));
        self.session.run(&statement).map_err(|error| error.context(format!("deleting from {}", table.path())))
    }

    fn delete_group(&mut self, tables: &mut [Rows<'_>]) -> Result<Vec<u64>> {
        let works = self.fill(tables)?;
        self.refuse_cascades(tables, &works)?;
        let statement = merge::deletion(tables, &works);
        self.change_together(tables, "deleting from", &statement)
    }

    fn is_marked(&mut self) -> Result<bool> {
        super::is_marked(&mut self.session)
    }

    fn read(&mut self, read: &Read<'_>, sink: Sink<'_>) -> Result<()> {
        snapshot::read(&mut self.session, read, Locking::None, sink)
    }

    fn decide(&mut self, run: &str, decision: &str) -> Result<()> {
        self.workshop()?;
        let (run, decision) = (Literal(run), Literal(decision));
        self.session.run(&format!("DELETE FROM datamig.datamig_load WHERE run = {run}"))?;
        self.session.run(&format!("INSERT INTO datamig.datamig_load VALUES ({run}, {decision})")).map(|_| ())
    }

    fn decisions(&mut self, prefix: &str) -> Result<Vec<(String, String)>> {
        self.workshop()?;
        let found = "SELECT run, decision FROM datamig.datamig_load WHERE starts_with(run, ";
        let rows = self.session.rows(&format!("{found}{})", Literal(prefix)))?;
        Ok(rows
            .into_iter()
            .filter_map(|mut row| row.pop().flatten().zip(row.pop().flatten()))
            .map(|(word, name)| (name, word))
            .collect())
    }

    fn advance_sequence(&mut self, table: &Table, column: &Column, highest: i64) -> Result<()> {
        let Some(sequence) = &column.sequence else { return Ok(()) };
        self.advance(sequence, highest)
            .map_err(|error| error.context(format!("sequence {sequence} of {}", table.path())))
    }

    fn claim(&mut self, tenant: &str) -> Result<()> {
        let claim = sql::get("store/postgres/claim.sql").replace("$tenant", &Literal(tenant).to_string());
        match self.session.text(&claim)?.as_str() {
            "true" => Ok(()),
            _ => Err(Error::busy(format!("{}: another process is loading this tenant", self.server.shown))
                .hint(
                    "wait until it is done, a repetition is safe; `datamig recover` ends what a crash left",
                )),
        }
    }

    fn hold(&mut self, read: &Read<'_>, sink: Sink<'_>) -> Result<()> {
        snapshot::read(&mut self.session, read, Locking::Rows, sink)
    }

    fn lock(&mut self, table: &Table) -> Result<()> {
        let relation = select::plain_relation(table);
        let locked = self.session.run(&format!("LOCK TABLE {relation} IN SHARE ROW EXCLUSIVE MODE"));
        locked.map(drop).map_err(|error| error.context(format!("locking {}", table.path())))
    }

    fn switch_triggers(&mut self, table: &Table, on: bool) -> Result<()> {
        if on {
            let back = self.switched_off.remove(&table.path()).unwrap_or_default();
            return back.iter().try_for_each(|statement| self.session.run(statement).map(drop));
        }
        let back = triggers::switch_off(&mut self.session, table)
            .map_err(|error| error.context(format!("switching off the triggers of {}", table.path())))?;
        self.switched_off.insert(table.path(), back);
        Ok(())
    }

    /// Deferred constraints too.
    fn check(&mut self) -> Result<()> {
        self.session.run("SET CONSTRAINTS ALL IMMEDIATE").map(drop)
    }

    fn locks(&mut self) -> Result<Vec<String>> {
        let rows = self.session.rows(sql::get("store/postgres/locks.sql"))?;
        Ok(rows.into_iter().filter_map(|mut row| row.pop().flatten()).collect())
    }

    fn prepare_commit(&mut self, name: &str) -> Result<bool> {
        if !prepared::can(&mut self.session)? {
            return Ok(false);
        }
        let name = format!("{name} {}", self.workshop()?.owner());
        // Known before it is asked for: the answer may be lost.
        let name = self.prepared.insert(name);
        self.session.run(&format!("PREPARE TRANSACTION {}", Literal(name))).map(|_| true)
    }

    fn commit(mut self: Box<Self>) -> Result<()> {
        self.end(true)
    }
}

impl Drop for Load {
    fn drop(&mut self) {
        if self.open {
            // Where the connection is gone, the server has rolled back already.
            let _ = self.end(false);
        }
    }
}
