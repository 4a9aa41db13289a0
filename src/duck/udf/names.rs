//! Names of people. A person key gives one first and one last name wherever the person is met; without
//! one each word of a name is keyed by itself, so that full names still agree with their parts.

use super::keyed::{Digest, Faker, Outcome};
use fake::locales::{Data, EN};
use std::sync::LazyLock;

/// A person key as `mask_person` writes it: key, family, gender and the real first name, last name and city,
/// parted by U+001F; the real ones are what no fake of theirs may be. Every other text is a key alone; an empty one means that the person is not known.
pub(super) struct Person<'a> {
    key: &'a str,
    family: &'a str,
    gender: &'a str,
    real_first: &'a str,
    real_last: &'a str,
    real_city: &'a str,
}

impl<'a> Person<'a> {
    /// Reads a person key; `gender`, where it is not empty, wins over the one in the key.
    pub(super) fn new(text: &'a str, gender: &'a str) -> Person<'a> {
        let mut parts = text.split('\u{1f}');
        let mut part = || parts.next().unwrap_or_default();
        let (key, family, own) = (part(), part(), part());
        let gender = if gender.is_empty() { own } else { gender };
        Person { key, family, gender, real_first: part(), real_last: part(), real_city: part() }
    }

    /// The part that says who it is; empty where the person is not known.
    pub(super) fn key(&self) -> &'a str {
        self.key
    }

    /// The city they really live in; empty where it is not known.
    pub(super) fn real_city(&self) -> &'a str {
        self.real_city
    }

    /// The digest of the person in `domain`, else the one of the value.
    pub(super) fn digest(&self, faker: &mut Faker, domain: &str, value: &str) -> Digest {
        if self.key.is_empty() { faker.folded(domain, value) } else { faker.digest("person", self.key) }
    }

    /// The first name of this person, else of the name `value`.
    pub(super) fn first(&self, faker: &mut Faker, value: &str) -> &'static str {
        let mut digest = self.digest(faker, "first_name", value);
        self.other_first(&mut digest, if self.real_first.is_empty() { value } else { self.real_first })
    }

    /// The last name of this person's family, else of this person, else of the name `value`.
    pub(super) fn last(&self, faker: &mut Faker, value: &str) -> &'static str {
        let real = if self.real_last.is_empty() { value } else { self.real_last };
        if !self.family.is_empty() {
            return pick_other(&mut faker.digest("family", self.family), real);
        }
        let mut digest = self.digest(faker, "last_name", value);
        if !self.key.is_empty() {
            // The first word of a person's digest has chosen the first name.
            digest.word();
        }
        pick_other(&mut digest, real)
    }

    /// Both names, of the person, else of `digest`: for values that do not hold a name themselves.
    pub(super) fn both(&self, faker: &mut Faker, digest: &mut Digest) -> (&'static str, &'static str) {
        if self.key.is_empty() {
            return (self.choose_first(digest), digest.pick(EN::NAME_LAST_NAME));
        }
        let mut own = faker.digest("person", self.key);
        let first = self.other_first(&mut own.clone(), self.real_first);
        if self.family.is_empty() {
            own.word();
            return (first, pick_other(&mut own, self.real_last));
        }
        (first, self.last(faker, ""))
    }

    /// A fake that happens to be the original would be no fake: another one of the same digest.
    fn other_first(&self, digest: &mut Digest, real: &str) -> &'static str {
        let name = self.choose_first(digest);
        if name.eq_ignore_ascii_case(real.trim()) { self.choose_first(digest) } else { name }
    }

    fn choose_first(&self, digest: &mut Digest) -> &'static str {
        let word = digest.word();
        let (female, male) = &*FIRST_NAMES;
        let list = match self.gender.trim().as_bytes().first() {
            Some(b'f' | b'F' | b'w' | b'W' | b'g' | b'G') => female,
            Some(b'm' | b'M' | b'b' | b'B') => male,
            _ if word & 1 == 0 => female,
            _ => male,
        };
        list[((u128::from(word) * list.len() as u128) >> 64) as usize]
    }
}

/// A last name that is not `value`.
fn pick_other(digest: &mut Digest, value: &str) -> &'static str {
    let name = digest.pick(EN::NAME_LAST_NAME);
    if name.eq_ignore_ascii_case(value.trim()) { digest.pick(EN::NAME_LAST_NAME) } else { name }
}

/// Female and male first names, of `data/reference/first_names.csv`.
static FIRST_NAMES: LazyLock<(Vec<&str>, Vec<&str>)> = LazyLock::new(|| {
    let rows = include_str!("../../../data/reference/first_names.csv").lines().skip(1);
    let (female, male): (Vec<_>, Vec<_>) =
        rows.filter_map(|row| row.split_once(',')).partition(|(_, gender)| *gender == "female");
    let names = |rows: Vec<(&'static str, _)>| rows.into_iter().map(|(name, _)| name).collect();
    (names(female), names(male))
});

/// Every first and last name a fake may have.
pub(super) fn all() -> impl Iterator<Item = &'static str> {
    let (female, male) = &*FIRST_NAMES;
    female.iter().chain(male).chain(EN::NAME_LAST_NAME).copied()
}

/// Arguments: first name, person, gender. `f...`, `w...`, `g...` mean female and `m...`, `b...` male.
pub(super) fn first_name(faker: &mut Faker, args: &[&str], out: &mut String) -> Outcome {
    let name = Person::new(args[1], args[2]).first(faker, args[0]);
    write_like(args[0], name, out);
    Ok(())
}

/// Arguments: last name, person.
pub(super) fn last_name(faker: &mut Faker, args: &[&str], out: &mut String) -> Outcome {
    let name = Person::new(args[1], "").last(faker, args[0]);
    write_like(args[0], name, out);
    Ok(())
}

/// Arguments: full name, person, gender. `Last, First` stays that way round.
pub(super) fn name(faker: &mut Faker, args: &[&str], out: &mut String) -> Outcome {
    let person = Person::new(args[1], args[2]);
    let value = args[0].trim();
    if let Some((last, first)) = value.split_once(',') {
        write_like(value, person.last(faker, last), out);
        out.push_str(", ");
        write_like(value, person.first(faker, first), out);
        return Ok(());
    }
    let first = value.split_whitespace().next().unwrap_or(value);
    let last = value.split_whitespace().next_back().unwrap_or(value);
    write_like(value, person.first(faker, first), out);
    out.push(' ');
    write_like(value, person.last(faker, last), out);
    Ok(())
}

/// Writes `fake` in the case of `value`: capitals for capitals, small letters for small letters.
pub(super) fn write_like(value: &str, fake: &str, out: &mut String) {
    let start = out.len();
    out.push_str(fake);
    let mut letters = value.chars().filter(|letter| letter.is_alphabetic());
    let (Some(first), Some(second)) = (letters.next(), letters.next()) else { return };
    if second.is_uppercase() && first.is_uppercase() && letters.all(char::is_uppercase) {
        out[start..].make_ascii_uppercase();
    } else if first.is_lowercase() {
        out[start..].make_ascii_lowercase();
    }
}

/// Writes the letters of a name in lower case, for addresses and logins.
pub(super) fn write_plain(name: &str, out: &mut String) {
    out.extend(name.chars().filter(char::is_ascii_alphabetic).map(|letter| letter.to_ascii_lowercase()));
}
