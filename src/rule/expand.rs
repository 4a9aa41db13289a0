//! Rules and catalog become rows of `meta."check"`. What follows from the catalog is expanded by
//! `sql/rule/*.sql`; each rule of the project becomes one check, or one per column it selects. A rule that
//! cannot be expanded does not stop the others: it is returned beside them and makes its finding an error.

use super::cage::Cage;
use super::{Body, Family, Rule, Rules, Scope, Severity, constraint, insert_all, suggest, tree};
use crate::catalog::ListFormat;
use crate::duck::Db;
use crate::error::{Error, Result};
use crate::name::{Ident, Literal};
use crate::sql;
use duckdb::params;
use serde::Serialize;
use serde_json::Value;

/// One row of `meta."check"`.
#[derive(Clone, Debug, Serialize)]
pub struct Check {
    /// `<table>.<column>.<rule>`, or `<table>.<rule>`.
    pub id: String,
    /// Its family's word.
    pub family: String,
    /// What a violation weighs.
    pub severity: Severity,
    /// Returns the violating rows.
    pub sql: String,
    /// File, and line where a person wrote it.
    pub at: String,
    /// The rule it comes from.
    pub rule: String,
    /// The store examined.
    pub store: String,
    /// The table examined.
    pub table: String,
    /// The column it is about, when it is about one.
    pub column: Option<String>,
    /// Who needs it.
    pub because: String,
    /// Counts what is examined.
    pub examined_sql: String,
    /// An expression over a violating row: its key as text.
    pub key_sql: String,
    /// So many violations are known already.
    pub known: i64,
    /// What known violations weigh.
    pub known_severity: Severity,
    /// Reads the raw extract.
    pub needs_staging: bool,
    /// An examination of nothing is fine.
    pub may_be_empty: bool,
    /// Counts in the extract what `examined_sql` counts; `None`: the rows of the table.
    pub extracted_sql: Option<String>,
    /// What [`scan`](super::scan) reads for this check and others, as it stands after FROM.
    pub source: Option<String>,
    /// A condition: where no row of `source` meets it, the check finds nothing.
    pub suspect: Option<String>,
    /// An expression over a violating row: the column that is wrong, where that differs from row to row.
    pub column_sql: Option<String>,
}

impl Check {
    /// `ids.students`.
    pub fn path(&self) -> String {
        format!("{}.{}", self.store, self.table)
    }

    /// Where the check may find something: what is read, and the condition of the rows to look at.
    pub fn suspects(&self) -> Option<(&str, &str)> {
        self.source.as_deref().zip(self.suspect.as_deref())
    }

    /// Whether the rows to look at are the violating ones, by the statement itself.
    pub fn is_of_rows(&self) -> bool {
        self.suspects().is_some_and(|(source, suspect)| self.sql == of_rows(source, suspect))
    }

    /// The same for what is examined, where it is rows of a table (as `count` writes it).
    pub fn examines(&self) -> Option<(&str, &str)> {
        let text =
            self.examined_sql.strip_prefix("SELECT count(*) FROM ").filter(|text| text.starts_with('"'))?;
        let end = text.find(" AS this WHERE ")? + " AS this".len();
        Some((&text[..end], &text[end + " WHERE ".len()..]))
    }
}

/// A rule that could not be expanded, under the id its check would have.
pub struct Broken {
    /// The check.
    pub id: String,
    /// Why.
    pub error: Error,
}

const GENERATED: [&str; 7] =
    ["schema", "referential", "uniqueness", "completeness", "privacy", "survivors", "risk"];
/// Statements that a generating one builds its checks from, by the name of its placeholder.
const TEMPLATES: [&str; 5] = ["no_original", "no_collapse", "no_survivor", "no_twin", "replayed"];

/// Fills `meta.rule` and `meta."check"` anew, in a transaction of the caller. Returns rules that cannot be expanded.
pub fn expand(db: &Db, rules: &Rules) -> Result<Vec<Broken>> {
    prepare(db)?;
    // The run may be of a version that knew no scans.
    db.run(sql::get("meta/check.sql"))?;
    db.run("DELETE FROM meta.rule; DELETE FROM meta.\"check\";")?;
    for family in GENERATED {
        let mut text = sql::get(&format!("rule/{family}.sql")).to_owned();
        for name in TEMPLATES {
            // Without the comment: it names placeholders, and a name in a comment is not quoted.
            let template = sql::get(&format!("proof/{name}.sql"));
            let body: Vec<&str> = template.lines().filter(|line| !line.starts_with("--")).collect();
            text = text.replace(&format!("${name}"), &Literal(&body.join("\n")).to_string());
        }
        for (name, list) in
            [("comma", ListFormat::Comma), ("json", ListFormat::Json), ("array", ListFormat::Array)]
        {
            text = text.replace(&format!("$members_of_{name}"), &Literal(&list.members("$list")).to_string());
        }
        db.run(&format!("INSERT INTO meta.\"check\" BY NAME\n{text}"))?;
    }
    let cage = Cage::new(db, &rules.rules)?;
    let (mut found, mut broken) = (constraint::checks(db, &cage)?, Vec::new());
    for rule in &rules.rules {
        match checks(db, &cage, rule) {
            Ok(checks) => found.extend(checks),
            Err(error) => {
                found.push(unplaced(rule));
                broken.push(Broken { id: rule.id.clone(), error });
            }
        }
    }
    insert_all(db, "rule", &rules.rules.iter().map(written).collect::<Vec<_>>())?;
    insert_all(db, "check", &found)?;
    for (name, severity) in &rules.settings.severity {
        db.change(
            "UPDATE meta.\"check\" SET severity = ?1, known_severity = ?1 WHERE id = ?2 OR rule = ?2",
            params![severity.to_string(), name],
        )?;
    }
    Ok(broken)
}

