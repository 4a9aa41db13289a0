//! `datamig repl` on a pseudo-terminal: editing, completion, Ctrl-C, pager, editor, history, colours.

use super::{migrated, workspace};
use crate::support::Workdir;
use crate::support::terminal::Terminal;
use std::os::unix::fs::PermissionsExt;
use std::sync::LazyLock;

/// A run of its own: other tests must find no history in theirs.
static RUN: LazyLock<(Workdir, String)> = LazyLock::new(|| {
    let work = workspace("terminal");
    let id = migrated(&work);
    (work, id)
});

/// A shell on a terminal with these variables, at its first prompt.
fn shell(words: &str, variables: &[(&str, &str)]) -> Terminal {
    let (work, id) = &*RUN;
    let mut command = work.command(words);
    command.env("TERM", "xterm").env("PAGER", "").envs(variables.iter().copied());
    let mut terminal = Terminal::new(&command, 50);
    terminal.until(id);
    terminal.until("> ");
    terminal
}

fn quit(mut terminal: Terminal) {
    terminal.line(".quit");
    assert_eq!(terminal.ends(), Some(0));
}

#[test]
fn a_statement_over_lines_is_answered_and_remembered() {
    let mut terminal = shell("repl", &[]);
    terminal.line("SELECT 40");
    terminal.line("+ 2 AS answer;");
    terminal.until("│     42 │");
    // The last answer is _, and Up brings back all lines of a statement.
    terminal.line("SELECT answer * 10 AS more FROM _;");
    terminal.until("│  420 │");
    terminal.keys("\x1b[A\x1b[A");
    terminal.until("SELECT 40");
    terminal.keys("\r");
    terminal.until("│     42 │");
    terminal.line(" SELECT 'not remembered';");
    terminal.until("│ not remembered");
    quit(terminal);
    let (work, _) = &*RUN;
    let history = work.path("data/.datamig_history");
    assert_eq!(std::fs::metadata(&history).expect("a history").permissions().mode() & 0o777, 0o600);
    let text = std::fs::read_to_string(history).expect("a text");
    assert!(text.contains("answer * 10") && !text.contains("not remembered"), "{text}");
    let mut again = shell("repl", &[]);
    again.keys("\x12answer * 1");
    again.until("answer * 10");
    again.keys("\x03");
    again.until("> ");
    quit(again);
}

#[test]
fn ctrl_c_cancels_the_query_and_keeps_the_shell() {
    let mut terminal = shell("repl", &[]);
    terminal.line("SELECT count(*) FROM range(10000000) AS a, range(10000000) AS b WHERE a.range < b.range;");
    terminal.until(", Ctrl-C cancels");
    terminal.keys("\x03");
    terminal.until("cancelled");
    terminal.until("> ");
    terminal.line("SELECT 6 * 7 AS answer;");
    terminal.until("│     42 │");
    // At the prompt it drops the line.
    terminal.until("> ");
    terminal.keys("SELECT nonsense\x03");
    terminal.until("nonsense");
    terminal.until("> ");
    quit(terminal);
}

