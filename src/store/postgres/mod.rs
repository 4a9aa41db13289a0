//! PostgreSQL 11 and later. Rows travel as binary `COPY` both ways, decoded from and encoded to Arrow; what
//! DuckDB has no type for travels as the server's own text.

mod decode;
mod encode;
mod failure;
mod introspect;
mod load;
mod merge;
mod numeric;
mod select;
mod session;
mod snapshot;
mod types;
mod work;

use super::url::StoreUrl;
use super::{Identity, Snapshot, Source, StoreCatalog, Target, Transaction};
use crate::error::Result;
use crate::name::Literal;
use crate::sql;
use session::Server;

/// One database of one server.
pub(super) struct Postgres {
    server: Server,
}

impl Postgres {
    /// Reads the URL; connects to nothing.
    pub(super) fn new(url: &StoreUrl) -> Result<Postgres> {
        Ok(Postgres { server: Server::parse(url.secret.expose(), &url.shown)? })
    }
}

impl Source for Postgres {
    fn introspect(&self) -> Result<StoreCatalog> {
        introspect::introspect(&mut self.server.connect()?)
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

    fn can_write(&self) -> Result<bool> {
        Ok(self.server.connect()?.text(sql::get("introspect/postgres/can_write.sql"))? == "true")
    }
}

impl Target for Postgres {
    fn create(&self, schema: &str) -> Result<()> {
        self.server.connect()?.run(schema).map(|_| ())
    }

    fn source(&self) -> &dyn Source {
        self
    }

    fn begin(&self) -> Result<Box<dyn Transaction>> {
        Ok(Box::new(load::Load::begin(&self.server)?))
    }

    fn decision(&self, run: &str) -> Result<Option<String>> {
        let mut session = self.server.connect()?;
        // Asked of the catalog first: a store that was never loaded has no such table.
        if session.text("SELECT (to_regclass('datamig.datamig_load') IS NOT NULL)::text")? != "true" {
            return Ok(None);
        }
        let row = session
            .row(&format!("SELECT decision FROM datamig.datamig_load WHERE run = {}", Literal(run)))?;
        Ok(row.and_then(|mut row| row.pop().flatten()))
    }
}
