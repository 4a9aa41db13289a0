//! Who is who in the slice: one person has one gender, family and age in every table, because what the rows
//! of all tables say is gathered first. It is held in memory (spilled encrypted), never in the run file.

use super::quoted;
use crate::catalog::{Catalog, Table};
use crate::duck::Db;
use crate::error::Result;
use crate::name::{Ident, Literal};
use crate::project::Project;
use crate::project::policy::{Assignments, Place, Strategy};
use crate::sql;

/// Makes everything that the policy's expressions ask, out of the attached `staging`: people, and the numbers of
/// tokens.
pub fn prepare(
    db: &Db,
    workers: &mut [Db],
    project: &Project,
    catalog: &Catalog,
    assignments: &Assignments,
) -> Result<()> {
    gather(db, workers, project, catalog, assignments)?;
    number_tokens(db, catalog, assignments)
}

/// Makes what the policy's expressions ask in the schema `memory.people`, out of the attached `staging`.
fn gather(
    db: &Db,
    workers: &mut [Db],
    project: &Project,
    catalog: &Catalog,
    assignments: &Assignments,
) -> Result<()> {
    db.run(sql::get("anonymize/people.sql"))?;
    let mut statements = Vec::new();
    for (at, table) in catalog.tables.iter().enumerate() {
        if let Some(person) = project.person.get(&table.path()) {
            let facts = Facts { table, at, person: format!("CAST(({person}) AS VARCHAR)"), assignments };
            statements.extend(facts.statements());
        }
    }
    for one in &project.relatives {
        let Some(at) = catalog.find(&one.from) else { continue };
        let [first, second] = &one.persons;
        statements.push(format!(
            "INSERT INTO memory.people.kin SELECT CAST(({first}) AS VARCHAR), CAST(({second}) AS VARCHAR), {} \
             FROM staging.{}",
            one.same_surname,
            quoted(&catalog.tables[at])
        ));
    }
    db.share_out_to(workers, statements.len(), |db, at| db.run(&statements[at]))?;
    db.run(sql::get("anonymize/families.sql"))?;
    unite(db)?;
    db.run(sql::get("anonymize/persons.sql"))
}

/// Numbers the distinct values of all tokenized columns, and places in JSON, in keyed order.
fn number_tokens(db: &Db, catalog: &Catalog, assignments: &Assignments) -> Result<()> {
    let mut digests = Vec::new();
    for (table, row) in catalog.tables.iter().zip(&assignments.0) {
        for (column, one) in table.columns.iter().zip(row) {
            if one.strategy == Strategy::Tokenize {
                digests.push(format!(
                    "SELECT mask_digest({}, {}) AS digest FROM staging.{}",
                    Ident(&column.name),
                    Literal(&one.domain),
                    quoted(table)
                ));
            }
            let tokenized = one.places.iter().filter(|place| place.how.strategy == Strategy::Tokenize);
            digests.extend(tokenized.map(|place| leaves(table, &column.name, place)));
        }
    }
    if digests.is_empty() {
        return Ok(());
    }
    let digests = digests.join(" UNION ALL ");
    db.run(&sql::get("anonymize/tokens.sql").replace("$digests", &digests))
}

/// The digests of the leaves of a place.
fn leaves(table: &Table, column: &str, place: &Place) -> String {
    let filled = [
        ("$domain", Literal(&place.how.domain).to_string()),
        ("$column", Ident(column).to_string()),
        ("$table", quoted(table)),
        ("$leaves", place.condition.clone()),
    ];
    let statement = sql::get("anonymize/token_leaves.sql").to_owned();
    filled.iter().fold(statement, |text, (name, value)| text.replace(name, value))
}

/// Passes the least key of each family on until all of it has it.
fn unite(db: &Db) -> Result<()> {
    loop {
        db.run(sql::get("anonymize/families_step.sql"))?;
        let changed: i64 = db.one(
            "SELECT count(*) FROM memory.people.nearer ANTI JOIN memory.people.family USING (_key, _family)",
            [],
        )?;
        db.run("CREATE OR REPLACE TABLE memory.people.family AS FROM memory.people.nearer")?;
        if changed == 0 {
            return Ok(());
        }
    }
}

/// What the rows of one table say about their persons.
struct Facts<'a> {
    table: &'a Table,
    at: usize,
    person: String,
    assignments: &'a Assignments,
}

impl Facts<'_> {
    fn statements(&self) -> Vec<String> {
        let (person, from) = (&self.person, format!("FROM staging.{}", quoted(self.table)));
        let number = |names: &[&str]| {
            self.named(names).map_or("NULL".to_owned(), |name| format!("TRY_CAST({name} AS INTEGER)"))
        };
        let text =
            |name: Option<String>| name.map_or("NULL".to_owned(), |name| format!("CAST({name} AS VARCHAR)"));
        let mut statements = vec![format!(
            "INSERT INTO memory.people.stated SELECT {person}, {}, {}, {}, {}, {}, {} {from}",
            self.at,
            text(self.named(&["gender", "sex"])),
            number(&["age"]),
            number(&["grade_level", "grade"]),
            text(self.own("first_name")),
            text(self.own("last_name")),
        )];
        for (kind, of, value) in [
            ("login", "email", "lower(trim(CAST({} AS VARCHAR)))"),
            ("login", "user_name", "lower(trim(CAST({} AS VARCHAR)))"),
            ("phone", "phone_number", "regexp_replace(CAST({} AS VARCHAR), '[^0-9]', '', 'g')"),
        ] {
            statements.extend(self.faked(of).map(|name| {
                let value = value.replace("{}", &name);
                format!(
                    "INSERT INTO memory.people.reached SELECT DISTINCT '{kind}', {value}, {person} {from}"
                )
            }));
        }
        if let [key] = self.table.key.as_slice() {
            statements.push(format!(
                "INSERT INTO memory.people.named SELECT {}, CAST({} AS VARCHAR), {person} {from}",
                Literal(&self.table.path()),
                Ident(key)
            ));
        }
        statements
    }

    /// The first column of one of these names.
    fn named(&self, names: &[&str]) -> Option<String> {
        let mut columns = self.table.columns.iter();
        let found = columns.find(|column| names.iter().any(|name| column.name.eq_ignore_ascii_case(name)))?;
        Some(Ident(&found.name).to_string())
    }

    /// The columns that are faked as a kind.
    fn faked(&self, kind: &str) -> impl Iterator<Item = String> {
        let row = self.table.columns.iter().zip(&self.assignments.0[self.at]);
        row.filter(move |(_, one)| one.strategy.faker().is_some_and(|faker| faker.kind == kind))
            .map(|(column, _)| Ident(&column.name).to_string())
    }

    /// The first column that holds a name of the person himself.
    fn own(&self, kind: &str) -> Option<String> {
        let row = self.table.columns.iter().zip(&self.assignments.0[self.at]);
        let is_own = |faker: &crate::project::policy::Faker| faker.kind == kind && faker.consistent_per_id;
        row.filter(|(_, one)| one.strategy.faker().is_some_and(is_own))
            .map(|(column, _)| Ident(&column.name).to_string())
            .next()
    }
}
