//! The proof on small runs: planted originals are found in every disguise, clean cells hold none, kept
//! columns that repeat masked ones are noticed, and people who stand alone are counted.

use super::Run;
use datamig::rule::Rules;
use datamig::rule::observe::Verdict;

const CANARIES: &str = include_str!("canaries.sql");

/// A run whose `ids.secrets.value` is masked right, with few clean cells.
fn planted() -> Run {
    Run::new().with(&CANARIES.replace("first + 12500", "first + 12"))
}

fn number(run: &Run, sql: &str) -> i64 {
    run.db.one(sql, []).unwrap()
}

#[test]
fn planted_originals_are_found_and_a_million_clean_cells_hold_none() {
    let run = Run::new().with(CANARIES);
    assert_eq!(run.validate(&Rules::default()).verdict, Verdict::Failed);
    for table in ["clean_a", "clean_b", "clean_c", "clean_d"] {
        assert_eq!(run.finding(&format!("ids.{table}.no_survivor")), "passed error 12500 0");
    }
    assert!(run.finding("ids.secrets.no_survivor").starts_with("passed"));
    let missed = "SELECT coalesce(string_agg(disguise || ' of ' || value, ', ' ORDER BY value), '') FROM planted \
                  ANTI JOIN meta.violation AS found ON found.key = CAST(planted.id AS VARCHAR) \
                  AND found.check_id = 'ids.notes.no_survivor' WHERE (disguise = 'exact') = ?";
    assert_eq!(run.db.one::<String, _>(missed, [true]).unwrap(), "");
    let missed: String = run.db.one(missed, [false]).unwrap();
    assert!(missed.split(", ").count() <= 10, "{missed}");
    assert_eq!(number(&run, "SELECT count(DISTINCT disguise) FROM planted"), 12);
    let columns = "SELECT string_agg(DISTINCT \"column\", ' ' ORDER BY \"column\") FROM meta.violation \
                   WHERE check_id = 'ids.notes.no_survivor'";
    assert_eq!(run.db.one::<String, _>(columns, []).unwrap(), "first");
    let searched =
        "SELECT concat_ws(' ', originals, searched) FROM meta.searched WHERE \"table\" = 'secrets'";
    assert_eq!(run.db.one::<String, _>(searched, []).unwrap(), "1000 1000");
    assert!(number(&run, "SELECT CAST(sum(cells) AS BIGINT) FROM meta.searched_table") > 1_000_000);
}

#[test]
fn a_word_that_is_common_or_shared_is_no_leak() {
    let run = planted().with(
        "DELETE FROM ids.notes; UPDATE staging.ids.secrets SET value = 'Mary Smith' WHERE id = 1; \
         UPDATE staging.ids.secrets SET value = 'Quillfeather' WHERE id BETWEEN 2 AND 12; \
         INSERT INTO ids.notes VALUES (1, 'Mary Smith', 'by Quillfeather', 'x')",
    );
    run.validate(&Rules::default());
    assert_eq!(
        run.finding("ids.notes.no_survivor"),
        "failed error 1 1",
        "eleven rows of a number are a leak"
    );
    let named = "UPDATE meta.strategy SET expression = 'mask_name(\"value\")' WHERE \"table\" = 'secrets'";
    let run = run.with(named);
    run.validate(&Rules::default());
    assert_eq!(
        run.finding("ids.notes.no_survivor"),
        "passed error 1 0",
        "eleven people of a name are chance"
    );
}

#[test]
fn what_an_expression_leaves_is_a_leak_unless_the_policy_says_why() {
    let run = planted().with(
        "UPDATE meta.strategy SET strategy = 'sql' WHERE \"table\" = 'secrets' AND \"column\" = 'value'; \
         UPDATE ids.secrets SET value = _value FROM \
         (SELECT id AS _id, value AS _value FROM staging.ids.secrets WHERE id <= 5) WHERE id = _id",
    );
    run.validate(&Rules::default());
    assert!(run.finding("ids.secrets.no_survivor").starts_with("failed"));
    let run = run.with("UPDATE meta.strategy SET because = 'five are public' WHERE strategy = 'sql'");
    run.validate(&Rules::default());
    assert!(run.finding("ids.secrets.no_survivor").starts_with("passed"));
}

