//! From a rule to a verdict: outcomes, settings, waivers, the report, the gate.

use super::{Run, bench, key, rule, rules};
use datamig::rule::observe::Verdict;
use datamig::rule::{Rules, gate, mutant, settings};
use std::path::Path;

const AGES: &str = "expect: in_range(age, 5, 10)";

#[test]
fn a_failed_warning_keeps_its_rows_and_the_run_passes_with_it() {
    let run = Run::new();
    let outcome = run.validate(&rules(&rule(AGES)).unwrap());
    assert_eq!(outcome.verdict, Verdict::PassedWithWarnings);
    assert_eq!(run.finding("ids.students.mine"), "failed warning 3 1");
    let sql = "SELECT \"table\" || ' ' || key FROM meta.violation WHERE check_id = 'ids.students.mine'";
    assert_eq!(run.db.one::<String, _>(sql, []).unwrap(), "ids.students 2");
    let report = std::fs::read_to_string(run.dir.path().join("validation-report.json")).unwrap();
    let report: serde_json::Value = serde_json::from_str(&report).unwrap();
    assert_eq!(report["overall_status"], "PASSED_WITH_WARNINGS");
    assert_eq!(report["checks"]["business_rules"]["warnings"], 1);
    assert_eq!(report["warnings"][0]["rule"], "mine");
    assert_eq!(report["warnings"][0]["count"], 1);
}

#[test]
fn settings_decide_what_a_warning_costs() {
    let settings = |text: &str| settings::parse(Path::new("settings.yaml"), text).unwrap();
    let waiver = "waivers: [{rule: mine, reason: known, who: ada, until: 2025-01-15}]";
    let cases = [
        ("fail_on_warnings: true", Verdict::Failed),
        ("max_warnings_allowed: 0", Verdict::Failed),
        ("severity: {mine: info}", Verdict::Passed),
        ("severity: {ids.students.mine: error}", Verdict::Failed),
        (waiver, Verdict::Passed),
        (&waiver.replace("01-15", "01-14"), Verdict::PassedWithWarnings),
        (&waiver.replace("rule: mine", "rule: mine, scope: ids.schools"), Verdict::PassedWithWarnings),
    ];
    let run = Run::new();
    for (text, verdict) in cases {
        let rules = Rules { settings: settings(text), ..rules(&rule(AGES)).unwrap() };
        rules.settings.check(&rules.rules).unwrap();
        assert_eq!(run.validate(&rules).verdict, verdict, "{text}");
    }
    let ended = waiver.replace("01-15", "01-14");
    run.validate(&Rules { settings: settings(&ended), ..rules(&rule(AGES)).unwrap() });
    let sql = "SELECT message FROM meta.finding WHERE check_id = 'ids.students.mine'";
    let message: String = run.db.one(sql, []).unwrap();
    assert!(message.ends_with("the waiver by ada ended on 2025-01-14"), "{message}");
    let slip = Rules { settings: settings("severity: {mien: info}"), ..rules(&rule(AGES)).unwrap() };
    assert!(slip.settings.check(&slip.rules).unwrap_err().to_string().contains("mine"));
    assert!(
        settings::parse(Path::new("s.yaml"), "max_warnings: 3")
            .unwrap_err()
            .to_string()
            .contains("max_warnings_allowed")
    );
}

#[test]
fn settings_name_checks_and_tables_that_are_there() {
    let (_dir, bench) = bench();
    let waiver = "waivers: [{rule: mine, scope: ids.studens, reason: r, who: w, until: 2030-01-01}]";
    for (text, near) in [
        ("severity: {ids.student.mine: info}", Some("ids.students.mine")),
        ("severity: {ids.nope.and.nothing.like.it: error}", None),
        (waiver, Some("ids.students")),
    ] {
        let settings = settings::parse(Path::new("settings.yaml"), text).unwrap();
        let rules = Rules { settings, ..rules(&rule(AGES)).unwrap() };
        let (_, problems) = bench.lint_all(&rules).unwrap();
        let hint = near.map(|near| format!("did you mean \"{near}\"?"));
        assert_eq!((problems.len(), problems[0].hint.clone()), (1, hint), "{text}: {problems:?}");
        assert_eq!(problems[0].file, "settings.yaml");
    }
}

