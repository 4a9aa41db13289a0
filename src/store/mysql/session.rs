//! One connection, with the settings that make text unambiguous. A session drives itself on the thread that
//! uses it.

use super::failure;
use crate::error::{Error, Result};
use crate::sql;
use crate::store::{TextRow, server};
use futures_util::TryStreamExt;
use sqlx::mysql::{MySqlConnectOptions, MySqlConnection, MySqlRow, MySqlSslMode};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, Row};
use tokio::runtime::Runtime;

/// Where to connect.
pub(super) struct Server {
    options: MySqlConnectOptions,
    /// The URL without its password.
    pub(super) shown: String,
}

/// Parameters of a URL that are understood; the driver drops others without a word.
const PARAMETERS: [&str; 9] =
    ["sslmode", "ssl-mode", "sslca", "ssl-ca", "sslcert", "ssl-cert", "sslkey", "ssl-key", "socket"];

impl Server {
    /// Reads a URL. Without `ssl-mode` in it, a host that is not loopback must show a trusted certificate.
    pub(super) fn parse(url: &str, shown: &str) -> Result<Server> {
        let query = url.split_once('?').map(|(_, query)| query).unwrap_or_default();
        let names = query.split('&').map(|pair| pair.split('=').next().unwrap_or_default());
        let names: Vec<&str> = names.filter(|name| !name.is_empty()).collect();
        if names.iter().any(|name| !PARAMETERS.contains(name)) {
            return Err(Error::config(format!("{shown}: the URL has an unknown parameter"))
                .hint(format!("known are {}", PARAMETERS.join(", "))));
        }
        let mut options: MySqlConnectOptions = url.parse().map_err(|cause| failure::of(&cause, shown))?;
        if options.get_database().is_none() {
            return Err(Error::config(format!("{shown}: the URL names no database"))
                .hint("write mysql://user:password@host:port/database"));
        }
        let decided = names.iter().any(|name| matches!(*name, "sslmode" | "ssl-mode"));
        if !decided && options.get_socket().is_none() {
            let is_near = server::is_loopback(options.get_host());
            options = options.ssl_mode(if is_near {
                MySqlSslMode::Preferred
            } else {
                MySqlSslMode::VerifyIdentity
            });
        }
        // What the driver would set by itself is set by `session.sql`.
        let options = options.pipes_as_concat(false).no_engine_substitution(false).timezone(None);
        Ok(Server { options: options.set_names(false).disable_statement_logging(), shown: shown.to_owned() })
    }

    /// Connects and pins the settings; tries again where the server does not answer yet.
    pub(super) fn connect(&self) -> Result<Session> {
        server::patiently(|| self.connect_once())
    }

    fn connect_once(&self) -> Result<Session> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let connecting = MySqlConnection::connect_with(&self.options);
        let connection = server::connect(&runtime, connecting, failure::of, &self.shown)?;
        let mut session = Session { connection, runtime, shown: self.shown.clone() };
        session.run(sql::get("store/mysql/session.sql"))?;
        Ok(session)
    }
}

/// The bytes of a cell, `None` for NULL: the text of every type, and binary strings and bits as they are.
pub(super) fn cell(row: &MySqlRow, at: usize) -> Option<&[u8]> {
    row.try_get_unchecked(at).ok().flatten()
}

/// A cell as text.
pub(super) fn text(row: &MySqlRow, at: usize) -> Option<String> {
    cell(row, at).map(|bytes| String::from_utf8_lossy(bytes).into_owned())
}

/// One connection.
pub(super) struct Session {
    connection: MySqlConnection,
    runtime: Runtime,
    shown: String,
}

impl Session {
    /// Runs a statement that returns nothing.
    pub(super) fn run(&mut self, sql: &str) -> Result<()> {
        self.stream(sql, &mut |_| Ok(()))
    }

    /// The cells of the one row; none without a row.
    pub(super) fn row(&mut self, sql: &str) -> Result<TextRow> {
        Ok(self.rows(sql)?.pop().unwrap_or_default())
    }

    /// The cells of all rows of a small query.
    pub(super) fn rows(&mut self, sql: &str) -> Result<Vec<TextRow>> {
        let mut rows = Vec::new();
        self.stream(sql, &mut |row| {
            rows.push((0..row.len()).map(|at| text(row, at)).collect());
            Ok(())
        })?;
        Ok(rows)
    }

    /// The first cell of the first row.
    pub(super) fn text(&mut self, sql: &str) -> Result<String> {
        let first = self.row(sql)?.into_iter().next().flatten();
        first.ok_or_else(|| Error::internal(format!("{}: the server returned nothing", self.shown)))
    }

    /// Hands every row to `take`, as it comes.
    pub(super) fn stream(&mut self, sql: &str, take: &mut dyn FnMut(&MySqlRow) -> Result<()>) -> Result<()> {
        let (connection, shown) = (&mut self.connection, &self.shown);
        let failed = |cause: sqlx::Error| failure::of(&cause, shown);
        self.runtime.block_on(async {
            let mut rows = sqlx::raw_sql(AssertSqlSafe(sql)).fetch(connection);
            while let Some(row) = rows.try_next().await.map_err(failed)? {
                take(&row)?;
            }
            Ok(())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tls_is_verified_unless_the_host_is_loopback_or_the_url_decides() {
        let mode = |url: &str| Server::parse(url, "x").map(|server| server.options.get_ssl_mode()).ok();
        assert!(matches!(mode("mysql://u@db.example.org/d"), Some(MySqlSslMode::VerifyIdentity)));
        assert!(matches!(mode("mysql://u@10.0.0.1/d"), Some(MySqlSslMode::VerifyIdentity)));
        assert!(matches!(mode("mysql://u@127.0.0.1/d"), Some(MySqlSslMode::Preferred)));
        assert!(matches!(mode("mysql://u@h/d?ssl-mode=disabled"), Some(MySqlSslMode::Disabled)));
        assert!(mode("mysql://u@h/d?pass=s3cret").is_none() && mode("mysql://u@h").is_none());
    }
}
