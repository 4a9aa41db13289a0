//! What the servers reached through sqlx share: waiting for an answer, and telling which are near.

use crate::error::{Error, Result};
use std::time::Duration;
use tokio::runtime::Runtime;

/// How long a server may take to answer.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// Waits for a connection. `words` gives the engine's errors out, for the server `shown`.
pub(super) fn connect<C>(
    runtime: &Runtime,
    connecting: impl Future<Output = sqlx::Result<C>>,
    words: fn(&sqlx::Error, &str) -> Error,
    shown: &str,
) -> Result<C> {
    let connected = runtime.block_on(async { tokio::time::timeout(CONNECT_TIMEOUT, connecting).await });
    connected
        .map_err(|_| {
            Error::unreachable(format!("{shown} does not answer: timed out"))
                .hint("check that the server runs and that host and port are right; a repetition is safe")
        })?
        .map_err(|cause| words(&cause, shown))
}

/// Whether a host is this machine.
pub(super) fn is_loopback(host: &str) -> bool {
    let address = host.trim_matches(['[', ']']).parse::<std::net::IpAddr>();
    host == "localhost" || address.is_ok_and(|address| address.is_loopback())
}
