//! One connection with one open transaction. Dropped, it closes, and Neo4j rolls the transaction back.

use super::failure;
use crate::error::{Error, Result};
use crate::secret::Secret;
use crate::store::{runtime, server};
use neo4rs::{BoltType, ConfigBuilder, Graph, Query, Row, Txn};
use std::net::{TcpStream, ToSocketAddrs};
use std::time::Duration;

/// Rows fetched at once; the driver's default of 200 is slow.
const FETCH: usize = 8192;
/// How long a server may take to accept a connection.
const PATIENCE: Duration = Duration::from_secs(5);
/// How long one answer may take.
const ANSWER: Duration = Duration::from_secs(3600);

/// How long a statement may take that changes a batch of rows or counts some.
const STATEMENT: Duration = Duration::from_secs(600);

/// Where a server is, and who we are there.
#[derive(Clone)]
pub(super) struct Address {
    /// The URL without password.
    pub shown: String,
    /// Host and port.
    pub host: String,
    scheme: &'static str,
    user: String,
    password: Secret,
    database: Option<String>,
}

impl Address {
    /// Reads `neo4j://user:password@host:port/database`. Off loopback the connection is encrypted and the server's
    /// certificate verified, unless the scheme ends in `+ssc` or the URL says `?encryption=off`. The account may
    /// also be given as `?user=U&password=P`, for a URI that stands in one variable.
    pub(super) fn parse(url: &str, shown: &str) -> Option<Address> {
        let (scheme, rest) = url.split_once("://")?;
        let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
        let (account, place) = rest.rsplit_once('@').unwrap_or(("", rest));
        let (host, database) = place.split_once('/').unwrap_or((place, ""));
        let (user, password) = account.split_once(':').unwrap_or((account, ""));
        let option = |name| query.split('&').find_map(|option| option.strip_prefix(name)?.strip_prefix('='));
        let (user, password) = (option("user").unwrap_or(user), option("password").unwrap_or(password));
        let host = match host.rsplit_once(':') {
            Some((_, port)) if port.parse::<u16>().is_ok() => host.to_owned(),
            _ => format!("{host}:7687"),
        };
        let name = host.rsplit_once(':')?.0;
        let is_loopback = name == "localhost" || name == "[::1]" || name.starts_with("127.");
        let scheme = match scheme {
            "neo4j+ssc" | "bolt+ssc" => "bolt+ssc",
            "neo4j" | "bolt" if is_loopback || query.split('&').any(|option| option == "encryption=off") => {
                "bolt"
            }
            _ => "bolt+s",
        };
        Some(Address {
            shown: shown.to_owned(),
            scheme,
            user: decoded(user)?,
            password: Secret::new(decoded(password)?),
            database: Some(database.to_owned()).filter(|name| !name.is_empty()),
            host,
        })
    }

    /// Host, port and database; every name of this machine is one.
    pub(super) fn place(&self) -> String {
        let (host, port) = self.host.rsplit_once(':').unwrap_or((&self.host, "7687"));
        let host = if server::is_loopback(host) { "localhost" } else { host };
        format!("neo4j {host}:{port}/{}", self.database.as_deref().unwrap_or("neo4j"))
    }

    fn fail(&self, cause: &neo4rs::Error) -> Error {
        failure::of(cause, &self.shown)
    }
}

/// Percent-encoded text as text.
fn decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::new();
    let mut parts = text.split('%');
    bytes.extend(parts.next()?.bytes());
    for part in parts {
        bytes.push(u8::from_str_radix(part.get(..2)?, 16).ok()?);
        bytes.extend(part.get(2..)?.bytes());
    }
    String::from_utf8(bytes).ok()
}

/// An open transaction.
pub(super) struct Session {
    pub address: Address,
    transaction: Txn,
    graph: Graph,
}

impl Session {
    /// Connects and begins a transaction; tries again where the server does not answer yet.
    pub(super) fn begin(address: &Address) -> Result<Session> {
        server::patiently(|| Session::begin_once(address))
    }

