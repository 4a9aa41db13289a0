//! Whole phases on real stores.

mod load;
mod northwind;
mod pipeline;
mod slices;
