//! What `migrate` and the single phases say at the end.

use super::{Global, output, words};
use crate::error::Result;
use crate::phase::report::Written;
use crate::run::Run;
use serde_json::{Value, json};

/// Says what came of the phases, also when they failed; then their error is the command's.
pub fn show(global: &Global, run: &Run, done: Result<()>, written: Result<Written>) -> Result<()> {
    let written = match (done, written) {
        (Ok(()), written) => written?,
        (Err(error), Ok(written)) => {
            words::note(global, &format!("\nreport of the failed run: {}", written.html.display()));
            return Err(error);
        }
        (Err(error), Err(_)) => return Err(error),
    };
    let report = &written.report;
    if global.json {
        return output::json(&json!({
            "success": true,
            "run_id": run.id,
            "district_id": run.header.root_key,
            "overall_success": report["overall_success"],
            "overall_status": report["overall_status"],
            "duration_seconds": report["total_duration"],
            "records_extracted": report["records_extracted"],
            "fields_anonymized": report["fields_anonymized"],
            "validation_status": report["validation_status"],
            "validation_warnings": report["validation_warnings"],
            "records_loaded": report["records_loaded"],
            "markdown_report": written.markdown,
            "json_report": written.json,
            "html_report": written.html,
        }));
    }
    words::note(global, &text(run, report, &written));
    Ok(())
}

fn text(run: &Run, report: &Value, written: &Written) -> String {
    let number = |name: &str| report[name].as_u64().map_or("-".into(), words::grouped);
    let word = |name: &str| report[name].as_str().unwrap_or("-").to_owned();
    let name = report["district_name"].as_str().map_or(String::new(), |name| format!(" {name}"));
    let took = words::duration(report["total_duration"].as_f64().unwrap_or_default());
    let loaded = match report["records_loaded"].is_null() {
        true => "nothing yet".to_owned(),
        false => format!("{} records", number("records_loaded")),
    };
    let next = report["recommendations"].as_array().into_iter().flatten().filter_map(Value::as_str);
    format!(
        "\n{}{name}, run {}: {} in {took}\n  extracted   {} records from {} tables\n  anonymized  {} fields\n  \
         validated   {}, {} checks, {} warnings\n  loaded      {loaded}\n  report      {}\n\nnext:\n  {}",
        run.header.root_key,
        run.id,
        word("overall_status"),
        number("records_extracted"),
        number("tables_extracted"),
        number("fields_anonymized"),
        word("validation_status"),
        number("checks"),
        number("validation_warnings"),
        written.html.display(),
        next.collect::<Vec<_>>().join("\n  "),
    )
}
