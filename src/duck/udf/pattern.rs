//! What looks like somebody's address or number wherever it stands in a text.

use super::finance::{luhn, mod97};
use regex::Regex;
use std::ops::Range;
use std::sync::LazyLock;

/// What a part of a text looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Email,
    Url,
    Ip,
    Ssn,
    Card,
    Iban,
    Phone,
}

/// Each part of a text that looks personal; parts may lie in each other.
pub(super) fn found(text: &str) -> impl Iterator<Item = (Kind, Range<usize>)> + '_ {
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    let may = move |kind: &Kind| match kind {
        Kind::Email => text.contains('@') || text.contains("at]") || text.contains("at)"),
        Kind::Url => text.contains("://") || text.contains("www."),
        _ => digits >= 4,
    };
    PATTERNS.iter().filter(move |(kind, ..)| may(kind)).flat_map(move |(kind, pattern, is_right)| {
        let right = pattern.find_iter(text).filter(|place| is_right(place.as_str()));
        right.map(|place| (*kind, place.range()))
    })
}

type Pattern = (Kind, Regex, fn(&str) -> bool);

static PATTERNS: LazyLock<Vec<Pattern>> = LazyLock::new(|| {
    let always: fn(&str) -> bool = |_| true;
    let patterns = [
        (
            Kind::Email,
            r"[\pL\pN_][\pL\pM\pN._%+'-]*(?:@|\s?[\[(]\s?at\s?[\])]\s?)[\pL\pN-]+(?:(?:\.|\s?[\[(]\s?dot\s?[\])]\s?)[\pL\pN-]+)+",
            always,
        ),
        (Kind::Url, r#"(?:[A-Za-z][A-Za-z0-9+.-]*://|\bwww\.)[^\s"'<>]+"#, always),
        (Kind::Ip, r"(?-u:\b)[0-9]{1,3}(?:\.[0-9]{1,3}){3}(?-u:\b)", always),
        (
            Kind::Ip,
            r"(?-u:\b)(?:[0-9A-Fa-f]{1,4}:){7}[0-9A-Fa-f]{1,4}(?-u:\b)|(?-u:\b)(?:[0-9A-Fa-f]{1,4}:){2,6}(?::[0-9A-Fa-f]{1,4}){1,5}(?-u:\b)",
            always,
        ),
        (Kind::Ssn, r"(?-u:\b)[0-9]{3}([ -])[0-9]{2}[ -][0-9]{4}(?-u:\b)|(?-u:\b)[0-9]{9}(?-u:\b)", always),
        (Kind::Card, r"(?-u:\b)[0-9](?:[ -]?[0-9]){12,18}(?-u:\b)", is_card),
        (Kind::Iban, r"(?-u:\b)[A-Z]{2}[0-9]{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?(?-u:\b)", is_iban),
        (
            Kind::Phone,
            r"(?:\+[0-9]{1,3}[ .-]?)?(?:\([0-9]{3}\) ?|(?-u:\b)[0-9]{3}[ .-]?)[0-9]{3}[ .-]?[0-9]{4}(?-u:\b)|(?-u:\b)[0-9]{3}-[0-9]{4}(?-u:\b)|\+[0-9][0-9 ().-]{6,}[0-9]",
            always,
        ),
        (
            Kind::Phone,
            r"(?:\(|(?-u:\b))[0-9][0-9 ().\-/]{4,20}[0-9](?:\s?(?:x|ext\.?)\s?[0-9]{1,6})?(?-u:\b)",
            is_phone,
        ),
    ];
    // A pattern that does not compile would be found by the first test.
    let compiled = |(kind, pattern, is_right)| Some((kind, Regex::new(pattern).ok()?, is_right));
    patterns.into_iter().filter_map(compiled).collect()
});

fn is_card(text: &str) -> bool {
    let digits: Vec<u8> = text.bytes().filter(u8::is_ascii_digit).map(|byte| byte - b'0').collect();
    digits.split_last().is_some_and(|(check, rest)| luhn(rest) == *check)
}

fn is_iban(text: &str) -> bool {
    let account: String = text.chars().filter(char::is_ascii_alphanumeric).collect();
    account.len() > 14 && mod97(&account) == 1
}

/// Seven to fifteen digits, an extension aside, in several groups that are no day, no span of years, no list and no amount.
fn is_phone(text: &str) -> bool {
    let text = text.split(['x', 'e']).next().unwrap_or_default();
    let groups: Vec<&str> =
        text.split(|letter: char| !letter.is_ascii_digit()).filter(|group| !group.is_empty()).collect();
    let digits: usize = groups.iter().map(|group| group.len()).sum();
    let is_year = |group: &str| group.len() == 4 && (group.starts_with("19") || group.starts_with("20"));
    let rest_of_three = || groups[1..].iter().all(|group| group.len() == 3);
    let is_amount = rest_of_three() && !text.starts_with(['0', '(']) && !text.contains(['-', '/']);
    groups.len() > 1
        && (7..=15).contains(&digits)
        && groups.iter().any(|group| group.len() > 2)
        && !is_amount
        && !groups.iter().any(|group| is_year(group))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_telephones_are_told_from_other_numbers() {
        for number in [
            "(96) 627-277",
            "(07) 5331 0577",
            "041-412-293",
            "027 896 92 86",
            "030/901820",
            "0049 30 901820",
            "001-420-335-7509x38548",
        ] {
            assert!(is_phone(number), "{number}");
        }
        for other in
            ["2024-09-01", "2010-2014", "1 234 567", "12.345.678", "10 11 12 13", "01.09.2024", "31-12-99 10"]
        {
            assert!(!is_phone(other), "{other}");
        }
    }
}
