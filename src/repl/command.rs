//! The dot commands: one table drives dispatch, help and completion. Names and meanings are DuckDB's where
//! it has them.

use super::sheet::Format;
use super::{Next, Output, Shell, connect, look, names, watch};
use crate::cli::words;
use crate::error::{Error, Result};
use crate::name::nearest;
use crate::run::Run;
use clap::ValueEnum;
use std::fs::{File, Permissions};
use std::io::BufReader;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::Path;

/// What a command takes, and so what completes after it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Argument {
    /// Nothing, or what cannot be listed.
    None,
    /// A table, or the beginning of one.
    Table,
    /// A table's column.
    Column,
    /// A run.
    Run,
    /// A check or a rule.
    Check,
    /// A rule.
    Rule,
    /// A file.
    File,
    /// A command or a macro.
    Topic,
    /// One of these words.
    OneOf(&'static [&'static str]),
}

/// One dot command.
pub struct Command {
    /// Its name, without the dot.
    pub name: &'static str,
    usage: &'static str,
    /// What it does.
    pub help: &'static str,
    /// What it takes.
    pub argument: Argument,
    run: fn(&mut Shell<'_>, &str) -> Result<Next>,
}

macro_rules! commands {
    ($($name:literal $usage:literal $argument:expr, $run:expr, $help:literal;)*) => {
        &[$(Command { name: $name, usage: $usage, help: $help, argument: $argument, run: $run }),*]
    };
}

const SWITCH: Argument = Argument::OneOf(&["on", "off"]);
const MODES: Argument = Argument::OneOf(&["table", "csv", "json", "jsonl", "markdown", "parquet", "arrow"]);
/// What `.findings` takes.
pub const STATES: &[&str] = &["failed", "error", "skipped", "empty", "waived", "passed", "all"];

/// All of them, as `.help` shows them.
pub const COMMANDS: &[Command] = commands! {
    "help" "[NAME]" Argument::Topic, help, "these lines; what a command or a macro does";
    "tables" "[LIKE]" Argument::Table, look::tables, "tables and their rows";
    "schema" "[LIKE]" Argument::Table, look::schema, "columns, types and strategies";
    "policy" "[LIKE]" Argument::Column, look::policy, "how each column left production, and why";
    "rules" "[LIKE]" Argument::Rule, look::rules, "the rules, their checks and what came of them";
    "findings" "[STATUS]" Argument::OneOf(STATES), look::found, "what validation found: all that did not pass, or one status";
    "check" "ID" Argument::Check, look::check, "run a check now: the rows that violate it";
    "explain" "ID" Argument::Check, look::explain, "what a check or rule demands, why, and in which SQL";
    "why" "TABLE KEY" Argument::Table, look::why, "the chain of references by which a row came into the run";
    "diff" "RUN" Argument::Run, look::diff, "findings of this run that are new, fixed or persist since RUN";
    "watch" "" Argument::None, watch::watch, "judge each rule as its file is saved, until Ctrl-C";
    "mode" "[MODE]" MODES, mode, "how results are written";
    "maxrows" "[N]" Argument::None, maxrows, "rows a table shows at the most; -1: all";
    "timer" "[on|off]" SWITCH, timer, "say how long each statement took";
    "bail" "[on|off]" SWITCH, bail, "stop a file or a pipe at its first error";
    "read" "FILE" Argument::File, read, "run the statements and commands of a file";
    "output" "[FILE]" Argument::File, output, "write results to FILE, or to the terminal again";
    "once" "FILE" Argument::File, once, "write the next result to FILE";
    "edit" "" Argument::None, |shell, _| shell.edit(), "the last statement in $EDITOR, then at the prompt";
    "runs" "" Argument::None, runs, "the runs of the workspace";
    "use" "RUN" Argument::Run, use_run, "look at another run";
    "quit" "" Argument::None, |_, _| Ok(Next::Quit), "leave (also Ctrl-D)";
};

/// Runs what follows the dot.
pub fn dispatch(shell: &mut Shell<'_>, typed: &str) -> Result<Next> {
    let typed = typed.trim().trim_end_matches(';');
    let (name, argument) = typed.split_once(char::is_whitespace).unwrap_or((typed, ""));
    let (command, argument) = (find(name)?, argument.trim());
    if argument.is_empty() && !command.usage.is_empty() && !command.usage.starts_with('[') {
        return Err(Error::usage(format!(".{} takes {}", command.name, command.usage)));
    }
    (command.run)(shell, argument)
}

/// The command of a name. An unambiguous beginning is enough.
pub fn find(name: &str) -> Result<&'static Command> {
    let exact =
        COMMANDS.iter().find(|command| command.name == name || (name == "exit" && command.name == "quit"));
    let mut starting = COMMANDS.iter().filter(|command| !name.is_empty() && command.name.starts_with(name));
    let command = exact.or_else(|| starting.next().filter(|_| starting.next().is_none()));
    command.ok_or_else(|| {
        let error = Error::usage(format!("there is no command .{name}"));
        match nearest(name, COMMANDS.iter().map(|command| command.name)) {
            Some(near) => error.hint(format!("did you mean .{near}?")),
            None => error.hint(".help lists them"),
        }
    })
}

