//! Where rules are judged without a run: empty tables of the catalog that the newest run, else the analysis,
//! else the demo schema describes.

use crate::catalog::Catalog;
use crate::cli::Global;
use crate::duck::{Access, Db, macros};
use crate::error::{Error, Result};
use crate::phase::{analyze, demo};
use crate::rule::insert_all;
use crate::rule::lint::Bench;
use crate::run::meta::{self, Side};
use crate::run::{Run, RunFile};
use std::path::Path;

/// The bench, and what its tables are taken from, in words.
pub fn open(global: &Global) -> Result<(Bench, String)> {
    let workspace = global.workspace()?;
    let temp = workspace.join("data/tmp");
    let db = empty(&temp)?;
    meta::create(&db)?;
    let runs = Run::list(&workspace).into_iter().rev();
    let mut runs = runs.filter(|run| run.header.project == global.project && run.has(RunFile::Run));
    // A run that another process is writing cannot be read: an older one will do.
    let from = match runs.find(|run| of_run(&db, run).is_ok()) {
        Some(run) => format!("run {}", run.id),
        None => {
            let (catalog, from) = described(global)?;
            meta::write_catalog(&db, Side::Prod, &catalog)?;
            meta::write_catalog(&db, Side::Cert, &catalog)?;
            from
        }
    };
    Ok((with_macros(db, &workspace, &global.project)?, from))
}

/// The bench of a run that is open as `run` in `db`, and of the target it is validated for.
pub fn of_open(db: &Db, run: &Run, target: &Catalog) -> Result<Bench> {
    let bench = empty(&run.dir.join("tmp"))?;
    meta::create(&bench)?;
    meta::write_catalog(&bench, Side::Prod, &meta::read_catalog(db, "run", Side::Prod)?)?;
    meta::write_catalog(&bench, Side::Cert, target)?;
    let read = "SELECT CAST(to_json(one) AS VARCHAR) FROM run.meta.strategy AS one";
    let strategies = db.rows(read, [], |row| row.get::<_, String>(0))?;
    let strategies: Result<Vec<serde_json::Value>, _> =
        strategies.iter().map(|one| serde_json::from_str(one)).collect();
    let broken = |_| Error::internal("the strategies of the run are not JSON");
    insert_all(&bench, "strategy", &strategies.map_err(broken)?)?;
    with_macros(bench, &run.workspace, &run.header.project)
}

/// A database whose statements are too small to wait for other threads.
fn empty(temp: &Path) -> Result<Db> {
    let db = Db::open(temp, false)?;
    db.one_thread_each()?;
    Ok(db)
}

fn with_macros(db: Db, workspace: &Path, project: &str) -> Result<Bench> {
    macros::install(&db, workspace, project)?;
    let bench = Bench::new(db)?;
    bench.db().cage(None)?;
    Ok(bench)
}

/// Takes over what a run knows of both sides. A run that was not validated yet knows only the source.
fn of_run(db: &Db, run: &Run) -> Result<()> {
    db.attach("run", &run.file(RunFile::Run), None, Access::Read)?;
    let taken = meta::read_catalog(db, "run", Side::Prod).and_then(|prod| {
        meta::write_catalog(db, Side::Prod, &prod)?;
        let cert = meta::read_catalog(db, "run", Side::Cert).unwrap_or(prod);
        meta::write_catalog(db, Side::Cert, &cert)?;
        db.run("INSERT INTO meta.strategy BY NAME FROM run.meta.strategy")
    });
    db.detach("run")?;
    taken
}

fn described(global: &Global) -> Result<(Catalog, String)> {
    let folder = global.workspace()?.join("data/analysis");
    let path = folder.join("catalog.json");
    let is_ours = analyze::before(&folder, &global.project).is_some();
    match std::fs::read_to_string(&path) {
        Ok(text) if is_ours => {
            let catalog = serde_json::from_str(&text).map_err(|_| {
                Error::config(format!("{} cannot be read", path.display()))
                    .hint("`datamig analyze` writes it anew")
            })?;
            Ok((catalog, "the analysis".into()))
        }
        _ => Ok((demo::catalog(&global.project()?)?, "the demo schema".into())),
    }
}
