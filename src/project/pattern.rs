//! Patterns over dotted names: `ids.*.created_by`. A `*` stands for any text.

use std::collections::BTreeMap;

/// A pattern over `store.table.column`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Deserialize)]
#[serde(transparent)]
pub struct Pattern(pub String);

impl Pattern {
    /// Whether the whole name fits.
    pub fn matches(&self, name: &str) -> bool {
        fits(self.0.as_bytes(), name.as_bytes())
    }

    /// How much of it is not a wildcard.
    fn weight(&self) -> usize {
        self.0.chars().filter(|c| *c != '*').count()
    }
}

/// The value of the pattern that fits with the most letters of its own.
pub fn most_specific<'a, T>(patterns: &'a BTreeMap<Pattern, T>, name: &str) -> Option<&'a T> {
    let fitting = patterns.iter().filter(|(pattern, _)| pattern.matches(name));
    fitting.max_by_key(|(pattern, _)| pattern.weight()).map(|(_, value)| value)
}

/// Linear-time matching of `*`: on a mismatch the last star takes one more letter.
fn fits(pattern: &[u8], name: &[u8]) -> bool {
    let (mut p, mut n, mut retry) = (0, 0, None);
    while n < name.len() {
        if p < pattern.len() && pattern[p] == b'*' {
            retry = Some((p, n));
            p += 1;
        } else if p < pattern.len() && pattern[p] == name[n] {
            (p, n) = (p + 1, n + 1);
        } else if let Some((star, taken)) = retry {
            retry = Some((star, taken + 1));
            (p, n) = (star + 1, taken + 1);
        } else {
            return false;
        }
    }
    pattern[p..].iter().all(|letter| *letter == b'*')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stars_stand_for_any_text() {
        let fits = |pattern: &str, name| Pattern(pattern.into()).matches(name);
        assert!(fits("ids.*.created_by", "ids.students.created_by"));
        assert!(fits("*", ""));
        assert!(fits("a*b*c", "a-b-b-c"));
        assert!(!fits("ids.*.created_by", "ids.students.created_by_id"));
        assert!(!fits("ids", "ids.students"));
    }

    #[test]
    fn the_most_specific_pattern_decides() {
        let patterns = BTreeMap::from([(Pattern("ids.*".into()), 1), (Pattern("ids.students.*".into()), 2)]);
        assert_eq!(most_specific(&patterns, "ids.students.x"), Some(&2));
        assert_eq!(most_specific(&patterns, "sp.x"), None);
    }
}
