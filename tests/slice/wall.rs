//! The wall between tenants: references to another tenant's rows, planted in every form there is, are all cut
//! and all counted.

use super::bench::Bench;
use datamig::sql;
use std::fmt::Write;

/// References planted in each form.
const PLANTED: usize = 200;

/// Ours are people 1 to 200 and theirs 1001 to 1200; every row of ours names one of theirs.
fn plant(bench: &Bench) -> Vec<String> {
    let mut ddl = String::from(
        "CREATE TABLE districts (id TEXT PRIMARY KEY); INSERT INTO districts VALUES ('d1'), ('d2');
         CREATE TABLE people (id INTEGER PRIMARY KEY, district_id TEXT NOT NULL);
         CREATE TABLE visits (id INTEGER PRIMARY KEY, district_id TEXT, person_id INTEGER REFERENCES people (id));
         CREATE TABLE exams (id INTEGER PRIMARY KEY, district_id TEXT, person_id INTEGER NOT NULL REFERENCES people (id));
         CREATE TABLE notes (id INTEGER PRIMARY KEY, district_id TEXT, body TEXT);
         CREATE TABLE teams (id INTEGER PRIMARY KEY, district_id TEXT, members TEXT, rota TEXT);",
    );
    let mut graph = String::new();
    for at in 1..=PLANTED {
        let (ours, theirs) = (at, 1000 + at);
        let _ = write!(
            ddl,
            "INSERT INTO people VALUES ({ours}, 'd1'), ({theirs}, 'd2');
             INSERT INTO visits VALUES ({at}, 'd1', {theirs});
             INSERT INTO exams VALUES ({at}, 'd1', {theirs});
             INSERT INTO notes VALUES ({at}, 'd1', '{{\"about\": {{\"person\": {theirs}}}}}');
             INSERT INTO teams VALUES ({at}, 'd1', '{ours}, {theirs}', NULL), ({theirs}, 'd1', NULL, '[{ours}, {theirs}]');"
        );
        for (id, district) in [(ours, "d1"), (theirs, "d2")] {
            let _ = writeln!(
                graph,
                r#"{{"type":"node","id":"{id}","labels":["Person"],"properties":{{"id":{id},"district_id":"{district}"}}}}"#
            );
        }
        let _ = writeln!(
            graph,
            r#"{{"type":"relationship","id":"r{at}","label":"KNOWS","properties":{{}},"start":{{"id":"{ours}","labels":["Person"]}},"end":{{"id":"{theirs}","labels":["Person"]}}}}"#
        );
    }
    bench.workdir.write("wall.jsonl", graph);
    rusqlite::Connection::open(bench.workdir.path("wall.sqlite"))
        .unwrap()
        .execute_batch(&format!("BEGIN; {ddl} COMMIT"))
        .unwrap();
    vec!["sqlite:wall.sqlite".into(), "graph:wall.jsonl".into()]
}

const PROJECT: &str = "project: random
stores: [s0, s1]
root: {table: s0.districts, key: id}
tenant: {column: district_id}
keys: {s1.Person: [id]}
links:
  - {from: s0.people, columns: [district_id], to: s0.districts}
  - {from: s0.notes, expression: \"json_extract(body, '$.about.person')\", to: s0.people}
  - {from: s0.teams, columns: [members], to: s0.people, list: comma}
  - {from: s0.teams, columns: [rota], to: s0.people, list: json}
";

#[test]
fn every_reference_to_another_tenant_is_cut_and_counted() {
    let bench = Bench::new();
    let urls = plant(&bench);
    bench.slice(PROJECT, &urls, "d1", |plan, done| {
        done.unwrap();
        let count = |query: &str| bench.db.one::<u64, _>(query, []).unwrap();
        assert_eq!(count("SELECT count(*) FROM s0.people"), PLANTED as u64);
        assert_eq!(count("SELECT count(*) FROM s1.\"Person\""), PLANTED as u64);
        for table in &plan.catalog.tables {
            let query = format!(
                "SELECT count(*) FROM {} AS this WHERE regexp_matches(CAST(this AS VARCHAR), '\\b1[0-2][0-9][0-9]\\b')",
                datamig::slice::quoted(table)
            );
            let allowed = if table.name == "teams" { "AND this.id < 1000" } else { "" };
            assert_eq!(count(&format!("{query} {allowed}")), 0, "{}", table.path());
        }
        // A list keeps the members that are ours.
        let lists = "SELECT count(*) FROM s0.teams WHERE";
        assert_eq!(count(&format!("{lists} members = CAST(id AS VARCHAR)")), PLANTED as u64);
        assert_eq!(count(&format!("{lists} rota = '[' || (id - 1000) || ']' AND id > 1000")), PLANTED as u64);
        assert_eq!(count("SELECT count(*) FROM s0.visits WHERE person_id IS NULL"), PLANTED as u64);
        bench.db.run(sql::get("meta/cut.sql")).unwrap();
        bench.db.run(sql::get("extract/cuts.sql")).unwrap();
        let cuts = bench
            .db
            .rows("SELECT reference, action, rows FROM meta.cut ORDER BY ALL", [], |row| {
                Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?, row.get::<_, u64>(2)?))
            })
            .unwrap();
        let row = |reference: &str, action: &str| (reference.to_owned(), action.to_owned(), PLANTED as u64);
        assert_eq!(
            cuts,
            [
                row("s0.exams.person_id", "row"),
                row("s0.notes.json_extract(body, '$.about.person')", "row"),
                row("s0.teams.members", "member"),
                row("s0.teams.rota", "member"),
                row("s0.visits.person_id", "null"),
                row("s1.Person-KNOWS->Person", "null"),
            ]
        );
    });
}
