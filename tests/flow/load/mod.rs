//! Load, rollback, verify and recover: all stores or none, on SQLite, PostgreSQL and the graph file.

mod crash;
mod crowd;
mod cut;
mod disk;
mod faults;
mod merge;
mod random;
mod refusals;
mod round_trip;
mod sweep;
mod testers;
mod two_phase;
mod world;
