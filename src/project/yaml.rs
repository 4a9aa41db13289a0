//! Reads the YAML files people write. Unknown keys are errors that name file, line and the nearest
//! key; a list item knows the line it starts on.

use crate::error::{Error, Location, Result};
use crate::name::nearest;
use crate::sql::Text;
use serde::de::DeserializeOwned;

/// What a whole file is read into.
pub trait File: DeserializeOwned {
    /// What the file needs at least, in words and YAML; the hint where something is missing.
    const LEAST: &str;
}

/// Parses a whole file.
pub fn parse<T: File>(text: &Text) -> Result<T> {
    let source = text.text.strip_prefix('\u{feff}').unwrap_or(&text.text);
    serde_yaml::from_str(source).map_err(|cause| {
        let line = cause.location().map_or(0, |location| location.line());
        let words = cause.to_string();
        let message = words.split(" at line ").next().unwrap_or_default().to_owned();
        let error = Error::config(message.clone()).at(Location::new(&text.path, line));
        match nearest_key(&message) {
            Some(key) => error.hint(format!("did you mean \"{key}\"?")),
            None if message.contains("missing field") && !T::LEAST.is_empty() => error.hint(T::LEAST),
            None => error,
        }
    })
}

/// Texts as a list in YAML; what JSON quotes, YAML reads.
pub fn list<S: AsRef<str>>(texts: &[S]) -> String {
    let quoted: Vec<String> =
        texts.iter().map(|text| serde_json::Value::from(text.as_ref()).to_string()).collect();
    format!("[{}]", quoted.join(", "))
}

/// The line of each item of a list whose items start with `key`: `- {from: ...}` or `- from: ...`.
pub fn item_lines(text: &str, key: &str) -> Vec<usize> {
    let starts = |line: &str| -> Option<bool> {
        let item = line.trim_start().strip_prefix('-')?.trim_start().trim_start_matches('{').trim_start();
        let rest = item.trim_start_matches(['"', '\'']).strip_prefix(key)?;
        Some(rest.trim_start_matches(['"', '\'']).starts_with(':'))
    };
    text.lines().enumerate().filter(|(_, line)| starts(line) == Some(true)).map(|(at, _)| at + 1).collect()
}

/// The line of an entry of the list or map under a top-level key, else that of the key; 0 without one.
pub fn entry_line(text: &str, key: &str, entry: &str) -> usize {
    let mut lines = text.lines().enumerate().skip_while(|(_, line)| !line.starts_with(&format!("{key}:")));
    let Some((first, _)) = lines.clone().next() else { return 0 };
    lines.find(|(_, line)| line.contains(entry)).map_or(first, |(at, _)| at) + 1
}

/// From "unknown field `columms`, expected one of `from`, `columns`", the key that was meant.
fn nearest_key(message: &str) -> Option<&str> {
    let mut names = message.split('`').skip(1).step_by(2);
    let wrong = names.next().filter(|_| message.contains("unknown field"))?;
    nearest(wrong, names)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Sample {
        #[allow(dead_code)]
        columns: Vec<String>,
    }

    impl File for Sample {
        const LEAST: &str = "";
    }

    #[test]
    fn an_unknown_key_names_line_and_nearest() {
        let text = Text { path: "rules/x.yaml".into(), text: "\u{feff}\ncolumms: [a]\n".into() };
        let error = parse::<Sample>(&text).unwrap_err();
        assert_eq!(error.at, Some(Location::new("rules/x.yaml", 2)));
        assert_eq!(error.hint.as_deref(), Some("did you mean \"columns\"?"));
    }

    #[test]
    fn items_know_their_lines() {
        assert_eq!(item_lines("links:\n  - {from: a}\n\n  - from: b\n", "from"), [2, 4]);
    }
}
