//! Slices of real databases that nobody here wrote, with known numbers of rows (`../shared/datasets`).

use crate::support::{Workdir, mariadb, postgres, repository};
use datamig::error::Result;
use datamig::phase::extract::{self, Request};
use datamig::project::Project;
use datamig::run::{FORMAT, Header, Run};
use datamig::secret::{Key, Keys};
use datamig::store::{self, introspect, url::StoreUrl};

fn dataset(name: &str) -> String {
    let path = repository().join("../shared/datasets").join(name);
    path.canonicalize().unwrap_or_else(|cause| panic!("{}: {cause}", path.display())).display().to_string()
}

/// A PostgreSQL database with these files in it.
fn database(name: &str, files: &[&str]) -> String {
    let url = postgres::database(name);
    for file in files {
        postgres::execute(&url, &text(file));
    }
    url
}

/// The statements of a file: some make and enter a database of their own, or read others from where they stand.
fn text(file: &str) -> String {
    let sql = std::fs::read_to_string(dataset(file)).unwrap();
    let elsewhere = ["\\i ", "\\c ", "USE ", "source "];
    let here =
        |line: &&str| !line.contains(" DATABASE ") && !elsewhere.iter().any(|word| line.starts_with(word));
    sql.lines().filter(here).collect::<Vec<_>>().join("\n")
}

/// A MariaDB database with these files in it.
fn mysql_database(name: &str, files: &[&str]) -> String {
    let url = mariadb::database(name);
    for file in files {
        mariadb::execute(&url, &text(file));
    }
    url
}

/// Rows of the slice of `root` (`table.column`) with this key; `more` are further lines of project.yaml.
fn rows(url: &str, root: &str, key: &str, more: &str) -> u64 {
    extracted(url, root, key, more).0
}

/// The same, and the log.
fn extracted(url: &str, root: &str, key: &str, more: &str) -> (u64, String) {
    let (rows, events) = attempted(url, root, key, more);
    (rows.unwrap(), events)
}

/// The same, whatever becomes of it.
pub(super) fn attempted(url: &str, root: &str, key: &str, more: &str) -> (Result<u64>, String) {
    let workdir = Workdir::new("slices");
    let (table, column) = root.split_once('.').unwrap();
    workdir.write(
        "rules/real/project.yaml",
        format!("project: real\nstores: [db]\nroot: {{table: db.{table}, key: {column}}}\n{more}\n"),
    );
    let project = Project::load(&workdir.path(""), "real").unwrap();
    let source = store::open_source(&StoreUrl::parse(url, &workdir.path("")).unwrap()).unwrap();
    let mut catalog = introspect::introspect(&[("db", source.as_ref())]).unwrap();
    project.complete(&mut catalog).unwrap();
    let header = Header {
        format: FORMAT,
        version: String::new(),
        project: "real".into(),
        env: "test".into(),
        root_table: project.root.table.clone(),
        root_key: key.into(),
        sample: None,
        token: String::new(),
    };
    let run = Run::create(&workdir.path(""), header).unwrap();
    let request = Request {
        run: &run,
        project: &project,
        keys: &Keys { salt: Key::random(), file: Key::random() },
        sources: &[("db".to_owned(), source)],
        catalog: &catalog,
        unread: &|_, _| false,
        sample: None,
        jobs: 2,
        events: &run.events().unwrap(),
    };
    let done = extract::execute(&request).map(|(rows, _)| rows);
    (done, std::fs::read_to_string(run.dir.join("events.jsonl")).unwrap())
}

/// A connection that breaks takes its snapshot along: everything is read again, in new ones.
#[test]
fn a_snapshot_that_is_lost_is_taken_anew() {
    let url = postgres::database("slices_lost");
    postgres::execute(
        &url,
        "CREATE TABLE root (id int PRIMARY KEY); INSERT INTO root VALUES (1);
         CREATE TABLE leaf (id int PRIMARY KEY, root_id int NOT NULL REFERENCES root, t text);
         INSERT INTO leaf SELECT i, 1, repeat('x', 200) FROM generate_series(1, 400000) AS i;",
    );
    let end = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity \
               WHERE datname = current_database() AND state = 'active' AND query LIKE 'COPY%'";
    let (rows, events) = std::thread::scope(|scope| {
        let slice = scope.spawn(|| extracted(&url, "root.id", "1", ""));
        while postgres::execute(&url, end).trim() == "0" {
            assert!(!slice.is_finished(), "nobody saw it reading");
        }
        slice.join().unwrap()
    });
    assert_eq!(rows, 400_001);
    assert!(events.contains("begun_again_in_new_snapshots"), "{events}");
}

#[test]
fn chinook_in_three_engines() {
    let postgres = database("slices_chinook", &["chinook/Chinook_PostgreSql.sql"]);
    let sqlite = format!("sqlite:{}", dataset("chinook/Chinook_Sqlite.sqlite"));
    let mariadb = mysql_database("slices_chinook", &["chinook/Chinook_MySql.sql"]);
    for (url, customer, artist) in [
        (mariadb.as_str(), "Customer.CustomerId", "Artist.ArtistId"),
        (postgres.as_str(), "customer.customer_id", "artist.artist_id"),
        (sqlite.as_str(), "Customer.CustomerId", "Artist.ArtistId"),
    ] {
        assert_eq!(rows(url, customer, "1", ""), 135);
        assert_eq!(rows(url, customer, "59", ""), 130);
        assert_eq!(rows(url, artist, "90", ""), 963);
    }
}

#[test]
fn northwind() {
    let url = database("slices_northwind", &["northwind/northwind.sql"]);
    assert_eq!(rows(&url, "customers.customer_id", "ALFKI", ""), 54);
    assert_eq!(rows(&url, "customers.customer_id", "SAVEA", ""), 248);
}

#[test]
fn pagila_with_partitions_and_a_circle() {
    let url = database("slices_pagila", &["pagila/pagila-schema.sql", "pagila/pagila-data.sql"]);
    assert_eq!(rows(&url, "store.store_id", "1", ""), 31_949);
    assert_eq!(rows(&url, "store.store_id", "2", ""), 30_552);
    assert_eq!(rows(&url, "store.store_id", "250", ""), 16);
}

#[test]
fn employees_expanded_and_not() {
    let names = [
        "employee",
        "load_department",
        "load_employee",
        "load_dept_emp",
        "load_dept_manager",
        "load_title",
        "load_salary1",
    ];
    let files = |folder: &str| names.map(|name| format!("employees/{folder}/{name}.sql"));
    let (small, mysql) = (files("dataset_small"), files("mysql"));
    let urls = [
        database("slices_employees", &small.each_ref().map(String::as_str)),
        mysql_database("slices_employees", &mysql.each_ref().map(String::as_str)),
    ];
    for url in &urls {
        for (department, plain, expanded) in [("d009", 157, 995), ("d005", 583, 3_764)] {
            assert_eq!(rows(url, "department.dept_no", department, ""), plain);
            assert_eq!(rows(url, "department.dept_no", department, "expand: [db.employee]"), expanded);
        }
    }
}
