//! Arrow batches: made of columns, and joined to larger ones.

use super::Sink;
use crate::error::Result;
use arrow::array::ArrayRef;
use arrow::datatypes::SchemaRef;
use arrow::record_batch::{RecordBatch, RecordBatchOptions};

/// A batch of so many rows, which columns alone do not tell where there are none.
pub(super) fn batch(schema: &SchemaRef, columns: Vec<ArrayRef>, rows: usize) -> Result<RecordBatch> {
    let options = RecordBatchOptions::new().with_row_count(Some(rows));
    Ok(RecordBatch::try_new_with_options(schema.clone(), columns, &options)?)
}

/// Hands `take` the batches of a stream joined to `rows` rows or a little more; the last may have fewer.
pub fn in_chunks(rows: usize, batches: &mut dyn FnMut(Sink<'_>) -> Result<()>, take: Sink<'_>) -> Result<()> {
    let mut waiting: Vec<RecordBatch> = Vec::new();
    let mut flush = |waiting: &mut Vec<RecordBatch>| match waiting.first() {
        Some(first) => {
            let joined = arrow::compute::concat_batches(&first.schema(), waiting.iter())?;
            waiting.clear();
            take(joined)
        }
        None => Ok(()),
    };
    batches(&mut |batch| {
        waiting.push(batch);
        let is_full = waiting.iter().map(RecordBatch::num_rows).sum::<usize>() >= rows;
        if is_full { flush(&mut waiting) } else { Ok(()) }
    })?;
    flush(&mut waiting)
}
