//! Rules, checks, findings and the gate on a small run that holds no server.

mod expansion;
mod hostile;
mod outcomes;
mod parsing;
mod proof;
mod slt;

use datamig::duck::{Db, macros};
use datamig::error::Error;
use datamig::phase::validate::{self, Outcome, Request};
use datamig::rule::basis::Basis;
use datamig::rule::lint::{Bench, Problem};
use datamig::rule::yaml;
use datamig::rule::{Family, Rules};
use datamig::run::meta;
use datamig::secret::Key;
use std::path::Path;

/// A masked run of two stores with its staging attached, as `fixture.sql` describes it.
pub struct Run {
    pub db: Db,
    pub dir: tempfile::TempDir,
}

impl Run {
    pub fn new() -> Run {
        let dir = tempfile::tempdir().unwrap();
        let db = Db::open(dir.path(), false).unwrap();
        macros::install(&db, Path::new("/nowhere"), "none").unwrap();
        meta::create(&db).unwrap();
        db.run(include_str!("fixture.sql")).unwrap();
        Run { db, dir }
    }

    /// The run as it was before anything changed it. Cheaper than a new one: the macros stay.
    pub fn reset(&self) {
        self.db
            .run(
                "DETACH staging; DROP SCHEMA meta CASCADE; DROP SCHEMA ids CASCADE; DROP SCHEMA hcp1 CASCADE",
            )
            .unwrap();
        meta::create(&self.db).unwrap();
        self.db.run(include_str!("fixture.sql")).unwrap();
    }

    /// Changes the run before it is validated.
    pub fn with(self, sql: &str) -> Run {
        self.db.run(sql).unwrap();
        self
    }

    pub fn validate(&self, rules: &Rules) -> Outcome {
        self.validate_but(rules, &[])
    }

    /// The same where some examples do not hold.
    pub fn validate_but(&self, rules: &Rules, unproven: &[Problem]) -> Outcome {
        validate::execute(&Request {
            db: &self.db,
            rules,
            unproven,
            run_id: "mig-20250115-001",
            root: "district-001",
            as_of: "2025-01-15",
            basis: &Basis::default(),
            key: &key(),
            folder: self.dir.path(),
            progress: &|_, _| {},
        })
        .unwrap()
    }

    /// `status severity examined violations` of one check.
    pub fn finding(&self, check: &str) -> String {
        let sql = "SELECT concat_ws(' ', status, severity, examined, violations) FROM meta.finding WHERE check_id = ?";
        self.db.one(sql, [check]).unwrap()
    }
}

/// The tables of the small run, empty.
pub fn bench() -> (tempfile::TempDir, Bench) {
    let run = Run::new().with("DROP SCHEMA ids CASCADE; DROP SCHEMA hcp1 CASCADE; DETACH staging");
    (run.dir, Bench::new(run.db).unwrap())
}

pub fn key() -> Key {
    Key::from_bytes(*b"0123456789abcdefghijklmnopqrstuv")
}

/// The rules of one file of the business family.
pub fn rules(text: &str) -> Result<Rules, Error> {
    let rules = yaml::parse(Path::new("rules/p/validation/business.yaml"), text, Family::Business)?;
    Ok(Rules { rules, ..Rules::default() })
}

/// A rule on `ids.students` with this body.
pub fn rule(body: &str) -> String {
    format!(
        "- rule: mine\n  on: ids.students\n  {body}\n  severity: warning\n  because: a test\n  \
         examples: {{pass: [{{age: 7}}], fail: [{{age: 99}}]}}\n"
    )
}
