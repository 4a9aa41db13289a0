//! How the types of MySQL and MariaDB travel: the DuckDB type of each, and what is selected so that its text
//! is the value.

use crate::catalog::{Column, Equality};
use crate::name::Ident;

/// A column as `information_schema` describes it.
pub(super) struct Found<'a> {
    /// `decimal`
    pub base: &'a str,
    /// `decimal(65,30) unsigned`
    pub full: &'a str,
    pub length: Option<u64>,
    pub precision: Option<u32>,
    pub scale: Option<u32>,
    pub default: Option<&'a str>,
}

/// The DuckDB type, and whether the column travels as the engine's own text.
pub(super) fn duck_type(found: &Found<'_>) -> (String, bool) {
    let is_unsigned = found.full.contains("unsigned");
    let native = match (found.base, is_unsigned) {
        ("tinyint" | "year", _) | ("smallint", false) => "SMALLINT",
        ("smallint" | "mediumint", _) | ("int", false) => "INTEGER",
        ("int", true) | ("bigint", false) => "BIGINT",
        ("bigint", true) => "DECIMAL(20,0)",
        ("decimal", _) => match (found.precision, found.scale) {
            (Some(precision @ 1..=38), Some(scale)) => {
                return (format!("DECIMAL({precision},{scale})"), false);
            }
            _ => return ("VARCHAR".into(), true),
        },
        ("float", _) => "FLOAT",
        ("double", _) => "DOUBLE",
        ("bit", _) if found.full == "bit(1)" => "BOOLEAN",
        // Where the default is no date, the rows hold it: the column travels as text.
        ("date" | "datetime" | "timestamp", _)
            if found.default.is_some_and(|text| text.contains("0000-00-00")) =>
        {
            return ("VARCHAR".into(), true);
        }
        ("date", _) => "DATE",
        ("datetime", _) => "TIMESTAMP",
        ("timestamp", _) => "TIMESTAMPTZ",
        ("binary" | "varbinary" | "tinyblob" | "blob" | "mediumblob" | "longblob", _) => "BLOB",
        ("char" | "varchar" | "tinytext" | "text" | "mediumtext" | "longtext" | "enum" | "set", _) => {
            "VARCHAR"
        }
        ("uuid", _) => "UUID",
        // Bits, times beyond a day, JSON, geometries, addresses, and what comes later.
        _ => return ("VARCHAR".into(), true),
    };
    (native.into(), false)
}

/// The longest text, in characters.
pub(super) fn length(found: &Found<'_>) -> Option<u32> {
    matches!(found.base, "char" | "varchar").then(|| found.length?.try_into().ok()).flatten()
}

/// The values of `enum('a','b')`.
pub(super) fn values(full: &str) -> Vec<String> {
    let Some(inside) = full.strip_prefix("enum(").and_then(|rest| rest.strip_suffix(')')) else {
        return Vec::new();
    };
    let inside = inside.trim_start_matches('\'').trim_end_matches('\'');
    inside.split("','").map(|value| value.replace("''", "'")).collect()
}

/// How a collation compares: all but the exact ones know no case; the older ones no accents and no blanks at
/// the end either.
pub(super) fn equality(collation: Option<&str>) -> Equality {
    match collation {
        None => Equality::Exact,
        Some(name) if name.ends_with("_bin") || name.ends_with("_cs") => Equality::Exact,
        Some(name) if name.ends_with("_as_ci") => Equality::NoCase,
        Some(_) => Equality::Loose,
    }
}

/// What is selected for a column.
pub(super) fn selected(column: &Column) -> String {
    let name = Ident(&column.name);
    let base = column.source_type.split('(').next().unwrap_or_default();
    match base {
        // The text of a FLOAT has six digits only, that of the equal DOUBLE all of them.
        _ if column.duck_type == "FLOAT" => format!("{name} + 0e0"),
        "bit" if column.duck_type == "BOOLEAN" => format!("{name} + 0"),
        "bit" => {
            let width = column.source_type.trim_start_matches("bit(").trim_end_matches(')');
            format!("lpad(bin({name}), {width}, '0')")
        }
        "geometry" | "point" | "linestring" | "polygon" | "multipoint" | "multilinestring"
        | "multipolygon" | "geometrycollection" | "geomcollection" => {
            format!("concat('SRID=', st_srid({name}), ';', st_astext({name}))")
        }
        "year" => format!("{name} + 0"),
        "binary" | "varbinary" => name.to_string(),
        _ if column.as_text => format!("CAST({name} AS CHAR)"),
        _ => name.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_hold_every_value() {
        let shown = |base: &str, full: &str, precision, scale, default| {
            let (name, as_text) = duck_type(&Found { base, full, length: None, precision, scale, default });
            format!("{name} {as_text}")
        };
        assert_eq!(shown("bigint", "bigint(20) unsigned", None, None, None), "DECIMAL(20,0) false");
        assert_eq!(shown("decimal", "decimal(65,30)", Some(65), Some(30), None), "VARCHAR true");
        assert_eq!(shown("decimal", "decimal(10,2)", Some(10), Some(2), None), "DECIMAL(10,2) false");
        assert_eq!(shown("date", "date", None, None, Some("'0000-00-00'")), "VARCHAR true");
        assert_eq!(shown("time", "time(6)", None, None, None), "VARCHAR true");
        assert_eq!(shown("bit", "bit(1)", None, None, None), "BOOLEAN false");
    }

    #[test]
    fn the_values_of_an_enum_may_hold_quotes_and_commas() {
        assert_eq!(values("enum('a','it''s','x,y')"), ["a", "it's", "x,y"]);
        assert!(values("set('a')").is_empty());
    }
}
