//! The only way an error of MySQL, MariaDB or the driver gets out. The server's own words are kept only where
//! they speak of names; others quote values and statements.

use crate::error::Error;
use sqlx::mysql::MySqlDatabaseError;

/// The words of an error for `server`, the URL without its password.
pub(super) fn of(cause: &sqlx::Error, server: &str) -> Error {
    let again = "check that the server runs and that host and port are right; a repetition is safe";
    match cause {
        sqlx::Error::Database(database) => match database.try_downcast_ref::<MySqlDatabaseError>() {
            Some(database) => of_server(database, server),
            None => Error::internal(format!("{server}: an unknown error")),
        },
        sqlx::Error::Io(io) => {
            Error::unreachable(format!("{server} does not answer: {}", io.kind())).hint(again)
        }
        sqlx::Error::Tls(_) => Error::unreachable(format!("{server}: no trusted TLS connection")).hint(
            "a host that is not loopback must show a certificate that your system trusts (or `?ssl-ca=FILE`); \
             `?ssl-mode=disabled` in the URL switches TLS off where the network is trusted",
        ),
        sqlx::Error::Configuration(_) => Error::config(format!("{server}: the URL cannot be used"))
            .hint("write mysql://user:password@host:port/database; percent-encode what is not a letter or digit"),
        sqlx::Error::WorkerCrashed | sqlx::Error::PoolClosed => {
            Error::unreachable(format!("{server}: the connection is gone"))
        }
        _ => Error::internal(format!("{server}: the answer of the server was not understood"))
            .hint("is a proxy in between? connect to the server itself"),
    }
}

fn of_server(cause: &MySqlDatabaseError, server: &str) -> Error {
    match cause.number() {
        1045 | 1698 | 1044 => {
            Error::config(format!("authentication failed for {server} (the password is not shown)"))
                .hint("check the user, and the variable that the environment file names for the password")
        }
        1049 => Error::config(format!("{server}: there is no such database")),
        1040 | 1203 | 1226 => Error::unreachable(format!("{server}: the server has no connection left"))
            .hint("close some or raise max_connections; a repetition is safe"),
        1205 | 1213 => Error::busy(format!("{server}: another session is in the way"))
            .hint("see SHOW PROCESSLIST; a repetition is safe"),
        1317 | 1969 | 3024 => Error::busy(format!("{server}: a statement took too long and was cancelled"))
            .hint("see SHOW PROCESSLIST; a repetition is safe"),
        1053 | 1077 | 1079 | 1927 | 2006 | 2013 => {
            Error::unreachable(format!("{server}: the server is going down or coming up"))
                .hint("a repetition is safe")
        }
        1142 | 1143 | 1227 | 1370 => Error::refused(format!("{server}: {}", cause.message()))
            .hint("grant the account what it needs, or use another"),
        1290 | 1792 | 1836 => Error::refused(format!("{server} is read-only")),
        1054 | 1146 | 1305 | 1630 => Error::config(format!("{server}: {}", cause.message())),
        1153 => Error::config(format!("{server}: a statement with all keys is longer than the server takes"))
            .hint("raise max_allowed_packet of the server"),
        1064 => Error::config(format!("{server}: the server does not understand a statement"))
            .hint("is an expression of a link, or its `when`, in the server's own SQL?"),
        number => Error::internal(format!("{server}: error {number} (its words may quote values)")),
    }
}
