//! Rebuilds the crate when an embedded text changes, and lets the binary find DuckDB's shared library
//! without environment variables.

use std::env;
use std::path::Path;

fn main() {
    for folder in ["sql", "macros", "rules"] {
        println!("cargo:rerun-if-changed={folder}");
    }
    println!("cargo:rerun-if-env-changed=DUCKDB_LIB_DIR");
    if env::var_os("CARGO_FEATURE_BUNDLED").is_none()
        && let Some(dir) = env::var_os("DUCKDB_LIB_DIR")
    {
        let dir = Path::new(&dir).canonicalize().unwrap_or_else(|_| dir.into());
        println!("cargo:rustc-link-arg=-Wl,-rpath,{}", dir.display());
    }
}
