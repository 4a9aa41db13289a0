//! The shell over a run: SQL, dot commands, completion, history. It reads only; the raw extract is there
//! only when it was asked for, and then the prompt says so and nothing is remembered.

pub mod command;
mod helper;
pub mod statement;

use crate::cli::output::{Format, Sheet, stdout};
use crate::cli::{signal, words};
use crate::duck::{Access, Db};
use crate::error::{Error, Kind, Result};
use crate::run::event::Happening;
use crate::run::{Run, RunFile};
use crate::secret::Keys;
use helper::Helper;
use rustyline::error::ReadlineError;
use rustyline::history::{DefaultHistory, History};
use rustyline::{CompletionType, Config, Editor};
use std::fs::File;
use std::io::{BufRead, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::time::Instant;

/// How a shell is opened.
pub struct Options {
    /// Say nothing but errors.
    pub is_quiet: bool,
    /// Colour the prompt.
    pub has_color: bool,
    /// The keys that open the raw extract, when it was asked for.
    pub staging: Option<Keys>,
}

/// An open shell.
pub struct Shell {
    run: Run,
    db: Db,
    options: Options,
    mode: Format,
    rows_max: Option<usize>,
    is_timed: bool,
    output: Option<Output>,
}

/// Where results go instead of the terminal.
struct Output {
    file: File,
    /// For one result only.
    is_once: bool,
}

/// Whether the shell goes on.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// It does.
    Go,
    /// It ends.
    Quit,
}

impl Shell {
    /// Opens a run.
    pub fn open(run: Run, options: Options) -> Result<Shell> {
        let db = connect(&run, options.staging.as_ref())?;
        Ok(Shell { run, db, options, mode: Format::Table, rows_max: Some(40), is_timed: false, output: None })
    }

    /// Talks with a person on the terminal, or runs what stdin holds.
    pub fn talk(mut self) -> Result<()> {
        if std::io::stdin().is_terminal() { self.converse() } else { self.follow(std::io::stdin().lock()) }
    }

    /// Runs lines as if they were typed, up to the first error.
    fn follow(&mut self, lines: impl BufRead) -> Result<()> {
        let mut typed = String::new();
        for line in lines.lines() {
            typed = typed + &line? + "\n";
            if !is_whole(&typed) {
                continue;
            }
            if self.act(&std::mem::take(&mut typed))? == Next::Quit {
                return Ok(());
            }
        }
        self.act(&typed).map(|_| ())
    }

    fn converse(&mut self) -> Result<()> {
        let mut helper = Helper::new(&self.db, &self.run, self.options.has_color)?;
        let path = self.history();
        let mut history = DefaultHistory::new();
        if let Some(path) = &path {
            let _ = history.load(path);
        }
        self.greet();
        loop {
            let prompt = match self.options.staging {
                Some(_) => format!("{} (STAGING: personal data)> ", self.run.id),
                None => format!("{}> ", self.run.id),
            };
            let line = match read_line(&prompt, &helper, &mut history) {
                Ok(line) => line,
                Err(ReadlineError::Interrupted) => continue,
                Err(ReadlineError::Eof) => return Ok(()),
                Err(cause) => return Err(broken(&cause)),
            };
            if line.trim().is_empty() {
                continue;
            }
            if let Some(path) = &path {
                remember(&mut history, line.trim_end(), path);
            }
            let before = self.run.id.clone();
            match self.act(&line) {
                Ok(Next::Quit) => return Ok(()),
                Ok(Next::Go) => {}
                Err(error) => words::line(&format!("error: {error}")),
            }
            if self.run.id != before {
                helper = Helper::new(&self.db, &self.run, self.options.has_color)?;
            }
        }
    }

    fn greet(&self) {
        if !self.options.is_quiet {
            let header = &self.run.header;
            words::line(&format!(
                "run {} of {}, read-only. End a statement with ; and try .help, .tables or\n  FROM meta.finding WHERE status = 'failed';",
                self.run.id, header.root_key
            ));
        }
    }

