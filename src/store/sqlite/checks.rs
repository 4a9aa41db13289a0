//! The CHECK conditions of a table. SQLite keeps them in the text of the CREATE TABLE alone.

/// The conditions in a CREATE TABLE, as they are written: `CHECK (a > 0)`. What stands in quotes or in a comment
/// is no condition.
pub(super) fn checks(definition: &str) -> Vec<String> {
    let mut found = Vec::new();
    // Where a condition begins, and how many parentheses are open in it.
    let mut open: Option<(usize, usize)> = None;
    let mut before = "";
    for (start, token) in (Tokens { text: definition, at: 0 }) {
        match (token, &mut open) {
            ("(", None) if before.eq_ignore_ascii_case("check") => open = Some((start, 1)),
            ("(", Some((_, depth))) => *depth += 1,
            (")", Some((begin, 1))) => {
                found.push(format!("CHECK {}", &definition[*begin..=start]));
                open = None;
            }
            (")", Some((_, depth))) => *depth -= 1,
            _ => {}
        }
        before = token;
    }
    found
}

/// Words, quoted texts and single signs, with where they begin; blanks and comments are left out.
struct Tokens<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Iterator for Tokens<'a> {
    type Item = (usize, &'a str);

    fn next(&mut self) -> Option<(usize, &'a str)> {
        loop {
            let rest = &self.text[self.at..];
            let first = rest.chars().next()?;
            let up_to =
                |end: &str| rest[first.len_utf8()..].find(end).map(|at| first.len_utf8() + at + end.len());
            let length = match first {
                '\'' => up_to("'"),
                '"' => up_to("\""),
                '`' => up_to("`"),
                '[' => up_to("]"),
                '-' if rest.starts_with("--") => up_to("\n"),
                '/' if rest.starts_with("/*") => up_to("*/"),
                _ if is_of_word(first) => rest.find(|letter| !is_of_word(letter)),
                _ => Some(first.len_utf8()),
            };
            let start = self.at;
            self.at += length.unwrap_or(rest.len());
            let is_comment = rest.starts_with("--") || rest.starts_with("/*");
            if !first.is_whitespace() && !is_comment {
                return Some((start, &self.text[start..self.at]));
            }
        }
    }
}

fn is_of_word(letter: char) -> bool {
    letter.is_alphanumeric() || letter == '_'
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conditions_are_found_and_quoted_ones_are_not() {
        let definition = [
            "CREATE TABLE \"check (\" (a int check(a > 0 AND (a < 9)), -- check (no)",
            "b text DEFAULT 'check (it''s)' CONSTRAINT c CHECK (b <> ')' /* ) */), [check] int,",
            "CHECK (a IS NOT NULL OR b IS NOT NULL))",
        ]
        .join("\n");
        let expected = [
            "CHECK (a > 0 AND (a < 9))",
            "CHECK (b <> ')' /* ) */)",
            "CHECK (a IS NOT NULL OR b IS NOT NULL)",
        ];
        assert_eq!(checks(&definition), expected);
        assert_eq!(checks("CREATE TABLE t (a CHECK (a"), [""; 0]);
        assert_eq!(
            checks("CREATE TABLE \u{e9} (\u{e9} CHECK (\u{e9} = '\u{e9}'))"),
            ["CHECK (\u{e9} = '\u{e9}')"]
        );
    }
}
