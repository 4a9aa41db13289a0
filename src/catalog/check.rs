//! What the CHECK conditions of a table say about a column that becomes NULL.

use super::Table;

/// Functions that give NULL for NULL, words that stand before a parenthesis, and types with a length.
const STRICT: [&str; 47] = [
    "check",
    "and",
    "or",
    "not",
    "in",
    "any",
    "all",
    "some",
    "array",
    "between",
    "like",
    "ilike",
    "similar",
    "to",
    "glob",
    "regexp",
    "abs",
    "btrim",
    "ceil",
    "char_length",
    "character_length",
    "date",
    "date_part",
    "date_trunc",
    "extract",
    "floor",
    "instr",
    "json_valid",
    "left",
    "length",
    "lower",
    "ltrim",
    "mod",
    "octet_length",
    "position",
    "regexp_like",
    "right",
    "round",
    "rtrim",
    "strpos",
    "substr",
    "substring",
    "trim",
    "upper",
    "numeric",
    "varchar",
    "varying",
];

impl Table {
    /// Whether a CHECK could refuse a row because this column is NULL. Comparisons, AND, OR and NOT turn NULL into
    /// NULL or into what they were before, and a CHECK takes NULL; only a condition that asks for NULL itself, or
    /// a function that nobody here knows, can refuse it.
    pub fn may_refuse_null(&self, column: &str) -> bool {
        self.checks.iter().any(|check| refuses(check, column))
    }

    /// Whether a CHECK could refuse a row because the list in this column is empty: each that names it, but for the
    /// one that only asks whether it is JSON, which MariaDB adds by itself.
    pub fn may_refuse_empty(&self, column: &str) -> bool {
        self.checks.iter().any(|check| {
            let tokens: Vec<&str> = Tokens { text: check, at: 0 }.map(|(_, token)| token).collect();
            let is_of_json =
                |token: &str| ["check", "json_valid", "(", ")"].contains(&token.to_lowercase().as_str());
            tokens.iter().any(|token| is_named(token, column))
                && !tokens.iter().all(|token| is_of_json(token) || is_named(token, column))
        })
    }
}

/// Whether a token of SQL is this column.
fn is_named(token: &str, column: &str) -> bool {
    let name = match token.as_bytes()[0] {
        b'"' => token.trim_matches('"').replace("\"\"", "\""),
        b'`' => token.trim_matches('`').replace("``", "`"),
        b'[' => token.trim_matches(['[', ']']).to_owned(),
        _ => token.to_owned(),
    };
    name.eq_ignore_ascii_case(column)
}

fn refuses(check: &str, column: &str) -> bool {
    let tokens: Vec<&str> = Tokens { text: check, at: 0 }.map(|(_, token)| token).collect();
    let is_column = |token: &&str| is_named(token, column);
    // In brackets: a name of SQLite, or the values of an array, which takes NULL as one more value.
    let is_in_array = |token: &&str| token.starts_with('[') && token.contains(column);
    if !tokens.iter().any(|token| is_column(token) || is_in_array(token)) {
        return false;
    }
    let asks = |token: &&str| {
        let word = token.to_lowercase();
        ["is", "isnull", "notnull", "null", "case", "distinct", "exists"].contains(&word.as_str())
    };
    let calls_unknown = |pair: &[&str]| {
        let is_name = pair[0].starts_with(is_of_word) || pair[0].starts_with(['"', '`']);
        pair[1] == "(" && is_name && !STRICT.contains(&pair[0].to_lowercase().as_str())
    };
    tokens.iter().any(|token| asks(token) || (is_in_array(token) && !is_column(token)))
        || tokens.windows(2).any(calls_unknown)
        || tokens.windows(3).any(|three| three == ["<", "=", ">"])
}

/// Words, quoted texts and single signs of SQL, with where they begin; blanks and comments are left out.
pub struct Tokens<'a> {
    /// The SQL.
    pub text: &'a str,
    /// Where to go on.
    pub at: usize,
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
    fn only_what_asks_for_null_refuses_it() {
        let refuses = |check: &str| {
            let table = Table { checks: vec![check.to_owned()], ..Table::default() };
            table.may_refuse_null("boss_id")
        };
        for check in [
            "CHECK ((boss_id IS NOT NULL) OR (head_id IS NOT NULL))",
            "CHECK (num_nonnulls(boss_id, head_id) = 1)",
            "CHECK (coalesce(\"boss_id\", 0) > 0)",
            "CHECK (CASE WHEN kind = 'a' THEN BOSS_ID > 0 ELSE true END)",
            "CHECK (ARRAY[boss_id, 1] <> ARRAY[2, 1])",
            "CHECK ([boss_id] NOTNULL)",
            "CHECK (`boss_id` <=> 1)",
        ] {
            assert!(refuses(check), "{check}");
        }
        for check in [
            "CHECK ((boss_id <> id))",
            "CHECK (boss_id IN (1, 2) AND NOT (boss_id = 7 OR length(name) > 3))",
            "CHECK ((boss_id = ANY (ARRAY[1, 2])))",
            "CHECK ((char_length((boss_id)::character varying(10)) > 2))",
            "CHECK (name IS NOT NULL AND name <> 'boss_id')",
            "CHECK (old_boss_id IS NOT NULL)",
        ] {
            assert!(!refuses(check), "{check}");
        }
    }

    #[test]
    fn an_empty_list_may_be_refused_by_whatever_looks_at_it() {
        for (check, refuses) in [
            ("CHECK ((cardinality(ids) > 0))", true),
            ("json_valid(`ids`) and json_length(`ids`) > 0", true),
            ("json_valid(`ids`)", false),
            ("CHECK ((id > 0))", false),
        ] {
            let table = Table { checks: vec![check.to_owned()], ..Table::default() };
            assert_eq!(table.may_refuse_empty("ids"), refuses, "{check}");
        }
    }
}
