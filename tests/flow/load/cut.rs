//! The network drops between a commit and its answer, and servers break down and come up again.

use super::faults::{Fragile, Place};
use super::world::{Engine, World};
use crate::support::server::{pass_on, port};
use crate::support::{neo4j, postgres};
use datamig::error::Result;
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// How long a server may take to come up again.
const COMES_UP: Duration = Duration::from_secs(120);

/// A port in front of a server. The first request that contains `words` on a connection that wrote a decision row goes
/// through; its answer does not come back.
fn cutting(server: u16, words: &'static [u8]) -> u16 {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    let is_due = Arc::new(AtomicBool::new(true));
    std::thread::spawn(move || {
        for client in listener.incoming().map_while(Result::ok) {
            let server = TcpStream::connect(("127.0.0.1", server)).unwrap();
            let (asks, answers) = ((client.try_clone(), server.try_clone()), (server, client));
            let (is_due, is_cut) = (is_due.clone(), Arc::new(AtomicBool::new(false)));
            let cut = is_cut.clone();
            let (from, to) = (asks.0.unwrap(), asks.1.unwrap());
            std::thread::spawn(move || {
                let mut has_decided = false;
                pass_on(from, to, |bytes| {
                    let has = |words: &[u8]| bytes.windows(words.len()).any(|part| part == words);
                    has_decided |= has(b"datamig_load VALUES");
                    if has_decided && has(words) && is_due.swap(false, Ordering::SeqCst) {
                        cut.store(true, Ordering::SeqCst);
                    }
                    true
                });
            });
            std::thread::spawn(move || {
                pass_on(answers.0, answers.1, |_| !is_cut.load(Ordering::SeqCst));
            });
        }
    });
    port
}

#[test]
fn the_answer_to_a_commit_is_lost_on_the_way() {
    // The second as it is on the wire: the length of the message before the word.
    for (engine, words) in
        [(Engine::Postgres, &b"COMMIT PREPARED"[..]), (Engine::Plain, &b"\x00\x00\x00\x0bCOMMIT\0"[..])]
    {
        let mut world = World::new(engine);
        let before = world.dump();
        for work in ["load", "rollback"] {
            let straight = world.url("ids", 1).secret.expose().to_owned();
            let server = port(&straight);
            world.point_cert_at("ids", |_, cert| {
                cert.replace(&format!(":{server}/"), &format!(":{}/", cutting(server, words)))
            });
            if work == "load" {
                world.load().unwrap();
            } else {
                world.roll_back().unwrap();
            }
            world.point_cert_at("ids", |_, _| straight.clone());
            assert_eq!(world.waiting(), Vec::<String>::new());
            match work {
                "load" => assert!(world.verify().is_valid()),
                _ => assert_eq!(world.dump(), before),
            }
        }
    }
}

/// Asks until a server that broke down is up again.
fn at_last<T>(ask: impl Fn() -> Result<T>) -> T {
    let begun = Instant::now();
    loop {
        match ask() {
            Err(error) if error.kind.is_retryable() && begun.elapsed() < COMES_UP => {}
            answer => return answer.unwrap(),
        }
    }
}

/// Breaks the server of a store down once in each load, and looks at what is there when it is up again.
fn holds_all_or_nothing(
    world: &World,
    store: &str,
    places: &[Place],
    break_down: impl Fn() + Clone + Send + Sync + 'static,
) {
    let before = world.dump();
    world.load().unwrap();
    let after = world.dump();
    world.roll_back().unwrap();
    let mut loaded = 0;
    for place in places.iter().copied() {
        let (break_down, is_due) = (break_down.clone(), AtomicBool::new(true));
        let targets = Fragile::one(world, store, place, move || {
            if is_due.swap(false, Ordering::SeqCst) {
                break_down();
            }
            Ok(())
        });
        let begun = Instant::now();
        let outcome = world.load_into(&targets);
        assert!(begun.elapsed() < COMES_UP, "{place:?}: nobody waits for ever");
        let is_loaded = at_last(|| world.recover()).is_loaded;
        assert!(is_loaded || outcome.is_err(), "{place:?}");
        // A run that is loaded is recovered without a look at every store.
        at_last(|| world.targets().iter().try_for_each(|(_, target)| target.decision("none").map(drop)));
        assert_eq!(&world.dump(), if is_loaded { &after } else { &before }, "{place:?}");
        assert_eq!(world.waiting(), Vec::<String>::new(), "{place:?}");
        if is_loaded {
            loaded += 1;
            world.roll_back().unwrap();
        }
    }
    assert!(loaded > 0);
}

#[test]
fn a_server_that_breaks_down_and_comes_up_again_holds_all_or_nothing() {
    let world = World::new(Engine::Alone);
    let url = world.url("ids", 1).secret.expose().to_owned();
    let places = [Place::Write, Place::Prepare, Place::Prepared, Place::Commit, Place::Answer];
    holds_all_or_nothing(&world, "ids", &places, move || postgres::break_down(&url));
}

#[test]
fn a_graph_server_that_breaks_down_and_comes_up_again_holds_all_or_nothing() {
    let server = neo4j::Mortal::start();
    let mut world = World::new(Engine::Postgres);
    world.move_graph_to(&server.url);
    let process = server.process.clone();
    let places = [Place::Write, Place::Answer];
    holds_all_or_nothing(&world, "sp", &places, move || neo4j::break_down(&process));
}
