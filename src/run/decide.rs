//! The policy over a catalog: conditions of entries are SQL over `meta.column`, so they are asked in DuckDB.

use super::meta::{self, Side};
use crate::catalog::Catalog;
use crate::duck::Db;
use crate::error::Result;
use crate::project::Project;
use crate::project::policy::{Assignments, Policy};
use crate::sql;

/// The policy of a project, its conditions answered.
pub fn policy(project: &Project, catalog: &Catalog) -> Result<Policy> {
    let mut policy = Policy::load(project)?;
    if policy.has_conditions() {
        let db = Db::open(&project.workspace.join("data/runs/.tmp"), false)?;
        meta::create(&db)?;
        meta::write_catalog(&db, Side::Prod, catalog)?;
        db.cage(None)?;
        policy.choose(&mut |condition| {
            let query = sql::get("anonymize/where.sql").replace("$condition", condition);
            db.rows(&query, [], |row| row.get(0))
        })?;
    }
    Ok(policy)
}

/// How each column leaves: exactly one strategy each, or one error with all problems.
pub fn strategies(project: &Project, catalog: &Catalog) -> Result<Assignments> {
    policy(project, catalog)?.assign(project, catalog)
}