    /// Does what one input says: a dot command, or statements.
    fn act(&mut self, typed: &str) -> Result<Next> {
        match typed.trim().strip_prefix('.') {
            Some(words) => command::dispatch(self, words),
            None => {
                for statement in statement::split(typed) {
                    self.query(statement)?;
                }
                Ok(Next::Go)
            }
        }
    }

    /// Runs one statement and shows its result. Ctrl-C cancels it.
    pub fn query(&mut self, sql: &str) -> Result<()> {
        let begun = Instant::now();
        signal::respond(Some(signal::Response::Cancel(self.db.interrupt_handle())));
        let mut text = Vec::new();
        let rows_max = self.rows_max.filter(|_| self.output.is_none());
        let mut sheet = Sheet::new(self.mode, rows_max, &mut text);
        let done = self.db.stream(sql, &mut |batch| sheet.add(&batch)).and_then(|()| sheet.finish());
        signal::respond(None);
        let (rows, note) = done.map_err(|error| match error.message.contains("INTERRUPT") {
            true => Error::interrupted("the query was cancelled"),
            false => Error { kind: Kind::Config, ..error },
        })?;
        self.show(&text)?;
        if let Some(note) = note {
            words::line(&format!("{note} (.maxrows)"));
        }
        if self.is_timed {
            words::line(&format!("{rows} rows in {:.3} s", begun.elapsed().as_secs_f64()));
        }
        Ok(())
    }

    /// Shows a text where results go.
    fn show(&mut self, text: &[u8]) -> Result<()> {
        let Some(output) = &mut self.output else { return stdout(text) };
        output.file.write_all(text)?;
        if output.is_once {
            self.output = None;
        }
        Ok(())
    }

    /// Where what was typed is remembered: not where it may quote personal data.
    fn history(&self) -> Option<PathBuf> {
        self.options.staging.is_none().then(|| self.run.workspace.join("data/.datamig_history"))
    }
}

/// Whether an input needs no further line: a dot command, or statements with their `;`.
fn is_whole(typed: &str) -> bool {
    typed.trim_start().starts_with('.') || statement::is_complete(typed)
}

fn connect(run: &Run, staging: Option<&Keys>) -> Result<Db> {
    if !run.has(RunFile::Run) && staging.is_none() {
        return Err(Error::config(format!("{} has no anonymized rows yet", run.id))
            .hint(format!("`datamig status {}` says how far it came", run.id)));
    }
    let db = Db::open(&run.dir.join("tmp"), staging.is_some())?;
    if let Some(keys) = staging {
        run.attach(&db, RunFile::Staging, keys, Access::Read)?;
        run.events()?.write(Happening::Audit { what: "the raw extract was opened in the shell".into() });
        db.use_catalog("staging")?;
    }
    if run.has(RunFile::Run) {
        db.attach("run", &run.file(RunFile::Run), None, Access::Read)?;
        db.use_catalog("run")?;
    }
    db.cage()?;
    Ok(db)
}

/// Reads one input. An editor takes Ctrl-C for itself as long as it lives, so it must be gone when a query
/// runs.
fn read_line(prompt: &str, helper: &Helper, history: &mut DefaultHistory) -> rustyline::Result<String> {
    let config = Config::builder().completion_type(CompletionType::List).build();
    let mut editor: Editor<Helper, DefaultHistory> = Editor::with_history(config, std::mem::take(history))?;
    editor.set_helper(Some(helper.clone()));
    let line = editor.readline(prompt);
    *history = std::mem::take(editor.history_mut());
    line
}

/// What begins with a blank is not remembered.
fn remember(history: &mut DefaultHistory, line: &str, path: &Path) {
    let is_new = !line.starts_with(char::is_whitespace) && history.add(line).unwrap_or(false);
    if is_new && history.append(path).is_ok() {
        let _ = crate::run::keys::restrict(path, 0o600);
    }
}

fn broken(cause: &ReadlineError) -> Error {
    Error::internal(format!("the terminal cannot be read: {cause}"))
}