    fn begin_once(address: &Address) -> Result<Session> {
        // The driver's timeout is one for connecting and for answers: the short one is ours.
        let places = address.host.to_socket_addrs().map_err(|_| failure::unreachable(&address.shown))?;
        if !places.into_iter().any(|place| TcpStream::connect_timeout(&place, PATIENCE).is_ok()) {
            return Err(failure::unreachable(&address.shown));
        }
        let mut config = ConfigBuilder::default()
            .uri(format!("{}://{}", address.scheme, address.host))
            .user(&address.user)
            .password(address.password.expose())
            .fetch_size(FETCH)
            .max_connections(1)
            .connection_timeout(ANSWER);
        if let Some(database) = &address.database {
            config = config.db(database.as_str());
        }
        let begin = async {
            let graph = Graph::connect(config.build()?)?;
            let transaction = graph.start_txn().await?;
            Ok::<_, neo4rs::Error>((graph, transaction))
        };
        // A server that hangs still accepts connections: its system does that for it.
        let begun = runtime().block_on(async { tokio::time::timeout(server::CONNECT_TIMEOUT, begin).await });
        let (graph, transaction) =
            begun.map_err(|_| failure::unreachable(&address.shown))?.map_err(|cause| address.fail(&cause))?;
        Ok(Session { address: address.clone(), transaction, graph })
    }

    /// Runs a statement and takes its rows as they come.
    pub(super) fn each(
        &mut self,
        cypher: String,
        parameters: Vec<(String, BoltType)>,
        mut take: impl FnMut(Row) -> Result<()>,
    ) -> Result<()> {
        let query = Query::new(cypher).params(parameters);
        let fail = |cause: neo4rs::Error| failure::of(&cause, &self.address.shown);
        let mut stream = runtime().block_on(self.transaction.execute(query)).map_err(fail)?;
        loop {
            // In batches: what takes the rows may block, or use the runtime itself.
            let rows = runtime().block_on(async {
                let mut rows = Vec::new();
                while rows.len() < FETCH
                    && let Some(row) = stream.next(self.transaction.handle()).await?
                {
                    rows.push(row);
                }
                Ok(rows)
            });
            let rows = rows.map_err(fail)?;
            let is_last = rows.len() < FETCH;
            rows.into_iter().try_for_each(&mut take)?;
            if is_last {
                return Ok(());
            }
        }
    }

    /// Runs a statement that returns one number, `count`.
    pub(super) fn count(&mut self, cypher: String, parameters: Vec<(String, BoltType)>) -> Result<u64> {
        let counted = self.count_within(STATEMENT, cypher, parameters)?;
        counted.ok_or_else(|| {
            Error::busy(format!("{}: a statement did not end in time", self.address.shown))
                .hint("somebody may hold what it needs; nothing was changed, and a repetition is safe")
        })
    }

    /// The same; `None` where it does not end in time, as behind somebody's lock: Neo4j waits for one without end.
    /// Then the session is of no use any more.
    pub(super) fn count_within(
        &mut self,
        patience: Duration,
        cypher: String,
        parameters: Vec<(String, BoltType)>,
    ) -> Result<Option<u64>> {
        let shown = self.address.shown.clone();
        let asked = async {
            let mut stream = self.transaction.execute(Query::new(cypher).params(parameters)).await?;
            let mut last = None;
            while let Some(row) = stream.next(self.transaction.handle()).await? {
                last = Some(row);
            }
            Ok::<_, neo4rs::Error>(last)
        };
        match runtime().block_on(async { tokio::time::timeout(patience, asked).await }) {
            Ok(Ok(Some(row))) => get::<u64>(&row, "count", &shown).map(Some),
            Ok(Ok(None)) => Ok(Some(0)),
            Ok(Err(cause)) => Err(failure::of(&cause, &shown)),
            Err(_) => Ok(None),
        }
    }

    /// Makes everything durable.
    pub(super) fn commit(self) -> Result<()> {
        let Session { address, transaction, graph } = self;
        let done = runtime().block_on(transaction.commit()).map_err(|cause| address.fail(&cause));
        drop(graph);
        done
    }
}

/// One column of a row.
pub(super) fn get<'r, T: serde::Deserialize<'r>>(row: &'r Row, name: &str, shown: &str) -> Result<T> {
    row.get(name).map_err(|_| Error::internal(format!("{shown}: the answer of Neo4j was not understood")))
}
