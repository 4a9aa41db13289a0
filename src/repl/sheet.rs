//! Answers as table, CSV, JSON, JSON lines, Markdown, Parquet or Arrow. DuckDB turns every value into its
//! text, because it alone knows all its types; what Arrow or Parquet have no type for goes as a decimal or
//! as text, never as another number. What is cut off for the eye is announced; files are never cut.

use super::answer::Answer;
use super::{json, screen};
use crate::cli::output::{printable, written};
use crate::cli::words::grouped;
use crate::duck::Db;
use crate::error::{Error, Result};
use crate::name::{Ident, Literal};
use crate::run::Run;
use arrow::array::{Array, AsArray, RecordBatch, StringArray};
use arrow::ipc::writer::StreamWriter;
use comfy_table::{CellAlignment, ContentArrangement, Table, presets};
use std::borrow::Cow;
use std::io::Write;
use std::path::{Path, PathBuf};

/// How a result is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// Boxes, for the eye.
    Table,
    /// RFC 4180; NULL is nothing, an empty text is `""`.
    Csv,
    /// One list of objects; numbers with all their digits.
    Json,
    /// One object a line.
    Jsonl,
    /// A Markdown table.
    Markdown,
    /// A Parquet file.
    Parquet,
    /// An Arrow IPC stream.
    Arrow,
}

impl Format {
    /// Whether it is bytes that hold one result and no terminal can show.
    pub fn is_binary(self) -> bool {
        matches!(self, Format::Parquet | Format::Arrow)
    }
}

/// A column of an answer.
pub struct Column {
    /// Its name.
    pub name: String,
    /// Its type, as DuckDB writes it.
    pub kind: String,
}

impl Column {
    fn is_number(&self) -> bool {
        let base = self.kind.split('(').next().unwrap_or_default();
        base.ends_with("INT") || matches!(base, "INTEGER" | "DECIMAL" | "DOUBLE" | "FLOAT" | "BIGNUM")
    }

    /// The column as Arrow and Parquet can hold it.
    fn portable(&self) -> String {
        let name = Ident(&self.name);
        match self.kind.as_str() {
            "HUGEINT" | "UHUGEINT" => format!("CAST({name} AS DECIMAL(38, 0)) AS {name}"),
            "BIGNUM" | "BIT" | "TIME WITH TIME ZONE" | "VARIANT" => {
                format!("CAST({name} AS VARCHAR) AS {name}")
            }
            _ => name.to_string(),
        }
    }
}

/// How an answer is written, and where to.
pub struct Sheet<'a> {
    /// How.
    pub format: Format,
    /// Tables and Markdown show so many rows at the most.
    pub rows_max: Option<u64>,
    /// Columns of the terminal it is for.
    pub width: Option<u16>,
    /// A file that DuckDB may write although it is caged: Parquet takes this way.
    pub spool: Option<&'a Path>,
}

/// The file of a run that Parquet goes through.
pub fn spool(run: &Run) -> Result<PathBuf> {
    let folder = run.dir.join("tmp");
    std::fs::create_dir_all(&folder).map_err(|cause| Error::file(&folder, &cause))?;
    Ok(folder.join(format!("answer-{}.parquet", std::process::id())))
}

/// Writes what a statement of ours answers to stdout. Returns its rows, and a note when some are not shown.
pub fn print(
    db: &Db,
    sql: &str,
    given: &[(&str, &str)],
    format: Format,
    rows_max: Option<u64>,
) -> Result<(u64, Option<String>)> {
    let Some(answer) = Answer::look(db, sql, given)? else { return Ok((0, None)) };
    let sheet = Sheet { format, rows_max, width: screen::width(), spool: None };
    let note = sheet.write(db, &answer, &mut std::io::stdout().lock())?;
    let rows = answer.rows;
    answer.forget(db)?;
    Ok((rows, note))
}

/// Rows in one box: what is wider than the rows before begins a new box, so that memory stays bounded.
const BOX_ROWS: usize = 10_000;

/// What a column of a table needs on a terminal at the least.
const COLUMN_WIDTH: u16 = 11;

