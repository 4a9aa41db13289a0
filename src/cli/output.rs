//! Data on stdout: bytes, JSON, small lists. Results of SQL are written by `repl::sheet`.

use super::words::quiet_end;
use crate::error::{Error, Result};
use comfy_table::{ContentArrangement, Table, presets};
use std::io::Write;

/// Writes to stdout. A reader that went away ends the program quietly.
pub fn stdout(bytes: &[u8]) -> Result<()> {
    let mut out = std::io::stdout().lock();
    written(out.write_all(bytes).and_then(|()| out.flush()))
}

/// The outcome of writing data: that nobody reads it any more ends the program quietly.
pub fn written(outcome: std::io::Result<()>) -> Result<()> {
    match outcome {
        Err(cause) if cause.kind() == std::io::ErrorKind::BrokenPipe => Err(quiet_end()),
        outcome => Ok(outcome?),
    }
}

/// Writes a value as indented JSON to stdout.
pub fn json(value: &impl serde::Serialize) -> Result<()> {
    let text = serde_json::to_string_pretty(value).map_err(|_| Error::internal("a result is not JSON"))?;
    stdout(format!("{text}\n").as_bytes())
}

/// Writes a small list to stdout as a table without borders.
pub fn list(header: &[&str], rows: Vec<Vec<String>>) -> Result<()> {
    stdout(format!("{}\n", listed(header, rows)).as_bytes())
}

/// A small list as a table without borders.
pub fn listed(header: &[&str], rows: Vec<Vec<String>>) -> String {
    let mut table = Table::new();
    table.load_preset(presets::NOTHING).set_content_arrangement(ContentArrangement::Disabled);
    table.set_header(header).add_rows(rows.iter().map(|row| row.iter().map(|cell| printable(cell))));
    let lines: Vec<String> = table.lines().map(|line| line.trim_end().to_owned()).collect();
    lines.join("\n")
}

/// A cell may hold anything, also what would move the cursor: control characters are shown, not sent.
pub fn printable(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            // Marks that turn the direction of what follows could make a cell read as another.
            '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => {
                shown.extend(letter.escape_default());
            }
            letter if letter.is_control() => shown.extend(letter.escape_default()),
            letter => shown.push(letter),
        }
    }
    shown
}
