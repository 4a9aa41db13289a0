//! `report.html`: the report for a browser, in one file that loads nothing from anywhere.

use super::chart::{Bar, bars};
use super::markdown::{PROOFS, duration, grouped, key_figures, plain, title, verdict};
use serde_json::Value;
use std::fmt::Write;

const STYLE: &str = include_str!("style.css");

/// The whole file.
pub fn render(report: &Value) -> String {
    let name = escape(&title(report));
    let status = plain(&report["overall_status"]);
    let mut out = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>{name}: {status}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n<header>\n\
         <p class=\"badge {}\">{}</p>\n<h1>{name}</h1>\n<p>{}</p>\n<p class=\"quiet\">{} · {} · {} to {}</p>\n</header>\n<main>\n",
        status.to_lowercase(),
        status.replace('_', " "),
        escape(&verdict(report)),
        escape(&plain(&report["run_id"])),
        duration(&report["total_duration"]),
        escape(&plain(&report["start_time"])),
        escape(&plain(&report["end_time"])),
    );
    cards(&mut out, report);
    charts(&mut out, report);
    findings(&mut out, "Warnings", &report["warnings"]);
    findings(&mut out, "Errors", &report["errors"]);
    out += "<section><h2>What to do next</h2><ul>\n";
    for item in report["recommendations"].as_array().into_iter().flatten() {
        let _ = writeln!(out, "<li>{}</li>", escape(&plain(item)));
    }
    out += "</ul></section>\n";
    table(&mut out, "Phases", &report["phases"], &["phase", "seconds", "count", "per_second", "summary"]);
    table(
        &mut out,
        "Slowest table of each phase",
        &report["slowest"],
        &["phase", "table", "rows", "seconds"],
    );
    table(&mut out, "Columns by strategy", &report["strategies"], &["strategy", "columns", "rules"]);
    for (title, name, columns) in PROOFS {
        table(&mut out, title, &report[name], columns);
    }
    table(&mut out, "References to other districts", &report["cuts"], &["reference", "action", "rows"]);
    table(&mut out, "Circular dependencies", &report["cycles"], &["tables", "break_point", "reason"]);
    table(&mut out, "References that dangle in PROD", &report["dangling"], &["reference", "rows", "cure"]);
    table(
        &mut out,
        "Tables",
        &report["tables"],
        &["table", "extracted", "own", "needed", "whole", "loaded", "note"],
    );
    table(&mut out, "Artifacts", &report["artifacts"], &["file", "bytes"]);
    let _ = writeln!(
        out,
        "</main>\n<footer>{}, report version {}</footer>\n</body>\n</html>",
        escape(&plain(&report["generator"])),
        escape(&plain(&report["report_version"]))
    );
    out
}

fn cards(out: &mut String, report: &Value) {
    out.push_str("<section class=\"cards\">\n");
    for (name, value) in key_figures(report) {
        let (figure, rest) = value.split_once(' ').unwrap_or((&value, ""));
        let _ = writeln!(
            out,
            "<div class=\"card\"><h3>{}</h3><p class=\"figure\">{}</p><p class=\"quiet\">{}</p></div>",
            escape(name),
            escape(figure.trim_end_matches(',')).replace('_', " "),
            escape(rest)
        );
    }
    out.push_str("</section>\n");
}

fn charts(out: &mut String, report: &Value) {
    let size = |row: &Value, name: &str| row[name].as_f64().unwrap_or_default();
    chart(out, "Time per phase", "", &report["phases"], |row| Bar {
        label: plain(&row["phase"]),
        parts: vec![("main", size(row, "seconds"))],
        value: duration(&row["seconds"]),
    });
    chart(out, "Records per store", "", &report["stores"], |row| Bar {
        label: plain(&row["store"]),
        parts: vec![("main", size(row, "extracted"))],
        value: match &row["loaded"] {
            loaded if *loaded == row["extracted"] => format!("{}, all loaded", grouped(loaded)),
            loaded if loaded.is_null() => grouped(&row["extracted"]),
            loaded => format!("{}, {} loaded", grouped(&row["extracted"]), grouped(loaded)),
        },
    });
    let legend = "<p class=\"legend\"><i class=\"good\"></i>passed <i class=\"neutral\"></i>nothing to examine, or waived \
                  <i class=\"warn\"></i>warning <i class=\"bad\"></i>failed or not run</p>";
    chart(out, "Checks by family", legend, &report["families"], |row| Bar {
        label: plain(&row["family"]).replace('_', " "),
        parts: vec![
            ("good", size(row, "passed")),
            ("neutral", size(row, "empty_or_waived")),
            ("warn", size(row, "warnings")),
            ("bad", size(row, "failed") + size(row, "not_run")),
        ],
        value: grouped(&row["checks"]),
    });
}

fn chart(out: &mut String, title: &str, legend: &str, rows: &Value, bar: impl Fn(&Value) -> Bar) {
    let found: Vec<Bar> = rows.as_array().into_iter().flatten().map(bar).collect();
    if !found.is_empty() {
        let _ = writeln!(out, "<section><h2>{title}</h2>{legend}\n{}</section>", bars(title, &found));
    }
}

fn findings(out: &mut String, title: &str, rows: &Value) {
    let columns = ["check", "table", "violations", "examined", "because"];
    let shown = rows.as_array().into_iter().flatten().map(|row| {
        let mut row = row.clone();
        // What did not run has counted nothing: its message says why.
        if matches!(row["status"].as_str(), Some("error" | "skipped")) {
            row["because"] = row["message"].take();
            row["violations"] = "not run".into();
            row["examined"] = Value::Null;
        }
        row
    });
    table(out, title, &Value::Array(shown.collect()), &columns);
}

fn table(out: &mut String, title: &str, rows: &Value, columns: &[&str]) {
    let Some(rows) = rows.as_array().filter(|rows| !rows.is_empty()) else { return };
    let _ = write!(out, "<section><h2>{title}</h2><div class=\"wide\"><table>\n<thead><tr>");
    for column in columns {
        let _ = write!(out, "<th>{}</th>", column.replace('_', " "));
    }
    *out += "</tr></thead>\n<tbody>\n";
    for row in rows {
        *out += "<tr>";
        for column in columns {
            let class = if row[*column].is_number() { " class=\"number\"" } else { "" };
            let _ = write!(out, "<td{class}>{}</td>", escape(&grouped(&row[*column])));
        }
        *out += "</tr>\n";
    }
    *out += "</tbody></table></div></section>\n";
}

/// Text that HTML would read as markup.
pub fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
        .replace('\'', "&#39;")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_check_that_did_not_run_shows_no_counts() {
        let check = |status: &str| json!({"check": "c", "status": status, "violations": 0, "examined": 7, "message": "m", "because": "b"});
        let shown = |status: &str| {
            let mut out = String::new();
            findings(&mut out, "Errors", &json!([check(status)]));
            out
        };
        assert!(shown("failed").contains("<td class=\"number\">7</td><td>b</td>"));
        let broken = shown("error");
        assert!(broken.contains("<td>not run</td><td></td><td>m</td>"), "{broken}");
    }

    #[test]
    fn no_name_becomes_markup_and_nothing_is_fetched() {
        let hostile = "<script>alert('x')</script>";
        let report = json!({
            "district_id": hostile,
            "overall_status": "FAILED",
            "error_message": hostile,
            "phases": [{"phase": hostile, "seconds": 1.0, "summary": hostile}],
            "warnings": [{"check": hostile, "table": hostile, "violations": 12, "because": hostile}],
        });
        let page = render(&report);
        assert!(!page.contains("<script") && !page.contains("http"), "{page}");
    }
}
