//! A strategy becomes one select expression over the staged row, made of the `mask_*` macros. What a row
//! does not say itself about its person it asks of `memory.people`, which is gathered before.

use super::{Entry, Faker, Policy, Strategy};
use crate::catalog::{Catalog, Column, Equality, Reference, Table};
use crate::name::{Ident, Literal};
use crate::project::{Follow, Project};

/// The kinds of fakes.
pub const FAKER_TYPES: [&str; 20] = [
    "email",
    "first_name",
    "last_name",
    "name",
    "phone_number",
    "street_address",
    "city",
    "zipcode",
    "date_of_birth",
    "user_name",
    "ipv4",
    "url",
    "company",
    "iban",
    "card",
    "uuid",
    "text",
    "date",
    "unique_text",
    "address",
];

/// A table with the entry of each of its columns: what the expression of one column may look at.
pub(super) struct Row<'a> {
    pub(super) policy: &'a Policy,
    pub(super) project: &'a Project,
    pub(super) catalog: &'a Catalog,
    pub(super) table: &'a Table,
    /// The entry of each column.
    pub(super) chosen: &'a [Option<usize>],
    /// When the engines call two values of an entry equal: the loosest of its columns decides.
    pub(super) equality: &'a [Equality],
}

impl Row<'_> {
    /// The expression for one column, of the column's own type.
    pub(super) fn expression(&self, column: &Column, at: usize) -> String {
        let entry = &self.policy.entries[at];
        let value = Ident(&column.name).to_string();
        let length = column.length.unwrap_or(0);
        let key = key(&value, self.equality[at]);
        let masked = match &entry.strategy {
            Strategy::Preserve => return value,
            Strategy::Faker(faker) => self.fake(faker, column, &key, length),
            Strategy::Hash { algorithm } => format!(
                "mask_hash({key}, {}, algorithm := {}, length := {length})",
                Literal(entry.domain()),
                Literal(algorithm)
            ),
            Strategy::Shift { days } => {
                format!("mask_shift({value}, person := {}, days := {days})", self.mover())
            }
            Strategy::Scan { common_words } => {
                format!("mask_note({value}, {}, rare := {})", self.persons(), common_words.is_some())
            }
            _ => self.policy.by_value(entry, &value, self.equality[at], self.project),
        };
        cast(column, &masked)
    }

    fn fake(&self, faker: &Faker, column: &Column, key: &str, length: u32) -> String {
        let value = Ident(&column.name).to_string();
        let owner = if faker.consistent_per_id { self.person() } else { "NULL".to_owned() };
        match faker.kind.as_str() {
            "first_name" if !faker.consistent_per_id => {
                let gender = self.asked("gender_of").unwrap_or("NULL".to_owned());
                format!("mask_first_name({value}, gender := {gender})")
            }
            "first_name" | "last_name" | "name" => {
                format!("mask_{}({value}, person := {owner})", faker.kind)
            }
            // Rows of one ZIP code are neighbours in the fake world too.
            "city" | "zipcode" => {
                let beside = |kind: &str| match faker.kind == kind {
                    true => value.clone(),
                    false => self.faked_beside(kind, column),
                };
                let place = format!("mask_place({}, {})", beside("zipcode"), beside("city"));
                let mask = if faker.kind == "city" { "mask_city" } else { "mask_zip" };
                format!("{mask}({value}, person := {place}, state := {})", self.state(column))
            }
            "date_of_birth" => {
                let own = |name: &str| self.number(&[name]);
                let age = [self.asked("age_of"), own("age")].into_iter().flatten().collect::<Vec<_>>();
                let grade = self.number(&["grade_level", "grade"]);
                let limit = |asked: &str, years: u32, else_: u32| {
                    let implied = grade.as_ref().map(|grade| format!("{grade} + {years}"));
                    let known = [self.asked(asked), implied].into_iter().flatten();
                    coalesce(known.chain([else_.to_string()]).collect())
                };
                format!(
                    "mask_birth_date({value}, person := {}, min_age := {}, max_age := {}, age := {}, as_of := DATE {})",
                    self.person(),
                    limit("least_age_of", 5, faker.minimum_age),
                    limit("greatest_age_of", 6, faker.maximum_age),
                    if age.is_empty() { "NULL".to_owned() } else { coalesce(age) },
                    Literal(&self.policy.as_of)
                )
            }
            _ => self.policy.fake_value(faker, key, self.project, length),
        }
    }

    /// The key of the person a row is about, where the project names it.
    fn person_key(&self) -> Option<String> {
        let person = self.project.person.get(&self.table.path())?;
        Some(format!("CAST(({person}) AS VARCHAR)"))
    }

    /// What is known about that person.
    fn asked(&self, question: &str) -> Option<String> {
        self.person_key().map(|key| format!("memory.people.{question}({key})"))
    }

    /// The person whose names a column holds, as the masks take it: NULL where the value alone decides.
    pub(super) fn owner(&self, entry: usize) -> String {
        match self.policy.entries[entry].strategy.faker() {
            Some(faker) if faker.consistent_per_id || faker.kind == "date_of_birth" => self.person(),
            None if matches!(self.policy.entries[entry].strategy, Strategy::Shift { .. }) => self.subject(),
            _ => "NULL".to_owned(),
        }
    }

    /// Whose dates move together: the person's, and where a row names none, those of the row.
    fn mover(&self) -> String {
        let keys = self.table.key.iter().map(|name| format!(", {}", Ident(name)));
        let row = format!("concat_ws(chr(30), {}{})", Literal(&self.table.path()), keys.collect::<String>());
        match self.table.key.is_empty() {
            true => self.subject(),
            false => format!("coalesce({}, {row})", self.subject()),
        }
    }

    /// The person of the row: by its key, else by the first address somebody of the slice is reached under.
    fn person(&self) -> String {
        if let Some(person) = self.asked("of_key") {
            return person;
        }
        let reached = [("email", "at_login"), ("user_name", "at_login"), ("phone_number", "at_phone")];
        let mut known = Vec::new();
        for (kind, question) in reached.iter().filter(|_| !self.project.person.is_empty()) {
            known.extend(
                self.faked(kind).map(|one| format!("memory.people.{question}({})", Ident(&one.name))),
            );
        }
        if known.is_empty() { "NULL".to_owned() } else { coalesce(known) }
    }

    /// The person of the row, else the first one that it references and descends from.
    pub(super) fn subject(&self) -> String {
        let person = self.person();
        if person != "NULL" {
            return person;
        }
        let mut references = self.references();
        let followed = references.find(|reference| self.project.follow(&reference.id) == Follow::Both);
        followed.map_or(person, |reference| self.referenced(reference, "of_row"))
    }

    /// The keys of all persons of the row, its own first.
    pub(super) fn persons(&self) -> String {
        let mut keys: Vec<String> = self.person_key().into_iter().collect();
        keys.extend(self.references().map(|reference| self.referenced(reference, "key_of_row")));
        match keys.is_empty() {
            true => "NULL".to_owned(),
            false => format!("concat_ws(chr(30), {})", keys.join(", ")),
        }
    }

    /// References to rows that are persons.
    fn references(&self) -> impl Iterator<Item = &Reference> {
        self.catalog.references.iter().filter(|reference| {
            let parent = &self.catalog.tables[reference.parent];
            std::ptr::eq(&self.catalog.tables[reference.child], self.table)
                && reference.columns.len() == 1
                && reference.list.is_none()
                && !reference.is_expression
                && reference.key == parent.key
                && self.project.person.contains_key(&parent.path())
        })
    }

    fn referenced(&self, reference: &Reference, question: &str) -> String {
        let owner = self.catalog.tables[reference.parent].path();
        format!("memory.people.{question}({}, {})", Literal(&owner), Ident(&reference.columns[0]))
    }

    /// The columns that are faked as a kind.
    fn faked(&self, kind: &str) -> impl Iterator<Item = &Column> {
        let row = self.table.columns.iter().zip(self.chosen);
        row.filter(move |(_, entry)| {
            let strategy = entry.map(|at| &self.policy.entries[at].strategy);
            strategy.and_then(Strategy::faker).is_some_and(|faker| faker.kind == kind)
        })
        .map(|(column, _)| column)
    }

    /// The column of a kind that belongs to `column`: of several the one whose name begins alike.
    fn faked_beside(&self, kind: &str, column: &Column) -> String {
        nearest_name(self.faked(kind), column).map_or("NULL".to_owned(), |near| Ident(&near.name).to_string())
    }

    /// The column with the state a city or ZIP code lies in.
    fn state(&self, column: &Column) -> String {
        let is_state = |name: &str| {
            let name = name.to_lowercase();
            let name = name.strip_suffix("_code").unwrap_or(&name);
            name == "state" || name.ends_with("_state") || name == "province" || name.ends_with("_province")
        };
        let states = self.table.columns.iter().filter(|column| is_state(&column.name));
        nearest_name(states, column).map_or("NULL".to_owned(), |near| Ident(&near.name).to_string())
    }

    /// The column of one of these names, as a whole number.
    fn number(&self, names: &[&str]) -> Option<String> {
        let mut columns = self.table.columns.iter();
        let found = columns.find(|column| names.iter().any(|name| column.name.eq_ignore_ascii_case(name)))?;
        Some(format!("TRY_CAST({} AS INTEGER)", Ident(&found.name)))
    }
}

