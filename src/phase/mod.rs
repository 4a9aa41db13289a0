//! The phases of a run: one file each. They never import each other: they meet in the run file.

pub mod analyze;
pub mod anonymize;
pub mod demo;
pub mod districts;
pub mod extract;
pub mod load;
pub mod recover;
pub mod rehearse;
pub mod report;
pub mod rollback;
pub mod suggest;
pub mod validate;
pub mod verify;
