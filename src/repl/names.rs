//! What a shell knows by name: tables, columns, macros, checks, rules, runs, keywords.

use crate::duck::Db;
use crate::error::Result;
use crate::run::Run;
use std::collections::HashSet;
use std::rc::Rc;

/// A table of the run.
pub struct Table {
    /// Its store, or `meta`.
    pub schema: String,
    /// Its name.
    pub name: String,
    /// Name and type of its columns, in order.
    pub columns: Vec<(String, String)>,
}

/// A reference that columns make.
pub struct Reference {
    /// Schema and name of the table that references.
    pub child: (String, String),
    /// Schema and name of the table it references.
    pub parent: (String, String),
    /// Its columns, with those they reference.
    pub columns: Vec<(String, String)>,
}

/// A macro of ours.
pub struct Macro {
    /// Its name.
    pub name: String,
    /// `orphans(tbl, fk, parent, pk)`
    pub call: String,
    /// What it is for.
    pub comment: String,
}

/// The names of an open run, and a connection that completes SQL.
pub struct Names {
    /// Tables of the run and the raw extract.
    pub tables: Vec<Table>,
    /// References between them.
    pub references: Vec<Reference>,
    /// Macros.
    pub macros: Vec<Macro>,
    /// Ids of checks.
    pub checks: Vec<String>,
    /// Ids of rules.
    pub rules: Vec<String>,
    /// Ids of runs.
    pub runs: Vec<String>,
    /// Keywords that no column is called by, in lower case.
    pub keywords: HashSet<String>,
    /// Keywords that cannot be an alias, in lower case.
    pub reserved: HashSet<String>,
    /// For DuckDB's own completion.
    pub db: Db,
}

impl Names {
    /// Learns the names of an open run.
    pub fn load(db: &Db, run: &Run) -> Result<Rc<Names>> {
        let mut tables: Vec<Table> = Vec::new();
        db.rows(crate::sql::get("shell/names.sql"), [], |row| {
            let (schema, name): (String, String) = (row.get(0)?, row.get(1)?);
            let column = (row.get(2)?, row.get(3)?);
            match tables.last_mut().filter(|table| table.schema == schema && table.name == name) {
                Some(table) => table.columns.push(column),
                None => tables.push(Table { schema, name, columns: vec![column] }),
            }
            Ok(())
        })?;
        let words: Vec<(String, bool)> = db.rows(
            "SELECT keyword_name, keyword_category IN ('reserved', 'type_function') FROM duckdb_keywords()",
            [],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )?;
        let columns: HashSet<&str> =
            tables.iter().flat_map(|table| &table.columns).map(|(name, _)| name.as_str()).collect();
        let is_keyword = |word: &&(String, bool)| word.1 || !columns.contains(word.0.as_str());
        let names = |word: &(String, bool)| word.0.clone();
        let keywords = words.iter().filter(is_keyword).map(names).collect();
        let reserved = words.iter().filter(|word| word.1).map(names).collect();
        Ok(Rc::new(Names {
            references: references(db)?,
            macros: macros(db)?,
            checks: db.rows("SELECT id FROM meta.\"check\" ORDER BY id", [], |row| row.get(0))?,
            rules: db.rows("SELECT DISTINCT rule FROM meta.\"check\" ORDER BY rule", [], |row| row.get(0))?,
            runs: Run::list(&run.workspace).into_iter().map(|run| run.id).collect(),
            keywords,
            reserved,
            tables,
            db: db.another()?,
        }))
    }
}

fn references(db: &Db) -> Result<Vec<Reference>> {
    let mut known: Vec<(String, Reference)> = Vec::new();
    db.rows(crate::sql::get("shell/references.sql"), [], |row| {
        let id: String = row.get(0)?;
        let pair = (row.get(5)?, row.get(6)?);
        match known.last_mut().filter(|(known, _)| *known == id) {
            Some((_, reference)) => reference.columns.push(pair),
            None => {
                let (child, parent) = ((row.get(1)?, row.get(2)?), (row.get(3)?, row.get(4)?));
                known.push((id, Reference { child, parent, columns: vec![pair] }));
            }
        }
        Ok(())
    })?;
    Ok(known.into_iter().map(|(_, reference)| reference).collect())
}

/// Our macros, by name.
pub fn macros(db: &Db) -> Result<Vec<Macro>> {
    db.rows(crate::sql::get("rule/macros.sql"), [], |row| {
        let (name, parameters): (String, String) = (row.get(0)?, row.get(1)?);
        Ok(Macro { call: format!("{name}({parameters})"), name, comment: row.get(2)? })
    })
}
