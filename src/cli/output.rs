//! Results on stdout: Arrow batches and small lists as table, CSV, JSON, JSON lines or Markdown. What is
//! cut off for the eye is announced; files are never cut.

use super::words::quiet_end;
use crate::error::{Error, Result};
use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::{DataType, Schema};
use arrow::util::display::{ArrayFormatter, FormatOptions};
use comfy_table::{CellAlignment, ContentArrangement, Table, presets};
use serde_json::Value;
use std::io::{IsTerminal, Write};

/// How a result is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// Boxes, for the eye.
    Table,
    /// RFC 4180; NULL is nothing, an empty text is `""`.
    Csv,
    /// One list of objects.
    Json,
    /// One object a line.
    Jsonl,
    /// A Markdown table.
    Markdown,
}

/// Writes to stdout. A reader that went away ends the program quietly.
pub fn stdout(bytes: &[u8]) -> Result<()> {
    let mut out = std::io::stdout().lock();
    match out.write_all(bytes).and_then(|()| out.flush()) {
        Err(cause) if cause.kind() == std::io::ErrorKind::BrokenPipe => Err(quiet_end()),
        written => Ok(written?),
    }
}

/// Writes a value as indented JSON to stdout.
pub fn json(value: &impl serde::Serialize) -> Result<()> {
    let text = serde_json::to_string_pretty(value).map_err(|_| Error::internal("a result is not JSON"))?;
    stdout(format!("{text}\n").as_bytes())
}

/// Writes a small list to stdout as a table without borders.
pub fn list(header: &[&str], rows: Vec<Vec<String>>) -> Result<()> {
    let mut table = Table::new();
    table.load_preset(presets::NOTHING).set_content_arrangement(ContentArrangement::Disabled);
    table.set_header(header).add_rows(rows.iter().map(|row| row.iter().map(|cell| printable(cell))));
    let lines: Vec<String> = table.lines().map(|line| line.trim_end().to_owned()).collect();
    stdout(format!("{}\n", lines.join("\n")).as_bytes())
}

/// One result being written.
pub struct Sheet<'w> {
    format: Format,
    rows_max: Option<usize>,
    out: &'w mut dyn Write,
    schema: Option<Schema>,
    held: Vec<Vec<String>>,
    rows: usize,
}

