//! The shell over a run: SQL, dot commands, completion, history. It reads only; the raw extract is there
//! only when it was asked for, and then the prompt says so and nothing is remembered.

pub mod answer;
pub mod command;
mod complete;
mod joins;
mod json;
mod look;
mod names;
mod paint;
pub mod screen;
pub mod sheet;
mod talk;
mod watch;

use crate::cli::output::{stdout, written};
use crate::cli::{Global, signal, words};
use crate::duck::{Access, Db};
use crate::error::{Error, Location, Result};
use crate::name::Literal;
use crate::run::event::Happening;
use crate::run::{Run, RunFile};
use crate::secret::Keys;
use crate::sql::statement;
use answer::{Answer, Parameters};
use screen::{Screen, Waiting};
use sheet::{Format, Sheet, spool};
use std::fs::File;
use std::io::{BufRead, BufWriter, IsTerminal, Write};
use std::path::Path;
use std::time::Instant;

/// An open shell.
pub struct Shell<'g> {
    global: &'g Global,
    run: Run,
    db: Db,
    /// The keys that open the raw extract, when it was asked for.
    keys: Option<Keys>,
    mode: Format,
    rows_max: Option<u64>,
    is_timed: bool,
    /// Stop a file or a pipe of statements at the first error.
    has_bail: bool,
    output: Option<Output>,
    /// Statements so far.
    count: u64,
    /// What `_` is.
    last: Option<Answer>,
    /// What was typed last, for `.edit`.
    typed: String,
    /// What the next prompt begins with.
    prefill: String,
    /// Files that `.read` is in.
    depth: usize,
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

/// Files that read files, at the most.
const DEPTH_MAX: usize = 16;

