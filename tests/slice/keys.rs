//! References to unique keys that are no primary keys, and to columns that are not unique at all.

use super::bench::Bench;
use crate::support::{mariadb, postgres};
use datamig::name::Idents;
use datamig::slice::quoted;
use std::fmt::Write;

/// Columns of the widest key.
const WIDE: usize = 12;

/// `c1, c2 ...`, each in this form.
fn columns(form: impl Fn(usize) -> String) -> String {
    (1..=WIDE).map(form).collect::<Vec<_>>().join(", ")
}

/// Tenant 1 is `t1`. Of its three rules number 1 names plan 1, number 2 has a NULL in its key, number 3 dangles
/// by its last column. `m1` names the groups 1 and 2 at once, and three notes, of which one came down.
fn schema() -> String {
    let (plain, integers) = (columns(|at| format!("c{at}")), columns(|at| format!("c{at} INTEGER")));
    let key = |last: &str| columns(|at| if at == WIDE { last.to_owned() } else { at.to_string() });
    let mut sql = format!(
        "CREATE TABLE tenants (id INTEGER PRIMARY KEY, code VARCHAR(10) NOT NULL UNIQUE);
         CREATE TABLE plans (id INTEGER PRIMARY KEY, {integers}, UNIQUE ({plain}));
         CREATE TABLE rules (id INTEGER PRIMARY KEY, tenant VARCHAR(10), {integers},
             FOREIGN KEY (tenant) REFERENCES tenants (code));
         CREATE TABLE teams (id INTEGER PRIMARY KEY, label VARCHAR(10));
         CREATE TABLE members (id INTEGER PRIMARY KEY, tenant VARCHAR(10), label VARCHAR(10),
             FOREIGN KEY (tenant) REFERENCES tenants (code));
         CREATE TABLE notes (label VARCHAR(10), tenant VARCHAR(10), body VARCHAR(10),
             FOREIGN KEY (tenant) REFERENCES tenants (code));
         CREATE TABLE badges (id INTEGER PRIMARY KEY, label VARCHAR(10));
         INSERT INTO tenants VALUES (1, 't1'), (2, 't2');
         INSERT INTO teams VALUES (1, 'a'), (2, 'a'), (3, 'b');
         INSERT INTO members VALUES (1, 't1', 'a'), (2, 't1', NULL), (3, 't2', 'b');
         INSERT INTO notes VALUES ('a', 't1', 'x'), ('a', NULL, 'x'), ('a', NULL, 'x'), ('b', 't2', 'y');
         INSERT INTO badges VALUES (1, 'a'), (2, 'b'), (3, NULL);"
    );
    for (id, last) in [(1, "12"), (2, "13")] {
        let _ = write!(sql, "INSERT INTO plans VALUES ({id}, {});", key(last));
    }
    for (id, tenant, last) in [(1, "t1", "12"), (2, "t1", "NULL"), (3, "t1", "99"), (4, "t2", "13")] {
        let _ = write!(sql, "INSERT INTO rules VALUES ({id}, '{tenant}', {});", key(last));
    }
    sql
}

fn project(more: &str) -> String {
    let names = columns(|at| format!("c{at}"));
    format!(
        "project: random\nstores: [s0]\nroot: {{table: s0.tenants, key: code}}\nlinks:
  - {{from: s0.rules, columns: [{names}], to: s0.plans, key: [{names}]}}
  - {{from: s0.members, columns: [label], to: s0.teams, key: [label]}}
  - {{from: s0.members, columns: [label], to: s0.notes, key: [label]}}
  - {{from: s0.badges, columns: [label], to: s0.teams, key: [label]}}\n{more}"
    )
}

/// The first two columns of the rows of each table.
fn slice(bench: &Bench, url: &str, project: &str) -> Vec<String> {
    bench.slice(project, &[url.to_owned()], "t1", |plan, done| {
        done.unwrap();
        let rows = plan.catalog.tables.iter().map(|table| {
            let names: Vec<&String> = table.columns.iter().take(2).map(|column| &column.name).collect();
            let query = format!(
                "SELECT coalesce(string_agg(row, ', ' ORDER BY row), '-') FROM (SELECT concat_ws(' ', {}) AS row FROM {})",
                Idents(&names),
                quoted(table)
            );
            format!("{}: {}", table.name, bench.db.one::<String, _>(&query, []).unwrap())
        });
        rows.collect()
    })
}

