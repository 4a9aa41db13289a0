//! Places in JSON with a strategy of their own, from the policy to the proof, and CHECKs that are tried before a
//! row moves.

use crate::support::Workdir;
use datamig::run::Run;

const PROJECT: &str =
    "project: clinic\nstores: [c]\nroot: {table: c.sites, key: id}\nperson: {c.pupils: \"'pupil:' || id\"}\n";
const POLICY: &str = r#"version: "1.0"
rules:
  - {name: keys, field_pattern: "(^|_)id$", strategy: preserve, because: numbers of rows}
  - {name: first, field_pattern: "^first_name$", strategy: faker, faker_type: first_name, consistent_per_id: true}
  - {name: school, columns: ["c.*.profile"], json: ["$.school"], strategy: preserve, because: public}
  - {name: own_name, columns: ["c.*.profile"], json: ["$.me"], strategy: faker, faker_type: first_name, consistent_per_id: true}
  - {name: mails, columns: ["c.*.profile"], json: ["$..email"], strategy: faker, faker_type: email}
  - {name: guardians, columns: ["c.*.profile"], json: ["$.guardian"], strategy: faker, faker_type: name}
  - {name: phones, columns: ["c.*.profile"], json: ["$.phones[*]"], strategy: faker, faker_type: phone_number}
  - {name: numbers, columns: ["c.*.profile"], json: ["$.ssn"], strategy: fpe, alphabet: integer}
  - {name: secrets, columns: ["c.*.profile"], json: ["$.\"door code\""], strategy: nullify}
  - {name: profiles, columns: ["c.*.profile", "c.*.note"], strategy: scan}
"#;
const SCHEMA: &str = "CREATE TABLE sites (id INTEGER PRIMARY KEY);
    CREATE TABLE pupils (id INTEGER PRIMARY KEY, site_id INTEGER REFERENCES sites, first_name TEXT CHECK (length(first_name) > 1), profile TEXT, note TEXT);";
const ROWS: &str = r#"INSERT INTO sites VALUES (1);
    INSERT INTO pupils VALUES
    (1, 1, 'Quintessa', '{"me": "Quintessa", "school": "Northfield High", "guardian": {"name": "Zora Quillfeather", "email": "zora@quill.example"}, "guardian": {"email": "twice@quill.example"}, "phones": ["312-867-5309", "415-867-2671"], "ssn": 123456789, "door code": "4711 blue", "n": 5}', 'Zora Quillfeather (zora@quill.example) came'),
    (2, 1, 'Bartleby', '{"gu\u0061rdian":{"em\u0061il":"bela@vell\u006frin.example","name":"Béla Vellorin"},"phones":[],"ssn":null}', NULL),
    (3, 1, 'Xanthippe', NULL, 'nothing'), (4, 1, 'Ottoline', '{}', 'call Béla Vellorin');"#;

/// A workspace with one SQLite store, this policy and these rows.
fn clinic(name: &str, policy: &str, rows: &str) -> Workdir {
    let work = Workdir::new(name);
    work.write("rules/clinic/project.yaml", PROJECT);
    work.write("rules/clinic/anonymize.yaml", policy);
    work.write(
        "rules/clinic/environments/demo.yaml",
        "prod: {c: \"sqlite:a.sqlite\"}\ncert: {c: \"sqlite:b.sqlite\"}\n",
    );
    for (file, rows) in [("a", rows), ("b", "")] {
        let store = rusqlite::Connection::open(work.path(&format!("{file}.sqlite"))).unwrap();
        store.execute_batch(SCHEMA).unwrap();
        store.execute_batch(rows).unwrap();
    }
    work
}

/// The run file, as any DuckDB opens it.
#[allow(clippy::disallowed_methods, reason = "a reader outside opens it so")]
fn opened(work: &Workdir) -> duckdb::Connection {
    duckdb::Connection::open(run_file(work)).unwrap()
}

fn run_file(work: &Workdir) -> std::path::PathBuf {
    let id = Run::list(&work.path("")).pop().unwrap().id;
    work.path(&format!("data/runs/{id}/run.duckdb"))
}

