//! Which rows belong to a root: against an oracle on random databases, and against planted traps.

mod bench;
mod dangling;
mod deep;
mod differential;
mod generate;
mod graph;
mod keys;
mod lists;
mod model;
mod oracle;
mod part;
mod traps;
mod wall;
