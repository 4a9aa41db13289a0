//! `datamig sql` and `datamig repl` over a migrated run.

use super::{MIGRATED, shown};
use crate::support::workdir::Run;
use std::io::Write;
use std::process::Stdio;

fn typed(words: &str, input: &str) -> Run {
    let (work, id) = &*MIGRATED;
    let mut command = work.command(words);
    command.arg(id).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("the built program");
    child.stdin.take().expect("a pipe").write_all(input.as_bytes()).expect("to be read");
    Run::new(words.into(), &child.wait_with_output().expect("an end"))
}

#[test]
fn sql_answers_in_every_format() {
    let (work, id) = &*MIGRATED;
    let sql = "SELECT grade_level, count(*) > 0 AS some FROM ids.students GROUP BY ALL ORDER BY ALL LIMIT 2; SELECT NULL AS n";
    for format in ["table", "csv", "json", "jsonl", "markdown"] {
        let run = work.datamig_with("sql", &[id, "-c", sql, "--format", format]).ok();
        insta::assert_snapshot!(format!("sql_{format}"), shown(work, &run));
    }
}

#[test]
fn sql_stops_at_the_first_error_and_prints_nothing() {
    let run = typed("sql", "SELECT 1; SELECT nope FROM ids.students; SELECT 3;")
        .exits(3)
        .says("statement 2")
        .says("nope");
    assert!(run.stdout.is_empty());
}

#[test]
fn sql_reads_only_and_stays_in_its_cage() {
    for statement in [
        "DELETE FROM ids.students",
        "UPDATE meta.run SET shareable = true",
        "SELECT * FROM read_text('/etc/passwd')",
        "ATTACH '/tmp/x.duckdb'",
        "COPY ids.students TO '/tmp/x.csv'",
        "SET enable_external_access = true",
    ] {
        let run = typed("sql", statement).exits(3);
        assert!(run.stdout.is_empty(), "{statement}");
    }
}

#[test]
fn the_shell_takes_statements_over_lines_and_dot_commands() {
    let input = ".mode csv\nSELECT 1\n  AS one;\n.tables ids.stu%\n.maxrows 1\n.mode table\nFROM range(3);\n.quit\nnever read";
    let run = typed("repl", input).ok().says("one\n1\n").says("ids.students").says("showing 1 of 3 rows");
    assert!(!run.stdout.contains("never"));
    typed("repl", ".help\n").ok().says(".maxrows").says(".timer");
    typed("repl", ".tabels\n").exits(2).says("did you mean .tables?");
}

#[test]
fn the_shell_has_no_personal_data_unless_asked_and_says_so() {
    typed("repl", "FROM staging.ids.students;\n").exits(3);
    let run = typed("repl --with-staging", "SELECT count(*) > 0 AS raw FROM staging.ids.students;\n").ok();
    assert!(run.stdout.contains("true"), "{}", run.stdout);
    let (work, _) = &*MIGRATED;
    work.datamig("logs").ok().says("AUDIT: the raw extract was opened in the shell");
    assert!(!work.path("data/.datamig_history").exists());
}
