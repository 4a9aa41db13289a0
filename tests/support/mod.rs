//! What tests share: a scratch workspace in which the built program runs, real servers, and a DuckDB
//! that is not ours.
#![allow(dead_code, reason = "a helper is written once, before all tests that need it")]

pub mod mariadb;
pub mod neo4j;
pub mod postgres;
pub mod server;
mod servers;
pub mod terminal;
pub mod workdir;

pub use servers::Servers;
pub use workdir::Workdir;

use std::path::{Path, PathBuf};
use std::process::Command;

/// The root of the repository.
pub fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Where `make setup-test` put what the tests need; its absence fails the test.
pub fn cached(name: &str) -> PathBuf {
    let path = repository().join(".cache").join(name);
    assert!(path.exists(), "{} is missing: run `make setup-test`", path.display());
    path
}

/// Runs a Python script with the official `duckdb` module and returns what it prints; `sys.argv[1:]`
/// are the arguments. Shows that a file opens in any DuckDB, without our macros and keys.
pub fn python_duckdb(script: &str, arguments: &[&Path]) -> String {
    let mut python = Command::new("python3");
    python.env("PYTHONPATH", cached("python")).args(["-c", script]).args(arguments);
    text_of(&mut python)
}

/// Runs a helper program that must succeed, and returns what it printed.
pub fn text_of(command: &mut Command) -> String {
    let output = command.output().unwrap_or_else(|cause| panic!("cannot run {command:?}: {cause}"));
    let (words, text) = (String::from_utf8_lossy(&output.stderr), String::from_utf8_lossy(&output.stdout));
    assert!(output.status.success(), "{command:?} failed: {}\n{text}\n{words}", output.status);
    text.into_owned()
}
