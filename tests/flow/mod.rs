//! Whole phases on real stores.

mod analyze;
mod districts;
mod killed;
mod load;
mod northwind;
mod part;
pub mod pipeline;
mod slices;
mod standby;
mod stranger;
mod why;
