//! What the catalog alone demands, and what a broken run does to each check.

use super::Run;
use datamig::rule::Rules;
use datamig::rule::observe::Verdict;

#[test]
fn the_checks_of_the_catalog_are_these() {
    let run = Run::new();
    run.validate(&Rules::default());
    let sql = "SELECT family || ' ' || severity || ' ' || id FROM meta.\"check\" ORDER BY family, id";
    let ids = run.db.rows(sql, [], |row| row.get::<_, String>(0)).unwrap();
    insta::assert_snapshot!(ids.join("\n"));
}

#[test]
fn a_whole_run_passes() {
    let run = Run::new();
    let outcome = run.validate(&Rules::default());
    let open = "SELECT coalesce(string_agg(check_id || ': ' || message, '\n'), '') FROM meta.finding \
                WHERE status NOT IN ('passed', 'empty')";
    assert_eq!(run.db.one::<String, _>(open, []).unwrap(), "");
    assert_eq!((outcome.verdict, outcome.is_private), (Verdict::Passed, true));
}

/// Each change of the run makes exactly this check fail, with so many violations and this key.
#[test]
fn every_kind_of_damage_is_found_where_it_is() {
    let cases = [
        (
            "UPDATE ids.students SET email = repeat('x', 41) WHERE id = 2",
            "ids.students.email.fits_target",
            "2",
        ),
        (
            "UPDATE ids.grades SET grade = 'F' WHERE term = 't2'",
            "ids.grades.grade.fits_target",
            "[\"1\",\"t2\"]",
        ),
        ("UPDATE ids.students SET active = NULL WHERE id = 3", "ids.students.active.fits_target", "3"),
        ("DELETE FROM meta.target_column WHERE \"column\" = 'age'", "ids.students.age.fits_target", "age"),
        (
            "UPDATE meta.target_column SET duck_type = 'TINYINT' WHERE \"column\" = 'age'; \
             UPDATE ids.students SET age = 200 WHERE id = 1",
            "ids.students.age.fits_target",
            "1",
        ),
        (
            "INSERT INTO meta.target_column FROM meta.target_column SELECT * REPLACE ('new' AS \"column\") \
             WHERE \"table\" = 'students' AND \"column\" = 'id'",
            "ids.students.new.needs_value",
            "new",
        ),
        ("UPDATE ids.students SET school_id = 9 WHERE id = 1", "ids.students.school_id.references", "1"),
        ("UPDATE hcp1.accounts SET student = '77' WHERE id = 2", "hcp1.accounts.student.references", "2"),
        (
            "UPDATE ids.schools SET id = 1; DELETE FROM ids.students WHERE school_id = 2",
            "ids.schools.(id).primary_key",
            "1",
        ),
        ("UPDATE ids.students SET email = 'a@b.org'", "ids.students.(email).unique_key", "1"),
        ("DELETE FROM hcp1.accounts WHERE id = 1", "hcp1.accounts.rows_extracted", "1 of 2 rows"),
        (
            "DELETE FROM meta.extracted WHERE \"table\" = 'accounts'",
            "hcp1.accounts.rows_extracted",
            "2 of 0 rows",
        ),
        ("UPDATE ids.students SET age = NULL WHERE id = 1", "ids.students.values_extracted", "age"),
        (
            "UPDATE ids.students SET email = 'bob@real.org' WHERE id = 2",
            "ids.students.email.no_original",
            "2",
        ),
    ];
    let run = Run::new();
    for (damage, check, key) in cases {
        run.reset();
        run.db.run(damage).unwrap();
        let outcome = run.validate(&Rules::default());
        assert_eq!(outcome.verdict, Verdict::Failed, "{damage}");
        let finding = run.finding(check);
        assert!(finding.starts_with("failed error"), "{check} after {damage}: {finding}");
        let sql = "SELECT key FROM meta.violation WHERE check_id = ? ORDER BY key LIMIT 1";
        assert_eq!(run.db.one::<String, _>(sql, [check]).unwrap(), key, "{damage}");
    }
}

#[test]
fn a_word_fakes_are_chosen_from_may_come_back_and_no_other() {
    let same = |value: &str| {
        format!(
            "UPDATE ids.students SET email = '{value}' WHERE id = 2; \
                 UPDATE staging.ids.students SET email = '{value}' WHERE id = 2"
        )
    };
    let run = Run::new().with(&same("SMITH"));
    run.validate(&Rules::default());
    assert!(run.finding("ids.students.email.no_original").starts_with("passed"));
    run.db.run(&same("Xqzwv")).unwrap();
    run.validate(&Rules::default());
    assert_eq!(run.finding("ids.students.email.no_original"), "failed error 2 1");
}

#[test]
fn what_a_graph_was_seen_to_hold_binds_nobody() {
    let graph = "UPDATE meta.\"table\" SET kind = 'node' WHERE \"table\" = 'students'";
    let seen = "DELETE FROM meta.target_column WHERE \"column\" = 'age'; \
                UPDATE meta.target_column SET nullable = false WHERE \"column\" = 'email'";
    let run = Run::new().with(graph).with(seen);
    assert_eq!(run.validate(&Rules::default()).verdict, Verdict::Passed);
    run.db.run("UPDATE ids.students SET id = NULL WHERE id = 3").unwrap();
    run.validate(&Rules::default());
    assert_eq!(run.finding("ids.students.id.fits_target"), "failed error 3 1");
}

#[test]
fn what_dangles_in_prod_is_a_warning_unless_the_target_enforces_the_key() {
    let damage = "UPDATE hcp1.accounts SET student = '77' WHERE id = 2; INSERT INTO meta.dangling VALUES ('hcp1.accounts.student', 1, NULL)";
    let run = Run::new().with(damage);
    assert_eq!(run.validate(&Rules::default()).verdict, Verdict::PassedWithWarnings);
    assert_eq!(run.finding("hcp1.accounts.student.references"), "failed warning 2 1");
    let run = Run::new().with(damage).with("UPDATE meta.target_reference SET origin = 'declared'");
    assert_eq!(run.validate(&Rules::default()).verdict, Verdict::Failed);
}

#[test]
fn without_the_extract_what_needs_it_is_skipped_and_the_run_fails() {
    let run = Run::new().with("DETACH staging");
    let outcome = run.validate(&Rules::default());
    assert_eq!((outcome.verdict, outcome.is_private), (Verdict::Failed, false));
    assert!(run.finding("ids.students.email.no_original").starts_with("skipped"));
}
