//! Conditions of links mean what the database takes them for, not what DuckDB would.

use super::bench::Bench;
use crate::support::{mariadb, postgres};

/// The ids of the comments that come down, under a condition.
fn comments(bench: &Bench, url: &str, when: &str) -> String {
    let project = format!(
        "project: random\nstores: [s0]\nroot: {{table: s0.orgs, key: id}}\nlinks:
  - {{from: s0.posts, columns: [org], to: s0.orgs}}
  - {{from: s0.comments, columns: [post], to: s0.posts, when: {}}}\n",
        serde_json::json!(when)
    );
    bench.slice(&project, &[url.to_owned()], "1", |_, done| {
        done.unwrap_or_else(|error| panic!("{when}: {error}"));
        let ids = "SELECT coalesce(string_agg(id, ' ' ORDER BY id), '-') FROM s0.comments";
        bench.db.one(ids, []).unwrap()
    })
}

const ORGS: &str = "CREATE TABLE orgs (id int PRIMARY KEY); CREATE TABLE posts (id int PRIMARY KEY, org int);
    INSERT INTO orgs VALUES (1), (2); INSERT INTO posts VALUES (1, 1), (2, 2);";

#[test]
fn a_collation_of_the_database_decides() {
    let bench = Bench::new();
    let url = mariadb::database("conditions");
    let rows = "CREATE TABLE comments (id int PRIMARY KEY, t varchar(20) COLLATE utf8mb4_general_ci, post int);
        INSERT INTO comments VALUES (1, 'Post', 1), (2, 'post', 1), (3, 'POST ', 1), (4, 'Post', 2), (5, 'x', 1), (6, NULL, 1);";
    mariadb::execute(&url, &format!("{ORGS} {rows}"));
    assert_eq!(comments(&bench, &url, "t = 'Post'"), "1 2 3");
    assert_eq!(comments(&bench, &url, "t RLIKE '^p' AND BINARY t <> 'post'"), "1 3");
}

#[test]
fn operators_of_the_database_decide() {
    let bench = Bench::new();
    let url = postgres::database("conditions");
    let rows = r#"CREATE TABLE comments (id int PRIMARY KEY, meta jsonb, kinds text[], "Of Kind" text, post int);
        INSERT INTO comments VALUES (1, '{"k": "post"}', '{a,b}', 'x', 1), (2, '{"k": "x"}', '{a}', 'y', 1),
            (3, '{"k": "post"}', '{b}', 'x', 2), (4, NULL, NULL, NULL, 1);"#;
    postgres::execute(&url, &format!("{ORGS} {rows}"));
    for when in
        ["(meta->>'k') ~ '^p'", r#"meta @> '{"k": "post"}'"#, "'b' = ANY (kinds)", "\"Of Kind\" = 'x'"]
    {
        assert_eq!(comments(&bench, &url, when), "1", "{when}");
    }
    assert_eq!(comments(&bench, &url, "meta IS NULL"), "4");
}

#[test]
fn what_the_database_does_not_understand_is_said_with_its_place() {
    let bench = Bench::new();
    let url = postgres::database("conditions");
    postgres::execute(&url, &format!("{ORGS} CREATE TABLE comments (id int PRIMARY KEY, post int)"));
    let project = "project: random\nstores: [s0]\nroot: {table: s0.orgs, key: id}\nlinks:
  - {from: s0.posts, columns: [org], to: s0.orgs}
  - {from: s0.comments, columns: [post], to: s0.posts, when: \"nosuch(post)\"}\n";
    bench.slice(project, &[url], "1", |_, done| {
        let error = done.unwrap_err();
        assert!(error.message.contains("nosuch"), "{error}");
        assert_eq!(error.at.map(|at| at.line), Some(6));
    });
}
