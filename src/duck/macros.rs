//! Installs the macro library. Pure-SQL macros persist in the run file, so that any DuckDB can use
//! them; those over a UDF (`macros/mask`) are TEMP, because a reader without our UDFs could not bind them.

use super::Db;
use crate::error::{Error, Location, Result};
use crate::sql::statement::{self, Kind};
use crate::sql::{self, Text};
use crate::threads::cores;
use sha2::{Digest, Sha256};
use std::path::Path;

/// Installs `macros/check`, `macros/table` and the project's own into the current catalog, in this
/// order (a macro uses only macros of an earlier folder). Returns the fingerprint of all their text.
pub fn install(db: &Db, workspace: &Path, project: &str) -> Result<String> {
    let texts = texts(workspace, project)?;
    atomically(db, || create_library(db, &texts))?;
    Ok(fingerprint(&texts))
}

/// Replaces the macros of a run, the current catalog, where the files changed since it was made.
pub fn renew(db: &Db, workspace: &Path, project: &str) -> Result<()> {
    let texts = texts(workspace, project)?;
    let (now, known) = (fingerprint(&texts), db.one::<String, _>("SELECT macros FROM meta.run", [])?);
    if now == known {
        return Ok(());
    }
    atomically(db, || {
        let drops = db.rows(sql::get("duck/drop_macros.sql"), [], |row| row.get::<_, String>(0))?;
        drops.iter().try_for_each(|statement| db.run(statement))?;
        create_library(db, &texts)?;
        db.change("UPDATE meta.run SET macros = ?", [now]).map(drop)
    })
}

/// Whether [`install`] would create no macro but those the program brings along.
pub fn are_shipped(workspace: &Path, project: &str) -> Result<bool> {
    Ok(are_ours(&texts(workspace, project)?))
}

fn are_ours(texts: &[Text]) -> bool {
    texts.iter().all(Text::is_shipped)
}

fn texts(workspace: &Path, project: &str) -> Result<Vec<Text>> {
    let mut texts = Vec::new();
    for folder in ["macros/check", "macros/table", &format!("macros/{project}")] {
        texts.extend(sql::list(workspace, folder, "sql")?);
    }
    Ok(texts)
}

fn create_library(db: &Db, texts: &[Text]) -> Result<()> {
    create_all(db, texts)?;
    match are_ours(texts) {
        true => Ok(()),
        false => db.run(sql::get("duck/own_macros.sql")),
    }
}

