//! `datamig completions`: what a shell needs to complete our words.

use super::{Cli, output};
use crate::error::Result;
use clap::CommandFactory;

/// Print completions for a shell
#[derive(clap::Args)]
pub struct Completions {
    /// The shell
    shell: clap_complete::Shell,
}

impl Completions {
    pub(super) fn run(&self) -> Result<()> {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut Cli::command(), "datamig", &mut script);
        output::stdout(&script)
    }
}
