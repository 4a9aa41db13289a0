//! The parts of SQL text that matter without an engine: where a statement ends (at a `;` outside quotes, dollar
//! quotes and comments), and what is a name, a text, a number.

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The `;` that ends a statement.
    End,
    /// `-- ...` or `/* ... */`
    Comment,
    /// `'...'` or `$$...$$`
    Text,
    /// A keyword or name, also `"quoted"`.
    Name,
    /// `12.5`
    Number,
    /// Anything else: one character.
    Other,
}

/// A piece of SQL. Space between pieces is none.
#[derive(Clone, Copy, Debug)]
pub struct Token<'t> {
    /// What it is.
    pub kind: Kind,
    /// As written.
    pub text: &'t str,
    /// Where it begins.
    pub at: usize,
    /// Its closing mark is missing.
    pub is_open: bool,
}

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
    tokens(text).find(|token| token.kind == Kind::End).map(|token| token.at)
}

/// Whether there is nothing but space and closed comments.
fn is_blank(text: &str) -> bool {
    tokens(text).all(|token| token.kind == Kind::Comment && !token.is_open)
}

/// The tokens of a text.
pub fn tokens(text: &str) -> impl Iterator<Item = Token<'_>> {
    let mut at = 0;
    std::iter::from_fn(move || {
        at += text[at..].len() - text[at..].trim_start().len();
        let rest = &text[at..];
        let (kind, length) = first(rest)?;
        let token =
            Token { kind, text: &rest[..length.unwrap_or(rest.len())], at, is_open: length.is_none() };
        at += token.text.len();
        Some(token)
    })
}

/// The kind and length of the first token; without a length it is not closed.
fn first(rest: &str) -> Option<(Kind, Option<usize>)> {
    let letter = rest.chars().next()?;
    let run = |fits: fn(char) -> bool| rest.find(|c: char| !fits(c)).unwrap_or(rest.len());
    Some(if rest.starts_with("--") {
        (Kind::Comment, Some(rest.find('\n').unwrap_or(rest.len())))
    } else if let Some(inside) = rest.strip_prefix("/*") {
        (Kind::Comment, inside.find("*/").map(|close| close + 4))
    } else if letter == '\'' || letter == '"' {
        // A doubled quote closes and opens again: the same end.
        let kind = if letter == '"' { Kind::Name } else { Kind::Text };
        (kind, rest[1..].find(letter).map(|close| close + 2))
    } else if let Some(tag) = dollar_tag(rest) {
        (Kind::Text, rest[tag..].find(&rest[..tag]).map(|close| close + 2 * tag))
    } else if letter.is_ascii_digit() {
        (Kind::Number, Some(run(|c| c.is_ascii_alphanumeric() || c == '.' || c == '_')))
    } else if letter.is_alphabetic() || letter == '_' {
        (Kind::Name, Some(run(|c| c.is_alphanumeric() || c == '_')))
    } else {
        (if letter == ';' { Kind::End } else { Kind::Other }, Some(letter.len_utf8()))
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
        for open in ["SELECT 1", "SELECT ';", "SELECT /* ;", "/* ", "SELECT $a$ ; $b$"] {
            assert!(!is_complete(open), "{open}");
        }
        for done in ["", "SELECT 1;", "SELECT 1; -- that's it\n", "SELECT 'ü';\n"] {
            assert!(is_complete(done), "{done}");
        }
    }

    #[test]
    fn tokens_know_what_they_are() {
        let found: Vec<(Kind, &str)> =
            tokens("SELECT a.\"b c\" + 1.5, 'x'--").map(|token| (token.kind, token.text)).collect();
        use Kind::{Comment, Name, Number, Other, Text};
        let wanted = [
            (Name, "SELECT"),
            (Name, "a"),
            (Other, "."),
            (Name, "\"b c\""),
            (Other, "+"),
            (Number, "1.5"),
            (Other, ","),
            (Text, "'x'"),
            (Comment, "--"),
        ];
        assert_eq!(found, wanted);
    }
}