#[test]
fn a_paste_arrives_as_it_was_copied() {
    let mut terminal = shell("repl", &[]);
    terminal.line(".mode jsonl");
    terminal.until("> ");
    terminal.keys("\x1b[200~SELECT 'a\tb  c',\n   'ü;' AS u,\n\n 'x\ny' AS z;\x1b[201~");
    terminal.keys("\r");
    terminal.until(r#"{"'a\tb  c'":"a\tb  c","u":"ü;","z":"x\ny"}"#);
    quit(terminal);
}

#[test]
fn tab_completes_tables_columns_by_alias_macros_ids_and_files() {
    let (work, _) = &*RUN;
    work.write("data/three.sql", "SELECT 3 AS three;\n");
    let mut terminal = shell("repl", &[]);
    for (typed, wanted) in [
        ("SELECT s.id FROM ids.students AS s WHERE s.first_n\t", "s.first_name"),
        ("FROM ids.student_c\t", "ids.student_courses"),
        ("FROM ids.students AS s JOIN ids.schools AS c ON \t", "c.id = s.school_id"),
        ("FROM orphans_\t", "orphans_of("),
        ("FROM duplicates('ids.student_c\t", "'ids.student_courses"),
        ("SELEC\t", "SELECT"),
        (".expl\t", ".explain"),
        (".read data/thr\t", "data/three.sql"),
        (".check ids.students.rows_ext\t", "ids.students.rows_extracted"),
    ] {
        terminal.keys(typed);
        terminal.until(wanted);
        // Ctrl-U takes the line away; Ctrl-C would take what is typed ahead too.
        terminal.keys("\x15");
    }
    // Of several the list says what they are.
    terminal.keys("FROM orphan\t");
    terminal.until("orphans(tbl, fk, parent, pk)");
    terminal.keys("\x15");
    terminal.line(".read data/three.sql");
    terminal.until("│     3 │");
    quit(terminal);
}

#[test]
fn what_is_longer_than_the_screen_goes_to_the_pager() {
    let mut terminal = shell("repl", &[("PAGER", "sed s/^/paged:/")]);
    terminal.line(".mode csv");
    terminal.line("FROM range(100);");
    terminal.until("paged:99");
    terminal.line("FROM range(3);");
    let short = terminal.until("> ");
    assert!(!short.contains("paged:2"), "{short}");
    // Errors are not data.
    terminal.line("SELECT nope;");
    terminal.until("error: Binder Error");
    quit(terminal);
    let mut left = shell("repl", &[("PAGER", "head -1")]);
    left.line(".mode csv");
    left.line("FROM range(1000000);");
    left.until("range\n");
    left.line("SELECT 'still here' AS a;");
    left.until("still here\n");
    quit(left);
}

#[test]
fn a_wide_table_shows_the_columns_that_fit() {
    let mut terminal = shell("repl", &[]);
    terminal.line("SELECT COLUMNS(*) FROM meta.\"check\";");
    terminal.until("showing 40 of ");
    terminal.until(" rows, 9 of 20 columns (.maxrows, .mode jsonl)");
    quit(terminal);
}

#[test]
fn an_editor_changes_the_last_statement() {
    let mut terminal = shell("repl", &[("EDITOR", "sed -i s/11/6*7/")]);
    terminal.line("SELECT 11 AS answer;");
    terminal.until("│     11 │");
    terminal.line(".edit");
    terminal.until("SELECT 6*7 AS answer;");
    terminal.keys("\r");
    terminal.until("│     42 │");
    quit(terminal);
}

#[test]
fn colours_come_only_when_wanted() {
    let keyword = b"\x1b[1;34mSELECT\x1b[0m";
    let has = |terminal: &Terminal| terminal.raw.windows(keyword.len()).any(|part| part == keyword);
    let mut plain = shell("repl", &[]);
    plain.line("SELECT 42 AS answer;");
    plain.until("│     42 │");
    assert!(!has(&plain));
    quit(plain);
    let mut colored = shell("repl", &[("NO_COLOR", "")]);
    colored.line("SELECT 42 AS answer;");
    colored.until("│     42 │");
    assert!(has(&colored));
    quit(colored);
}

#[test]
fn personal_data_is_announced_and_nothing_is_remembered() {
    let work = workspace("terminal-staging");
    let id = migrated(&work);
    let mut command = work.command("repl --with-staging");
    command.env("TERM", "xterm");
    let mut terminal = Terminal::new(&command, 50);
    terminal.until(&format!("{id} (STAGING: personal data)> "));
    terminal.line("SELECT count(*) > 0 AS raw FROM staging.ids.students;");
    terminal.until("│ true │");
    terminal.line(".edit");
    terminal.until("error: an editor writes files");
    quit(terminal);
    assert!(!work.path("data/.datamig_history").exists());
    work.datamig("logs").ok().says("AUDIT: the raw extract was opened in the shell");
}

#[test]
fn a_rule_is_judged_as_it_is_saved() {
    let (work, _) = &*RUN;
    let file = "rules/district/validation/range-mine.yaml";
    let rule = |column: &str, most: u8| {
        format!(
            "- rule: my_ages\n  on: ids.students\n  expect: in_range({column}, 5, {most})\n  severity: info\n  \
             because: I want to know\n  examples: {{pass: [{{age: 20}}], fail: [{{age: 4}}]}}\n"
        )
    };
    let mut terminal = shell("repl", &[]);
    terminal.line(".watch");
    terminal.until("Ctrl-C ends");
    work.write(file, rule("agee", 99));
    terminal.until("did you mean \"age\"?");
    work.write(file, rule("age", 19));
    terminal.until("pass example 1 violates the rule");
    work.write(file, rule("age", 99));
    terminal.until("my_ages: binds, its 2 examples hold");
    terminal.until("ids.students.my_ages: ");
    terminal.until("rows violate it");
    work.write(file, "- rule: [\n");
    terminal.until("error: ");
    terminal.keys("\x03");
    terminal.until("> ");
    terminal.line("SELECT 42 AS answer;");
    terminal.until("│     42 │");
    quit(terminal);
    std::fs::remove_file(work.path(file)).expect("the file");
}

#[test]
fn a_rule_is_written_by_answering_questions() {
    let (work, _) = super::migrated_copy("terminal-rule");
    let mut command = work.command("rules new --family range --severity info");
    command.env("TERM", "xterm");
    let mut terminal = Terminal::new(&command, 50);
    for (question, answer) in [
        ("Which table?", "ids.schools"),
        ("What must hold for each row?", "in_range(capacity, 10, 8000)"),
        ("Who needs it", "nobody builds for nine"),
        ("What is it called?", "capacity_is_believable"),
    ] {
        terminal.until(question);
        terminal.line(answer);
    }
    terminal.until("its examples hold");
    assert_eq!(terminal.ends(), Some(0));
    let written = work.read("rules/district/validation/range.yaml");
    let rule =
        written.split("- rule: ").find(|rule| rule.starts_with("capacity_is_believable")).expect("the rule");
    for line in
        ["on: ids.schools", "severity: info", "because: nobody builds for nine", "fail: [{capacity: 9}"]
    {
        assert!(rule.contains(line), "{line} is not in {rule}");
    }
    // An empty answer ends it and writes nothing.
    let mut terminal = Terminal::new(&work.command("rules new"), 50);
    terminal.until("Which table?");
    terminal.line("");
    terminal.until("--on is missing");
    assert_eq!(terminal.ends(), Some(2));
}
