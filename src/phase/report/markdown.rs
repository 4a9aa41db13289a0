//! `report.md`: the report for people who read text.

use serde_json::Value;
use std::fmt::Write;

/// Warnings shown; the rest is counted.
const WARNINGS_MAX: usize = 10;

/// What proves that the result is anonymous: title, name in the report, columns.
pub const PROOFS: [(&str, &str, &[&str]); 4] = [
    ("Proof of anonymity", "proof", &["proof", "checks", "passed", "failed", "examined", "found"]),
    ("Masked columns whose originals were not searched", "not_searched", &["column", "originals", "note"]),
    ("Originals that survived", "survivors", &["origin", "found", "rows"]),
    (
        "Risk of being told apart",
        "risk",
        &[
            "side",
            "people",
            "groups",
            "k",
            "people_alone",
            "prosecutor_max",
            "prosecutor_mean",
            "journalist_max",
            "journalist_mean",
            "smallest_groups",
        ],
    ),
];

/// The whole file.
pub fn render(report: &Value) -> String {
    let text = |name: &str| plain(&report[name]);
    let mut out = format!("# Migration report: {}\n\n", escape(&title(report)));
    let facts = [
        ("Run", text("run_id")),
        ("Status", text("overall_status")),
        ("Duration", duration(&report["total_duration"])),
        ("Time", format!("{} to {}", text("start_time"), text("end_time"))),
        ("Environment", format!("{} of project {}", text("environment"), text("project"))),
    ];
    for (name, value) in facts {
        let _ = writeln!(out, "- **{name}:** {}", escape(&value));
    }
    out += "\n## Executive Summary\n\n";
    out += &summary(report);
    out += "\n## Phase Breakdown\n\n";
    out += &table(&report["phases"], &["phase", "seconds", "count", "per_second", "summary"]);
    section(
        &mut out,
        "Slowest table of each phase",
        &report["slowest"],
        &["phase", "table", "rows", "seconds"],
    );
    section(
        &mut out,
        "Stores",
        &report["stores"],
        &["store", "tables", "extracted", "loaded", "read_seconds", "write_seconds"],
    );
    section(&mut out, "Columns by strategy", &report["strategies"], &["strategy", "columns", "rules"]);
    for (title, name, columns) in PROOFS {
        section(&mut out, title, &report[name], columns);
    }
    section(
        &mut out,
        "Checks by family",
        &report["families"],
        &["family", "checks", "passed", "failed", "warnings", "not_run", "empty_or_waived"],
    );
    out += "\n## Warnings\n\n";
    out += &findings(&report["warnings"], WARNINGS_MAX);
    out += "\n## Errors\n\n";
    if let Some(error) = report["error_message"].as_str() {
        let _ = writeln!(out, "- **{}**", escape(error));
    }
    out += &findings(&report["errors"], usize::MAX);
    section(&mut out, "References to other districts", &report["cuts"], &["reference", "action", "rows"]);
    section(&mut out, "Circular dependencies", &report["cycles"], &["tables", "break_point", "reason"]);
    section(&mut out, "References that dangle in PROD", &report["dangling"], &["reference", "rows", "cure"]);
    out += "\n## Recommendations\n\n";
    for item in report["recommendations"].as_array().into_iter().flatten() {
        let _ = writeln!(out, "- {}", plain(item));
    }
    out += "\n## Artifacts\n\n";
    for item in report["artifacts"].as_array().into_iter().flatten() {
        let state = if item["missing"] == true {
            " (missing)".into()
        } else {
            format!(", {} bytes", plain(&item["bytes"]))
        };
        let _ = writeln!(out, "- `{}`{state}", plain(&item["file"]));
    }
    let _ = writeln!(out, "\n---\n{}, report version {}", text("generator"), text("report_version"));
    out
}

/// The district's name and key.
pub fn title(report: &Value) -> String {
    match report["district_name"].as_str() {
        Some(name) => format!("{name} ({})", plain(&report["district_id"])),
        None => plain(&report["district_id"]),
    }
}

/// The lines of the summary: what came, what was changed, what was found, what went.
fn summary(report: &Value) -> String {
    let mut out = String::new();
    for (name, value) in key_figures(report) {
        let _ = writeln!(out, "- **{name}:** {value}");
    }
    let _ = writeln!(out, "\n{}", verdict(report));
    out
}

