//! Which rows belong to a root: against an oracle on random databases.

mod differential;
mod generate;
mod model;
mod oracle;
