//! `datamig analyze`: files with the names the manual gives, what dangles, what nobody declared, what changed.

use crate::support::{Workdir, postgres};
use serde_json::Value;

const SHOP: &str = "PRAGMA foreign_keys = OFF;
CREATE TABLE customers (id INTEGER PRIMARY KEY, name TEXT NOT NULL, favourite INTEGER REFERENCES orders (id));
CREATE TABLE orders (id INTEGER PRIMARY KEY, customer_id INTEGER NOT NULL REFERENCES customers (id), parent_order_id INTEGER);
CREATE TABLE notes (id INTEGER PRIMARY KEY, orders_text TEXT, valid INTEGER);
INSERT INTO customers VALUES (1, 'a', 11), (2, 'b', NULL);
INSERT INTO orders VALUES (11, 1, NULL), (12, 2, NULL), (13, 99, NULL);";
const DESK: &str = "CREATE TABLE calls (id INTEGER PRIMARY KEY, customer_id INTEGER);
INSERT INTO calls VALUES (1, 1), (2, 2), (3, 1);";

fn workspace() -> Workdir {
    let workdir = Workdir::new("analyze");
    workdir.write(
        "rules/shop/project.yaml",
        "project: shop\nstores: [shop, desk, gone]\nroot: {table: shop.customers, key: id}\n",
    );
    workdir.write(
        "rules/shop/environments/demo.yaml",
        "prod: {shop: \"sqlite:shop.sqlite\", desk: \"sqlite:desk.sqlite\", gone: \"sqlite:gone.sqlite\"}\n\
         cert: {shop: \"sqlite:c1.sqlite\", desk: \"sqlite:c2.sqlite\", gone: \"sqlite:c3.sqlite\"}\n",
    );
    for (name, sql) in [("shop", SHOP), ("desk", DESK)] {
        let connection = rusqlite::Connection::open(workdir.path(&format!("{name}.sqlite"))).unwrap();
        connection.execute_batch(sql).unwrap();
    }
    workdir
}

fn file(workdir: &Workdir, name: &str) -> Value {
    serde_json::from_str(&workdir.read(&format!("data/analysis/{name}"))).unwrap()
}

#[test]
fn what_is_there_what_dangles_and_what_is_likely() {
    let workdir = workspace();
    let found = workdir.datamig("--project shop analyze-datastores --json").exits(4).says("gone").json();
    assert_eq!((&found["tables"], &found["references"]), (&4.into(), &2.into()));
    assert_eq!(found["orphans"][0]["reference"], "shop.orders.customer_id");
    assert_eq!(found["orphans"][0]["rows"], 1);
    let likely: Vec<&str> =
        found["suggestions"].as_array().unwrap().iter().map(|one| one["yaml"].as_str().unwrap()).collect();
    let link = "- {from: \"desk.calls\", columns: [\"customer_id\"], to: \"shop.customers\", key: [\"id\"]}";
    assert_eq!(likely, [link]);
    assert_eq!(found["suggestions"][0]["evidence"]["values_found"], 2);
    let point = &found["circular_dependencies"][0]["break_point"];
    assert_eq!(point["break_from"], "shop.customers");
    assert_eq!(point["impact"], "1 tables reference shop.customers");

    let schema = file(&workdir, "schema-analysis.json");
    let orders = &schema["data_stores"]["shop"]["tables"][2];
    assert_eq!((&orders["name"], &orders["estimated_rows"]), (&"orders".into(), &3.into()));
    assert_eq!(orders["foreign_keys"][0]["foreign_table_name"], "customers");
    assert!(schema["data_stores"]["gone"]["error"].is_string());
    let order = file(&workdir, "extraction-order.json");
    assert_eq!((&order["has_cycles"], &order["total_tables"]), (&true.into(), &4.into()));
    assert_eq!(order["stores"]["desk"]["extraction_order"][0], "desk.calls");
    let dot = workdir.read("data/analysis/dependency-graph.dot");
    assert!(dot.contains("\"shop.orders\" -> \"shop.customers\" [label=\"customer_id\"]"), "{dot}");
}

#[test]
fn a_link_that_was_pasted_is_no_longer_likely_and_changes_are_listed() {
    let workdir = workspace();
    workdir.datamig("--project shop analyze").exits(4);
    workdir.write(
        "rules/shop/project.yaml",
        "project: shop\nstores: [shop, desk]\nroot: {table: shop.customers, key: id}\n\
         links:\n  - {from: desk.calls, columns: [customer_id], to: shop.customers}\n",
    );
    workdir.write(
        "rules/shop/environments/demo.yaml",
        "prod: {shop: \"sqlite:shop.sqlite\", desk: \"sqlite:desk.sqlite\"}\n\
         cert: {shop: \"sqlite:c1.sqlite\", desk: \"sqlite:c2.sqlite\"}\n",
    );
    let connection = rusqlite::Connection::open(workdir.path("desk.sqlite")).unwrap();
    connection.execute_batch("ALTER TABLE calls ADD COLUMN phone TEXT").unwrap();
    let found = workdir.datamig("--project shop analyze --json").ok().json();
    assert_eq!(found["suggestions"].as_array().unwrap().len(), 0);
    let drift: Vec<&str> = found["drift"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
    assert_eq!(drift, ["+ desk.calls.customer_id -> customers.id", "+ desk.calls.phone TEXT"]);
    assert!(workdir.read("data/analysis/README.md").contains("+ desk.calls.phone TEXT"));
}

#[test]
fn links_across_types_are_counted_and_values_no_key_can_have_are_not_looked_up() {
    let url = postgres::database("analyze");
    postgres::execute(
        &url,
        "CREATE TABLE persons (id integer PRIMARY KEY, code uuid NOT NULL UNIQUE); \
         CREATE TABLE notes (id integer PRIMARY KEY, person text, code text, body jsonb, person_id bigint); \
         INSERT INTO persons SELECT p, md5(p::text)::uuid FROM generate_series(1, 20) AS p; \
         INSERT INTO notes SELECT n, n::text, upper(md5(n::text)::uuid::text), jsonb_build_object('p', n), n \
             FROM generate_series(1, 20) AS n; \
         INSERT INTO notes VALUES (21, 'x', 'y', '{}', 99999999999), (22, '99', NULL, '{\"p\": \"z\"}', NULL)",
    );
    let workdir = Workdir::new("analyze_types");
    workdir.write(
        "rules/shop/project.yaml",
        "project: shop\nstores: [db]\nroot: {table: db.persons, key: id}\nlinks:\n\
         \x20 - {from: db.notes, columns: [person], to: db.persons}\n\
         \x20 - {from: db.notes, columns: [code], to: db.persons, key: [code]}\n\
         \x20 - {from: db.notes, expression: \"body->>'p'\", to: db.persons}\n",
    );
    let stores = format!("prod: {{db: \"{url}\"}}\ncert: {{db: \"sqlite:c.sqlite\"}}\n");
    workdir.write("rules/shop/environments/demo.yaml", stores);
    let found = workdir.datamig("--project shop analyze --json").ok().json();
    let orphans = found["orphans"].as_array().unwrap().iter();
    let orphans: Vec<_> =
        orphans.map(|one| (one["reference"].as_str().unwrap(), one["rows"].as_u64())).collect();
    assert_eq!(
        orphans,
        [("db.notes.person", Some(2)), ("db.notes.code", Some(1)), ("db.notes.body->>'p'", Some(1)),]
    );
    assert_eq!(found["suggestions"][0]["column"], "person_id");
}
