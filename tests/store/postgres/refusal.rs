//! What cannot work, in words that show no password and no value.

use super::{Database, open};
use crate::support::postgres::{self, PASSWORD};
use datamig::error::Kind;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

#[test]
fn a_wrong_password_is_never_printed() {
    let database = Database::new("");
    let url = database.url.replace(PASSWORD, "wr0ng-password");
    let error = open(&url).source().introspect().err().unwrap();
    assert_eq!(error.kind, Kind::Config);
    let words = error.to_string();
    assert!(words.contains("authentication failed") && !words.contains("wr0ng"), "{words}");
}

#[test]
fn a_server_that_is_not_there_is_unreachable() {
    for url in ["postgres://u:s3cret@127.0.0.1:1/d", "postgres://u:s3cret@no-such-host.invalid/d"] {
        let error = open(url).source().introspect().err().unwrap();
        assert_eq!(error.kind, Kind::Unreachable, "{error}");
        assert!(!error.to_string().contains("s3cret"));
    }
    let database = Database::new("");
    let error = open(&format!("{}_gone", database.url)).source().introspect().err().unwrap();
    assert_eq!(error.kind, Kind::Config, "{error}");
}

#[test]
fn an_account_that_may_only_read_is_known_and_refused() {
    let target = Database::new("CREATE TABLE t (id integer PRIMARY KEY);");
    let reader = open(&postgres::reader(&target.url));
    assert!(!reader.source().can_write().unwrap());
    let table = super::table(&target, "t");
    let mut load = reader.begin().unwrap();
    let error =
        super::write(&mut *load, &table, &super::everything(&target, "t"), super::Mode::Insert).unwrap_err();
    assert_eq!(error.kind, Kind::Refused, "{error}");
    assert!(error.message.contains("table t"), "{error}");
    let error = load.decide("mig-1", "loaded").unwrap_err();
    assert!(error.hint.unwrap().contains("CREATE on the database"));
}

#[test]
fn a_process_that_dies_behind_a_lock_does_not_wait_on() {
    let database = Database::new("CREATE TABLE t (id integer);");
    let mut holder = open(&database.url).begin().unwrap();
    holder.lock(&super::table(&database, "t")).unwrap();
    let settings = datamig::sql::get("store/postgres/waiting.sql");
    let mut dying = Command::new("psql");
    dying.args(["-Xq", "-d", &database.url, "-c", "BEGIN", "-c", settings, "-c", "LOCK TABLE t"]);
    let mut dying = dying.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let waits = || {
        let waiting = "SELECT count(*) FROM pg_locks JOIN pg_database AS here ON here.oid = database
                       WHERE here.datname = current_database() AND NOT granted";
        postgres::execute(&database.url, waiting).trim() == "1"
    };
    while !waits() {}
    dying.kill().unwrap();
    dying.wait().unwrap();
    let begun = Instant::now();
    while waits() {
        assert!(begun.elapsed() < Duration::from_secs(20), "it waits for a lock that nobody needs");
    }
}
