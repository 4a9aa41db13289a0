//! Two-phase commit: what is prepared waits for the decision, and what a crash left prepared is ended.

use super::crash::killed;
use super::faults::Place;
use super::world::{Engine, World};
use datamig::run::Run;
use datamig::run::cert::prepared::{named, settle_strangers, waiting};

#[test]
fn what_is_prepared_is_seen_by_nobody_until_it_is_decided() {
    let world = World::new(Engine::Postgres);
    let before = world.dump();
    // Killed when `hcp1` was prepared; whether `ids` was already is a matter of chance.
    assert!(killed(&world, "load", Place::Prepared, "hcp1"));
    assert!(world.waiting().contains(&"hcp1".to_owned()));
    assert_eq!(world.dump(), before);
    // The next load need not be told: what was not decided is rolled back.
    world.load().unwrap();
    assert_eq!(world.waiting(), Vec::<String>::new());
    assert!(world.verify().is_valid());
    let after = world.dump();
    assert!(killed(&world, "rollback", Place::Prepared, "ids"));
    assert_eq!(world.dump(), after);
    let outcome = world.recover().unwrap();
    assert!(outcome.is_loaded && outcome.words.contains("ids is rolled back"), "{}", outcome.words);
    assert_eq!(world.dump(), after);
    // Decided: the graph file has committed, the databases have not.
    assert!(killed(&world, "rollback", Place::Commit, "ids"));
    assert_eq!(world.waiting(), ["ids", "hcp1"]);
    assert!(!world.recover().unwrap().is_loaded);
    assert_eq!(world.dump(), before);
}

#[test]
fn what_a_run_that_nobody_knows_left_is_ended_as_the_other_stores_decided() {
    for (place, store) in [(Place::Prepared, "ids"), (Place::Commit, "hcp1")] {
        let world = World::new(Engine::Postgres);
        let before = world.dump();
        world.load().unwrap();
        let after = world.dump();
        world.roll_back().unwrap();
        assert!(killed(&world, "load", place, store));
        assert!(world.waiting().contains(&store.to_owned()), "{:?}", world.waiting());
        let targets = world.targets();
        // A run that this workspace knows is none of them.
        let known = Run::list(world.root());
        assert_eq!(settle_strangers(&named(&targets), &known).unwrap(), Vec::<String>::new());
        let mut ended = Vec::new();
        // The server may take a moment to see that the process is gone.
        for _ in 0..100 {
            ended.extend(settle_strangers(&named(&targets), &[]).unwrap());
            if world.waiting().is_empty() {
                break;
            }
        }
        assert!(!ended.is_empty() && ended.iter().all(|words| words.starts_with(&world.run.id)), "{ended:?}");
        assert_eq!(world.waiting(), Vec::<String>::new());
        assert_eq!(world.dump(), if place == Place::Commit { after } else { before });
    }
}

#[test]
fn a_transaction_whose_owner_lives_is_left_alone() {
    let world = World::new(Engine::Postgres);
    let targets = world.targets();
    let mut transaction = targets[0].1.begin().unwrap();
    transaction.decide("mig-1.x", "loaded").unwrap();
    assert!(transaction.prepare_commit("datamig loaded mig-1.x ids").unwrap());
    let found = waiting(&named(&targets)).unwrap();
    assert!(found.len() == 1 && found[0].is_owned && found[0].run == "mig-1.x");
    assert_eq!(settle_strangers(&named(&targets), &[]).unwrap(), Vec::<String>::new());
    transaction.commit().unwrap();
    assert_eq!(targets[0].1.decision("mig-1.x").unwrap().as_deref(), Some("loaded"));
    // Dropped, it leaves nothing.
    let mut transaction = targets[0].1.begin().unwrap();
    transaction.decide("mig-2.x", "loaded").unwrap();
    assert!(transaction.prepare_commit("datamig loaded mig-2.x ids").unwrap());
    drop(transaction);
    assert_eq!((world.waiting().len(), targets[0].1.decision("mig-2.x").unwrap()), (0, None));
}

#[test]
fn a_server_without_room_for_prepared_transactions_loads_without_them() {
    let world = World::new(Engine::Plain);
    let before = world.dump();
    assert!(!world.targets()[0].1.can_prepare().unwrap());
    world.load().unwrap();
    assert!(world.verify().is_valid());
    world.roll_back().unwrap();
    assert_eq!(world.dump(), before);
}

#[test]
fn two_workspaces_with_runs_of_one_id_do_not_meet() {
    let (one, mut two) = (World::new(Engine::Sqlite), World::new(Engine::Sqlite));
    let before = one.dump();
    for store in ["ids", "hcp1"] {
        let file = one.cert_file(store);
        two.point_cert_at(store, |_, _| format!("sqlite:{}", file.display()));
    }
    let file = one.cert_file("sp");
    two.point_cert_at("sp", |_, _| format!("graph:{}", file.display()));
    assert_eq!(one.run.id, two.run.id);
    one.load().unwrap();
    let after = one.dump();
    // The other finds every row there, and takes nothing with it.
    assert_eq!(two.load().unwrap().inserted, 0);
    two.roll_back().unwrap();
    assert_eq!(one.dump(), after);
    one.roll_back().unwrap();
    assert_eq!(one.dump(), before);
}
