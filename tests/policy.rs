//! The policy against a catalog: everything that could go wrong with a column is said before a row moves,
//! all of it at once, with the place in the file.

use crate::support::Workdir;
use datamig::catalog::{Catalog, Column, Equality, ListFormat, Origin, Reference, Table};
use datamig::phase::rehearse;
use datamig::project::Project;
use datamig::project::policy::Assignments;
use datamig::run::decide;

fn column(name: &str, duck_type: &str) -> Column {
    let source_type = duck_type.to_lowercase();
    Column {
        name: name.into(),
        duck_type: duck_type.into(),
        source_type,
        nullable: true,
        ..Column::default()
    }
}

fn short(name: &str, length: u32) -> Column {
    Column { length: Some(length), ..column(name, "VARCHAR") }
}

fn table(name: &str, columns: Vec<Column>) -> Table {
    Table {
        store: "s".into(),
        name: name.into(),
        staged: name.into(),
        columns,
        key: vec!["id".into()],
        ..Table::default()
    }
}

/// One table `people` with `id` and these columns.
fn people(mut columns: Vec<Column>) -> Catalog {
    columns.insert(0, Column { nullable: false, ..column("id", "BIGINT") });
    Catalog { tables: vec![table("people", columns)], references: Vec::new() }
}

/// What a policy of these entries, `id` preserved, says about a catalog.
fn decided(name: &str, catalog: &Catalog, entries: &str) -> Result<Assignments, String> {
    let work = Workdir::new(name);
    let ids = "  - {name: ids, field_pattern: \"^id$\", strategy: preserve}\n";
    work.write("rules/p/anonymize.yaml", format!("version: \"1.0\"\nrules:\n{ids}{entries}"));
    work.write("rules/p/project.yaml", "project: p\nstores: [s]\nroot: {table: s.people, key: id}\n");
    let project = Project::load(&work.path(""), "p").unwrap();
    decide::strategies(&project, catalog).map_err(|error| error.to_string())
}

#[track_caller]
fn refuses(name: &str, catalog: &Catalog, entries: &str, words: &[&str]) {
    let Err(error) = decided(name, catalog, entries) else { panic!("{name} was allowed") };
    for word in words.iter().chain(&["anonymize.yaml"]) {
        assert!(error.contains(word), "\"{word}\" is not in: {error}");
    }
}

fn entry(column: &str, how: &str) -> String {
    format!("  - {{name: {column}, field_pattern: \"^{column}$\", {how}}}\n")
}

#[test]
fn all_problems_come_at_once() {
    let mut columns = vec![
        Column { nullable: false, ..column("needed", "VARCHAR") },
        short("mail", 20),
        column("seats", "INTEGER"),
        Column { values: vec!["a".into(), "b".into()], ..column("kind", "VARCHAR") },
        short("code", 5),
        column("note", "VARCHAR"),
    ];
    columns.push(short("page", 30));
    columns.push(column("copy", "VARCHAR"));
    let entries = [
        entry("needed", "strategy: nullify"),
        entry("mail", "strategy: faker, faker_type: email"),
        entry("seats", "strategy: faker, faker_type: city"),
        entry("kind", "strategy: hash"),
        entry("code", "strategy: fpe"),
        entry("note", "strategy: shift"),
        entry("page", "strategy: faker, faker_type: url"),
        entry("copy", "strategy: sql, expression: lower(copy)"),
    ]
    .concat();
    refuses(
        "policy-all",
        &people(columns),
        &entries,
        &[
            "8 columns cannot bear",
            "s.people.needed (needed): nullify, but the column is NOT NULL",
            "s.people.mail (mail): faker needs 30 characters, the column has 20",
            "s.people.seats (seats): faker gives what INTEGER cannot hold",
            "s.people.kind (kind): hash gives values that the column's list does not have",
            "s.people.code (code): fpe needs 6 characters, the column has 5",
            "s.people.note (note): shift needs a date",
            "s.people.page (page): faker needs 37 characters",
            "s.people.copy (copy): sql without a mask_ function needs a `because`",
        ],
    );
}

#[test]
fn a_check_that_lists_values_is_a_list() {
    let mut catalog = people(vec![column("stage", "VARCHAR"), column("other", "VARCHAR")]);
    catalog.tables[0].checks = vec!["CHECK ((stage)::text = ANY (ARRAY['a'::text, 'b'::text]))".into()];
    let entries =
        [entry("stage", "strategy: faker, faker_type: city"), entry("other", "strategy: hash")].concat();
    refuses("policy-check", &catalog, &entries, &["s.people.stage", "list"]);
    let fine = [entry("stage", "strategy: constant, value: a"), entry("other", "strategy: hash")].concat();
    decided("policy-check-fine", &catalog, &fine).map(|_| ()).unwrap();
}