impl Policy {
    /// The expression of the strategies that look at nothing but the value: both ends of a reference agree.
    pub(super) fn by_value(
        &self,
        entry: &Entry,
        value: &str,
        equality: Equality,
        project: &Project,
    ) -> String {
        let domain = Literal(entry.domain());
        let key = key(value, equality);
        match &entry.strategy {
            Strategy::Fpe { alphabet } => {
                format!("mask_fpe({key}, {domain}, alphabet := {})", Literal(alphabet))
            }
            Strategy::Hash { algorithm } => {
                format!("mask_hash({key}, {domain}, algorithm := {})", Literal(algorithm))
            }
            Strategy::Tokenize => {
                format!(
                    "(SELECT mask_token(token.number) FROM memory.main.tokens AS token WHERE token.digest = mask_digest({key}, {domain}))"
                )
            }
            Strategy::Generalize { to } if to == "zip3" => format!("mask_zip3({value})"),
            Strategy::Generalize { .. } => format!("mask_year({value})"),
            Strategy::Nullify => "NULL".to_owned(),
            Strategy::Constant { value } => Literal(value).to_string(),
            Strategy::Sql { expression } => format!("({expression})"),
            Strategy::Faker(faker) => self.fake_value(faker, &key, project, 0),
            Strategy::Scan { .. } => format!("mask_note({value})"),
            Strategy::Shift { .. } | Strategy::Preserve => value.to_owned(),
        }
    }