fn fingerprint(texts: &[Text]) -> String {
    let mut digest = Sha256::new();
    texts.iter().for_each(|text| digest.update(text.text.as_bytes()));
    digest.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// As many connections as the machine has processors, all of which know the masks.
pub fn masking(db: &Db, workspace: &Path) -> Result<Vec<Db>> {
    let another = |_| {
        let another = db.another()?;
        install_masks(&another, workspace)?;
        Ok(another)
    };
    (0..cores()).map(another).collect()
}

/// Installs the TEMP macros over the UDFs, for the connections that mask.
pub fn install_masks(db: &Db, workspace: &Path) -> Result<()> {
    let texts = sql::list(workspace, "macros/mask", "sql")?;
    atomically(db, || create_all(db, &texts))
}

/// Does all of `work` or nothing.
fn atomically(db: &Db, work: impl FnOnce() -> Result<()>) -> Result<()> {
    db.run("BEGIN")?;
    let done = work();
    db.run(if done.is_ok() { "COMMIT" } else { "ROLLBACK" })?;
    done
}

/// Creates the macros of all files. One that would replace a built-in is refused: an analyst's file could
/// otherwise switch masking off.
fn create_all(db: &Db, texts: &[Text]) -> Result<()> {
    for text in texts {
        let name = text.path.file_stem().unwrap_or_default().to_string_lossy();
        if !makes_macros_only(&text.text) {
            let message = format!("macro {name}: its file does more than make macros and comment on them");
            return Err(Error::config(message).at(Location::new(&text.path, 0)));
        }
        db.run(&text.text)
            .map_err(|error| error.context(format!("macro {name}")).at(Location::new(&text.path, 0)))?;
    }
    // Those we bring along hide nothing, and asking costs time at each start.
    if are_ours(texts) {
        return Ok(());
    }
    if let Some(name) = shadowing(db)?.first() {
        let file = texts.iter().rev().find(|text| text.text.contains(name.as_str()));
        let error = Error::config(format!("the macro {name} would replace a function of DuckDB"))
            .hint("give the file and the macro another name");
        return Err(match file {
            Some(text) => error.at(Location::new(&text.path, 0)),
            None => error,
        });
    }
    Ok(())
}

/// Names of macros that hide a function of DuckDB itself.
fn shadowing(db: &Db) -> Result<Vec<String>> {
    db.rows(sql::get("duck/shadowing_macros.sql"), [], |row| row.get(0))
}

/// Whether a file does nothing else: it runs where the raw extract is open, before anything is caged.
fn makes_macros_only(text: &str) -> bool {
    // To the engine a carriage return ends a comment as well.
    let text = text.replace('\r', "\n");
    statement::split(&text).all(|one| {
        let words = statement::tokens(one).filter(|token| token.kind != Kind::Comment).take(5);
        let words: Vec<String> = words.map(|token| token.text.to_uppercase()).collect();
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let kind = match words.as_slice() {
            ["CREATE", "OR", "REPLACE", "TEMP" | "TEMPORARY", kind, ..]
            | ["CREATE", "OR", "REPLACE", kind, ..]
            | ["CREATE", "TEMP" | "TEMPORARY", kind, ..]
            | ["CREATE", kind, ..]
            | ["COMMENT", "ON", kind, ..] => *kind,
            _ => "",
        };
        ["MACRO", "FUNCTION"].contains(&kind)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::duck::udf;
    use crate::secret::Key;

    #[test]
    fn a_macro_that_hides_a_builtin_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let db = Db::open(dir.path(), false).unwrap();
        let text = |sql: &'static str| Text { path: "macros/check/mine.sql".into(), text: sql.into() };
        let hostile = [text("CREATE MACRO sha256(x) AS 'plain'")];
        assert!(atomically(&db, || create_all(&db, &hostile)).unwrap_err().message.contains("sha256"));
        assert_ne!(db.one::<String, _>("SELECT sha256('a')", []).unwrap(), "plain");
    }

    #[test]
    fn a_file_that_does_more_than_make_macros_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let db = Db::open(dir.path(), false).unwrap();
        let leak = dir.path().join("leak.csv");
        let copy = format!("COPY (SELECT 'a name' AS n) TO '{}'", leak.display());
        for sql in [
            copy.clone(),
            format!("CREATE MACRO a(x) AS x; {copy};"),
            format!("-- a comment\r{copy};\nCREATE MACRO a(x) AS x"),
            format!("CREATE MACRO a(x) AS '/*'; {copy}; -- */"),
            "ATTACH ':memory:' AS other; CREATE MACRO a(x) AS x".into(),
            "CREATE TABLE a AS SELECT 1".into(),
            "CREATE OR REPLACE TEMP TABLE a AS SELECT 1".into(),
            "DROP MACRO a".into(),
        ] {
            let text = Text { path: "macros/p/mine.sql".into(), text: sql.clone().into() };
            let error = create_all(&db, &[text]).err().unwrap_or_else(|| panic!("{sql} was run"));
            assert!(error.message.contains("more than make macros"), "{sql}: {}", error.message);
        }
        assert!(!leak.exists());
    }

    #[test]
    fn the_library_installs() {
        let dir = tempfile::tempdir().unwrap();
        let db = Db::open(dir.path(), false).unwrap();
        install(&db, Path::new("/nowhere"), "district").unwrap();
        udf::register(db.connection(), &Key::random()).unwrap();
        install_masks(&db, Path::new("/nowhere")).unwrap();
        assert_eq!(shadowing(&db).unwrap(), Vec::<String>::new());
        assert!(db.one::<bool, _>("SELECT in_range(5, 1, 9)", []).unwrap());
    }
}