impl Sheet<'_> {
    /// Writes an answer. Returns a note when some of it is not shown.
    pub fn write(&self, db: &Db, answer: &Answer, out: &mut dyn Write) -> Result<Option<String>> {
        match self.format {
            Format::Table => self.boxes(db, answer, out)?,
            Format::Csv => csv(db, answer, out)?,
            Format::Json | Format::Jsonl => self.json(db, answer, out)?,
            Format::Markdown => self.markdown(db, answer, out)?,
            Format::Parquet => self.parquet(db, answer, out)?,
            Format::Arrow => arrow_stream(db, answer, out)?,
        }
        let is_short = matches!(self.format, Format::Table | Format::Markdown);
        let rows = self.rows_max.filter(|max| is_short && *max < answer.rows);
        let rows = rows.map(|max| format!("{} of {} rows", grouped(max), grouped(answer.rows)));
        let (fits, all) = (self.fitting(answer), answer.columns.len());
        let columns =
            (self.format == Format::Table && fits < all).then(|| format!("{fits} of {all} columns"));
        let parts: Vec<String> = rows.into_iter().chain(columns).collect();
        Ok((!parts.is_empty()).then(|| format!("showing {}", parts.join(", "))))
    }

    /// Columns of an answer that the terminal shows so that one can read them.
    fn fitting(&self, answer: &Answer) -> usize {
        let all = answer.columns.len();
        self.width
            .filter(|width| *width >= 20)
            .map_or(all, |width| all.min(usize::from(width / COLUMN_WIDTH)))
    }

    fn cells(&self, answer: &Answer) -> String {
        let limit = self.rows_max.map_or(String::new(), |max| format!(" LIMIT {max}"));
        format!("SELECT CAST(COLUMNS(*) AS VARCHAR) FROM {}{limit}", Ident(&answer.table))
    }

    fn boxes(&self, db: &Db, answer: &Answer, out: &mut dyn Write) -> Result<()> {
        let (mut rows, fits) = (Vec::new(), self.fitting(answer));
        let mut is_first = true;
        db.stream(&self.cells(answer), &mut |batch| {
            each_row(&batch, |cells| {
                // A box keeps its shape over lines.
                let lines = |text: &str| text.split('\n').map(printable).collect::<Vec<_>>().join("\n");
                rows.push(cells.take(fits).map(|cell| cell.map_or("NULL".into(), lines)).collect::<Vec<_>>());
                if rows.len() < BOX_ROWS {
                    return Ok(());
                }
                is_first = false;
                self.one_box(answer, &std::mem::take(&mut rows), out)
            })
        })?;
        if is_first || !rows.is_empty() { self.one_box(answer, &rows, out) } else { Ok(()) }
    }

    /// A table as wide as the terminal, or as wide as it wants where there is none.
    fn one_box(&self, answer: &Answer, rows: &[Vec<String>], out: &mut dyn Write) -> Result<()> {
        let mut table = Table::new();
        table.load_preset(presets::UTF8_FULL_CONDENSED);
        // A terminal that does not know its width says 0.
        if let Some(width) = self.width.filter(|width| *width >= 20) {
            table.set_content_arrangement(ContentArrangement::Dynamic).set_width(width);
        }
        let columns = &answer.columns[..self.fitting(answer)];
        table.set_header(columns.iter().map(|column| printable(&column.name))).add_rows(rows);
        for (at, _) in columns.iter().enumerate().filter(|(_, column)| column.is_number()) {
            if let Some(column) = table.column_mut(at) {
                column.set_cell_alignment(CellAlignment::Right);
            }
        }
        line(out, &table.to_string())
    }

    fn markdown(&self, db: &Db, answer: &Answer, out: &mut dyn Write) -> Result<()> {
        let escape =
            |text: &str| printable(text).replace('\\', "\\\\").replace('|', "\\|").replace('<', "&lt;");
        let names: Vec<String> = answer.columns.iter().map(|column| escape(&column.name)).collect();
        line(out, &format!("| {} |", names.join(" | ")))?;
        let rule = |column: &Column| if column.is_number() { "--:" } else { "---" };
        line(out, &format!("| {} |", answer.columns.iter().map(rule).collect::<Vec<_>>().join(" | ")))?;
        db.stream(&self.cells(answer), &mut |batch| {
            each_row(&batch, |cells| {
                let cells: Vec<String> = cells.map(|cell| cell.map_or("NULL".into(), escape)).collect();
                line(out, &format!("| {} |", cells.join(" | ")))
            })
        })
    }

    fn json(&self, db: &Db, answer: &Answer, out: &mut dyn Write) -> Result<()> {
        let is_list = self.format == Format::Json;
        let sql = format!("SELECT CAST(to_json(this) AS VARCHAR) FROM {} AS this", Ident(&answer.table));
        let mut before = if is_list { "[\n" } else { "" };
        db.stream(&sql, &mut |batch| {
            each_row(&batch, |cells| {
                let object = cells.next().flatten().unwrap_or("null");
                written(write!(out, "{before}{}", json::finite(object)))?;
                before = if is_list { ",\n" } else { "\n" };
                Ok(())
            })
        })?;
        match (is_list, answer.rows) {
            (true, 0) => line(out, "[]"),
            (true, _) => line(out, "\n]"),
            (false, 0) => Ok(()),
            (false, _) => line(out, ""),
        }
    }

    fn parquet(&self, db: &Db, answer: &Answer, out: &mut dyn Write) -> Result<()> {
        let spool = self.spool.ok_or_else(|| {
            Error::refused("Parquet takes the way over a plain file, where personal data must not be")
                .hint("leave the raw extract out, or take another format")
        })?;
        let path = spool.to_string_lossy();
        let copy =
            format!("COPY ({}) TO {} (FORMAT parquet, USE_TMP_FILE false)", portable(answer), Literal(&path));
        let copied = db.change(&copy, []).and_then(|_| {
            let mut file = std::fs::File::open(spool).map_err(|cause| Error::file(spool, &cause))?;
            written(std::io::copy(&mut file, out).map(|_| ()))
        });
        let _ = std::fs::remove_file(spool);
        copied
    }
}

