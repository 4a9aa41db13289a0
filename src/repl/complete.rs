//! What the line editor asks the shell: how a word may go on, whether an input is whole, how it is painted.

use super::command::{self, Argument, COMMANDS};
use super::joins::{self, Named};
use super::names::{Names, Table};
use super::{is_whole, paint};
use crate::name::Ident;
use crate::sql::statement::{Kind, Token, tokens};
use rustyline::completion::{Candidate, Completer, FilenameCompleter};
use rustyline::highlight::{CmdKind, Highlighter};
use rustyline::validate::{ValidationContext, ValidationResult, Validator};
use rustyline::{Context, Hinter};
use std::borrow::Cow;
use std::rc::Rc;

/// Completes and paints what is typed.
#[derive(Clone, rustyline::Helper, Hinter)]
pub(super) struct Helper {
    names: Rc<Names>,
    has_color: bool,
}

/// One way a word may go on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Proposal {
    /// What is put in.
    pub text: String,
    /// What is listed: the text and what it is.
    pub shown: String,
}

impl Proposal {
    pub(super) fn new(text: impl Into<String>, what: &str) -> Proposal {
        let text = text.into();
        let shown = if what.is_empty() { text.clone() } else { format!("{text}  {what}") };
        Proposal { text, shown }
    }
}

impl Candidate for Proposal {
    fn display(&self) -> &str {
        &self.shown
    }

    fn replacement(&self) -> &str {
        &self.text
    }
}

impl Helper {
    /// A helper that knows these names.
    pub(super) fn new(names: Rc<Names>, has_color: bool) -> Helper {
        Helper { names, has_color }
    }

    /// Where the word at the cursor begins, and what it may become.
    fn proposals(&self, line: &str, cursor: usize) -> (usize, Vec<Proposal>) {
        let before = &line[..cursor];
        if let Some(typed) = before.trim_start().strip_prefix('.') {
            return self.of_command(typed, cursor);
        }
        let pieces: Vec<Token<'_>> = tokens(before).collect();
        if let Some(open) = pieces.last().filter(|piece| piece.kind == Kind::Text && piece.is_open) {
            let word = &before[open.at + 1..];
            return (open.at + 1, self.in_quotes(word));
        }
        let is_name = |c: char| c.is_alphanumeric() || c == '_' || c == '.' || c == '"';
        let word = before.rsplit(|c: char| !is_name(c)).next().unwrap_or_default();
        let from = cursor - word.len();
        let place = pieces.iter().rfind(|piece| piece.at < from).map(|piece| piece.text.to_lowercase());
        let place = place.unwrap_or_default();
        let mut found = match word.rsplit_once('.') {
            Some((qualifier, part)) => self.qualified(line, qualifier, part),
            None if place == "on" => self.joined(before, word, joins::conditions),
            None if place == "join" => {
                [self.joined(before, word, joins::tables), self.sources(word)].concat()
            }
            None if place == "from" => self.sources(word),
            None => Vec::new(),
        };
        if found.is_empty() && !word.contains('.') && !matches!(place.as_str(), "from" | "join") {
            found = self.unqualified(line, before, word);
        }
        let mut known = std::collections::HashSet::new();
        found.retain(|proposal| known.insert(proposal.text.clone()));
        (from, found)
    }

    fn of_command(&self, typed: &str, cursor: usize) -> (usize, Vec<Proposal>) {
        let Some((name, word)) = typed.split_once(' ') else {
            let fitting = COMMANDS.iter().filter(|command| command.name.starts_with(typed));
            let shown = fitting.map(|command| Proposal::new(command.name, command.help));
            return (cursor - typed.len(), shown.collect());
        };
        let from = cursor - word.len();
        let plain = |words: &[String]| {
            starting(words.iter().map(String::as_str), word).map(|text| Proposal::new(text, "")).collect()
        };
        let proposals = match command::find(name).map(|command| command.argument) {
            Ok(Argument::Table) => self.tables(word),
            Ok(Argument::Run) => plain(&self.names.runs),
            Ok(Argument::Check) => plain(&[&*self.names.checks, &*self.names.rules].concat()),
            Ok(Argument::Rule) => plain(&self.names.rules),
            Ok(Argument::Column) => {
                self.tables(word).into_iter().chain(self.qualified_by_table(word)).collect()
            }
            Ok(Argument::OneOf(words)) => {
                starting(words.iter().copied(), word).map(|text| Proposal::new(text, "")).collect()
            }
            Ok(Argument::Topic) => {
                let commands = starting(COMMANDS.iter().map(|command| command.name), word);
                commands.map(|text| Proposal::new(text, "")).chain(self.macros(word, false)).collect()
            }
            _ => Vec::new(),
        };
        (from, proposals)
    }

