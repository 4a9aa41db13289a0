//! Stores, each against its real engine.

mod copy;
mod graph_file;
mod postgres;
mod sqlite;
