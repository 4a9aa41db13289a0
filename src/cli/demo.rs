//! `datamig demo`: makes the demo stores of a project.

use super::{Global, words};
use crate::error::Result;
use crate::phase::demo::{self, Made, Request};
use clap::Args;

/// Make the demo PROD and CERT stores of the project.
///
/// Stores that this command did not make are left alone. With `--env postgres` the accounts named for
/// PROD must be allowed to write, here and nowhere else.
#[derive(Args)]
pub struct Demo {
    /// Size: at 1 district-001 has 543,210 records
    #[arg(long, default_value_t = 0.1, value_name = "FACTOR")]
    scale: f64,
    /// The same seed makes the same rows
    #[arg(long, default_value_t = 42, value_name = "NUMBER")]
    seed: u32,
}

impl Demo {
    /// Runs the command.
    pub fn run(&self, global: &Global) -> Result<()> {
        let project = global.project()?;
        if demo::write_secrets(&project.workspace)? {
            words::note(global, "wrote .env with two fresh secrets, readable by you alone");
        }
        let endpoints = project.endpoints(&global.env, &global.variables()?)?;
        let request =
            Request { project: &project, endpoints: &endpoints, scale: self.scale, seed: self.seed };
        let told = |made: &Made| {
            let Made { side, store, shown, tables, rows } = made;
            words::note(global, &format!("{side} {store}: {tables} tables, {rows} rows in {shown}"));
        };
        demo::execute(&request, &told)?;
        Ok(())
    }
}