    /// In quotes stand the tables that macros take, and ids of checks.
    fn in_quotes(&self, word: &str) -> Vec<Proposal> {
        let checks = starting(self.names.checks.iter().map(String::as_str), word);
        self.tables(word).into_iter().chain(checks.map(|id| Proposal::new(id, ""))).collect()
    }

    /// `s.na`: columns of what `s` stands for; `ids.stu`: tables of a store.
    fn qualified(&self, line: &str, qualifier: &str, part: &str) -> Vec<Proposal> {
        let unquoted = qualifier.replace('"', "").to_lowercase();
        let named = self.named_in(line).into_iter().find(|(alias, _)| *alias == unquoted);
        let table = named.map(|(_, table)| table).or_else(|| self.table(&unquoted));
        if let Some(table) = table {
            return columns(table, part, &format!("{qualifier}."));
        }
        self.tables(&format!("{qualifier}.{part}"))
    }

    fn qualified_by_table(&self, word: &str) -> Vec<Proposal> {
        let Some((table, part)) = word.rsplit_once('.') else { return Vec::new() };
        self.table(table).map_or(Vec::new(), |found| columns(found, part, &format!("{table}.")))
    }

    /// What references propose of the tables named before the cursor.
    fn joined(
        &self,
        before: &str,
        word: &str,
        propose: fn(&Names, &[Named<'_>]) -> Vec<Proposal>,
    ) -> Vec<Proposal> {
        let word = word.to_lowercase();
        let mut found = propose(&self.names, &self.sources_in(before));
        found.retain(|proposal| proposal.text.to_lowercase().starts_with(&word));
        found
    }

    /// After FROM and JOIN: tables and the macros that return some.
    fn sources(&self, word: &str) -> Vec<Proposal> {
        self.tables(word).into_iter().chain(self.macros(word, true)).collect()
    }

    fn unqualified(&self, line: &str, before: &str, word: &str) -> Vec<Proposal> {
        let named = self.named_in(line);
        let mut found: Vec<Proposal> = named.iter().flat_map(|(_, table)| columns(table, word, "")).collect();
        if word.is_empty() {
            return found;
        }
        let aliases = named.iter().filter(|(alias, _)| !alias.contains('.'));
        found.extend(starting(aliases.map(|(alias, _)| alias.as_str()), word).map(|a| Proposal::new(a, "")));
        found.extend(self.macros(word, true));
        found.extend(self.tables(word));
        found.extend(self.engine(before, word));
        found
    }

    /// What DuckDB itself proposes: keywords as they are typed, functions with their bracket.
    fn engine(&self, before: &str, word: &str) -> Vec<Proposal> {
        let is_upper = !word.chars().any(char::is_lowercase);
        let sql = crate::sql::get("shell/complete.sql");
        let read = |row: &duckdb::Row<'_>| Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?));
        let found = self.names.db.rows(sql, [before, word], read).unwrap_or_default();
        let proposal = |(text, what): (String, String)| match what.as_str() {
            "keyword" if is_upper => Proposal::new(text.to_uppercase(), ""),
            "scalar_function" | "table_function" => Proposal::new(format!("{text}("), ""),
            _ => Proposal::new(text, ""),
        };
        found.into_iter().map(proposal).collect()
    }

    /// Tables whose path or name begins with the word.
    fn tables(&self, word: &str) -> Vec<Proposal> {
        let word = word.replace('"', "").to_lowercase();
        let fits = |table: &&Table| {
            let name = table.name.to_lowercase();
            name.starts_with(&word) || format!("{}.{name}", table.schema.to_lowercase()).starts_with(&word)
        };
        let path = |table: &Table| format!("{}.{}", self.plain(&table.schema), self.plain(&table.name));
        self.names.tables.iter().filter(fits).map(|table| Proposal::new(path(table), "")).collect()
    }

    fn macros(&self, word: &str, has_bracket: bool) -> Vec<Proposal> {
        let word = word.to_lowercase();
        let fitting = self.names.macros.iter().filter(|one| one.name.starts_with(&word));
        let proposal = |one: &super::names::Macro| Proposal {
            text: if has_bracket { format!("{}(", one.name) } else { one.name.clone() },
            shown: format!("{}  {}", one.call, one.comment),
        };
        fitting.map(proposal).collect()
    }

    /// The tables a text names after FROM and JOIN, under their alias and under their name, in lower case.
    fn named_in(&self, text: &str) -> Vec<Named<'_>> {
        let sources = self.sources_in(text).into_iter();
        sources.flat_map(|(alias, table)| [(alias, table), (table.name.to_lowercase(), table)]).collect()
    }

    /// The same, each once: under its alias where it has one.
    fn sources_in(&self, text: &str) -> Vec<Named<'_>> {
        let pieces: Vec<Token<'_>> = tokens(text).filter(|piece| piece.kind != Kind::Comment).collect();
        let word = |at: usize| pieces.get(at).map_or(String::new(), |piece| piece.text.to_lowercase());
        let is_name = |at: usize| {
            pieces.get(at).is_some_and(|piece| piece.kind == Kind::Name)
                && !self.names.reserved.contains(&word(at))
        };
        let mut named = Vec::new();
        for (at, _) in pieces.iter().enumerate() {
            if !matches!(word(at).as_str(), "from" | "join" | ",") || !is_name(at + 1) {
                continue;
            }
            let mut last = at + 1;
            let mut path = word(last).replace('"', "");
            while word(last + 1) == "." && pieces.get(last + 2).is_some_and(|piece| piece.kind == Kind::Name)
            {
                last += 2;
                path = format!("{path}.{}", word(last).replace('"', ""));
            }
            let Some(table) = self.table(&path) else { continue };
            let alias = if word(last + 1) == "as" { last + 2 } else { last + 1 };
            let called = if is_name(alias) { word(alias) } else { table.name.to_lowercase() };
            named.push((called.replace('"', ""), table));
        }
        named
    }

