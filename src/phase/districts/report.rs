//! `district-selection-report.md`: the manifest for people.

use serde_json::Value;
use std::fmt::Write;

/// Migrations in a day, as the manual plans them.
const RUNS_A_DAY: usize = 2;

/// The whole file.
pub fn markdown(manifest: &Value) -> String {
    let summary = &manifest["summary"];
    let mut out = String::from("# District selection\n\n");
    let facts = [
        ("Generated", plain(&manifest["generated_at"])),
        ("Districts analyzed", plain(&manifest["total_districts_analyzed"])),
        ("Recommended", plain(&manifest["recommended_districts"])),
        ("Students", plain(&summary["total_students"])),
        ("Records", plain(&summary["total_records"])),
        (
            "Coverage",
            format!(
                "{} % of the students, {} % of the records",
                plain(&summary["coverage_students_pct"]),
                plain(&summary["coverage_records_pct"])
            ),
        ),
        ("Estimated time", format!("{} h", plain(&summary["estimated_total_migration_hours"]))),
    ];
    for (name, value) in facts {
        let _ = writeln!(out, "- **{name}:** {value}");
    }
    for lost in list(&manifest["missing"]) {
        let _ = writeln!(out, "- **Not measured:** {}: {}", plain(&lost["store"]), plain(&lost["error"]));
    }
    out += "\n## Criteria\n\n";
    object(&mut out, &manifest["selection_criteria"]);
    out += "\nThe score weighs its parts, each 0 to 100, by:\n\n";
    object(&mut out, &manifest["weights"]);
    out += "\nDistricts that miss a criterion:\n\n";
    object(&mut out, &manifest["missed_criteria"]);
    out += "\n## Ranking\n\n";
    out += "| # | district | name | state | score | students | schools | records | size | active in 30 days | hours | pilot |\n";
    out += "|---|---|---|---|---|---|---|---|---|---|---|---|\n";
    for one in list(&manifest["districts"]) {
        let metrics = &one["metrics"];
        let cells = [
            plain(&one["priority"]),
            plain(&one["id"]),
            plain(&one["name"]),
            plain(&one["state"]),
            plain(&one["priority_score"]),
            plain(&metrics["students"]),
            plain(&metrics["schools"]),
            plain(&metrics["total_records"]),
            plain(&one["size_category"]),
            yes(metrics["recent_updates_30d"].as_f64().unwrap_or(0.0) > 0.0),
            plain(&one["estimated_migration_hours"]),
            yes(one["recommended_for_pilot"] == true),
        ];
        let _ = writeln!(out, "| {} |", cells.join(" | "));
    }
    pilots(&mut out, manifest);
    schedule(&mut out, manifest);
    out
}

/// What each pilot is worth and what may go wrong with it.
fn pilots(out: &mut String, manifest: &Value) {
    *out += "\n## Pilots\n\n";
    let students = manifest["summary"]["total_students"].as_f64().unwrap_or(0.0).max(1.0);
    for one in pilot(manifest) {
        let metrics = &one["metrics"];
        let share = metrics["students"].as_f64().unwrap_or(0.0) * 100.0 / students;
        let filled = metrics["data_completeness_pct"].as_f64().unwrap_or(0.0);
        let risk = match plain(&one["size_category"]).as_str() {
            "large" => "high: many records, a failure costs hours",
            "medium" => "medium: large enough to show what a large one will meet",
            _ if filled < 90.0 => "medium: small, but with gaps in its data",
            _ => "low: small, quickly repeated",
        };
        let _ = writeln!(
            out,
            "- **{}** ({}, {}): value {share:.0} % of the recommended students; risk {risk}",
            plain(&one["id"]),
            plain(&one["name"]),
            plain(&one["size_category"])
        );
    }
}

/// When to move what.
fn schedule(out: &mut String, manifest: &Value) {
    let hours = |list: Vec<&Value>| -> (usize, f64) {
        (
            list.len(),
            list.iter().filter_map(|one| one["estimated_migration_minutes"].as_f64()).sum::<f64>() / 60.0,
        )
    };
    let (pilots, pilot_hours) = hours(pilot(manifest).collect());
    let (all, all_hours) = hours(list(&manifest["districts"]).collect());
    let rates = &manifest["rates_per_minute"];
    let _ = write!(
        out,
        "\n## Schedule\n\n- {pilots} pilots: {pilot_hours:.1} h\n- {all} districts: {all_hours:.1} h, {} days at \
         {RUNS_A_DAY} runs a day\n- records a minute, from {} earlier runs: extraction {}, anonymization {}, validation {}, \
         loading {}\n",
        all.div_ceil(RUNS_A_DAY),
        plain(&rates["measured_runs"]),
        plain(&rates["extraction"]),
        plain(&rates["anonymization"]),
        plain(&rates["validation"]),
        plain(&rates["loading"])
    );
}

fn pilot(manifest: &Value) -> impl Iterator<Item = &Value> {
    list(&manifest["districts"]).filter(|one| one["recommended_for_pilot"] == true)
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

fn object(out: &mut String, value: &Value) {
    for (name, value) in value.as_object().into_iter().flatten() {
        let _ = writeln!(out, "- {name}: {}", plain(value));
    }
}

fn yes(is_so: bool) -> String {
    if is_so { "yes" } else { "no" }.to_owned()
}

/// A value as text that cannot end a cell of a table.
fn plain(value: &Value) -> String {
    match value {
        Value::Null => "-".to_owned(),
        Value::String(text) => text.replace('|', "\\|").replace(['\n', '\r'], " "),
        other => other.to_string().trim_end_matches(".0").to_owned(),
    }
}
