//! The program: reads the command line, runs the command, turns the outcome into words and an exit code.

use clap::Parser;
use datamig::cli::{self, Cli, signal, words};
use datamig::error::Error;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;

/// Serves the engines as well: the feature `override` replaces `malloc` for the whole process.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    signal::forbid_dumps();
    signal::install();
    words::hide_panics();
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) if error.use_stderr() && std::env::args_os().any(|word| word == "--json") => {
            let words = error.render().to_string();
            let error = Error::usage(words.trim_start_matches("error: ").trim_end());
            words::json_error(&error);
            return ExitCode::from(error.kind.exit_code());
        }
        Err(error) => error.exit(),
    };
    let done = catch_unwind(AssertUnwindSafe(|| cli::run(&cli)));
    let error = match done {
        Ok(Ok(())) => return ExitCode::SUCCESS,
        Ok(Err(error)) if words::is_quiet(&error) => return ExitCode::SUCCESS,
        Ok(Err(error)) => error,
        Err(_) => Error::internal("datamig met a bug in itself and stopped").hint(
            "nothing is half loaded: `datamig recover` says what it left; please report the place above",
        ),
    };
    words::error(&cli.global, &error);
    ExitCode::from(error.kind.exit_code())
}