#[test]
fn nothing_examined_is_right_only_where_nothing_was_extracted() {
    let text = rule("when: age > 100\n  expect: active");
    let run = Run::new();
    run.validate(&rules(&text).unwrap());
    assert_eq!(run.finding("ids.students.mine"), "empty warning 0 0");
    let run = Run::new().with("UPDATE staging.ids.students SET age = 101 WHERE id = 1");
    assert_eq!(run.validate(&rules(&text).unwrap()).verdict, Verdict::Failed);
    assert_eq!(run.finding("ids.students.mine"), "error warning 0 0");
    let text = text.replace("on: ids.students", "on: ids.students\n  may_be_empty: true");
    run.validate(&rules(&text).unwrap());
    assert_eq!(run.finding("ids.students.mine"), "empty warning 0 0");
}

#[test]
fn a_rule_that_does_not_bind_is_an_error_and_the_others_still_run() {
    let run = Run::new();
    for (body, words) in [
        ("expect: agee > 4", "agee"),
        ("expect: in_rnage(age, 1, 2)", "in_rnage"),
        ("violations: SELECT age FROM ids.students", "id"),
        ("expect: CAST(email AS INTEGER) > 4", "Conversion Error"),
    ] {
        let outcome = run.validate(&rules(&rule(body)).unwrap());
        assert_eq!((outcome.verdict, outcome.errors), (Verdict::Failed, 1), "{body}");
        let sql = "SELECT message FROM meta.finding WHERE status = 'error'";
        let message: String = run.db.one(sql, []).unwrap();
        assert!(message.contains(words) && message.contains("business.yaml:1"), "{message}");
        assert!(!message.contains("example.org"), "{message}");
    }
}

#[test]
fn a_rule_that_names_other_things_than_rows_of_its_table_is_an_error() {
    let run = Run::new();
    for (body, finding) in [
        ("violations: SELECT email AS id FROM ids.students WHERE email IS NOT NULL", "error warning 0 0"),
        ("violations: SELECT NULL AS id FROM ids.students", "error warning 0 0"),
        ("violations: SELECT 1 AS id", "failed warning 3 1"),
        ("violations: SELECT 99 AS id -- nobody", "error warning 0 0"),
    ] {
        run.validate(&rules(&rule(&body.replacen(": ", ": |\n    ", 1))).unwrap());
        assert_eq!(run.finding("ids.students.mine"), finding, "{body}");
    }
    let kept = "SELECT count(*) FROM meta.violation WHERE check_id = 'ids.students.mine'";
    assert_eq!(run.db.one::<i64, _>(kept, []).unwrap(), 0);
}

#[test]
fn a_rule_over_columns_is_one_check_per_column() {
    let text = "- rule: positive_ids\n  each_column: duck_type = 'BIGINT' AND store = 'ids'\n  expect: is_positive(value)\n  \
                severity: error\n  because: ids count from one\n  examples: {pass: [1, null], fail: [0]}\n";
    let run = Run::new().with("UPDATE ids.students SET id = -1 WHERE id = 3");
    run.validate(&rules(text).unwrap());
    let sql = "SELECT count(*) FROM meta.\"check\" WHERE rule = 'positive_ids'";
    assert_eq!(run.db.one::<i64, _>(sql, []).unwrap(), 4);
    assert_eq!(run.finding("ids.students.id.positive_ids"), "failed error 3 1");
    let sql =
        "SELECT key || ' ' || \"column\" FROM meta.violation WHERE check_id = 'ids.students.id.positive_ids'";
    assert_eq!(run.db.one::<String, _>(sql, []).unwrap(), "-1 id");
}

#[test]
fn lint_binds_rules_and_runs_their_examples_on_empty_tables() {
    let (_dir, bench) = bench();
    let lint = |text: &str| {
        let rule = &rules(text).unwrap().rules[0];
        let problems = bench.lint(rule).map_or_else(|| bench.test(rule), |problem| vec![problem]);
        problems.iter().map(ToString::to_string).collect::<String>()
    };
    assert_eq!(lint(&rule("expect: in_range(age, 5, 22)")), "");
    assert!(lint(&rule("expect: in_range(age, 5, 100)")).contains("fail example 1 does not violate"));
    assert!(lint(&rule("expect: in_range(age, 8, 22)")).contains("pass example 1 violates"));
    let slip = lint(&rule("expect: in_range(agee, 5, 22)"));
    insta::assert_snapshot!(slip);
    let slip = lint(&rule("expect: age > 5").replace("ids.students", "ids.student"));
    assert!(slip.contains("did you mean \"ids.students\"?"), "{slip}");
    // A subquery that captures the outer column can never fail: the fail example says so.
    let captured = rule("expect: EXISTS (FROM ids.grades AS g WHERE g.student_id = student_id)")
        .replace("{age: 7}", "{ids.students: [{id: 1}], ids.grades: [{student_id: 1}]}")
        .replace("{age: 99}", "{ids.students: [{id: 1}], ids.grades: [{student_id: 2}]}");
    assert!(lint(&captured).contains("fail example 1 does not violate"));
    assert_eq!(lint(&captured.replace("= student_id", "= this.id")), "");
}

