//! datamig moves one tenant's slice of production into a test environment, provably safely.

pub mod catalog;
pub mod cli;
pub mod duck;
pub mod error;
pub mod name;
pub mod phase;
pub mod project;
pub mod repl;
pub mod rule;
pub mod run;
pub mod secret;
pub mod slice;
pub mod sql;
pub mod store;
pub mod threads;
