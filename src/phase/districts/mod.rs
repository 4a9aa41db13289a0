//! Which roots to move first: what the project's `districts.sql` measures in the stores, scored, ranked and
//! estimated in DuckDB, and written to `data/manifests/`.

mod gather;
mod report;

use crate::duck::Db;
use crate::error::{Error, Kind, Location, Result};
use crate::project::Project;
use crate::project::selection::Selection;
use crate::run::event::{self, Happening, Phase};
use crate::run::{Run, keys::replace_file};
use crate::sql;
use crate::store::Source;
use gather::Part;
use serde_json::Value;
use std::path::Path;

/// A store that was not measured, and why.
pub type Missing = (String, Error);

/// What a selection works on.
pub struct Request<'a> {
    /// The project.
    pub project: &'a Project,
    /// The environment, whose earlier runs say how long the next one takes.
    pub env: &'a str,
    /// The stores that can be read.
    pub sources: &'a [(String, Box<dyn Source>)],
    /// Weights, criteria and priorities.
    pub selection: &'a Selection,
    /// How many are recommended, at most.
    pub top: usize,
    /// The day from which 30 days are counted back.
    pub as_of: chrono::NaiveDate,
}

/// What was selected.
pub struct Selected {
    /// `district-manifest.json`.
    pub manifest: Value,
    /// The head of the ranking, for people: the cells of a line each.
    pub list: Vec<Vec<String>>,
}

/// The columns of the last statement.
const RESULT: [&str; 10] = [
    "id",
    "name",
    "state",
    "students",
    "staff",
    "schools",
    "recent_updates_30d",
    "data_completeness_pct",
    "business_priority",
    "footprint",
];

/// Measures, ranks, and writes the manifest and the report. A store that cannot be read is added to `missing`;
/// what the others hold counts all the same.
pub fn execute(request: &Request<'_>, missing: &mut Vec<Missing>) -> Result<Selected> {
    let project = request.project;
    let path = format!("sql/{}/districts.sql", project.name);
    let text = sql::find(&project.workspace, &path)?.ok_or_else(|| {
        Error::config(format!("the project {} does not say how its roots are measured", project.name))
            .at(Location::new(&path, 0))
            .hint("write that file: statements headed `-- @<store> <table>(<columns>)`, and one headed `-- @result` that \
                   returns a row per root; sql/district/districts.sql of the sources shows how")
    })?;
    let (parts, result) = gather::parse(&text)?;
    let db = Db::open(&project.workspace.join("data/runs/.tmp"), true)?;
    let since = request.as_of - chrono::Days::new(30);
    gather::stage(request, &parts, &since.to_string(), &db, missing)?;
    db.run(sql::get("districts/tables.sql"))?;
    let names = serde_json::json!(missing.iter().map(|(store, _)| store).collect::<Vec<_>>()).to_string();
    db.change(
        "INSERT INTO settings SELECT CAST(? AS JSON), from_json(?, '[\"VARCHAR\"]')",
        [serde_json::json!(request.selection).to_string(), names],
    )?;
    measured(request, &db)?;
    db.cage(None)?;
    found(&db, &result)?;
    // What fails here is a value of the result.
    let scored = db.run(&sql::get("districts/score.sql").replace("$top", &request.top.to_string()));
    scored.map_err(|error| Error { kind: Kind::Config, ..error }.at(result.at.clone()))?;
    if db.one("SELECT count(*) = 0 FROM scored", [])? {
        let none = Error::usage(format!("{} finds no {}", text.path.display(), project.root.table));
        return Err(missing.pop().map_or(none, |(store, error)| error.context(store)));
    }
    write(request, &db, missing)
}

/// Runs the project's last statement, which must return what the scoring needs.
fn found(db: &Db, result: &Part) -> Result<()> {
    let at = |error: Error| error.at(result.at.clone());
    db.run(&format!("CREATE TABLE found AS {}", result.body)).map_err(at)?;
    let names = "SELECT column_name FROM duckdb_columns() WHERE table_name = 'found'";
    let names = db.rows(names, [], |row| row.get::<_, String>(0))?;
    match RESULT.iter().find(|wanted| !names.iter().any(|name| name == *wanted)) {
        None => Ok(()),
        Some(lacking) => Err(at(Error::config(format!("the result has no column \"{lacking}\""))
            .hint(format!("it needs {}", RESULT.join(", "))))),
    }
}

/// What earlier whole runs of the project in this environment came to.
fn measured(request: &Request<'_>, db: &Db) -> Result<()> {
    for run in Run::list(&request.project.workspace) {
        let header = &run.header;
        if header.project != request.project.name || header.env != request.env || header.part().is_some() {
            continue;
        }
        let (mut records, mut seconds) = (0, [None; 4]);
        for event in event::read(&run.dir)? {
            if let Happening::PhaseFinished { phase, count, seconds: took, .. } = event.happening {
                let at = match phase {
                    Phase::Extract => 0,
                    Phase::Anonymize => 1,
                    Phase::Validate => 2,
                    Phase::Load => 3,
                    _ => continue,
                };
                records = if at == 0 { count } else { records };
                seconds[at] = Some(took);
            }
        }
        if records > 0 {
            let [extract, anonymize, validate, load] = seconds;
            db.change(
                "INSERT INTO measured VALUES (?, ?, ?, ?, ?, ?)",
                duckdb::params![header.root_key, records as f64, extract, anonymize, validate, load],
            )?;
        }
    }
    Ok(())
}

/// Writes `data/manifests/`.
fn write(request: &Request<'_>, db: &Db, missing: &[Missing]) -> Result<Selected> {
    let now = chrono::Utc::now().to_rfc3339_opts(chrono::SecondsFormat::Secs, true);
    let lost: Vec<Value> = missing
        .iter()
        .map(|(store, error)| serde_json::json!({"store": store, "error": error.message}))
        .collect();
    let text: String =
        db.one(sql::get("districts/manifest.sql"), [now, serde_json::json!(lost).to_string()])?;
    let broken = |_| Error::internal("the manifest is not JSON");
    let manifest: Value = serde_json::from_str(&text).map_err(broken)?;
    let folder = request.project.workspace.join("data/manifests");
    std::fs::create_dir_all(&folder).map_err(|cause| Error::file(&folder, &cause))?;
    let pretty = serde_json::to_string_pretty(&manifest).map_err(broken)?;
    for (name, text) in
        [("district-manifest.json", pretty), ("district-selection-report.md", report::markdown(&manifest))]
    {
        replace_file(&Path::join(&folder, name), &text, 0o644)?;
    }
    let list = db.rows(sql::get("districts/list.sql"), [request.top.max(1) as u64], |row| {
        (0..LIST_WIDTH).map(|at| row.get::<_, Option<String>>(at).map(Option::unwrap_or_default)).collect()
    })?;
    Ok(Selected { manifest, list })
}

/// The columns of `districts/list.sql`, all text.
const LIST_WIDTH: usize = 11;