#[test]
fn the_gate_lets_only_what_was_validated_through() {
    let run = Run::new();
    assert!(gate::verify(&run.db, &key()).is_err());
    run.validate(&Rules::default());
    gate::verify(&run.db, &key()).unwrap();
    assert_eq!(run.db.one::<i64, _>("SELECT len(fingerprint) FROM meta.validation", []).unwrap(), 64);
    let other = datamig::secret::Key::from_bytes(*b"vutsrqponmlkjihgfedcba9876543210");
    assert!(gate::verify(&run.db, &other).is_err());
    for (change, reason) in [
        ("UPDATE ids.students SET age = 8 WHERE id = 1", "a row changed"),
        ("UPDATE ids.students SET email = 'NULL' WHERE email IS NULL", "a row changed"),
        ("DELETE FROM ids.grades WHERE term = 't2'", "it had 3 rows and has 2"),
        ("ALTER TABLE ids.schools ADD COLUMN x INTEGER", "its columns changed"),
        ("ALTER TABLE ids.students ALTER age TYPE BIGINT", "its columns changed"),
        ("UPDATE ids.students SET age = (SELECT max(age) FROM ids.students) - age + 7", "a row changed"),
        ("UPDATE meta.strategy SET strategy = 'hash'", "rules, policy"),
        ("UPDATE meta.\"check\" SET severity = 'info'", "rules, policy"),
        (
            "INSERT INTO meta.run VALUES ('r', 'p', 'e', 't', 'k', NULL, 'v', 'other macros', true)",
            "rules, policy",
        ),
        ("UPDATE meta.validation SET settings = '{}'", "rules, policy"),
        ("UPDATE meta.target_column SET nullable = true", "rules, policy"),
        (
            "UPDATE meta.gate SET rows = 2 WHERE \"table\" = 'grades'; DELETE FROM ids.grades WHERE term = 't2'",
            "a row changed",
        ),
        ("DROP TABLE hcp1.accounts", "missing"),
    ] {
        run.reset();
        run.validate(&Rules::default());
        run.db.run(change).unwrap();
        let error = gate::verify(&run.db, &key()).unwrap_err();
        assert!(error.message.contains(reason), "{change}: {error}");
    }
    run.reset();
    run.db.run("UPDATE ids.students SET school_id = 9").unwrap();
    run.validate(&Rules::default());
    assert!(gate::verify(&run.db, &key()).unwrap_err().message.contains("nothing of this run"));
}

#[test]
fn a_million_violations_are_counted_exactly_kept_by_key_and_shown_in_part() {
    let run = Run::new().with(
        "INSERT INTO ids.grades SELECT 1, 'x' || range, 'A' FROM range(1000000); \
         UPDATE meta.extracted SET rows = 1000003 WHERE \"table\" = 'grades'",
    );
    run.db.run("SET memory_limit = '400MB'").unwrap();
    let text = rule("expect: NOT starts_with(term, 'x')").replace("ids.students", "ids.grades");
    let rules = rules(&text).unwrap();
    run.validate(&rules);
    assert_eq!(run.finding("ids.grades.mine"), "failed warning 1000003 1000000");
    let kept = "SELECT count(DISTINCT key) FROM meta.violation WHERE check_id = 'ids.grades.mine'";
    assert_eq!(run.db.one::<i64, _>(kept, []).unwrap(), 1_000_000);
    let report = std::fs::read_to_string(run.dir.path().join("validation-report.json")).unwrap();
    let report: serde_json::Value = serde_json::from_str(&report).unwrap();
    assert_eq!(report["warnings"][0]["count"], 1_000_000);
    assert_eq!(report["warnings"][0]["sample_keys"].as_array().map(Vec::len), Some(1000));
}

