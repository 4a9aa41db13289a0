//! The conversation on a terminal: prompt, line editor, history, `$EDITOR`.

use super::complete::Helper;
use super::names::Names;
use super::{Next, Shell};
use crate::cli::words;
use crate::error::{Error, Result};
use rustyline::error::ReadlineError;
use rustyline::history::DefaultHistory;
use rustyline::{ColorMode, CompletionType, Config, Editor};
use std::io::{IsTerminal, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

impl Shell<'_> {
    pub(super) fn converse(&mut self) -> Result<()> {
        self.greet();
        let mut editor = self.editor().map_err(broken)?;
        editor.set_helper(Some(self.helper()?));
        let path = self.history();
        if let Some(path) = &path {
            let _ = editor.load_history(path);
        }
        loop {
            let prompt = match self.keys {
                Some(_) => format!("{} (STAGING: personal data)> ", self.run.id),
                None => format!("{}> ", self.run.id),
            };
            let prefill = std::mem::take(&mut self.prefill);
            let line = match editor.readline_with_initial(&prompt, (&prefill, "")) {
                Ok(line) => line,
                Err(ReadlineError::Interrupted) => continue,
                Err(ReadlineError::Eof) => return Ok(()),
                Err(cause) => return Err(broken(cause)),
            };
            if line.trim().is_empty() {
                continue;
            }
            if let Some(path) = &path {
                remember(&mut editor, line.trim_end(), path);
            }
            let before = self.run.id.clone();
            match self.act(&line) {
                Ok(Next::Quit) => return Ok(()),
                Ok(Next::Go) => {}
                Err(error) => words::line(&format!("error: {error}")),
            }
            if !line.trim_start().starts_with('.') {
                self.typed = line;
            }
            if self.run.id != before {
                editor.set_helper(Some(self.helper()?));
            }
        }
    }

    fn editor(&self) -> rustyline::Result<Editor<Helper, DefaultHistory>> {
        let color = if self.global.has_color() { ColorMode::Enabled } else { ColorMode::Disabled };
        let config = Config::builder()
            .completion_type(CompletionType::List)
            .completion_show_all_if_ambiguous(true)
            .max_history_size(10_000)?
            .color_mode(color);
        Editor::with_config(config.build())
    }

    fn helper(&self) -> Result<Helper> {
        Ok(Helper::new(Names::load(&self.db, &self.run)?, self.global.has_color()))
    }

    fn greet(&self) {
        if !self.global.quiet {
            let (id, root) = (&self.run.id, &self.run.header.root_key);
            words::line(&format!(
                "run {id} of {root}, read-only. End a statement with ; and try .help, .tables or"
            ));
            words::line("  FROM meta.finding WHERE status = 'failed';");
        }
    }

    /// Where what was typed is remembered: not where it may quote personal data.
    fn history(&self) -> Option<PathBuf> {
        self.keys.is_none().then(|| self.run.workspace.join("data/.datamig_history"))
    }

    /// `.edit`: the last statement in `$EDITOR`, then at the prompt.
    pub(super) fn edit(&mut self) -> Result<Next> {
        if self.keys.is_some() {
            return Err(Error::refused(
                "an editor writes files, and what is typed here may be personal data",
            ));
        }
        if !std::io::stdin().is_terminal() {
            return Err(Error::usage(".edit needs a terminal"));
        }
        let path = self.run.dir.join("tmp").join(format!("edit-{}.sql", std::process::id()));
        let edited = edit_file(&path, &self.typed);
        let _ = std::fs::remove_file(&path);
        self.prefill = edited.map_err(|cause| Error::file(&path, &cause))?;
        Ok(Next::Go)
    }
}

fn edit_file(path: &Path, text: &str) -> std::io::Result<String> {
    let mut file = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(text.as_bytes())?;
    drop(file);
    std::process::Command::new("sh").args(["-c", "${EDITOR:-vi} \"$0\""]).arg(path).status()?;
    Ok(std::fs::read_to_string(path)?.trim_end().to_owned())
}

/// What begins with a blank is not remembered.
fn remember(editor: &mut Editor<Helper, DefaultHistory>, line: &str, path: &Path) {
    let is_new = !line.starts_with(char::is_whitespace) && editor.add_history_entry(line).unwrap_or(false);
    if is_new && editor.append_history(path).is_ok() {
        let _ = crate::run::keys::restrict(path, 0o600);
    }
}

fn broken(cause: ReadlineError) -> Error {
    Error::internal(format!("the terminal cannot be read: {cause}"))
}