/// The figures a manager looks for, in order.
pub fn key_figures(report: &Value) -> Vec<(&'static str, String)> {
    let number = |name: &str| grouped(&report[name]);
    let status = report["validation_status"].as_str().unwrap_or("not reached");
    vec![
        (
            "Records extracted",
            format!("{} from {} tables", number("records_extracted"), number("tables_extracted")),
        ),
        ("Fields anonymized", format!("{} of {} columns", number("fields_anonymized"), number("columns"))),
        (
            "Originals searched",
            format!(
                "{} x {} cells compared, {} leaks",
                number("originals_searched"),
                number("cells_searched"),
                number("leaks")
            ),
        ),
        (
            "Validation",
            format!("{status}, {} checks, {} warnings", number("checks"), number("validation_warnings")),
        ),
        (
            "Records loaded",
            match report["records_loaded"].is_null() {
                true => "none".into(),
                false => number("records_loaded"),
            },
        ),
    ]
}

/// One sentence: may people work with it?
pub fn verdict(report: &Value) -> String {
    match report["overall_status"].as_str() {
        Some("SUCCESS") if !report["records_loaded"].is_null() => {
            "The district is ready for testing in CERT.".into()
        }
        Some("SUCCESS") => "The district is anonymized and validated, and not loaded.".into(),
        Some("ROLLED_BACK") => "The district was rolled back: CERT is as it was before.".into(),
        _ => format!("The migration failed: {}", escape(&plain(&report["error_message"]))),
    }
}

fn section(out: &mut String, title: &str, rows: &Value, columns: &[&str]) {
    if rows.as_array().is_some_and(|rows| !rows.is_empty()) {
        let _ = write!(out, "\n## {title}\n\n{}", table(rows, columns));
    }
}

fn table(rows: &Value, columns: &[&str]) -> String {
    let mut out =
        format!("| {} |\n|{}\n", columns.join(" | ").replace('_', " "), " --- |".repeat(columns.len()));
    for row in rows.as_array().into_iter().flatten() {
        let cells: Vec<String> = columns.iter().map(|column| escape(&grouped(&row[*column]))).collect();
        let _ = writeln!(out, "| {} |", cells.join(" | "));
    }
    out
}

fn findings(rows: &Value, max: usize) -> String {
    let rows = rows.as_array().map_or(&[][..], Vec::as_slice);
    let mut out = String::new();
    for row in rows.iter().take(max) {
        let (check, table) = (escape(&plain(&row["check"])), escape(&plain(&row["table"])));
        let _ = writeln!(out, "- **{check}** ({table}, {}): {}", plain(&row["severity"]), reason(row));
    }
    match rows.len() {
        0 => out += "None.\n",
        count if count > max => {
            let _ = writeln!(out, "- and {} more", count - max);
        }
        _ => {}
    }
    out
}

/// How many rows and why it matters; of a check that did not run, what was wrong with it.
fn reason(row: &Value) -> String {
    let is_failed = row["status"] == "failed";
    let of = || format!("{} of {} rows", grouped(&row["violations"]), grouped(&row["examined"]));
    let head = if is_failed { of() } else { plain(&row["message"]) };
    escape(&format!("{head}: {}", plain(&row["because"])))
}

/// A value without quotes; nothing for null.
pub fn plain(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// A value with the thousands of whole numbers apart.
pub fn grouped(value: &Value) -> String {
    let Some(number) = value.as_u64() else { return plain(value) };
    let digits = number.to_string();
    let apart = |(at, digit): (usize, char)| {
        let comma = (at > 0 && (digits.len() - at) % 3 == 0).then_some(',');
        comma.into_iter().chain(std::iter::once(digit))
    };
    digits.chars().enumerate().flat_map(apart).collect()
}

/// Seconds below a minute, minutes below an hour, else hours; one decimal.
pub fn duration(value: &Value) -> String {
    match value.as_f64().unwrap_or_default() {
        seconds if seconds < 60.0 => format!("{seconds:.1} seconds"),
        seconds if seconds < 3600.0 => format!("{:.1} minutes", seconds / 60.0),
        seconds => format!("{:.1} hours", seconds / 3600.0),
    }
}

/// Text that Markdown would read as markup or HTML.
fn escape(text: &str) -> String {
    let mut out = String::new();
    for letter in text.chars() {
        match letter {
            '<' => out += "&lt;",
            '\n' | '\r' => out.push(' '),
            '|' | '\\' | '`' | '*' => out.extend(['\\', letter]),
            letter => out.push(letter),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn numbers_and_durations_read_as_people_write_them() {
        assert_eq!(grouped(&json!(543_210)), "543,210");
        assert_eq!(grouped(&json!("x")), "x");
        assert_eq!(duration(&json!(90)), "1.5 minutes");
    }

    #[test]
    fn a_failed_run_without_any_row_still_has_a_report() {
        let report = json!({"run_id": "mig-1", "district_id": "<b>", "overall_status": "FAILED", "error_message": "a|b"});
        let text = render(&report);
        assert!(
            text.contains("&lt;b>") && text.contains("a\\|b") && text.contains("## Recommendations"),
            "{text}"
        );
    }
}
