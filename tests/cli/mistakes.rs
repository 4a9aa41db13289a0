//! What people get wrong: one screen that names the place and says what to do, the right exit code, no panic.

use super::{shown, workspace};
use crate::support::workdir::{KEY, SALT};
use crate::support::{Workdir, text_of};
use std::process::Command;

/// The environment `demo` with one line changed.
fn environment(work: &Workdir, line: &str, by: &str) {
    let text = include_str!("../../rules/district/environments/demo.yaml");
    assert!(text.contains(line), "{line} is not in the environment");
    work.write("rules/district/environments/demo.yaml", text.replace(line, by));
}

/// Runs one SQL script on a SQLite file.
pub(super) fn sqlite(work: &Workdir, file: &str, script: &str) {
    let python = "import sqlite3, sys; sqlite3.connect(sys.argv[1]).executescript(sys.argv[2])";
    text_of(Command::new("python3").args(["-c", python]).arg(work.path(file)).arg(script));
}

#[test]
fn an_unknown_district() {
    let work = workspace("unknown-district");
    let run = work.datamig("migrate district-0001").exits(2);
    insta::assert_snapshot!(shown(&work, &run));
}

#[test]
fn stores_that_are_not_there_come_in_one_error() {
    let work = Workdir::new("no-stores");
    let run = work.datamig("migrate district-001").exits(4);
    insta::assert_snapshot!(shown(&work, &run));
}

#[test]
fn a_server_that_does_not_answer() {
    let work = workspace("no-server");
    environment(
        &work,
        "  ids: \"sqlite:data/demo/cert/ids.sqlite\"",
        "  ids: \"postgres://u:hunter2@127.0.0.1:1/db\"",
    );
    let run = work.datamig("migrate district-001").exits(4).never_says("hunter2");
    insta::assert_snapshot!(shown(&work, &run));
}

#[test]
fn a_wrong_password_is_never_printed() {
    let work = workspace("wrong-password");
    let url = crate::support::postgres::database("wrong_password");
    let (account, host) = url.rsplit_once('@').expect("an account");
    let wrong = format!("{}:hunter2@{host}", account.rsplit_once(':').expect("a password").0);
    environment(&work, "  ids: \"sqlite:data/demo/cert/ids.sqlite\"", &format!("  ids: \"{wrong}\""));
    let run = work.datamig("migrate district-001").never_says("hunter2");
    assert!([3, 4, 5].contains(&run.code.expect("an exit code")));
    let text = shown(&work, &run);
    assert!(text.contains("cert ids") && text.contains("hint:"), "{text}");
}

#[test]
fn a_missing_secret() {
    let mut work = workspace("no-secret");
    work.unset("DATAMIG_KEY");
    let run = work.datamig("migrate district-001").exits(3);
    insta::assert_snapshot!(shown(&work, &run));
}

#[test]
fn a_weak_secret_is_refused_and_not_shown() {
    let mut work = workspace("weak-secret");
    let weak = "QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUE=";
    work.set("ANONYMIZATION_SALT", weak);
    let run = work.datamig("migrate district-001").exits(5).never_says(weak);
    insta::assert_snapshot!(shown(&work, &run));
}

#[test]
fn a_target_that_is_the_source() {
    let work = workspace("cert-is-prod");
    environment(&work, "sqlite:data/demo/cert/hcp1.sqlite", "sqlite:data/demo/../demo/prod/hcp1.sqlite");
    let run = work.datamig("migrate district-001").exits(5);
    insta::assert_snapshot!(shown(&work, &run));
}

#[test]
fn a_target_narrower_than_the_source() {
    let work = workspace("narrow-cert");
    sqlite(&work, "data/demo/cert/ids.sqlite", "ALTER TABLE schools DROP COLUMN phone");
    work.datamig("migrate district-001").exits(1).says("schools").says("phone");
}

#[test]
fn yaml_that_is_none() {
    let work = workspace("no-yaml");
    work.write("rules/district/project.yaml", "project: district\nstores: [ids\nroot: {}\n");
    let run = work.datamig("migrate district-001").exits(3);
    insta::assert_snapshot!(shown(&work, &run));
}

#[test]
fn an_unknown_key_in_yaml() {
    let work = workspace("unknown-key");
    let text = include_str!("../../rules/district/project.yaml").replace("\nfollow:", "\nfolow:");
    work.write("rules/district/project.yaml", text);
    let run = work.datamig("migrate district-001").exits(3);
    insta::assert_snapshot!(shown(&work, &run));
}

