//! Where people live. City and ZIP code of one person come from the same row of real places, so that they
//! fit each other and the state of the row.

use super::keyed::{Digest, Faker, Outcome};
use super::names::{Person, write_like};
use fake::locales::{Data, EN};
use std::sync::LazyLock;

/// A real place: its state's code and name, its name, and the first three digits of its ZIP codes.
struct Place {
    code: &'static str,
    state: &'static str,
    city: &'static str,
    zip3: &'static str,
}

/// Places by state, of `data/reference/us_places.csv`, which is sorted by state.
static PLACES: LazyLock<Vec<Place>> = LazyLock::new(|| {
    let rows = include_str!("../../../data/reference/us_places.csv").lines().skip(1);
    rows.filter_map(|row| {
        let mut cells = row.split(',');
        Some(Place { code: cells.next()?, state: cells.next()?, city: cells.next()?, zip3: cells.next()? })
    })
    .collect()
});

/// Every city a fake may live in.
pub(super) fn cities() -> impl Iterator<Item = &'static str> {
    PLACES.iter().map(|place| place.city)
}

/// The places of a state, by code or name; all of them where the state is not known.
fn places(state: &str) -> &'static [Place] {
    let state = state.trim();
    // The table is sorted by code, and only few tables write states out in full.
    let start = match <[u8; 2]>::try_from(state.as_bytes()) {
        Ok(code) => {
            let code = code.map(|letter| letter.to_ascii_uppercase());
            PLACES.partition_point(|place| place.code.as_bytes() < code.as_slice())
        }
        Err(_) => PLACES.iter().position(|place| place.state.eq_ignore_ascii_case(state)).unwrap_or_default(),
    };
    let fits =
        |place: &&Place| place.code.eq_ignore_ascii_case(state) || place.state.eq_ignore_ascii_case(state);
    match PLACES[start..].iter().take_while(fits).count() {
        0 => &PLACES,
        count => &PLACES[start..start + count],
    }
}

/// The place a person lives at, else the one that stands for `value`, and what is left of the digest.
fn place(
    faker: &mut Faker,
    domain: &str,
    value: &str,
    person: &str,
    state: &str,
) -> (&'static Place, Digest) {
    let person = Person::new(person, "");
    let mut digest = if person.key().is_empty() {
        faker.folded(domain, value)
    } else {
        faker.digest("place", person.key())
    };
    let places = places(state);
    let mut place = &places[digest.below(places.len())];
    // A fake that happens to be the original would be no fake; city and ZIP code must evade it alike.
    for _ in 0..3 {
        if place.city.eq_ignore_ascii_case(person.real_city()) {
            place = &places[digest.below(places.len())];
        }
    }
    (place, digest)
}

/// Arguments: city, person, state (code or name).
pub(super) fn city(faker: &mut Faker, args: &[&str], out: &mut String) -> Outcome {
    let (place, mut digest) = place(faker, "city", args[0], args[1], args[2]);
    let is_same = |place: &Place| place.city.eq_ignore_ascii_case(args[0].trim());
    // A fake that happens to be the original would be no fake.
    let others: Vec<&Place> = match is_same(place) {
        true => places(args[2]).iter().filter(|place| !is_same(place)).collect(),
        false => Vec::new(),
    };
    let place = if others.is_empty() { place } else { others[digest.below(others.len())] };
    write_like(args[0], place.city, out);
    Ok(())
}

/// Arguments: ZIP code, person, state. `NNNNN` or `NNNNN-NNNN`, as the value is; other postal codes keep
/// their layout of digits and letters.
pub(super) fn zip(faker: &mut Faker, args: &[&str], out: &mut String) -> Outcome {
    let value = args[0];
    let (place, mut digest) = place(faker, "zip", value, args[1], args[2]);
    let mut next = digest.digits();
    let american = value.bytes().filter(u8::is_ascii_digit).count() % 4 == 1
        && value.bytes().all(|byte| byte.is_ascii_digit() || b"- ".contains(&byte));
    let start = out.len();
    let mut zip3 = if american { place.zip3.bytes() } else { "".bytes() };
    out.extend(value.chars().map(|letter| match letter {
        '0'..='9' => char::from(zip3.next().unwrap_or_else(|| b'0' + next())),
        'a'..='z' => char::from(b'a' + next() * 2),
        'A'..='Z' => char::from(b'A' + next() * 2),
        letter => letter,
    }));
    // A fake that happens to be the original would be no fake.
    if out[start..] == *value
        && let Some(digit) = out.pop()
    {
        out.push(if digit == '9' { '0' } else { char::from_u32(digit as u32 + 1).unwrap_or(digit) });
    }
    Ok(())
}

/// Arguments: street address, person. A house number, a name and a kind of street.
pub(super) fn street(faker: &mut Faker, args: &[&str], out: &mut String) -> Outcome {
    let person = Person::new(args[1], "");
    let mut digest = if person.key().is_empty() {
        faker.folded("street", args[0])
    } else {
        faker.digest("street", person.key())
    };
    write_number(100 + digest.below(9900), out);
    out.push(' ');
    out.push_str(digest.pick(EN::NAME_LAST_NAME));
    out.push(' ');
    out.push_str(digest.pick(&KINDS));
    Ok(())
}

/// Arguments: ZIP code. Its first three characters, zeros for all others.
pub(super) fn zip3(_: &mut Faker, args: &[&str], out: &mut String) -> Outcome {
    let is_hidden = |at: usize, letter: char| at >= 3 && letter.is_ascii_alphanumeric();
    let letters = args[0].chars().enumerate();
    out.extend(letters.map(|(at, letter)| if is_hidden(at, letter) { '0' } else { letter }));
    Ok(())
}

/// Kinds of streets people really live in; the list of the `fake` crate has `Gateway` and `Unions`.
const KINDS: [&str; 12] = [
    "Avenue",
    "Boulevard",
    "Circle",
    "Court",
    "Drive",
    "Lane",
    "Parkway",
    "Place",
    "Road",
    "Street",
    "Terrace",
    "Way",
];

/// Writes a number without allocating.
pub(super) fn write_number(number: usize, out: &mut String) {
    if number >= 10 {
        write_number(number / 10, out);
    }
    out.push(char::from(b'0' + (number % 10) as u8));
}
