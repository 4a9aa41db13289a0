//! The dot commands: one table drives dispatch, help and completion. Names and meanings are DuckDB's where
//! it has them.

use super::{Next, Output, Shell, connect};
use crate::cli::output::Format;
use crate::cli::words;
use crate::error::{Error, Result};
use crate::name::nearest;
use crate::run::Run;
use clap::ValueEnum;
use std::fs::File;
use std::path::Path;

/// One dot command.
pub struct Command {
    /// Its name, without the dot.
    pub name: &'static str,
    arguments: &'static str,
    help: &'static str,
    run: fn(&mut Shell, &str) -> Result<Next>,
}

/// All of them, as `.help` shows them.
pub const COMMANDS: &[Command] = &[
    Command { name: "help", arguments: "[TEXT]", help: "these lines, or those that contain TEXT", run: help },
    Command { name: "tables", arguments: "[LIKE]", help: "tables and their rows", run: tables },
    Command { name: "schema", arguments: "[TABLE]", help: "columns, types and strategies", run: schema },
    Command { name: "mode", arguments: "[MODE]", help: "table, csv, json, jsonl or markdown", run: mode },
    Command {
        name: "maxrows",
        arguments: "[N]",
        help: "rows a table shows at the most; -1: all",
        run: maxrows,
    },
    Command { name: "timer", arguments: "on|off", help: "say how long each statement took", run: timer },
    Command { name: "read", arguments: "FILE", help: "run the statements of a file", run: read },
    Command {
        name: "output",
        arguments: "[FILE]",
        help: "write results to FILE, or to the terminal again",
        run: output,
    },
    Command { name: "once", arguments: "FILE", help: "write the next result to FILE", run: once },
    Command { name: "runs", arguments: "", help: "the runs of the workspace", run: runs },
    Command { name: "use", arguments: "RUN", help: "look at another run", run: use_run },
    Command { name: "quit", arguments: "", help: "leave (also Ctrl-D)", run: |_, _| Ok(Next::Quit) },
];

/// Runs what follows the dot. An unambiguous beginning of a name is enough.
pub fn dispatch(shell: &mut Shell, typed: &str) -> Result<Next> {
    let typed = typed.trim().trim_end_matches(';');
    let (name, argument) = typed.split_once(char::is_whitespace).unwrap_or((typed, ""));
    let exact =
        COMMANDS.iter().find(|command| command.name == name || (name == "exit" && command.name == "quit"));
    let mut starting = COMMANDS.iter().filter(|command| !name.is_empty() && command.name.starts_with(name));
    let command = exact.or_else(|| starting.next().filter(|_| starting.next().is_none()));
    let Some(command) = command else {
        let error = Error::usage(format!("there is no command .{name}"));
        return Err(match nearest(name, COMMANDS.iter().map(|command| command.name)) {
            Some(near) => error.hint(format!("did you mean .{near}?")),
            None => error.hint(".help lists them"),
        });
    };
    (command.run)(shell, argument.trim())
}

fn help(_: &mut Shell, text: &str) -> Result<Next> {
    for command in COMMANDS {
        let line = format!("  .{:<20} {}", format!("{} {}", command.name, command.arguments), command.help);
        if line.contains(text) {
            words::line(&line);
        }
    }
    Ok(Next::Go)
}

fn tables(shell: &mut Shell, like: &str) -> Result<Next> {
    let like = if like.is_empty() { "%" } else { like };
    let sql = crate::sql::get("report/shell_tables.sql");
    shell.query(
        &sql.trim_end().trim_end_matches(';').replace("$like", &crate::name::Literal(like).to_string()),
    )?;
    Ok(Next::Go)
}

fn schema(shell: &mut Shell, table: &str) -> Result<Next> {
    let like = if table.is_empty() { "%" } else { table };
    let sql = crate::sql::get("report/shell_schema.sql");
    shell.query(
        &sql.trim_end().trim_end_matches(';').replace("$like", &crate::name::Literal(like).to_string()),
    )?;
    Ok(Next::Go)
}

fn mode(shell: &mut Shell, word: &str) -> Result<Next> {
    if word.is_empty() {
        words::line(&format!("{:?}", shell.mode).to_lowercase());
        return Ok(Next::Go);
    }
    shell.mode = Format::from_str(word, true).map_err(|_| {
        Error::usage(format!("there is no mode {word}")).hint("table, csv, json, jsonl or markdown")
    })?;
    Ok(Next::Go)
}

fn maxrows(shell: &mut Shell, number: &str) -> Result<Next> {
    if number.is_empty() {
        words::line(&shell.rows_max.map_or("all".into(), |max| max.to_string()));
        return Ok(Next::Go);
    }
    let number: i64 = number.parse().map_err(|_| Error::usage(".maxrows takes a whole number"))?;
    shell.rows_max = usize::try_from(number).ok();
    Ok(Next::Go)
}

fn timer(shell: &mut Shell, word: &str) -> Result<Next> {
    shell.is_timed = match word {
        "on" => true,
        "off" => false,
        _ => return Err(Error::usage(".timer takes on or off")),
    };
    Ok(Next::Go)
}

fn read(shell: &mut Shell, path: &str) -> Result<Next> {
    let text = std::fs::read_to_string(path).map_err(|cause| Error::file(Path::new(path), &cause))?;
    for statement in super::statement::split(&text) {
        shell.query(statement)?;
    }
    Ok(Next::Go)
}

fn output(shell: &mut Shell, path: &str) -> Result<Next> {
    shell.output = match path {
        "" => None,
        path => Some(Output { file: create(path)?, is_once: false }),
    };
    Ok(Next::Go)
}

fn once(shell: &mut Shell, path: &str) -> Result<Next> {
    shell.output = Some(Output { file: create(path)?, is_once: true });
    Ok(Next::Go)
}

fn create(path: &str) -> Result<File> {
    File::create(path).map_err(|cause| Error::file(Path::new(path), &cause))
}

fn runs(shell: &mut Shell, _: &str) -> Result<Next> {
    for run in Run::list(&shell.run.workspace).iter().rev() {
        let mark = if run.id == shell.run.id { "*" } else { " " };
        words::line(&format!("{mark} {} {} ({})", run.id, run.header.root_key, run.header.env));
    }
    Ok(Next::Go)
}

fn use_run(shell: &mut Shell, id: &str) -> Result<Next> {
    let run = Run::open(&shell.run.workspace, id)?;
    shell.db = connect(&run, shell.options.staging.as_ref())?;
    shell.run = run;
    Ok(Next::Go)
}