#[test]
fn a_unique_column_takes_only_what_is_injective() {
    for (name, how, is_fine) in [
        ("first", "strategy: faker, faker_type: first_name", false),
        ("phone", "strategy: faker, faker_type: phone_number", false),
        ("year", "strategy: constant, value: x", false),
        ("mail", "strategy: faker, faker_type: email", true),
        ("fpe", "strategy: fpe", true),
        ("hash", "strategy: hash", true),
        ("token", "strategy: tokenize", true),
    ] {
        for key in [vec!["v"], vec!["v", "w"]] {
            let mut catalog = people(vec![column("v", "VARCHAR"), column("w", "BIGINT")]);
            catalog.tables[0].unique = vec![key.iter().map(|name| (*name).to_owned()).collect()];
            let entries = [entry("v", how), entry("w", "strategy: preserve")].concat();
            let found = decided(&format!("policy-unique-{name}-{}", key.len()), &catalog, &entries);
            assert_eq!(found.is_ok(), is_fine, "{how} in {key:?}: {:?}", found.err());
        }
    }
    let mut catalog = people(vec![short("v", 12)]);
    catalog.tables[0].unique = vec![vec!["v".into()]];
    let entries = entry("v", "strategy: faker, faker_type: user_name");
    refuses("policy-unique-short", &catalog, &entries, &["needs 13 characters, the column has 12"]);
}

/// `people.code`, which `visits.code` names.
fn linked(change: impl FnOnce(&mut Reference)) -> Catalog {
    let mut catalog = people(vec![column("code", "VARCHAR")]);
    catalog.tables[0].unique = vec![vec!["code".into()]];
    let visits = vec![Column { nullable: false, ..column("id", "BIGINT") }, column("of_code", "VARCHAR")];
    catalog.tables.push(table("visits", visits));
    let mut reference = Reference {
        id: "s.visits.of_code".into(),
        child: 1,
        columns: vec!["of_code".into()],
        parent: 0,
        key: vec!["code".into()],
        origin: Origin::Declared,
        nullable: true,
        deferrable: false,
        when: None,
        is_expression: false,
        list: None,
    };
    change(&mut reference);
    catalog.references.push(reference);
    catalog
}

#[test]
fn both_ends_of_a_reference_are_masked_alike() {
    let alike = "  - {name: codes, field_pattern: \"code$\", strategy: hash}\n";
    decided("policy-ends-alike", &linked(|_| ()), alike).map(|_| ()).unwrap();
    let apart = [entry("code", "strategy: hash"), entry("of_code", "strategy: hash")].concat();
    refuses("policy-ends-apart", &linked(|_| ()), &apart, &["s.visits.of_code: hash by \"of_code\""]);
    let half = [entry("code", "strategy: hash"), entry("of_code", "strategy: preserve, because: x")].concat();
    refuses("policy-ends-half", &linked(|_| ()), &half, &["s.visits.of_code"]);
    let list = linked(|reference| reference.list = Some(ListFormat::Comma));
    refuses("policy-ends-list", &list, alike, &["s.visits.of_code: names keys of s.people in"]);
}

#[test]
fn what_nobody_decided_about_stops_the_run_with_yaml_to_paste() {
    let catalog = people(vec![column("nickname", "VARCHAR")]);
    refuses("policy-new", &catalog, "", &["s.people.nickname", "columns: [\"s.people.nickname\"]"]);
    let entries = [entry("nickname", "strategy: hash"), entry("ghost", "strategy: hash")].concat();
    refuses("policy-ghost", &catalog, &entries, &["\"ghost\" matches no column", ":5"]);
    let hidden = [entry("nickname", "strategy: hash"), entry("nick.*", "strategy: nullify")].concat();
    refuses("policy-hidden", &catalog, &hidden, &["earlier entries take all 1 columns"]);
}

#[test]
fn columns_are_chosen_by_sql_over_the_catalog() {
    let catalog = people(vec![column("a", "VARCHAR"), short("b", 50), column("c", "DATE")]);
    let entries = "  - {name: long, where: \"duck_type = 'VARCHAR' AND length IS NULL\", strategy: nullify}\n  \
                   - {name: rest, where: \"store = 's' AND NOT is_key\", strategy: constant, value: \"2001-01-01\"}\n";
    let found = decided("policy-where", &catalog, entries).unwrap();
    let rules: Vec<&str> = found.0[0].iter().map(|one| one.rule.as_str()).collect();
    assert_eq!(rules, ["ids", "long", "rest", "rest"]);
    let wrong = "  - {name: x, where: \"no_such_thing > 3\", strategy: nullify}\n";
    refuses("policy-where-wrong", &catalog, wrong, &["the condition of `where`", ":4"]);
}

