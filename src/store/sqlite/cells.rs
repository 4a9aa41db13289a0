//! SQLite's values into Arrow columns. A value that the column's type does not hold exactly is refused, never
//! converted.

use super::types::{Codec, encode};
use crate::catalog::Column;
use crate::store::text;
use arrow::array::{
    ArrayRef, BinaryBuilder, BooleanBuilder, Date32Builder, Decimal128Builder, Float64Builder, Int16Builder,
    Int32Builder, Int64Builder, StringBuilder, TimestampMicrosecondBuilder,
};
use arrow::datatypes::DataType;
use rusqlite::types::ValueRef;
use std::sync::Arc;

/// The cells of one column of a batch in the making.
pub(super) struct Cells {
    codec: Codec,
    builder: Builder,
}

enum Builder {
    Bool(BooleanBuilder),
    Int16(Int16Builder),
    Int32(Int32Builder),
    Int64(Int64Builder),
    Double(Float64Builder),
    Decimal(Decimal128Builder),
    Date(Date32Builder),
    Timestamp(TimestampMicrosecondBuilder),
    Blob(BinaryBuilder),
    Text(StringBuilder),
}

impl Cells {
    /// Cells of a column.
    pub(super) fn new(column: &Column) -> Cells {
        Cells::with(Codec::of(column))
    }

    /// Cells of text made by an expression.
    pub(super) fn text() -> Cells {
        Cells::with(Codec::Text)
    }

    fn with(codec: Codec) -> Cells {
        let builder = match codec {
            Codec::Bool => Builder::Bool(BooleanBuilder::new()),
            Codec::Int16 => Builder::Int16(Int16Builder::new()),
            Codec::Int32 => Builder::Int32(Int32Builder::new()),
            Codec::Int64 => Builder::Int64(Int64Builder::new()),
            Codec::Double => Builder::Double(Float64Builder::new()),
            Codec::Decimal(precision, scale) => Builder::Decimal(
                Decimal128Builder::new().with_data_type(DataType::Decimal128(precision, scale)),
            ),
            Codec::Date => Builder::Date(Date32Builder::new()),
            Codec::Timestamp => Builder::Timestamp(TimestampMicrosecondBuilder::new()),
            Codec::TimestampTz => Builder::Timestamp(TimestampMicrosecondBuilder::new().with_timezone("UTC")),
            Codec::Blob => Builder::Blob(BinaryBuilder::new()),
            Codec::Text | Codec::Any => Builder::Text(StringBuilder::new()),
        };
        Cells { codec, builder }
    }

    /// Adds a value; false when the column's type does not hold it exactly, and nothing was added.
    pub(super) fn push(&mut self, value: ValueRef<'_>) -> bool {
        if value == ValueRef::Null {
            self.push_null();
            return true;
        }
        self.push_value(value).is_some()
    }

    fn push_value(&mut self, value: ValueRef<'_>) -> Option<()> {
        match &mut self.builder {
            Builder::Bool(cells) => cells.append_value(match value {
                ValueRef::Integer(0) => false,
                ValueRef::Integer(1) => true,
                _ => return None,
            }),
            Builder::Int16(cells) => cells.append_value(value.as_i64().ok()?.try_into().ok()?),
            Builder::Int32(cells) => cells.append_value(value.as_i64().ok()?.try_into().ok()?),
            Builder::Int64(cells) => cells.append_value(value.as_i64().ok()?),
            Builder::Double(cells) => cells.append_value(value.as_f64().ok()?),
            Builder::Decimal(cells) => cells.append_value(decimal(value, self.codec)?),
            Builder::Date(cells) => cells.append_value(text::parse_date(value.as_str().ok()?)?),
            Builder::Timestamp(cells) => {
                let text = value.as_str().ok()?;
                let parse = if self.codec == Codec::Timestamp {
                    text::parse_timestamp
                } else {
                    text::parse_timestamptz
                };
                cells.append_value(parse(text)?);
            }
            Builder::Blob(cells) => cells.append_value(value.as_blob().ok().filter(|_| !is_text(value))?),
            Builder::Text(cells) => match (self.codec, value) {
                (Codec::Any, value) => cells.append_value(encode(value)?),
                (_, ValueRef::Integer(number)) => cells.append_value(number.to_string()),
                (_, value) => cells.append_value(value.as_str().ok()?),
            },
        }
        Some(())
    }

    /// Adds a NULL.
    pub(super) fn push_null(&mut self) {
        match &mut self.builder {
            Builder::Bool(cells) => cells.append_null(),
            Builder::Int16(cells) => cells.append_null(),
            Builder::Int32(cells) => cells.append_null(),
            Builder::Int64(cells) => cells.append_null(),
            Builder::Double(cells) => cells.append_null(),
            Builder::Decimal(cells) => cells.append_null(),
            Builder::Date(cells) => cells.append_null(),
            Builder::Timestamp(cells) => cells.append_null(),
            Builder::Blob(cells) => cells.append_null(),
            Builder::Text(cells) => cells.append_null(),
        }
    }

    /// The cells so far; none are left.
    pub(super) fn finish(&mut self) -> ArrayRef {
        match &mut self.builder {
            Builder::Bool(cells) => Arc::new(cells.finish()),
            Builder::Int16(cells) => Arc::new(cells.finish()),
            Builder::Int32(cells) => Arc::new(cells.finish()),
            Builder::Int64(cells) => Arc::new(cells.finish()),
            Builder::Double(cells) => Arc::new(cells.finish()),
            Builder::Decimal(cells) => Arc::new(cells.finish()),
            Builder::Date(cells) => Arc::new(cells.finish()),
            Builder::Timestamp(cells) => Arc::new(cells.finish()),
            Builder::Blob(cells) => Arc::new(cells.finish()),
            Builder::Text(cells) => Arc::new(cells.finish()),
        }
    }
}

fn is_text(value: ValueRef<'_>) -> bool {
    matches!(value, ValueRef::Text(_))
}

fn decimal(value: ValueRef<'_>, codec: Codec) -> Option<i128> {
    let Codec::Decimal(precision, scale) = codec else { return None };
    let text = match value {
        ValueRef::Integer(number) => number.to_string(),
        ValueRef::Real(number) => number.to_string(),
        _ => return None,
    };
    text::parse_decimal(&text, precision, scale)
}
