//! Stores, each against its real engine.

mod copy;
mod graph_file;
mod mysql;
mod neo4j;
mod postgres;
mod sqlite;
