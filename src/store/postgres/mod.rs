//! PostgreSQL 11 and later. Rows travel as binary `COPY` both ways, decoded from and encoded to Arrow; what
//! DuckDB has no type for travels as the server's own text.

mod decode;
mod encode;
mod failure;
mod introspect;
mod load;
mod merge;
mod numeric;
mod prepared;
mod select;
mod session;
mod snapshot;
mod triggers;
mod types;
mod work;

use super::url::StoreUrl;
use super::{Identity, Prepared, Signal, Snapshot, Source, StoreCatalog, Target, Transaction};
use crate::catalog::Table;
use crate::error::Result;
use crate::name::Literal;
use crate::sql;
use session::{Server, Session};

/// The class of the advisory locks that are signals.
const SIGNALS: i32 = 731_058_840;

/// Whether the database has its own mark: one that came with a copy under another name does not count.
fn is_marked(session: &mut Session) -> Result<bool> {
    // Asked of the catalog first: a database that was never a target has no such table.
    if session.text("SELECT (to_regclass('datamig.target') IS NOT NULL)::text")? != "true" {
        return Ok(false);
    }
    let known = "SELECT count(*)::text FROM datamig.target WHERE database = current_database()";
    Ok(session.text(known)? != "0")
}

/// One database of one server.
pub(super) struct Postgres {
    server: Server,
    as_text: Vec<String>,
}

impl Postgres {
    /// Reads the URL; connects to nothing.
    pub(super) fn new(url: &StoreUrl) -> Result<Postgres> {
        let server = Server::parse(url.secret.expose(), &url.shown)?;
        Ok(Postgres { server, as_text: url.options.as_text.clone() })
    }
}

impl Source for Postgres {
    fn introspect(&self) -> Result<StoreCatalog> {
        let mut session = self.server.begin("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")?;
        introspect::introspect(&mut session, &self.as_text)
    }

    fn snapshot(&self) -> Result<Box<dyn Snapshot>> {
        Ok(Box::new(snapshot::Exported::take(&self.server)?))
    }

    fn version(&self) -> Result<String> {
        Ok(format!("PostgreSQL {}", self.server.connect()?.text("SHOW server_version")?))
    }

    fn identity(&self) -> Result<Identity> {
        Ok(Identity(self.server.connect()?.text(sql::get("introspect/postgres/identity.sql"))?))
    }

    fn address(&self) -> Result<String> {
        Ok(self.server.address())
    }

    fn signal(&self) -> Result<Option<Signal>> {
        let mut session = self.server.begin("BEGIN READ ONLY")?;
        let text = (rand::random::<u32>() >> 1).to_string();
        session.run(&format!("SELECT pg_advisory_xact_lock({SIGNALS}, {text})"))?;
        Ok(Some(Signal { text, _giver: Box::new(session) }))
    }

    fn sees(&self, signal: &str) -> Result<bool> {
        let seen = sql::get("introspect/postgres/sees.sql")
            .replace("$class", &SIGNALS.to_string())
            .replace("$signal", signal);
        Ok(self.server.connect()?.text(&seen)? == "true")
    }

    fn is_marked(&self) -> Result<bool> {
        is_marked(&mut self.server.connect()?)
    }

    fn can_write(&self) -> Result<bool> {
        Ok(self.server.connect()?.text(sql::get("introspect/postgres/can_write.sql"))? == "true")
    }
}

impl Target for Postgres {
    fn create(&self, schema: &str) -> Result<()> {
        self.server.connect_for_long()?.run(schema).map(|_| ())
    }

    fn source(&self) -> &dyn Source {
        self
    }

    fn begin(&self) -> Result<Box<dyn Transaction>> {
        Ok(Box::new(load::Load::begin(&self.server)?))
    }

    fn refresh_statistics(&self, tables: &[&Table]) -> Result<()> {
        let mut session = self.server.connect_for_long()?;
        let analyze =
            |table: &&Table| session.run(&format!("ANALYZE {}", select::plain_relation(table))).map(drop);
        tables.iter().try_for_each(analyze)
    }

    fn mark(&self, name: &str) -> Result<()> {
        let mut session = self.server.connect_for_long()?;
        session.run(sql::get("store/postgres/schema.sql"))?;
        session.run(&sql::get("store/postgres/mark.sql").replace("$name", &Literal(name).to_string()))?;
        Ok(())
    }

    fn can_prepare(&self) -> Result<bool> {
        prepared::can(&mut self.server.connect()?)
    }

    fn prepared(&self) -> Result<Vec<Prepared>> {
        prepared::all(&mut self.server.connect()?)
    }

    fn end_prepared(&self, name: &str, commits: bool) -> Result<()> {
        let mut session = self.server.connect_for_long()?;
        match prepared::end(&mut session, name, commits) {
            Err(_) if prepared::all(&mut session)?.iter().all(|other| other.name != name) => Ok(()),
            ended => ended,
        }
    }

    fn decision(&self, run: &str) -> Result<Option<String>> {
        let mut session = self.server.connect_for_long()?;
        // Asked of the catalog first: a store that was never loaded has no such table.
        if session.text("SELECT (to_regclass('datamig.datamig_load') IS NOT NULL)::text")? != "true" {
            return Ok(None);
        }
        let row = session
            .row(&format!("SELECT decision FROM datamig.datamig_load WHERE run = {}", Literal(run)))?;
        Ok(row.and_then(|mut row| row.pop().flatten()))
    }
}
