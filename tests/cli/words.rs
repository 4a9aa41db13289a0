//! Help, exit codes, streams, JSON.

use super::{MIGRATED, shown};
use crate::support::Workdir;
use std::io::Read;
use std::process::Stdio;

#[test]
fn help_is_short_and_begins_with_what_people_do() {
    let work = Workdir::new("help");
    let run = work.datamig("--help").ok();
    assert!(run.stdout.lines().count() < 70 && run.stderr.is_empty());
    insta::assert_snapshot!(shown(&work, &run));
}

#[test]
fn words_that_are_none() {
    let work = Workdir::new("usage");
    for words in
        ["", "migrat district-001", "migrate", "migrate district-001 --sample x", "status mig-1", "--nope"]
    {
        let run = work.datamig(words).exits(2);
        assert!(run.stdout.is_empty(), "{words}: {}", run.stdout);
    }
}

#[test]
fn an_error_is_one_object_with_json() {
    let work = Workdir::new("json-error");
    let run = work.datamig("migrate district-001 --json").exits(4);
    assert!(run.stdout.is_empty());
    let error: serde_json::Value = serde_json::from_str(&run.stderr).expect("an object");
    assert_eq!((error["exit_code"].as_u64(), error["retryable"].as_bool()), (Some(4), Some(true)));
}

#[test]
fn colours_are_for_terminals_and_for_who_asks() {
    let work = Workdir::new("colour");
    work.datamig("status").exits(2).never_says("\x1b[");
    work.datamig("status --color always").exits(2).says("\x1b[");
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let (work, id) = &*MIGRATED;
    let mut command = work.command("sql --format csv");
    command.args([id, "-c", "FROM range(2000000)"]).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("the built program");
    let mut first = [0; 10];
    child.stdout.take().expect("a pipe").read_exact(&mut first).expect("some bytes");
    let output = child.wait_with_output().expect("an end");
    assert!(output.status.success() && output.stderr.is_empty(), "{output:?}");
}

#[test]
fn runs_status_and_logs_tell_what_was_done() {
    let (work, id) = &*MIGRATED;
    let runs = work.datamig("runs --json").ok().json();
    assert_eq!(runs[0]["run_id"], id.as_str());
    assert_eq!(runs[0]["status"], "loaded");
    work.datamig("status").ok().says("extract").says("done");
    work.datamig("logs").ok().says("INFO: extract took");
}

#[test]
fn completions_know_the_commands() {
    let work = Workdir::new("completions");
    for shell in ["bash", "zsh", "fish", "powershell"] {
        work.datamig(&format!("completions {shell}")).ok().says("rollback");
    }
}
