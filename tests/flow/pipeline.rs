//! The whole pipeline on the embedded demo, by the built program: exactly the rows that belong arrive,
//! nothing personal is left behind, and a rollback leaves CERT as it was.

use crate::demo::copy;
use crate::support::workdir::write_secrets;
use crate::support::{Servers, Workdir, postgres, python_duckdb};
use datamig::duck::{Access, Db};
use datamig::run::{Run, RunFile};
use datamig::secret::Environment;
use std::path::Path;

const STORES: [&str; 5] = ["ids", "hcp1", "hcp2", "adb", "sp"];

/// Texts that are marks: values planted in PROD that no dictionary contains.
const MARK: &str = "(?i)zqxmark|^000[0-9]{2}-9999$|^1901-|^999-[0-9]|^240\\.[0-9]+\\.|^-77\\.7|^9990[0-9]+$";

/// A workspace with a small demo in it.
pub fn demo(name: &str) -> Workdir {
    let mut workdir = Workdir::new(name);
    // The secrets are in .env: this process reads them there too.
    workdir.unset("ANONYMIZATION_SALT").unset("DATAMIG_KEY");
    write_secrets(&workdir.path(""));
    workdir.datamig("demo --scale 0.02").ok();
    workdir
}

pub fn memory(workdir: &Workdir) -> Db {
    Db::open(&workdir.path("tmp"), true).unwrap()
}

/// All rows of all stores of one side as one text per table, sorted.
pub fn dump(workdir: &Workdir, side: &str) -> Vec<String> {
    let db = memory(workdir);
    STORES.iter().for_each(|store| copy(&db, &workdir.path(""), side, store));
    let tables =
        "SELECT schema_name || '.' || table_name FROM duckdb_tables() WHERE schema_name <> 'main' ORDER BY 1";
    let tables: Vec<String> = db.rows(tables, [], |row| row.get(0)).unwrap();
    let text = |table: &String| {
        let rows = format!(
            "SELECT coalesce(string_agg(CAST(t AS VARCHAR), chr(10) ORDER BY CAST(t AS VARCHAR)), '') FROM {table} AS t"
        );
        format!("{table}\n{}", db.one::<String, _>(&rows, []).unwrap())
    };
    tables.iter().map(text).collect()
}

/// Attaches a file of the only run, with the keys of the workspace.
pub fn attach(workdir: &Workdir, db: &Db, file: RunFile) -> Run {
    let run = Run::list(&workdir.path("")).pop().unwrap();
    let keys = Environment::load(&workdir.path("")).unwrap().keys().unwrap();
    run.attach(db, file, &keys, Access::Read).unwrap();
    run
}

#[test]
fn what_belongs_arrives_and_leaves_again() {
    let workdir = demo("flow-whole");
    let before = dump(&workdir, "cert");
    workdir.datamig("migrate district-001").ok().says("PASSED_WITH_WARNINGS");
    let run = every_row_belongs(&workdir);
    workdir.datamig(&format!("verify {run}")).ok().says("VALID");
    assert!(dump(&workdir, "cert") != before, "nothing was loaded");
    workdir.datamig(&format!("rollback {run} --yes")).ok();
    assert!(dump(&workdir, "cert") == before, "rollback left a trace");
}

#[test]
fn the_same_on_postgresql_and_neo4j() {
    let servers = Servers::new("flow-servers");
    let datamig = |words: &str| servers.workdir.datamig(&format!("--env postgres {words}"));
    datamig("demo --scale 0.02").ok();
    let before = servers.dump_cert();
    let low = "--criteria min_students=40,min_schools=1,min_records=1000 --top 1";
    let measured = datamig(&format!("districts --json {low}")).ok().json();
    assert_eq!(measured["districts"][0]["metrics"]["total_records"], 10_787);
    datamig("migrate district-001").ok().says("PASSED_WITH_WARNINGS").says("10,864");
    let run = Run::list(&servers.workdir.path("")).pop().unwrap().id;
    datamig(&format!("verify {run}")).ok().says("VALID");
    assert!(servers.dump_cert() != before, "nothing was loaded");
    datamig(&format!("rollback {run} --yes")).ok();
    assert!(servers.dump_cert() == before, "rollback left a trace");
    doctor_sees_what_waits(&servers);
}