#[test]
fn what_project_yaml_says_about_no_reference() {
    let work = workspace("no-reference");
    let text = include_str!("../../rules/district/project.yaml");
    let line = text.lines().count() + 1;
    for (entry, why) in [
        ("dangling: {ids.schools.principal: null}", "did you mean ids.schools.principal_id?"),
        ("dangling: {ids.schools.district_id: null}", "cannot be emptied"),
        ("dangling: {ids.schools.principal_id: none}", "`none` is no cure: `null` or `leave_out`"),
        ("expand: [ids.clazzes]", "which no reference or table is"),
    ] {
        work.write("rules/district/project.yaml", format!("{text}{entry}\n"));
        let run = work.datamig("extract district-001 --dry-run").exits(3).says(why);
        run.says(&format!("rules/district/project.yaml:{line}"));
    }
}

#[test]
fn a_store_named_like_a_part_of_the_run() {
    let work = Workdir::new("reserved-store");
    for (stores, why) in
        [("[Main]", "workbench itself"), ("[a, A]", "is there twice"), ("[\"a.b\"]", "no name of a store")]
    {
        let project = format!("project: odd\nstores: {stores}\nroot: {{table: a.t, key: id}}\n");
        work.write("rules/odd/project.yaml", project);
        work.datamig("--project odd migrate 1").exits(3).says(why).says("rules/odd/project.yaml");
    }
}

#[test]
fn a_run_of_another_version() {
    let work = Workdir::new("other-version");
    let header = r#"{"at":"2026-11-20T10:00:00.000Z","event":"run_started","format":99,"version":"9.0.0","project":"district","env":"demo","root_table":"ids.districts","root_key":"district-001","sample":null}"#;
    work.write("data/runs/mig-20261120-001/events.jsonl", format!("{header}\n"));
    let run = work.datamig("status mig-20261120-001").exits(3);
    insta::assert_snapshot!(shown(&work, &run));
}

#[test]
fn a_second_migrate_of_the_same_district() {
    let work = workspace("second-migrate");
    let held =
        datamig::run::lock::tenant(&work.path(""), "district", "demo", "district-001").expect("the lock");
    let run = work.datamig("migrate district-001").exits(7);
    insta::assert_snapshot!(shown(&work, &run));
    drop(held);
}

#[test]
fn a_read_only_account_of_the_target() {
    let work = workspace("read-only-account");
    let account = crate::support::postgres::reader(&crate::support::postgres::database("read_only"));
    environment(&work, "  ids: \"sqlite:data/demo/cert/ids.sqlite\"", &format!("  ids: \"{account}\""));
    work.datamig("migrate district-001").exits(5).says("cert ids").says("read-only").says("hint:");
}

#[test]
fn a_read_only_folder_of_the_target() {
    let work = workspace("read-only-folder");
    let script = "mount --bind data/demo/cert data/demo/cert && mount -o remount,bind,ro data/demo/cert && \
                  exec \"$0\" migrate district-001";
    in_own_mounts(&work, script).exits(5).says("cert ids").says("read-only").says("hint:");
}

#[test]
fn a_full_disk() {
    let work = workspace("full-disk");
    std::fs::create_dir_all(work.path("small")).expect("a folder");
    for megabytes in [20, 40] {
        // One is too small to begin, the other to finish.
        let script = format!(
            "mount -t tmpfs -o size={megabytes}m tmpfs small && cp -r data small/ && \
             exec \"$0\" --workspace small migrate district-001"
        );
        in_own_mounts(&work, &script).exits(6).says("no space left").says("hint:");
    }
}

/// Runs a script whose `$0` is the program, in a namespace of its own: what it mounts is seen by its
/// commands alone and goes with them.
fn in_own_mounts(work: &Workdir, script: &str) -> crate::support::workdir::Run {
    let mut command = Command::new("unshare");
    command.args(["--map-root-user", "--mount", "sh", "-c", script, env!("CARGO_BIN_EXE_datamig")]);
    command.current_dir(work.path(""));
    command.env("ANONYMIZATION_SALT", SALT).env("DATAMIG_KEY", KEY).env("NO_COLOR", "1");
    crate::support::workdir::Run::new(script.to_owned(), &command.output().expect("unshare of util-linux"))
}

#[test]
fn raw_rows_are_never_loaded() {
    let work = workspace("skip-anonymization");
    let run = work.datamig("migrate district-001 --skip-anonymization").exits(5);
    insta::assert_snapshot!(shown(&work, &run));
}
