//! `datamig export`: the anonymized tables of a run as Parquet files, once the privacy checks have passed.

use super::{Global, output, words};
use crate::duck::{Access, Db};
use crate::error::{Error, Result};
use crate::name::{Ident, Literal};
use crate::run::{Run, RunFile};
use std::path::PathBuf;

/// Write the anonymized tables of a run as Parquet files
#[derive(clap::Args)]
pub struct Export {
    /// Run id or root key
    run: String,
    /// Folder to write to [default: data/exports/<run>]
    #[arg(long, value_name = "DIR")]
    to: Option<PathBuf>,
}

impl Export {
    pub(super) fn run(&self, global: &Global) -> Result<()> {
        let run = global.run(&self.run, |run| run.has(RunFile::Run), "with an anonymized extract")?;
        let db = open(&run)?;
        if !db.one::<bool, _>("SELECT coalesce(bool_and(shareable), false) FROM meta.run", [])? {
            return Err(Error::refused(format!("{} has not passed the privacy checks", run.id))
                .hint(format!("`datamig validate {}` runs them", run.id)));
        }
        let folder = self.to.clone().unwrap_or_else(|| run.workspace.join("data/exports").join(&run.id));
        std::fs::create_dir_all(&folder).map_err(|cause| Error::file(&folder, &cause))?;
        let tables = db.rows(crate::sql::get("report/run_tables.sql"), [], |row| {
            Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?))
        })?;
        let mut files = Vec::new();
        for (store, table) in tables {
            // A table may have any name, a file may not.
            let file = folder.join(format!("{store}_{}.parquet", table.replace(['/', '\0'], "_")));
            let (name, path) = (format!("{}.{}", Ident(&store), Ident(&table)), file.to_string_lossy());
            let copy = format!("COPY (SELECT * FROM {name}) TO {} (FORMAT parquet)", Literal(&path));
            let rows = db.change(&copy, [])?;
            files.push(serde_json::json!({"table": format!("{store}.{table}"), "rows": rows, "file": path}));
        }
        if global.json {
            return output::json(&files);
        }
        words::note(global, &format!("{} tables of {} written", files.len(), run.id));
        output::stdout(format!("{}\n", folder.display()).as_bytes())
    }
}

/// Opens the anonymized part of a run for reading.
pub(crate) fn open(run: &Run) -> Result<Db> {
    if !run.has(RunFile::Run) {
        return Err(Error::config(format!("{} has no anonymized rows yet", run.id))
            .hint(format!("`datamig status {}` says how far it came", run.id)));
    }
    let db = Db::open(&run.dir.join("tmp"), false)?;
    db.attach("run", &run.file(RunFile::Run), None, Access::Read)?;
    db.use_catalog("run")?;
    Ok(db)
}
