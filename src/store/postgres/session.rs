//! One connection, the settings that make text unambiguous, and the few things done with one. A
//! session drives itself on the thread that uses it: no hand-over between threads for every packet.

use super::failure;
use crate::error::{Error, Result};
use crate::sql;
use crate::store::{TextRow, server};
use futures_util::TryStreamExt;
use sqlx::postgres::{PgConnectOptions, PgConnection, PgRow, PgSslMode};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, Row};
use tokio::runtime::Runtime;

/// Where to connect.
#[derive(Clone)]
pub(super) struct Server {
    options: PgConnectOptions,
    /// The URL without its password.
    pub(super) shown: String,
}

/// Parameters of a URL that are understood; the driver would log others with their values.
const PARAMETERS: [&str; 16] = [
    "sslmode",
    "ssl-mode",
    "sslrootcert",
    "ssl-root-cert",
    "ssl-ca",
    "sslcert",
    "ssl-cert",
    "sslkey",
    "ssl-key",
    "host",
    "hostaddr",
    "port",
    "dbname",
    "user",
    "password",
    "application_name",
];

impl Server {
    /// Reads a URL. Without `sslmode` in it, a host that is not loopback must show a trusted certificate.
    pub(super) fn parse(url: &str, shown: &str) -> Result<Server> {
        let query = url.split_once('?').map(|(_, query)| query).unwrap_or_default();
        let names = query.split('&').map(|pair| pair.split('=').next().unwrap_or_default());
        for name in names.filter(|name| !name.is_empty()) {
            if !PARAMETERS.contains(&name) {
                return Err(Error::config(format!("{shown}: the URL has an unknown parameter"))
                    .hint(format!("known are {}", PARAMETERS.join(", "))));
            }
        }
        let mut options: PgConnectOptions = url.parse().map_err(|cause| failure::of(&cause, shown))?;
        let decided = query.contains("sslmode=")
            || query.contains("ssl-mode=")
            || std::env::var_os("PGSSLMODE").is_some();
        if !decided && options.get_socket().is_none() && !is_near(options.get_host()) {
            options = options.ssl_mode(PgSslMode::VerifyFull);
        }
        if options.get_application_name().is_none() {
            options = options.application_name("datamig");
        }
        Ok(Server { options: options.disable_statement_logging(), shown: shown.to_owned() })
    }

    /// Host, port and database; every name of this machine is one.
    pub(super) fn address(&self) -> String {
        let host = self.options.get_host();
        let host = if self.options.get_socket().is_some() || is_near(host) { "localhost" } else { host };
        let database = self.options.get_database().unwrap_or(self.options.get_username());
        format!("postgres {host}:{}/{database}", self.options.get_port())
    }

    /// Connects; tries again where the server does not answer yet.
    pub(super) fn connect(&self) -> Result<Session> {
        server::patiently(|| self.connect_once())
    }

    /// Connects and begins a transaction, with our settings for as long as it lasts.
    pub(super) fn begin(&self, begin: &str) -> Result<Session> {
        let mut session = self.connect()?;
        session.run(begin)?;
        session.run(sql::get("store/postgres/session.sql"))?;
        Ok(session)
    }

    /// Connects, with our settings for as long as the connection lasts: to a target, which has no pooler before it.
    pub(super) fn connect_for_long(&self) -> Result<Session> {
        let mut session = self.connect()?;
        session.run(&sql::get("store/postgres/session.sql").replace("SET LOCAL", "SET"))?;
        session.run(sql::get("store/postgres/waiting.sql"))?;
        Ok(session)
    }

    fn connect_once(&self) -> Result<Session> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let connecting = PgConnection::connect_with(&self.options);
        let connection = server::connect(&runtime, connecting, failure::of, &self.shown)?;
        Ok(Session { connection, runtime, shown: self.shown.clone() })
    }
}

/// Whether a host is this machine; a folder is that of a socket.
fn is_near(host: &str) -> bool {
    host.starts_with('/') || server::is_loopback(host)
}

/// Takes the bytes of a `COPY ... FROM STDIN`.
pub(super) type Send<'a> = &'a mut dyn FnMut(&[u8]) -> Result<()>;

/// One connection. After an error inside a transaction it is good for ROLLBACK only.
pub(super) struct Session {
    connection: PgConnection,
    runtime: Runtime,
    shown: String,
}

