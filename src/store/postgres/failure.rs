//! The only way an error of PostgreSQL or its driver gets out. The server's own words are kept only for
//! the classes that speak of names and states; DETAIL, CONTEXT and the values in them never are.

use crate::error::Error;
use crate::name::Ident;
use sqlx::postgres::PgDatabaseError;

/// The words of an error for `server`, the URL without its password.
pub(super) fn of(cause: &sqlx::Error, server: &str) -> Error {
    match cause {
        sqlx::Error::Database(database) => match database.try_downcast_ref::<PgDatabaseError>() {
            Some(database) => of_server(database, server),
            None => Error::internal(format!("{server}: an unknown error")),
        },
        sqlx::Error::Io(io) => Error::unreachable(format!("{server} does not answer: {}", io.kind())).hint(
            "check that the server runs and that host and port are right; a repetition is safe",
        ),
        sqlx::Error::Tls(_) => Error::unreachable(format!("{server}: no trusted TLS connection")).hint(
            "a host that is not loopback must show a certificate that your system trusts (or `?sslrootcert=FILE`); \
             `?sslmode=disable` in the URL switches TLS off where the network is trusted",
        ),
        sqlx::Error::Configuration(_) => Error::config(format!("{server}: the URL cannot be used"))
            .hint("write postgres://user:password@host:port/database; percent-encode what is not a letter or digit"),
        sqlx::Error::WorkerCrashed | sqlx::Error::PoolClosed => {
            Error::unreachable(format!("{server}: the connection is gone"))
        }
        _ => Error::internal(format!("{server}: the answer of the server was not understood"))
            .hint("is a pooler in between? connect to the server itself"),
    }
}

fn of_server(cause: &PgDatabaseError, server: &str) -> Error {
    let code = cause.code();
    let error = match code {
        "28P01" | "28000" => return authentication(server),
        "3D000" => Error::config(format!("{server}: there is no such database")),
        "55P03" => Error::busy(format!("{server}: another session holds a lock{} for too long", on(cause)))
            .hint("see pg_locks and pg_stat_activity; a repetition is safe"),
        "40P01" | "40001" => {
            Error::busy(format!("{server}: the transaction{} was in the way of another", on(cause)))
                .hint("a repetition is safe; a standby lets readers finish with hot_standby_feedback = on")
        }
        "57014" => Error::busy(format!("{server}: a statement{} took too long and was cancelled", on(cause)))
            .hint("see pg_stat_activity; a repetition is safe"),
        "53100" => {
            Error::internal(format!("{server}: the disk of the server is full")).hint("free some space there")
        }
        "53200" => {
            Error::busy(format!("{server}: the server is out of memory or of room for prepared transactions"))
                .hint("raise max_prepared_transactions there, or give it memory; a repetition is safe")
        }
        "53300" => Error::unreachable(format!("{server}: the server has no connection left"))
            .hint("close some or raise max_connections; a repetition is safe"),
        "25006" => Error::refused(format!("{server} is read-only"))
            .hint("a standby or default_transaction_read_only? name the server that takes writes"),
        "42501" => Error::refused(format!("{server}: {}", cause.message()))
            .hint("grant the account what it needs, or use another"),
        "22021" | "22P05" => Error::config(format!("{server}: a text{} is not valid in UTF-8", on(cause))),
        "42P01" | "42703" | "42883" | "3F000" | "42704" | "42P07" | "42710" | "42P06" => {
            Error::config(format!("{server}: {}", cause.message()))
        }
        _ if code.starts_with("23") => constraint(cause, server),
        _ if code.starts_with("22") => {
            Error::config(format!("{server}: a value does not fit{} ({})", on(cause), data_words(code)))
        }
        "08P01" => Error::config(format!("{server} allows no transaction")).hint(
            "a pooler in statement mode? name the server itself, or a pool in transaction or session mode",
        ),
        _ if code.starts_with("08") || code.starts_with("57P") => {
            Error::unreachable(format!("{server}: the server is going down or coming up"))
                .hint("a repetition is safe")
        }
        _ => Error::internal(format!("{server}: error {code}{} (its words may quote values)", on(cause))),
    };
    if code.starts_with("42") && error.kind == crate::error::Kind::Internal {
        return Error { kind: crate::error::Kind::Config, ..error };
    }
    error
}

fn authentication(server: &str) -> Error {
    Error::config(format!("authentication failed for {server} (the password is not shown)"))
        .hint("check the user, and the variable that the environment file names for the password")
}

/// A violated constraint: its name, table and columns.
fn constraint(cause: &PgDatabaseError, server: &str) -> Error {
    let what = match cause.code() {
        "23502" => "NULL in a column that does not allow it",
        "23503" => "a foreign key without its parent, or a parent that is still needed",
        "23505" => "a key that exists already",
        "23514" => "a row that a CHECK does not allow",
        "23P01" => "a row that an exclusion constraint does not allow",
        _ => "a row that a constraint does not allow",
    };
    let name = cause.constraint().map(|name| format!(", constraint {}", Ident(name))).unwrap_or_default();
    Error::refused(format!("{server}: {what}{}{name}", on(cause)))
}

/// ` in "schema"."table"."column"`, as far as the server names them.
fn on(cause: &PgDatabaseError) -> String {
    let place = [cause.schema(), cause.table(), cause.column()];
    let place: Vec<String> = place.iter().flatten().map(|name| Ident(name).to_string()).collect();
    if !place.is_empty() {
        return format!(" in {}", place.join("."));
    }
    copied_to(cause.r#where().unwrap_or_default())
}

/// `COPY t, line 3, column c: "value"` as ` in t, line 3, column c`: what follows the name is a cell.
fn copied_to(context: &str) -> String {
    let first = context.lines().next().unwrap_or_default();
    match first.strip_prefix("COPY ") {
        Some(place) => format!(" in {}", place.split(": \"").next().unwrap_or_default()),
        None => String::new(),
    }
}

fn data_words(code: &str) -> &'static str {
    match code {
        "22001" => "the text is too long",
        "22003" => "the number is too large",
        "22007" | "22P02" => "it cannot be read as the type of the column",
        "22008" => "the time is out of range",
        _ => "the type of the column does not hold it",
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_context_of_a_copy_loses_its_value() {
        let place = super::copied_to("COPY students, line 3, column age: \"Bob\nO: \"\"\nmore");
        assert_eq!(place, " in students, line 3, column age");
        assert_eq!(super::copied_to("PL/pgSQL function f('Bob')"), "");
    }
}