/// Which stores can prepare a load, and a prepared transaction of a run that nobody knows.
fn doctor_sees_what_waits(servers: &Servers) {
    let datamig = |words: &str| servers.workdir.datamig(&format!("--env postgres {words}"));
    let found = |what: &str| {
        let probes = datamig("doctor --json").ok().json();
        let probe = probes.as_array().unwrap().iter().find(|probe| probe["what"] == what).cloned().unwrap();
        format!("{}: {}", probe["state"].as_str().unwrap(), probe["words"].as_str().unwrap())
    };
    assert!(found("cert ids").ends_with("; two-phase commit"), "{}", found("cert ids"));
    assert!(found("cert sp").ends_with("; no two-phase commit"), "{}", found("cert sp"));
    let target = found("target");
    assert!(
        target.contains("then sp commit, without two-phase commit") && target.starts_with("good"),
        "{target}"
    );
    let prepare = "BEGIN; CREATE TABLE left_over (id int); PREPARE TRANSACTION 'datamig loaded mig-20260101-001.x ids 7'";
    postgres::execute(&servers.urls["cert_ids"], prepare);
    let target = found("target");
    assert!(
        target.starts_with("warning: a prepared transaction that mig-20260101-001 left in ids"),
        "{target}"
    );
    datamig("recover").ok().says("mig-20260101-001: the prepared transaction of ids is rolled back");
    datamig("recover").ok().says("nothing is left over");
    assert!(found("target").starts_with("good"));
}

#[test]
fn a_sample_is_whole_and_the_same_each_time() {
    let workdir = demo("flow-sample");
    let sampled = || {
        let run = workdir.datamig("migrate district-001 --sample 30% --skip-load --json").ok().json();
        let id = run["run_id"].as_str().unwrap().to_owned();
        let keys = "SELECT md5(string_agg(id, ',' ORDER BY id)), count(*) FROM ids.students";
        let students = workdir.datamig_with(&format!("sql {id} --format csv -c"), &[keys]).ok().stdout;
        (run["records_extracted"].as_u64().unwrap(), students)
    };
    let (first, second) = (sampled(), sampled());
    assert_eq!(first, second);
    assert!((10_864 / 5..10_864 * 2 / 3).contains(&first.0), "{} of 10,864 records", first.0);
}

/// The keys of the run are those that the hand-written oracle names, table by table.
fn every_row_belongs(workdir: &Workdir) -> String {
    let db = memory(workdir);
    STORES.iter().for_each(|store| copy(&db, &workdir.path(""), "prod", store));
    db.run(include_str!("../fixtures/belongs.sql")).unwrap();
    let run = attach(workdir, &db, RunFile::Run);
    let views =
        "SELECT view_name FROM duckdb_views() WHERE schema_name = 'belongs' AND contains(view_name, '.')";
    let views: Vec<String> = db.rows(views, [], |row| row.get(0)).unwrap();
    assert_eq!(views.len(), 45 + 8);
    for view in views {
        let columns = format!(
            "SELECT string_agg('\"' || column_name || '\"', ', ' ORDER BY column_index) FROM duckdb_columns() \
             WHERE schema_name = 'belongs' AND table_name = '{view}'"
        );
        let columns: String = db.one(&columns, []).unwrap();
        let (store, table) = view.split_once('.').unwrap();
        let (ours, oracle) =
            (format!("SELECT {columns} FROM run.{store}.\"{table}\""), format!("FROM belongs.\"{view}\""));
        for (left, right, words) in [(&ours, &oracle, "too many"), (&oracle, &ours, "missing")] {
            let count: i64 =
                db.one(&format!("SELECT count(*) FROM ({left} EXCEPT ALL ({right}))"), []).unwrap();
            assert_eq!(count, 0, "{view}: rows that are {words}");
        }
    }
    run.id
}

#[test]
fn nothing_personal_is_left_behind() {
    let workdir = demo("flow-private");
    let migrated = workdir.datamig("migrate district-001 -v").ok();
    assert_eq!(left_behind(&workdir, migrated), Vec::<String>::new());
    encrypted_files_need_their_key(&Run::list(&workdir.path("")).pop().unwrap().dir);
}

