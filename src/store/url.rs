//! Store URLs: which engine, and where. A URL may hold a password: it is never printed, only
//! [`StoreUrl::shown`] is.

use crate::error::{Error, Result};
use crate::secret::Secret;
use std::path::PathBuf;

/// The engine a URL names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    /// `postgres://`
    Postgres,
    /// `mysql://`, as a source.
    Mysql,
    /// `sqlite:FILE`
    Sqlite,
    /// `neo4j://` or `bolt://`
    Neo4j,
    /// `graph:FILE.jsonl`, one node or relationship a line, as APOC's JSON export writes them.
    GraphFile,
}

/// Where a store is.
#[derive(Clone)]
pub struct StoreUrl {
    /// The engine.
    pub engine: Engine,
    /// The whole URL, password included.
    pub secret: Secret,
    /// The URL without password.
    pub shown: String,
    /// The file, for engines that are one.
    pub file: Option<PathBuf>,
    /// What the project says about the store.
    pub options: Options,
}

/// What a project says about a store that the store cannot say itself.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// The key properties of nodes, by label: `keys:` of `project.yaml`.
    pub node_keys: std::collections::BTreeMap<String, Vec<String>>,
    /// Columns to carry as text whatever their declared type is: `table.column`.
    pub as_text: Vec<String>,
}

impl StoreUrl {
    /// Reads a URL whose `${NAME}` parts are already filled in. Relative files count from `base`.
    pub fn parse(text: &str, base: &std::path::Path) -> Result<StoreUrl> {
        let (scheme, rest) = text.split_once(':').ok_or_else(|| unknown(text))?;
        let engine = match scheme {
            "postgres" | "postgresql" => Engine::Postgres,
            "mysql" | "mariadb" => Engine::Mysql,
            "sqlite" => Engine::Sqlite,
            "neo4j" | "neo4j+s" | "neo4j+ssc" | "bolt" | "bolt+s" | "bolt+ssc" => Engine::Neo4j,
            "graph" => Engine::GraphFile,
            _ => return Err(unknown(scheme)),
        };
        let file = matches!(engine, Engine::Sqlite | Engine::GraphFile)
            .then(|| base.join(rest.trim_start_matches("//")));
        Ok(StoreUrl {
            engine,
            secret: Secret::new(text.to_owned()),
            shown: without_password(text),
            file,
            options: Options::default(),
        })
    }
}

impl StoreUrl {
    /// What people call the store: its database, its file, else its host.
    pub fn name(&self) -> String {
        let place = self.shown.rsplit(['/', '@']).find(|part| !part.is_empty());
        match self.file.as_deref().and_then(std::path::Path::file_name) {
            Some(file) => file.to_string_lossy().into_owned(),
            None => place.unwrap_or(&self.shown).to_owned(),
        }
    }
}

fn unknown(scheme: &str) -> Error {
    Error::config(format!("\"{}\" is not a store URL", without_password(scheme)))
        .hint("use postgres://, mysql://, sqlite:FILE, neo4j://, bolt:// or graph:FILE.jsonl")
}

/// `postgres://user:secret@host/db` as `postgres://user@host/db`; what follows `?` is dropped.
fn without_password(url: &str) -> String {
    let url = url.split('?').next().unwrap_or_default();
    let Some((scheme, rest)) = url.split_once("://") else { return url.to_owned() };
    let Some((account, host)) = rest.rsplit_once('@') else { return url.to_owned() };
    let user = account.split(':').next().unwrap_or_default();
    format!("{scheme}://{user}@{host}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_never_shown() {
        for url in ["postgres://u:s3cret@h:5432/d?x=s3cret", "bolt://u:s3cr@et@h", "oops://u:s3cret@h"] {
            let shown = match StoreUrl::parse(url, std::path::Path::new("")) {
                Ok(url) => url.shown,
                Err(error) => error.to_string(),
            };
            assert!(!shown.contains("s3c"), "{shown}");
        }
    }
}
