//! `datamig sql`: statements over a run, in scripts. Read-only, caged, stops at the first error.

use super::output::written;
use super::{Global, export, signal, words};
use crate::error::{Error, Kind, Result};
use crate::repl::answer::Answer;
use crate::repl::sheet::{Format, Sheet, spool};
use crate::run::RunFile;
use std::io::{BufWriter, IsTerminal, Read, Write};
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
    /// The value of $NAME in the statements: text, for arithmetic to be cast
    #[arg(long = "param", value_name = "NAME=VALUE", value_parser = parameter)]
    parameters: Vec<(String, String)>,
    /// Rows a table shows at the most; -1 shows all
    #[arg(long, default_value_t = 40, allow_negative_numbers = true)]
    limit: i64,
}

impl Sql {
    pub(super) fn run(&self, global: &Global) -> Result<()> {
        let text = self.text()?;
        let format = self.format.unwrap_or(if global.json { Format::Json } else { Format::Table });
        if format.is_binary() && std::io::stdout().is_terminal() {
            return Err(Error::usage("this format is no text").hint("send it to a file: `... > result`"));
        }
        let run = global.run(&self.run, |run| run.has(RunFile::Run), "with anonymized rows")?;
        let db = export::open(&run)?;
        let spool = spool(&run)?;
        db.cage(Some(&spool))?;
        signal::respond(Some(signal::Response::Cancel(db.interrupt_handle())));
        let parameters = self.parameters.iter().cloned().collect();
        let answers = Answer::all(&db, &text, &parameters)?;
        if format.is_binary() && answers.len() != 1 {
            let words = format!("a file of this format holds one result, here are {}", answers.len());
            return Err(Error::usage(words).hint("ask for one, or take csv, json or jsonl"));
        }
        let rows_max = u64::try_from(self.limit).ok();
        let sheet = Sheet { format, rows_max, width: crate::repl::screen::width(), spool: Some(&spool) };
        let mut out = BufWriter::new(std::io::stdout().lock());
        for answer in &answers {
            if let Some(note) = sheet.write(&db, answer, &mut out)? {
                words::note(global, &note);
            }
        }
        written(out.flush())
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

fn parameter(text: &str) -> std::result::Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or("it wants NAME=VALUE")?;
    Ok((name.trim_start_matches('$').to_owned(), value.to_owned()))
}
