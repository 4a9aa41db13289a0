//! The only way an error of Neo4j or its driver gets out. Neo4j quotes values in its messages: only its codes are
//! kept, which name classes of errors.

use crate::error::Error;

/// The words of an error for `server`, the URL without its password.
pub(super) fn of(cause: &neo4rs::Error, server: &str) -> Error {
    match cause {
        neo4rs::Error::Neo4j(cause) => of_server(cause.code(), server),
        neo4rs::Error::AuthenticationError(_) => authentication(server),
        neo4rs::Error::UnsupportedVersion(..) | neo4rs::Error::ProtocolMismatch(_) => {
            Error::config(format!("{server} does not speak Bolt 4.4"))
                .hint("name the Bolt port (7687) of a Neo4j 4.4 or 5")
        }
        neo4rs::Error::UrlParseError(_)
        | neo4rs::Error::UnsupportedScheme(_)
        | neo4rs::Error::InvalidDnsName(_)
        | neo4rs::Error::InvalidConfig => Error::config(format!("{server}: the URL cannot be used"))
            .hint("write neo4j://user:password@host:port; percent-encode what is not a letter or digit"),
        neo4rs::Error::IOError { .. }
        | neo4rs::Error::ConnectionError
        | neo4rs::Error::ConnectionTimedOut
        | neo4rs::Error::IncompleteBoltExchange
        | neo4rs::Error::ServerUnavailableError(_) => unreachable(server),
        _ => Error::internal(format!("{server}: the answer of Neo4j was not understood")),
    }
}

/// The error for a server that does not answer.
pub(super) fn unreachable(server: &str) -> Error {
    Error::unreachable(format!("{server} does not answer"))
        .hint("check that the server runs and that host and port are right; a repetition is safe")
}

fn authentication(server: &str) -> Error {
    Error::config(format!("{server} refuses the account or its password"))
        .hint("check the variables that the URL names; the password is never shown")
}

fn of_server(code: &str, server: &str) -> Error {
    let said = format!("{server} reports {code} (its words are withheld: they may quote values)");
    match code {
        "Neo.ClientError.Security.Unauthorized"
        | "Neo.ClientError.Security.AuthenticationRateLimit"
        | "Neo.ClientError.Security.CredentialsExpired" => authentication(server),
        "Neo.ClientError.Database.DatabaseNotFound" => {
            Error::config(format!("{server}: there is no such database"))
                .hint("name it as the path of the URL, or none")
        }
        "Neo.ClientError.Schema.ConstraintValidationFailed" => Error::config(format!(
            "{server}: a constraint was broken: a node with the same key exists, a property is missing, or a node \
             that is deleted still has relationships"
        )),
        "Neo.ClientError.Statement.AccessMode" | "Neo.ClientError.General.ForbiddenOnReadOnlyDatabase" => {
            Error::refused(format!("{server} is read-only"))
                .hint("name a server and database that takes writes")
        }
        _ if code.starts_with("Neo.ClientError.Security.") => {
            Error::refused(said).hint("grant the account what it needs, or use another")
        }
        _ if code.contains("OutOfMemory") || code.contains("MemoryPool") => {
            Error::internal(said).hint("raise db.memory.transaction.max and the heap of the server")
        }
        _ if code.starts_with("Neo.TransientError.") => Error::busy(said).hint("a repetition is safe"),
        _ => Error::internal(said),
    }
}