fn check(url: &str) {
    let bench = Bench::new();
    let mut expected = vec![
        "badges: -",
        "members: 1 t1, 2 t1",
        "notes: a, a, a t1",
        "plans: 1 1",
        "rules: 1 t1, 2 t1, 3 t1",
        "teams: 1 a, 2 a",
        "tenants: 1 t1",
    ];
    assert_eq!(slice(&bench, url, &project("")), expected, "{url}");
    expected[0] = "badges: 1 a";
    assert_eq!(slice(&bench, url, &project("expand: [s0.teams]\n")), expected, "{url}");
}

#[test]
fn links_to_what_is_unique_and_to_what_is_not() {
    let workdir = crate::support::Workdir::new("keys");
    let file = workdir.path("keys.sqlite");
    rusqlite::Connection::open(&file).unwrap().execute_batch(&schema()).unwrap();
    check(&format!("sqlite:{}", file.display()));
    let url = postgres::database("keys");
    postgres::execute(&url, &schema());
    check(&url);
    let url = mariadb::database("keys");
    mariadb::execute(&url, &schema());
    check(&url);
}

/// The same keys, declared; their columns in another order than the unique key has them. InnoDB takes a foreign key
/// to columns that are not unique.
#[test]
fn foreign_keys_to_what_is_unique_and_in_mariadb_to_what_is_not() {
    let list = |backwards: bool| {
        let mut names: Vec<String> = (1..=WIDE).map(|at| format!("c{at}")).collect();
        if backwards {
            names.reverse();
        }
        names.join(", ")
    };
    let wide = |backwards| {
        let names = list(backwards);
        format!(
            "{} ALTER TABLE rules ADD FOREIGN KEY ({names}) REFERENCES plans ({names});",
            schema().replace("(3, 't1', 1, 2", "(3, 't2', 1, 2").replace(", 99);", ", 13);")
        )
    };
    let mut expected = vec!["rules: 1 t1, 2 t1", "plans: 1 1"];
    let bench = Bench::new();
    let root = "project: random\nstores: [s0]\nroot: {table: s0.tenants, key: code}\n";
    let url = postgres::database("keys");
    postgres::execute(&url, &wide(true));
    let found = slice(&bench, &url, root);
    assert!(expected.iter().all(|line| found.iter().any(|other| other == line)), "{found:?}");
    let url = mariadb::database("keys");
    let loose = "CREATE INDEX labels ON teams (label); CREATE INDEX labels ON notes (label);
        ALTER TABLE members ADD FOREIGN KEY (label) REFERENCES teams (label);
        ALTER TABLE members ADD FOREIGN KEY (label) REFERENCES notes (label);";
    mariadb::execute(&url, &format!("{} {loose}", wide(false)));
    expected.extend(["teams: 1 a, 2 a", "notes: a, a, a t1"]);
    let found = slice(&bench, &url, root);
    assert!(expected.iter().all(|line| found.iter().any(|other| other == line)), "{found:?}");
}

/// Texts that name a UUID, whoever wrote them: as it is, in capitals, without hyphens, in braces.
#[test]
fn a_uuid_is_found_however_a_text_spells_it() {
    let bench = Bench::new();
    let id = "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11";
    let digits = id.replace('-', "");
    let mut rows = String::new();
    for (at, text) in
        [id, &id.to_uppercase(), &digits, &digits.to_uppercase(), &format!("{{{id}}}"), &id.replace('a', "b")]
            .iter()
            .enumerate()
    {
        let _ = write!(rows, "INSERT INTO notes VALUES ({at}, '{text}');");
    }
    let notes = format!("CREATE TABLE notes (id INTEGER PRIMARY KEY, org VARCHAR(40)); {rows}");
    let orgs = postgres::database("uuids");
    postgres::execute(
        &orgs,
        &format!("CREATE TABLE orgs (id uuid PRIMARY KEY); INSERT INTO orgs VALUES ('{id}'); {notes}"),
    );
    rusqlite::Connection::open(bench.workdir.path("uuids.sqlite")).unwrap().execute_batch(&notes).unwrap();
    let mysql = mariadb::database("uuids");
    mariadb::execute(&mysql, &notes);
    let urls = [orgs, "sqlite:uuids.sqlite".to_owned(), mysql];
    let project = "project: random\nstores: [s0, s1, s2]\nroot: {table: s0.orgs, key: id}\nlinks:
  - {from: s0.notes, columns: [org], to: s0.orgs}
  - {from: s1.notes, columns: [org], to: s0.orgs}
  - {from: s2.notes, columns: [org], to: s0.orgs}\n";
    bench.slice(project, &urls, id, |_, done| {
        done.unwrap();
        for store in ["s0", "s1", "s2"] {
            let found = format!("SELECT string_agg(id, ' ' ORDER BY id) FROM {store}.notes");
            assert_eq!(bench.db.one::<String, _>(&found, []).unwrap(), "0 1 2 3 4", "{store}");
        }
    });
}