#[test]
fn a_digest_of_an_original_is_found_in_any_table() {
    for digest in ["md5(value)", "upper(sha1(lower(trim(value))))", "'sha256:' || sha256(value)"] {
        let run = planted().with(&format!(
            "DELETE FROM ids.notes; INSERT INTO ids.notes SELECT 1, 'x', {digest}, 'x' FROM staging.ids.secrets WHERE id = 3"
        ));
        run.validate(&Rules::default());
        assert_eq!(run.finding("ids.notes.no_survivor"), "failed error 1 1", "{digest}");
        assert!(run.finding("ids.clean_a.no_survivor").starts_with("passed"));
    }
}

#[test]
fn a_kept_column_that_says_what_a_masked_one_said_is_found_by_its_data() {
    for twin in [
        "lower(value)",
        "md5(value)",
        "sha256(lower(trim(value)))",
        "reverse(value)",
        "array_to_string(list_sort(string_split(strip_accents(lower(value)), '')), '')",
        "left(value, 1)",
        "'photo of ' || value || '.jpg'",
    ] {
        let run = planted().with(&format!(
            "UPDATE ids.secrets SET kept = {} FROM (SELECT id AS _id, value AS _value FROM staging.ids.secrets) WHERE id = _id",
            twin.replace("value", "_value")
        ));
        run.validate(&Rules::default());
        assert!(run.finding("ids.secrets.no_twin").starts_with("failed"), "{twin}");
        let column = "SELECT DISTINCT \"column\" FROM meta.violation WHERE check_id = 'ids.secrets.no_twin'";
        assert_eq!(run.db.one::<String, _>(column, []).unwrap(), "kept", "{twin}");
    }
    let run = planted();
    run.validate(&Rules::default());
    assert!(run.finding("ids.secrets.no_twin").starts_with("passed"));
}

#[test]
fn a_kept_column_that_joins_two_masked_ones_is_found() {
    for twin in [
        "upper(first[1] || second[1])",
        "second[1] || '. ' || first[1] || '.'",
        "md5(first || ' ' || second)",
    ] {
        let run = planted().with(&format!(
            "UPDATE meta.strategy SET strategy = 'hash', expression = 'mask_hash(value)' \
             WHERE \"table\" = 'notes' AND \"column\" IN ('first', 'second'); \
             UPDATE staging.ids.notes SET first = chr(CAST(97 + id % 26 AS INTEGER)) || 'qrst', \
                 second = chr(CAST(97 + id % 23 AS INTEGER)) || 'xyzv'; \
             UPDATE staging.ids.notes SET between = {twin}; \
             UPDATE ids.notes SET first = 'fake', second = 'fake', between = original.between \
             FROM staging.ids.notes AS original WHERE original.id = notes.id"
        ));
        run.validate(&Rules::default());
        assert!(run.finding("ids.notes.no_twin").starts_with("failed"), "{twin}");
    }
}

#[test]
fn a_kept_column_that_writes_a_masked_day_in_another_way_is_found() {
    for form in ["%m/%d/%Y", "%-d.%-m.%Y", "%B %-d, %Y"] {
        let run = planted().with(&format!(
            "UPDATE staging.ids.secrets SET value = CAST(DATE '2012-01-01' + CAST(id AS INTEGER) AS VARCHAR); \
             UPDATE ids.secrets SET kept = strftime(DATE '2012-01-01' + CAST(id AS INTEGER), '{form}')"
        ));
        run.validate(&Rules::default());
        assert!(run.finding("ids.secrets.no_twin").starts_with("failed"), "{form}");
    }
}