#[test]
fn each_place_leaves_by_its_own_strategy_and_is_proven() {
    let work = clinic("places", POLICY, ROWS);
    work.datamig("--project clinic migrate 1 --skip-load").ok();
    let store = opened(&work);
    let one = |sql: &str| -> String {
        store
            .query_row(&format!("SELECT coalesce(CAST(({sql}) AS VARCHAR), 'NULL')"), [], |row| row.get(0))
            .unwrap()
    };
    let text = one("SELECT string_agg(concat_ws(' ', profile, note), chr(10)) FROM c.pupils").to_lowercase();
    for original in
        ["zora", "quillfeather", "quill.", "bela", "vell", "béla", "867", "123456789", "4711", "quintessa"]
    {
        assert!(!text.contains(original), "{original} is in {text}");
    }
    for (sql, expected) in [
        ("SELECT profile ->> '$.me' = first_name FROM c.pupils WHERE id = 1", "true"),
        ("SELECT profile ->> '$.school' FROM c.pupils WHERE id = 1", "Northfield High"),
        ("SELECT json_type(profile, '$.ssn') FROM c.pupils WHERE id = 1", "UBIGINT"),
        ("SELECT profile -> '$.\"door code\"' FROM c.pupils WHERE id = 1", "null"),
        ("SELECT json_array_length(profile, '$.phones') FROM c.pupils WHERE id = 1", "2"),
        ("SELECT count(*) FROM c.pupils, json_tree(CAST(profile AS JSON)) WHERE key = 'email'", "3"),
        (
            "SELECT count(*) FROM c.pupils, json_tree(CAST(profile AS JSON)) WHERE key = 'email' AND atom::VARCHAR LIKE '%example.org%'",
            "3",
        ),
        ("SELECT profile FROM c.pupils WHERE id = 3", "NULL"),
        ("SELECT profile FROM c.pupils WHERE id = 4", "{}"),
        // A note names the fakes of the places, not others.
        (
            "SELECT note = format('{} ({}) came', profile ->> '$.guardian.name', profile ->> '$.guardian.email') FROM c.pupils WHERE id = 1",
            "true",
        ),
        (
            "SELECT starts_with(profile, '{\"me\": \"') AND profile LIKE '%, \"n\": 5}' FROM c.pupils WHERE id = 1",
            "true",
        ),
        (
            "SELECT strategy || ' ' || rule FROM meta.strategy WHERE \"column\" = 'profile.$.ssn'",
            "fpe numbers",
        ),
        // The CHECK of the target speaks of a masked column: it is looked at before the load.
        (
            "SELECT status || ' ' || examined FROM meta.finding JOIN meta.\"check\" AS it ON it.id = check_id WHERE it.rule = 'keeps_check'",
            "passed 4",
        ),
        ("SELECT count(*) FROM meta.strategy WHERE json_path IS NOT NULL", "7"),
        (
            "SELECT min(searched) > 0 FROM meta.searched WHERE \"column\" IN ('profile.$..email', 'profile.$.guardian', 'profile.$.phones[*]', 'profile.$.ssn')",
            "true",
        ),
    ] {
        assert_eq!(one(sql), expected, "{sql}\n{text}");
    }
    drop(store);
    work.datamig("--project clinic policy explain profile")
        .ok()
        .says("c.pupils.profile.$..email")
        .says("7 places in JSON");
    work.datamig("--project clinic policy test profile")
        .ok()
        .says("c.pupils.profile")
        .says("\"door code\":null");
    // What a place said, somewhere else, is found and named by its place.
    let store = opened(&work);
    store.execute_batch("UPDATE c.pupils SET note = 'ask bela@vellorin.example' WHERE id = 3").unwrap();
    drop(store);
    work.datamig("--project clinic validate 1").exits(1);
    let store = opened(&work);
    let origin: String =
        store.query_row("SELECT min(origin) FROM meta.survivor", [], |row| row.get(0)).unwrap();
    assert_eq!(origin, "c.pupils.profile.$..email");
}

