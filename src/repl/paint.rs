//! SQL in colours.

use crate::sql::statement::{Kind, tokens};
use std::borrow::Cow;
use std::collections::HashSet;

const KEYWORD: &str = "1;34";
const TEXT: &str = "32";
const NUMBER: &str = "36";
const COMMENT: &str = "2";
const COMMAND: &str = "35";

/// The text with colours put around its tokens; nothing else changes.
pub fn sql<'t>(text: &'t str, keywords: &HashSet<String>) -> Cow<'t, str> {
    if text.trim_start().starts_with('.') {
        let end = text.find(' ').unwrap_or(text.len());
        return Cow::Owned(format!("{}{}", painted(&text[..end], COMMAND), &text[end..]));
    }
    let mut out = String::with_capacity(text.len() + 64);
    let mut end = 0;
    for token in tokens(text) {
        out += &text[end..token.at];
        end = token.at + token.text.len();
        let color = match token.kind {
            Kind::Comment => Some(COMMENT),
            Kind::Text => Some(TEXT),
            Kind::Number => Some(NUMBER),
            Kind::Name if keywords.contains(&token.text.to_lowercase()) => Some(KEYWORD),
            Kind::Name | Kind::End | Kind::Other => None,
        };
        match color {
            // An editor counts lines of what it shows: colours end where a line does.
            Some(color) => {
                let lines: Vec<String> = token.text.split('\n').map(|line| painted(line, color)).collect();
                out += &lines.join("\n");
            }
            None => out += token.text,
        }
    }
    out += &text[end..];
    Cow::Owned(out)
}

fn painted(text: &str, color: &str) -> String {
    format!("\x1b[{color}m{text}\x1b[0m")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paint_adds_colours_and_changes_nothing_else() {
        let keywords = HashSet::from(["select".to_owned(), "from".to_owned()]);
        let text = "SELECT 'a\nb' , 1.5\tFROM \"from\" -- ü;\n  ;";
        let painted = sql(text, &keywords);
        assert!(painted.starts_with("\x1b[1;34mSELECT\x1b[0m \x1b[32m'a\x1b[0m\n"), "{painted:?}");
        let pieces = painted.split('\x1b').map(|piece| {
            piece.strip_prefix('[').and_then(|piece| piece.split_once('m')).map_or(piece, |(_, text)| text)
        });
        assert_eq!(pieces.collect::<String>(), text);
    }
}
