//! Binary `COPY` into Arrow, one pass, no allocation per value.

use super::numeric;
use super::types::Wire;
use crate::error::{Error, Result};
use crate::store::{BATCH_ROWS, Sink, batch};
use arrow::array::{
    ArrayRef, BinaryBuilder, BooleanBuilder, Date32Builder, Decimal128Builder, Float32Builder,
    Float64Builder, Int16Builder, Int32Builder, Int64Builder, StringBuilder, TimestampMicrosecondBuilder,
};
use arrow::datatypes::{Field, Schema, SchemaRef};
use std::sync::Arc;

/// A batch is handed over early when it holds this many bytes: cells may be large.
const BATCH_BYTES: usize = 16 << 20;
/// Days and microseconds from 1970 to 2000, where PostgreSQL counts from.
pub(super) const EPOCH_DAYS: i32 = 10_957;
pub(super) const EPOCH_MICROS: i64 = 946_684_800_000_000;

/// Collects rows and hands them over in batches.
pub(super) struct Decoder {
    /// The table, for errors.
    table: String,
    names: Vec<String>,
    builders: Vec<Builder>,
    schema: SchemaRef,
    rows: usize,
    bytes: usize,
    started: bool,
}

enum Builder {
    Bool(BooleanBuilder),
    Int2(Int16Builder),
    Int4(Int32Builder),
    Int8(Int64Builder),
    Float4(Float32Builder),
    Float8(Float64Builder),
    Text(StringBuilder),
    Uuid(StringBuilder),
    Date(Date32Builder),
    Timestamp(TimestampMicrosecondBuilder),
    Bytes(BinaryBuilder),
    Numeric(Decimal128Builder, i8),
}

impl Decoder {
    /// A decoder of rows of these outputs of `table`.
    pub(super) fn new(table: String, outputs: &[(String, Wire)]) -> Decoder {
        let fields = outputs.iter().map(|(name, wire)| Field::new(name, wire.arrow(), true));
        Decoder {
            table,
            schema: Arc::new(Schema::new(fields.collect::<Vec<_>>())),
            builders: outputs.iter().map(|(_, wire)| Builder::new(*wire)).collect(),
            names: outputs.iter().map(|(name, _)| name.clone()).collect(),
            rows: 0,
            bytes: 0,
            started: false,
        }
    }

    /// Takes one message: one row, the first with the file header before it.
    pub(super) fn message(&mut self, mut bytes: &[u8], sink: Sink<'_>) -> Result<()> {
        if !self.started {
            // Signature (11 bytes), flags, and the length of an extension that is always empty.
            bytes = bytes.get(19..).ok_or_else(|| self.malformed())?;
            self.started = true;
        }
        while !bytes.is_empty() {
            let (count, rest) = bytes.split_first_chunk().ok_or_else(|| self.malformed())?;
            match i16::from_be_bytes(*count) {
                -1 => return Ok(()),
                count if usize::try_from(count) == Ok(self.builders.len()) => {}
                _ => return Err(self.malformed()),
            }
            let before = bytes.len();
            bytes = self.row(rest)?;
            self.rows += 1;
            self.bytes += before - bytes.len();
            if self.rows == BATCH_ROWS || self.bytes > BATCH_BYTES {
                self.hand_over(sink)?;
            }
        }
        Ok(())
    }

    fn row<'b>(&mut self, mut bytes: &'b [u8]) -> Result<&'b [u8]> {
        for at in 0..self.builders.len() {
            let (length, rest) = bytes.split_first_chunk().ok_or_else(|| self.malformed())?;
            let Ok(length) = usize::try_from(i32::from_be_bytes(*length)) else {
                self.builders[at].null();
                bytes = rest;
                continue;
            };
            let (value, rest) = rest.split_at_checked(length).ok_or_else(|| self.malformed())?;
            self.builders[at].value(value).map_err(|problem| self.problem(at, problem))?;
            bytes = rest;
        }
        Ok(bytes)
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

    fn malformed(&self) -> Error {
        Error::internal(format!("{}: the server sent rows of another form than asked for", self.table))
            .hint("did the schema change meanwhile? run the command again")
    }

    fn problem(&self, at: usize, problem: Problem) -> Error {
        let place = format!("{}.{}", self.table, self.names[at]);
        match problem {
            Problem::Form => Error::internal(format!("{place} has another type than introspection found"))
                .hint("did the schema change meanwhile? run the command again"),
            Problem::Range => Error::config(format!("{place} holds a value that DuckDB's type cannot hold"))
                .hint(format!(
                    "NaN in a numeric(p,s), or a time after the year 294246? name {place:?} under `as_text` in \
                     project.yaml to carry its values as they are"
                )),
            Problem::Encoding => Error::config(format!("{place} holds text that is not valid UTF-8"))
                .hint("a database in SQL_ASCII? correct the cells or exclude the table"),
        }
    }
}

/// Why one value could not be taken.
#[derive(Clone, Copy, Debug)]
enum Problem {
    Form,
    Range,
    Encoding,
}

