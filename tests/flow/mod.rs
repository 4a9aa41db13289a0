//! Whole phases on real stores.

mod analyze;
mod districts;
mod killed;
mod load;
mod northwind;
mod pipeline;
mod slices;
