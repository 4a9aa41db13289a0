//! Writing: cycles, upserts, rollback, refusals, names.

use super::{Database, everything, keys, table, write};
use arrow::array::{ArrayRef, Int64Array, StringArray};
use datamig::store::{Mode, Output, Read, Rows};
use std::sync::Arc;

const HOSTILE: &str = r#"CREATE SCHEMA "we ird"; CREATE TYPE "we ird"."m o" AS ENUM ('a');
    CREATE TABLE "we ird"."t.a""; DROP" ("select" integer PRIMARY KEY, "a""b" text, "it's" "we ird"."m o", "S" serial);
    CREATE TABLE "User" (id integer PRIMARY KEY); CREATE TABLE "user" (id integer PRIMARY KEY, "User" integer REFERENCES "User");"#;

#[test]
fn hostile_names_are_only_names() {
    let source = Database::new(HOSTILE);
    let target = Database::new(HOSTILE);
    source.run(r#"INSERT INTO "we ird"."t.a""; DROP" VALUES (1, 'x''y', 'a', 7); INSERT INTO "User" VALUES (1); INSERT INTO "user" VALUES (2, 1)"#);
    let catalog = source.source().introspect().unwrap();
    let staged: Vec<&str> = catalog.tables.iter().map(|table| table.staged.as_str()).collect();
    assert_eq!(staged, ["User", "user~2", r#"we ird.t.a"; DROP"#]);
    assert_eq!(catalog.references.len(), 1);
    let name = r#"we ird.t.a"; DROP"#;
    for mode in [Mode::Insert, Mode::Upsert] {
        let mut load = target.target.begin().unwrap();
        write(&mut *load, &table(&target, name), &everything(&source, name), mode).unwrap();
        let hostile = table(&target, name);
        load.advance_sequence(&hostile, hostile.column("S").unwrap(), 7).unwrap();
        let keys = keys(&["select"], vec![Arc::new(Int64Array::from(vec![1])) as ArrayRef]);
        assert_eq!(load.delete(&table(&target, name), &keys).unwrap(), 1);
    }
}

const CYCLE: &str = "CREATE TABLE users (id integer PRIMARY KEY, account_id integer NOT NULL, note text);
    CREATE TABLE accounts (id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        owner_id integer NOT NULL REFERENCES users, double integer GENERATED ALWAYS AS (owner_id * 2) STORED);
    ALTER TABLE users ADD FOREIGN KEY (account_id) REFERENCES accounts;";

#[test]
fn a_cycle_without_a_nullable_or_deferrable_edge_is_written_at_once() {
    let target = Database::new(CYCLE);
    let (users, accounts) = (table(&target, "users"), table(&target, "accounts"));
    let int = |from: i32| Arc::new(arrow::array::Int32Array::from_iter_values(from..from + 1000)) as ArrayRef;
    let note = |text: &str| Arc::new(StringArray::from(vec![text; 1000])) as ArrayRef;
    let load = |mode: Mode, text: &str| {
        let user_rows = keys(&["id", "account_id", "note"], vec![int(1), int(5001), note(text)]);
        let account_rows = keys(&["id", "owner_id"], vec![int(5001), int(1)]);
        let mut load = target.target.begin().unwrap();
        let counts = load.write(
            &mut [
                Rows {
                    table: &users,
                    columns: users.columns.iter().collect(),
                    batches: &mut |sink| sink(user_rows.clone()),
                },
                Rows {
                    table: &accounts,
                    columns: accounts.columns.iter().filter(|column| !column.generated).collect(),
                    batches: &mut |sink| sink(account_rows.clone()),
                },
            ],
            mode,
        );
        load.advance_sequence(&accounts, accounts.column("id").unwrap(), 6000).unwrap();
        // Never down.
        load.advance_sequence(&accounts, accounts.column("id").unwrap(), 5).unwrap();
        load.decide("mig-1", "loaded").unwrap();
        load.commit().unwrap();
        counts.unwrap()
    };
    assert_eq!(load(Mode::Insert, "first"), [1000, 1000]);
    assert_eq!(load(Mode::Upsert, "first"), [0, 0]);
    assert_eq!(load(Mode::Upsert, "second"), [1000, 0]);
    assert_eq!(target.rows("SELECT DISTINCT note FROM users"), "second\n");
    assert_eq!(target.rows("SELECT nextval('accounts_id_seq')::text"), "6001\n");
    assert_eq!(target.target.decision("mig-1").unwrap().as_deref(), Some("loaded"));
    assert!(!target.source().introspect().unwrap().tables.iter().any(|table| table.schema == "datamig"));
}

#[test]
fn a_dropped_transaction_leaves_nothing() {
    let target = Database::new("CREATE TABLE t (id integer PRIMARY KEY, mood text[]);");
    let t = table(&target, "t");
    let rows = keys(
        &["id", "mood"],
        vec![
            Arc::new(arrow::array::Int32Array::from(vec![1])) as ArrayRef,
            Arc::new(StringArray::from(vec!["{a}"])) as ArrayRef,
        ],
    );
    let mut load = target.target.begin().unwrap();
    assert_eq!(write(&mut *load, &t, &[rows], Mode::Insert).unwrap(), 1);
    let read = Read {
        table: &t,
        outputs: vec![Output::Column(&t.columns[0])],
        any: vec![],
        tenant: None,
        between: None,
    };
    let mut seen = 0;
    load.read(&read, &mut |batch| {
        seen += batch.num_rows();
        Ok(())
    })
    .unwrap();
    assert_eq!(seen, 1, "the transaction sees its own rows");
    load.decide("mig-1", "loaded").unwrap();
    drop(load);
    assert_eq!(target.rows("SELECT count(*)::text FROM t"), "0\n");
    assert_eq!(target.target.decision("mig-1").unwrap(), None);
    assert_eq!(target.rows("SELECT relname FROM pg_class WHERE relname LIKE 'work%'"), "");
}

#[test]
fn a_refused_row_is_named_by_constraint_and_never_quoted() {
    let target = Database::new(
        "CREATE TABLE t (id integer PRIMARY KEY, mail varchar(9) CONSTRAINT no_dash CHECK (mail !~ '-'), up integer CONSTRAINT up_there REFERENCES t);
         INSERT INTO t VALUES (1, 'bob@x.org');",
    );
    let t = table(&target, "t");
    let row = |id: i32, mail: &str, up: Option<i32>| {
        keys(
            &["id", "mail", "up"],
            vec![
                Arc::new(arrow::array::Int32Array::from(vec![id])) as ArrayRef,
                Arc::new(StringArray::from(vec![mail])),
                Arc::new(arrow::array::Int32Array::from(vec![up])),
            ],
        )
    };
    for (rows, words) in [
        (row(1, "bob@x.org", None), "\"t_pkey\""),
        (row(2, "bob-x.org", None), "\"no_dash\""),
        (row(2, "bob@x.org", Some(987_654)), "\"up_there\""),
        (row(2, "bob@xx.org", None), "too long"),
        (row(2, "bob\0x.org", None), "mail"),
    ] {
        for mode in [Mode::Insert, Mode::Upsert] {
            if mode == Mode::Upsert && words == "\"t_pkey\"" {
                continue;
            }
            let mut load = target.target.begin().unwrap();
            let error = write(&mut *load, &t, std::slice::from_ref(&rows), mode).unwrap_err().to_string();
            assert!(error.contains(words) || (mode == Mode::Upsert && words == "mail"), "{error}");
            assert!(!error.contains("bob") && !error.contains("987654"), "{error}");
        }
    }
}
