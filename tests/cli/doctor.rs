//! What `doctor` finds on both sides before anything is begun.

use super::mistakes::sqlite;
use super::workspace;

#[test]
fn a_missing_index_is_named_with_what_it_costs() {
    let work = workspace("doctor-indexes");
    let found = |what: &str| {
        let probes = work.datamig("doctor --json").ok().json();
        let probe = probes.as_array().unwrap().iter().find(|probe| probe["what"] == what).cloned();
        let probe = probe.unwrap_or_else(|| panic!("no probe {what} in {probes}"));
        (probe["state"].as_str().unwrap().to_owned(), probe["words"].as_str().unwrap().to_owned())
    };
    for side in ["prod", "cert"] {
        let (state, words) = found(&format!("{side} indexes"));
        assert_eq!(state, "good", "{side}: {words}");
    }
    let (_, words) = found("target");
    assert!(words.contains("commit one after the other, without two-phase commit"), "{words}");
    sqlite(&work, "data/demo/prod/ids.sqlite", "DROP INDEX student_courses_class");
    sqlite(&work, "data/demo/cert/ids.sqlite", "DROP INDEX attendance_recorded_by");
    let (state, words) = found("prod indexes");
    assert_eq!(
        (state.as_str(), words.contains("ids.student_courses.class_id")),
        ("warning", true),
        "{words}"
    );
    let (state, words) = found("cert indexes");
    assert_eq!((state.as_str(), words.contains("ids.attendance.recorded_by")), ("warning", true), "{words}");
}
