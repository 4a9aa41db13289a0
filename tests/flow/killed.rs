//! `kill -9` of the built program in each phase: the next command says what it found, and finishes or
//! undoes it.

use super::pipeline::{demo, dump};
use crate::support::Workdir;
use datamig::run::Run;
use std::io::{BufRead, BufReader};
use std::process::Stdio;

/// Starts a migration and kills it as soon as it says that it has begun this phase.
pub fn kill_in(workdir: &Workdir, phase: &str) {
    let mut command = workdir.command("migrate district-001");
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().expect("the built program");
    let mut lines = BufReader::new(child.stderr.take().expect("a pipe")).lines().map_while(Result::ok);
    assert!(lines.any(|line| line == format!("{phase}...")), "it never began to {phase}");
    child.kill().expect("a running program");
    child.wait().expect("its end");
}

/// The drafts that the newest run left.
fn drafts(workdir: &Workdir) -> Vec<String> {
    let run = Run::list(&workdir.path("")).pop().expect("a run");
    let names = std::fs::read_dir(run.dir).expect("its folder").flatten();
    let names = names.map(|entry| entry.file_name().to_string_lossy().into_owned());
    names.filter(|name| name.contains(".new") || name.ends_with(".wal")).collect()
}

#[test]
fn a_migration_killed_in_any_phase_is_explained_and_settled() {
    let workdir = demo("flow-killed");
    let before = dump(&workdir, "cert");
    for phase in ["extract", "anonymize", "validate"] {
        kill_in(&workdir, phase);
        workdir.datamig("recover").ok().says(&format!("broke off in {phase}")).says("CERT was not touched");
        assert_eq!(drafts(&workdir), Vec::<String>::new(), "{phase}");
        workdir.datamig("recover").ok().says("nothing is left over");
    }
    assert!(dump(&workdir, "cert") == before, "CERT was touched");
    kill_in(&workdir, "load");
    workdir.datamig("recover").ok().says("broke off in load");
    let run = Run::list(&workdir.path("")).pop().expect("a run").id;
    if dump(&workdir, "cert") != before {
        workdir.datamig(&format!("verify {run}")).ok().says("VALID");
        workdir.datamig(&format!("rollback {run} --yes")).ok();
    }
    kill_in(&workdir, "anonymize");
    // Without `recover`: the next migration does what that would have done.
    workdir.datamig("migrate district-001").ok().says("broke off in anonymize").says("PASSED_WITH_WARNINGS");
}

#[test]
fn ctrl_c_while_somebody_holds_cert_stops_a_load_at_once() {
    let workdir = demo("flow-interrupted");
    workdir.datamig("migrate district-001 --skip-load").ok();
    let run = Run::list(&workdir.path("")).pop().expect("a run").id;
    let before = dump(&workdir, "cert");
    let tester = rusqlite::Connection::open(workdir.path("data/demo/cert/ids.sqlite")).expect("a store");
    tester.execute_batch("BEGIN IMMEDIATE").expect("the lock");
    let mut command = workdir.command(&format!("load {run}"));
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().expect("the built program");
    let mut lines = BufReader::new(child.stderr.take().expect("a pipe")).lines().map_while(Result::ok);
    assert!(lines.any(|line| line == "load..."), "it never began to load");
    let process = rustix::process::Pid::from_child(&child);
    rustix::process::kill_process(process, rustix::process::Signal::INT).expect("a running program");
    assert!(lines.any(|line| line.contains("nothing was written to CERT")), "it went on");
    assert_eq!(child.wait().expect("its end").code(), Some(130));
    drop(tester);
    assert!(dump(&workdir, "cert") == before, "CERT was touched");
    workdir.datamig(&format!("load {run}")).ok();
}
