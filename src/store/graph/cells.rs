//! The property values of graphs: into Arrow columns and out of them. What has no type of its own travels as
//! JSON text.

use crate::catalog::Column;
use crate::error::{Error, Result};
use crate::store::{arrow_type, text};
use arrow::array::{
    ArrayRef, AsArray, BooleanBuilder, Date32Builder, Float64Builder, Int64Builder, StringBuilder,
    TimestampMicrosecondBuilder,
};
use arrow::datatypes::{
    DataType, Date32Type, Decimal128Type, Float32Type, Float64Type, Int16Type, Int32Type, Int64Type,
    TimestampMicrosecondType,
};
use serde_json::Value as Json;
use std::borrow::Cow;
use std::sync::Arc;

/// One property value.
#[derive(Clone, Debug, Default, PartialEq)]
pub(in crate::store) enum Value<'a> {
    #[default]
    Null,
    Bool(bool),
    Int(i64),
    Float(f64),
    Text(Cow<'a, str>),
    /// Days since 1970.
    Date(i32),
    /// Microseconds since 1970, without a zone.
    Timestamp(i64),
    /// Lists and what else has no DuckDB type.
    Other(Json),
}

impl Value<'_> {
    /// The DuckDB type, `None` for what travels as text.
    pub fn duck_type(&self) -> Option<&'static str> {
        match self {
            Value::Bool(_) => Some("BOOLEAN"),
            Value::Int(_) => Some("BIGINT"),
            Value::Float(_) => Some("DOUBLE"),
            Value::Text(_) => Some("VARCHAR"),
            Value::Date(_) => Some("DATE"),
            Value::Timestamp(_) => Some("TIMESTAMP"),
            Value::Null | Value::Other(_) => None,
        }
    }

    /// As plain text, the way keys are compared; `None` for NULL.
    pub fn text(&self) -> Option<Cow<'_, str>> {
        Some(match self {
            Value::Null => return None,
            Value::Text(text) => Cow::Borrowed(text),
            Value::Bool(flag) => flag.to_string().into(),
            Value::Int(number) => number.to_string().into(),
            Value::Float(number) => format!("{number:?}").into(),
            Value::Date(days) => text::date(*days).into(),
            Value::Timestamp(micros) => text::timestamp(*micros).into(),
            Value::Other(json) => json.to_string().into(),
        })
    }

    /// As JSON: dates and timestamps as text.
    pub fn to_json(&self) -> Json {
        match self {
            Value::Null => Json::Null,
            Value::Bool(flag) => (*flag).into(),
            Value::Int(number) => (*number).into(),
            Value::Float(number) => (*number).into(),
            Value::Other(json) => json.clone(),
            Value::Text(_) | Value::Date(_) | Value::Timestamp(_) => {
                self.text().map_or(Json::Null, |text| text.into())
            }
        }
    }

    /// The value of a JSON scalar; everything else is [`Value::Other`].
    pub fn from_json(json: Json) -> Value<'static> {
        match json {
            Json::Null => Value::Null,
            Json::Bool(flag) => Value::Bool(flag),
            Json::String(text) => Value::Text(text.into()),
            Json::Number(number) => match (number.as_i64(), number.as_f64()) {
                (Some(whole), _) => Value::Int(whole),
                (None, Some(float)) if number.is_f64() => Value::Float(float),
                _ => Value::Other(Json::Number(number)),
            },
            other => Value::Other(other),
        }
    }
}

/// The cells of one column of a batch in the making.
pub(in crate::store) enum Cells {
    Bool(BooleanBuilder),
    Int(Int64Builder),
    Float(Float64Builder),
    Date(Date32Builder),
    Timestamp(TimestampMicrosecondBuilder),
    Text(StringBuilder),
    /// Text that holds JSON.
    Any(StringBuilder),
}

impl Cells {
    /// Cells of a column.
    pub fn new(column: &Column) -> Cells {
        if column.as_text {
            return Cells::Any(StringBuilder::new());
        }
        match arrow_type(&column.duck_type) {
            DataType::Boolean => Cells::Bool(BooleanBuilder::new()),
            DataType::Int64 => Cells::Int(Int64Builder::new()),
            DataType::Float64 => Cells::Float(Float64Builder::new()),
            DataType::Date32 => Cells::Date(Date32Builder::new()),
            DataType::Timestamp(_, None) => Cells::Timestamp(TimestampMicrosecondBuilder::new()),
            _ => Cells::Text(StringBuilder::new()),
        }
    }

