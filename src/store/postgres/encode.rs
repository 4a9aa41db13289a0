//! Arrow into binary `COPY`.

use super::decode::{EPOCH_DAYS, EPOCH_MICROS};
use super::numeric;
use super::types::Wire;
use crate::error::{Error, Result};
use arrow::array::{
    Array, ArrayRef, AsArray, BinaryArray, BooleanArray, Date32Array, Decimal128Array, Float32Array,
    Float64Array, Int16Array, Int32Array, Int64Array, StringArray, TimestampMicrosecondArray,
};
use arrow::compute::{CastOptions, cast_with_options};
use arrow::datatypes::{
    DataType, Date32Type, Decimal128Type, Float32Type, Float64Type, Int16Type, Int32Type, Int64Type,
    TimestampMicrosecondType,
};
use arrow::record_batch::RecordBatch;

/// What a binary `COPY` begins with: signature, flags, no extension.
pub(super) const HEADER: &[u8] = b"PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0";
/// What it ends with.
pub(super) const TRAILER: &[u8] = &[0xff, 0xff];

/// Appends the rows of a batch. `columns` names each column, for errors, and its form.
pub(super) fn batch(batch: &RecordBatch, columns: &[(String, Wire)], out: &mut Vec<u8>) -> Result<()> {
    if batch.num_columns() != columns.len() {
        return Err(Error::internal(format!(
            "a batch has {} columns where {} were announced",
            batch.num_columns(),
            columns.len()
        )));
    }
    let cast: Vec<ArrayRef> = batch
        .columns()
        .iter()
        .zip(columns)
        .map(|(array, (name, wire))| as_wire(array, *wire, name))
        .collect::<Result<_>>()?;
    let readers: Vec<Reader<'_>> =
        cast.iter().zip(columns).map(|(array, (_, wire))| Reader::new(array, *wire)).collect();
    let count = i16::try_from(columns.len()).map_err(|_| Error::internal("a table has too many columns"))?;
    for row in 0..batch.num_rows() {
        out.extend_from_slice(&count.to_be_bytes());
        for ((array, reader), (name, _)) in cast.iter().zip(&readers).zip(columns) {
            if array.is_null(row) {
                out.extend_from_slice(&(-1i32).to_be_bytes());
            } else {
                reader.append(row, out).ok_or_else(|| does_not_fit(name))?;
            }
        }
    }
    Ok(())
}

fn does_not_fit(name: &str) -> Error {
    Error::config(format!("{name}: a value does not fit the column's type (it is not shown)"))
}

/// The array in the type of its wire form; another engine may hand over a narrower or wider one.
fn as_wire(array: &ArrayRef, wire: Wire, name: &str) -> Result<ArrayRef> {
    let wanted = wire.arrow();
    let same = match (array.data_type(), &wanted) {
        // The instant counts; the name of the zone does not.
        (DataType::Timestamp(unit, _), DataType::Timestamp(wanted, _)) => unit == wanted,
        (found, wanted) => found == wanted,
    };
    if same {
        return Ok(array.clone());
    }
    let options = CastOptions { safe: false, ..CastOptions::default() };
    cast_with_options(array, &wanted, &options).map_err(|_| does_not_fit(name))
}

