//! DuckDB: connections, macros and masking functions.

pub mod udf;
