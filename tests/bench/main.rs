//! `make bench`: how fast the built program is, each figure beside a reference that is measured in the
//! same run. `make bench ONLY=migrate` runs the ones whose name holds the word.

#[path = "../support/mod.rs"]
mod support;

mod extract;
mod load;
mod mask;
mod measure;
mod migrate;

/// The benchmarks, by name.
const ALL: [(&str, fn()); 8] = [
    ("migrate-embedded", migrate::embedded),
    ("migrate-servers", migrate::servers),
    ("extract-postgres", extract::from_postgres),
    ("extract-mariadb", extract::from_mariadb),
    ("extract-sqlite", extract::from_sqlite),
    ("load-postgres", load::postgres),
    ("mask-values", mask::values),
    ("mask-distinct", mask::distinct),
];

fn main() {
    // cargo adds `--bench`.
    let wanted: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with("--")).collect();
    let is_wanted = |name: &str| wanted.is_empty() || wanted.iter().any(|word| name.contains(word.as_str()));
    for (name, bench) in ALL.iter().filter(|(name, _)| is_wanted(name)) {
        eprintln!("==> {name}");
        bench();
    }
}
