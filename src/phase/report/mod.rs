//! The reports of a run: `report.json`, `report.md`, `report.html`, also for a run that failed. Every
//! section is one SELECT over `meta` (`sql/report/`); the four artifacts of the phases are embedded.

mod chart;
mod html;
mod markdown;

use crate::catalog::Catalog;
use crate::duck::{Access, Db};
use crate::error::{Error, Result};
use crate::name::Ident;
use crate::project::Project;
use crate::run::event::{self, Event, Happening, Phase};
use crate::run::{Run, RunFile, keys, meta};
use crate::sql;
use serde_json::{Map, Value, json};
use std::path::PathBuf;

/// The sections, by their name in `report.json` and in `sql/report/`.
const SECTIONS: [&str; 13] = [
    "survivors",
    "phases",
    "stores",
    "tables",
    "slowest",
    "strategies",
    "proof",
    "not_searched",
    "risk",
    "families",
    "cuts",
    "cycles",
    "dangling",
];
/// What the phases leave, by its name in `report.json`.
const ARTIFACTS: [(&str, &str); 4] = [
    ("extraction", "extraction-manifest.json"),
    ("anonymization", "anonymization-report.json"),
    ("validation", "validation-report.json"),
    ("loading", "load-manifest.json"),
];

/// The reports that were written: the copies in `data/reports/`.
pub struct Written {
    /// For people.
    pub markdown: PathBuf,
    /// For programs.
    pub json: PathBuf,
    /// For a browser: one file.
    pub html: PathBuf,
    /// What `report.json` holds.
    pub report: Value,
}

/// Writes the three reports into the run's folder and into `data/reports/`. Nothing else may have the run
/// file open for writing.
pub fn execute(run: &Run) -> Result<Written> {
    let events = event::read(&run.dir)?;
    let db = open(run)?;
    write_phases(&db, &events)?;
    let report = collect(run, &db, &events)?;
    let pretty =
        serde_json::to_string_pretty(&report).map_err(|_| Error::internal("the report is not JSON"))?;
    let folder = run.workspace.join("data/reports");
    std::fs::create_dir_all(&folder).map_err(|cause| Error::file(&folder, &cause))?;
    let write = |ending: &str, text: &str| -> Result<PathBuf> {
        let copy = folder.join(format!("{}.{ending}", run.id));
        for path in [&run.dir.join(format!("report.{ending}")), &copy] {
            keys::replace_file(path, text, 0o644)?;
        }
        Ok(copy)
    };
    Ok(Written {
        markdown: write("md", &markdown::render(&report))?,
        json: write("json", &(pretty + "\n"))?,
        html: write("html", &html::render(&report))?,
        report,
    })
}

/// The run's `meta`; an empty one where the run did not come so far.
fn open(run: &Run) -> Result<Db> {
    let db = Db::open(&run.dir.join("tmp"), false)?;
    if run.has(RunFile::Run) {
        db.attach("run", &run.file(RunFile::Run), None, Access::Write)?;
        db.use_catalog("run")?;
        // The run may be of a version that knew less.
        meta::create(&db)?;
        return Ok(db);
    }
    meta::create(&db)?;
    meta::write_catalog(&db, meta::Side::Prod, &Catalog::default())?;
    Ok(db)
}

/// Phases are timed in the log, where every process can read them; `meta.phase` is their copy for SQL.
fn write_phases(db: &Db, events: &[Event]) -> Result<()> {
    db.run("DELETE FROM meta.phase")?;
    let mut started: Vec<(Phase, &str)> = Vec::new();
    for event in events {
        match &event.happening {
            Happening::PhaseStarted { phase } => started.push((*phase, &event.at)),
            Happening::PhaseFinished { phase, count, seconds, summary } => {
                let begun = started.iter().rfind(|(begun, _)| begun == phase).map_or("", |(_, at)| at);
                // A phase that was done again counts as it was last.
                db.change("DELETE FROM meta.phase WHERE phase = ?", [phase.word()])?;
                let row = duckdb::params![phase.word(), begun, seconds, count, summary];
                db.change("INSERT INTO meta.phase VALUES (?, CAST(? AS TIMESTAMPTZ), ?, ?, ?)", row)?;
            }
            _ => {}
        }
    }
    Ok(())
}

