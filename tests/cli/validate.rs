//! `datamig validate` as a pipeline meets it: exit code, JSON, JUnit; and the checks of the district, by name.

use super::{MIGRATED, migrated_copy};
use crate::support::repository;

#[test]
fn a_verdict_is_an_exit_code_a_report_and_junit() {
    let (work, id) = migrated_copy("validate-json");
    let run = work.datamig_with(&format!("validate {id} --json --junit"), &["junit.xml"]).ok();
    assert_eq!(run.json()["overall_status"], "PASSED_WITH_WARNINGS");
    assert_eq!(run.json()["checks"]["business_rules"]["warnings"], 3);
    let xml = work.read("junit.xml");
    assert_eq!(xml.matches("<testcase ").count() as u64, run.json()["checks_run"].as_u64().expect("a count"));
    assert!(xml.contains("<testsuite name=\"business\"") && !xml.contains("<failure"), "{xml}");

    work.write("rules/district/validation/settings.yaml", "severity: {student_age_range: error}\n");
    let run = work.datamig_with(&format!("validate {id} --json --junit"), &["junit.xml"]).exits(1);
    assert_eq!(run.json()["overall_status"], "FAILED");
    assert_eq!(run.json()["errors"][0]["rule"], "student_age_range");
    let samples = run.json()["errors"][0]["sample_keys"].as_array().map(Vec::len);
    assert_eq!(samples, Some(12));
    assert_eq!(work.read("junit.xml").matches("<failure ").count(), 1);
}

#[test]
fn a_report_shows_as_many_keys_as_the_settings_say_and_the_file_has_all() {
    let (work, id) = migrated_copy("validate-samples");
    work.write("rules/district/validation/settings.yaml", "record_sample_size: 2\n");
    let report = work.datamig(&format!("validate {id} --json")).ok().json();
    assert_eq!(report["warnings"][1]["count"], 12);
    assert_eq!(report["warnings"][1]["sample_keys"].as_array().map(Vec::len), Some(2));
    let kept = work.datamig_with(
        &format!("sql {id} --format csv -c"),
        &["SELECT count(*) FROM meta.violation WHERE check_id = 'ids.students.student_age_range'"],
    );
    assert!(kept.ok().stdout.ends_with("\n12\n"));
}

#[test]
fn the_checks_of_the_district_are_these() {
    let (work, id) = &*MIGRATED;
    let all = "SELECT concat_ws(' ', id, family, severity, \"at\") AS line FROM meta.\"check\" ORDER BY id";
    let sums = "SELECT family || ' ' || count(*) AS line FROM meta.\"check\" GROUP BY family ORDER BY family";
    let lines = |sql: &str| {
        let shown = work.datamig_with(&format!("sql {id} --format jsonl -c"), &[sql]).ok().stdout;
        let line =
            |line: &str| serde_json::from_str::<serde_json::Value>(line).expect("JSON")["line"].clone();
        shown.lines().map(|text| line(text).as_str().expect("text").to_owned()).collect::<Vec<_>>()
    };
    let checks = format!("{}\n\n{}\n", lines(all).join("\n"), lines(sums).join("\n"));
    let golden = repository().join("tests/snapshots/checks.txt");
    if std::env::var("INSTA_UPDATE").is_ok_and(|value| value == "always") {
        std::fs::create_dir_all(golden.parent().expect("a folder")).expect("a folder");
        std::fs::write(&golden, &checks).expect("the golden file");
    }
    let known = std::fs::read_to_string(&golden).unwrap_or_default();
    let new = checks.lines().find(|line| !known.lines().any(|known| known == *line));
    let gone = known.lines().find(|line| !checks.lines().any(|check| check == *line));
    assert!(checks == known, "`make accept` takes them over; first new: {new:?}, first gone: {gone:?}");
    let sum = |family: &str| {
        let line = checks.lines().rev().find(|line| line.starts_with(&format!("{family} ")));
        line.and_then(|line| line.rsplit(' ').next()?.parse::<usize>().ok()).unwrap_or_default()
    };
    assert!(sum("schema") >= 312 && sum("referential") >= 187 && sum("business") >= 45);
}

#[test]
fn a_macro_that_changed_counts_as_it_is_now() {
    let (work, id) = migrated_copy("validate-macros");
    let rule = "- rule: mine\n  on: ids.students\n  expect: is_young(age)\n  severity: error\n  because: a test\n  \
                examples: {pass: [{age: 1}], fail: [{age: 99}]}\n";
    work.write("rules/district/validation/business-mine.yaml", rule);
    work.write("macros/district/is_young.sql", "CREATE MACRO is_young(years) AS years < 99;\n");
    work.datamig(&format!("validate {id}")).ok();
    work.write("macros/district/is_young.sql", "CREATE MACRO is_young(years) AS years < 10;\n");
    work.datamig(&format!("validate {id}")).exits(1).says("ids.students.mine");
}

#[test]
fn a_rule_that_its_examples_do_not_hold_stops_the_run() {
    let (work, id) = migrated_copy("validate-examples");
    let rule = "- rule: never\n  on: ids.students\n  violations: |\n    SELECT id FROM ids.students GROUP BY 1 HAVING count(*) < 0\n  \
                severity: warning\n  because: a test\n  examples: {pass: [{age: 7}], fail: [{age: 99}]}\n";
    let file = "rules/district/validation/business-never.yaml";
    work.write(file, rule);
    work.datamig(&format!("validate {id}")).exits(1).says("fail example 1 does not violate the rule");
    work.datamig("doctor").exits(3).says("never: fail example 1 does not violate the rule");
    work.write(file, rule.replace("count(*) < 0", "max(age) > 98"));
    work.datamig(&format!("validate {id}")).ok();
}
