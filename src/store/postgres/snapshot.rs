//! One exported snapshot and the bounded pool of connections that read it.

use super::decode::Decoder;
use super::select::{self, Locking};
use super::session::{Server, Session};
use crate::error::{Error, Result};
use crate::name::Literal;
use crate::store::{Read, Sink, Snapshot, TextRow};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// Connections of one snapshot that read side by side.
const READERS_MAX: usize = 4;

const BEGIN: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";

/// A snapshot: the connection that exported it stays in its transaction as long as this lives.
pub(super) struct Exported {
    server: Server,
    id: String,
    taken_at: String,
    pool: Mutex<Pool>,
    freed: Condvar,
}

#[derive(Default)]
struct Pool {
    /// Keeps the snapshot alive; `None` when it reads itself, because it could not export.
    _exporter: Option<Session>,
    idle: Vec<Session>,
    open: usize,
    /// 0 once the only reader, which was the snapshot, has failed.
    most: usize,
}

impl Exported {
    /// Takes and exports the snapshot.
    pub(super) fn take(server: &Server) -> Result<Exported> {
        let mut session = begin(server)?;
        let (id, pool, taken_at) = match session.text("SELECT pg_export_snapshot()") {
            Ok(id) => {
                let taken_at = now(&mut session)?;
                (id, Pool { _exporter: Some(session), most: READERS_MAX, ..Pool::default() }, taken_at)
            }
            Err(_) => {
                // Some managed servers refuse; then one connection reads everything.
                let mut session = begin(server)?;
                let (id, taken_at) =
                    (session.text("SELECT txid_current_snapshot()::text")?, now(&mut session)?);
                (id, Pool { idle: vec![session], open: 1, most: 1, ..Pool::default() }, taken_at)
            }
        };
        Ok(Exported { server: server.clone(), id, taken_at, pool: Mutex::new(pool), freed: Condvar::new() })
    }

    fn pool(&self) -> MutexGuard<'_, Pool> {
        self.pool.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// An idle reader, a new one, or the next that becomes idle.
    fn reader(&self) -> Result<Session> {
        let mut pool = self.pool();
        loop {
            if let Some(session) = pool.idle.pop() {
                return Ok(session);
            }
            if pool.most == 0 {
                return Err(Error::unreachable(format!("{}: the snapshot is gone", self.server.shown))
                    .hint("run the command again"));
            }
            if pool.open < pool.most {
                pool.open += 1;
                break;
            }
            pool = self.freed.wait(pool).unwrap_or_else(PoisonError::into_inner);
        }
        drop(pool);
        self.connect().inspect_err(|_| self.give_back(None))
    }

    fn connect(&self) -> Result<Session> {
        let mut session = self.server.begin(BEGIN)?;
        session.run(&format!("SET TRANSACTION SNAPSHOT {}", Literal(&self.id))).map_err(|error| {
            let message = format!("{}: the snapshot is gone ({})", self.server.shown, error.message);
            Error::unreachable(message)
                .hint("a pooler that hands out connections of several servers breaks snapshots: name the server itself; else run the command again")
        })?;
        prove_read_only(&mut session, &self.server)?;
        Ok(session)
    }

    /// A reader that failed is not given back: its place is.
    fn give_back(&self, session: Option<Session>) {
        let mut pool = self.pool();
        match session {
            Some(session) => pool.idle.push(session),
            None if pool.most > 1 => pool.open -= 1,
            None => pool.most = 0,
        }
        self.freed.notify_all();
    }
}

/// A connection in a transaction that cannot write.
fn begin(server: &Server) -> Result<Session> {
    let mut session = server.begin(BEGIN)?;
    prove_read_only(&mut session, server)?;
    Ok(session)
}

/// When the transaction began: UTC, RFC 3339.
fn now(session: &mut Session) -> Result<String> {
    session.text("SELECT to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')")
}

fn prove_read_only(session: &mut Session, server: &Server) -> Result<()> {
    match session.text("SHOW transaction_read_only")?.as_str() {
        "on" => Ok(()),
        _ => Err(Error::refused(format!("{}: the transaction is not read-only", server.shown))
            .hint("a pooler in between? connect to the server itself")),
    }
}

impl Snapshot for Exported {
    fn id(&self) -> String {
        self.id.clone()
    }

    fn taken_at(&self) -> String {
        self.taken_at.clone()
    }

    fn read(&self, wanted: &Read<'_>, sink: Sink<'_>) -> Result<()> {
        let mut session = self.reader()?;
        let done = read(&mut session, wanted, Locking::None, sink);
        self.give_back(done.is_ok().then_some(session));
        done
    }

    fn query(&self, sql: &str) -> Result<Option<Vec<TextRow>>> {
        let mut session = self.reader()?;
        let done = session.rows(sql);
        self.give_back(done.is_ok().then_some(session));
        done.map(Some)
    }
}

/// Streams the wanted rows through a session.
pub(super) fn read(session: &mut Session, wanted: &Read<'_>, locking: Locking, sink: Sink<'_>) -> Result<()> {
    let outputs = select::outputs(wanted);
    for statement in select::statements(wanted, locking)? {
        let mut decoder = Decoder::new(wanted.table.path(), &outputs);
        session
            .copy_out(&statement, &mut |bytes| decoder.message(bytes, sink))
            .map_err(|error| error.context(format!("reading {}", wanted.table.path())))?;
        decoder.finish(sink)?;
    }
    Ok(())
}
