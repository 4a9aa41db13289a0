//! Whole phases on real stores.

mod killed;
mod load;
mod northwind;
mod pipeline;
mod slices;
