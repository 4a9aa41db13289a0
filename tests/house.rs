//! The house rules no lint knows: sizes, what is sworn off, where SQL lives, what the top level holds.

use crate::support::{repository, text_of};
use regex::Regex;
use std::process::Command;

/// Every file of the repository that is or may be committed, by path.
fn files() -> Vec<String> {
    let mut git = Command::new("git");
    git.args(["ls-files", "--cached", "--others", "--exclude-standard"]).current_dir(repository());
    let names = text_of(&mut git);
    names.lines().filter(|name| repository().join(name).exists()).map(str::to_owned).collect()
}

/// Path and text of every file under `folder` that ends in one of `endings`.
fn texts(folder: &str, endings: &[&str]) -> Vec<(String, String)> {
    let mut texts = Vec::new();
    for name in files() {
        if name.starts_with(&format!("{folder}/")) && endings.iter().any(|ending| name.ends_with(ending)) {
            let text = std::fs::read_to_string(repository().join(&name));
            texts.push((name.clone(), text.unwrap_or_else(|cause| panic!("{name}: {cause}"))));
        }
    }
    assert!(!texts.is_empty(), "nothing under {folder}");
    texts
}

/// Path and text of every Rust file under `folder`.
pub fn sources(folder: &str) -> Vec<(String, String)> {
    texts(folder, &[".rs"])
}

/// A Rust text without its comments that fill a line, line numbers kept.
pub fn code(text: &str) -> String {
    let lines = text.lines().map(|line| if line.trim_start().starts_with("//") { "" } else { line });
    lines.collect::<Vec<_>>().join("\n")
}

#[track_caller]
fn none(wrong: &[String], rule: &str) {
    assert!(wrong.is_empty(), "{rule}:\n{}", wrong.join("\n"));
}

#[test]
fn files_hold_one_idea() {
    let mut wrong = Vec::new();
    for (folder, limit) in [("src", 400), ("tests", 500)] {
        for (path, text) in sources(folder) {
            let lines = text.lines().count();
            if lines > limit {
                wrong.push(format!("{path}: {lines} lines, {limit} at most"));
            }
            if !text.starts_with("//!") {
                wrong.push(format!("{path}: no //! that says what it is for"));
            }
        }
    }
    none(&wrong, "a file is short and says what it is for");
}

#[test]
fn nothing_sworn_off_comes_back() {
    // In pieces, so that this file does not find itself.
    let words = [("#[", "ignore"), ("todo", "!("), ("unimplemented", "!("), ("dbg", "!("), ("sleep", "(")];
    let mut wrong = Vec::new();
    for (path, text) in sources("src").into_iter().chain(sources("tests")) {
        for (number, line) in code(&text).lines().enumerate() {
            for (start, end) in words {
                // The program may wait for a server; a test never waits by the clock.
                let allowed = start == "sleep" && path.starts_with("src/");
                if line.contains(&format!("{start}{end}")) && !allowed {
                    wrong.push(format!("{path}:{}: {start}{end}", number + 1));
                }
            }
        }
    }
    none(&wrong, "sworn off");
}

/// The string literals of a Rust text that span lines, with the number of their first line.
fn long_literals(text: &str) -> Vec<(usize, String)> {
    let literal = Regex::new(
        r##"(?s)//[^\n]*|'(?:\\.|[^\\'])'|r#"(?<hashed>.*?)"#|r"(?<raw>[^"]*)"|"(?<plain>(?:\\.|[^"\\])*)""##,
    )
    .expect("a pattern");
    let mut found = Vec::new();
    for capture in literal.captures_iter(text) {
        let content = ["hashed", "raw", "plain"].iter().find_map(|name| capture.name(name));
        if let Some(content) = content.filter(|content| content.as_str().contains('\n')) {
            found.push((text[..content.start()].lines().count(), content.as_str().to_owned()));
        }
    }
    found
}

#[test]
fn sql_longer_than_a_line_lives_in_sql_files() {
    let sql =
        Regex::new(r"^(?i:SELECT|INSERT|UPDATE|DELETE|CREATE|WITH|FROM|MERGE|MATCH|UNWIND|ALTER|COPY)\s")
            .expect("a pattern");
    // A text with a `{}` is put together from the names of a catalog: only Rust can do that.
    let is_sql = |text: &str| sql.is_match(text.trim_start_matches(['\\', '\n', ' '])) && !text.contains('{');
    assert_eq!(long_literals("f(\"SELECT 1\n FROM t\", '\"', r#\"a\nb\"#)").len(), 2);
    assert!(is_sql("\\\n    SELECT x") && !is_sql("selected {n}\nrows"));
    let mut wrong = Vec::new();
    for (path, text) in sources("src") {
        let long = long_literals(&text).into_iter().filter(|(_, literal)| is_sql(literal));
        wrong.extend(long.map(|(line, _)| format!("{path}:{line}")));
    }
    none(&wrong, "SQL longer than a line belongs into sql/ or macros/");
}

#[test]
fn sql_files_say_what_they_return_and_fit_the_screen() {
    let mut wrong = Vec::new();
    for (path, text) in texts("sql", &[".sql", ".cypher"]).into_iter().chain(texts("macros", &[".sql"])) {
        let comment = if path.ends_with(".cypher") { "//" } else { "--" };
        if !text.starts_with(comment) {
            wrong.push(format!("{path}: does not begin with a comment"));
        }
        for (number, line) in text.lines().enumerate().filter(|(_, line)| line.chars().count() > 100) {
            wrong.push(format!("{path}:{}: {} columns, 100 at most", number + 1, line.chars().count()));
        }
    }
    none(&wrong, "SQL files");
}

#[test]
fn the_top_level_holds_what_was_agreed() {
    let agreed = "Cargo.toml Cargo.lock README.md LICENSE Makefile src sql rules macros tests data";
    let mut wrong = files();
    wrong.retain(|name| {
        let top = name.split('/').next().unwrap_or_default();
        !top.starts_with('.') && !agreed.split(' ').any(|agreed| agreed == top)
    });
    none(&wrong, "outside the agreed top level");
}
