//! Rules are data: what a hostile one tries is refused before it runs.

use super::{Run, rule, rules};
use datamig::duck::macros;
use datamig::rule::cage::Cage;
use datamig::rule::expand;
use datamig::rule::observe::{self, Conditions, Verdict};
use std::time::Duration;

#[test]
fn a_hostile_rule_is_refused_and_leaves_everything_as_it_was() {
    let hostile = [
        "violations: DROP TABLE ids.students",
        "violations: DELETE FROM ids.students",
        "violations: FROM ids.students; DROP TABLE ids.students",
        "violations: ATTACH '/tmp/x.db' AS x",
        "violations: COPY ids.students TO '/tmp/out.csv'",
        "violations: PRAGMA database_list",
        "violations: SET memory_limit = '1GB'",
        "violations: FROM read_csv('/etc/passwd')",
        "violations: FROM '/etc/passwd'",
        "violations: SELECT 1 AS id FROM read_text('/etc/passwd')",
        "violations: FROM glob('/etc/*')",
        "violations: FROM staging.ids.students",
        "violations: FROM violates('staging.ids.students', false)",
        "violations: FROM violates('sta' || 'ging.ids.students', false)",
        "violations: FROM violates(tbl := 'staging.ids.students', cond := false)",
        "violations: FROM violates(TBL := 'staging.ids.students', cond := false)",
        "violations: FROM violates(\"Tbl\" := 'staging.ids.students', cond := false)",
        "violations: FROM query('SELECT 1 AS id')",
        "violations: FROM query_table('staging.ids.students')",
        "violations: FROM duckdb_secrets()",
        "violations: CALL enable_logging()",
        "violations: FROM enable_logging()",
        "violations: FROM disable_logging()",
        "violations: FROM checkpoint()",
        "violations: FROM (SHOW TABLES)",
        "expect: write_log('x') IS NULL",
        "expect: nextval('s') > 0",
        "expect: random() < 2",
        "expect: CAST(now() AS DATE) > DATE '2024-01-01'",
        "expect: current_date > DATE '2024-01-01'",
        "expect: current_setting('memory_limit') = ''",
        "expect: getvariable('x') IS NULL",
        "expect: age > $1",
        "expect: true) OR (true",
        "expect: EXISTS (FROM read_text('/etc/passwd'))",
        "when: EXISTS (FROM staging.ids.students)\n  expect: active",
        "expect: age IN (SELECT age FROM information_schema.tables)",
    ];
    let run = Run::new();
    expand::prepare(&run.db).unwrap();
    let cage = Cage::new(&run.db, &[]).unwrap();
    for body in hostile {
        let body = body.replacen(": ", ": |\n    ", 1);
        let rules = rules(&rule(&body)).unwrap();
        assert!(expand::checks(&run.db, &cage, &rules.rules[0]).is_err(), "{body} was expanded");
        assert_eq!(run.db.one::<i64, _>("SELECT count(*) FROM ids.students", []).unwrap(), 3, "{body}");
    }
    let rules = rules(&rule("violations: DROP TABLE ids.students")).unwrap();
    let outcome = run.validate(&rules);
    assert_eq!((outcome.verdict, outcome.errors), (Verdict::Failed, 1));
}

#[test]
fn a_macro_of_the_project_does_not_reach_the_raw_extract() {
    let run = Run::new().with(
        "CREATE MACRO all_of(src) AS TABLE FROM query_table(src);
         CREATE MACRO last_email(least) AS (SELECT max(email) FROM staging.ids.students WHERE id > least)",
    );
    expand::prepare(&run.db).unwrap();
    let cage = Cage::new(&run.db, &[]).unwrap();
    let expanded = |body: &str| {
        let rules = rules(&rule(body)).unwrap();
        expand::checks(&run.db, &cage, &rules.rules[0])
    };
    for body in [
        "violations: FROM all_of('staging.ids.students')",
        "violations: FROM all_of('sta' || 'ging.ids.students')",
        "violations: SELECT last_email(0) AS id FROM ids.students",
        "expect: email < last_email(0)",
        "when: email < last_email(0)\n  expect: active",
    ] {
        let error = expanded(body).err().unwrap_or_else(|| panic!("{body} was expanded"));
        assert!(error.message.contains("the raw extract"), "{body}: {}", error.message);
    }
    assert!(expanded("violations: FROM all_of('ids.students')").is_ok());
}