impl Builder {
    fn new(wire: Wire) -> Builder {
        let rows = BATCH_ROWS;
        let text = || StringBuilder::with_capacity(rows, 16 * rows);
        match wire {
            Wire::Bool => Builder::Bool(BooleanBuilder::with_capacity(rows)),
            Wire::Int2 => Builder::Int2(Int16Builder::with_capacity(rows)),
            Wire::Int4 => Builder::Int4(Int32Builder::with_capacity(rows)),
            Wire::Int8 => Builder::Int8(Int64Builder::with_capacity(rows)),
            Wire::Float4 => Builder::Float4(Float32Builder::with_capacity(rows)),
            Wire::Float8 => Builder::Float8(Float64Builder::with_capacity(rows)),
            Wire::Text | Wire::Jsonb => Builder::Text(text()),
            Wire::Uuid => Builder::Uuid(text()),
            Wire::Date => Builder::Date(Date32Builder::with_capacity(rows)),
            Wire::Timestamp | Wire::TimestampTz => Builder::Timestamp(
                TimestampMicrosecondBuilder::with_capacity(rows).with_data_type(wire.arrow()),
            ),
            Wire::Bytes => Builder::Bytes(BinaryBuilder::with_capacity(rows, 16 * rows)),
            Wire::Numeric(_, scale) => {
                Builder::Numeric(Decimal128Builder::with_capacity(rows).with_data_type(wire.arrow()), scale)
            }
        }
    }

    fn value(&mut self, bytes: &[u8]) -> Result<(), Problem> {
        match self {
            Builder::Bool(builder) => builder.append_value(u8::from_be_bytes(fixed(bytes)?) != 0),
            Builder::Int2(builder) => builder.append_value(i16::from_be_bytes(fixed(bytes)?)),
            Builder::Int4(builder) => builder.append_value(i32::from_be_bytes(fixed(bytes)?)),
            Builder::Int8(builder) => builder.append_value(i64::from_be_bytes(fixed(bytes)?)),
            Builder::Float4(builder) => builder.append_value(f32::from_be_bytes(fixed(bytes)?)),
            Builder::Float8(builder) => builder.append_value(f64::from_be_bytes(fixed(bytes)?)),
            Builder::Text(builder) => {
                builder.append_value(std::str::from_utf8(bytes).map_err(|_| Problem::Encoding)?);
            }
            Builder::Uuid(builder) => {
                let text = uuid_text(fixed(bytes)?);
                builder.append_value(std::str::from_utf8(&text).map_err(|_| Problem::Form)?);
            }
            Builder::Date(builder) => builder.append_value(date(i32::from_be_bytes(fixed(bytes)?))?),
            Builder::Timestamp(builder) => {
                builder.append_value(timestamp(i64::from_be_bytes(fixed(bytes)?))?);
            }
            Builder::Bytes(builder) => builder.append_value(bytes),
            Builder::Numeric(builder, scale) => {
                builder.append_value(numeric::decode(bytes, *scale).ok_or(Problem::Range)?);
            }
        }
        Ok(())
    }

    fn null(&mut self) {
        match self {
            Builder::Bool(builder) => builder.append_null(),
            Builder::Int2(builder) => builder.append_null(),
            Builder::Int4(builder) => builder.append_null(),
            Builder::Int8(builder) => builder.append_null(),
            Builder::Float4(builder) => builder.append_null(),
            Builder::Float8(builder) => builder.append_null(),
            Builder::Text(builder) | Builder::Uuid(builder) => builder.append_null(),
            Builder::Date(builder) => builder.append_null(),
            Builder::Timestamp(builder) => builder.append_null(),
            Builder::Bytes(builder) => builder.append_null(),
            Builder::Numeric(builder, _) => builder.append_null(),
        }
    }

    fn finish(&mut self) -> ArrayRef {
        match self {
            Builder::Bool(builder) => Arc::new(builder.finish()),
            Builder::Int2(builder) => Arc::new(builder.finish()),
            Builder::Int4(builder) => Arc::new(builder.finish()),
            Builder::Int8(builder) => Arc::new(builder.finish()),
            Builder::Float4(builder) => Arc::new(builder.finish()),
            Builder::Float8(builder) => Arc::new(builder.finish()),
            Builder::Text(builder) | Builder::Uuid(builder) => Arc::new(builder.finish()),
            Builder::Date(builder) => Arc::new(builder.finish()),
            Builder::Timestamp(builder) => Arc::new(builder.finish()),
            Builder::Bytes(builder) => Arc::new(builder.finish()),
            Builder::Numeric(builder, _) => Arc::new(builder.finish()),
        }
    }
}

fn fixed<const N: usize>(bytes: &[u8]) -> Result<[u8; N], Problem> {
    bytes.try_into().map_err(|_| Problem::Form)
}

/// Days since 1970; infinity as DuckDB has it.
fn date(days: i32) -> Result<i32, Problem> {
    match days {
        i32::MAX => Ok(i32::MAX),
        i32::MIN => Ok(-i32::MAX),
        days => days.checked_add(EPOCH_DAYS).filter(|days| *days < i32::MAX).ok_or(Problem::Range),
    }
}

/// Microseconds since 1970; infinity as DuckDB has it. DuckDB ends in 294247, PostgreSQL in 294276.
fn timestamp(micros: i64) -> Result<i64, Problem> {
    match micros {
        i64::MAX => Ok(i64::MAX),
        i64::MIN => Ok(-i64::MAX),
        micros => micros.checked_add(EPOCH_MICROS).filter(|micros| *micros < i64::MAX).ok_or(Problem::Range),
    }
}

fn uuid_text(bytes: [u8; 16]) -> [u8; 36] {
    const HEX: &[u8; 16] = b"0123456789abcdef";
    let mut text = [b'-'; 36];
    let mut at = 0;
    for (position, byte) in bytes.into_iter().enumerate() {
        if matches!(position, 4 | 6 | 8 | 10) {
            at += 1;
        }
        text[at] = HEX[usize::from(byte >> 4)];
        text[at + 1] = HEX[usize::from(byte & 15)];
        at += 2;
    }
    text
}
