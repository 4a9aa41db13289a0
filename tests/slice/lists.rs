//! Lists of keys, taken apart and put together again: members anywhere in a list, and texts that are no list.

use super::bench::Bench;
use crate::support::postgres;

/// People 2 and 4 are ours, 3 is another tenant's. The last column says what the list becomes.
const ARRAYS: &str = r#"
CREATE TABLE orgs (id integer PRIMARY KEY);
CREATE TABLE people (id integer PRIMARY KEY, org_id integer REFERENCES orgs, code text UNIQUE);
CREATE TABLE teams (id integer PRIMARY KEY, org_id integer REFERENCES orgs, ids integer[], codes text[],
    fixed integer[] NOT NULL, expected text);
CREATE TABLE boards (id integer PRIMARY KEY, org_id integer REFERENCES orgs, ids integer[] NOT NULL CHECK (cardinality(ids) > 0));
INSERT INTO orgs VALUES (1), (2);
INSERT INTO people VALUES (2, 1, 'a,"b'), (3, 2, 'c\d'), (4, 1, 'NULL');
INSERT INTO teams VALUES
    (1, 1, '{3,2}', NULL, '{}', '{2} - {}'), (2, 1, '{2,3}', NULL, '{3}', '{2} - {}'),
    (3, 1, '{2,3,4}', NULL, '{2,3}', '{2,4} - {2}'), (4, 1, '{3}', NULL, '{}', '- - {}'),
    (5, 1, '{NULL,3,9}', NULL, '{}', '{NULL,9} - {}'), (6, 1, '[0:1]={3,2}', NULL, '{}', '{2} - {}'),
    (7, 1, '{{2,3},{4,3}}', NULL, '{}', '{2,4} - {}'),
    (8, 1, NULL, ARRAY['c\d', 'a,"b', 'NULL', NULL, 'c\d'], '{}', '- {"a,\"b","NULL",NULL} {}'),
    (9, NULL, NULL, ARRAY['x', 'a,"b'], '{}', '- {x,"a,\"b"} {}'), (10, NULL, NULL, ARRAY['a'], '{}', 'not in');
INSERT INTO boards VALUES (1, 1, '{2,4}'), (2, 1, '{3}');
"#;

const PROJECT: &str =
    "project: random\nstores: [s0]\nroot: {table: s0.orgs, key: id}\ntenant: {column: org_id}\nlinks:
  - {from: s0.teams, columns: [ids], to: s0.people, list: array}
  - {from: s0.teams, columns: [codes], to: s0.people, key: [code], list: array}
  - {from: s0.teams, columns: [fixed], to: s0.people, list: array}
  - {from: s0.boards, columns: [ids], to: s0.people, list: array}\n";

#[test]
fn a_member_goes_wherever_it_stands_in_an_array() {
    let url = postgres::database("arrays");
    postgres::execute(&url, ARRAYS);
    let bench = Bench::new();
    bench.slice(PROJECT, &[url], "1", |_, done| {
        done.unwrap();
        let query = "SELECT string_agg(id || ': ' || concat_ws(' ', coalesce(ids, '-'), coalesce(codes, '-'), fixed), \
                     '; ' ORDER BY id) = string_agg(id || ': ' || expected, '; ' ORDER BY id) AND count(*) = 9 FROM s0.teams";
        let found = "SELECT string_agg(concat_ws(' ', id, ids, codes, fixed), '; ' ORDER BY id) FROM s0.teams";
        // A list that a CHECK looks at is not made shorter: its row is left out.
        let boards = "SELECT string_agg(id || ' ' || ids, '; ') FROM s0.boards";
        assert_eq!(bench.db.one::<String, _>(boards, []).unwrap(), "1 {2,4}");
        assert!(bench.db.one::<bool, _>(query, []).unwrap(), "{}", bench.db.one::<String, _>(found, []).unwrap());
    });
}

#[test]
fn a_text_that_is_no_json_has_no_members() {
    let bench = Bench::new();
    let sql = "CREATE TABLE orgs (id INTEGER PRIMARY KEY); INSERT INTO orgs VALUES (1);
        CREATE TABLE people (id INTEGER PRIMARY KEY, org_id INTEGER REFERENCES orgs);
        CREATE TABLE teams (id INTEGER PRIMARY KEY, ids TEXT); INSERT INTO people VALUES (2, 1);
        INSERT INTO teams VALUES (1, '[2]'), (2, ''), (3, '{no'), (4, '2'), (5, '[2'), (6, '{\"a\": 2}'), (7, '[null, \"2\"]');";
    rusqlite::Connection::open(bench.workdir.path("lists.sqlite")).unwrap().execute_batch(sql).unwrap();
    let project = "project: random\nstores: [s0]\nroot: {table: s0.orgs, key: id}\n\
                   links: [{from: s0.teams, columns: [ids], to: s0.people, list: json}]\n";
    bench.slice(project, &["sqlite:lists.sqlite".into()], "1", |_, done| {
        done.unwrap();
        let ids = "SELECT string_agg(id, ' ' ORDER BY id) FROM s0.teams";
        assert_eq!(bench.db.one::<String, _>(ids, []).unwrap(), "1 7");
    });
}
