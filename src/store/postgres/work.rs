//! Work tables of a load: unlogged, in our own schema, made and dropped by a connection beside the load's.
//! A temporary table would do, but a transaction that touched one cannot be prepared for two-phase commit.
//! An advisory lock shows that their owner lives; those of a dead owner are dropped by whoever comes next.

use super::session::{Server, Session};
use crate::error::Result;
use crate::name::Ident;
use crate::sql;
use std::fmt::Write;

/// The connection beside the load's, and what it made.
pub(super) struct Workshop {
    session: Session,
    /// Names the advisory lock and begins the names of the tables.
    owner: u32,
    made: Vec<String>,
}

impl Workshop {
    /// Connects, creates our schema where it is missing, and clears what dead owners left.
    pub(super) fn open(server: &Server) -> Result<Workshop> {
        let mut session = server.connect_for_long()?;
        if session.text("SELECT (to_regclass('datamig.datamig_load') IS NOT NULL)::text")? != "true" {
            session.run(sql::get("store/postgres/schema.sql")).map_err(|error| {
                error.hint("the account needs CREATE on the database once, for datamig's own schema")
            })?;
        }
        let owner = rand::random::<u32>();
        session.run(&format!("SELECT pg_advisory_lock({CLASS}, {})", key(owner)))?;
        let mut workshop = Workshop { session, owner, made: Vec::new() };
        workshop.clear_dead()?;
        Ok(workshop)
    }

    /// Makes a table with columns `c0`, `c1`, .. of these types; returns its quoted name.
    pub(super) fn table(&mut self, types: &[&str]) -> Result<String> {
        let name = format!("work_{}_{}", self.owner, self.made.len());
        let mut columns = String::new();
        for (at, kind) in types.iter().enumerate() {
            let comma = if at > 0 { ", " } else { "" };
            let _ = write!(columns, "{comma}c{at} {kind}");
        }
        let table = format!("datamig.{}", Ident(&name));
        self.session.run(&format!("CREATE UNLOGGED TABLE {table} ({columns})"))?;
        self.made.push(table.clone());
        Ok(table)
    }

    /// Drops what was made, after the load's transaction has ended.
    pub(super) fn close(mut self) -> Result<()> {
        for table in std::mem::take(&mut self.made) {
            self.session.run(&format!("DROP TABLE IF EXISTS {table}"))?;
        }
        Ok(())
    }

    /// The number of the lock that is held as long as this lives.
    pub(super) fn owner(&self) -> u32 {
        self.owner
    }

    fn clear_dead(&mut self) -> Result<()> {
        let names = self.session.text(sql::get("store/postgres/work_tables.sql"))?;
        let names: Vec<String> = serde_json::from_str(&names).unwrap_or_default();
        for name in names {
            let Some(owner) = name.split('_').nth(1).and_then(|owner| owner.parse().ok()) else { continue };
            let lock = format!("({CLASS}, {})", key(owner));
            if self.session.text(&format!("SELECT pg_try_advisory_lock{lock}::text"))? == "true" {
                // A prepared transaction of the dead may still use it; whoever ends that leaves it to the next.
                let table = format!("datamig.{}", Ident(&name));
                let dropped = self.session.run(&format!(
                    "BEGIN; LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE NOWAIT; DROP TABLE {table}; COMMIT"
                ));
                if dropped.is_err() {
                    self.session.run("ROLLBACK")?;
                }
                self.session.run(&format!("SELECT pg_advisory_unlock{lock}"))?;
            }
        }
        Ok(())
    }
}

/// The class of our advisory locks, so that they never meet an application's.
const CLASS: i32 = 731_058_839;

fn key(owner: u32) -> i32 {
    owner.cast_signed()
}
