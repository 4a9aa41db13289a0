//! Names and literals: the only quoting in the program. A name travels as an [`Ident`], whose only
//! `Display` is the quoted form; a value that cannot be a parameter (PostgreSQL's `COPY`) travels as
//! a [`Literal`].

use std::fmt;

/// An SQL identifier. `Display` writes it in standard double quotes (PostgreSQL, SQLite, DuckDB).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Ident<'a>(pub &'a str);

impl fmt::Display for Ident<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        quote(f, self.0, '"')
    }
}

/// An identifier of MySQL or Cypher: the same name in backticks.
#[derive(Clone, Copy, Debug)]
pub struct Backtick<'a>(pub &'a str);

impl fmt::Display for Backtick<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        quote(f, self.0, '`')
    }
}

/// A text value as a standard SQL literal, for the statements that take no parameters.
#[derive(Clone, Copy)]
pub struct Literal<'a>(pub &'a str);

impl fmt::Display for Literal<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        quote(f, self.0, '\'')
    }
}

/// Names joined by a comma, each quoted: `"id", "we ird"`.
pub struct Idents<'a, S: AsRef<str>>(pub &'a [S]);

impl<S: AsRef<str>> fmt::Display for Idents<'_, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, name) in self.0.iter().enumerate() {
            if at > 0 {
                f.write_str(", ")?;
            }
            Ident(name.as_ref()).fmt(f)?;
        }
        Ok(())
    }
}

fn quote(f: &mut fmt::Formatter<'_>, text: &str, mark: char) -> fmt::Result {
    use fmt::Write;
    f.write_char(mark)?;
    for c in text.chars() {
        if c == mark {
            f.write_char(mark)?;
        }
        f.write_char(c)?;
    }
    f.write_char(mark)
}

/// `lastLoginIP` as `last_login_ip`.
pub fn snake(name: &str) -> String {
    let mut text = String::new();
    let mut before = '_';
    for letter in name.chars() {
        if letter.is_uppercase() && before.is_lowercase() {
            text.push('_');
        }
        text.extend(letter.to_lowercase());
        before = letter;
    }
    text
}

/// The name nearest to `wanted` among `names`, when it is near enough to be a slip of the finger.
pub fn nearest<'a>(wanted: &str, names: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    names
        .into_iter()
        .map(|name| (strsim::damerau_levenshtein(&wanted.to_lowercase(), &name.to_lowercase()), name))
        .filter(|(distance, name)| *distance <= 1.max(wanted.len().max(name.len()) / 3))
        .min()
        .map(|(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostile_names_stay_one_token() {
        assert_eq!(Ident(r#"users"; DROP TABLE x; --"#).to_string(), r#""users""; DROP TABLE x; --""#);
        assert_eq!(Backtick("a`b").to_string(), "`a``b`");
        assert_eq!(Literal("O'Hara").to_string(), "'O''Hara'");
        assert_eq!(Idents(&["a", "b c"]).to_string(), r#""a", "b c""#);
    }

    #[test]
    fn the_nearest_name_is_offered_only_when_it_is_near() {
        assert_eq!(nearest("agee", ["age", "grade"]), Some("age"));
        assert_eq!(nearest("zebra", ["age", "grade"]), None);
    }
}
