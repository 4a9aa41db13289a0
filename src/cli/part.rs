//! The options that ask for a part of a slice, of `migrate` and `extract`.

use super::pipeline::JOBS;
use crate::error::{Error, Result};
use crate::run::Run;
use crate::slice::part::Part;

/// A part of the slice.
#[derive(clap::Args)]
pub struct PartOf {
    /// Only a part that is whole by its references: 10%, or 500 rows of the table of --of
    #[arg(long, value_name = "SHARE")]
    sample: Option<String>,
    /// The table that --sample counts: ids.students
    #[arg(long, value_name = "TABLE", requires = "sample")]
    of: Option<String>,
    /// Only what is below some rows: "ids.schools.id = 7"
    #[arg(long = "where", value_name = "CONDITION", conflicts_with = "sample")]
    condition: Option<String>,
    /// Reads side by side; of one PostgreSQL store at most 4
    #[arg(long, default_value_t = JOBS, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=64))]
    pub jobs: u16,
}

impl PartOf {
    /// The part that was asked for; `None` for the whole slice.
    pub fn part(&self) -> Result<Option<Part>> {
        Part::new(self.sample.as_deref(), self.of.as_deref(), self.condition.as_deref())
    }

    /// The part that a run was begun with, which nobody can change on the way.
    pub fn of_run(&self, run: &Run) -> Result<Option<Part>> {
        match (self.part()?, run.header.part()) {
            (None, None) => Ok(None),
            (None, Some(words)) => Part::of_header(words).map(Some),
            (Some(asked), Some(words)) if asked.to_string() == words => Ok(Some(asked)),
            (Some(_), words) => Err(Error::usage(format!(
                "{} was begun with {}",
                run.id,
                words.map_or("the whole slice".to_owned(), |words| format!("the part \"{words}\""))
            ))
            .hint("ask for the same, or begin a new run")),
        }
    }
}
