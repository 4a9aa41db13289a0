//! What the stores of PROD look like, before anything is moved: schemas, the dependency graph, the order of
//! extraction, circles and where they break, references that dangle already, and references nobody declared.
//! Written to `data/analysis/`.

mod orphans;
mod suggest;
mod write;

use crate::catalog::{Catalog, Table};
use crate::error::{Error, Result};
use crate::project::Project;
use crate::run::keys::replace_file;
use crate::store::introspect::introspect;
use crate::store::{Snapshot, Source, TextRow};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::path::Path;

/// A store that was not analyzed, and why.
pub type Missing = (String, Error);

/// What was found.
pub struct Analysis {
    /// Name and text of every file.
    pub files: Vec<(&'static str, String)>,
    /// Totals, circles, orphans and suggestions, for people and `--json`.
    pub summary: Value,
}

/// What an analysis looks at.
pub(super) struct Look<'a> {
    pub(super) project: &'a Project,
    pub(super) catalog: &'a Catalog,
    pub(super) missing: &'a [Missing],
}

impl Look<'_> {
    /// The tenant column of a table.
    pub(super) fn tenant(&self, table: usize) -> Option<&str> {
        self.project.tenant_column(&self.catalog.tables[table])
    }
}

/// Analyzes the stores that can be read and writes `data/analysis/`. A store that cannot be read is noted in
/// the files and added to `missing`.
pub fn execute(
    project: &Project,
    sources: &[(String, Box<dyn Source>)],
    missing: &mut Vec<Missing>,
) -> Result<Analysis> {
    let catalog = catalog(project, sources, missing)?;
    let mut snapshots = Snapshots::default();
    for (store, source) in sources.iter().filter(|(store, _)| catalog.stores().contains(&store.as_str())) {
        snapshots.0.insert(store.clone(), source.snapshot().map_err(|error| error.context(store))?);
    }
    let look = Look { project, catalog: &catalog, missing };
    let orphans = orphans::count(&look, &snapshots)?;
    let suggestions = suggest::suggestions(&look, &snapshots)?;
    let folder = project.workspace.join("data/analysis");
    std::fs::create_dir_all(&folder).map_err(|cause| Error::file(&folder, &cause))?;
    let analysis = write::files(&look, &folder, &orphans, &suggestions)?;
    for (name, text) in &analysis.files {
        replace_file(&folder.join(name), text, 0o644)?;
    }
    Ok(analysis)
}

/// The catalog of what can be read, with the links whose ends are there.
fn catalog(
    project: &Project,
    sources: &[(String, Box<dyn Source>)],
    missing: &mut Vec<Missing>,
) -> Result<Catalog> {
    let mut catalog = Catalog::default();
    for (store, source) in sources {
        match introspect(&[(store, source.as_ref())]) {
            Ok(found) => catalog.append(found),
            Err(error) => missing.push((store.clone(), error)),
        }
    }
    if catalog.tables.is_empty() {
        let (store, error) =
            missing.pop().unwrap_or_else(|| (String::new(), Error::config("there are no stores")));
        return Err(error.context(store));
    }
    let mut project = project.clone();
    let is_there = |path: &str| !missing.iter().any(|(store, _)| path.starts_with(&format!("{store}.")));
    project.links.retain(|link| is_there(&link.from) && is_there(&link.to));
    project.exclude.retain(|pattern| is_there(&pattern.0));
    project.whole.retain(|pattern| is_there(&pattern.0));
    if is_there(&project.root.table) {
        project.complete(&mut catalog)?;
    }
    Ok(catalog)
}

/// One snapshot per store.
#[derive(Default)]
pub(super) struct Snapshots(HashMap<String, Box<dyn Snapshot>>);

impl Snapshots {
    /// The rows of a query of a store; `None` where it speaks no SQL.
    pub(super) fn query(&self, store: &str, sql: &str) -> Result<Option<Vec<TextRow>>> {
        match self.0.get(store) {
            Some(snapshot) => snapshot.query(sql).map_err(|error| error.context(store)),
            None => Ok(None),
        }
    }
}

/// A table as its engine knows it.
pub(super) fn text_of(table: &Table) -> String {
    use crate::name::Ident;
    match table.schema.as_str() {
        "" => Ident(&table.name).to_string(),
        schema => format!("{}.{}", Ident(schema), Ident(&table.name)),
    }
}

/// The analysis in a folder, if there is one of this project.
pub fn before(folder: &Path, project: &str) -> Option<Value> {
    let text = std::fs::read_to_string(folder.join("schema-analysis.json")).ok()?;
    let before: Value = serde_json::from_str(&text).ok()?;
    (before["project"] == project).then_some(before)
}

/// A circle as the files describe it.
pub(super) fn circle(catalog: &Catalog, cycle: &crate::catalog::graph::Cycle) -> Value {
    let path = |at: usize| catalog.tables[at].path();
    let on = |at: &usize| cycle.tables.contains(at);
    let first = catalog
        .references_of(cycle.break_point)
        .find(|reference| on(&reference.parent) && reference.parent != cycle.break_point);
    let below = catalog.references.iter().filter(|reference| reference.parent == cycle.break_point);
    let below: std::collections::BTreeSet<usize> = below.map(|reference| reference.child).collect();
    json!({
        "tables": cycle.tables.iter().map(|at| path(*at)).collect::<Vec<_>>(),
        "break_point": {
            "break_from": path(cycle.break_point),
            "break_to": first.map(|reference| path(reference.parent)),
            "reference": first.map(|reference| &reference.id),
            "strategy": "extract_break_to_first_without_fk_validation",
            "reason": cycle.reason,
            "impact": format!("{} tables reference {}", below.len(), path(cycle.break_point)),
        },
    })
}
