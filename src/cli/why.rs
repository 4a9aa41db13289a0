//! `datamig why`: the chain of references from the root to a row, and what was cut across tenants.

use super::{Global, export, output, words};
use crate::duck::{Access, Db};
use crate::error::{Error, Result};
use crate::project::Project;
use crate::run::event::Happening;
use crate::run::meta::{self, Side};
use crate::run::{Run, RunFile};
use crate::slice::plan;
use crate::slice::why::{self, Over};
use crate::sql;
use std::io::IsTerminal;

/// Say why a row is in a run, or what was cut or let in across tenants
#[derive(clap::Args)]
pub struct Why {
    /// Run id or root key
    run: String,
    /// The table: ids.students
    #[arg(required_unless_present = "cut", requires = "key")]
    table: Option<String>,
    /// The key of the row, masked as in the run; parts joined by commas
    key: Option<String>,
    /// List what was cut or let in across tenants, and by which reference
    #[arg(long, conflicts_with = "table")]
    cut: bool,
    /// Look into the raw extract: original key in, original keys out; terminal only, noted in the log
    #[arg(long)]
    show_pii: bool,
}

/// The columns of a chain.
pub(crate) const HEADER: [&str; 4] = ["row of", "key", "came", "by"];

/// What `.why` of the shell shows: a row of the anonymized run, by its masked key.
pub(crate) fn of_row(run: &Run, table: &str, key: &str) -> Result<Vec<why::Link>> {
    chain(run, &export::open(run)?, Over::Masked, table, key)
}

/// The chain to a row over the tables of the current catalog.
fn chain(run: &Run, db: &Db, over: Over, table: &str, key: &str) -> Result<Vec<why::Link>> {
    let project = Project::load(&run.workspace, &run.header.project)?;
    let from = if over == Over::Raw { "staging" } else { "run" };
    let catalog = meta::read_catalog(db, from, Side::Prod)?;
    let plan = plan::build(&catalog, &project, &run.header.root_key)?;
    why::chain(&plan, db, table, key, over)?.ok_or_else(|| {
        let none = Error::config(format!("no chain of references leads from the root to {table} {key}"));
        none.hint(match over {
            Over::Masked => {
                "without the raw extract nothing is told of references on an expression, nor of rows left out"
            }
            _ => "it came by a row that was left out: see `datamig why --cut`",
        })
    })
}

impl Why {
    pub(super) fn run(&self, global: &Global) -> Result<()> {
        let run = global.run(&self.run, |run| run.has(RunFile::Run), "with anonymized rows")?;
        let (db, over) = self.open(global, &run)?;
        if self.cut {
            let rows = db.rows(sql::get("report/cuts.sql"), [], |row| {
                Ok(vec![row.get::<_, String>(0)?, row.get(1)?, row.get::<_, i64>(2)?.to_string()])
            })?;
            if global.json {
                let object = |row: &Vec<String>| serde_json::json!({"reference": row[0], "action": row[1], "rows": row[2]});
                return output::json(&rows.iter().map(object).collect::<Vec<_>>());
            }
            return output::list(&["reference", "what was done", "rows"], rows);
        }
        let (Some(table), Some(key)) = (&self.table, &self.key) else { return Ok(()) };
        let chain = chain(&run, &db, over, table, key)?;
        if global.json {
            return output::json(&chain);
        }
        let rows =
            chain.iter().map(|link| [&link.table, &link.key, &link.how, &link.by].map(Clone::clone).to_vec());
        output::list(&HEADER, rows.collect())
    }

    /// The masked file, with the raw one beside it where that is left, or the raw one under the eyes of a person.
    fn open(&self, global: &Global, run: &Run) -> Result<(Db, Over)> {
        if !self.show_pii {
            let keys = global.variables()?.keys().ok().filter(|_| run.has(RunFile::Staging));
            let Some(keys) = keys else { return Ok((export::open(run)?, Over::Masked)) };
            let db = run.db()?;
            run.attach(&db, RunFile::Run, &keys, Access::Read)?;
            run.attach(&db, RunFile::Staging, &keys, Access::Read)?;
            let is_one_to_one: bool = db.one(sql::get("report/one_to_one.sql"), [])?;
            db.use_catalog(if is_one_to_one { "staging" } else { "run" })?;
            return Ok((db, if is_one_to_one { Over::RawInMaskedKeys } else { Over::Masked }));
        }
        if !std::io::stdout().is_terminal() {
            return Err(Error::refused("originals are shown on a terminal only"));
        }
        let keys = global.variables()?.keys()?;
        let db = run.db()?;
        run.attach(&db, RunFile::Staging, &keys, Access::Read)?;
        db.use_catalog("staging")?;
        run.events()?.write(Happening::Audit { what: "why was asked over the raw extract".into() });
        words::note(global, "original keys: do not pass them on");
        Ok((db, Over::Raw))
    }
}
