//! SQLite files. The client is `rusqlite`: it hands rows out borrowed and without a channel between threads, which
//! reads ten columns three to six times as fast as sqlx's rows do.

mod bind;
mod cascades;
mod cells;
mod checks;
mod failure;
mod introspect;
mod read;
mod types;
mod write;

use super::url::StoreUrl;
use super::{Identity, Read, Sink, Snapshot, Source, StoreCatalog, Target, TextRow, Transaction, file};
use crate::error::{Error, Result};
use rusqlite::{Connection, ErrorCode, OpenFlags, OptionalExtension};
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// How long a lock of another process is waited for.
const PATIENCE: Duration = Duration::from_secs(5);

/// One SQLite file.
pub(super) struct Sqlite {
    path: PathBuf,
    shown: String,
    as_text: Vec<String>,
}

impl Sqlite {
    /// The file of a URL; nothing is opened yet.
    pub(super) fn new(url: &StoreUrl) -> Sqlite {
        Sqlite {
            path: url.file.clone().unwrap_or_default(),
            shown: url.shown.clone(),
            as_text: url.options.as_text.clone(),
        }
    }

    fn open(&self, flags: OpenFlags) -> Result<Connection> {
        let open = || {
            let connection =
                Connection::open_with_flags(&self.path, flags | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
            connection.busy_timeout(PATIENCE)?;
            // The first read of the file: a file that is no database shows itself here.
            connection.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(()))?;
            Ok(connection)
        };
        if !flags.contains(OpenFlags::SQLITE_OPEN_CREATE) {
            file::exists(&self.path, &self.shown)?;
        }
        open().map_err(|cause| failure::of(&cause, &self.shown))
    }

    fn reader(&self) -> Result<Connection> {
        let connection = self.open(OpenFlags::SQLITE_OPEN_READ_ONLY)?;
        let pragmas = "PRAGMA query_only = ON; PRAGMA temp_store = MEMORY; PRAGMA trusted_schema = OFF; PRAGMA cache_size = -32768";
        connection.execute_batch(pragmas).map_err(|cause| failure::of(&cause, &self.shown))?;
        Ok(connection)
    }
}

impl Source for Sqlite {
    fn introspect(&self) -> Result<StoreCatalog> {
        introspect::catalog(&self.reader()?, &self.shown, &self.as_text)
    }

    fn snapshot(&self) -> Result<Box<dyn Snapshot>> {
        let connection = self.reader()?;
        // The transaction sees one state from its first read on.
        let id = connection
            .execute_batch("BEGIN")
            .and_then(|()| connection.query_row("PRAGMA data_version", [], |row| row.get::<_, i64>(0)))
            .and_then(|version| {
                connection.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(version))
            })
            .map_err(|cause| failure::of(&cause, &self.shown))?;
        match connection.execute_batch("CREATE TABLE datamig_probe(a)") {
            Err(cause) if cause.sqlite_error_code() == Some(ErrorCode::ReadOnly) => {}
            _ => return Err(Error::refused(format!("{}: the connection could write", self.shown))),
        }
        Ok(Box::new(View {
            connection: Mutex::new(connection),
            shown: self.shown.clone(),
            id: format!("sqlite-{id}"),
            taken_at: file::now(),
        }))
    }

    fn version(&self) -> Result<String> {
        Ok(format!("SQLite {}", rusqlite::version()))
    }

    fn identity(&self) -> Result<Identity> {
        file::identity(&self.path, &self.shown)
    }

    fn address(&self) -> Result<String> {
        file::address(&self.path, &self.shown)
    }

    fn is_marked(&self) -> Result<bool> {
        Ok(file::is_marked(&self.path))
    }

    fn can_write(&self) -> Result<bool> {
        file::exists(&self.path, &self.shown)?;
        Ok(file::is_writable(&self.path))
    }
}

/// A read transaction. SQLite cannot share one among connections: reads take turns.
struct View {
    connection: Mutex<Connection>,
    shown: String,
    id: String,
    taken_at: String,
}

impl Snapshot for View {
    fn id(&self) -> String {
        self.id.clone()
    }

    fn taken_at(&self) -> String {
        self.taken_at.clone()
    }

    fn read(&self, request: &Read<'_>, sink: Sink<'_>) -> Result<()> {
        let connection = self.connection.lock().unwrap_or_else(PoisonError::into_inner);
        read::rows(&connection, &self.shown, request, sink)
    }

    fn query(&self, sql: &str) -> Result<Option<Vec<TextRow>>> {
        let connection = self.connection.lock().unwrap_or_else(PoisonError::into_inner);
        let read = || -> rusqlite::Result<Vec<TextRow>> {
            let mut statement = connection.prepare(sql)?;
            let width = statement.column_count();
            let mut rows = statement.query([])?;
            let mut texts = Vec::new();
            while let Some(row) = rows.next()? {
                texts.push(
                    (0..width)
                        .map(|at| Ok(types::encode(row.get_ref(at)?)))
                        .collect::<rusqlite::Result<_>>()?,
                );
            }
            Ok(texts)
        };
        read().map(Some).map_err(|cause| failure::of(&cause, &self.shown))
    }
}

impl Target for Sqlite {
    fn create(&self, schema: &str) -> Result<()> {
        let connection = self.open(OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE)?;
        connection.execute_batch(schema).map_err(|cause| failure::of(&cause, &self.shown))
    }

    fn source(&self) -> &dyn Source {
        self
    }

    fn begin(&self) -> Result<Box<dyn Transaction>> {
        if !self.can_write()? {
            return Err(Error::refused(format!("{} is read-only", self.shown))
                .hint("check the owner and mode of the file; the target of a load must be writable"));
        }
        Ok(Box::new(write::Writer::begin(
            self.open(OpenFlags::SQLITE_OPEN_READ_WRITE)?,
            &self.path,
            &self.shown,
        )?))
    }

    fn mark(&self, name: &str) -> Result<()> {
        file::mark(&self.path, name)
    }

    fn decision(&self, run: &str) -> Result<Option<String>> {
        let connection = self.reader()?;
        let fail = |cause: rusqlite::Error| failure::of(&cause, &self.shown);
        if !connection.table_exists(None, "datamig_load").map_err(fail)? {
            return Ok(None);
        }
        let sql = "SELECT decision FROM datamig_load WHERE run = ?1";
        connection.query_row(sql, [run], |row| row.get(0)).optional().map_err(fail)
    }
}
