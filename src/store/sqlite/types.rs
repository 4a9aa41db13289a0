//! How SQLite's declared types travel, and how any value travels as text. SQLite lets any value sit in any
//! column, so a declared type is a promise that a sample of the rows may break: see `introspect`.

use crate::catalog::Column;
use crate::store::arrow_type;
use arrow::datatypes::DataType;
use rusqlite::types::{Value, ValueRef};

/// The DuckDB type of a declared type, the longest text, and whether its values travel as text.
pub(super) fn duck_type(declared: &str) -> (String, Option<u32>, bool) {
    let declared = declared.trim().to_ascii_lowercase();
    let (base, arguments) = declared.split_once('(').unwrap_or((&declared, ""));
    let mut numbers = arguments.split([',', ')']).map_while(|part| part.trim().parse::<u32>().ok());
    let (first, second) = (numbers.next(), numbers.next());
    let native = match base.trim() {
        "bool" | "boolean" => "BOOLEAN",
        "smallint" | "int2" | "tinyint" => "SMALLINT",
        "int" | "int4" | "mediumint" | "serial" => "INTEGER",
        "integer" | "bigint" | "int8" | "bigserial" | "unsigned big int" => "BIGINT",
        "real" | "double" | "double precision" | "float" | "float4" | "float8" => "DOUBLE",
        "date" => "DATE",
        "datetime" | "timestamp" | "timestamp without time zone" => "TIMESTAMP",
        "timestamptz" | "timestamp with time zone" => "TIMESTAMPTZ",
        name if name == "bytea" || name.contains("blob") => "BLOB",
        "numeric" | "decimal" => match (first, second.unwrap_or(0)) {
            (Some(precision @ 1..=38), scale) if scale <= precision => {
                return (format!("DECIMAL({precision},{scale})"), None, false);
            }
            _ => return ("VARCHAR".into(), None, true),
        },
        "" | "any" => return ("VARCHAR".into(), None, true),
        name if name.contains("char") => return ("VARCHAR".into(), first, false),
        _ => "VARCHAR",
    };
    (native.into(), None, false)
}

/// How the values of one column are checked and converted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Codec {
    Bool,
    Int16,
    Int32,
    Int64,
    Double,
    Decimal(u8, i8),
    Date,
    Timestamp,
    TimestampTz,
    Blob,
    /// Text; an integer where the column's affinity turns digits into numbers.
    Text,
    /// Any value, as [`encode`] writes it.
    Any,
}

impl Codec {
    /// The codec of a staged column.
    pub(super) fn of(column: &Column) -> Codec {
        if column.as_text {
            return Codec::Any;
        }
        match arrow_type(&column.duck_type) {
            DataType::Boolean => Codec::Bool,
            DataType::Int16 => Codec::Int16,
            DataType::Int32 => Codec::Int32,
            DataType::Int64 => Codec::Int64,
            DataType::Float32 | DataType::Float64 => Codec::Double,
            DataType::Date32 => Codec::Date,
            DataType::Timestamp(_, None) => Codec::Timestamp,
            DataType::Timestamp(_, Some(_)) => Codec::TimestampTz,
            DataType::Binary => Codec::Blob,
            DataType::Decimal128(precision, scale) => Codec::Decimal(precision, scale),
            _ => Codec::Text,
        }
    }
}

/// Any value as text that [`decode`] turns into the identical value: numbers as digits, text as it is, but
/// text that looks like something else in quotes, bytes as `X'c0ffee'`.
pub(super) fn encode(value: ValueRef<'_>) -> Option<String> {
    Some(match value {
        ValueRef::Null => return None,
        ValueRef::Integer(number) => number.to_string(),
        ValueRef::Real(number) => format!("{number:?}"),
        ValueRef::Blob(bytes) => {
            let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
            format!("X'{hex}'")
        }
        ValueRef::Text(text) => {
            let text = std::str::from_utf8(text).ok()?;
            match decode(text) {
                Value::Text(plain) if plain == text => plain,
                _ => format!("'{text}'"),
            }
        }
    })
}

/// The value that [`encode`] wrote.
pub(super) fn decode(text: &str) -> Value {
    if let Some(inside) = text.strip_prefix('\'').and_then(|text| text.strip_suffix('\'')) {
        return Value::Text(inside.to_owned());
    }
    if let Some(bytes) = text
        .strip_prefix("X'")
        .and_then(|text| text.strip_suffix('\''))
        .and_then(crate::store::text::parse_hex)
    {
        return Value::Blob(bytes);
    }
    if let Ok(number) = text.parse::<i64>()
        && number.to_string() == text
    {
        return Value::Integer(number);
    }
    if let Ok(number) = text.parse::<f64>()
        && format!("{number:?}") == text
    {
        return Value::Real(number);
    }
    Value::Text(text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_survives_as_text() {
        let texts =
            ["", "a", "5", "05", "2.5", "inf", "'", "''", "'a'", "X''", "X'00'", "X'0", "NULL", "a'b", "-0"];
        let mut values: Vec<Value> = texts.iter().map(|text| Value::Text((*text).into())).collect();
        values.extend([Value::Integer(i64::MIN), Value::Integer(0), Value::Real(2.0), Value::Real(1e300)]);
        values.extend([
            Value::Real(f64::INFINITY),
            Value::Real(-0.0),
            Value::Blob(vec![]),
            Value::Blob(vec![0, 255]),
        ]);
        let encoded: Vec<String> = values.iter().filter_map(|value| encode(value.into())).collect();
        let decoded: Vec<Value> = encoded.iter().map(|text| decode(text)).collect();
        assert_eq!(decoded, values);
        assert_eq!(encoded.iter().collect::<std::collections::HashSet<_>>().len(), values.len());
    }

    #[test]
    fn declared_types_map_as_people_write_them() {
        let shown = |declared| {
            let (name, length, as_text) = duck_type(declared);
            format!("{name} {length:?} {as_text}")
        };
        assert_eq!(shown("NVARCHAR(160)"), "VARCHAR Some(160) false");
        assert_eq!(shown("NUMERIC(10,2)"), "DECIMAL(10,2) None false");
        assert_eq!(shown("numeric"), "VARCHAR None true");
        assert_eq!(shown("double precision"), "DOUBLE None false");
        assert_eq!(shown("INTEGER"), "BIGINT None false");
        assert_eq!(shown(""), "VARCHAR None true");
        assert_eq!(shown("jsonb"), "VARCHAR None false");
    }
}
