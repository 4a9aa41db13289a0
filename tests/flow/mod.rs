//! Whole phases on real stores.

mod analyze;
mod districts;
mod killed;
mod load;
mod northwind;
pub mod pipeline;
mod slices;
