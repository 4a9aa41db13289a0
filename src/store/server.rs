//! What the servers share: waiting for an answer, trying again, and telling which are near.

use crate::error::{Error, Kind, Result};
use std::time::{Duration, Instant};
use tokio::runtime::Runtime;

/// How long a server may take to answer.
pub(super) const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// How long is waited before each further try.
const PAUSES: [Duration; 2] = [Duration::from_millis(200), Duration::from_millis(800)];

/// Connects, and tries again when the server does not answer: nothing was asked of it yet, so that this is
/// safe. One that did not answer for long is not asked again.
pub(super) fn patiently<T>(connect: impl Fn() -> Result<T>) -> Result<T> {
    with_pauses(connect, std::thread::sleep)
}

fn with_pauses<T>(connect: impl Fn() -> Result<T>, wait: impl Fn(Duration)) -> Result<T> {
    let begun = Instant::now();
    for pause in PAUSES {
        match connect() {
            Err(error) if error.kind == Kind::Unreachable && begun.elapsed() < CONNECT_TIMEOUT / 2 => {
                wait(pause);
            }
            outcome => return outcome,
        }
    }
    connect()
}

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

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::Cell;

    #[test]
    fn only_a_server_that_does_not_answer_is_asked_again() {
        let tries = Cell::new(0);
        let waited = Cell::new(Duration::ZERO);
        let connect = |errors: [fn(String) -> Error; 2]| {
            tries.set(0);
            waited.set(Duration::ZERO);
            let once = || {
                tries.set(tries.get() + 1);
                match errors.get(tries.get() - 1) {
                    Some(error) => Err(error("no".to_owned())),
                    None => Ok(()),
                }
            };
            with_pauses(once, |pause| waited.set(waited.get() + pause))
        };
        assert!(connect([Error::unreachable, Error::unreachable]).is_ok());
        assert_eq!((tries.get(), waited.get()), (3, PAUSES.iter().sum()));
        assert!(connect([Error::config, Error::unreachable]).is_err());
        assert_eq!((tries.get(), waited.get()), (1, Duration::ZERO));
    }
}
