//! What the line editor asks the shell: how to complete a word, and whether an input is whole.

use super::command::COMMANDS;
use crate::duck::Db;
use crate::error::Result;
use crate::run::Run;
use rustyline::completion::Completer;
use rustyline::highlight::Highlighter;
use rustyline::validate::{ValidationContext, ValidationResult, Validator};
use rustyline::{Context, Hinter};
use std::borrow::Cow;
use std::rc::Rc;

/// Completes names of the run, macros, keywords and dot commands.
#[derive(Clone, rustyline::Helper, Hinter)]
pub(super) struct Helper {
    /// Sorted; tables with their schema.
    names: Rc<[String]>,
    runs: Rc<[String]>,
    has_color: bool,
}

impl Helper {
    /// Learns the names of an open run.
    pub(super) fn new(db: &Db, run: &Run, has_color: bool) -> Result<Helper> {
        let names = db.rows(crate::sql::get("report/shell_names.sql"), [], |row| row.get::<_, String>(0))?;
        let runs = Run::list(&run.workspace).into_iter().map(|run| run.id).collect();
        Ok(Helper { names: names.into(), runs, has_color })
    }

    /// Where the word at the cursor begins, and what it may become.
    fn candidates(&self, line: &str, position: usize) -> (usize, Vec<String>) {
        let before = &line[..position];
        if let Some(typed) = before.strip_prefix('.') {
            return match typed.split_once(' ') {
                None => (1, starting(COMMANDS.iter().map(|command| command.name), typed)),
                Some(("use", word)) => {
                    (position - word.len(), starting(self.runs.iter().map(String::as_str), word))
                }
                Some((_, word)) => (position - word.len(), self.names_like(word)),
            };
        }
        let is_name = |c: char| c.is_alphanumeric() || c == '_' || c == '.' || c == '"';
        let word = before.rsplit(|c: char| !is_name(c)).next().unwrap_or_default();
        if word.is_empty() {
            return (position, Vec::new());
        }
        (position - word.len(), self.names_like(word))
    }

    /// Names that begin with the word, or whose last part does.
    fn names_like(&self, word: &str) -> Vec<String> {
        let word = word.to_lowercase();
        let fits = |name: &&String| {
            let name = name.to_lowercase();
            name.starts_with(&word) || name.split_once('.').is_some_and(|(_, table)| table.starts_with(&word))
        };
        self.names.iter().filter(fits).cloned().collect()
    }
}

fn starting<'a>(names: impl Iterator<Item = &'a str>, word: &str) -> Vec<String> {
    names.filter(|name| name.starts_with(word)).map(str::to_owned).collect()
}

impl Completer for Helper {
    type Candidate = String;

    fn complete(
        &self,
        line: &str,
        position: usize,
        _: &Context<'_>,
    ) -> rustyline::Result<(usize, Vec<String>)> {
        Ok(self.candidates(line, position))
    }
}

impl Validator for Helper {
    fn validate(&self, context: &mut ValidationContext<'_>) -> rustyline::Result<ValidationResult> {
        Ok(match super::is_whole(context.input()) {
            true => ValidationResult::Valid(None),
            false => ValidationResult::Incomplete,
        })
    }
}

impl Highlighter for Helper {
    fn highlight_prompt<'b, 's: 'b, 'p: 'b>(&'s self, prompt: &'p str, _: bool) -> Cow<'b, str> {
        match self.has_color {
            true => Cow::Owned(format!("\x1b[1m{prompt}\x1b[0m")),
            false => Cow::Borrowed(prompt),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_complete_to_names_and_commands() {
        let names = ["ids.students", "ids.staff", "last_name", "orphans"].map(String::from);
        let runs = Rc::from(["mig-20261120-001".to_owned()]);
        let helper = Helper { names: Rc::from(names), runs, has_color: false };
        let complete = |line: &str| helper.candidates(line, line.len());
        assert_eq!(complete("FROM stu"), (5, vec!["ids.students".into()]));
        assert_eq!(complete("FROM IDS.st").1.len(), 2);
        assert_eq!(complete("SELECT count(la"), (13, vec!["last_name".into()]));
        assert_eq!(complete(".ta"), (1, vec!["tables".into()]));
        assert_eq!(complete(".use mig"), (5, vec!["mig-20261120-001".into()]));
        assert_eq!(complete("SELECT ").1.len(), 0);
    }
}
