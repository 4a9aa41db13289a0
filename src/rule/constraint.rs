//! The CHECKs of the target that speak of masked columns: looked at in the run, before a load meets them. Those
//! that DuckDB cannot evaluate are left to the target.

use super::Severity;
use super::cage::Cage;
use super::expand::{Check, of_rows};
use crate::duck::Db;
use crate::error::Result;
use crate::sql;
use regex::{Captures, Regex};
use std::sync::LazyLock;

/// The condition of a CHECK as an engine prints it, in DuckDB's words.
pub fn condition(check: &str) -> String {
    let check = match check.get(..5) {
        Some(word) if word.eq_ignore_ascii_case("check") => check[5..].trim(),
        _ => check.trim(),
    };
    let matched = MATCHES.replace_all(check, |found: &Captures<'_>| {
        let case = if found[3].is_empty() { "s" } else { "si" };
        format!("{}{}~ '(?{case}).*(?:{}).*'", &found[1], &found[2], &found[4])
    });
    LIKE.replace_all(&matched, "ILIKE").replace("::bpchar", "::varchar")
}

/// PostgreSQL finds a pattern anywhere in a text, DuckDB asks for the whole.
static MATCHES: LazyLock<Regex> = LazyLock::new(|| pattern(r"(^|[^~!])(!?)~(\*?)\s*'((?:[^']|'')*)'"));
/// LIKE as SQLite and MariaDB write it: case does not count there. PostgreSQL prints it as `~~`.
static LIKE: LazyLock<Regex> = LazyLock::new(|| pattern(r"(?i)\blike\b"));

/// A pattern of the program's own: one that does not compile is found by the first test.
pub fn pattern(text: &str) -> Regex {
    Regex::new(text).unwrap_or_else(|_| unreachable!("the program's own patterns are right"))
}

/// One check per CHECK that names a masked column. `db` has been prepared by [`prepare`](super::expand::prepare).
pub(super) fn checks(db: &Db, cage: &Cage) -> Result<Vec<Check>> {
    let promised = db.rows(sql::get("rule/constraints.sql"), [], |row| {
        let texts: [String; 6] =
            [row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?, row.get(5)?];
        Ok(texts)
    })?;
    let mut found = Vec::new();
    for [store, table, path, key_sql, check, digest] in promised {
        let condition = condition(&check);
        let (source, suspect) = (format!("{path} AS this"), format!("NOT ({condition}\n)"));
        let sql = of_rows(&source, &suspect);
        if cage.condition(db, &condition).is_err() || db.run(&format!("EXPLAIN {sql}")).is_err() {
            continue;
        }
        found.push(Check {
            id: format!("{store}.{table}.check_{digest}"),
            family: "schema".into(),
            severity: Severity::Error,
            sql,
            at: "sql/rule/constraints.sql".into(),
            rule: "keeps_check".into(),
            because: format!("the target refuses a row that breaks CHECK {condition}"),
            examined_sql: format!("SELECT count(*) FROM {path} AS this WHERE (true)"),
            source: Some(source),
            suspect: Some(suspect),
            store,
            table,
            column: None,
            key_sql,
            known: 0,
            known_severity: Severity::Warning,
            needs_staging: false,
            may_be_empty: true,
            extracted_sql: None,
            column_sql: None,
        });
    }
    Ok(found)
}
