//! Cells of batches as parameters of statements.

use super::types::{Codec, decode, duck_type};
use crate::catalog::Column;
use crate::store::text;
use arrow::array::{ArrayRef, AsArray, RecordBatch};
use arrow::datatypes::{
    DataType, Date32Type, Decimal128Type, Float32Type, Float64Type, Int16Type, Int32Type, Int64Type,
    TimestampMicrosecondType,
};
use rusqlite::Statement;

/// One column of a batch, ready to be bound.
pub(super) struct Cell<'a> {
    array: &'a ArrayRef,
    /// Text that stands for any value: the column was staged as text, or the target's declared type is no text.
    is_any: bool,
}

impl<'a> Cell<'a> {
    fn new(array: &'a ArrayRef, column: &Column) -> Cell<'a> {
        let declared = duck_type(&column.source_type).0;
        let is_any = Codec::of(column) == Codec::Any || declared != "VARCHAR";
        Cell { array, is_any }
    }

    fn bind(&self, statement: &mut Statement<'_>, at: usize, row: usize) -> rusqlite::Result<()> {
        let array = self.array.as_ref();
        if array.is_null(row) {
            return statement.raw_bind_parameter(at, rusqlite::types::Null);
        }
        match array.data_type() {
            DataType::Boolean => statement.raw_bind_parameter(at, array.as_boolean().value(row)),
            DataType::Int16 => statement.raw_bind_parameter(at, array.as_primitive::<Int16Type>().value(row)),
            DataType::Int32 => statement.raw_bind_parameter(at, array.as_primitive::<Int32Type>().value(row)),
            DataType::Int64 => statement.raw_bind_parameter(at, array.as_primitive::<Int64Type>().value(row)),
            DataType::Float32 => {
                statement.raw_bind_parameter(at, f64::from(array.as_primitive::<Float32Type>().value(row)))
            }
            DataType::Float64 => {
                statement.raw_bind_parameter(at, array.as_primitive::<Float64Type>().value(row))
            }
            DataType::Date32 => {
                statement.raw_bind_parameter(at, text::date(array.as_primitive::<Date32Type>().value(row)))
            }
            DataType::Timestamp(_, zone) => {
                let text = text::timestamp(array.as_primitive::<TimestampMicrosecondType>().value(row));
                let zone = if zone.is_some() { "+00" } else { "" };
                statement.raw_bind_parameter(at, text + zone)
            }
            DataType::Decimal128(_, scale) => {
                let units = array.as_primitive::<Decimal128Type>().value(row);
                statement.raw_bind_parameter(at, text::decimal(units, *scale))
            }
            DataType::Binary => statement.raw_bind_parameter(at, array.as_binary::<i32>().value(row)),
            DataType::Utf8 if self.is_any => {
                statement.raw_bind_parameter(at, decode(array.as_string::<i32>().value(row)))
            }
            DataType::Utf8 => statement.raw_bind_parameter(at, array.as_string::<i32>().value(row)),
            _ => Err(rusqlite::Error::InvalidParameterName(String::new())),
        }
    }
}

/// The columns of a batch at these places.
pub(super) fn cells<'a>(batch: &'a RecordBatch, places: &[usize], columns: &[&Column]) -> Vec<Cell<'a>> {
    places.iter().map(|at| Cell::new(batch.column(*at), columns[*at])).collect()
}

/// Runs a statement with the cells of these rows, one row after the other.
pub(super) fn execute(
    statement: &mut Statement<'_>,
    cells: &[Cell<'_>],
    rows: std::ops::Range<usize>,
) -> rusqlite::Result<u64> {
    let mut place = 0;
    for row in rows {
        for cell in cells {
            place += 1;
            cell.bind(statement, place, row)?;
        }
    }
    statement.raw_execute().map(|changed| changed as u64)
}
