//! Which kind of personal data a value looks like, counted and forgotten.

use chrono::{Datelike, NaiveDate};
use regex::Regex;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::LazyLock;

/// Values longer than this are texts, whatever they hold.
const TEXT_MIN: usize = 40;
/// Whoever is younger than this has no record yet; whoever is older none any more.
const AGES: std::ops::RangeInclusive<i32> = 3..=105;

/// What was counted in the values of one column.
#[derive(Default)]
pub(super) struct Counts {
    /// Values and hits by place (none: the value itself), and the kinds that were hit.
    places: BTreeMap<Option<String>, (usize, BTreeMap<&'static str, usize>)>,
    /// Digests of the values that look issued: they are when hardly any comes twice.
    issued: HashSet<u64>,
    /// How many of those have how many characters.
    lengths: BTreeMap<usize, usize>,
    years: BTreeSet<i32>,
    /// Digests of streets, without the numbers of houses: `Room 12` and `Room 14` are one.
    streets: HashSet<u64>,
    /// Values that are written like names of people, and their digests.
    shaped: usize,
    names: HashSet<u64>,
}

impl Counts {
    /// Counts a value.
    pub(super) fn take(&mut self, value: Option<&str>) {
        let Some(value) = value.map(str::trim).filter(|value| !value.is_empty()) else { return };
        let is_json = value.starts_with(['{', '[']);
        match if is_json { serde_json::from_str(value) } else { Ok(Value::Null) } {
            Ok(json @ (Value::Object(_) | Value::Array(_))) => self.leaves("$", &json),
            _ => self.text(None, value),
        }
    }

    /// Whether there was no value at all.
    pub(super) fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    /// Whether every value was JSON.
    pub(super) fn is_json(&self) -> bool {
        self.places.keys().all(|place| place.as_ref().is_some_and(|place| place.starts_with('$')))
    }

    /// Whether nearly all values are written like names and many differ: most names of people are in no list.
    pub(super) fn are_names(&self) -> bool {
        let values = self.places.get(&None).map_or(0, |(values, _)| *values);
        self.shaped * 10 >= values * 9 && self.names.len() >= 20 && self.names.len() * 20 >= values
    }

    /// Whether what looks issued is measured: of numbers that are drawn or counted most are as long as the longest.
    pub(super) fn are_measured(&self) -> bool {
        let longest = self.lengths.values().next_back();
        self.lengths.len() > 2 && longest != self.lengths.values().max()
    }

    /// Place, kind, hits and values.
    pub(super) fn places(&self) -> Vec<(Option<String>, &'static str, usize, usize)> {
        let mut all = Vec::new();
        for (place, (values, kinds)) in &self.places {
            for (kind, hits) in kinds {
                // Issued identifiers hardly repeat, and birth dates spread over many years.
                let is_likely = match *kind {
                    "identifier" => self.issued.len() * 20 >= hits * 19 && *hits >= 10,
                    "date_of_birth" => self.years.len() >= 4,
                    "street_address" => self.streets.len() * 3 >= *hits,
                    _ => true,
                };
                if is_likely {
                    all.push((place.clone(), *kind, *hits, *values));
                }
            }
        }
        all
    }

    fn leaves(&mut self, path: &str, value: &Value) {
        match value {
            Value::Object(members) => {
                members.iter().for_each(|(key, value)| self.leaves(&format!("{path}.{}", step(key)), value));
            }
            Value::Array(items) => items.iter().for_each(|item| self.leaves(&format!("{path}[*]"), item)),
            Value::String(text) => self.text(Some(path.to_owned()), text.trim()),
            Value::Number(number) => self.text(Some(path.to_owned()), &number.to_string()),
            Value::Null | Value::Bool(_) => {}
        }
    }

