//! What checks found, row by row and from run to run.

use super::{MIGRATED, copy, migrated_copy};
use crate::support::{Workdir, text_of};
use std::process::Command;

/// A workspace with the migrated run and a second run of the same rows, whose ages were changed.
fn two_runs(name: &str) -> (Workdir, String, String) {
    let (work, first) = migrated_copy(name);
    let second = format!("{}002", first.trim_end_matches("001"));
    let dir = format!("data/runs/{second}");
    copy(&work.path(&format!("data/runs/{first}")), &work.path(&dir));
    let change = "import duckdb, sys\nc = duckdb.connect(sys.argv[1])\n\
                  c.execute('UPDATE ids.students SET age = 10 WHERE id = (SELECT min(id) FROM ids.students WHERE age > 22 OR age < 5)')\n\
                  c.execute('UPDATE ids.students SET age = 40 WHERE id IN (SELECT id FROM ids.students WHERE age BETWEEN 11 AND 16 ORDER BY id LIMIT 2)')";
    text_of(
        Command::new("python3")
            .env("PYTHONPATH", crate::support::cached("python"))
            .args(["-c", change])
            .arg(work.path(&format!("{dir}/run.duckdb"))),
    );
    work.datamig(&format!("validate {second} --quiet"));
    (work, first.clone(), second)
}

#[test]
fn two_runs_differ_by_what_is_new_fixed_and_still_there() {
    let (work, first, second) = two_runs("findings-diff");
    let lines = work.datamig(&format!("findings diff {first} {second} --json")).ok().json();
    let ages = lines.as_array().expect("a list").iter().find(|line| line["rule"] == "student_age_range");
    let ages = ages.expect("the rule");
    assert_eq!(
        (ages["new"].as_u64(), ages["fixed"].as_u64(), ages["persisting"].as_u64()),
        (Some(2), Some(1), Some(11))
    );
    let same = work.datamig(&format!("findings diff {first} {first} --json")).ok().json();
    assert!(same.as_array().expect("a list").iter().all(|line| line["new"] == 0 && line["fixed"] == 0));
    work.datamig(&format!("findings diff {first} {second}")).ok().says("persisting");
}

#[test]
fn a_check_shows_its_rows_by_masked_key_and_personal_data_to_a_terminal_only() {
    let (work, id) = &*MIGRATED;
    let rows = work.datamig("findings show student_age_range --json").ok().json();
    assert_eq!(rows.as_array().map(Vec::len), Some(12));
    assert_eq!(rows[0]["table"], "ids.students");
    work.datamig("findings show student_age_rang").exits(2).says("student_age_range");
    work.datamig("findings show student_age_range --show-pii").exits(5).says("terminal");
    let log = work.read(&format!("data/runs/{id}/events.jsonl"));
    assert!(!log.contains("staged rows behind"));
}

#[test]
fn a_terminal_with_the_key_gets_the_staged_row_and_where_it_came_from() {
    let (work, id) = migrated_copy("findings-pii");
    let line =
        format!("{} findings show student_age_range --limit 3 --show-pii", env!("CARGO_BIN_EXE_datamig"));
    let mut command = Command::new("script");
    command.args(["-qec", &line, "/dev/null"]).current_dir(work.path(""));
    command
        .env("ANONYMIZATION_SALT", crate::support::workdir::SALT)
        .env("DATAMIG_KEY", crate::support::workdir::KEY);
    let shown = text_of(&mut command);
    assert!(
        shown.contains("students of ids, key id, read ") && shown.contains("showing 3 of 12 rows"),
        "{shown}"
    );
    assert!(
        work.read(&format!("data/runs/{id}/events.jsonl")).contains("staged rows behind student_age_range")
    );
}