    /// The table of a path: its last two parts count.
    fn table(&self, path: &str) -> Option<&Table> {
        let mut parts = path.rsplit('.');
        let (name, schema) = (parts.next()?, parts.next()?);
        let is_it = |table: &&Table| {
            table.name.eq_ignore_ascii_case(name) && table.schema.eq_ignore_ascii_case(schema)
        };
        self.names.tables.iter().find(is_it)
    }

    /// A name as SQL takes it: quoted only where it must be.
    fn plain(&self, name: &str) -> String {
        let is_plain = name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
            && !name.starts_with(|c: char| c.is_ascii_digit())
            && !self.names.reserved.contains(&name.to_lowercase());
        if is_plain { name.to_owned() } else { Ident(name).to_string() }
    }
}

fn columns(table: &Table, part: &str, before: &str) -> Vec<Proposal> {
    let part = part.replace('"', "").to_lowercase();
    let fitting = table.columns.iter().filter(|(name, _)| name.to_lowercase().starts_with(&part));
    let quoted = |name: &str| match name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') {
        true => name.to_owned(),
        false => Ident(name).to_string(),
    };
    fitting.map(|(name, kind)| Proposal::new(format!("{before}{}", quoted(name)), kind)).collect()
}

fn starting<'a>(words: impl Iterator<Item = &'a str>, word: &str) -> impl Iterator<Item = &'a str> {
    words.filter(move |known| known.to_lowercase().starts_with(&word.to_lowercase()))
}

impl Completer for Helper {
    type Candidate = Proposal;

    fn complete(
        &self,
        line: &str,
        cursor: usize,
        context: &Context<'_>,
    ) -> rustyline::Result<(usize, Vec<Proposal>)> {
        let command = line[..cursor].trim_start().strip_prefix('.').and_then(|typed| typed.split_once(' '));
        let argument = command.and_then(|(name, _)| command::find(name).ok()).map(|found| found.argument);
        if argument == Some(Argument::File) {
            let (from, files) = FilenameCompleter::new().complete(line, cursor, context)?;
            return Ok((from, files.iter().map(|file| Proposal::new(file.replacement(), "")).collect()));
        }
        Ok(self.proposals(line, cursor))
    }
}

impl Validator for Helper {
    fn validate(&self, context: &mut ValidationContext<'_>) -> rustyline::Result<ValidationResult> {
        Ok(match is_whole(context.input()) {
            true => ValidationResult::Valid(None),
            false => ValidationResult::Incomplete,
        })
    }
}

impl Highlighter for Helper {
    fn highlight<'l>(&self, line: &'l str, _: usize) -> Cow<'l, str> {
        if self.has_color { paint::sql(line, &self.names.keywords) } else { Cow::Borrowed(line) }
    }

    fn highlight_char(&self, _: &str, _: usize, _: CmdKind) -> bool {
        self.has_color
    }

    fn highlight_prompt<'b, 's: 'b, 'p: 'b>(&'s self, prompt: &'p str, _: bool) -> Cow<'b, str> {
        match self.has_color {
            true => Cow::Owned(format!("\x1b[1m{prompt}\x1b[0m")),
            false => Cow::Borrowed(prompt),
        }
    }
}
