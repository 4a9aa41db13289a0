//! A strategy becomes one select expression over the staged row, made of the `mask_*` macros.

use super::{Entry, Faker, Policy, Strategy};
use crate::catalog::{Column, Table};
use crate::name::{Ident, Literal};
use crate::project::Project;

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

impl Policy {
    /// The expression for one column, of the column's own type.
    pub(super) fn expression(
        &self,
        project: &Project,
        table: &Table,
        column: &Column,
        entry: &Entry,
    ) -> String {
        let value = Ident(&column.name).to_string();
        let person = match project.person.get(&table.path()) {
            Some(person) => format!("({person})"),
            None => "NULL".to_owned(),
        };
        let length = column.length.unwrap_or(0);
        let masked = match &entry.strategy {
            Strategy::Preserve => return value,
            Strategy::Faker(faker) => self.fake(faker, table, &value, &person, length),
            Strategy::Hash { algorithm } => format!(
                "mask_hash({value}, {}, algorithm := {}, length := {length})",
                Literal(&entry.name),
                Literal(algorithm)
            ),
            Strategy::Shift { days } => format!("mask_shift({value}, person := {person}, days := {days})"),
            Strategy::Constant { value } if column.nullable => {
                return cast(column, &Literal(value).to_string());
            }
            _ => self.by_value(entry, &value),
        };
        cast(column, &masked)
    }

    /// The expression of the strategies that look at nothing but the value.
    pub(super) fn by_value(&self, entry: &Entry, value: &str) -> String {
        let domain = Literal(&entry.name);
        match &entry.strategy {
            Strategy::Fpe { alphabet } => {
                format!("mask_fpe({value}, {domain}, alphabet := {})", Literal(alphabet))
            }
            Strategy::Hash { algorithm } => {
                format!("mask_hash({value}, {domain}, algorithm := {})", Literal(algorithm))
            }
            Strategy::Tokenize => {
                format!(
                    "(SELECT mask_token(token.number) FROM memory.main.tokens AS token WHERE token.digest = mask_digest({value}, {domain}))"
                )
            }
            Strategy::Generalize { to } if to == "zip3" => format!("mask_zip3({value})"),
            Strategy::Generalize { .. } => format!("mask_year({value})"),
            Strategy::Nullify => "NULL".to_owned(),
            Strategy::Constant { value } => Literal(value).to_string(),
            Strategy::Sql { expression } => format!("({expression})"),
            Strategy::Faker(faker) => self.fake(faker, &Table::default(), value, "NULL", 0),
            Strategy::Shift { .. } | Strategy::Preserve => value.to_owned(),
        }
    }

    fn fake(&self, faker: &Faker, table: &Table, value: &str, person: &str, length: u32) -> String {
        let owner = if faker.consistent_per_id { person } else { "NULL" };
        let beside = |name: &str| {
            table.column(name).map_or("NULL".to_owned(), |column| Ident(&column.name).to_string())
        };
        match faker.kind.as_str() {
            // The readable part is made of the person's names; the suffix of the exact value.
            "email" => format!(
                "mask_email({value}, person := {person}, preserve_domain := {}, max_length := {length})",
                faker.preserve_domain
            ),
            "user_name" => format!("mask_user_name({value}, person := {person}, max_length := {length})"),
            "first_name" => format!("mask_first_name({value}, person := {owner})"),
            "last_name" => format!("mask_last_name({value}, person := {owner})"),
            "name" => format!("mask_name({value}, person := {owner})"),
            "phone_number" => format!("mask_phone({value})"),
            // Street, city and ZIP code of a row are one place: the person's, else the value's.
            "street_address" | "address" => format!("mask_street({value}, person := {person})"),
            "city" => format!("mask_city({value}, person := {person}, state := {})", beside("state")),
            "zipcode" => format!("mask_zip({value}, person := {person}, state := {})", beside("state")),
            "date_of_birth" => format!(
                "mask_birth_date({value}, person := {person}, min_age := {}, max_age := {}, age := {}, as_of := DATE {})",
                faker.minimum_age,
                faker.maximum_age,
                beside("age"),
                Literal(&self.as_of)
            ),
            "ipv4" => format!("mask_ip({value})"),
            "uuid" => format!("mask_uuid({value}, 'uuid')"),
            "unique_text" => format!("mask_unique_text({value}, 'text', max_length := {length})"),
            kind => format!("mask_{kind}({value})"),
        }
    }
}

/// The masked value in the type the column is staged as, never longer than the column.
fn cast(column: &Column, masked: &str) -> String {
    match (column.as_text, column.duck_type.as_str(), column.length) {
        (false, "VARCHAR", Some(length)) => format!("left({masked}, {length})"),
        (true, ..) | (_, "VARCHAR", _) => format!("CAST({masked} AS VARCHAR)"),
        (_, kind, _) => format!("CAST({masked} AS {kind})"),
    }
}