/// The checks of `meta."check"`, by id.
pub fn all(db: &Db) -> Result<Vec<Check>> {
    let word = |text: String| Severity::parse(&text).unwrap_or(Severity::Error);
    db.rows("SELECT * FROM meta.\"check\" ORDER BY id", [], |row| {
        Ok(Check {
            id: row.get("id")?,
            family: row.get("family")?,
            severity: word(row.get("severity")?),
            sql: row.get("sql")?,
            at: row.get("at")?,
            rule: row.get("rule")?,
            store: row.get("store")?,
            table: row.get("table")?,
            column: row.get("column")?,
            because: row.get("because")?,
            examined_sql: row.get("examined_sql")?,
            key_sql: row.get("key_sql")?,
            known: row.get("known")?,
            known_severity: word(row.get("known_severity")?),
            needs_staging: row.get("needs_staging")?,
            may_be_empty: row.get("may_be_empty")?,
            extracted_sql: row.get("extracted_sql")?,
            source: row.get("source")?,
            suspect: row.get("suspect")?,
            column_sql: row.get("column_sql")?,
        })
    })
}

/// The checks of one rule. `db` has been prepared by [`expand`] or [`prepare`].
pub fn checks(db: &Db, cage: &Cage, rule: &Rule) -> Result<Vec<Check>> {
    if let Some(when) = &rule.when {
        cage.condition(db, when)?;
    }
    let checks = match (&rule.scope, &rule.body) {
        (Scope::On(table), Body::Expect(condition)) => {
            cage.condition(db, condition)?;
            vec![on(db, rule, table)?]
        }
        (Scope::On(table), Body::Violations(sql)) => {
            cage.statement(db, sql)?;
            vec![on(db, rule, table)?]
        }
        (Scope::EachColumn(selected), Body::Expect(condition)) => {
            cage.condition(db, selected)?;
            let tree = cage.condition(db, condition)?;
            each_column(db, rule, selected, condition, tree)?
        }
        (Scope::EachColumn(_), Body::Violations(_)) => {
            return Err(Error::config("each_column takes expect"));
        }
    };
    for check in &checks {
        cage.reads(db, &check.sql)?;
        cage.reads(db, &check.examined_sql)?;
    }
    Ok(checks)
}

/// The temporary tables and macros [`checks`] needs.
pub fn prepare(db: &Db) -> Result<()> {
    db.run(sql::get("rule/prepare.sql"))?;
    db.run(sql::get("proof/prepare.sql"))
}

/// A table as `_place` has it: store, table, quoted path, key expression.
struct Table {
    store: String,
    name: String,
    path: String,
    key: String,
}

fn on(db: &Db, rule: &Rule, wanted: &str) -> Result<Check> {
    let place = find(db, wanted)?;
    let id = format!("{}.{}.{}", place.store, place.name, rule.id);
    let when = rule.when.as_deref();
    Ok(match (&rule.body, when) {
        (Body::Expect(condition), _) => Check { id, ..placed(rule, place, Some(broken(when, condition))) },
        (Body::Violations(sql), None) => Check { id, sql: sql.clone(), ..placed(rule, place, None) },
        (Body::Violations(sql), Some(when)) => {
            let sql = format!("SELECT * FROM ({sql}\n) AS this WHERE {}", bracketed(when));
            Check { id, sql, ..placed(rule, place, None) }
        }
    })
}

/// What a check takes from its rule and its table, and from the condition of the rows that violate it.
fn placed(rule: &Rule, place: Table, suspect: Option<String>) -> Check {
    let (path, when) = (&place.path, rule.when.as_deref());
    let source = format!("{path} AS this");
    let extracted = || count(&format!("staging.{path}"), when);
    Check {
        sql: suspect.as_ref().map_or(String::new(), |suspect| of_rows(&source, suspect)),
        examined_sql: count(path, when),
        extracted_sql: when.map(|_| extracted()),
        source: suspect.as_ref().map(|_| source),
        suspect,
        key_sql: place.key,
        store: place.store,
        table: place.name,
        ..unplaced(rule)
    }
}

pub(super) fn of_rows(source: &str, suspect: &str) -> String {
    format!("SELECT * FROM {source} WHERE {suspect}")
}

fn count(path: &str, when: Option<&str>) -> String {
    format!("SELECT count(*) FROM {path} AS this WHERE {}", bracketed(when.unwrap_or("true")))
}

