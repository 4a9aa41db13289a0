//! `datamig findings show`: the rows one check found, by masked key; and on a terminal, for who holds the
//! key of the extract, the staged row behind each and where that came from.

use super::Global;
use crate::cli::{export, words};
use crate::duck::{Access, Db, macros, udf};
use crate::error::{Error, Result};
use crate::name::{Ident, Literal, nearest};
use crate::repl::sheet::{self, Format};
use crate::run::event::Happening;
use crate::run::{Run, RunFile};
use crate::sql;
use std::io::IsTerminal;

/// Show the rows a check found
#[derive(clap::Args)]
pub struct Show {
    /// A check, or a rule
    check: String,
    /// Run id or root key [default: the newest run]
    #[arg(long)]
    run: Option<String>,
    /// Rows shown at the most; -1 shows all
    #[arg(long, default_value_t = 40, allow_negative_numbers = true)]
    limit: i64,
    /// Also the staged rows (personal data): on a terminal only, and audited
    #[arg(long)]
    show_pii: bool,
}

impl Show {
    pub(super) fn run(&self, global: &Global) -> Result<()> {
        if self.show_pii && !std::io::stdout().is_terminal() {
            return Err(Error::refused("personal data is shown on a terminal only, never in a file or pipe")
                .hint("leave out --show-pii for masked keys"));
        }
        let run = global.run_or_newest(self.run.as_deref(), |run| run.has(RunFile::Run))?;
        let db = export::open(&run)?;
        let known = db.rows("SELECT id, rule FROM meta.\"check\"", [], |row| {
            Ok([row.get::<_, String>(0)?, row.get::<_, String>(1)?])
        })?;
        if !known.iter().flatten().any(|name| *name == self.check) {
            let error = Error::usage(format!("no check of {} is called \"{}\"", run.id, self.check));
            return Err(match nearest(&self.check, known.iter().flatten().map(String::as_str)) {
                Some(near) => error.hint(format!("did you mean \"{near}\"?")),
                None => error.hint("`datamig rules list --status failed` lists what found something"),
            });
        }
        let format = if global.json { Format::Json } else { Format::Table };
        let rows_max = u64::try_from(self.limit).ok();
        let given = [("check", self.check.as_str())];
        let (rows, note) = sheet::print(&db, sql::get("report/violations.sql"), &given, format, rows_max)?;
        note.iter().for_each(|note| words::note(global, &format!("{note} (--limit)")));
        if rows == 0 {
            words::note(global, &format!("{} found nothing in {}", self.check, run.id));
        }
        if self.show_pii { self.staged(global, &run) } else { Ok(()) }
    }

    /// The staged rows, table by table, each with its store, table and snapshot.
    fn staged(&self, global: &Global, run: &Run) -> Result<()> {
        let keys = global.variables()?.keys()?;
        let db = run.db()?;
        run.attach(&db, RunFile::Staging, &keys, Access::Read)?;
        db.attach("run", &run.file(RunFile::Run), None, Access::Read)?;
        let what = format!("staged rows behind {} were shown", self.check);
        run.events()?.write(Happening::Audit { what });
        udf::register(db.connection(), &keys.salt)?;
        macros::install_masks(&db, &run.workspace)?;
        db.use_catalog("run")?;
        let tables = db.rows(sql::get("report/violation_tables.sql"), [&self.check], |row| {
            Ok(Drill {
                store: row.get("store")?,
                table: row.get("table")?,
                source: row.get("source")?,
                key_sql: row.get("key_sql")?,
            })
        })?;
        for drill in &tables {
            self.drill(&db, drill)?;
        }
        Ok(())
    }

    fn drill(&self, db: &Db, drill: &Drill) -> Result<()> {
        let Some(key_sql) = &drill.key_sql else {
            words::line(&format!("{}: its rows have no key to find them by", drill.source));
            return Ok(());
        };
        words::line(&drill.source);
        let path = format!("staging.{}.{}", Ident(&drill.store), Ident(&drill.table));
        let sql = format!(
            "SELECT {key_sql} AS masked_key, * FROM {path} WHERE {key_sql} IN (SELECT key FROM meta.violation AS violation \
             JOIN meta.\"check\" ON id = check_id WHERE (id = {0} OR rule = {0}) AND violation.\"table\" = {1}) ORDER BY 1",
            Literal(&self.check),
            Literal(&format!("{}.{}", drill.store, drill.table))
        );
        let (_, note) = sheet::print(db, &sql, &[], Format::Table, u64::try_from(self.limit).ok())?;
        note.iter().for_each(|note| words::line(&format!("{note} (--limit)")));
        Ok(())
    }
}

/// A table of which rows violate the check.
struct Drill {
    store: String,
    table: String,
    /// Where it came from, in words.
    source: String,
    /// Gives a staged row its masked key; None where rows have no key.
    key_sql: Option<String>,
}
