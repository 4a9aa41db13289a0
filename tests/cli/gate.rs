//! The gate from outside: whatever changes after validation, the load refuses and says why.

use super::{MIGRATED, copy, workspace};
use crate::support::workdir::Run;
use crate::support::{Workdir, python_duckdb, repository};
use std::path::Path;
use std::sync::LazyLock;

/// A run that is validated and not loaded, made once.
static VALIDATED: LazyLock<(Workdir, String)> = LazyLock::new(|| {
    let work = workspace("cli-validated");
    let run = work.datamig("migrate district-001 --skip-load --json").ok().json();
    (work, run["run_id"].as_str().expect("a run id").to_owned())
});

fn validated(name: &str) -> (Workdir, String) {
    let (from, id) = &*VALIDATED;
    let work = Workdir::new(name);
    copy(&from.path("data"), &work.path("data"));
    (work, id.clone())
}

fn load(work: &Workdir, id: &str) -> Run {
    work.datamig(&format!("load {id} --yes"))
}

#[test]
fn files_that_the_verdict_rests_on_are_signed() {
    let (work, id) = validated("gate-files");
    let rule = "- rule: mine\n  on: ids.students\n  expect: age < 99\n  severity: info\n  because: a test\n  \
                examples: {pass: [{age: 1}], fail: [{age: 99}]}\n";
    let policy = repository().join("rules/district/anonymize.yaml");
    let policy = std::fs::read_to_string(policy).expect("the policy") + "# looked at\n";
    for (path, text, reason) in [
        ("rules/district/validation/business-mine.yaml", rule, "the rules changed since validation"),
        ("rules/district/validation/settings.yaml", "fail_on_warnings: false\n", "the waivers and settings"),
        ("rules/district/anonymize.yaml", &policy, "the policy changed since validation"),
        ("macros/district/mine.sql", "CREATE MACRO mine(x) AS x > 1;\n", "the macros changed"),
    ] {
        work.write(path, text);
        load(&work, &id).exits(5).says(reason);
        std::fs::remove_file(work.path(path)).expect("it goes again");
    }
    load(&work, &id).ok();
    // What is loaded is loaded: asking again is no new decision.
    work.write("rules/district/validation/business-mine.yaml", rule);
    load(&work, &id).ok();
}

#[test]
fn a_target_that_changed_its_schema_is_another_target() {
    let (work, id) = validated("gate-target");
    let alter = "import sqlite3, sys\ndb = sqlite3.connect(sys.argv[1])\n\
                 db.execute('ALTER TABLE students ADD COLUMN shoe_size INTEGER')\ndb.commit()\n";
    python_duckdb(alter, &[&work.path("data/demo/cert/ids.sqlite")]);
    load(&work, &id).exits(5).says("the schema of CERT changed since validation");
    for look in ["--plan", "--rehearse"] {
        work.datamig(&format!("load {id} {look}"))
            .exits(5)
            .says("the schema of CERT changed since validation");
    }
    work.datamig(&format!("validate {id}")).ok();
    load(&work, &id).ok();
}

#[test]
fn one_cell_changed_with_any_duckdb_is_seen() {
    let (work, id) = validated("gate-cell");
    let change = "import duckdb, sys\ndb = duckdb.connect(sys.argv[1])\n\
                  db.execute('UPDATE ids.students SET age = age + 1 WHERE id = (SELECT max(id) FROM ids.students)')\n";
    python_duckdb(change, &[&work.path(&format!("data/runs/{id}/run.duckdb"))]);
    load(&work, &id).exits(5).says("ids.students is not what was validated: a row changed");
}

#[test]
fn no_byte_of_the_file_that_matters_can_be_flipped() {
    let (work, id) = validated("gate-bytes");
    let path = work.path(&format!("data/runs/{id}/run.duckdb"));
    let whole = std::fs::read(&path).expect("the run");
    let dump = "import duckdb, sys\ndb = duckdb.connect(sys.argv[1], read_only=True)\n\
                tables = db.execute(\"SELECT schema_name, table_name FROM duckdb_tables() \
                WHERE database_name = current_database() AND schema_name <> 'meta'\").fetchall()\n\
                for schema, table in sorted(tables):\n    \
                    print(schema, table, db.execute(f'SELECT count(*), sum(hash(t)) FROM \"{schema}\".\"{table}\" AS t').fetchall())\n";
    let sound = python_duckdb(dump, &[&path]);
    let mut refused = 0;
    for part in 1..12 {
        let mut bytes = whole.clone();
        let at = whole.len() / 12 * part;
        bytes[at] ^= 0x55;
        std::fs::write(&path, &bytes).expect("the run");
        let run = work.datamig(&format!("load {id} --dry-run"));
        assert!(!run.stderr.contains("panicked"), "{}", run.stderr);
        match run.code {
            // The byte belongs to nothing: the rows are what they were.
            Some(0) => assert_eq!(read(dump, &path).as_deref(), Some(sound.as_str()), "byte {at}"),
            Some(_) => refused += 1,
            None => panic!("byte {at}: {}", run.stderr),
        }
    }
    assert!(refused > 2, "{refused} flips were seen");
    std::fs::write(&path, &whole).expect("the run");
    load(&work, &id).ok();
}

/// What a script prints; `None` when DuckDB cannot read the file.
fn read(script: &str, path: &Path) -> Option<String> {
    let mut python = std::process::Command::new("python3");
    python.env("PYTHONPATH", crate::support::cached("python")).args(["-c", script]).arg(path);
    let output = python.output().expect("python3");
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned())
}

#[test]
fn a_run_that_is_loaded_needs_no_gate() {
    let (work, id) = &*MIGRATED;
    load(work, id).ok();
}
