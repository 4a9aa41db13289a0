//! Ten tenants are moved into the same CERT at the same time, and testers write there meanwhile: nothing is lost,
//! nothing is mixed, and whoever was in the way is told to try again.

use crate::support::workdir::Run;
use crate::support::{Servers, Workdir, postgres};
use std::sync::atomic::{AtomicBool, Ordering};

/// Runs the program once per district, all at the same time, as often as it says that it is in the way.
fn all(workdir: &Workdir, words: &str) -> Vec<Run> {
    std::thread::scope(|scope| {
        let one = |district: usize| {
            scope.spawn(move || {
                let district = format!("--env postgres {words} district-{district:03}");
                let mut run = workdir.datamig(&district);
                while run.code == Some(7) {
                    run = workdir.datamig(&district);
                }
                run.ok()
            })
        };
        let started: Vec<_> = (1..=10).map(one).collect();
        started.into_iter().map(|run| run.join().unwrap()).collect()
    })
}

#[test]
fn ten_tenants_at_once_with_testers_beside_them() {
    let servers = Servers::new("together");
    let workdir = &servers.workdir;
    workdir.datamig("--env postgres demo --scale 0.003").ok();
    all(workdir, "migrate --skip-load");
    let cert = &servers.urls["cert_ids"];
    let is_done = AtomicBool::new(false);
    let written = std::thread::scope(|scope| {
        let tester = scope.spawn(|| {
            let mut written = 0;
            while !is_done.load(Ordering::SeqCst) {
                let name = format!("UPDATE districts SET name = 'tester {written}' WHERE id = 'cert-lab'");
                postgres::execute(cert, &name);
                written += 1;
            }
            written
        });
        all(workdir, "load");
        is_done.store(true, Ordering::SeqCst);
        tester.join().unwrap()
    });
    let name = postgres::execute(cert, "SELECT name FROM districts WHERE id = 'cert-lab'");
    assert_eq!(name.trim(), format!("tester {}", written - 1));
    assert_eq!(postgres::execute(cert, "SELECT count(*) FROM districts").trim(), "11");
    for verified in all(workdir, "verify") {
        verified.says("VALID");
    }
}
