//! Whole phases on real stores.

mod load;
mod pipeline;
