//! The `meta` schema of a run's files: its tables, and the catalog in it.

use crate::catalog::Catalog;
use crate::duck::Db;
use crate::error::{Error, Result};
use crate::sql;

/// Which side of the environment a catalog describes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// The source.
    Prod,
    /// The target.
    Cert,
}

impl Side {
    fn word(self) -> &'static str {
        match self {
            Side::Prod => "prod",
            Side::Cert => "cert",
        }
    }

    /// `meta."table"` for the source, `meta.target_table` for the target.
    fn prefix(self) -> &'static str {
        match self {
            Side::Prod => "",
            Side::Cert => "target_",
        }
    }
}

/// Creates the tables of `meta` in the current catalog, where they are missing.
pub fn create(db: &Db) -> Result<()> {
    db.run("CREATE SCHEMA IF NOT EXISTS meta")?;
    sql::names("meta").try_for_each(|name| db.run(sql::get(&name)))
}

/// Writes the catalog of one side to the current catalog's `meta`, replacing what was there.
pub fn write_catalog(db: &Db, side: Side, catalog: &Catalog) -> Result<()> {
    let body = serde_json::json!(catalog).to_string();
    db.change("INSERT OR REPLACE INTO meta.catalog VALUES (?, ?)", [side.word(), &body])?;
    for (name, query) in [("table", "tables"), ("column", "columns"), ("reference", "references")] {
        let query = sql::get(&format!("catalog/{query}.sql")).replace("$side", &format!("'{}'", side.word()));
        let name = format!("{}{name}", side.prefix());
        db.run(&format!("CREATE OR REPLACE TABLE meta.{} AS {query}", crate::name::Ident(&name)))?;
    }
    Ok(())
}

/// Reads the catalog of one side from `<from>.meta`, where `from` is an attached catalog.
pub fn read_catalog(db: &Db, from: &str, side: Side) -> Result<Catalog> {
    let query = format!("SELECT CAST(body AS VARCHAR) FROM {from}.meta.catalog WHERE side = ?");
    let body: String = db.one(&query, [side.word()])?;
    serde_json::from_str(&body).map_err(|_| Error::internal("the catalog of the run is damaged"))
}

/// Writes `anonymization-report.json` from the current catalog's `meta`; again when the leak check is done.
pub fn write_anonymization_report(db: &Db, run: &super::Run) -> Result<()> {
    let now = chrono::Utc::now().format("%Y-%m-%d %H:%M:%S").to_string();
    let report: String = db.one(sql::get("anonymize/report.sql"), [now])?;
    super::keys::replace_file(&run.dir.join("anonymization-report.json"), &report, 0o644)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::{Column, Origin, Reference, Table};

    #[test]
    fn a_catalog_survives_the_file_and_is_seen_in_sql() {
        let dir = tempfile::tempdir().unwrap();
        let db = Db::open(dir.path(), false).unwrap();
        create(&db).unwrap();
        let column = Column { name: "we \"ird".into(), duck_type: "BIGINT".into(), ..Column::default() };
        let table = Table {
            store: "ids".into(),
            staged: "t.a".into(),
            columns: vec![column],
            key: vec!["we \"ird".into()],
            ..Table::default()
        };
        let reference = Reference {
            id: "r".into(),
            child: 0,
            columns: vec!["we \"ird".into()],
            parent: 0,
            key: vec!["we \"ird".into()],
            origin: Origin::Link,
            nullable: false,
            deferrable: false,
            when: None,
            is_expression: false,
            list: None,
        };
        let catalog = Catalog { tables: vec![table], references: vec![reference] };
        write_catalog(&db, Side::Prod, &catalog).unwrap();
        let read = read_catalog(&db, "memory", Side::Prod).unwrap();
        assert_eq!((read.tables, read.references), (catalog.tables, catalog.references));
        let seen = "SELECT count(*) FROM meta.\"column\" SEMI JOIN meta.reference ON child_table = \"table\" WHERE is_key";
        assert_eq!(db.one::<i64, _>(seen, []).unwrap(), 1);
    }
}
