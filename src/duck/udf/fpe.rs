//! Format-preserving encryption: a permutation of all values of the
//! same layout, so that a masked key stays unique and whatever checks its format is content.
//!
//! A value is read as one number whose places have different radixes (10 for digits, 26 for letters), that
//! number is enciphered in decimal, and where the result is outside the range or of another kind than the
//! value (see [`Kind`]) it is enciphered again. Walking such a cycle keeps the map a permutation.

use super::ff1::Ff1;
use super::finance::luhn;
use super::keyed::{Faker, Outcome};
use crate::error::{MASK_BAD_ARGUMENT, MASK_TOO_LONG, MASK_TOO_SHORT};

/// The smallest number of values that FF1 may encipher among.
const FLOOR: u128 = 1_000_000;

/// What must be the same of a value and its fake.
#[derive(PartialEq, Eq)]
struct Kind {
    luhn: bool,
    ssn: bool,
    zero: bool,
}

impl Kind {
    /// Cards (13 to 19 digits) keep whether their Luhn sum is right, nine digits keep whether they may be
    /// a social security number, and integers keep having no leading zero.
    fn of(digits: &[u8], integer: bool) -> Kind {
        let all = digits.len();
        let pair = |place: usize| digits[place] * 10 + digits[place + 1];
        Kind {
            luhn: (13..=19).contains(&all) && luhn(&digits[..all - 1]) == digits[all - 1],
            ssn: all == 9 && {
                let area = u16::from(digits[0]) * 100 + u16::from(pair(1));
                !matches!(area, 0 | 666 | 900..) && pair(3) != 0 && (pair(5), pair(7)) != (0, 0)
            },
            zero: integer && digits.first() == Some(&0),
        }
    }
}

/// Arguments: value, domain, alphabet: `digits` (all else stays), `alphanumeric` (letters become letters
/// of the same case) or `integer` (digits, never with a leading zero). A value with fewer than 10^6 fakes
/// of its layout is an error, and so is one with letters beyond ASCII, which would have to stay.
pub(super) fn fpe(faker: &mut Faker, args: &[&str], out: &mut String) -> Outcome {
    let (value, domain, alphabet) = (args[0], args[1], args[2]);
    let letters = match alphabet {
        "alphanumeric" => true,
        "digits" | "integer" => false,
        _ => return Err(MASK_BAD_ARGUMENT),
    };
    let places: Vec<Place> = value.bytes().filter_map(|byte| Place::of(byte, letters)).collect();
    let size = places.iter().try_fold(1u128, |size, place| size.checked_mul(place.radix));
    let size = size.filter(|size| *size < u128::MAX / 10).ok_or(MASK_TOO_LONG)?;
    if size < FLOOR || value.chars().any(|letter| !letter.is_ascii() && letter.is_alphanumeric()) {
        return Err(MASK_TOO_SHORT);
    }
    let mut number = places.iter().fold(0, |number, place| number * place.radix + place.digit);
    let checked = places.iter().all(|place| place.radix == 10);
    let kind = |number| checked.then(|| Kind::of(&decimal(number, places.len()), alphabet == "integer"));
    let wanted = kind(number);
    // With letters the layout is the tweak, so that different layouts have nothing in common.
    let layout: Vec<u8> = if checked { Vec::new() } else { places.iter().map(|place| place.first).collect() };
    let width = (size - 1).ilog10() as usize + 1;
    let cipher = cipher(faker, domain);
    loop {
        number = cipher.encipher(10, &layout, number, width);
        if number < size && kind(number) == wanted {
            break;
        }
    }
    write_places(value, &places, number, letters, out);
    Ok(())
}

/// A character that is enciphered: how many there are of its class, the class's first, and which it is.
struct Place {
    radix: u128,
    first: u8,
    digit: u128,
}

impl Place {
    fn of(byte: u8, letters: bool) -> Option<Place> {
        let (radix, first) = match byte {
            b'0'..=b'9' => (10, b'0'),
            b'A'..=b'Z' if letters => (26, b'A'),
            b'a'..=b'z' if letters => (26, b'a'),
            _ => return None,
        };
        Some(Place { radix, first, digit: u128::from(byte - first) })
    }
}

/// The cipher of a domain, made once per batch.
fn cipher<'a>(faker: &'a mut Faker, domain: &str) -> &'a Ff1 {
    let found = faker.ciphers.iter().position(|(name, _)| name == domain);
    let index = found.unwrap_or_else(|| {
        let key = faker.key(domain).derive("ff1");
        faker.ciphers.push((domain.to_owned(), Ff1::new(&key)));
        faker.ciphers.len() - 1
    });
    &faker.ciphers[index].1
}

/// A number in `width` decimal digits.
fn decimal(mut number: u128, width: usize) -> Vec<u8> {
    let mut digits = vec![0; width];
    for digit in digits.iter_mut().rev() {
        *digit = (number % 10) as u8;
        number /= 10;
    }
    digits
}

/// Writes the value with its enciphered places replaced by those of `number`.
fn write_places(value: &str, places: &[Place], mut number: u128, letters: bool, out: &mut String) {
    let mut fakes = vec![0; places.len()];
    for (fake, place) in fakes.iter_mut().zip(places).rev() {
        *fake = place.first + (number % place.radix) as u8;
        number /= place.radix;
    }
    let mut fakes = fakes.into_iter();
    out.extend(value.chars().map(|letter| {
        let byte = if letter.is_ascii() { letter as u8 } else { 0 };
        match Place::of(byte, letters) {
            Some(_) => fakes.next().map_or(letter, char::from),
            None => letter,
        }
    }));
}