fn portable(answer: &Answer) -> String {
    let columns: Vec<String> = answer.columns.iter().map(Column::portable).collect();
    format!("SELECT {} FROM {}", columns.join(", "), Ident(&answer.table))
}

fn arrow_stream(db: &Db, answer: &Answer, out: &mut dyn Write) -> Result<()> {
    let select = portable(answer);
    // Batches alone do not say what an empty answer looks like.
    let schema = db.batch(&format!("{select} LIMIT 0"), [])?.schema();
    let mut bytes = StreamWriter::try_new(Vec::new(), &schema)?;
    db.stream(&select, &mut |batch| {
        bytes.write(&batch)?;
        written(out.write_all(&std::mem::take(bytes.get_mut())))
    })?;
    bytes.finish()?;
    written(out.write_all(bytes.get_ref()))
}

fn csv(db: &Db, answer: &Answer, out: &mut dyn Write) -> Result<()> {
    let names: Vec<Cow<'_, str>> = answer.columns.iter().map(|column| csv_cell(&column.name)).collect();
    line(out, &names.join(","))?;
    let cells = format!("SELECT CAST(COLUMNS(*) AS VARCHAR) FROM {}", Ident(&answer.table));
    db.stream(&cells, &mut |batch| {
        each_row(&batch, |cells| {
            let cells: Vec<Cow<'_, str>> =
                cells.map(|cell| cell.map_or(Cow::Borrowed(""), csv_cell)).collect();
            line(out, &cells.join(","))
        })
    })
}

fn csv_cell(text: &str) -> Cow<'_, str> {
    match text.is_empty() || text.contains(['"', ',', '\n', '\r']) {
        true => Cow::Owned(format!("\"{}\"", text.replace('"', "\"\""))),
        false => Cow::Borrowed(text),
    }
}

/// Calls `take` with the texts of each row.
fn each_row<'b>(
    batch: &'b RecordBatch,
    mut take: impl FnMut(&mut dyn Iterator<Item = Option<&'b str>>) -> Result<()>,
) -> Result<()> {
    let columns: Vec<&StringArray> = batch.columns().iter().map(|column| column.as_string()).collect();
    (0..batch.num_rows()).try_for_each(|row| {
        take(&mut columns.iter().map(|column| column.is_valid(row).then(|| column.value(row))))
    })
}