    fn text(&mut self, place: Option<String>, value: &str) {
        let is_text = value.len() > TEXT_MIN || value.split_whitespace().count() > 5;
        let whole = whole(value);
        if whole == Some("identifier") {
            self.issued.insert(digest(value));
            *self.lengths.entry(value.len()).or_default() += 1;
        }
        if whole == Some("street_address") {
            self.streets.insert(digest(value.trim_matches(|letter: char| !letter.is_alphabetic())));
        }
        if shape(value).is_some() {
            self.shaped += 1;
            self.names.insert(digest(value));
        }
        if whole == Some("date_of_birth") {
            self.years.extend(year(value));
        }
        let inside = match whole {
            None => inside(value),
            Some(_) => None,
        };
        let place = match (place, inside.is_some() || is_text) {
            (None, true) => Some("[text]".to_owned()),
            (place, _) => place,
        };
        let (values, kinds) = self.places.entry(place).or_default();
        *values += 1;
        if let Some(kind) = whole.or(inside) {
            *kinds.entry(kind).or_default() += 1;
        }
    }
}

/// How a path names a key: one that looks like somebody's (a map from people to what is known of them) is a value,
/// and is not shown.
fn step(key: &str) -> String {
    let is_number = key.bytes().filter(u8::is_ascii_digit).count() >= 4;
    let is_value = is_number
        || key.is_empty()
        || key.len() > TEXT_MIN
        || key.contains(['"', '\\'])
        || shape(key).is_some_and(|words| words.len() > 1)
        || whole(key).or_else(|| inside(key)).is_some();
    match is_value {
        true => "*".to_owned(),
        false if key.contains(['.', '[', '*']) => format!("\"{key}\""),
        false => key.to_owned(),
    }
}

fn digest(value: &str) -> u64 {
    use std::hash::{DefaultHasher, Hash, Hasher};
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}

/// Patterns of whole values, the most telling first.
static WHOLE: LazyLock<Vec<(&'static str, Regex)>> = LazyLock::new(|| {
    let patterns = [
        ("email", r"^[A-Za-z0-9._%+'-]+@[A-Za-z0-9.-]+\.[A-Za-z]{2,}$"),
        ("url", r"^[a-z][a-z0-9+.-]*://\S+$"),
        ("ssn", r"^[0-9]{3}-[0-9]{2}-[0-9]{4}$"),
        ("ipv4", r"^([0-9]{1,3}(\.[0-9]{1,3}){3}|([0-9a-fA-F]{0,4}:){3,7}[0-9a-fA-F]{0,4})(/[0-9]{1,3})?$"),
        ("iban", r"^[A-Z]{2}[0-9]{2}( ?[A-Z0-9]{4}){3,7}( ?[A-Z0-9]{1,3})?$"),
        ("card", r"^[0-9]([ -]?[0-9]){12,18}$"),
        (
            "phone_number",
            r"^(\+[0-9]{1,3}[ .-]?)?(\([0-9]{3}\) ?|[0-9]{3}[ .-])[0-9]{3}[ .-]?[0-9]{4}$|^\+[0-9][0-9 ().-]{6,16}[0-9]$",
        ),
        (
            "street_address",
            r"^[0-9]+[A-Za-z]? [^0-9]{2,40} (St|Street|Ave|Avenue|Road|Rd|Lane|Ln|Drive|Dr|Court|Ct|Blvd|Boulevard|Way|Place|Terrace|Circle|Parkway)\.?$",
        ),
        (
            "date_of_birth",
            r"^(19|20)[0-9]{2}-[01][0-9]-[0-3][0-9]( 00:00:00)?$|^[0-3]?[0-9][/.][0-3]?[0-9][/.](19|20)[0-9]{2}$",
        ),
        ("phone_number", r"^(\+|\()?[0-9]{1,5}\)?([ ./-][0-9]{2,5}){1,5}( ?(x|ext\.?) ?[0-9]+)?$"),
        (
            "street_address",
            r"^[0-9]+[A-Za-z]?,? \pL[\pL.']+ .*\pL$|^P\.? ?O\.? ?Box [0-9]+$|^\pL[\pL.' -]{3,} [0-9]+[A-Za-z]?$",
        ),
        ("identifier", r"^[A-Z]{0,4}[0-9A-F]{0,4}[0-9]{6,12}$"),
    ];
    patterns.into_iter().filter_map(|(kind, pattern)| Some((kind, Regex::new(pattern).ok()?))).collect()
});

/// What looks personal in the middle of a text.
static INSIDE: LazyLock<Vec<(&'static str, Regex)>> = LazyLock::new(|| {
    let patterns = [
        ("email", r"[A-Za-z0-9._%+'-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+"),
        ("ssn", r"\b[0-9]{3}-[0-9]{2}-[0-9]{4}\b"),
        ("phone_number", r"(\([0-9]{3}\) ?|\b[0-9]{3}[ .-])[0-9]{3}[ .-]?[0-9]{4}\b"),
    ];
    patterns.into_iter().filter_map(|(kind, pattern)| Some((kind, Regex::new(pattern).ok()?))).collect()
});

/// The names of people that are known here.
static NAMES: LazyLock<BTreeSet<String>> = LazyLock::new(crate::duck::udf::names_of_people);

fn whole(value: &str) -> Option<&'static str> {
    let is_right = |kind: &str| match kind {
        "card" => has_luhn(value),
        "date_of_birth" => year(value).is_some_and(|year| AGES.contains(&(chrono::Utc::now().year() - year))),
        "phone_number" => year(value).is_none() && is_phone(value),
        _ => true,
    };
    let found = WHOLE.iter().find(|(kind, pattern)| pattern.is_match(value) && is_right(kind));
    found.map(|(kind, _)| *kind).or_else(|| name(value))
}

/// Digits of a telephone number in groups that are no amount and no span of years.
fn is_phone(value: &str) -> bool {
    let groups: Vec<&str> =
        value.split(|letter: char| !letter.is_ascii_digit()).filter(|group| !group.is_empty()).collect();
    let digits: usize = groups.iter().map(|group| group.len()).sum();
    let are_years = groups.iter().all(|group| group.len() == 4 && group.starts_with(['1', '2']));
    (7..=15).contains(&digits)
        && !are_years
        && (digits == 10 || groups.len() > 2 || value.starts_with(['+', '0', '(']) || value.contains(' '))
}