impl Shell<'_> {
    /// Opens a run; with keys also its raw extract.
    pub fn open(global: &Global, run: Run, keys: Option<Keys>) -> Result<Shell<'_>> {
        let db = connect(&run, keys.as_ref())?;
        Ok(Shell {
            global,
            run,
            db,
            keys,
            mode: Format::Table,
            rows_max: Some(40),
            is_timed: false,
            has_bail: true,
            output: None,
            count: 0,
            last: None,
            typed: String::new(),
            prefill: String::new(),
            depth: 0,
        })
    }

    /// Talks with a person on the terminal, or runs what stdin holds.
    pub fn talk(mut self) -> Result<()> {
        match std::io::stdin().is_terminal() {
            true => self.converse(),
            false => self.follow(&mut std::io::stdin().lock(), None).map(|_| ()),
        }
    }

    /// Runs the lines of a file or a pipe as if they were typed: up to the first error, or with `.bail off`
    /// all, and then what failed is counted.
    fn follow(&mut self, lines: &mut dyn BufRead, file: Option<&Path>) -> Result<Next> {
        if self.depth >= DEPTH_MAX {
            return Err(Error::config(format!("files read files more than {DEPTH_MAX} deep")));
        }
        self.depth += 1;
        let done = self.follow_lines(lines, file);
        self.depth -= 1;
        done
    }

    fn follow_lines(&mut self, lines: &mut dyn BufRead, file: Option<&Path>) -> Result<Next> {
        let (mut typed, mut from, mut failed) = (String::new(), 1, 0);
        let mut lines = lines.lines().enumerate();
        loop {
            let line = lines.next();
            let is_last = line.is_none();
            if let Some((at, line)) = line {
                if typed.trim().is_empty() {
                    (typed, from) = (String::new(), at + 1);
                }
                typed = typed + &line? + "\n";
            }
            if is_last || is_whole(&typed) {
                match self.act(&std::mem::take(&mut typed)) {
                    // Whoever feeds a pipe looks at the exit code.
                    Ok(Next::Quit) if failed == 0 || file.is_some() => return Ok(Next::Quit),
                    Ok(Next::Quit) => return Err(count_of(failed)),
                    Ok(Next::Go) => {}
                    Err(error) => {
                        let error = match file {
                            Some(file) if error.at.is_none() => error.at(Location::new(file, from)),
                            _ => error,
                        };
                        if self.has_bail || words::is_quiet(&error) {
                            return Err(error);
                        }
                        failed += 1;
                        words::line(&format!("error: {error}"));
                    }
                }
            }
            if is_last && failed > 0 {
                return Err(count_of(failed));
            }
            if is_last {
                return Ok(Next::Go);
            }
        }
    }

    /// Does what one input says: a dot command, or statements.
    fn act(&mut self, typed: &str) -> Result<Next> {
        if let Some(words) = typed.trim().strip_prefix('.') {
            return command::dispatch(self, words);
        }
        statement::split(typed).try_for_each(|statement| self.query(statement))?;
        Ok(Next::Go)
    }

    /// Runs one statement and shows its answer, which is `_` from then on. Ctrl-C cancels it.
    fn query(&mut self, sql: &str) -> Result<()> {
        let begun = Instant::now();
        self.count += 1;
        let waiting = Waiting::start();
        let answer = Answer::new(&self.db, sql, &Parameters::new(), &format!("_answer_{}", self.count))?;
        drop(waiting);
        let seconds = begun.elapsed().as_secs_f64();
        let Some(answer) = answer else { return Ok(()) };
        answer.call_it_last(&self.db)?;
        if let Some(earlier) = self.last.take() {
            earlier.forget(&self.db)?;
        }
        let shown = self.show(&answer);
        if self.is_timed {
            words::line(&format!("{} rows in {seconds:.3} s", words::grouped(answer.rows)));
        }
        self.last = Some(answer);
        shown
    }

    /// Shows what a statement of our own answers; `_` stays what it is.
    fn look(&mut self, sql: &str, given: &[(&str, &str)]) -> Result<()> {
        let Some(answer) = Answer::look(&self.db, sql, given)? else { return Ok(()) };
        let shown = self.show(&answer);
        answer.forget(&self.db)?;
        shown
    }

    /// Shows a list of ours, as if a statement had answered it: rows of texts under these names.
    fn list(&mut self, names: &[&str], rows: &[Vec<String>]) -> Result<()> {
        let object = |row: &Vec<String>| -> serde_json::Map<String, serde_json::Value> {
            names.iter().zip(row).map(|(name, cell)| ((*name).to_owned(), cell.as_str().into())).collect()
        };
        let rows = serde_json::json!(rows.iter().map(object).collect::<Vec<_>>()).to_string();
        let shape: serde_json::Map<_, _> =
            names.iter().map(|name| ((*name).into(), "VARCHAR".into())).collect();
        let shape = serde_json::json!([shape]).to_string();
        self.look(
            &format!("SELECT unnest(from_json($rows, {}), recursive := true)", Literal(&shape)),
            &[("rows", &rows)],
        )
    }

    /// Writes a text to where results go.
    fn tell(&mut self, text: &str) -> Result<()> {
        match (&mut self.output, Screen::new()) {
            (Some(output), _) => output.file.write_all(text.as_bytes())?,
            (None, None) => stdout(text.as_bytes())?,
            (None, Some(mut screen)) => {
                let done = written(screen.write_all(text.as_bytes()));
                screen.finish()?;
                done.or_else(|error| if words::is_quiet(&error) { Ok(()) } else { Err(error) })?;
            }
        }
        self.output.take_if(|output| output.is_once);
        Ok(())
    }

    /// Writes an answer to where results go.
    fn show(&mut self, answer: &Answer) -> Result<()> {
        let spool = spool(&self.run)?;
        let (is_file, is_once) = self.output.as_ref().map_or((false, false), |out| (true, out.is_once));
        if self.mode.is_binary() && !is_once {
            return Err(Error::usage("a file of this mode holds one result").hint(".once FILE names it"));
        }
        let sheet = Sheet {
            format: self.mode,
            rows_max: self.rows_max.filter(|_| !is_file),
            width: screen::width().filter(|_| !is_file),
            spool: self.keys.is_none().then_some(&spool),
        };
        let done = match (&mut self.output, Screen::new()) {
            (Some(output), _) => write(&sheet, &self.db, answer, &mut output.file),
            (None, None) => write(&sheet, &self.db, answer, &mut std::io::stdout().lock()),
            (None, Some(mut screen)) => {
                let done = sheet.write(&self.db, answer, &mut screen);
                screen.finish()?;
                // Who leaves the pager has seen enough.
                done.or_else(|error| if words::is_quiet(&error) { Ok(None) } else { Err(error) })
            }
        };
        if is_once {
            self.output = None;
        }
        if let Some(note) = done? {
            // More rows fit when they may, more columns where nothing must fit.
            let ways = [(" rows", ".maxrows"), (" columns", ".mode jsonl")];
            let ways = ways.iter().filter(|(what, _)| note.contains(what)).map(|(_, way)| *way);
            words::line(&format!("{note} ({})", ways.collect::<Vec<_>>().join(", ")));
        }
        Ok(())
    }
}

fn count_of(failed: usize) -> Error {
    Error::config(format!("{failed} statements or commands failed"))
}

fn write(sheet: &Sheet<'_>, db: &Db, answer: &Answer, out: &mut dyn Write) -> Result<Option<String>> {
    let mut out = BufWriter::new(out);
    let note = sheet.write(db, answer, &mut out)?;
    written(out.flush())?;
    Ok(note)
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
    if std::io::stdin().is_terminal() && std::io::stdout().is_terminal() {
        // The engine's own bar: only it knows how far a query is.
        db.run("SET enable_progress_bar = true; SET progress_bar_time = 1000")?;
    }
    if let Some(keys) = staging {
        run.attach(&db, RunFile::Staging, keys, Access::Read)?;
        run.events()?.write(Happening::Audit { what: "the raw extract was opened in the shell".into() });
        db.use_catalog("staging")?;
    }
    if run.has(RunFile::Run) {
        db.attach("run", &run.file(RunFile::Run), None, Access::Read)?;
        db.use_catalog("run")?;
    }
    let spool = spool(run)?;
    db.cage(staging.is_none().then_some(&*spool))?;
    signal::respond(Some(signal::Response::Cancel(db.interrupt_handle())));
    Ok(db)
}