fn collect(run: &Run, db: &Db, events: &[Event]) -> Result<Value> {
    let mut report = Map::new();
    let error = failure(events);
    let ended = |phase: Phase| {
        let is_end = |event: &&Event| matches!(&event.happening, Happening::PhaseFinished { phase: ended, .. } if *ended == phase);
        events.iter().rposition(|event| is_end(&event))
    };
    let is_undone = ended(Phase::Rollback) > ended(Phase::Load);
    let status = match (&error, is_undone) {
        (Some(_), _) => "FAILED",
        (None, true) => "ROLLED_BACK",
        (None, false) => "SUCCESS",
    };
    let mut put = |name: &str, value: Value| report.insert(name.to_owned(), value);
    put("run_id", json!(run.id));
    put("district_id", json!(run.header.root_key));
    put("district_name", json!(root_name(run, db)));
    put("project", json!(run.header.project));
    put("environment", json!(run.header.env));
    put("sample", json!(run.header.sample));
    put("overall_success", json!(error.is_none()));
    put("overall_status", json!(status));
    put("start_time", json!(events.first().map(|event| &event.at)));
    put("end_time", json!(events.last().map(|event| &event.at)));
    put("error_message", json!(error));
    let totals = rows(db, "totals")?;
    for (name, value) in totals.first().and_then(Value::as_object).into_iter().flatten() {
        put(name, value.clone());
    }
    for section in SECTIONS {
        put(section, Value::Array(rows(db, section)?));
    }
    let (errors, warnings): (Vec<_>, Vec<_>) =
        rows(db, "findings")?.into_iter().partition(|finding| finding["blocks"] == true);
    put("errors", json!(errors));
    put("warnings", json!(warnings));
    durations(&mut report);
    report.insert("generator".into(), json!(format!("datamig {}", env!("CARGO_PKG_VERSION"))));
    report.insert("report_version".into(), json!("1.0"));
    report.insert("artifacts".into(), artifacts(run));
    for (name, file) in ARTIFACTS {
        let text = std::fs::read_to_string(run.dir.join(file)).unwrap_or_default();
        report.insert(name.into(), serde_json::from_str(&text).unwrap_or(Value::Null));
    }
    if !run.has(RunFile::Run) {
        // What is only staged has its figures in the manifest.
        for (name, field) in
            [("tables_extracted", "tables_extracted"), ("records_extracted", "total_records")]
        {
            let figure = report["extraction"][field].clone();
            report.insert(name.into(), figure);
        }
    }
    report.insert("recommendations".into(), json!(recommendations(&report, run)));
    Ok(Value::Object(report))
}

/// The rows of one section, as objects.
fn rows(db: &Db, section: &str) -> Result<Vec<Value>> {
    let select = sql::get(&format!("report/{section}.sql"));
    let select = select.trim_end().trim_end_matches(';');
    let wrapped = format!("SELECT CAST(to_json(_row) AS VARCHAR) FROM (\n{select}\n) AS _row");
    let texts = db.rows(&wrapped, [], |row| row.get::<_, String>(0))?;
    let broken = |_| Error::internal(format!("the section {section} is not JSON"));
    texts.iter().map(|text| serde_json::from_str(text).map_err(broken)).collect()
}

/// What the root row is called, where its table has a `name` and its key was kept.
fn root_name(run: &Run, db: &Db) -> Option<String> {
    let (store, table) = run.header.root_table.split_once('.')?;
    let key = Project::load(&run.workspace, &run.header.project).ok()?.root.key;
    let sql = format!("SELECT name FROM {}.{} WHERE {} = ?", Ident(store), Ident(table), Ident(&key));
    db.one(&sql, [&run.header.root_key]).ok()
}

