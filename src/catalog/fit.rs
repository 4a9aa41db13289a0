//! Whether a table of the target takes the rows of its twin in the source.

use super::{Column, Table, TableKind};

/// Whole numbers, narrow to wide.
const INTEGERS: [&str; 3] = ["SMALLINT", "INTEGER", "BIGINT"];

/// What keeps `cert` from taking the rows of `prod`, one line per problem: `ids.students.name: ...`.
/// A graph has no schema: its tables take everything.
pub fn problems(prod: &Table, cert: &Table) -> Vec<String> {
    if prod.kind != TableKind::Table {
        return Vec::new();
    }
    let path = prod.path();
    let mut found = Vec::new();
    for column in prod.columns.iter().filter(|column| !column.generated) {
        match cert.column(&column.name) {
            None => found.push(format!("{path}.{}: the column is missing", column.name)),
            // The target computes it by itself.
            Some(target) if target.generated => {}
            Some(target) => {
                found.extend(misfit(column, target).map(|why| format!("{path}.{}: {why}", column.name)));
            }
        }
    }
    for column in &cert.columns {
        let is_filled =
            column.nullable || column.has_default || column.generated || column.sequence.is_some();
        if prod.column(&column.name).is_none() && !is_filled {
            let name = &column.name;
            found.push(format!(
                "{path}.{name}: the source has no such column, and it allows no NULL and has no default"
            ));
        }
    }
    if prod.key != cert.key {
        found.push(format!(
            "{path}: the primary key is ({}) and not ({})",
            cert.key.join(", "),
            prod.key.join(", ")
        ));
    }
    found
}

/// Why values of one column do not fit into another, if they do not.
fn misfit(prod: &Column, cert: &Column) -> Option<String> {
    if !is_as_wide(prod, cert) {
        // INTEGER has 64 bits in SQLite and 32 elsewhere: where the engines' words are one, ours tell them apart.
        return Some(match cert.source_type.eq_ignore_ascii_case(&prod.source_type) {
            true => format!("{} is narrower than {}", cert.duck_type, prod.duck_type),
            false => format!("{} is narrower than {}", cert.source_type, prod.source_type),
        });
    }
    match (prod.length, cert.length) {
        (Some(prod), Some(cert)) if cert < prod => {
            return Some(format!("{cert} characters, the source has {prod}"));
        }
        (None, Some(cert)) if prod.duck_type == "VARCHAR" => {
            return Some(format!("{cert} characters, the source has no limit"));
        }
        _ => {}
    }
    let missing: Vec<&str> =
        prod.values.iter().filter(|value| !cert.values.contains(value)).map(String::as_str).collect();
    (!cert.values.is_empty() && !missing.is_empty())
        .then(|| format!("{} lacks the value {}", cert.source_type, missing.join(", ")))
}

fn is_as_wide(prod: &Column, cert: &Column) -> bool {
    let rank = |column: &Column| INTEGERS.iter().position(|name| *name == column.duck_type);
    if prod.duck_type == cert.duck_type {
        return true;
    }
    match (rank(prod), rank(cert), decimal(&prod.duck_type), decimal(&cert.duck_type)) {
        (Some(prod), Some(cert), ..) => prod <= cert,
        (.., Some((digits, scale)), Some((wide, wide_scale))) => {
            wide_scale >= scale && wide - wide_scale >= digits - scale
        }
        _ => {
            matches!((prod.duck_type.as_str(), cert.duck_type.as_str()), ("FLOAT", "DOUBLE"))
                // What travels as text on one side is converted by the target's own engine.
                || (cert.duck_type == "VARCHAR" && (cert.as_text || cert.length.is_none()))
        }
    }
}

fn decimal(duck_type: &str) -> Option<(i32, i32)> {
    let (digits, scale) = duck_type.strip_prefix("DECIMAL(")?.strip_suffix(')')?.split_once(',')?;
    Some((digits.trim().parse().ok()?, scale.trim().parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn column(name: &str, duck_type: &str, length: Option<u32>) -> Column {
        Column {
            name: name.into(),
            source_type: duck_type.to_lowercase(),
            duck_type: duck_type.into(),
            nullable: true,
            length,
            ..Column::default()
        }
    }

    fn table(columns: Vec<Column>) -> Table {
        Table { store: "ids".into(), staged: "t".into(), columns, ..Table::default() }
    }

    #[test]
    fn a_narrower_target_is_named_column_by_column() {
        let prod = table(vec![
            column("a", "BIGINT", None),
            column("b", "VARCHAR", Some(40)),
            column("c", "DATE", None),
            column("d", "DECIMAL(10,2)", None),
        ]);
        let mut extra = column("e", "INTEGER", None);
        extra.nullable = false;
        let cert = table(vec![
            column("a", "INTEGER", None),
            column("b", "VARCHAR", Some(30)),
            column("d", "DECIMAL(10,4)", None),
            extra,
        ]);
        let found = problems(&prod, &cert);
        for (name, line) in ["a", "b", "c", "d", "e"].iter().zip(&found) {
            assert!(line.starts_with(&format!("ids.t.{name}: ")), "{line}");
        }
        assert_eq!(found.len(), 5);
    }

    #[test]
    fn one_word_for_two_widths_is_told_apart() {
        let of = |duck_type: &str| Column { source_type: "integer".into(), ..column("a", duck_type, None) };
        let found = problems(&table(vec![of("BIGINT")]), &table(vec![of("INTEGER")]));
        assert_eq!(found, ["ids.t.a: INTEGER is narrower than BIGINT"]);
    }

    #[test]
    fn a_wider_target_fits_in_any_order_of_columns() {
        let prod = table(vec![column("a", "INTEGER", None), column("b", "VARCHAR", Some(40))]);
        let cert = table(vec![
            column("b", "VARCHAR", None),
            column("more", "VARCHAR", None),
            column("a", "BIGINT", None),
        ]);
        assert!(problems(&prod, &cert).is_empty());
    }
}
