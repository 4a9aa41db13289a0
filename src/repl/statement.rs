//! Where one SQL statement ends: at a `;` outside quotes, dollar quotes and comments.

/// The statements of a text, without their `;`. Empty ones are left out.
pub fn split(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        loop {
            if rest.is_empty() {
                return None;
            }
            let (statement, after) = match end(rest) {
                Some(at) => (&rest[..at], &rest[at + 1..]),
                None => (rest, ""),
            };
            rest = after;
            if !is_blank(statement) {
                return Some(statement.trim());
            }
        }
    })
}

/// Whether nothing is missing: the text is blank, or its last statement has its `;`.
pub fn is_complete(text: &str) -> bool {
    let mut rest = text;
    while let Some(at) = end(rest) {
        rest = &rest[at + 1..];
    }
    is_blank(rest)
}

/// The position of the first `;` that ends a statement.
fn end(text: &str) -> Option<usize> {
    tokens(text).find(|(token, _)| *token == Token::End).map(|(_, at)| at)
}

/// Whether there is nothing but space and closed comments.
fn is_blank(text: &str) -> bool {
    tokens(text).all(|(token, _)| token == Token::Comment)
}

#[derive(Clone, Copy, PartialEq)]
enum Token {
    End,
    Comment,
    Word,
}

/// What matters here of a text, with its position.
fn tokens(text: &str) -> impl Iterator<Item = (Token, usize)> {
    let mut at = 0;
    std::iter::from_fn(move || {
        at += text[at..].len() - text[at..].trim_start().len();
        let rest = &text[at..];
        let first = rest.chars().next()?;
        let (token, length) = if first == ';' {
            (Token::End, 1)
        } else if rest.starts_with("--") {
            (Token::Comment, rest.find('\n').unwrap_or(rest.len()))
        } else if let Some(inside) = rest.strip_prefix("/*") {
            match inside.find("*/") {
                Some(close) => (Token::Comment, close + 4),
                None => (Token::Word, rest.len()),
            }
        } else if first == '\'' || first == '"' {
            // A doubled quote closes and opens again: the same end.
            (Token::Word, rest[1..].find(first).map_or(rest.len(), |close| close + 2))
        } else if let Some(tag) = dollar_tag(rest) {
            (Token::Word, rest[tag..].find(&rest[..tag]).map_or(rest.len(), |close| close + 2 * tag))
        } else {
            (Token::Word, first.len_utf8())
        };
        let from = at;
        at += length;
        Some((token, from))
    })
}

/// The length of `$tag$` at the start of the text.
fn dollar_tag(text: &str) -> Option<usize> {
    let tag = text.strip_prefix('$')?;
    let close = tag.find('$')?;
    let is_name = |c: char| c.is_alphanumeric() || c == '_';
    tag[..close].chars().all(is_name).then_some(close + 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statements_end_at_semicolons_that_mean_it() {
        let text = "SELECT ';' AS \"a;b\"; -- no; end\n/* no; */ SELECT $x$;$x$, 'it''s;';; SELECT 3";
        let found: Vec<&str> = split(text).collect();
        assert_eq!(found.len(), 3, "{found:?}");
        assert_eq!(found[2], "SELECT 3");
        assert!(found[1].ends_with("'it''s;'"));
    }

    #[test]
    fn what_is_open_is_not_complete() {
        for open in ["SELECT 1", "SELECT ';", "SELECT /* ;", "SELECT $a$ ; $b$"] {
            assert!(!is_complete(open), "{open}");
        }
        for done in ["", "SELECT 1;", "SELECT 1; -- that's it\n", "SELECT 'ü';\n"] {
            assert!(is_complete(done), "{done}");
        }
    }
}