/// The message of the last phase, if it failed.
fn failure(events: &[Event]) -> Option<&str> {
    let mut failure = None;
    let changes_nothing = |phase: &Phase| matches!(phase, Phase::Verify | Phase::Rollback | Phase::Purge);
    for event in events {
        match &event.happening {
            Happening::PhaseFailed { phase, .. } if changes_nothing(phase) => {}
            Happening::PhaseFailed { message, .. } => failure = Some(message.as_str()),
            Happening::PhaseFinished { phase, .. } if *phase != Phase::Report => failure = None,
            _ => {}
        }
    }
    failure
}

/// `extraction_duration` and its sisters, and their sum, in seconds.
fn durations(report: &mut Map<String, Value>) {
    let names = [
        ("extract", "extraction_duration"),
        ("anonymize", "anonymization_duration"),
        ("validate", "validation_duration"),
        ("load", "loading_duration"),
        ("report", "reporting_duration"),
    ];
    let phases = report["phases"].as_array().cloned().unwrap_or_default();
    let seconds = |phase: &Value| phase["seconds"].as_f64().unwrap_or_default();
    report.insert("total_duration".into(), json!(phases.iter().map(seconds).sum::<f64>()));
    for (phase, name) in names {
        let found = phases.iter().find(|row| row["phase"] == phase).map(seconds);
        report.insert(name.into(), json!(found));
    }
}

/// What to do next, in sentences.
fn recommendations(report: &Map<String, Value>, run: &Run) -> Vec<String> {
    let (id, warnings) = (&run.id, report["validation_warnings"].as_u64().unwrap_or_default());
    let status = report["overall_status"].as_str().unwrap_or_default();
    let is_loaded = report["records_loaded"].is_u64();
    let mut all = Vec::new();
    match (status, is_loaded) {
        ("FAILED", true) => all.push(
            "CERT holds this district as it was loaded; the errors are newer: understand them before tests go on.".into(),
        ),
        ("FAILED", false) => {
            all.push(
                "Do not test with this district: the migration failed and CERT holds nothing of it.".into(),
            );
            all.push(format!(
                "Correct the errors, then run `datamig migrate {}` again.",
                run.header.root_key
            ));
        }
        ("ROLLED_BACK", _) => all.push("CERT is as it was before; nothing is left to do.".into()),
        (_, false) if report["validation_status"].is_string() => {
            all.push(format!("The anonymized district is validated; `datamig load {id}` puts it into CERT."));
        }
        (_, false) if run.has(RunFile::Run) => {
            all.push(format!("The district is anonymized; `datamig validate {id}` checks it."));
        }
        (_, false) => {
            all.push(format!("The district is staged; `datamig anonymize {id}` goes on."));
        }
        (_, true) => {
            all.push("QA can start to test with this district.".into());
            all.push(format!("Run `datamig verify {id}` before the test plan begins."));
        }
    }
    if warnings > 0 {
        all.push(format!("Review the {warnings} warnings: `datamig repl {id}`, then FROM meta.violation;"));
    }
    all.push(format!(
        "Once the district is accepted, `datamig purge {id} --staging` destroys the raw extract."
    ));
    all
}

/// The files of the run; one that is missing is noted.
fn artifacts(run: &Run) -> Value {
    let names =
        ARTIFACTS.iter().map(|(_, file)| *file).chain(["run.duckdb", "staging.duckdb", "backup.duckdb"]);
    let entry = |name: &str| {
        let size = std::fs::metadata(run.dir.join(name)).ok().map(|meta| meta.len());
        json!({"file": format!("data/runs/{}/{name}", run.id), "bytes": size, "missing": size.is_none()})
    };
    names.map(entry).collect()
}
