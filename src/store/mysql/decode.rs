//! The text protocol into Arrow: the bytes of each cell are read in place.

use super::session::cell;
use crate::error::{Error, Result};
use crate::store::text;
use crate::store::{BATCH_ROWS, Output, Read, Sink, arrow_type, batch};
use arrow::array::{
    ArrayRef, BinaryBuilder, BooleanBuilder, Date32Builder, Decimal128Builder, Float32Builder,
    Float64Builder, Int16Builder, Int32Builder, Int64Builder, StringBuilder, TimestampMicrosecondBuilder,
};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use sqlx::mysql::MySqlRow;
use std::sync::Arc;

/// A batch is handed over early when it holds this many bytes: cells may be large.
const BATCH_BYTES: usize = 16 << 20;

/// Collects rows and hands them over in batches.
pub(super) struct Decoder {
    /// The table, for errors.
    table: String,
    schema: SchemaRef,
    builders: Vec<Builder>,
    rows: usize,
    bytes: usize,
}

enum Builder {
    Bool(BooleanBuilder),
    Int16(Int16Builder),
    Int32(Int32Builder),
    Int64(Int64Builder),
    Float(Float32Builder),
    Double(Float64Builder),
    Decimal(Decimal128Builder, u8, i8),
    Date(Date32Builder),
    Timestamp(TimestampMicrosecondBuilder),
    Bytes(BinaryBuilder),
    Text(StringBuilder),
}

impl Decoder {
    /// A decoder of the rows of a request.
    pub(super) fn new(read: &Read<'_>) -> Decoder {
        let field = |output: &Output<'_>| match output {
            Output::Column(column) | Output::Null(column) => {
                Field::new(&column.name, arrow_type(&column.duck_type), true)
            }
            Output::Text(_) => Field::new("expression", DataType::Utf8, true),
        };
        let fields: Vec<Field> = read.outputs.iter().map(field).collect();
        Decoder {
            table: read.table.path(),
            builders: fields.iter().map(|field| Builder::new(field.data_type())).collect(),
            schema: Arc::new(Schema::new(fields)),
            rows: 0,
            bytes: 0,
        }
    }

    /// Takes one row.
    pub(super) fn row(&mut self, row: &MySqlRow, sink: Sink<'_>) -> Result<()> {
        for (at, builder) in self.builders.iter_mut().enumerate() {
            let value = cell(row, at);
            self.bytes += value.map_or(0, <[u8]>::len);
            if builder.push(value).is_none() {
                return Err(self.misfit(at));
            }
        }
        self.rows += 1;
        if self.rows == BATCH_ROWS || self.bytes > BATCH_BYTES {
            self.hand_over(sink)?;
        }
        Ok(())
    }

    /// Hands over what is left.
    pub(super) fn finish(mut self, sink: Sink<'_>) -> Result<()> {
        if self.rows > 0 { self.hand_over(sink) } else { Ok(()) }
    }

    fn hand_over(&mut self, sink: Sink<'_>) -> Result<()> {
        let columns = self.builders.iter_mut().map(Builder::finish).collect();
        let batch = batch(&self.schema, columns, self.rows);
        (self.rows, self.bytes) = (0, 0);
        sink(batch?)
    }

    fn misfit(&self, at: usize) -> Error {
        let field = self.schema.field(at);
        let place = format!("{}.{}", self.table, field.name());
        Error::config(format!("{place} holds a value that {} does not hold", field.data_type())).hint(format!(
            "0000-00-00 or a day that does not exist? name {place:?} under `as_text` in project.yaml to carry its \
             values unchanged as text, or correct them in the store"
        ))
    }
}

impl Builder {
    fn new(kind: &DataType) -> Builder {
        match kind {
            DataType::Boolean => Builder::Bool(BooleanBuilder::new()),
            DataType::Int16 => Builder::Int16(Int16Builder::new()),
            DataType::Int32 => Builder::Int32(Int32Builder::new()),
            DataType::Int64 => Builder::Int64(Int64Builder::new()),
            DataType::Float32 => Builder::Float(Float32Builder::new()),
            DataType::Float64 => Builder::Double(Float64Builder::new()),
            DataType::Date32 => Builder::Date(Date32Builder::new()),
            DataType::Timestamp(..) => {
                Builder::Timestamp(TimestampMicrosecondBuilder::new().with_data_type(kind.clone()))
            }
            DataType::Binary => Builder::Bytes(BinaryBuilder::new()),
            DataType::Decimal128(precision, scale) => {
                let builder = Decimal128Builder::new().with_data_type(kind.clone());
                Builder::Decimal(builder, *precision, *scale)
            }
            _ => Builder::Text(StringBuilder::new()),
        }
    }

    /// Adds a cell; `None` when the type does not hold its value.
    fn push(&mut self, value: Option<&[u8]>) -> Option<()> {
        let Some(bytes) = value else {
            self.push_null();
            return Some(());
        };
        if let Builder::Bytes(cells) = self {
            cells.append_value(bytes);
            return Some(());
        }
        let text = std::str::from_utf8(bytes).ok()?;
        match self {
            Builder::Bool(cells) => cells.append_value(text != "0"),
            Builder::Int16(cells) => cells.append_value(text.parse().ok()?),
            Builder::Int32(cells) => cells.append_value(text.parse().ok()?),
            Builder::Int64(cells) => cells.append_value(text.parse().ok()?),
            Builder::Float(cells) => cells.append_value(text.parse().ok()?),
            Builder::Double(cells) => cells.append_value(text.parse().ok()?),
            Builder::Decimal(cells, precision, scale) => {
                cells.append_value(text::parse_decimal(text, *precision, *scale)?);
            }
            Builder::Date(cells) => cells.append_value(text::parse_date(text)?),
            Builder::Timestamp(cells) => {
                // The server writes as many digits after the point as the column has.
                let plain = if text.contains('.') { text.trim_end_matches('0') } else { text };
                cells.append_value(text::parse_timestamp(plain.trim_end_matches('.'))?);
            }
            Builder::Text(cells) => cells.append_value(text),
            Builder::Bytes(_) => {}
        }
        Some(())
    }

    fn push_null(&mut self) {
        match self {
            Builder::Bool(cells) => cells.append_null(),
            Builder::Int16(cells) => cells.append_null(),
            Builder::Int32(cells) => cells.append_null(),
            Builder::Int64(cells) => cells.append_null(),
            Builder::Float(cells) => cells.append_null(),
            Builder::Double(cells) => cells.append_null(),
            Builder::Decimal(cells, ..) => cells.append_null(),
            Builder::Date(cells) => cells.append_null(),
            Builder::Timestamp(cells) => cells.append_null(),
            Builder::Bytes(cells) => cells.append_null(),
            Builder::Text(cells) => cells.append_null(),
        }
    }

    fn finish(&mut self) -> ArrayRef {
        match self {
            Builder::Bool(cells) => Arc::new(cells.finish()),
            Builder::Int16(cells) => Arc::new(cells.finish()),
            Builder::Int32(cells) => Arc::new(cells.finish()),
            Builder::Int64(cells) => Arc::new(cells.finish()),
            Builder::Float(cells) => Arc::new(cells.finish()),
            Builder::Double(cells) => Arc::new(cells.finish()),
            Builder::Decimal(cells, ..) => Arc::new(cells.finish()),
            Builder::Date(cells) => Arc::new(cells.finish()),
            Builder::Timestamp(cells) => Arc::new(cells.finish()),
            Builder::Bytes(cells) => Arc::new(cells.finish()),
            Builder::Text(cells) => Arc::new(cells.finish()),
        }
    }
}
