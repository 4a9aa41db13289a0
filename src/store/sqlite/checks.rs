//! The CHECK conditions of a table. SQLite keeps them in the text of the CREATE TABLE alone.

use crate::catalog::check::Tokens;

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