#[test]
fn what_the_engine_calls_equal_gets_one_fake() {
    for (equality, expected) in [
        (Equality::NoCase, "lower(CAST(\"v\" AS VARCHAR))"),
        (Equality::Padded, "rtrim(CAST(\"v\" AS VARCHAR))"),
        (Equality::Loose, "lower(strip_accents(rtrim(CAST(\"v\" AS VARCHAR))))"),
    ] {
        let mut catalog = people(vec![Column { equality, ..column("v", "VARCHAR") }]);
        catalog.tables[0].unique = vec![vec!["v".into()]];
        for how in
            ["strategy: hash", "strategy: fpe, alphabet: alphanumeric", "strategy: faker, faker_type: email"]
        {
            let found = decided("policy-equal", &catalog, &entry("v", how)).unwrap();
            assert!(found.0[0][1].expression.contains(expected), "{}", found.0[0][1].expression);
        }
    }
}

/// What trying a CHECK of `people` says: what could not be decided, or the error.
fn tried(name: &str, columns: Vec<Column>, check: &str, entries: &str) -> Result<Vec<String>, String> {
    let mut catalog = people(columns);
    catalog.tables[0].checks = vec![check.into()];
    let work = Workdir::new(name);
    let ids = "  - {name: ids, field_pattern: \"^id$\", strategy: preserve}\n";
    work.write("rules/p/anonymize.yaml", format!("version: \"1.0\"\nrules:\n{ids}{entries}"));
    let project = "project: p\nstores: [s]\nroot: {table: s.people, key: id}\nperson: {s.people: id}\n";
    work.write("rules/p/project.yaml", project);
    let project = Project::load(&work.path(""), "p").unwrap();
    let assignments = decide::strategies(&project, &catalog).map_err(|error| error.to_string())?;
    rehearse::try_checks(&project, &catalog, &assignments).map_err(|error| error.to_string())
}

#[test]
fn checks_are_tried_with_made_up_rows() {
    let text = || vec![column("code", "VARCHAR")];
    let of = |how: &str| entry("code", how);
    let form = "((code)::text ~ '^[0-9]{3}-[0-9]{2}-[0-9]{4}$'::text)";
    for (name, columns, check, entries, outcome) in [
        ("length", text(), "CHECK (length(code) = 11)", of("strategy: fpe"), "fine"),
        ("length-hash", text(), "CHECK (length(code) = 11)", of("strategy: hash"), "broken"),
        ("regex", text(), form, of("strategy: fpe"), "fine"),
        ("regex-hash", text(), form, of("strategy: hash"), "broken"),
        ("like", text(), "((code)::text ~~ '%@%'::text)", of("strategy: faker, faker_type: email"), "fine"),
        (
            "like-login",
            text(),
            "CHECK (code LIKE '%@%')",
            of("strategy: faker, faker_type: user_name"),
            "broken",
        ),
        ("typeof", text(), "CHECK (typeof(code) = 'text')", of("strategy: hash"), "no made-up row fits it"),
        ("unknown", text(), "CHECK (code REGEXP 'a')", of("strategy: hash"), "DuckDB cannot evaluate it"),
        (
            "range",
            vec![column("code", "INTEGER")],
            "((code >= 1) AND (code <= 9))",
            of("strategy: constant, value: \"5\""),
            "fine",
        ),
        (
            "range-out",
            vec![column("code", "INTEGER")],
            "((code >= 1) AND (code <= 9))",
            of("strategy: constant, value: \"50\""),
            "broken",
        ),
    ] {
        let said = tried(&format!("policy-try-{name}"), columns, check, &entries);
        match outcome {
            "fine" => assert_eq!(said, Ok(vec![]), "{name}"),
            "broken" => {
                let error = said.expect_err(name);
                assert!(error.contains("s.people: CHECK") && error.contains("none of"), "{name}: {error}");
            }
            words => assert!(
                said.as_ref().is_ok_and(|open| open.len() == 1 && open[0].contains(words)),
                "{name}: {said:?}"
            ),
        }
    }
    let days = || vec![column("born", "DATE"), column("hired", "DATE")];
    let kept = entry("hired", "strategy: preserve, because: needed");
    let faked = entry("born", "strategy: faker, faker_type: date_of_birth") + &kept;
    let open = tried("policy-try-days", days(), "CHECK (born < hired)", &faked).unwrap();
    assert!(open[0].contains("made-up rows no longer fit it"), "{open:?}");
    let shifted = entry("born", "strategy: shift") + &entry("hired", "strategy: shift");
    assert_eq!(tried("policy-try-shift", days(), "CHECK (born < hired)", &shifted), Ok(vec![]));
}

#[test]
fn dates_move_together_or_not_at_all() {
    let mut catalog = people(vec![column("born", "DATE"), column("left_on", "DATE")]);
    let both = [entry("born", "strategy: shift"), entry("left_on", "strategy: shift")].concat();
    refuses("policy-shift", &catalog, &both, &["shift moves all dates of a person together", "`person:`"]);
    // With a person the row itself steps in where a row names none.
    catalog.tables[0].checks = vec!["CHECK (left_on >= born)".into()];
    let work = tried(
        "policy-shift-person",
        catalog.tables.remove(0).columns.split_off(1),
        "CHECK (left_on >= born)",
        &both,
    );
    assert_eq!(work, Ok(vec![]));
}
