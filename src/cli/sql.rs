//! `datamig sql`: statements over a run, in scripts. Read-only, caged, stops at the first error.

use super::output::{self, Format, Sheet};
use super::{Global, export, signal, words};
use crate::error::{Error, Kind, Result};
use crate::repl::statement;
use crate::run::RunFile;
use std::io::Read;
use std::path::PathBuf;

/// Run SQL over a run and print the results
#[derive(clap::Args)]
pub struct Sql {
    /// Run id or root key
    run: String,
    /// The statements
    #[arg(long, short, value_name = "SQL")]
    command: Option<String>,
    /// A file of statements [default: stdin]
    #[arg(long, short, value_name = "FILE", conflicts_with = "command")]
    file: Option<PathBuf>,
    /// How to write the results
    #[arg(long, value_enum)]
    format: Option<Format>,
    /// Rows a table shows at the most; -1 shows all
    #[arg(long, default_value_t = 40, allow_negative_numbers = true)]
    limit: i64,
}

impl Sql {
    pub(super) fn run(&self, global: &Global) -> Result<()> {
        let text = self.text()?;
        let db =
            export::open(&global.run(&self.run, |run| run.has(RunFile::Run), "with anonymized rows")?)?;
        db.cage()?;
        signal::respond(Some(signal::Response::Cancel(db.interrupt_handle())));
        let format = self.format.unwrap_or(if global.json { Format::Json } else { Format::Table });
        // Held back until all is well: a pipeline must not act on half a result.
        let mut results = Vec::new();
        let mut notes = Vec::new();
        for (at, statement) in statement::split(&text).enumerate() {
            let mut sheet = Sheet::new(format, usize::try_from(self.limit).ok(), &mut results);
            let done = db.stream(statement, &mut |batch| sheet.add(&batch)).and_then(|()| sheet.finish());
            let (_, note) = done.map_err(|error| in_statement(error, at + 1))?;
            notes.extend(note);
        }
        output::stdout(&results)?;
        notes.iter().for_each(|note| words::note(global, note));
        Ok(())
    }

    fn text(&self) -> Result<String> {
        if let Some(text) = &self.command {
            return Ok(text.clone());
        }
        match &self.file {
            Some(path) => std::fs::read_to_string(path)
                .map_err(|cause| Error { kind: Kind::Usage, ..Error::file(path, &cause) }),
            None => {
                let mut text = String::new();
                std::io::stdin().lock().read_to_string(&mut text)?;
                Ok(text)
            }
        }
    }
}

/// Whatever the engine did not like is the statement's fault, but for an interruption.
fn in_statement(error: Error, number: usize) -> Error {
    if words::is_quiet(&error) {
        return error;
    }
    let is_interrupted = error.message.contains("INTERRUPT");
    let kind = if is_interrupted { Kind::Interrupted } else { Kind::Config };
    Error { kind, ..error.context(format!("statement {number}")) }
}