#[test]
fn a_macro_of_the_workspace_under_a_name_of_ours_does_not_reach_it_either() {
    let (run, work) = (Run::new(), tempfile::tempdir().unwrap());
    let folder = work.path().join("macros/check");
    std::fs::create_dir_all(&folder).unwrap();
    let raw =
        "CREATE OR REPLACE MACRO in_range(x, lo, hi) AS x < (SELECT max(age) FROM staging.ids.students)";
    let ours = include_str!("../../macros/check/in_range.sql");
    for (text, is_expanded) in [(ours, true), (raw, false)] {
        std::fs::write(folder.join("in_range.sql"), text).unwrap();
        macros::install(&run.db, work.path(), "none").unwrap();
        expand::prepare(&run.db).unwrap();
        let cage = Cage::new(&run.db, &[]).unwrap();
        let rules = rules(&rule("expect: in_range(age, 1, 200)")).unwrap();
        let found = expand::checks(&run.db, &cage, &rules.rules[0]);
        assert_eq!(found.is_ok(), is_expanded, "{text}");
    }
}

#[test]
fn a_table_macro_does_not_read_another_table_than_the_one_it_names() {
    let run = Run::new().with("CREATE TABLE ids.\"stu\"\"dents\" AS FROM ids.students");
    expand::prepare(&run.db).unwrap();
    let cage = Cage::new(&run.db, &[]).unwrap();
    let rules = rules(&rule("violations: |\n    FROM duplicates('ids.\"stu\"\"dents\"', id)")).unwrap();
    let error = expand::checks(&run.db, &cage, &rules.rules[0]).expect_err("ids.students was read");
    assert!(error.message.contains("has a quote"), "{}", error.message);
}

#[test]
fn honest_sql_is_let_through() {
    let honest = [
        "expect: \"CASE WHEN age BETWEEN 1 AND 200 THEN true END AND coalesce(email ~ '.+@.+', true)\"",
        "violations: WITH many AS (FROM ids.students) FROM many AS this WHERE this.age > 200",
        "violations: FROM duplicates('ids.students', (id, email))",
        "violations: FROM orphans('\"ids\".\"students\"', school_id, 'ids.schools', id)",
        "violations: FROM childless('ids.students', id, 'ids.grades', student_id, least := 0)",
        "expect: age < (SELECT 200 + count(*) FROM ids.grades AS g WHERE g.student_id = this.id)",
        "expect: not_future(DATE '2024-01-01', (SELECT as_of FROM meta.validation))",
        "expect: |\n    list_contains(list_transform([1, 2], lambda x: x + 1), 3) AND length(email[1:3]) = 3",
        "violations: SELECT * FROM ids.students QUALIFY row_number() OVER (PARTITION BY id ORDER BY age) > 1",
    ];
    let run = Run::new();
    for body in honest {
        run.validate(&rules(&rule(body)).unwrap());
        assert_eq!(&run.finding("ids.students.mine")[..6], "passed", "{body}");
    }
}

#[test]
fn an_example_that_runs_too_long_is_stopped() {
    let (_dir, bench) = super::bench();
    let endless = "violations: FROM ids.students AS this, range(1000000000) AS a(x), range(1000000) AS b(y) \
                   WHERE x + y < 0";
    let problems = bench.test_within(&rules(&rule(endless)).unwrap().rules[0], Duration::from_millis(100));
    let messages: Vec<&str> = problems.iter().map(|problem| problem.message.as_str()).collect();
    assert_eq!(messages, ["pass example 1 was stopped after 0 s", "fail example 1 was stopped after 0 s"]);
}

#[test]
fn what_runs_too_long_is_stopped_and_the_others_still_run() {
    let many = (0..12).map(|at| format!("ids.students AS a{at}")).collect::<Vec<_>>().join(", ");
    let long =
        format!("expect: \"age < (SELECT sum(a1.age * a2.age % 7 + x) FROM {many}, range(100000) AS r(x))\"");
    let run = Run::new();
    let rules = rules(&rule(&long)).unwrap();
    expand::expand(&run.db, &rules).unwrap();
    let checks = expand::all(&run.db).unwrap();
    let findings = observe::observe(
        &run.db,
        &checks,
        &[],
        &Conditions {
            settings: &rules.settings,
            as_of: "2025-01-15",
            has_staging: true,
            time_max: Duration::from_millis(300),
            connections: 1,
            progress: &|_| {},
        },
    )
    .unwrap();
    for finding in &findings {
        let stopped = finding.message.starts_with("stopped after");
        assert_eq!(stopped, finding.check == "ids.students.mine", "{finding:?}");
    }
}
