//! `datamig districts`: what is measured, scored, recommended and estimated, and what happens without a store.

use crate::support::Workdir;
use serde_json::Value;

/// Criteria that a small demo can meet.
const LOW: &str = "--criteria min_students=40,min_schools=1,min_records=1000 --as-of 2024-10-01";

fn ids(manifest: &Value) -> Vec<&str> {
    manifest["districts"].as_array().unwrap().iter().map(|one| one["id"].as_str().unwrap()).collect()
}

#[test]
fn districts_are_measured_scored_and_estimated() {
    let workdir = super::pipeline::demo("districts");
    let manifest = workdir.datamig(&format!("districts --json --top 3 {LOW}")).ok().json();
    assert_eq!(manifest["total_districts_analyzed"], 24);
    assert_eq!(ids(&manifest), ["district-001", "district-002", "district-003"]);
    let first = &manifest["districts"][0];
    let metrics = &first["metrics"];
    assert_eq!((&metrics["students"], &metrics["schools"]), (&156.into(), &3.into()));
    // The slice has 10,864 records: what the stores of other pupils' work do not tell apart is shared out.
    assert_eq!(metrics["total_records"], 10_787);
    assert_eq!(first["footprint_by_store"]["sp"], 1_011);
    let updates = metrics["recent_updates_30d"].as_f64().unwrap();
    let filled = metrics["data_completeness_pct"].as_f64().unwrap();
    let score = 0.4 * 1.0787 + 0.3 * updates / 100.0 + 0.2 * filled + 0.1 * 50.0;
    assert!(updates > 0.0 && (first["priority_score"].as_f64().unwrap() - score).abs() < 0.01);
    let minutes = 10_787.0 * (1.0 / 50_000.0 + 1.0 / 100_000.0 + 1.0 / 200_000.0 + 1.0 / 30_000.0) * 1.1;
    assert!((first["estimated_migration_minutes"].as_f64().unwrap() - minutes).abs() < 0.06);
    assert_eq!(manifest["summary"]["pilot_recommended"], serde_json::json!(["district-001"]));
    let file: Value = serde_json::from_str(&workdir.read("data/manifests/district-manifest.json")).unwrap();
    assert_eq!(file, manifest);
    let report = workdir.read("data/manifests/district-selection-report.md");
    assert!(report.contains("| 1 | district-001 | Riverside"), "{report}");
    // The manual's criteria are for districts of another size.
    let run = workdir.datamig("select-districts").ok().says("min_students, min_schools, min_records");
    assert!(run.stderr.contains("0 of 24 districts meet the criteria"), "{}", run.stderr);
    workdir.datamig("districts --criteria min_student=1").exits(2).says("did you mean min_students?");
    workdir.datamig("districts --weights size=much").exits(2).says("gives no number");
}

#[test]
fn earlier_runs_correct_the_estimate_and_priorities_the_rank() {
    let workdir = super::pipeline::demo("districts-measured");
    workdir.datamig("migrate district-001 --skip-load").ok();
    workdir.datamig("extract district-002 --sample 10%").ok();
    let rules = include_str!("../../rules/district/project.yaml");
    workdir.write(
        "rules/district/project.yaml",
        format!("{rules}\nselection:\n  criteria: {{min_students: 40, min_schools: 1, min_records: 1000}}\n  priority: {{district-007: 100}}\n"),
    );
    let manifest = workdir.datamig("districts --json --as-of 2024-10-01").ok().json();
    let rates = &manifest["rates_per_minute"];
    // A sample says nothing about the whole, and nothing was loaded.
    assert_eq!((&rates["measured_runs"], &rates["loading"]), (&1.into(), &Value::from(30_000.0)));
    assert_ne!(rates["extraction"], 50_000.0);
    let first = &manifest["districts"][1];
    let minutes: f64 = ["extraction", "anonymization", "validation", "loading"]
        .iter()
        .map(|name| 10_864.0 * 1.1 / rates[name].as_f64().unwrap())
        .sum();
    assert!((first["estimated_migration_minutes"].as_f64().unwrap() - minutes).abs() < 0.06, "{first}");
    assert_eq!(ids(&manifest)[..2], ["district-007", "district-001"]);
}

#[test]
fn a_store_that_is_gone_leaves_a_partial_result() {
    let workdir = super::pipeline::demo("districts-partial");
    std::fs::remove_file(workdir.path("data/demo/prod/hcp2.sqlite")).unwrap();
    let run = workdir.datamig(&format!("districts --json {LOW}")).exits(4).says("hcp2 was not measured");
    let manifest: Value =
        serde_json::from_str(&workdir.read("data/manifests/district-manifest.json")).unwrap();
    assert_eq!(manifest["missing"][0]["store"], "hcp2");
    assert!(manifest["districts"][0]["footprint_by_store"].get("hcp2").is_none(), "{}", run.stdout);
}

#[test]
fn a_project_says_itself_how_it_is_measured() {
    let workdir = super::pipeline::demo("districts-own");
    let path = "sql/district/districts.sql";
    workdir.write(
        path,
        "-- Own.\n-- @ids d(id, name)\nSELECT id, name FROM districs;\n-- @result\nFROM ids.d;\n",
    );
    workdir.datamig("districts").exits(3).says("sql/district/districts.sql:2");
    workdir.write(
        path,
        "-- Own.\n-- @ids d(id, name)\nSELECT id, name FROM districts;\n-- @result\nFROM ids.d;\n",
    );
    workdir.datamig("districts").exits(3).says("no column \"state\"").says("sql/district/districts.sql:4");
    // What a store counted is text.
    let counted = "-- @ids d(id, name, pupils)\nSELECT id, name, 9000 FROM districts;\n-- @result\n\
        SELECT id, name, NULL AS state, pupils AS students, pupils AS staff, pupils AS schools, pupils AS recent_updates_30d, \
        pupils AS data_completeness_pct, NULL AS business_priority, MAP {'ids': pupils} AS footprint FROM ids.d;\n";
    workdir.write(path, counted);
    let found = workdir.datamig(&format!("districts --json {LOW}")).ok().json();
    assert_eq!(found["districts"][0]["metrics"]["students"], 9000, "{found}");
    workdir.write(path, counted.replace("9000 FROM", "'many' FROM"));
    workdir.datamig("districts").exits(3).says("sql/district/districts.sql:3");
    workdir.write(path, "-- Own.\n-- @ids d(id\nSELECT id FROM districts;\n");
    workdir.datamig("districts").exits(3).says("sql/district/districts.sql:2").says("no header");
    let bare = Workdir::new("districts-none");
    bare.write("rules/shop/project.yaml", "project: shop\nstores: [shop]\nroot: {table: shop.t, key: id}\n");
    bare.write(
        "rules/shop/environments/demo.yaml",
        "prod: {shop: \"sqlite:a.sqlite\"}\ncert: {shop: \"sqlite:b.sqlite\"}\n",
    );
    bare.datamig("districts --project shop").exits(3).says("sql/shop/districts.sql").says("-- @result");
}
