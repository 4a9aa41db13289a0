//! The dot commands that look into the run: each shows the answer of one statement of `sql/shell/`.

use super::command::STATES;
use super::sheet::Format;
use super::{Next, Shell};
use crate::cli::{findings, rules, why, words};
use crate::error::{Error, Result};
use crate::name::nearest;
use crate::sql;
use std::borrow::Cow;

pub(super) fn tables(shell: &mut Shell<'_>, like: &str) -> Result<Next> {
    shell.look(sql::get("shell/tables.sql"), &[("like", &pattern(like))])?;
    Ok(Next::Go)
}

pub(super) fn schema(shell: &mut Shell<'_>, like: &str) -> Result<Next> {
    shell.look(sql::get("shell/schema.sql"), &[("like", &pattern(like))])?;
    Ok(Next::Go)
}

pub(super) fn policy(shell: &mut Shell<'_>, like: &str) -> Result<Next> {
    shell.look(sql::get("shell/policy.sql"), &[("like", &pattern(like))])?;
    Ok(Next::Go)
}

pub(super) fn rules(shell: &mut Shell<'_>, like: &str) -> Result<Next> {
    let states = sql::get("rule/states.sql").trim_end().trim_end_matches(';');
    let sql = format!("SELECT * EXCLUDE (tables) FROM ({states}) WHERE rule ILIKE $like");
    shell.look(&sql, &[("like", &pattern(like))])?;
    Ok(Next::Go)
}

pub(super) fn found(shell: &mut Shell<'_>, status: &str) -> Result<Next> {
    if !status.is_empty() && !STATES.contains(&status) {
        return Err(Error::usage(format!("no finding is \"{status}\"")).hint(STATES.join(", ")));
    }
    shell.look(sql::get("shell/findings.sql"), &[("status", status)])?;
    Ok(Next::Go)
}

pub(super) fn explain(shell: &mut Shell<'_>, id: &str) -> Result<Next> {
    let said = rules::explain(shell.global, id)?;
    let text = match shell.mode {
        Format::Json | Format::Jsonl => format!("{said:#}\n"),
        _ => rules::explained(&said),
    };
    shell.tell(&text)?;
    Ok(Next::Go)
}

pub(super) fn why(shell: &mut Shell<'_>, row: &str) -> Result<Next> {
    let (table, key) = row.split_once(' ').ok_or_else(|| Error::usage(".why takes a table and a key"))?;
    let chain = why::of_row(&shell.run, table, key.trim())?;
    let rows = chain.into_iter().map(|link| vec![link.table, link.key, link.how, link.by]);
    shell.list(&why::HEADER, &rows.collect::<Vec<_>>())?;
    Ok(Next::Go)
}

pub(super) fn diff(shell: &mut Shell<'_>, before: &str) -> Result<Next> {
    let lines = findings::diff(shell.global, before, &shell.run.id)?;
    shell.list(&findings::HEADER, &lines)?;
    Ok(Next::Go)
}

/// Runs the checks of an id now; the violating rows are `_` from then on.
pub(super) fn check(shell: &mut Shell<'_>, id: &str) -> Result<Next> {
    known(shell, id)?;
    let checks = shell.db.rows(sql::get("shell/checks.sql"), [id], |row| {
        Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?, row.get::<_, String>(2)?))
    })?;
    for (id, because, statement) in checks {
        words::line(&format!("{id}: {because}"));
        shell.query(&statement)?;
        let rows = shell.last.as_ref().map_or(0, |answer| answer.rows);
        words::line(&format!("{} rows violate it", words::grouped(rows)));
    }
    Ok(Next::Go)
}

/// Refuses an id that neither a check nor a rule has.
fn known(shell: &Shell<'_>, id: &str) -> Result<()> {
    let ids: Vec<String> = shell.db.rows(
        "SELECT id FROM meta.\"check\" UNION SELECT rule FROM meta.\"check\" ORDER BY 1",
        [],
        |row| row.get(0),
    )?;
    if ids.iter().any(|known| known == id) {
        return Ok(());
    }
    let error = Error::usage(format!("no check or rule is called {id:?}"));
    Err(match nearest(id, ids.iter().map(String::as_str)) {
        Some(near) => error.hint(format!("did you mean {near}?")),
        None => error.hint(".rules lists the rules"),
    })
}

/// A pattern for LIKE: a word without % is the beginning of a name.
fn pattern(like: &str) -> Cow<'_, str> {
    match like {
        "" => Cow::Borrowed("%"),
        like if like.contains('%') => Cow::Borrowed(like),
        like => Cow::Owned(format!("{like}%")),
    }
}