/// A typed view of one column.
enum Reader<'a> {
    Bool(&'a BooleanArray),
    Int2(&'a Int16Array),
    Int4(&'a Int32Array),
    Int8(&'a Int64Array),
    Float4(&'a Float32Array),
    Float8(&'a Float64Array),
    Text(&'a StringArray),
    Jsonb(&'a StringArray),
    Uuid(&'a StringArray),
    Date(&'a Date32Array),
    Timestamp(&'a TimestampMicrosecondArray),
    Bytes(&'a BinaryArray),
    Numeric(&'a Decimal128Array, i8),
}

impl<'a> Reader<'a> {
    fn new(array: &'a ArrayRef, wire: Wire) -> Reader<'a> {
        match wire {
            Wire::Bool => Reader::Bool(array.as_boolean()),
            Wire::Int2 => Reader::Int2(array.as_primitive::<Int16Type>()),
            Wire::Int4 => Reader::Int4(array.as_primitive::<Int32Type>()),
            Wire::Int8 => Reader::Int8(array.as_primitive::<Int64Type>()),
            Wire::Float4 => Reader::Float4(array.as_primitive::<Float32Type>()),
            Wire::Float8 => Reader::Float8(array.as_primitive::<Float64Type>()),
            Wire::Text => Reader::Text(array.as_string()),
            Wire::Jsonb => Reader::Jsonb(array.as_string()),
            Wire::Uuid => Reader::Uuid(array.as_string()),
            Wire::Date => Reader::Date(array.as_primitive::<Date32Type>()),
            Wire::Timestamp | Wire::TimestampTz => {
                Reader::Timestamp(array.as_primitive::<TimestampMicrosecondType>())
            }
            Wire::Bytes => Reader::Bytes(array.as_binary()),
            Wire::Numeric(_, scale) => Reader::Numeric(array.as_primitive::<Decimal128Type>(), scale),
        }
    }

    /// Appends length and bytes of the value in `row`; `None` when PostgreSQL's type cannot hold it.
    fn append(&self, row: usize, out: &mut Vec<u8>) -> Option<()> {
        match self {
            Reader::Bool(array) => sized(out, &[u8::from(array.value(row))]),
            Reader::Int2(array) => sized(out, &array.value(row).to_be_bytes()),
            Reader::Int4(array) => sized(out, &array.value(row).to_be_bytes()),
            Reader::Int8(array) => sized(out, &array.value(row).to_be_bytes()),
            Reader::Float4(array) => sized(out, &array.value(row).to_be_bytes()),
            Reader::Float8(array) => sized(out, &array.value(row).to_be_bytes()),
            Reader::Text(array) => sized(out, array.value(row).as_bytes()),
            Reader::Jsonb(array) => {
                let text = array.value(row).as_bytes();
                out.extend_from_slice(&i32::try_from(text.len() + 1).ok()?.to_be_bytes());
                out.push(1);
                out.extend_from_slice(text);
                Some(())
            }
            Reader::Uuid(array) => sized(out, &uuid(array.value(row))?),
            Reader::Date(array) => sized(out, &date(array.value(row))?.to_be_bytes()),
            Reader::Timestamp(array) => sized(out, &timestamp(array.value(row))?.to_be_bytes()),
            Reader::Bytes(array) => sized(out, array.value(row)),
            Reader::Numeric(array, scale) => {
                numeric::encode(array.value(row), *scale, out);
                Some(())
            }
        }
    }
}

fn sized(out: &mut Vec<u8>, bytes: &[u8]) -> Option<()> {
    out.extend_from_slice(&i32::try_from(bytes.len()).ok()?.to_be_bytes());
    out.extend_from_slice(bytes);
    Some(())
}

fn date(days: i32) -> Option<i32> {
    match days {
        i32::MAX => Some(i32::MAX),
        days if days <= -i32::MAX => Some(i32::MIN),
        days => days.checked_sub(EPOCH_DAYS),
    }
}

fn timestamp(micros: i64) -> Option<i64> {
    match micros {
        i64::MAX => Some(i64::MAX),
        micros if micros <= -i64::MAX => Some(i64::MIN),
        micros => micros.checked_sub(EPOCH_MICROS),
    }
}

/// The 16 bytes of a UUID in the usual spelling, with or without dashes.
pub(super) fn uuid(text: &str) -> Option<[u8; 16]> {
    let mut bytes = [0u8; 16];
    let mut digits = 0;
    for c in text.bytes().filter(|c| *c != b'-') {
        let digit = u8::try_from(char::from(c).to_digit(16)?).ok()?;
        *bytes.get_mut(digits / 2)? |= digit << if digits % 2 == 0 { 4 } else { 0 };
        digits += 1;
    }
    (digits == 32).then_some(bytes)
}