/// A row that is examined breaks the rule.
fn broken(when: Option<&str>, expect: &str) -> String {
    let when = when.map_or(String::new(), |when| format!("{} AND ", bracketed(when)));
    format!("{when}NOT {}", bracketed(expect))
}

/// An expression of a rule as a part of ours; a comment in it ends with its line.
fn bracketed(sql: &str) -> String {
    if sql.contains("--") { format!("({sql}\n)") } else { format!("({sql})") }
}

fn each_column(db: &Db, rule: &Rule, selected: &str, expect: &str, tree: Value) -> Result<Vec<Check>> {
    let select = format!(
        "SELECT store, \"table\", \"column\", path, key_sql FROM meta.\"column\" \
         JOIN _place USING (store, \"table\") WHERE {} ORDER BY store, \"table\", position",
        bracketed(selected)
    );
    let rows = db.rows(&select, [], |row| {
        let place = Table { store: row.get(0)?, name: row.get(1)?, path: row.get(3)?, key: row.get(4)? };
        Ok((place, row.get::<_, String>(2)?))
    })?;
    let named = named_value(db, expect, tree)?;
    let when = rule.when.as_deref();
    let mut checks = Vec::new();
    for (place, column) in rows {
        let suspect = broken(when, &named.replace(VALUE, &Ident(&column).to_string()));
        checks.push(Check {
            id: format!("{}.{}.{column}.{}", place.store, place.name, rule.id),
            column: Some(column),
            ..placed(rule, place, Some(suspect))
        });
    }
    if checks.is_empty() {
        return Err(Error::config(format!("rule \"{}\" selects no column", rule.id)));
    }
    Ok(checks)
}

/// What `value` is called until it gets the name of a column.
const VALUE: &str = "_the_value_of_this_check";

/// An expression over `value` with that name instead.
fn named_value(db: &Db, expect: &str, mut tree: Value) -> Result<String> {
    if expect.contains(VALUE) {
        return Err(Error::config(format!("{VALUE} is a name of ours")));
    }
    tree::each_mut(&mut tree, &mut |node| {
        let names = node.get_mut("column_names").and_then(Value::as_array_mut);
        if let Some([.., last]) = names.map(Vec::as_mut_slice)
            && last.as_str().is_some_and(|name| name.eq_ignore_ascii_case("value"))
        {
            *last = VALUE.into();
        }
    });
    tree::print_condition(db, &tree)
}

/// What a check takes from its rule alone; the rest is for the caller to fill.
fn unplaced(rule: &Rule) -> Check {
    let scope = match &rule.scope {
        Scope::On(table) => table.as_str(),
        Scope::EachColumn(_) => "",
    };
    let (store, table) = scope.split_once('.').unwrap_or(("", scope));
    Check {
        id: rule.id.clone(),
        family: rule.family.to_string(),
        severity: rule.severity,
        sql: condition(rule).to_owned(),
        at: rule.at.to_string(),
        rule: rule.id.clone(),
        store: store.into(),
        table: table.into(),
        column: None,
        because: rule.because.clone(),
        examined_sql: "SELECT 0".into(),
        key_sql: "NULL".into(),
        known: 0,
        known_severity: rule.severity,
        needs_staging: false,
        may_be_empty: rule.may_be_empty,
        extracted_sql: None,
        source: None,
        suspect: None,
        column_sql: None,
    }
}

fn condition(rule: &Rule) -> &str {
    match &rule.body {
        Body::Expect(text) | Body::Violations(text) => text,
    }
}

fn find(db: &Db, wanted: &str) -> Result<Table> {
    let select = "SELECT store, \"table\", path, key_sql FROM _place WHERE store || '.' || \"table\" = ?";
    let found = db.rows(select, [wanted], |row| {
        Ok(Table { store: row.get(0)?, name: row.get(1)?, path: row.get(2)?, key: row.get(3)? })
    })?;
    if let Some(table) = found.into_iter().next() {
        return Ok(table);
    }
    let names = db.rows("SELECT store || '.' || \"table\" FROM _place ORDER BY ALL", [], |row| {
        row.get::<_, String>(0)
    })?;
    let error = Error::config(format!("there is no table {wanted}"));
    Err(suggest(error, wanted, names.iter().map(String::as_str)))
}

/// A row of `meta.rule`.
#[derive(Serialize)]
struct Written<'a> {
    id: &'a str,
    family: Family,
    severity: Severity,
    scope: String,
    condition: &'a str,
    because: &'a str,
    at: String,
}

fn written(rule: &Rule) -> Written<'_> {
    let scope = match &rule.scope {
        Scope::On(table) => table.clone(),
        Scope::EachColumn(condition) => format!("each column where {condition}"),
    };
    Written {
        id: &rule.id,
        family: rule.family,
        severity: rule.severity,
        scope,
        condition: condition(rule),
        because: &rule.because,
        at: rule.at.to_string(),
    }
}

/// How many rows of a table were extracted.
pub fn extracted(check: &Check) -> String {
    format!(
        "SELECT coalesce(CAST(sum(rows) AS BIGINT), 0) FROM meta.extracted WHERE store = {} AND \"table\" = {}",
        Literal(&check.store),
        Literal(&check.table)
    )
}
