//! `datamig sql` and `datamig repl` over a migrated run.

use super::{MIGRATED, shown};
use crate::support::python_duckdb;
use crate::support::workdir::Run;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
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
fn sql_writes_parquet_and_arrow_that_others_read() {
    let (work, id) = &*MIGRATED;
    let sql = "SELECT id, 1::HUGEINT AS h, '1'::BIT AS b FROM ids.students";
    for format in ["parquet", "arrow"] {
        let mut command = work.command("sql");
        let file = std::fs::File::create(work.path(format)).expect("a file");
        let status = command.args([id, "-c", sql, "--format", format]).stdout(file).status();
        assert!(status.expect("the built program").success(), "{format}");
    }
    let rows = work.datamig_with("sql --format csv", &[id, "-c", "SELECT count(*) FROM ids.students"]).ok();
    let count =
        "import sys, duckdb; print(duckdb.sql(f\"SELECT count(*) FROM '{sys.argv[1]}'\").fetchone()[0])";
    std::fs::rename(work.path("parquet"), work.path("answer.parquet")).expect("a file");
    let found = python_duckdb(count, &[&work.path("answer.parquet")]);
    assert_eq!(rows.stdout.lines().nth(1), found.lines().next());
    let bytes = std::fs::File::open(work.path("arrow")).expect("a file");
    let stream = arrow::ipc::reader::StreamReader::try_new(bytes, None).expect("an Arrow stream");
    let read: usize = stream.map(|batch| batch.expect("a batch").num_rows()).sum();
    assert_eq!(read.to_string(), found.trim());
    work.datamig_with("sql --format arrow", &[id, "-c", "SELECT 1; SELECT 2"]).exits(2).says("one result");
}

#[test]
fn sql_takes_parameters_as_values() {
    let (work, id) = &*MIGRATED;
    let sql =
        "SELECT $who AS who, $n::INT + 1 AS n; SELECT count(*) AS few FROM range(9) AS t(i) WHERE i < $n";
    let given = [id, "-c", sql, "--param", "who=O'Hara'); DROP TABLE x; --", "--param", "n=4"];
    let run = work.datamig_with("sql --format jsonl", &given).ok();
    assert_eq!(run.stdout, "{\"who\":\"O'Hara'); DROP TABLE x; --\",\"n\":5}\n{\"few\":4}\n");
    work.datamig_with("sql", &[id, "-c", "SELECT $nobody"]).exits(3).says("--param nobody=VALUE");
}

#[test]
fn a_reader_that_leaves_ends_sql_quietly() {
    let (work, id) = &*MIGRATED;
    for format in ["csv", "jsonl", "arrow", "parquet"] {
        let mut command = work.command("sql");
        command.args([id, "-c", "FROM range(300000)", "--format", format]);
        let mut child =
            command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the built program");
        drop(child.stdout.take());
        let run = Run::new(format.into(), &child.wait_with_output().expect("an end"));
        assert_eq!(run.stderr, "", "{format}");
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
        "COPY (SELECT 1) TO '/dev/stdout'",
        "FROM glob('/etc/*')",
        "FROM '/etc/passwd'",
        "INSTALL httpfs",
        "LOAD httpfs",
        "EXPORT DATABASE '/tmp/x'",
        "DESCRIBE read_text('/etc/passwd')",
        "PRAGMA database_list) UNION ALL FROM read_text('/etc/passwd'",
        "SELECT getenv('HOME')",
    ] {
        let run = typed("sql", statement).exits(3);
        assert!(run.stdout.is_empty(), "{statement}");
    }
    typed("sql", "SELECT chr(8238) || 'abc' AS turned").ok().says("\\u{202e}abc");
    typed("sql", "DROP TABLE ids.students").exits(3).says("the file is open read-only");
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
fn the_shell_reads_files_and_goes_on_after_errors_when_told() {
    let (work, _) = &*MIGRATED;
    work.write("inner.sql", "SELECT 'inner' AS a;\nSELECT\n  nope;\nSELECT 'after' AS a;\n");
    work.write("outer.sql", ".mode csv\n.read inner.sql\n");
    let run = typed("repl", ".read outer.sql\n").exits(3).says("inner\n").says("at inner.sql:2");
    assert!(!run.stdout.contains("after"));
    typed("repl", ".bail off\n.read outer.sql\n").exits(3).says("after\n").says("1 statements");
    typed("repl", ".bail off\nSELECT nope;\n.quit\n").exits(3).says("1 statements");
    work.write("self.sql", ".read self.sql\n");
    typed("repl", ".read self.sql\n").exits(3).says("more than 16 deep");
}

#[test]
fn the_shell_writes_to_files() {
    let (work, _) = &*MIGRATED;
    let run = typed("repl", ".mode csv\n.once one.csv\nSELECT 1 AS a;\nSELECT 2 AS b;\n").ok();
    assert_eq!((work.read("one.csv").as_str(), run.stdout.as_str()), ("a\n1\n", "b\n2\n"));
    typed("repl", ".mode parquet\n.once one.parquet\nSELECT 1 AS a;\n").ok();
    assert!(std::fs::read(work.path("one.parquet")).expect("a file").starts_with(b"PAR1"));
    typed("repl", ".mode parquet\nSELECT 1 AS a;\n").exits(2).says(".once FILE");
    let raw = ".mode parquet\n.once raw.parquet\nFROM staging.ids.students;\n";
    typed("repl --with-staging", raw).exits(5).says("plain file");
    // What holds personal data is for its owner.
    std::fs::write(work.path("raw.csv"), "old").expect("a file");
    typed("repl --with-staging", ".mode csv\n.once raw.csv\nFROM staging.ids.students;\n").ok();
    let mode = std::fs::metadata(work.path("raw.csv")).expect("a file").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[test]
fn the_shell_explains_rules_checks_and_policy() {
    let (id, run) = ("ids.students.rows_extracted", &MIGRATED.1);
    let input = format!(
        ".mode csv\n.rules rows_ext\n.explain {id}\n.check {id}\n.findings\n.policy ids.students.email\n.help orphans\n.diff {run}\n"
    );
    typed("repl", &input)
        .ok()
        .says("rows_extracted,completeness,error")
        .says("rows_extracted (completeness, error)")
        .says("0 rows violate it")
        .says("check_id,severity,status")
        .says("ids.students.email,faker")
        .says("orphans(tbl, fk, parent, pk)")
        .says("persisting");
    let sql = "SELECT min(id) FROM ids.students";
    let key = MIGRATED.0.datamig_with("sql --format csv", &[run, "-c", sql]).ok();
    let key = key.stdout.lines().nth(1).expect("a pupil");
    typed("repl", &format!(".why ids.students {key}\n")).ok().says("came").says("down");
    // They go where results go, in the mode of the results.
    let work = &MIGRATED.0;
    let input = format!(
        ".mode csv\n.once why.csv\n.why ids.students {key}\n.output all.json\n.mode json\n.explain student_age_range\n"
    );
    assert_eq!(typed("repl", &input).ok().stdout, "");
    assert!(work.read("why.csv").starts_with("row of,key,came,by\n"));
    assert!(work.read("all.json").contains("\"rule\": \"student_age_range\""));
    typed("repl", ".use\n").exits(2).says(".use takes RUN");
    typed("repl", ".findings fialed\n").exits(2).says("no finding is");
    typed("repl", ".why ids.students\n").exits(2).says("a table and a key");
    typed("repl", ".check ids.students.rows_extractd\n")
        .exits(2)
        .says("did you mean ids.students.rows_extracted?");
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
