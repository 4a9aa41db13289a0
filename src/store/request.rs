//! What a store is asked for: which columns of which rows of one table.

use crate::catalog::{Column, Table};
use arrow::record_batch::RecordBatch;

/// One request for rows of one table.
#[derive(Clone)]
pub struct Read<'a> {
    /// The table.
    pub table: &'a Table,
    /// What to return, in order.
    pub outputs: Vec<Output<'a>>,
    /// Rows that match any of these; empty means every row.
    pub any: Vec<Filter>,
    /// Further condition on every row.
    pub tenant: Option<Tenant>,
    /// Of a type of relationship: only those between nodes stored under these labels, start and end.
    pub between: Option<[&'a str; 2]>,
}

/// One returned column.
#[derive(Clone)]
pub enum Output<'a> {
    /// The column as it is; one with `as_text` as the engine's own text.
    Column(&'a Column),
    /// NULL of the column's type: a value that is discarded is never read.
    Null(&'a Column),
    /// The value of an expression over the row, as text.
    Text(String),
}

/// A condition on a row.
#[derive(Clone)]
pub enum Filter {
    /// `column = value`, the value converted by the engine to the column's type.
    Equals {
        /// The column.
        column: String,
        /// The value, as text.
        value: String,
    },
    /// The tuple of columns is one of the rows of `keys`.
    Keys {
        /// Column names, or engine expressions when `is_expression`.
        columns: Vec<String>,
        /// Whether `columns` are expressions.
        is_expression: bool,
        /// One column per entry of `columns`: Int64 or Utf8, without NULLs, rows distinct.
        keys: RecordBatch,
    },
    /// As `Keys` of plain columns, and what the rows lead to: many levels at once. A store may stop after any level.
    Chain {
        /// Column names.
        columns: Vec<String>,
        /// What rows lead to.
        then: Then,
        /// As in `Keys`.
        keys: RecordBatch,
    },
    /// A condition in the engine's own SQL, written by the project or the user.
    Sql(String),
}

/// What the rows of a chain lead to.
#[derive(Clone, Debug, PartialEq)]
pub enum Then {
    /// What they hold in these columns is looked for in those of the chain next.
    Columns(Vec<String>),
    /// The nodes of the same label at the other end of their relationships of a type.
    Relationships {
        /// The type.
        name: String,
        /// Whether the rows are at the start.
        is_forward: bool,
    },
}

/// Whose rows are wanted.
#[derive(Clone)]
pub struct Tenant {
    /// The tenant column.
    pub column: String,
    /// Our tenant.
    pub value: String,
    /// Which rows are wanted.
    pub wanted: Wanted,
}

/// Rows by owner.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Wanted {
    /// Ours, and those without an owner.
    OursOrNobodys,
    /// Only those without an owner.
    Nobodys,
    /// Only those of another tenant.
    Foreign,
}