#[test]
fn what_a_scan_leaves_in_a_text_is_no_original_and_what_it_takes_out_is() {
    let run = planted().with(
        r#"UPDATE meta.strategy SET strategy = 'scan', expression = 'mask_note("value")' WHERE strategy = 'hash';
           CREATE TABLE text AS FROM (VALUES
               (1, 'one two three four five six seven eight $'), (2, '$ came home late'),
               (3, '{"who": "$ came late", "kind": "chromebook of the room"}')
           ) AS text (id, value);
           UPDATE staging.ids.secrets AS this SET value = replace(text.value, '$', 'Quillfeather')
           FROM text WHERE text.id = this.id;
           UPDATE ids.secrets AS this SET value = replace(text.value, '$', 'Masked') FROM text WHERE text.id = this.id;
           DELETE FROM ids.notes;
           INSERT INTO ids.notes VALUES (1, 'One, two, three four five six seven eight nine', 'x', 'x'),
               (2, 'a chromebook of the room', 'x', 'x')"#,
    );
    run.validate(&Rules::default());
    assert_eq!(run.finding("ids.notes.no_survivor"), "passed error 2 0");
    assert!(run.finding("ids.secrets.no_survivor").starts_with("passed"));
    run.db
        .run(
            "INSERT INTO ids.notes VALUES (3, 'Quillfeather CAME home, late', 'x', 'x'), (4, 'x', 'x', 'quillfeather came late')",
        )
        .unwrap();
    run.validate(&Rules::default());
    assert_eq!(run.finding("ids.notes.no_survivor"), "failed error 4 2");
}

#[test]
fn two_values_that_an_engine_calls_one_may_have_one_fake() {
    let run = planted().with(
        "UPDATE staging.ids.secrets SET value = CASE id WHEN 3 THEN 'Same@real.org' ELSE 'same@real.org ' END \
         WHERE id IN (3, 4); UPDATE ids.secrets SET value = 'fake' WHERE id IN (3, 4)",
    );
    run.validate(&Rules::default());
    assert_eq!(run.finding("ids.secrets.value.no_collapse"), "passed error 1000 0");
}

#[test]
fn of_a_table_without_rows_only_what_can_fail_is_asked() {
    let run = Run::new().with("UPDATE meta.extracted SET rows = 0; DELETE FROM ids.students");
    run.validate(&Rules::default());
    let rules = "SELECT string_agg(DISTINCT rule, ' ') FROM meta.\"check\" WHERE family = 'privacy'";
    assert_eq!(run.db.one::<String, _>(rules, []).unwrap(), "no_survivor");
}

#[test]
fn two_people_with_one_fake_and_a_cell_of_another_row_are_found() {
    let run = planted().with("UPDATE ids.secrets SET value = 'same' WHERE id IN (3, 4)");
    run.validate(&Rules::default());
    assert_eq!(run.finding("ids.secrets.value.no_collapse"), "failed error 1000 2");
    assert_eq!(run.finding("ids.secrets.replayed"), "failed error 1000 2");
}

#[test]
fn people_who_stand_alone_are_counted_and_may_stop_the_run() {
    let quasi = |k_min: &str| {
        let run = Run::new().with(&format!(
            "INSERT INTO meta.quasi_identifier VALUES ('ids', 'students', 'active', 'id', {k_min})"
        ));
        let outcome = run.validate(&Rules::default());
        let risk = "SELECT concat_ws(' ', people, groups, k, people_alone, worst) FROM meta.risk WHERE side = 'after'";
        let worst = r#"[{"size":1,"groups":1},{"size":2,"groups":1}]"#;
        assert_eq!(run.db.one::<String, _>(risk, []).unwrap(), format!("3 2 1 1 {worst}"));
        (outcome.verdict, run)
    };
    assert_eq!(quasi("NULL").0, Verdict::Passed);
    let (verdict, run) = quasi("2");
    assert_eq!(
        (verdict, run.finding("ids.students.k_anonymous").as_str()),
        (Verdict::Failed, "failed error 3 1")
    );
}
