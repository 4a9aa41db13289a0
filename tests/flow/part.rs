//! Parts of a slice, plans, resumption and excluded tables, by the built program.

use super::pipeline::demo;
use crate::support::Workdir;
use datamig::run::Run;
use std::process::Stdio;

/// One text out of a database of the demo's PROD.
fn prod(workdir: &Workdir, store: &str, query: &str) -> String {
    let file = workdir.path(&format!("data/demo/prod/{store}.sqlite"));
    rusqlite::Connection::open(file).unwrap().query_row(query, [], |row| row.get(0)).unwrap()
}

/// One number out of a run.
fn number(workdir: &Workdir, run: &str, query: &str) -> u64 {
    let found = workdir.datamig_with(&format!("sql {run} --format csv -c"), &[query]).ok().stdout;
    found.lines().nth(1).unwrap().parse().unwrap()
}

#[test]
fn one_school_is_whole() {
    let workdir = demo("part-school");
    let school =
        prod(&workdir, "ids", "SELECT CAST(max(id) AS TEXT) FROM schools WHERE district_id = 'district-001'");
    let pupils = prod(
        &workdir,
        "ids",
        &format!("SELECT CAST(count(*) AS TEXT) FROM students WHERE school_id = {school}"),
    );
    let condition = format!("ids.schools.id = {school}");
    workdir.datamig_with("migrate district-001 --where", &[&condition]).ok().says("PASSED_WITH_WARNINGS");
    let id = &Run::list(&workdir.path("")).pop().unwrap().id;
    assert_eq!(number(&workdir, id, "SELECT count(*) FROM ids.students").to_string(), pupils);
    assert_eq!(number(&workdir, id, "SELECT count(*) FROM ids.schools"), 1);
    assert!(number(&workdir, id, "SELECT count(*) FROM ids.enrollments") < 156);
    let records = number(&workdir, id, "SELECT sum(rows) FROM meta.extracted");
    assert!((1_000..8_000).contains(&records), "{records} of 10,864 records");
    // The condition is nowhere in the run: it may name a person.
    let log = workdir.read(&format!("data/runs/{id}/events.jsonl"));
    assert!(log.contains("below ids.schools.id = ?") && !log.contains(&condition));
    assert_eq!(number(&workdir, id, "SELECT count(*) FROM meta.run WHERE sample LIKE '%= ?'"), 1);
    for (wrong, words) in [
        ("ids.school.id = 7", "names no table"),
        ("ids.schools.idd = 7", "the condition of --where"),
        ("ids.schools.id = ids.students.id", "more than one table"),
        ("ids.schools.id = 7)", "the condition of --where"),
        ("ids.schools.id = -7", "no row of ids.schools"),
    ] {
        workdir.datamig_with("extract district-001 --where", &[wrong]).exits(2).says(words);
    }
}

#[test]
fn so_many_students_are_whole_and_the_same_each_time() {
    let workdir = demo("part-students");
    let sampled = || {
        let run = workdir.datamig("migrate district-001 --skip-load --json --sample 20 --of ids.students");
        let id = run.ok().json()["run_id"].as_str().unwrap().to_owned();
        assert_eq!(number(&workdir, &id, "SELECT count(*) FROM ids.students"), 20);
        number(
            &workdir,
            &id,
            "SELECT CAST(md5_number_lower(string_agg(CAST(id AS VARCHAR), ',' ORDER BY id)) // 2 AS UBIGINT) FROM ids.students",
        )
    };
    assert_eq!(sampled(), sampled());
    workdir
        .datamig("extract district-001 --sample 20 --of ids.student")
        .exits(2)
        .says("did you mean ids.students?");
    workdir
        .datamig("extract district-001 --sample x --of ids.students")
        .exits(2)
        .says("not a number of rows");
    workdir.datamig("extract district-001 --of ids.students").exits(2);
    workdir.datamig("extract district-001 --sample 10% --where x").exits(2);
}