    /// The fakes that are the same wherever the value stands. An e-mail address or login is made of the names
    /// of whoever of the slice has it.
    fn fake_value(&self, faker: &Faker, value: &str, project: &Project, length: u32) -> String {
        let person = match project.person.is_empty() {
            true => "NULL".to_owned(),
            false => format!("memory.people.at_login({value})"),
        };
        match faker.kind.as_str() {
            "email" => format!(
                "mask_email({value}, person := {person}, preserve_domain := {}, max_length := {length})",
                faker.preserve_domain
            ),
            "user_name" => format!("mask_user_name({value}, person := {person}, max_length := {length})"),
            "phone_number" => format!("mask_phone({value})"),
            "street_address" | "address" => format!("mask_street({value})"),
            "zipcode" => format!("mask_zip({value})"),
            "date_of_birth" => format!(
                "mask_birth_date({value}, min_age := {}, max_age := {}, as_of := DATE {})",
                faker.minimum_age,
                faker.maximum_age,
                Literal(&self.as_of)
            ),
            "ipv4" => format!("mask_ip({value})"),
            "uuid" => format!("mask_uuid({value}, 'uuid')"),
            "unique_text" => format!("mask_unique_text({value}, 'text', max_length := {length})"),
            kind => format!("mask_{kind}({value})"),
        }
    }
}

/// Of several columns the one whose name has most in common with `column` from its beginning.
fn nearest_name<'a>(columns: impl Iterator<Item = &'a Column>, column: &Column) -> Option<&'a Column> {
    let shared =
        |one: &&Column| one.name.chars().zip(column.name.chars()).take_while(|(a, b)| a == b).count();
    // Of equals the first: `max_by_key` would take the last.
    columns.collect::<Vec<_>>().into_iter().rev().max_by_key(shared)
}

/// A value as the engine compares it: what it calls equal gets one fake.
fn key(value: &str, equality: Equality) -> String {
    match equality {
        Equality::Exact => value.to_owned(),
        Equality::Padded => format!("rtrim(CAST({value} AS VARCHAR))"),
        Equality::NoCase => format!("lower(CAST({value} AS VARCHAR))"),
        Equality::Loose => format!("lower(strip_accents(rtrim(CAST({value} AS VARCHAR))))"),
    }
}

fn coalesce(expressions: Vec<String>) -> String {
    match expressions.as_slice() {
        [one] => one.clone(),
        many => format!("coalesce({})", many.join(", ")),
    }
}

/// The masked value in the type the column is staged as, never longer than the column.
pub(super) fn cast(column: &Column, masked: &str) -> String {
    match (column.as_text, column.duck_type.as_str(), column.length) {
        (false, "VARCHAR", Some(length)) => format!("left({masked}, {length})"),
        (true, ..) | (_, "VARCHAR", _) => format!("CAST({masked} AS VARCHAR)"),
        (_, kind, _) => format!("CAST({masked} AS {kind})"),
    }
}
