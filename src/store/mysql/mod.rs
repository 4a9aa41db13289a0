//! MySQL 8 and MariaDB, as sources. Rows come as the text protocol's bytes, which spell every value, and go
//! straight into Arrow columns. One connection holds the one transaction: the engine cannot share a snapshot.

mod decode;
mod failure;
mod introspect;
mod select;
mod session;
mod types;

use super::url::StoreUrl;
use super::{Identity, Read, Sink, Snapshot, Source, StoreCatalog, TextRow};
use crate::error::{Error, Result};
use crate::sql;
use decode::Decoder;
use session::{Server, Session};
use std::sync::{Mutex, PoisonError};

/// One database of one server.
pub(super) struct Mysql {
    server: Server,
    as_text: Vec<String>,
}

impl Mysql {
    /// Reads the URL; connects to nothing.
    pub(super) fn new(url: &StoreUrl) -> Result<Mysql> {
        let server = Server::parse(url.secret.expose(), &url.shown)?;
        Ok(Mysql { server, as_text: url.options.as_text.clone() })
    }
}

impl Source for Mysql {
    fn introspect(&self) -> Result<StoreCatalog> {
        introspect::introspect(&mut self.server.connect()?, &self.server.shown, &self.as_text)
    }

    fn snapshot(&self) -> Result<Box<dyn Snapshot>> {
        Ok(Box::new(View::begin(&self.server)?))
    }

    fn identity(&self) -> Result<Identity> {
        Ok(Identity(self.server.connect()?.text(sql::get("introspect/mysql/identity.sql"))?))
    }

    fn version(&self) -> Result<String> {
        let version = self.server.connect()?.text("SELECT version()")?;
        Ok(if version.contains("MariaDB") { version } else { format!("MySQL {version}") })
    }

    fn can_write(&self) -> Result<bool> {
        Ok(self.server.connect()?.text(sql::get("introspect/mysql/can_write.sql"))? == "1")
    }
}

/// The one transaction. Reads take turns; after a failed one it is gone.
struct View {
    session: Mutex<Option<Session>>,
    shown: String,
    id: String,
    taken_at: String,
}

impl View {
    fn begin(server: &Server) -> Result<View> {
        let mut session = server.connect()?;
        session.run("SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")?;
        session.run("START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY")?;
        // The two engines name the variable differently.
        let shown = "SHOW SESSION VARIABLES WHERE variable_name IN ('tx_read_only', 'transaction_read_only')";
        let read_only = session.row(shown)?.pop().flatten();
        let mut state = session.row(sql::get("store/mysql/state.sql"))?;
        let (Some(taken_at), Some(id)) = (state.pop().flatten(), state.pop().flatten()) else {
            return Err(Error::internal(format!("{}: the server returned nothing", server.shown)));
        };
        if read_only.as_deref() != Some("ON") {
            return Err(Error::refused(format!("{}: the transaction is not read-only", server.shown))
                .hint("a proxy in between? connect to the server itself"));
        }
        Ok(View {
            id: format!("connection-{id}"),
            taken_at,
            session: Mutex::new(Some(session)),
            shown: server.shown.clone(),
        })
    }
}

impl View {
    fn gone(&self) -> Error {
        Error::unreachable(format!("{}: the snapshot is gone", self.shown)).hint("run the command again")
    }
}

impl Snapshot for View {
    fn id(&self) -> String {
        self.id.clone()
    }

    fn taken_at(&self) -> String {
        self.taken_at.clone()
    }

    fn read(&self, wanted: &Read<'_>, sink: Sink<'_>) -> Result<()> {
        let mut place = self.session.lock().unwrap_or_else(PoisonError::into_inner);
        let mut session = place.take().ok_or_else(|| self.gone())?;
        for statement in select::statements(wanted)? {
            let mut decoder = Decoder::new(wanted);
            session
                .stream(&statement, &mut |row| decoder.row(row, sink))
                .map_err(|error| error.context(format!("reading {}", wanted.table.path())))?;
            decoder.finish(sink)?;
        }
        *place = Some(session);
        Ok(())
    }

    fn query(&self, sql: &str) -> Result<Option<Vec<TextRow>>> {
        let mut place = self.session.lock().unwrap_or_else(PoisonError::into_inner);
        let mut session = place.take().ok_or_else(|| self.gone())?;
        let rows = session.rows(sql)?;
        *place = Some(session);
        Ok(Some(rows))
    }
}
