//! `datamig why`: a chain from the root to every row of a run, told in masked keys.

use super::pipeline::demo;
use crate::support::Workdir;
use datamig::duck::Access;
use datamig::project::Project;
use datamig::run::meta::{self, Side};
use datamig::run::{Run, RunFile};
use datamig::secret::Environment;
use datamig::slice::why::{self, Over};
use datamig::slice::{Plan, identity, plan, quoted};
use serde_json::Value;

/// Rows of each table that are looked at: the largest table has more.
const ROWS: u32 = 10;

/// The first keys of a table of the catalog `run`, as people name them.
fn keys(db: &datamig::duck::Db, plan: &Plan<'_>, at: usize) -> Vec<String> {
    let table = &plan.catalog.tables[at];
    let key: Vec<String> = match identity(table) {
        _ if table.column("_start_key").is_some() => vec!["_start_key".into(), "_end_key".into()],
        [] => vec!["rowid".to_owned()],
        key => key.iter().map(|name| format!("\"{name}\"")).collect(),
    };
    let query = format!(
        "SELECT concat_ws(',', {}) FROM run.{} ORDER BY 1 LIMIT {ROWS}",
        key.join(", "),
        quoted(table)
    );
    db.rows(&query, [], |row| row.get::<_, String>(0)).unwrap()
}

#[test]
fn rows_of_every_table_have_a_reason() {
    let workdir = demo("why-all");
    workdir.datamig("migrate district-024 --skip-load --sample 4 --of ids.students").ok();
    let run = Run::list(&workdir.path("")).pop().unwrap();
    let secrets = Environment::load(&workdir.path("")).unwrap().keys().unwrap();
    let db = run.db().unwrap();
    run.attach(&db, RunFile::Run, &secrets, Access::Read).unwrap();
    run.attach(&db, RunFile::Staging, &secrets, Access::Read).unwrap();
    let catalog = meta::read_catalog(&db, "run", Side::Prod).unwrap();
    let project = Project::load(&workdir.path(""), "district").unwrap();
    let plan = plan::build(&catalog, &project, &run.header.root_key).unwrap();
    let (mut rows, mut ways) = (0, std::collections::BTreeSet::new());
    for (catalog_name, over) in [("staging", Over::RawInMaskedKeys), ("run", Over::Masked)] {
        db.use_catalog(catalog_name).unwrap();
        for (at, table) in plan.catalog.tables.iter().enumerate() {
            for key in keys(&db, &plan, at) {
                let chain = why::chain(&plan, &db, &table.path(), &key, over).unwrap();
                let chain = chain.unwrap_or_else(|| panic!("{} {key} has no reason", table.path()));
                assert_eq!((chain[0].table.as_str(), chain[0].how.as_str()), ("ids.districts", "root"));
                assert_eq!(chain.last().map(|link| (&link.table, &link.key)), Some((&table.path(), &key)));
                ways.extend(chain.into_iter().map(|link| link.how));
                rows += 1;
            }
        }
    }
    let ways: Vec<&str> = ways.iter().map(String::as_str).collect();
    assert_eq!(ways, ["down", "root", "up"]);
    assert!(rows > 500, "{rows}");
}

/// A shop whose log names its orders inside a text.
fn shop() -> Workdir {
    let workdir = Workdir::new("why-shop");
    workdir.write(
        "rules/shop/project.yaml",
        "project: shop\nstores: [shop]\nroot: {table: shop.customers, key: id}\nlinks:\n  \
         - {from: shop.log, expression: \"json_extract(payload, '$.order')\", to: shop.orders}\n",
    );
    workdir.write(
        "rules/shop/anonymize.yaml",
        "version: \"1.0\"\nrules:\n  - {name: log, columns: [\"shop.log.id\"], strategy: preserve, because: numbers of lines}\n  \
         - {name: ids, field_pattern: \"(^|_)id$\", strategy: fpe}\n  - {name: rest, columns: [\"*\"], strategy: nullify}\n",
    );
    workdir.write(
        "rules/shop/environments/demo.yaml",
        "prod: {shop: \"sqlite:a.sqlite\"}\ncert: {shop: \"sqlite:b.sqlite\"}\n",
    );
    for (file, rows) in [("a", true), ("b", false)] {
        let connection = rusqlite::Connection::open(workdir.path(&format!("{file}.sqlite"))).unwrap();
        let schema = "CREATE TABLE customers (id INTEGER PRIMARY KEY);
            CREATE TABLE orders (id INTEGER PRIMARY KEY, customer_id INTEGER NOT NULL REFERENCES customers);
            CREATE TABLE log (id INTEGER PRIMARY KEY, payload TEXT);";
        connection.execute_batch(schema).unwrap();
        if rows {
            let rows = "INSERT INTO customers VALUES (1000001), (1000002);
                INSERT INTO orders VALUES (2000001, 1000001), (2000002, 1000002);
                INSERT INTO log VALUES (1, '{\"order\": 2000001}'), (2, '{\"order\": 2000002}');";
            connection.execute_batch(rows).unwrap();
        }
    }
    workdir
}