#[test]
fn rules_that_would_pass_silently_are_caught_by_their_own_fail_example() {
    let (_dir, bench) = bench();
    let two = "examples: {pass: [{age: 7}], fail: [{age: 99}]}";
    let tables = "examples: {pass: {ids.students: []}, fail: {ids.students: [{id: 1}], ids.grades: [{student_id: null}]}}";
    for (body, examples) in [
        // With one NULL in the list nothing is ever NOT IN it.
        (
            "violations: FROM ids.students AS this WHERE this.id NOT IN (SELECT student_id FROM ids.grades)",
            tables,
        ),
        // What does not parse becomes NULL, and NULL passes.
        (
            "expect: TRY_CAST(email AS INTEGER) > 3",
            "examples: {pass: [{email: \"4\"}], fail: [{email: many}]}",
        ),
        // On an empty group there is no row to complain about.
        (
            "violations: SELECT any_value(id) AS id FROM ids.students WHERE age > 200 GROUP BY 1 + 1 HAVING count(*) = 0",
            two,
        ),
    ] {
        let text = rule(body).replace(two, examples);
        let problems = bench.test(&rules(&text).unwrap().rules[0]);
        assert!(problems[0].message.contains("fail example 1 does not violate"), "{body}: {problems:?}");
    }
}

#[test]
fn a_conditional_reference_is_checked_where_its_store_said_that_it_applies() {
    let dangling = "UPDATE meta.reference SET \"when\" = 'kind @> 1' WHERE id = 'hcp1.accounts.student';
        UPDATE hcp1.accounts SET student = '99';";
    for (rows, finding) in [("(0), (1)", "failed error 2 2"), ("(1)", "failed error 1 1")] {
        let noted = format!(
            "INSERT INTO meta.applying SELECT 'hcp1.accounts.student', n FROM (VALUES {rows}) AS v(n)"
        );
        let run = Run::new().with(&format!("{dangling} {noted}"));
        run.validate(&Rules::default());
        assert_eq!(run.finding("hcp1.accounts.student.references"), finding);
    }
}

#[test]
fn a_uuid_that_a_text_spells_in_another_way_is_no_orphan() {
    let spelled = "CREATE OR REPLACE TABLE ids.schools AS
            SELECT CAST('a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11' AS UUID) AS id, 'North' AS name;
        CREATE OR REPLACE TABLE ids.students AS
            SELECT * REPLACE (['A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11', 'b'][id] AS school_id) FROM ids.students;
        UPDATE meta.\"column\" SET duck_type = 'UUID' WHERE \"table\" = 'schools' AND \"column\" = 'id';
        UPDATE meta.\"column\" SET duck_type = 'VARCHAR' WHERE \"column\" = 'school_id';";
    let run = Run::new().with(spelled);
    run.validate(&Rules::default());
    assert_eq!(run.finding("ids.students.school_id.references"), "failed error 2 1");
}

#[test]
fn a_rule_whose_examples_do_not_hold_finds_nothing_that_counts() {
    let (_dir, bench) = bench();
    let text = rule("expect: in_range(age, 0, 200)") + &rule("expect: age < 99").replace("mine", "holds");
    let rules = rules(&text).unwrap();
    let problems = bench.test_all(&rules.rules).unwrap();
    assert_eq!(problems.iter().map(|one| one.rule.as_str()).collect::<Vec<_>>(), ["mine"]);
    let run = Run::new();
    assert_eq!(run.validate(&rules).verdict, Verdict::Passed);
    let outcome = run.validate_but(&rules, &problems);
    assert_eq!((outcome.verdict, outcome.errors), (Verdict::Failed, 1));
    assert_eq!(run.finding("ids.students.mine"), "error warning 0 0");
    assert_eq!(run.finding("ids.students.holds"), "passed warning 3 0");
}

#[test]
fn a_mutant_that_breaks_does_not_kill_those_after_it() {
    let (_dir, bench) = bench();
    let body =
        "expect: CASE WHEN age = 7 THEN true WHEN age = 99 THEN false ELSE CAST(email AS INTEGER) > 0 END";
    let text =
        rule(body).replace("{age: 7}", "{age: 7, email: x}").replace("{age: 99}", "{age: 99, email: x}");
    let rules = rules(&text).unwrap();
    assert!(bench.test(&rules.rules[0]).is_empty());
    let mutants = mutant::run(&bench, &rules.rules[0]).unwrap();
    // No example comes to the last comparison.
    let survivors: Vec<&str> = mutants.survivors.iter().map(|one| one.change.as_str()).collect();
    assert_eq!(survivors, ["> and >= swapped", "0 -1", "0 +1"]);
    assert!(mutants.killed >= 6, "{mutants:?}");
}
