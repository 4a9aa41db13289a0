//! Not only ours: the same pipeline takes a customer of Northwind, relational and graph, into an empty CERT
//! and out again, with a project of its own.

use crate::support::{Workdir, neo4j, postgres, repository};
use datamig::duck::{Access, Db};
use datamig::run::{Run, RunFile};

fn dataset(name: &str) -> String {
    let path = repository().join("../shared/datasets/northwind").join(name);
    path.canonicalize().unwrap_or_else(|cause| panic!("{}: {cause}", path.display())).display().to_string()
}

#[test]
fn a_customer_of_northwind_moves_and_leaves() {
    let (prod, cert) = neo4j::two();
    let mut workdir = Workdir::new("northwind");
    let rules = "tests/northwind/rules/northwind";
    for file in ["project.yaml", "anonymize.yaml", "environments/demo.yaml", "validation/business.yaml"] {
        let text = std::fs::read_to_string(repository().join(rules).join(file)).unwrap();
        workdir.write(&format!("rules/northwind/{file}"), text);
    }
    let sql = std::fs::read_to_string(dataset("northwind.sql")).unwrap();
    let shops = ["northwind_prod", "northwind_cert"].map(postgres::database);
    for shop in &shops {
        postgres::execute(shop, &sql);
    }
    postgres::execute(
        &shops[1],
        "SET search_path = public; TRUNCATE customers, employees, shippers, suppliers, categories, region, \
         customer_demographics, us_states CASCADE",
    );
    for label in ["Customer", "Order", "Product", "Category", "Supplier"] {
        let key = format!("{}ID", label.to_lowercase());
        for graph in [&prod, &cert] {
            graph.run(&format!("CREATE CONSTRAINT IF NOT EXISTS FOR (n:{label}) REQUIRE n.{key} IS UNIQUE"));
        }
    }
    let db = Db::open(&workdir.path("tmp"), true).unwrap();
    let import = include_str!("../northwind/graph.sql").replace("$folder", &dataset("neo4j-import"));
    for statement in db.rows(&import, [], |row| row.get::<_, String>(0)).unwrap() {
        prod.run(&statement);
    }
    workdir.set("PROD_SHOP_URL", &shops[0]).set("CERT_SHOP_URL", &shops[1]);
    workdir.set("PROD_GRAPH_URL", prod.url()).set("CERT_GRAPH_URL", cert.url());

    workdir.datamig("--project northwind migrate ALFKI").exits(5).says("not marked as a target: shop, graph");
    let (_, host) = cert.url().rsplit_once('@').unwrap();
    let (_, database) = shops[1].rsplit_once('/').unwrap();
    let mark = "--project northwind doctor --mark-target";
    workdir.datamig_typing(mark, "northwind\n").exits(5).says("was not typed");
    workdir.datamig_typing(mark, &format!("{database}\n{host}\n")).ok();
    workdir.datamig("--project northwind migrate ALFKI").ok();
    let run = Run::list(&workdir.path("")).pop().unwrap();
    db.attach("run", &run.file(RunFile::Run), None, Access::Read).unwrap();
    let count = |query: &str| db.one::<i64, _>(query, []).unwrap();
    assert_eq!(count("SELECT sum(rows)::BIGINT FROM run.meta.extracted WHERE store = 'shop'"), 54);
    let same = |graph: &str, shop: &str, expected: i64| {
        assert_eq!(count(&format!("SELECT count(*) FROM ({graph} INTERSECT {shop})")), expected);
        assert_eq!(count(&format!("SELECT count(*) FROM ({graph} EXCEPT {shop})")), 0);
    };
    same("SELECT \"orderID\" FROM run.graph.\"Order\"", "SELECT order_id FROM run.shop.orders", 6);
    same("SELECT \"productID\" FROM run.graph.\"Product\"", "SELECT product_id FROM run.shop.products", 11);
    assert_eq!(count("SELECT count(*) FROM run.graph.\"CONTAINS\""), 12);
    let loaded = |query: &str| postgres::execute(&shops[1], query);
    assert_eq!(loaded("SELECT count(*) FROM public.orders").trim(), "6");
    assert!(!loaded("SELECT contact_name FROM public.customers").contains("Maria Anders"));

    db.run("DETACH run").unwrap();
    workdir.datamig(&format!("--project northwind verify {}", run.id)).ok().says("VALID");
    workdir.datamig(&format!("--project northwind rollback {} --yes", run.id)).ok();
    assert_eq!(loaded("SELECT count(*) FROM public.orders").trim(), "0");
    assert!(cert.rows("MATCH (n) WHERE NOT n:datamig_load AND NOT n:DatamigTarget RETURN n").is_empty());
}