#[test]
fn tokens_days_and_coarse_values_stand_in_json_too() {
    let of = |name: &str, path: &str, how: &str| -> String {
        format!("  - {{name: {name}, columns: [\"c.*.profile\"], json: [\"{path}\"], strategy: {how}}}\n")
    };
    let more = of("cases", "$.case", "tokenize")
        + &of("copies", "$.nr", "fpe, alphabet: integer, domain: numbers")
        + &of("others", "$.other", "fpe, alphabet: integer")
        + &of("moved", "$.days[*]", "shift, days: 40")
        + &of("zips", "$.zip", "generalize, to: zip3")
        + &of("births", "$.born", "generalize, to: year");
    let policy = POLICY.replace("  - {name: profiles", &format!("{more}  - {{name: profiles"));
    let rows = r#"INSERT INTO sites VALUES (1);
        INSERT INTO pupils VALUES
        (1, 1, 'Quintessa', '{"case": "Vellum/77", "days": ["2024-05-06", "2024-05-16T08:30:00Z"], "zip": "62704-1234", "born": "2014-07-09", "ssn": 123456789, "nr": 123456789, "other": 123456789}', NULL),
        (2, 1, 'Bartleby', '{"case": "Vellum/77", "days": ["2024-05-06"], "born": "2013-02-03 04:05"}', NULL),
        (3, 1, 'Ottoline', '{"case": 1234567, "zip": 62704}', NULL);"#;
    let work = clinic("places-more", &policy, rows);
    work.datamig("--project clinic migrate 1 --skip-load").ok();
    work.datamig("--project clinic policy test profile").ok().says("TOKEN_0000");
    let store = opened(&work);
    for (sql, expected) in [
        ("string_agg(profile ->> '$.zip', ' ' ORDER BY id)", "62700-0000 62700"),
        ("string_agg(profile ->> '$.born', ' ' ORDER BY id)", "2014-01-01 2013-01-01 00:00"),
        ("min(profile ->> '$.case')", "TOKEN_00000001"),
        ("max(profile ->> '$.case')", "TOKEN_00000002"),
        ("count(DISTINCT profile ->> '$.case') FILTER (id < 3)", "1"),
        // One domain, one result.
        ("any_value((profile ->> '$.ssn') = (profile ->> '$.nr')) FILTER (id = 1)", "true"),
        ("any_value((profile ->> '$.ssn') = (profile ->> '$.other')) FILTER (id = 1)", "false"),
        (
            "any_value(CAST(left(profile ->> '$.days[1]', 10) AS DATE) - CAST(profile ->> '$.days[0]' AS DATE)) FILTER (id = 1)",
            "10",
        ),
        ("any_value(substr(profile ->> '$.days[1]', 11)) FILTER (id = 1)", "T08:30:00Z"),
        ("bool_or((profile ->> '$.days[0]') = '2024-05-06')", "false"),
    ] {
        let sql = format!("SELECT CAST({sql} AS VARCHAR) FROM c.pupils");
        let found: String = store.query_row(&sql, [], |row| row.get(0)).unwrap();
        assert_eq!(found, expected, "{sql}");
    }
    let nobody = PROJECT.replace("person: {c.pupils: \"'pupil:' || id\"}\n", "");
    work.write("rules/clinic/project.yaml", nobody);
    work.datamig("--project clinic policy explain").exits(3).says("shift of $.days[*]: nothing says whose");
}

#[test]
fn what_is_no_json_is_never_copied() {
    for (name, value) in [("text", "Zora at zora@quill.example"), ("cut", "{\"ssn\": 123456789")] {
        let rows = format!(
            "INSERT INTO sites VALUES (1); INSERT INTO pupils VALUES (1, 1, 'Quintessa', '{value}', NULL);"
        );
        let work = clinic(&format!("places-{name}"), POLICY, &rows);
        work.datamig("--project clinic migrate 1 --skip-load")
            .exits(3)
            .says("c.pupils")
            .says("is not JSON")
            .never_says("zora");
        assert!(!run_file(&work).exists());
    }
}

#[test]
fn a_value_that_cannot_be_masked_is_named_by_its_column() {
    let head = "version: \"1.0\"\nrules:\n  - {name: keys, field_pattern: \"id$\", strategy: preserve, because: keys}\n  \
                - {name: first, field_pattern: \"^first_name$\", strategy: fpe, alphabet: alphanumeric}\n";
    let rows = "INSERT INTO sites VALUES (1); INSERT INTO pupils VALUES (1, 1, 'Ada', NULL, NULL);";
    for how in ["scan", "nullify"] {
        let policy = format!("{head}  - {{name: rest, columns: [\"c.*.*\"], strategy: {how}}}\n");
        let work = clinic(&format!("places-short-{how}"), &policy, rows);
        work.datamig("--project clinic migrate 1 --skip-load")
            .exits(3)
            .says("c.pupils.first_name: a value is too short")
            .never_says("Ada");
    }
}

#[test]
fn what_could_leave_a_place_in_clear_is_refused() {
    let refuses = |name: &str, from: &str, to: &str, words: &[&str]| {
        let work = clinic(name, &POLICY.replace(from, to), ROWS);
        let run = work.datamig("--project clinic policy explain").exits(3).says("anonymize.yaml");
        words.iter().fold(run, |run, words| run.says(words));
    };
    refuses(
        "places-kept",
        "strategy: scan}",
        "strategy: preserve, because: x}",
        &["what no place names must be scanned"],
    );
    refuses("places-path", "$.phones[*]", "phones", &["\"phones\" is no path into JSON", ":9"]);
    refuses(
        "places-sql",
        "json: [\"$.ssn\"], strategy: fpe, alphabet: integer",
        "json: [\"$.ssn\"], strategy: sql, expression: \"mask_zip3(_value)\"",
        &["cannot leave by sql"],
    );
    refuses(
        "places-domain",
        "json: [\"$.guardian\"], strategy: faker",
        "json: [\"$.guardian\"], domain: x, strategy: faker",
        &["faker takes no `domain`"],
    );
    refuses("places-why", ", because: public}", "}", &["preserve of $.school needs a `because`"]);
    let late = "  - {name: late, columns: [\"c.*.profile\"], json: [\"$.x\"], strategy: nullify}\n";
    refuses(
        "places-late",
        "strategy: scan}\n",
        &format!("strategy: scan}}\n{late}"),
        &["\"late\" decides nothing"],
    );
}