impl<'w> Sheet<'w> {
    /// A result to be written to `out`; tables and Markdown show `rows_max` rows at the most.
    pub fn new(format: Format, rows_max: Option<usize>, out: &'w mut dyn Write) -> Sheet<'w> {
        Sheet { format, rows_max, out, schema: None, held: Vec::new(), rows: 0 }
    }

    /// Takes the next batch.
    pub fn add(&mut self, batch: &RecordBatch) -> Result<()> {
        if self.schema.is_none() {
            self.schema = Some(batch.schema().as_ref().clone());
            match self.format {
                Format::Csv => self.csv_header(batch)?,
                Format::Json => self.write("[")?,
                _ => {}
            }
        }
        let options = FormatOptions::default().with_display_error(true);
        let formatters = batch
            .columns()
            .iter()
            .map(|column| ArrayFormatter::try_new(column.as_ref(), &options))
            .collect::<Result<Vec<_>, _>>()?;
        for row in 0..batch.num_rows() {
            self.row(batch, &formatters, row)?;
            self.rows += 1;
        }
        Ok(())
    }

    /// Writes what is left. Returns the rows there were, and a note when some are not shown.
    pub fn finish(self) -> Result<(usize, Option<String>)> {
        let Some(schema) = &self.schema else { return Ok((0, None)) };
        match self.format {
            Format::Json => write(self.out, if self.rows == 0 { "]\n" } else { "\n]\n" })?,
            Format::Table => write(self.out, &format!("{}\n", boxes(schema, &self.held)))?,
            Format::Markdown => write(self.out, &markdown(schema, &self.held))?,
            Format::Csv | Format::Jsonl => return Ok((self.rows, None)),
        }
        let shown = self.held.len();
        let is_cut = matches!(self.format, Format::Table | Format::Markdown) && shown < self.rows;
        let grouped = |count: usize| super::words::grouped(count as u64);
        Ok((self.rows, is_cut.then(|| format!("showing {} of {} rows", grouped(shown), grouped(self.rows)))))
    }

    fn row(&mut self, batch: &RecordBatch, cells: &[ArrayFormatter<'_>], row: usize) -> Result<()> {
        match self.format {
            Format::Table | Format::Markdown => {
                if self.rows_max.is_none_or(|max| self.held.len() < max) {
                    let text = |(at, cell): (usize, &ArrayFormatter<'_>)| match batch.column(at).is_null(row)
                    {
                        true => "NULL".to_owned(),
                        false => printable(&cell.value(row).to_string()),
                    };
                    self.held.push(cells.iter().enumerate().map(text).collect());
                }
                Ok(())
            }
            Format::Csv => {
                let text = |(at, cell): (usize, &ArrayFormatter<'_>)| match batch.column(at).is_null(row) {
                    true => String::new(),
                    false => csv_cell(&cell.value(row).to_string()),
                };
                let line: Vec<String> = cells.iter().enumerate().map(text).collect();
                self.write(&format!("{}\n", line.join(",")))
            }
            Format::Json | Format::Jsonl => {
                let object = object(batch, row);
                match (self.format, self.rows) {
                    (Format::Jsonl, _) => self.write(&format!("{object}\n")),
                    (_, 0) => self.write(&format!("\n{object}")),
                    _ => self.write(&format!(",\n{object}")),
                }
            }
        }
    }

    fn csv_header(&mut self, batch: &RecordBatch) -> Result<()> {
        let names: Vec<String> = batch.schema().fields().iter().map(|field| csv_cell(field.name())).collect();
        self.write(&format!("{}\n", names.join(",")))
    }

    fn write(&mut self, text: &str) -> Result<()> {
        write(self.out, text)
    }
}

fn write(out: &mut dyn Write, text: &str) -> Result<()> {
    match out.write_all(text.as_bytes()) {
        Err(cause) if cause.kind() == std::io::ErrorKind::BrokenPipe => Err(quiet_end()),
        written => Ok(written?),
    }
}

/// A table as wide as the terminal, or as wide as it wants when stdout is none.
fn boxes(schema: &Schema, rows: &[Vec<String>]) -> Table {
    let mut table = Table::new();
    table.load_preset(presets::UTF8_FULL_CONDENSED);
    // A terminal that does not know its width says 0.
    if std::io::stdout().is_terminal() && table.width().is_some_and(|width| width >= 20) {
        table.set_content_arrangement(ContentArrangement::Dynamic);
    }
    table.set_header(schema.fields().iter().map(|field| printable(field.name()))).add_rows(rows);
    for (at, field) in schema.fields().iter().enumerate() {
        if let (true, Some(column)) = (field.data_type().is_numeric(), table.column_mut(at)) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    table
}

fn markdown(schema: &Schema, rows: &[Vec<String>]) -> String {
    let escape = |text: &str| text.replace('\\', "\\\\").replace('|', "\\|").replace('<', "&lt;");
    let line = |cells: Vec<String>| format!("| {} |\n", cells.join(" | "));
    let mut text = line(schema.fields().iter().map(|field| escape(&printable(field.name()))).collect());
    text += &line(
        schema
            .fields()
            .iter()
            .map(|f| if f.data_type().is_numeric() { "--:" } else { "---" }.into())
            .collect(),
    );
    text.extend(rows.iter().map(|row| line(row.iter().map(|cell| escape(cell)).collect())));
    text
}

/// A cell may hold anything, also what would move the cursor: control characters are shown, not sent.
fn printable(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            letter if letter.is_control() => shown.extend(letter.escape_default()),
            letter => shown.push(letter),
        }
    }
    shown
}

fn csv_cell(text: &str) -> String {
    match text.is_empty() || text.contains(['"', ',', '\n', '\r']) {
        true => format!("\"{}\"", text.replace('"', "\"\"")),
        false => text.to_owned(),
    }
}

fn object(batch: &RecordBatch, row: usize) -> Value {
    let schema = batch.schema();
    let pairs = schema.fields().iter().zip(batch.columns());
    Value::Object(pairs.map(|(field, column)| (field.name().clone(), value(column.as_ref(), row))).collect())
}

/// A cell as JSON: numbers that JSON readers keep exactly are numbers, lists and structs nest.
fn value(array: &dyn Array, row: usize) -> Value {
    if array.is_null(row) {
        return Value::Null;
    }
    match array.data_type() {
        DataType::Boolean => return Value::Bool(array.as_boolean().value(row)),
        DataType::List(_) => {
            let items = array.as_list::<i32>().value(row);
            return (0..items.len()).map(|at| value(items.as_ref(), at)).collect();
        }
        DataType::Struct(fields) => {
            let columns = fields.iter().zip(array.as_struct().columns());
            return Value::Object(
                columns.map(|(field, column)| (field.name().clone(), value(column, row))).collect(),
            );
        }
        _ => {}
    }
    let options = FormatOptions::default().with_display_error(true);
    let text = match ArrayFormatter::try_new(array, &options) {
        Ok(formatter) => formatter.value(row).to_string(),
        Err(_) => return Value::Null,
    };
    let number = || match text.parse::<i64>() {
        Ok(whole) => Some(whole.into()),
        // 15 digits is what a double keeps.
        Err(_) if text.len() <= 16 || array.data_type().is_floating() => {
            serde_json::Number::from_f64(text.parse().ok()?).map(Value::Number)
        }
        Err(_) => None,
    };
    let is_number = array.data_type().is_numeric();
    is_number.then(number).flatten().unwrap_or(Value::String(text))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::duck::Db;

    fn written(format: Format, sql: &str, rows_max: Option<usize>) -> (String, Option<String>) {
        let dir = tempfile::tempdir().unwrap();
        let db = Db::open(dir.path(), false).unwrap();
        let mut bytes = Vec::new();
        let mut sheet = Sheet::new(format, rows_max, &mut bytes);
        db.stream(sql, &mut |batch| sheet.add(&batch)).unwrap();
        let (_, note) = sheet.finish().unwrap();
        (String::from_utf8(bytes).unwrap(), note)
    }

    #[test]
    fn csv_tells_null_from_empty_and_quotes_what_must_be() {
        let (text, _) = written(Format::Csv, "SELECT 1 AS a, NULL AS b, '' AS c, 'x\"y,z' AS d", None);
        assert_eq!(text, "a,b,c,d\n1,,\"\",\"x\"\"y,z\"\n");
    }

    #[test]
    fn json_nests_and_keeps_numbers() {
        let sql =
            "SELECT 1 AS a, [1, NULL] AS b, {'x': 'y'} AS c, 12345678901234567890123::HUGEINT AS d, 1.5 AS e";
        let (text, _) = written(Format::Jsonl, sql, None);
        assert_eq!(
            text.trim(),
            r#"{"a":1,"b":[1,null],"c":{"x":"y"},"d":"12345678901234567890123","e":1.5}"#
        );
    }

    #[test]
    fn what_is_cut_is_announced_and_controls_are_shown() {
        let (text, note) = written(Format::Markdown, "SELECT chr(27) || '[2J|' AS a FROM range(3)", Some(2));
        assert_eq!(text, "| a |\n| --- |\n| \\\\u{1b}[2J\\| |\n| \\\\u{1b}[2J\\| |\n");
        assert_eq!(note.as_deref(), Some("showing 2 of 3 rows"));
    }
}