impl Session {
    /// Runs statements; returns the rows the last ones changed.
    pub(super) fn run(&mut self, sql: &str) -> Result<u64> {
        let sql = self.checked(sql)?;
        let done = self.runtime.block_on(sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut self.connection));
        done.map(|done| done.rows_affected()).map_err(|cause| failure::of(&cause, &self.shown))
    }

    /// The texts of the one row a statement returns, each NULL or text.
    pub(super) fn row(&mut self, sql: &str) -> Result<Option<TextRow>> {
        Ok(self.rows(sql)?.pop())
    }

    /// The texts of the rows a small query returns.
    pub(super) fn rows(&mut self, sql: &str) -> Result<Vec<TextRow>> {
        let sql = self.checked(sql)?;
        let rows = sqlx::raw_sql(AssertSqlSafe(sql)).fetch_all(&mut self.connection);
        let texts = self.runtime.block_on(rows).and_then(|rows| {
            let texts = |row: &PgRow| (0..row.len()).map(|at| row.try_get_unchecked(at)).collect();
            rows.iter().map(texts).collect()
        });
        texts.map_err(|cause| failure::of(&cause, &self.shown))
    }

    /// The one text a statement returns.
    pub(super) fn text(&mut self, sql: &str) -> Result<String> {
        let text = self.row(sql)?.and_then(|mut row| row.pop().flatten());
        text.ok_or_else(|| Error::internal(format!("{}: the server returned nothing", self.shown)))
    }

    /// Hands every message of a `COPY ... TO STDOUT` to `take`.
    pub(super) fn copy_out(&mut self, sql: &str, take: &mut dyn FnMut(&[u8]) -> Result<()>) -> Result<()> {
        let sql = self.checked(sql)?;
        let (connection, shown) = (&mut self.connection, &self.shown);
        self.runtime.block_on(async {
            let failed = |cause: sqlx::Error| failure::of(&cause, shown);
            let mut rows = connection.copy_out_raw(sql).await.map_err(failed)?;
            while let Some(row) = rows.try_next().await.map_err(failed)? {
                take(&row)?;
            }
            Ok(())
        })
    }

    /// Feeds a `COPY ... FROM STDIN` with what `give` hands over; returns the rows written.
    pub(super) fn copy_in(&mut self, sql: &str, give: &mut dyn FnMut(Send<'_>) -> Result<()>) -> Result<u64> {
        let sql = self.checked(sql)?;
        let (connection, shown, runtime) = (&mut self.connection, &self.shown, &self.runtime);
        let failed = |cause: sqlx::Error| failure::of(&cause, shown);
        let mut copy = runtime.block_on(connection.copy_in_raw(sql)).map_err(failed)?;
        let given = give(&mut |bytes| runtime.block_on(copy.send(bytes)).map(|_| ()).map_err(failed));
        match given {
            Ok(()) => runtime.block_on(copy.finish()).map_err(failed),
            Err(error) => {
                // The first error is the one that says what happened.
                let _ = runtime.block_on(copy.abort("stopped by datamig"));
                Err(error)
            }
        }
    }

    /// The protocol ends a statement at NUL: what follows would be lost.
    fn checked<'a>(&self, sql: &'a str) -> Result<&'a str> {
        if sql.contains('\0') {
            return Err(Error::config(format!("{}: a name or value holds a NUL character", self.shown)));
        }
        Ok(sql)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tls_is_verified_unless_the_host_is_loopback_or_the_url_decides() {
        let mode = |url: &str| Server::parse(url, "x").map(|server| server.options.get_ssl_mode()).ok();
        assert!(matches!(mode("postgres://u@db.example.org/d"), Some(PgSslMode::VerifyFull)));
        assert!(matches!(mode("postgres://u@10.0.0.1/d"), Some(PgSslMode::VerifyFull)));
        assert!(matches!(mode("postgres://u@127.0.0.1/d"), Some(PgSslMode::Prefer)));
        assert!(matches!(mode("postgres://u@[::1]/d"), Some(PgSslMode::Prefer)));
        assert!(matches!(mode("postgres://u@h/d?sslmode=disable"), Some(PgSslMode::Disable)));
        assert!(mode("postgres://u@h/d?pass=s3cret").is_none());
    }
}
