//! The analyst's loop: list, lint, test, explain, new, prove.

use super::{MIGRATED, migrated_copy, shown, workspace};
use crate::support::Workdir;

#[test]
fn a_slip_is_shown_where_it_is_with_the_nearest_name() {
    let (work, _) = migrated_copy("rules-slip");
    let text = include_str!("../../rules/district/validation/range.yaml");
    work.write("rules/district/validation/range.yaml", text.replace("in_range(gpa,", "in_range(gpaa,"));
    let run = work.datamig("rules lint gpa_in_range").exits(3);
    insta::assert_snapshot!(shown(&work, &run));
    let run = work.datamig("rules lint --json").exits(3);
    let problem = &run.json()["problems"][0];
    assert_eq!((problem["rule"].as_str(), problem["column"].as_u64()), (Some("gpa_in_range"), Some(20)));
    assert_eq!(run.json()["rules"].as_u64(), Some(89));
}

#[test]
fn an_example_that_does_not_hold_is_named() {
    let work = workspace("rules-example");
    let text = include_str!("../../rules/district/validation/range.yaml");
    let text = text.replace("{gpa: 4.5}]", "{gpa: 4}]");
    work.write("rules/district/validation/range.yaml", text);
    let run = work.datamig("rules test gpa_in_range").exits(3);
    insta::assert_snapshot!(shown(&work, &run));
}

#[test]
fn two_rules_of_one_name_in_a_file_are_refused() {
    let work = workspace("rules-twice");
    let text = include_str!("../../rules/district/validation/range.yaml");
    work.write("rules/district/validation/range.yaml", format!("{text}\n{text}"));
    work.datamig("rules test range.yaml").exits(3).says("two rules are called");
    work.datamig("rules lint range.yaml").exits(3).says("the other is at range.yaml:2");
}

#[test]
fn rules_are_listed_with_what_came_of_them() {
    let (work, _) = &*MIGRATED;
    let failed = work.datamig("rules list --status failed --json").ok().json();
    let names: Vec<_> = failed.as_array().expect("a list").iter().map(|one| one["rule"].clone()).collect();
    assert_eq!(names, ["attendance_in_school_year", "student_age_range", "teacher_has_classes"]);
    let privacy = work.datamig("rules list --family privacy --json").ok().json();
    let names: Vec<_> = privacy.as_array().expect("a list").iter().map(|one| &one["rule"]).collect();
    assert_eq!(names, ["no_collapse", "no_original", "no_survivor", "no_twin", "replayed"]);
    let table =
        work.datamig("rules list --table adb.student_snapshots --severity warning --json").ok().json();
    assert!(table.as_array().expect("a list").iter().any(|one| one["rule"] == "gpa_in_range"));
    work.datamig("rules list --family busines").exits(2);
}

#[test]
fn a_rule_and_a_check_of_the_catalog_are_explained() {
    let (work, _) = &*MIGRATED;
    let run = work.datamig("rules explain student_age_range").ok();
    insta::assert_snapshot!(shown(work, &run));
    work.datamig("rules explain ids.students.age.fits_target")
        .ok()
        .says("sql/rule/schema.sql")
        .says("passed");
    work.datamig("rules explain student_age_rnge").exits(2).says("student_age_range");
}

#[test]
fn a_new_rule_gets_examples_and_is_written_only_when_it_holds() {
    let (work, id) = migrated_copy("rules-new");
    let new = |expect: &str| {
        let more = ["--on", "ids.schools", "--expect", expect, "--because", "classes are planned by it"];
        work.datamig_with("rules new capacity_is_believable --family range", &more)
    };
    new("in_range(capacityy, 10, 8000)").exits(3).says("did you mean \"capacity\"?");
    assert!(!work.path("rules/district/validation/range.yaml").exists());
    new("in_range(capacity, 10, 8000)").ok().says("fail: [{capacity: 9}");
    new("in_range(capacity, 10, 8000)").exits(2).says("already");
    work.datamig("rules test range.yaml").ok();
    work.datamig(&format!("validate {id}")).ok();
    let listed = work.datamig("rules list --table ids.schools --family range --json").ok().json();
    assert!(listed.as_array().expect("a list").iter().any(|one| one["rule"] == "capacity_is_believable"));
    work.datamig("rules new").exits(2).says("--on is missing");
}

#[test]
fn rules_are_judged_without_any_run_on_the_demo_schema() {
    let work = Workdir::new("rules-no-run");
    work.datamig("rules lint").ok().says("the demo schema");
}

#[test]
fn a_project_that_nobody_described_is_told_what_to_do() {
    let work = Workdir::new("rules-no-schema");
    let project = "project: shop\nstores: [db]\nroot: {table: db.customers, key: id}\n";
    work.write("rules/shop/project.yaml", project);
    work.datamig("--project shop rules lint").exits(3).says("datamig analyze");
}

#[test]
fn every_check_can_fail_and_examples_hold_their_rules() {
    let (work, id) = migrated_copy("rules-prove");
    let run = format!("data/runs/{id}");
    let before = std::fs::read(work.path(&format!("{run}/run.duckdb"))).expect("the run");
    let proof = work.datamig("rules prove --json").ok().json();
    assert_eq!(proof["can_fail"], proof["checks"], "{}", proof["stuck"]);
    assert!(proof["checks"].as_u64() >= Some(785));
    let mutants = |name: &str| proof["mutants"][name].as_f64().expect("a number");
    assert!(mutants("killed") >= 0.95 * mutants("tried"), "{}", proof["mutants"]["survivors"]);
    let after = std::fs::read(work.path(&format!("{run}/run.duckdb"))).expect("the run");
    assert!(before == after, "the proof wrote to the run");
    let left: Vec<_> =
        std::fs::read_dir(work.path(&format!("{run}/tmp"))).expect("a folder").flatten().collect();
    assert!(left.is_empty(), "{left:?}");
    // A witness says by key what to change; what it says makes the check fail in any DuckDB.
    let kept: serde_json::Value =
        serde_json::from_str(&work.read(&format!("{run}/proof.json"))).expect("JSON");
    let witnesses = kept["witnesses"].as_array().expect("a list");
    let of = |check: &str| witnesses.iter().find(|one| one["check"] == check).expect("a witness");
    assert_eq!(of("ids.students.(id).primary_key")["changes"][0]["change"], "repeat");
    let age = &of("ids.students.grade_level_range")["changes"][0];
    assert_eq!((age["column"].as_str(), age["table"].as_str()), (Some("grade_level"), Some("ids.students")));
    assert!(age["rows"]["key"].is_string(), "{age}");
}

#[test]
fn a_check_that_cannot_fail_is_told_with_its_reason() {
    let (work, _) = migrated_copy("rules-cannot-fail");
    let text = "- rule: cannot_fail\n  on: ids.students\n  expect: age > 0 OR age <= 0\n  severity: error\n  because: a test\n  \
                examples: {pass: [{age: 1}], fail: [{age: 0}]}\n";
    work.write("rules/district/validation/business-test.yaml", text);
    work.datamig("rules prove cannot_fail")
        .exits(1)
        .says("cannot fail: ids.students.cannot_fail")
        .says("made it fail");
}
