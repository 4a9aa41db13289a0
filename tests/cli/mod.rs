//! The built program as people and scripts meet it: words, exit codes, what is on which stream.

mod doctor;
mod findings;
mod gate;
mod mistakes;
mod policy;
mod rules;
mod shell;
mod terminal;
mod validate;
mod words;

use crate::support::Workdir;
use crate::support::workdir::Run;
use std::path::Path;
use std::sync::LazyLock;

/// The demo at its smallest, made once; tests work on copies.
static DEMO: LazyLock<Workdir> = LazyLock::new(|| {
    let work = Workdir::new("cli-demo");
    work.datamig("demo --scale 0.002 --quiet").ok();
    work
});

/// A fresh workspace with demo stores.
pub fn workspace(name: &str) -> Workdir {
    let work = Workdir::new(name);
    copy(&DEMO.path("data"), &work.path("data"));
    work
}

/// A workspace in which `district-001` was migrated, made once; for tests that only read it.
pub static MIGRATED: LazyLock<(Workdir, String)> = LazyLock::new(|| {
    let work = workspace("cli-migrated");
    let id = migrated(&work);
    (work, id)
});

/// A workspace with the migrated run, to be changed.
pub fn migrated_copy(name: &str) -> (Workdir, String) {
    let (from, id) = &*MIGRATED;
    let work = Workdir::new(name);
    copy(&from.path("data"), &work.path("data"));
    (work, id.clone())
}

/// Migrates `district-001` and returns the run's id.
pub fn migrated(work: &Workdir) -> String {
    let run = work.datamig("migrate district-001 --json").ok().json();
    run["run_id"].as_str().expect("a run id").to_owned()
}

pub fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("a folder");
    for entry in std::fs::read_dir(from).expect("a folder").flatten() {
        let target = to.join(entry.file_name());
        match entry.path().is_dir() {
            true => copy(&entry.path(), &target),
            false => std::fs::copy(entry.path(), target).map(|_| ()).expect("a file"),
        }
    }
}

/// Both streams and the exit code, with everything that differs from run to run replaced.
pub fn shown(work: &Workdir, run: &Run) -> String {
    let code = run.code.map_or("a signal".into(), |code| code.to_string());
    let text = format!("exit code {code}\n--- stdout\n{}--- stderr\n{}", run.stdout, run.stderr);
    let text = text.replace(&work.path("").display().to_string(), "WORK/").replace("WORK//", "WORK/");
    [
        (r"mig-\d{8}-\d{3}", "mig-DATE-NNN"),
        (r"\d+\.\d (s|min)\b", "T s"),
        (r"\d+(\.\d+)? (kB|MB|GB) free", "N free"),
    ]
    .iter()
    .fold(text, |text, (pattern, by)| {
        regex::Regex::new(pattern).expect("a pattern").replace_all(&text, *by).into_owned()
    })
}
