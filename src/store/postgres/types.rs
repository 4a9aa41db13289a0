//! How PostgreSQL's types travel: the DuckDB type of each, and its form inside binary `COPY`.

use crate::catalog::Column;
use crate::store::arrow_type;
use arrow::datatypes::DataType;

/// The DuckDB type of a type of `pg_catalog`, and whether it travels as the engine's own text. `base` is
/// the type's internal name under all domains, `modifier` its `atttypmod`.
pub(super) fn duck_type(base: &str, modifier: i32) -> (String, bool) {
    let native = match base {
        "bool" => "BOOLEAN",
        "int2" => "SMALLINT",
        "int4" => "INTEGER",
        "int8" => "BIGINT",
        "float4" => "FLOAT",
        "float8" => "DOUBLE",
        "text" | "varchar" | "bpchar" | "name" => "VARCHAR",
        "date" => "DATE",
        "timestamp" => "TIMESTAMP",
        "timestamptz" => "TIMESTAMPTZ",
        "bytea" => "BLOB",
        "uuid" => "UUID",
        "numeric" => match numeric_limits(modifier) {
            Some((precision, scale)) => return (format!("DECIMAL({precision},{scale})"), false),
            None => return ("VARCHAR".into(), true),
        },
        _ => return ("VARCHAR".into(), true),
    };
    (native.into(), false)
}

/// Precision and scale of `numeric(p,s)`, where DuckDB's DECIMAL holds every finite value of it.
fn numeric_limits(modifier: i32) -> Option<(i32, i32)> {
    let packed = modifier.checked_sub(4).filter(|packed| *packed >= 0)?;
    let precision = packed >> 16;
    // The scale is a signed number of 11 bits since PostgreSQL 15.
    let scale = ((packed & 0x7ff) ^ 0x400) - 0x400;
    ((1..=38).contains(&precision) && (0..=precision).contains(&scale)).then_some((precision, scale))
}

/// The longest text of `varchar(n)` and `char(n)`, in characters.
pub(super) fn length(base: &str, modifier: i32) -> Option<u32> {
    matches!(base, "varchar" | "bpchar").then(|| u32::try_from(modifier - 4).ok()).flatten()
}

/// The form of one value inside binary `COPY`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wire {
    Bool,
    Int2,
    Int4,
    Int8,
    Float4,
    Float8,
    Text,
    /// A version byte, then text.
    Jsonb,
    Uuid,
    Date,
    Timestamp,
    TimestampTz,
    Bytes,
    Numeric(u8, i8),
}

impl Wire {
    /// The form in which the column is read: what is staged as text is cast to text by the server.
    pub(super) fn of(column: &Column) -> Wire {
        if column.as_text {
            return Wire::Text;
        }
        match column.duck_type.as_str() {
            "BOOLEAN" => Wire::Bool,
            "SMALLINT" => Wire::Int2,
            "INTEGER" => Wire::Int4,
            "BIGINT" => Wire::Int8,
            "FLOAT" => Wire::Float4,
            "DOUBLE" => Wire::Float8,
            "DATE" => Wire::Date,
            "TIMESTAMP" => Wire::Timestamp,
            "TIMESTAMPTZ" => Wire::TimestampTz,
            "BLOB" => Wire::Bytes,
            "UUID" => Wire::Uuid,
            other => match arrow_type(other) {
                DataType::Decimal128(precision, scale) => Wire::Numeric(precision, scale),
                _ => Wire::Text,
            },
        }
    }

    /// The form in which binary `COPY` takes the column straight into its table; `None` when the server
    /// must cast it from text.
    pub(super) fn direct(column: &Column) -> Option<Wire> {
        match column.source_type.as_str() {
            "json" => Some(Wire::Text),
            "jsonb" => Some(Wire::Jsonb),
            _ if !column.as_text || !column.values.is_empty() => Some(Wire::of(column)),
            _ => None,
        }
    }

    /// The Arrow type of the column in a batch.
    pub(super) fn arrow(self) -> DataType {
        arrow_type(match self {
            Wire::Bool => "BOOLEAN",
            Wire::Int2 => "SMALLINT",
            Wire::Int4 => "INTEGER",
            Wire::Int8 => "BIGINT",
            Wire::Float4 => "FLOAT",
            Wire::Float8 => "DOUBLE",
            Wire::Date => "DATE",
            Wire::Timestamp => "TIMESTAMP",
            Wire::TimestampTz => "TIMESTAMPTZ",
            Wire::Bytes => "BLOB",
            Wire::Text | Wire::Jsonb | Wire::Uuid => "VARCHAR",
            Wire::Numeric(precision, scale) => return DataType::Decimal128(precision, scale),
        })
    }

    /// PostgreSQL's name of the type that has this form, for work tables and arrays of keys.
    pub(super) fn sql(self) -> &'static str {
        match self {
            Wire::Bool => "boolean",
            Wire::Int2 => "smallint",
            Wire::Int4 => "integer",
            Wire::Int8 => "bigint",
            Wire::Float4 => "real",
            Wire::Float8 => "double precision",
            Wire::Text => "text",
            Wire::Jsonb => "jsonb",
            Wire::Uuid => "uuid",
            Wire::Date => "date",
            Wire::Timestamp => "timestamp",
            Wire::TimestampTz => "timestamptz",
            Wire::Bytes => "bytea",
            Wire::Numeric(..) => "numeric",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numerics_are_decimals_where_every_value_fits() {
        let modifier = |precision: i32, scale: i32| ((precision << 16) | (scale & 0x7ff)) + 4;
        assert_eq!(duck_type("numeric", modifier(10, 2)), ("DECIMAL(10,2)".into(), false));
        assert_eq!(duck_type("numeric", modifier(38, 38)), ("DECIMAL(38,38)".into(), false));
        for modifier in [-1, modifier(39, 0), modifier(5, -2), modifier(3, 5)] {
            assert_eq!(duck_type("numeric", modifier), ("VARCHAR".into(), true));
        }
    }
}
