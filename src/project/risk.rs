//! What could tell people apart although no name is left: the quasi-identifiers a project names.

use super::Project;
use crate::catalog::Catalog;
use crate::error::{Error, Result};
use crate::name::{Ident, nearest};
use serde::{Deserialize, Serialize};

/// `risk:` of `project.yaml`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, expecting = "`{quasi_identifiers: [store.table.column]}`")]
pub struct Risk {
    /// Columns: `ids.students.gender`.
    pub quasi_identifiers: Vec<String>,
    /// So many people at least must share what these columns say, or the run fails.
    #[serde(default)]
    pub k_min: Option<u32>,
}

/// One quasi-identifier: a row of `meta.quasi_identifier`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct QuasiIdentifier {
    /// The store.
    pub store: String,
    /// The table as it is staged.
    pub table: String,
    /// The column.
    pub column: String,
    /// SQL over a row: whom it is about.
    pub person: String,
    /// The project's gate.
    pub k_min: Option<u32>,
}

impl Project {
    /// The quasi-identifiers with the person of their rows: what the project says, else the table's key.
    /// Names the catalog has not, and rows of nobody, are refused.
    pub fn quasi_identifiers(&self, catalog: &Catalog) -> Result<Vec<QuasiIdentifier>> {
        let Some(risk) = &self.risk else { return Ok(Vec::new()) };
        let wrong = |message: String| Error::config(message).at(self.at.clone());
        let mut found = Vec::new();
        for path in &risk.quasi_identifiers {
            let of = |table: &&crate::catalog::Table| {
                path.strip_prefix(&table.path())
                    .and_then(|rest| table.column(rest.strip_prefix('.')?))
                    .is_some()
            };
            let Some(table) = catalog.tables.iter().find(of) else {
                let error = wrong(format!("risk: there is no column {path}"));
                let known: Vec<String> = catalog
                    .tables
                    .iter()
                    .flat_map(|table| {
                        table.columns.iter().map(|column| format!("{}.{}", table.path(), column.name))
                    })
                    .collect();
                return Err(match nearest(path, known.iter().map(String::as_str)) {
                    Some(near) => error.hint(format!("did you mean \"{near}\"?")),
                    None => error,
                });
            };
            let person = match (self.person.get(&table.path()), table.key.as_slice()) {
                (Some(person), _) => person.clone(),
                (None, [key]) => Ident(key).to_string(),
                _ => {
                    return Err(wrong(format!("risk: nobody knows whom a row of {} is about", table.path()))
                        .hint("name its person under `person:`"));
                }
            };
            found.push(QuasiIdentifier {
                store: table.store.clone(),
                table: table.staged.clone(),
                column: path[table.path().len() + 1..].to_owned(),
                person,
                k_min: risk.k_min,
            });
        }
        Ok(found)
    }
}