/// The year of a day.
fn year(value: &str) -> Option<i32> {
    let day = value.split(' ').next()?;
    let forms = ["%Y-%m-%d", "%m/%d/%Y", "%d/%m/%Y", "%d.%m.%Y"];
    let found = forms.iter().find_map(|form| NaiveDate::parse_from_str(day, form).ok());
    found.map(|day| day.year())
}

/// The words of a value that is written like a name: one or more that begin with capitals.
fn shape(value: &str) -> Option<Vec<&str>> {
    let words: Vec<&str> = value.split([' ', ',']).filter(|word| !word.is_empty()).collect();
    let is_word = |word: &&str| {
        word.chars().next().is_some_and(char::is_uppercase)
            && word.chars().all(|letter| letter.is_alphabetic() || "'’-.".contains(letter))
    };
    (!words.is_empty() && words.len() <= 4 && words.iter().all(is_word)).then_some(words)
}

/// Words written like a name, one of them a name that is known here.
fn name(value: &str) -> Option<&'static str> {
    let words = shape(value)?;
    let known = words.iter().filter(|word| NAMES.contains(&word.to_lowercase())).count();
    match (words.len(), known) {
        (_, 0) => None,
        (1, _) => Some("first_name"),
        _ => Some("name"),
    }
}

fn inside(value: &str) -> Option<&'static str> {
    let found = INSIDE.iter().find(|(_, pattern)| pattern.is_match(value)).map(|(kind, _)| *kind);
    found.or_else(|| {
        // Two names side by side in a text are somebody.
        let words: Vec<&str> = value.split(|letter: char| !letter.is_alphabetic()).collect();
        let is_name = |word: &str| {
            word.chars().next().is_some_and(char::is_uppercase) && NAMES.contains(&word.to_lowercase())
        };
        words.windows(2).any(|pair| is_name(pair[0]) && is_name(pair[1])).then_some("name")
    })
}

fn has_luhn(value: &str) -> bool {
    let digits: Vec<u32> = value.chars().filter_map(|letter| letter.to_digit(10)).collect();
    let doubled = |(at, digit): (usize, &u32)| match (at % 2, digit * 2) {
        (0, _) => *digit,
        (_, twice) => twice / 10 + twice % 10,
    };
    digits.iter().rev().enumerate().map(doubled).sum::<u32>() % 10 == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_told_apart() {
        for (value, kind) in [
            ("mia@school.edu", Some("email")),
            ("123-45-6789", Some("ssn")),
            ("(312) 867-5309", Some("phone_number")),
            ("312-867-5309", Some("phone_number")),
            ("81.2.69.142", Some("ipv4")),
            ("4111 1111 1111 1111", Some("card")),
            ("DE89 3704 0044 0532 0130 00", Some("iban")),
            ("12 Main Street", Some("street_address")),
            ("2014-03-15", Some("date_of_birth")),
            ("Emma", Some("first_name")),
            ("Emma Watson", Some("name")),
            ("T9012345", Some("identifier")),
            ("3/29/1982", Some("date_of_birth")),
            ("31.12.1999", Some("date_of_birth")),
            ("21 259 903 5696", Some("phone_number")),
            ("(07700) 900 123", Some("phone_number")),
            ("Avenida Noruega 42", Some("street_address")),
            ("P.O. Box 255", Some("street_address")),
            ("12 of 30", None),
            ("2024-09-01", None),
            ("2010-2014", None),
            ("12345.67", None),
            ("active", None),
            ("12.5", None),
        ] {
            assert_eq!(whole(value), kind, "{value}");
        }
    }

    #[test]
    fn a_size_is_no_number_that_somebody_was_given() {
        let counted = |numbers: &mut dyn Iterator<Item = u64>| {
            let mut counts = Counts::default();
            numbers.for_each(|number| counts.take(Some(&number.to_string())));
            counts
        };
        assert!(counted(&mut (1..60u64).map(|size| 3_000 * size * size + 200_000)).are_measured());
        assert!(!counted(&mut (1..60u64).map(|number| 9_990_000 + number * 997)).are_measured());
        assert!(!counted(&mut (1..60u64).map(|number| number * 16_666_667 % 999_999_999)).are_measured());
    }

    #[test]
    fn leaves_and_texts_have_their_places() {
        let mut counts = Counts::default();
        counts.take(Some(r#"{"a": [{"who": "mia@school.edu"}], "n": 5}"#));
        counts.take(Some(r#"{"zora@quill.org": {"Zora Quill": ["312-867-5309"]}, "x.y": "12 Main Street"}"#));
        counts.take(Some("please call 312-867-5309 after four"));
        let places: Vec<_> = counts.places().into_iter().map(|(place, kind, ..)| (place, kind)).collect();
        assert_eq!(
            places,
            [
                (Some("$.\"x.y\"".to_owned()), "street_address"),
                (Some("$.*.*[*]".to_owned()), "phone_number"),
                (Some("$.a[*].who".to_owned()), "email"),
                (Some("[text]".to_owned()), "phone_number"),
            ]
        );
    }
}
