//! Environments: `rules/<project>/environments/<name>.yaml` names the store URLs of both sides.
//! `${NAME}` and `${NAME:-default}` are filled in from the environment; passwords come only from there.

use super::{Project, yaml};
use crate::error::{Error, Location, Result};
use crate::secret::Environment;
use crate::sql;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// The store URLs of one environment, `${...}` filled in.
#[derive(Clone, Debug)]
pub struct Endpoints {
    /// The name given by `--env`.
    pub name: String,
    /// The source side, in the project's store order.
    pub prod: Vec<Endpoint>,
    /// The target side, in the project's store order.
    pub cert: Vec<Endpoint>,
}

/// One store of one side.
#[derive(Clone)]
pub struct Endpoint {
    /// The store's name.
    pub store: String,
    /// The URL, password included.
    pub url: crate::secret::Secret,
    /// What relative files count from.
    pub base: PathBuf,
}

impl std::fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Endpoint({})", self.store)
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, expecting = "`prod:` and `cert:` with a URL per store")]
struct File {
    prod: BTreeMap<String, String>,
    cert: BTreeMap<String, String>,
}

impl yaml::File for File {
    const LEAST: &str = "an environment names a URL per store and side, passwords by variable:
  prod: {db: \"postgres://reader:${PROD_DB_PASSWORD}@prod.example/shop\"}
  cert: {db: \"postgres://writer:${CERT_DB_PASSWORD}@cert.example/shop\"}
or mysql://, sqlite:FILE, neo4j://, bolt://, graph:FILE.jsonl";
}

impl Project {
    /// Reads the environment `name`.
    pub fn endpoints(&self, name: &str, variables: &Environment) -> Result<Endpoints> {
        let path = format!("rules/{}/environments/{name}.yaml", self.name);
        let Some(text) = sql::find(&self.workspace, &path)? else {
            let folder = format!("rules/{}/environments", self.name);
            let known = sql::list(&self.workspace, &folder, "yaml")?;
            let known: Vec<_> = known.iter().filter_map(|text| text.path.file_stem()?.to_str()).collect();
            let hint = match known.is_empty() {
                true => <File as yaml::File>::LEAST.to_owned(),
                false => format!("--env names a file of environments/: {}", known.join(", ")),
            };
            return Err(Error::config(format!("there is no environment \"{name}\""))
                .at(Location::new(path, 0))
                .hint(hint));
        };
        let file: File = yaml::parse(&text)?;
        let side = |urls: &BTreeMap<String, String>, side: &str| -> Result<Vec<Endpoint>> {
            if let Some(store) = urls.keys().find(|store| !self.stores.contains(store)) {
                return Err(Error::config(format!(
                    "{side} names the store \"{store}\" that the project has not"
                ))
                .at(line_of(&text, store)));
            }
            let endpoint = |store: &String| {
                let url = urls.get(store).ok_or_else(|| {
                    Error::config(format!("{side} has no URL for the store \"{store}\""))
                        .at(Location::new(&text.path, 0))
                })?;
                let url = fill(url, variables).map_err(|error| error.at(line_of(&text, store)))?;
                let url = crate::secret::Secret::new(url);
                Ok(Endpoint { store: store.clone(), url, base: self.workspace.clone() })
            };
            self.stores.iter().map(endpoint).collect()
        };
        Ok(Endpoints {
            name: name.to_owned(),
            prod: side(&file.prod, "prod")?,
            cert: side(&file.cert, "cert")?,
        })
    }
}

fn line_of(text: &sql::Text, key: &str) -> Location {
    let line = text.text.lines().position(|line| line.trim_start().starts_with(&format!("{key}:")));
    Location::new(&text.path, line.map_or(0, |line| line + 1))
}

/// Replaces `${NAME}` and `${NAME:-default}`. A password is percent-encoded, so that any letter may be in it.
fn fill(url: &str, variables: &Environment) -> Result<String> {
    let mut filled = String::new();
    let mut rest = url;
    while let Some((before, after)) = rest.split_once("${") {
        filled.push_str(before);
        let (inside, after) =
            after.split_once('}').ok_or_else(|| Error::config("a `${` is never closed".to_owned()))?;
        let (name, default) = match inside.split_once(":-") {
            Some((name, default)) => (name, Some(default)),
            None => (inside, None),
        };
        match (variables.get(name), default) {
            (Some(value), _) if name.ends_with("PASSWORD") => encode(value.expose(), &mut filled),
            (Some(value), _) => filled.push_str(value.expose()),
            (None, Some(default)) => filled.push_str(default),
            (None, None) => {
                return Err(Error::config(format!("{name} is not set")).hint(variables.how_to_set(name)));
            }
        }
        rest = after;
    }
    filled.push_str(rest);
    Ok(filled)
}

fn encode(text: &str, into: &mut String) {
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            into.push(char::from(byte));
        } else {
            into.push_str(&format!("%{byte:02X}"));
        }
    }
}