/// The same search over a build that leaks: its masker of e-mail addresses returns what it is given.
#[test]
fn a_leaking_build_is_found_and_stopped() {
    let workdir = demo("flow-leaking");
    let leaking = "-- Leaks.\nCREATE OR REPLACE TEMP MACRO mask_email(\n    value, person := NULL, gender := NULL, \
                   preserve_domain := false, max_length := 0\n) AS value::VARCHAR;\n\nCOMMENT ON MACRO mask_email IS 'Leaks.';\n";
    workdir.write("macros/mask/mask_email.sql", leaking);
    let migrated = workdir.datamig("migrate district-001 -v").exits(1).says("no_original");
    let found = left_behind(&workdir, migrated);
    assert!(found.iter().any(|leak| leak.contains("ids") && leak.contains("students")), "{found:?}");
    let run = Run::list(&workdir.path("")).pop().unwrap().id;
    workdir.datamig(&format!("load {run}")).exits(5).says("privacy checks");
    workdir.datamig(&format!("export {run}")).exits(5);
}

/// Maskers that go wrong in the three ways maskers do are all found, and their runs never leave.
#[test]
fn maskers_that_skip_shift_or_remember_are_found() {
    let workdir = demo("flow-mutants");
    workdir.datamig("migrate district-001 --skip-load").ok();
    let email =
        "_mask_email(value::VARCHAR, coalesce(person::VARCHAR, ''), '', 'false', max_length::VARCHAR)";
    let macros = [
        ("mask_phone", "value", "value::VARCHAR".to_owned(), "phone.no_original"),
        (
            "mask_email",
            "value, person := NULL, gender := NULL, preserve_domain := false, max_length := 0",
            format!("lag({email}) OVER ()"),
            "replayed",
        ),
        (
            "mask_last_name",
            "value, person := NULL",
            "first_value(_mask_last_name(value::VARCHAR, coalesce(person::VARCHAR, ''))) OVER (ROWS BETWEEN 1 PRECEDING AND CURRENT ROW)"
                .to_owned(),
            "no_collapse",
        ),
        ("mask_note", "value, persons := NULL, rare := false", "value::VARCHAR".to_owned(), "no_survivor"),
    ];
    for (name, arguments, body, check) in macros {
        let file = format!("macros/mask/{name}.sql");
        let text = format!(
            "-- Wrong.\nCREATE OR REPLACE TEMP MACRO {name}({arguments}) AS {body};\n\nCOMMENT ON MACRO {name} IS 'Wrong.';\n"
        );
        workdir.write(&file, &text);
        workdir.datamig("migrate district-001 --skip-extraction").exits(1).says(check);
        let run = Run::list(&workdir.path("")).pop().unwrap().id;
        workdir.datamig(&format!("export {run}")).exits(5).says("privacy checks");
        let report = workdir.read(&format!("data/runs/{run}/anonymization-report.json"));
        assert!(report.contains("FAILED (") && report.contains("comparisons"), "{report}");
        std::fs::remove_file(workdir.path(&file)).unwrap();
    }
}

/// Every marked original in a cell of the newest run, or in a text it left.
fn left_behind(workdir: &Workdir, migrated: crate::support::workdir::Run) -> Vec<String> {
    let db = memory(workdir);
    STORES.iter().for_each(|store| copy(&db, &workdir.path(""), "prod", store));
    let marks = marks(&db);
    assert!(marks > 100, "only {marks} marks in PROD");
    let run = attach(workdir, &db, RunFile::Run);
    attach(workdir, &db, RunFile::Staging);
    // The search finds what it looks for where it is.
    assert!(leaks(&db, "staging").len() > 100);
    let words: Vec<String> = db.rows("SELECT value FROM marks", [], |row| row.get(0)).unwrap();
    let mut texts = vec![("stdout".to_owned(), migrated.stdout), ("stderr".to_owned(), migrated.stderr)];
    for folder in [run.dir.clone(), workdir.path("logs"), workdir.path("data/reports")] {
        for entry in std::fs::read_dir(folder).unwrap().flatten() {
            let name = entry.file_name().to_string_lossy().into_owned();
            if entry.path().is_file() && !name.contains(".duckdb") {
                texts.push((
                    name,
                    String::from_utf8_lossy(&std::fs::read(entry.path()).unwrap()).into_owned(),
                ));
            }
        }
    }
    assert!(texts.len() > 8, "artifacts are missing");
    let in_texts = texts.into_iter().filter_map(|(name, text)| {
        let text = text.to_lowercase();
        let found = words.iter().filter(|word| text.contains(word.to_lowercase().as_str())).count();
        (found > 0).then(|| format!("{name} holds {found} marked values"))
    });
    leaks(&db, "run").into_iter().chain(in_texts).collect()
}

