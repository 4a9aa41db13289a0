//! Sources that are not the server itself: a hot standby that cancels readers, and a pooler that hands out
//! connections of two servers.

use super::slices::attempted;
use crate::support::postgres::{Pair, execute};
use crate::support::server::{pass_on, port};
use datamig::error::Kind;
use std::net::{TcpListener, TcpStream};

const ROWS: u64 = 200_000;

fn pair() -> Pair {
    Pair::new(&format!(
        "CREATE TABLE root (id int PRIMARY KEY); INSERT INTO root VALUES (1), (2);
         CREATE TABLE leaf (id int PRIMARY KEY, root_id int NOT NULL REFERENCES root, t text);
         INSERT INTO leaf SELECT i, 1, repeat('x', 200) FROM generate_series(1, {ROWS}) AS i;
         CREATE TABLE junk (id int); INSERT INTO junk SELECT generate_series(1, 1000);"
    ))
}

/// A port whose connections go to the servers in turn.
fn in_turn(servers: [u16; 2]) -> u16 {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for (client, server) in listener.incoming().map_while(Result::ok).zip(servers.into_iter().cycle()) {
            let server = TcpStream::connect(("127.0.0.1", server)).unwrap();
            let (asks, answers) = ((client.try_clone(), server.try_clone()), (server, client));
            let (from, to) = (asks.0.unwrap(), asks.1.unwrap());
            std::thread::spawn(move || pass_on(from, to, |_| true));
            std::thread::spawn(move || pass_on(answers.0, answers.1, |_| true));
        }
    });
    port
}

#[test]
fn a_standby_is_read_and_a_snapshot_that_it_cancels_is_taken_anew() {
    let pair = pair();
    let (rows, events) = std::thread::scope(|scope| {
        let slice = scope.spawn(|| attempted(&pair.standby, "root.id", "1", ""));
        let reading = "SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND query LIKE 'COPY%'";
        while execute(&pair.standby, reading).trim() == "0" {
            assert!(!slice.is_finished(), "nobody saw it reading");
        }
        // What the readers may still see is cleaned away on the primary.
        execute(&pair.primary, "DELETE FROM junk; VACUUM junk;");
        slice.join().unwrap()
    });
    assert_eq!(rows.unwrap(), ROWS + 1);
    assert!(events.contains("begun_again_in_new_snapshots"), "{events}");
    let (rows, events) = attempted(&pair.standby, "root.id", "2", "");
    assert_eq!(rows.unwrap(), 1);
    assert!(!events.contains("begun_again_in_new_snapshots"), "{events}");
    // A pooler that sends one connection here and the next one there has no snapshot they could share.
    let pooler = in_turn([port(&pair.primary), port(&pair.standby)]);
    let url = pair.primary.replace(&port(&pair.primary).to_string(), &pooler.to_string());
    let error = attempted(&url, "root.id", "2", "").0.unwrap_err();
    assert_eq!(error.kind, Kind::Unreachable, "{error}");
    assert!(error.hint.as_ref().is_some_and(|hint| hint.contains("pooler")), "{error}");
}