#[test]
fn a_plan_tells_ways_conditions_and_expected_rows() {
    let workdir = demo("part-plan");
    let plan = workdir.datamig("extract district-001 --dry-run --json").ok().json();
    let table = |name: &str| {
        let tables = plan["tables"].as_array().unwrap();
        tables.iter().find(|table| table["table"] == name).cloned().unwrap()
    };
    assert_eq!(table("ids.districts")["predicate"][0], "id = 'district-001'");
    assert_eq!(table("ids.districts")["expected_rows"], 1);
    let schools = table("ids.schools");
    assert_eq!(
        (&schools["path"][0], &schools["predicate"][0]),
        (&"ids.schools.district_id".into(), &"district_id = 'district-001'".into())
    );
    let all = schools["estimated_rows"].as_u64().unwrap();
    assert_eq!(schools["expected_rows"], all.div_ceil(24));
    let attendance = table("ids.attendance");
    assert_eq!(attendance["path"].as_array().unwrap().len(), 3, "{attendance}");
    assert!(attendance["predicate"][0].as_str().unwrap().contains("is a row of ids.enrollments"));
    let subjects = table("ids.subjects")["predicate"].to_string();
    assert!(subjects.contains("a row named by ids.teachers.subject_id"), "{subjects}");
    workdir.datamig("extract district-001 --dry-run").ok().says("path from the root").says("more");
    assert!(Run::list(&workdir.path("")).is_empty());
}

#[test]
fn a_run_that_was_killed_goes_on_where_it_can() {
    let workdir = demo("part-resume");
    workdir.datamig("migrate district-001 --resume").exits(2).says("there is no run of district-001");
    for phase in ["extract", "anonymize"] {
        super::killed::kill_in(&workdir, phase);
        let id = Run::list(&workdir.path("")).pop().unwrap().id;
        let resumed =
            workdir.datamig("migrate district-001 --resume --skip-load").ok().says(&format!("run {id} of"));
        assert_eq!(resumed.stderr.contains(&format!("the snapshots of {id} are gone")), phase == "extract");
        assert_eq!(resumed.stderr.contains("extract took"), phase == "extract");
        assert_eq!(number(&workdir, &id, "SELECT count(*) FROM ids.students"), 156);
        workdir.datamig(&format!("purge {id} --all --yes")).ok();
    }
    let mut command = workdir.command("extract district-001 --sample 5 --of ids.students --jobs 1");
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    while Run::list(&workdir.path("")).is_empty() {}
    child.kill().unwrap();
    child.wait().unwrap();
    let id = Run::list(&workdir.path("")).pop().unwrap().id;
    workdir
        .datamig(&format!("extract {id} --sample 6 --of ids.students"))
        .exits(2)
        .says("was begun with the part \"5 of ids.students\"");
    workdir.datamig(&format!("extract {id}")).ok().says("are gone");
}

#[test]
fn an_excluded_table_comes_without_rows_and_mistakes_are_named() {
    let workdir = demo("part-exclude");
    let rules = include_str!("../../rules/district/project.yaml");
    let lines = rules.lines().count();
    let with = |line: &str| workdir.write("rules/district/project.yaml", format!("{rules}{line}\n"));
    with("exclude: [ids.attendance, \"sp.TEA*\", ids.prerequisites]");
    let id =
        workdir.datamig("migrate district-001 --json").ok().json()["run_id"].as_str().unwrap().to_owned();
    for (query, count) in [
        ("SELECT count(*) FROM ids.attendance", 0),
        ("SELECT count(*) FROM sp.TEACHES", 0),
        ("SELECT count(main_prerequisite_id) FROM ids.courses", 0),
        ("SELECT count(*) FROM meta.extracted WHERE note = 'excluded'", 3),
    ] {
        assert_eq!(number(&workdir, &id, query), count, "{query}");
    }
    workdir.datamig(&format!("verify {id}")).ok().says("VALID");
    let at = format!("rules/district/project.yaml:{}", lines + 1);
    for (line, words) in [
        ("exclude: [ids.attendence]", "did you mean ids.attendance?"),
        ("exclude: [\"ids.\\\"; DROP TABLE x\"]", "no store has a table"),
        ("exclude: [ids.districts]", "the root ids.districts is excluded"),
        ("exclude: [ids.enrollments]", "ids.attendance.enrollment_id needs a row of ids.enrollments"),
    ] {
        with(line);
        workdir.datamig("extract district-001").exits(3).says(words).says(&at);
    }
}
