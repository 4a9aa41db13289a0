//! Neo4j 4.4 and 5 over Bolt. The driver cannot begin a transaction in read mode, so a source is kept safe another
//! way: the transaction of a snapshot runs only statements made here, all of them MATCH, and is never committed.

mod failure;
mod model;
mod read;
mod rows;
mod session;
mod values;
mod walk;
mod write;

use super::url::StoreUrl;
use super::{Identity, Read, Sink, Snapshot, Source, StoreCatalog, Target, Transaction, file};
use crate::error::{Error, Kind, Result};
use model::{MARK, Model, OURS};
use session::{Address, Session, get};
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

/// Whether the database carries the mark of a target.
fn is_marked(session: &mut Session) -> Result<bool> {
    Ok(session.count(format!("MATCH (n:{MARK}) RETURN count(n) AS count"), vec![])? > 0)
}

/// One database of a server.
pub(super) struct Neo4j {
    address: Address,
    named: BTreeMap<String, Vec<String>>,
}

impl Neo4j {
    /// The database of a URL; nothing is connected yet.
    pub(super) fn new(url: &StoreUrl) -> Result<Neo4j> {
        let address = Address::parse(url.secret.expose(), &url.shown).ok_or_else(|| {
            Error::config(format!("{}: the URL cannot be used", url.shown))
                .hint("write neo4j://user:password@host:port; percent-encode what is not a letter or digit")
        })?;
        Ok(Neo4j { address, named: url.options.node_keys.clone() })
    }

    /// The column `text` of the one row a statement returns.
    fn text(&self, cypher: &str) -> Result<String> {
        let mut text = String::new();
        Session::begin(&self.address)?.each(cypher.into(), vec![], |row| {
            text = get(&row, "text", &self.address.shown)?;
            Ok(())
        })?;
        Ok(text)
    }
}

impl Source for Neo4j {
    fn introspect(&self) -> Result<StoreCatalog> {
        let mut session = Session::begin(&self.address)?;
        let mut model = Model::read(&mut session, &self.named)?;
        Ok(model.shape(&mut session)?.catalog())
    }

    fn snapshot(&self) -> Result<Box<dyn Snapshot>> {
        let mut session = Session::begin(&self.address)?;
        let model = Model::read(&mut session, &self.named)?;
        let taken_at = file::now();
        Ok(Box::new(View { inside: Mutex::new((session, model)), id: format!("neo4j-{taken_at}"), taken_at }))
    }

    fn version(&self) -> Result<String> {
        let found = "CALL dbms.components() YIELD name, versions RETURN name + ' ' + versions[0] AS text";
        self.text(found)
    }

    /// The id that a database gets when it is made, and where its server says it is: a copy has the id too.
    fn identity(&self) -> Result<Identity> {
        let id = self.text("CALL db.info() YIELD id RETURN id AS text")?;
        let name = self.text("CALL db.info() YIELD name RETURN name AS text")?;
        let mut address = String::new();
        let shown = "SHOW DATABASES YIELD name, address WHERE name = $name RETURN address AS text";
        Session::begin(&self.address)?.each(shown.into(), vec![("name".into(), name.into())], |row| {
            address = get(&row, "text", &self.address.shown)?;
            Ok(())
        })?;
        Ok(Identity(format!("neo4j {id} {address}")))
    }

    fn address(&self) -> Result<String> {
        Ok(self.address.place())
    }

    fn is_marked(&self) -> Result<bool> {
        is_marked(&mut Session::begin(&self.address)?)
    }

    /// Tries it in a transaction that is not committed.
    fn can_write(&self) -> Result<bool> {
        let mut session = Session::begin(&self.address)?;
        let probe = format!("CREATE (n:{OURS} {{run: 'probe'}}) RETURN count(n) AS count");
        match session.count(probe, vec![]) {
            Ok(_) => Ok(true),
            Err(error) if error.kind == Kind::Refused => Ok(false),
            Err(error) => Err(error),
        }
    }
}

/// A transaction that is never committed.
struct View {
    inside: Mutex<(Session, Model)>,
    id: String,
    taken_at: String,
}

impl Snapshot for View {
    fn id(&self) -> String {
        self.id.clone()
    }

    fn taken_at(&self) -> String {
        self.taken_at.clone()
    }

    fn read(&self, request: &Read<'_>, sink: Sink<'_>) -> Result<()> {
        let mut inside = self.inside.lock().unwrap_or_else(PoisonError::into_inner);
        let (session, model) = &mut *inside;
        read::rows(session, model, request, sink)
    }
}

impl Target for Neo4j {
    /// Runs statements parted by semicolons at line ends, each in a transaction of its own.
    fn create(&self, schema: &str) -> Result<()> {
        for statement in schema.split(";\n").map(|text| text.trim().trim_end_matches(';')) {
            let is_comment = |line: &str| line.trim().is_empty() || line.trim_start().starts_with("//");
            if !statement.lines().all(is_comment) {
                let mut session = Session::begin(&self.address)?;
                session.each(statement.to_owned(), vec![], |_| Ok(()))?;
                session.commit()?;
            }
        }
        Ok(())
    }

    fn source(&self) -> &dyn Source {
        self
    }

    fn begin(&self) -> Result<Box<dyn Transaction>> {
        let mut session = Session::begin(&self.address)?;
        let model = Model::read(&mut session, &self.named)?;
        Ok(Box::new(write::Writer { session, model, named: self.named.clone(), has_written: false }))
    }

    fn mark(&self, name: &str) -> Result<()> {
        let mut session = Session::begin(&self.address)?;
        let cypher = format!(
            "MERGE (n:{MARK}) ON CREATE SET n.name = $name, n.at = datetime() RETURN count(n) AS count"
        );
        session.count(cypher, vec![("name".into(), name.into())])?;
        session.commit()
    }

    fn decision(&self, run: &str) -> Result<Option<String>> {
        let mut session = Session::begin(&self.address)?;
        let shown = self.address.shown.clone();
        let mut decision = None;
        let cypher = format!("MATCH (n:{OURS} {{run: $run}}) RETURN n.decision AS decision");
        session.each(cypher, vec![("run".into(), run.into())], |row| {
            decision = get(&row, "decision", &shown)?;
            Ok(())
        })?;
        Ok(decision)
    }
}
