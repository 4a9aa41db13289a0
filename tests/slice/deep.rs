//! A table that references itself ten thousand levels deep costs a few rounds, whichever way it is walked.

use super::bench::Bench;
use crate::support::postgres;
use datamig::slice::quoted;

const LEVELS: usize = 10_000;

/// Team 1 belongs to organisation 1; each other team to the one before it. Ticket 1 names the last team, ticket 2
/// one that cannot do without another tenant.
const SCHEMA: &str = "
    CREATE TABLE orgs (id integer PRIMARY KEY);
    CREATE TABLE owners (id integer PRIMARY KEY, tenant integer);
    CREATE TABLE teams (
        id integer PRIMARY KEY,
        org_id integer REFERENCES orgs (id),
        parent_id integer REFERENCES teams (id),
        owner_id integer REFERENCES owners (id)
    );
    CREATE INDEX teams_parent ON teams (parent_id);
    CREATE TABLE tickets (
        id integer PRIMARY KEY, tenant integer, team_id integer NOT NULL REFERENCES teams (id)
    );
    INSERT INTO orgs VALUES (1);
    INSERT INTO owners VALUES (1, 1), (2, 2);";

fn teams(series: &str) -> String {
    format!(
        "INSERT INTO teams SELECT i, CASE WHEN i = 1 THEN 1 END, CASE WHEN i > 1 THEN i - 1 END, NULL FROM {series};
         INSERT INTO teams VALUES ({0}, NULL, {LEVELS}, 2);
         INSERT INTO tickets VALUES (1, 1, {LEVELS}), (2, 2, {0});",
        LEVELS + 1
    )
}

/// The rows of each table of the slice of `root`, as `table: rows`.
fn slice(bench: &Bench, url: &str, project: &str) -> Vec<String> {
    let yaml = format!("project: random\nstores: [s0]\n{project}\n");
    bench.slice(&yaml, &[url.to_owned()], "1", |plan, outcome| {
        outcome.unwrap();
        let tables = plan.catalog.tables.iter();
        let count = |table| bench.db.one::<u64, _>(&format!("SELECT count(*) FROM {}", quoted(table)), []);
        tables.map(|table| format!("{}: {}", table.name, count(table).unwrap())).collect()
    })
}

fn check(bench: &Bench, url: &str) {
    let down = slice(bench, url, "root: {table: s0.orgs, key: id}");
    let all = format!("teams: {}", LEVELS + 1);
    assert_eq!(down, ["orgs: 1", "owners: 1", &all, "tickets: 2"], "down");
    let up = slice(bench, url, "root: {table: s0.tickets, key: id}\ntenant: {column: tenant}");
    assert_eq!(up, ["orgs: 1", "owners: 1", &format!("teams: {LEVELS}"), "tickets: 1"], "up");
}

#[test]
fn ten_thousand_levels_in_sqlite() {
    let bench = Bench::new();
    let series = format!(
        "(WITH RECURSIVE s (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM s WHERE i < {LEVELS}) SELECT i FROM s)"
    );
    let file = rusqlite::Connection::open(bench.workdir.path("deep.sqlite")).unwrap();
    file.execute_batch(&format!("{SCHEMA}{}", teams(&series))).unwrap();
    check(&bench, "sqlite:deep.sqlite");
}

#[test]
fn ten_thousand_levels_in_postgres() {
    let url = postgres::database("deep");
    postgres::execute(&url, &format!("{SCHEMA}{}", teams(&format!("generate_series(1, {LEVELS}) AS s (i)"))));
    check(&Bench::new(), &url);
}