#[test]
fn a_root_is_asked_for_as_its_store_spells_it() {
    let bench = Bench::new();
    let orgs = postgres::database("spelled");
    let padded = "CREATE TABLE codes (id char(5) PRIMARY KEY); INSERT INTO codes VALUES ('ab')";
    postgres::execute(
        &orgs,
        &format!("CREATE TABLE orgs (id bigint PRIMARY KEY); INSERT INTO orgs VALUES (1); {padded}"),
    );
    let notes = "CREATE TABLE notes (id INTEGER PRIMARY KEY, org TEXT); INSERT INTO notes VALUES (7, '1');";
    rusqlite::Connection::open(bench.workdir.path("spelled.sqlite")).unwrap().execute_batch(notes).unwrap();
    let urls = [orgs, "sqlite:spelled.sqlite".to_owned()];
    let project =
        "project: random\nstores: [s0, s1]\nroot: {table: s0.orgs, key: id}\ntenant: {column: org}\n";
    for (key, rows) in [("1", Some(1)), ("01", None), (" 1", None)] {
        bench.slice(project, &urls, key, |_, done| match (done, rows) {
            (Ok(()), Some(rows)) => {
                assert_eq!(bench.db.one::<u64, _>("SELECT count(*) FROM s1.notes", []).unwrap(), rows);
            }
            (Err(error), None) => assert!(error.message.ends_with("but \"1\""), "{error}"),
            (done, _) => panic!("{key}: {done:?}"),
        });
    }
    bench.slice(&project.replace("s0.orgs", "s0.codes"), &urls, "ab", |_, done| done.unwrap());
}

/// A text names a number as numbers are written, whichever of the two is the parent, down as well as up.
#[test]
fn a_number_in_a_text_is_one_as_numbers_are_written() {
    let bench = Bench::new();
    let project = "project: random\nstores: [s0]\nroot: {table: s0.orgs, key: id}\nlinks:
  - {from: s0.notes, columns: [number], to: s0.orgs}
  - {from: s0.visits, columns: [code], to: s0.orgs, key: [code]}\n";
    let sql = "CREATE TABLE orgs (id int PRIMARY KEY, code varchar(9)); INSERT INTO orgs VALUES (7, '07'), (8, '8');
        CREATE TABLE notes (id int PRIMARY KEY, number varchar(9));
        CREATE TABLE visits (id int PRIMARY KEY, code int);
        INSERT INTO notes VALUES (1, '7'), (2, '07'), (3, ' 7'), (4, 'x'), (5, '8'); INSERT INTO visits VALUES (1, 7), (2, 8);";
    let rows = |url: &str, key: &str| {
        bench.slice(project, &[url.to_owned()], key, |_, done| {
            done.unwrap();
            let query = "SELECT concat_ws('; ', (SELECT string_agg(id, ' ') FROM s0.notes), \
                         (SELECT string_agg(id, ' ') FROM s0.visits), (SELECT string_agg(id, ' ') FROM s0.orgs))";
            bench.db.one::<String, _>(query, []).unwrap()
        })
    };
    let (one, other) = (postgres::database("numbers"), mariadb::database("numbers"));
    postgres::execute(&one, sql);
    mariadb::execute(&other, sql);
    for url in [one, other] {
        assert_eq!((rows(&url, "7"), rows(&url, "8")), ("1; 7".to_owned(), "5; 2; 8".to_owned()), "{url}");
    }
}
