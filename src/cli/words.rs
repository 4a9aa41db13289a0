//! Words for people, on stderr: notes, errors, questions. Data goes to stdout, through `cli::output`.

use super::Global;
use crate::error::{Error, Kind, Result};
use std::io::{BufRead, IsTerminal, Write};

/// Prints a note, unless `--quiet`.
pub fn note(global: &Global, text: &str) {
    if !global.quiet {
        line(text);
    }
}

/// Says that a run that broke off is read again from the start: its snapshots ended with the process that took them.
pub fn snapshots_are_gone(global: &Global, run: &str) {
    note(global, &format!("the snapshots of {run} are gone: its stores are read again, in new ones"));
}

/// Prints a line on stderr. That stderr is gone is no reason to stop.
pub fn line(text: &str) {
    let _ = writeln!(std::io::stderr(), "{text}");
}

/// Prints an error: on several lines for people, as one JSON object with `--json`.
pub fn error(global: &Global, error: &Error) {
    if global.json {
        return json_error(error);
    }
    let (bold, end) = if global.has_color() { ("\x1b[1;31m", "\x1b[0m") } else { ("", "") };
    line(&format!("{bold}error:{end} {error}"));
}

/// Prints an error as one JSON object.
pub fn json_error(error: &Error) {
    let at = error.at.as_ref();
    let object = serde_json::json!({
        "error": error.message,
        "exit_code": error.kind.exit_code(),
        "retryable": error.kind.is_retryable(),
        "file": at.map(|at| at.file.display().to_string()),
        "line": at.map(|at| at.line),
        "hint": error.hint,
    });
    line(&object.to_string());
}

/// The error of a reader of stdout that went away: nobody is left to tell.
pub fn quiet_end() -> Error {
    Error { kind: Kind::Interrupted, message: String::new(), at: None, hint: None }
}

/// Whether the error is [`quiet_end`].
pub fn is_quiet(error: &Error) -> bool {
    error.message.is_empty()
}

/// Panics say where, never what: what they say may quote a value.
pub fn hide_panics() {
    std::panic::set_hook(Box::new(|info| {
        let place = info.location();
        // DuckDB's iterator panics where `duck::Db` turns that into an error.
        if place.is_none_or(|place| !place.file().contains("/duckdb-")) {
            let place =
                place.map_or("an unknown place".into(), |place| format!("{}:{}", place.file(), place.line()));
            line(&format!("bug: stopped at {place} (datamig {})", env!("CARGO_PKG_VERSION")));
        }
    }));
}

/// Asks before something that cannot be undone: goes on when the answer is `wanted`, or with `--yes`.
pub fn confirm(global: &Global, question: &str, wanted: &str) -> Result<()> {
    if global.yes {
        return Ok(());
    }
    if !std::io::stdin().is_terminal() {
        return Err(
            Error::refused(format!("{question} Nobody is there to answer.")).hint("say --yes in scripts")
        );
    }
    match ask(&format!("{question} Type {wanted} to go on:"))?.eq_ignore_ascii_case(wanted) {
        true => Ok(()),
        false => Err(Error::refused("not confirmed: nothing was done")),
    }
}

/// Goes on only when exactly `wanted` is typed, also where a script types it: `--yes` is not enough.
pub fn typed(question: &str, wanted: &str) -> Result<()> {
    match ask(&format!("{question} Type {wanted} to go on:"))? == wanted {
        true => Ok(()),
        false => Err(Error::refused(format!("{wanted} was not typed: nothing was done"))),
    }
}

/// The answer of who sits at the terminal, without blanks around it.
pub fn ask(question: &str) -> Result<String> {
    let _ = write!(std::io::stderr(), "{question} ");
    let _ = std::io::stderr().flush();
    let mut answer = String::new();
    std::io::stdin().lock().read_line(&mut answer)?;
    Ok(answer.trim().to_owned())
}

/// A number with its thousands apart: `543,210`.
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A duration as people say it: `0.8 s`, `3.5 min`, `1.2 h`.
pub fn duration(seconds: f64) -> String {
    match seconds {
        s if s < 60.0 => format!("{s:.1} s"),
        s if s < 3600.0 => format!("{:.1} min", s / 60.0),
        s => format!("{:.1} h", s / 3600.0),
    }
}

/// Bytes as people say them: `1.2 GB`.
pub fn bytes(count: u64) -> String {
    match count as f64 {
        b if b < 1e6 => format!("{:.0} kB", b / 1e3),
        b if b < 1e9 => format!("{:.1} MB", b / 1e6),
        b => format!("{:.1} GB", b / 1e9),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_as_people_write_them() {
        assert_eq!(
            ["0", "999", "1,000", "543,210"],
            [0, 999, 1000, 543_210].map(grouped).each_ref().map(String::as_str)
        );
        assert_eq!(
            ["0.8 s", "2.0 min", "1.0 h"],
            [0.8, 120.0, 3600.0].map(duration).each_ref().map(String::as_str)
        );
    }
}
