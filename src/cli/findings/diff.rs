//! `datamig findings diff`: what changed between two runs.

use super::Global;
use crate::cli::{export, output, words};
use crate::duck::Access;
use crate::error::Result;
use crate::run::{Run, RunFile};
use serde::Serialize;

/// Compare what two runs found: new, fixed and persisting rows per rule
#[derive(clap::Args)]
pub struct Diff {
    /// The earlier run
    pub(super) before: String,
    /// The later run
    pub(super) after: String,
}

/// What became of the violations of one rule.
#[derive(Serialize)]
pub(super) struct Line {
    rule: String,
    new: i64,
    fixed: i64,
    persisting: i64,
}

/// The columns of the comparison.
pub(crate) const HEADER: [&str; 4] = ["rule", "new", "fixed", "persisting"];

impl Line {
    pub(super) fn cells(&self) -> Vec<String> {
        vec![self.rule.clone(), self.new.to_string(), self.fixed.to_string(), self.persisting.to_string()]
    }
}

impl Diff {
    pub(super) fn lines(&self, global: &Global) -> Result<Vec<Line>> {
        let open = |word: &String| -> Result<Run> {
            let run = global.run(word, |run| run.has(RunFile::Run), "with findings")?;
            export::open(&run).map(|_| run)
        };
        let (before, after) = (open(&self.before)?, open(&self.after)?);
        let db = crate::duck::Db::open(&after.dir.join("tmp"), false)?;
        db.attach("before", &before.file(RunFile::Run), None, Access::Read)?;
        let twin = if before.id == after.id { "before" } else { "after" };
        if twin == "after" {
            db.attach("after", &after.file(RunFile::Run), None, Access::Read)?;
        }
        let sql = crate::sql::get("report/findings_diff.sql").replace("after.", &format!("{twin}."));
        db.rows(&sql, [], |row| {
            let (new, fixed, persisting) = (row.get("new")?, row.get("fixed")?, row.get("persisting")?);
            Ok(Line { rule: row.get("rule")?, new, fixed, persisting })
        })
    }

    pub(super) fn run(&self, global: &Global) -> Result<()> {
        let lines = self.lines(global)?;
        if global.json {
            return output::json(&lines);
        }
        if lines.is_empty() {
            words::note(global, "neither run found anything");
            return Ok(());
        }
        output::list(&HEADER, lines.iter().map(Line::cells).collect())
    }
}