fn line(out: &mut dyn Write, text: &str) -> Result<()> {
    written(writeln!(out, "{text}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::repl::answer::Parameters;

    fn written(format: Format, sql: &str, rows_max: Option<u64>) -> (Vec<u8>, Option<String>) {
        let dir = tempfile::tempdir().unwrap();
        let db = Db::open(dir.path(), false).unwrap();
        let answer = Answer::new(&db, sql, &Parameters::new(), "_answer").unwrap().unwrap();
        let spool = dir.path().join("spool");
        let mut bytes = Vec::new();
        let sheet = Sheet { format, rows_max, width: None, spool: Some(&spool) };
        let note = sheet.write(&db, &answer, &mut bytes).unwrap();
        assert!(!spool.exists());
        (bytes, note)
    }

    fn text(format: Format, sql: &str) -> String {
        String::from_utf8(written(format, sql, None).0).unwrap()
    }

    #[test]
    fn csv_tells_null_from_empty_and_quotes_what_must_be() {
        let sql = "SELECT 1 AS a, NULL AS b, '' AS c, 'x\"y,z' AS \"d,\"";
        assert_eq!(text(Format::Csv, sql), "a,b,c,\"d,\"\n1,,\"\",\"x\"\"y,z\"\n");
        assert_eq!(text(Format::Csv, "SELECT 1 AS a WHERE false"), "a\n");
    }

    #[test]
    fn values_of_every_type_keep_what_they_are() {
        for (value, csv, json) in [
            (
                "170141183460469231731687303715884105727::HUGEINT",
                "170141183460469231731687303715884105727",
                "",
            ),
            (
                "340282366920938463463374607431768211455::UHUGEINT",
                "340282366920938463463374607431768211455",
                "",
            ),
            ("18446744073709551615::UBIGINT", "18446744073709551615", ""),
            ("12345678901234567890.12::DECIMAL(38, 2)", "12345678901234567890.12", ""),
            ("TIMESTAMPTZ '2024-01-15 10:00:00+02'", "2024-01-15 08:00:00+00", "\"2024-01-15 08:00:00+00\""),
            ("TIMETZ '10:00:00+02'", "10:00:00+02", "\"10:00:00+02\""),
            ("DATE 'infinity'", "infinity", "\"infinity\""),
            ("'\\x00\\xFF'::BLOB", "\\x00\\xFF", "\"\\\\x00\\\\xFF\""),
            ("'101'::BIT", "101", "\"101\""),
            ("MAP {'a': 1, 'b': NULL}", "\"{a=1, b=NULL}\"", "{\"a\":1,\"b\":null}"),
            ("'{\"x\": 1}'::JSON", "\"{\"\"x\"\": 1}\"", "{\"x\":1}"),
            ("['NaN', '-inf']::DOUBLE[]", "\"[nan, -inf]\"", "[\"NaN\",\"-Infinity\"]"),
            ("'a \"NaN\"'", "\"a \"\"NaN\"\"\"", "\"a \\\"NaN\\\"\""),
            ("NULL", "", "null"),
        ] {
            let sql = format!("SELECT {value} AS v");
            assert_eq!(text(Format::Csv, &sql), format!("v\n{csv}\n"));
            let json = if json.is_empty() { csv } else { json };
            assert_eq!(text(Format::Jsonl, &sql), format!("{{\"v\":{json}}}\n"));
            for format in [Format::Arrow, Format::Parquet] {
                if !csv.starts_with("17014") && !csv.starts_with("34028") {
                    assert!(!written(format, &sql, None).0.is_empty(), "{value}");
                }
            }
        }
    }

    #[test]
    fn json_is_one_list() {
        assert_eq!(text(Format::Json, "FROM range(2) AS t(i)"), "[\n{\"i\":0},\n{\"i\":1}\n]\n");
        assert_eq!(text(Format::Json, "SELECT 1 WHERE false"), "[]\n");
    }

    #[test]
    fn what_is_cut_is_announced_and_controls_are_shown() {
        let (bytes, note) = written(Format::Markdown, "SELECT chr(27) || '[2J|' AS a FROM range(3)", Some(2));
        let text = String::from_utf8(bytes).unwrap();
        assert_eq!(text, "| a |\n| --- |\n| \\\\u{1b}[2J\\| |\n| \\\\u{1b}[2J\\| |\n");
        assert_eq!(note.as_deref(), Some("showing 2 of 3 rows"));
    }

    #[test]
    fn tables_in_brackets_and_plans_are_answers_too() {
        assert!(text(Format::Csv, "DESCRIBE SELECT 1 AS x").contains("x,INTEGER"));
        assert!(text(Format::Csv, "EXPLAIN SELECT 1 -- why").contains("physical_plan"));
    }

    #[test]
    fn arrow_has_its_columns_without_rows() {
        let (bytes, _) = written(Format::Arrow, "SELECT 1 AS a, 'x' AS b WHERE false", None);
        let stream = arrow::ipc::reader::StreamReader::try_new(bytes.as_slice(), None).unwrap();
        assert_eq!(stream.schema().fields().len(), 2);
        assert_eq!(&written(Format::Parquet, "SELECT 1 AS a", None).0[..4], b"PAR1");
    }
}