fn help(shell: &mut Shell<'_>, name: &str) -> Result<Next> {
    let wanted = name.trim_start_matches('.').trim_end_matches('(');
    let commands = COMMANDS.iter().filter(|command| command.name.contains(wanted));
    let mut lines: Vec<String> = commands
        .map(|command| format!("  .{:<20} {}", format!("{} {}", command.name, command.usage), command.help))
        .collect();
    if !wanted.is_empty() {
        let macros = names::macros(&shell.db)?;
        let named = macros.iter().filter(|one| one.name.contains(wanted));
        lines.extend(named.map(|one| format!("  {}\n      {}", one.call, one.comment)));
    }
    if lines.is_empty() {
        return Err(
            Error::usage(format!("no command or macro is called {name}")).hint(".help lists commands")
        );
    }
    words::line(&lines.join("\n"));
    if wanted.is_empty() {
        words::line(
            "  A statement ends with ; and its answer is _ in the next. .help NAME explains a macro.",
        );
    }
    Ok(Next::Go)
}

fn mode(shell: &mut Shell<'_>, word: &str) -> Result<Next> {
    if word.is_empty() {
        words::line(&format!("{:?}", shell.mode).to_lowercase());
        return Ok(Next::Go);
    }
    shell.mode = Format::from_str(word, true).map_err(|_| {
        let Argument::OneOf(modes) = MODES else { return Error::internal("no modes") };
        Error::usage(format!("there is no mode {word}")).hint(modes.join(", "))
    })?;
    Ok(Next::Go)
}

fn maxrows(shell: &mut Shell<'_>, number: &str) -> Result<Next> {
    if number.is_empty() {
        words::line(&shell.rows_max.map_or("all".into(), |max| max.to_string()));
        return Ok(Next::Go);
    }
    let number: i64 = number.parse().map_err(|_| Error::usage(".maxrows takes a whole number"))?;
    shell.rows_max = u64::try_from(number).ok();
    Ok(Next::Go)
}

/// Sets or tells what is on or off.
fn switch(value: &mut bool, word: &str) -> Result<Next> {
    match word {
        "on" => *value = true,
        "off" => *value = false,
        "" => words::line(if *value { "on" } else { "off" }),
        _ => return Err(Error::usage(format!("on or off, not {word}"))),
    }
    Ok(Next::Go)
}

fn timer(shell: &mut Shell<'_>, word: &str) -> Result<Next> {
    switch(&mut shell.is_timed, word)
}

fn bail(shell: &mut Shell<'_>, word: &str) -> Result<Next> {
    switch(&mut shell.has_bail, word)
}

fn read(shell: &mut Shell<'_>, path: &str) -> Result<Next> {
    let path = Path::new(path);
    let file = File::open(path).map_err(|cause| Error::file(path, &cause))?;
    shell.follow(&mut BufReader::new(file), Some(path))
}

fn output(shell: &mut Shell<'_>, path: &str) -> Result<Next> {
    shell.output = match path {
        "" => None,
        path => Some(Output { file: create(shell, path)?, is_once: false }),
    };
    Ok(Next::Go)
}

fn once(shell: &mut Shell<'_>, path: &str) -> Result<Next> {
    shell.output = Some(Output { file: create(shell, path)?, is_once: true });
    Ok(Next::Go)
}

/// A file for results: for its owner alone where the raw extract is open.
fn create(shell: &Shell<'_>, path: &str) -> Result<File> {
    let mut options = File::options();
    options.write(true).create(true).truncate(true);
    let made = match shell.keys {
        None => options.open(path),
        // Opening one that was there does not change its mode; a device keeps its own.
        Some(_) => options.mode(0o600).open(path).and_then(|file| {
            if file.metadata()?.is_file() {
                file.set_permissions(Permissions::from_mode(0o600))?;
            }
            Ok(file)
        }),
    };
    made.map_err(|cause| Error::file(Path::new(path), &cause))
}

fn runs(shell: &mut Shell<'_>, _: &str) -> Result<Next> {
    for run in Run::list(&shell.run.workspace).iter().rev() {
        let mark = if run.id == shell.run.id { "*" } else { " " };
        words::line(&format!("{mark} {} {} ({})", run.id, run.header.root_key, run.header.env));
    }
    Ok(Next::Go)
}

fn use_run(shell: &mut Shell<'_>, id: &str) -> Result<Next> {
    let run = Run::open(&shell.run.workspace, id)?;
    shell.db = connect(&run, shell.keys.as_ref())?;
    shell.last = None;
    shell.run = run;
    Ok(Next::Go)
}