#[test]
fn a_reference_inside_a_text_is_told_as_long_as_the_raw_extract_is_there() {
    let workdir = shop();
    let _ = workdir.datamig("--project shop migrate 1000001 --skip-load");
    let id = Run::list(&workdir.path("")).pop().unwrap().id;
    let chain = workdir.datamig(&format!("why {id} shop.log 1 --json")).ok();
    assert!(!chain.stdout.contains("200000") && !chain.stdout.contains("100000"), "{}", chain.stdout);
    let chain = chain.json();
    let told: Vec<[&Value; 2]> =
        chain.as_array().unwrap().iter().map(|link| [&link["table"], &link["how"]]).collect();
    assert_eq!(
        told,
        [["shop.customers", "root"], ["shop.orders", "down"], ["shop.log", "down"]].map(|link| link)
    );
    workdir.datamig(&format!("why {id} shop.log 1")).ok().says("json_extract");
    workdir.datamig(&format!("why {id} shop.log 2")).exits(2).says("has no row 2");
    workdir.datamig(&format!("why {id} shop.lag 1")).exits(2).says("did you mean shop.log?");
    workdir.datamig(&format!("why {id} --cut --json")).ok();
    workdir.datamig(&format!("why {id} shop.log 1 --show-pii")).exits(5).says("on a terminal only");
    workdir.datamig(&format!("purge {id} --staging --yes")).ok();
    workdir.datamig(&format!("why {id} shop.log 1")).exits(3).says("without the raw extract");
}

/// Order 10 needs the agent of another customer and is left out; its line stays, and its label.
#[test]
fn a_row_that_came_by_one_which_was_left_out_says_so() {
    let workdir = Workdir::new("why-left-out");
    workdir.write(
        "rules/shop/project.yaml",
        "project: shop\nstores: [shop]\nroot: {table: shop.customers, key: id}\n\
         tenant: {column: customer_id, tables: {shop.customers: id}}\n",
    );
    workdir.write(
        "rules/shop/anonymize.yaml",
        "version: \"1.0\"\nrules:\n  - {name: ids, field_pattern: \"id$\", strategy: preserve, because: numbers}\n",
    );
    workdir.write(
        "rules/shop/environments/demo.yaml",
        "prod: {shop: \"sqlite:a.sqlite\"}\ncert: {shop: \"sqlite:b.sqlite\"}\n",
    );
    let schema = "CREATE TABLE customers (id INTEGER PRIMARY KEY);
        CREATE TABLE agents (id INTEGER PRIMARY KEY, customer_id INTEGER NOT NULL REFERENCES customers);
        CREATE TABLE orders (id INTEGER PRIMARY KEY, customer_id INTEGER NOT NULL REFERENCES customers,
            agent_id INTEGER NOT NULL REFERENCES agents);
        CREATE TABLE lines (id INTEGER PRIMARY KEY, order_id INTEGER REFERENCES orders);
        CREATE TABLE labels (id INTEGER PRIMARY KEY, line_id INTEGER NOT NULL REFERENCES lines);";
    let rows = "INSERT INTO customers VALUES (1), (2); INSERT INTO agents VALUES (5, 1), (6, 2);
        INSERT INTO orders VALUES (10, 1, 6), (11, 1, 5); INSERT INTO lines VALUES (99, 11), (100, 10);
        INSERT INTO labels VALUES (7, 100), (8, 99);";
    for (file, rows) in [("a", rows), ("b", "")] {
        let connection = rusqlite::Connection::open(workdir.path(&format!("{file}.sqlite"))).unwrap();
        connection.execute_batch(&format!("{schema} {rows}")).unwrap();
    }
    let _ = workdir.datamig("--project shop migrate 1 --skip-load");
    let id = Run::list(&workdir.path("")).pop().unwrap().id;
    let told = |words: &str| {
        let chain = workdir.datamig(&format!("why {id} {words} --json")).ok().json();
        let of = |link: &Value| {
            ["table", "key", "how", "by"].map(|name| link[name].as_str().unwrap().to_owned()).join(" ")
        };
        chain.as_array().unwrap().iter().map(of).collect::<Vec<_>>()
    };
    let left_out = ["shop.orders  left out shop.orders.agent_id", "shop.lines 100 down shop.lines.order_id"];
    assert_eq!(told("shop.lines 100"), left_out);
    assert_eq!(told("shop.labels 7")[..2], left_out);
    assert_eq!(told("shop.labels 7")[2], "shop.labels 7 down shop.labels.line_id");
    assert_eq!(told("shop.lines 99")[0], "shop.customers 1 root the root");
}