/// Collects the marked values of PROD into the table `marks`.
fn marks(db: &Db) -> i64 {
    let columns = "SELECT schema_name, table_name, column_name FROM duckdb_columns() \
                   WHERE schema_name IN ('ids', 'hcp1', 'hcp2', 'adb', 'sp') AND database_name = 'memory'";
    let columns: Vec<(String, String, String)> =
        db.rows(columns, [], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?))).unwrap();
    db.run("CREATE TABLE found (value VARCHAR)").unwrap();
    for (store, table, column) in columns {
        db.run(&format!(
            "INSERT INTO found SELECT CAST(\"{column}\" AS VARCHAR) FROM {store}.\"{table}\" \
             WHERE regexp_matches(CAST(\"{column}\" AS VARCHAR), '{MARK}')"
        ))
        .unwrap();
    }
    db.run("CREATE TABLE marks AS SELECT DISTINCT value FROM found").unwrap();
    db.one("SELECT count(*) FROM marks", []).unwrap()
}

/// The marked values in any cell of any table of a catalog.
fn leaks(db: &Db, catalog: &str) -> Vec<String> {
    let tables = format!(
        "SELECT '\"' || schema_name || '\".\"' || table_name || '\"', \
         string_agg('coalesce(CAST(\"' || column_name || '\" AS VARCHAR), '''')', ', ') \
         FROM duckdb_columns() WHERE database_name = '{catalog}' AND NOT internal GROUP BY ALL"
    );
    let tables: Vec<(String, String)> = db.rows(&tables, [], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
    assert!(tables.len() > 53, "{catalog} has only {} tables", tables.len());
    let search = |(table, columns): &(String, String)| -> Vec<String> {
        let query = format!(
            "SELECT DISTINCT '{}: ' || value FROM (SELECT lower(concat_ws(chr(31), {columns})) AS line FROM {catalog}.{table}) \
             JOIN marks ON contains(line, lower(value))",
            table.replace('\'', "''")
        );
        db.rows(&query, [], |row| row.get(0)).unwrap()
    };
    tables.iter().flat_map(search).collect()
}

/// A plain DuckDB reads the run file, every table and every macro of it, and none of the encrypted ones.
fn encrypted_files_need_their_key(dir: &Path) {
    let script = "
import duckdb, sys, pathlib
folder = pathlib.Path(sys.argv[1])
run = duckdb.connect(str(folder / 'run.duckdb'), read_only=True)
tables = run.execute('SELECT schema_name, table_name FROM duckdb_tables() WHERE NOT internal').fetchall()
for schema, table in tables:
    run.execute(f'SELECT count(*) FROM \"{schema}\".\"{table}\"').fetchall()
assert len(tables) > 53, tables
macros = run.execute(\"SELECT count(DISTINCT function_name) FROM duckdb_functions() WHERE NOT internal\").fetchone()[0]
assert macros > 30, macros
assert run.execute('SELECT in_range(5, 1, 9)').fetchone()[0]
for name in ['staging', 'backup']:
    try:
        duckdb.connect(str(folder / f'{name}.duckdb'), read_only=True)
        print(f'{name} opens without a key')
    except duckdb.Error:
        pass
";
    assert_eq!(python_duckdb(script, &[dir]), "");
}

#[test]
fn changes_of_others_are_given_up_only_by_typing_the_run() {
    let workdir = demo("flow-discard");
    let before = dump(&workdir, "cert");
    let run =
        workdir.datamig("migrate district-001 --json").ok().json()["run_id"].as_str().unwrap().to_owned();
    let cert = rusqlite::Connection::open(workdir.path("data/demo/cert/ids.sqlite")).unwrap();
    cert.execute_batch("UPDATE districts SET name = 'Mine' WHERE id = 'district-001'").unwrap();
    workdir.datamig(&format!("rollback {run} --yes")).exits(5).says("ids.districts: 1 rows");
    let discard = format!("rollback {run} --discard-theirs --yes");
    workdir.datamig(&discard).exits(5).says("1 rows of ids.districts").says("was not typed");
    workdir.datamig_typing(&discard, &format!("{run}\n")).ok().says("CERT is as it was");
    assert!(dump(&workdir, "cert") == before, "CERT is not as it was");
    let plan = workdir.datamig(&format!("load {run} --plan --json")).ok().json();
    assert_eq!(plan["conflicts"], serde_json::json!([]));
    workdir
        .datamig(&format!("load {run} --rehearse"))
        .ok()
        .says("written and rolled back")
        .says("the whole store");
    assert!(dump(&workdir, "cert") == before, "a rehearsal left something");
}

#[test]
fn a_district_whose_backups_are_purged_leaves_by_the_ledger() {
    let workdir = demo("flow-ledger");
    let before = dump(&workdir, "cert");
    let run =
        workdir.datamig("migrate district-001 --json").ok().json()["run_id"].as_str().unwrap().to_owned();
    let hint = format!("datamig rollback {run}");
    workdir.datamig("rollback --district district-001 --yes").exits(5).says("before-images").says(&hint);
    workdir.datamig(&format!("purge {run} --backup --yes")).ok();
    let report = workdir.datamig("rollback --district district-001 --yes --json").ok().json();
    assert_eq!(report["migration_run_id"], serde_json::json!([run]));
    assert!(!report["shared_rows_left"].as_object().unwrap().is_empty(), "{report}");
    let after = dump(&workdir, "cert");
    // What tenants share stays, and so do the rows of the testers.
    let lines = |dump: &[String]| {
        let lines = dump.iter().flat_map(|table| table.lines());
        lines.map(str::to_owned).collect::<std::collections::BTreeSet<_>>()
    };
    let (before, after) = (lines(&before), lines(&after));
    assert!(!after.iter().any(|line| line.contains("district-001")), "rows of the district are left");
    assert!(before.is_subset(&after), "rows of others are gone");
    workdir
        .datamig("rollback --district district-001 --yes")
        .ok()
        .says("no rows that runs of district-001 inserted");
    workdir.datamig("migrate district-001").ok();
}

#[test]
fn old_runs_are_purged_by_age_and_state_but_for_the_newest() {
    let workdir = demo("flow-purge");
    (0..3).for_each(|_| drop(workdir.datamig("extract district-001").ok()));
    let runs = || Run::list(&workdir.path(""));
    let have = || runs().iter().map(|run| run.has(RunFile::Staging)).collect::<Vec<_>>();
    let ids: Vec<String> = runs().into_iter().map(|run| run.id).collect();
    workdir.datamig("purge --older-than soon --staging").exits(2).says("30d");
    for none in ["--older-than 1d", "--state failed", "--keep 3"] {
        workdir.datamig(&format!("purge {none} --staging --yes")).ok().says("no run");
    }
    let wanted = "purge --keep 1 --state extracted --staging";
    let dry = workdir.datamig(&format!("{wanted} --dry-run --json")).ok().json();
    assert_eq!(dry["run_ids"], serde_json::json!(ids[..2]));
    workdir.datamig(wanted).exits(5).says(&ids[0]).says(&ids[1]).says("--yes");
    assert_eq!(have(), [true; 3]);
    // What `recover` needs is not destroyed.
    let journal = runs()[0].dir.join("load.json");
    let half = r#"{"state":"deciding","at":"2026-11-20T00:00:00.000Z","stores":[]}"#;
    std::fs::write(&journal, half).unwrap();
    workdir.datamig(&format!("purge {} --all --yes", ids[0])).exits(5).says("datamig recover");
    workdir.datamig(&format!("{wanted} --yes")).ok().says(&format!("{} stays", ids[0]));
    assert_eq!(have(), [true, false, true]);
    assert_eq!(workdir.datamig(&format!("status {} --json", ids[1])).ok().json()["status"], "extracted");
    std::fs::remove_file(journal).unwrap();
    // What cannot be read can still be destroyed, as a whole.
    std::fs::write(runs()[0].dir.join("keys.json"), "{").unwrap();
    workdir.datamig(&format!("purge {} --staging --yes", ids[0])).exits(3).says("keys.json");
    workdir.datamig("purge --keep 1 --all --yes").ok();
    assert_eq!(runs().into_iter().map(|run| run.id).collect::<Vec<_>>(), ids[2..].to_vec());
    let last = runs()[0].dir.clone();
    std::fs::write(last.join("events.jsonl"), "{").unwrap();
    workdir.datamig(&format!("purge {} --staging --yes", ids[2])).exits(3).says("datamig purge --all");
    workdir.datamig(&format!("purge {} --all", ids[2])).exits(5).says("--yes");
    std::fs::write(last.join("load.json"), half).unwrap();
    workdir.datamig(&format!("purge {} --all --yes", ids[2])).exits(5).says("datamig recover");
    assert!(last.join("keys.json").exists());
    std::fs::remove_file(last.join("load.json")).unwrap();
    workdir.datamig(&format!("purge {} --all --yes", ids[2])).ok().says("destroyed");
    assert!(!last.exists());
}
