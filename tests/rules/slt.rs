//! Every macro has a script in `tests/sql/macros`: it passes, fails, meets NULL, an empty table, names that
//! clash and names that need quotes.

use datamig::duck::{Db, macros};
use sqllogictest::{DBOutput, DefaultColumnType, Runner};
use std::path::Path;

struct Engine {
    db: Db,
    _dir: tempfile::TempDir,
}

impl Engine {
    fn new() -> Engine {
        let dir = tempfile::tempdir().unwrap();
        let db = Db::open(dir.path(), false).unwrap();
        macros::install(&db, Path::new("/nowhere"), "none").unwrap();
        Engine { db, _dir: dir }
    }
}

impl sqllogictest::DB for Engine {
    type Error = datamig::error::Error;
    type ColumnType = DefaultColumnType;

    fn run(&mut self, sql: &str) -> Result<DBOutput<DefaultColumnType>, Self::Error> {
        let is_query = ["SELECT", "FROM", "WITH"].iter().any(|word| sql.trim_start().starts_with(word));
        if !is_query {
            self.db.run(sql)?;
            return Ok(DBOutput::StatementComplete(0));
        }
        let text = format!("SELECT COLUMNS(*)::VARCHAR FROM ({})", sql.trim_end().trim_end_matches(';'));
        let mut width = 0;
        let rows = self.db.rows(&text, [], |row| {
            width = row.as_ref().column_count();
            (0..width)
                .map(|at| Ok(row.get::<_, Option<String>>(at)?.unwrap_or_else(|| "NULL".into())))
                .collect()
        })?;
        Ok(DBOutput::Rows { types: vec![DefaultColumnType::Any; width], rows })
    }
}

fn scripts() -> Vec<std::path::PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/sql/macros");
    let mut scripts: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    scripts.sort();
    scripts
}

#[test]
fn every_script_holds() {
    for script in scripts() {
        let mut runner = Runner::new(|| async { Ok(Engine::new()) });
        runner.with_column_validator(|_, _| true);
        runner.run_file(&script).unwrap_or_else(|error| panic!("{}: {error}", script.display()));
    }
}

#[test]
fn every_script_meets_what_trips_macros() {
    let clashes = "called as|both tables have|of that name|of its own|can name the outer column";
    for what in ["NULL|mpty tables", "mpty|Without", "need quotes", clashes] {
        let pattern = regex::Regex::new(&format!("(?m)^#.*({what})")).unwrap();
        for script in scripts() {
            let text = std::fs::read_to_string(&script).unwrap();
            assert!(pattern.is_match(&text), "{}: nothing about {what}", script.display());
        }
    }
}

#[test]
fn every_macro_has_a_script_and_a_comment() {
    let engine = Engine::new();
    let sql = "SELECT function_name FROM duckdb_functions() WHERE NOT internal AND macro_definition IS NOT NULL \
               AND (comment IS NULL OR NOT list_contains(string_split(?, ','), function_name))";
    let names: Vec<String> =
        scripts().iter().map(|path| path.file_stem().unwrap().to_string_lossy().into_owned()).collect();
    let missing = engine.db.rows(sql, [names.join(",")], |row| row.get::<_, String>(0)).unwrap();
    assert!(missing.is_empty(), "without script or comment: {missing:?}");
}