    /// Cells of text.
    pub fn text() -> Cells {
        Cells::Text(StringBuilder::new())
    }

    /// Adds a value; false when the column's type does not hold it.
    pub fn push(&mut self, value: &Value<'_>) -> bool {
        match (self, value) {
            (Cells::Any(cells), Value::Null) => cells.append_null(),
            (Cells::Any(cells), value) => cells.append_value(value.to_json().to_string()),
            (Cells::Bool(cells), Value::Null) => cells.append_null(),
            (Cells::Bool(cells), Value::Bool(flag)) => cells.append_value(*flag),
            (Cells::Int(cells), Value::Null) => cells.append_null(),
            (Cells::Int(cells), Value::Int(number)) => cells.append_value(*number),
            (Cells::Float(cells), Value::Null) => cells.append_null(),
            (Cells::Float(cells), Value::Float(number)) => cells.append_value(*number),
            (Cells::Date(cells), Value::Null) => cells.append_null(),
            (Cells::Date(cells), Value::Date(days)) => cells.append_value(*days),
            (Cells::Date(cells), Value::Text(text)) => match text::parse_date(text) {
                Some(days) => cells.append_value(days),
                None => return false,
            },
            (Cells::Timestamp(cells), Value::Null) => cells.append_null(),
            (Cells::Timestamp(cells), Value::Timestamp(micros)) => cells.append_value(*micros),
            (Cells::Timestamp(cells), Value::Text(text)) => match text::parse_timestamp(text) {
                Some(micros) => cells.append_value(micros),
                None => return false,
            },
            (Cells::Text(cells), Value::Null) => cells.append_null(),
            (Cells::Text(cells), value @ (Value::Text(_) | Value::Date(_) | Value::Timestamp(_))) => {
                cells.append_option(value.text());
            }
            _ => return false,
        }
        true
    }

    /// The cells so far; none are left.
    pub fn finish(&mut self) -> ArrayRef {
        match self {
            Cells::Bool(cells) => Arc::new(cells.finish()),
            Cells::Int(cells) => Arc::new(cells.finish()),
            Cells::Float(cells) => Arc::new(cells.finish()),
            Cells::Date(cells) => Arc::new(cells.finish()),
            Cells::Timestamp(cells) => Arc::new(cells.finish()),
            Cells::Text(cells) | Cells::Any(cells) => Arc::new(cells.finish()),
        }
    }
}

/// The value in one cell of a batch; text of a column staged as text is JSON.
pub(in crate::store) fn value<'a>(array: &'a ArrayRef, row: usize, column: &Column) -> Result<Value<'a>> {
    let array = array.as_ref();
    if array.is_null(row) {
        return Ok(Value::Null);
    }
    Ok(match array.data_type() {
        DataType::Boolean => Value::Bool(array.as_boolean().value(row)),
        DataType::Int16 => Value::Int(array.as_primitive::<Int16Type>().value(row).into()),
        DataType::Int32 => Value::Int(array.as_primitive::<Int32Type>().value(row).into()),
        DataType::Int64 => Value::Int(array.as_primitive::<Int64Type>().value(row)),
        DataType::Float32 => Value::Float(array.as_primitive::<Float32Type>().value(row).into()),
        DataType::Float64 => Value::Float(array.as_primitive::<Float64Type>().value(row)),
        DataType::Date32 => Value::Date(array.as_primitive::<Date32Type>().value(row)),
        DataType::Timestamp(_, None) => {
            Value::Timestamp(array.as_primitive::<TimestampMicrosecondType>().value(row))
        }
        DataType::Decimal128(_, scale) => {
            Value::Text(text::decimal(array.as_primitive::<Decimal128Type>().value(row), *scale).into())
        }
        DataType::Utf8 if column.as_text => {
            let json =
                serde_json::from_str(array.as_string::<i32>().value(row)).map_err(|_| no_json(column))?;
            Value::from_json(json)
        }
        DataType::Utf8 => Value::Text(array.as_string::<i32>().value(row).into()),
        other => return Err(Error::internal(format!("a graph has no property of type {other}"))),
    })
}

fn no_json(column: &Column) -> Error {
    Error::config(format!("property {}: a value staged as text is not JSON", column.name)).hint(
        "a property of mixed types travels as JSON; mask it with a strategy that gives JSON, or nullify it",
    )
}
