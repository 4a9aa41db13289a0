//! Numbers of banks, with the checksums their formats demand. Not injective: a unique column wants `fpe`.

use super::keyed::{Faker, Outcome};

/// Argument: card number. Length, separators and first digit stay; the last digit makes the Luhn sum.
pub(super) fn card(faker: &mut Faker, args: &[&str], out: &mut String) -> Outcome {
    let mut digest = faker.digest("card", args[0]);
    let mut next = digest.digits();
    let mut digits: Vec<u8> = args[0].bytes().filter(u8::is_ascii_digit).map(|byte| byte - b'0').collect();
    if let Some((check, rest)) = digits.split_last_mut() {
        rest.iter_mut().skip(1).for_each(|digit| *digit = next());
        *check = luhn(rest);
    }
    let mut digits = digits.into_iter();
    out.extend(args[0].chars().map(|letter| match letter {
        '0'..='9' => digits.next().map_or(letter, |digit| char::from(b'0' + digit)),
        letter => letter,
    }));
    Ok(())
}

/// The digit that makes `digits` followed by it pass the Luhn check.
pub(super) fn luhn(digits: &[u8]) -> u8 {
    let sum: u32 = (digits.iter().rev().enumerate())
        .map(|(place, digit)| match (place % 2, u32::from(*digit)) {
            (0, digit @ 5..) => 2 * digit - 9,
            (0, digit) => 2 * digit,
            (_, digit) => digit,
        })
        .sum();
    ((10 - sum % 10) % 10) as u8
}

/// Argument: IBAN. Country and layout stay, digits become digits and letters letters, and the two check
/// digits are right again.
pub(super) fn iban(faker: &mut Faker, args: &[&str], out: &mut String) -> Outcome {
    let mut digest = faker.digest("iban", args[0]);
    let mut next = digest.digits();
    let mut place = 0;
    let mut account = String::with_capacity(args[0].len());
    for letter in args[0].chars().filter(char::is_ascii_alphanumeric) {
        account.push(match letter {
            _ if place < 2 => letter.to_ascii_uppercase(),
            _ if place < 4 => '0',
            '0'..='9' => char::from(b'0' + next()),
            _ => char::from(b'A' + next() * 2),
        });
        place += 1;
    }
    if place > 4 {
        let check = 98 - mod97(&account);
        account.replace_range(2..4, &format!("{check:02}"));
    }
    let mut fakes = account.chars();
    out.extend(args[0].chars().map(|letter| match letter {
        'a'..='z' => fakes.next().unwrap_or(letter).to_ascii_lowercase(),
        'A'..='Z' | '0'..='9' => fakes.next().unwrap_or(letter),
        letter => letter,
    }));
    Ok(())
}

/// The remainder of ISO 7064: the first four characters go last, letters count from 10.
pub(super) fn mod97(account: &str) -> u32 {
    let (head, tail) = account.split_at(4);
    tail.bytes().chain(head.bytes()).fold(0, |rest, byte| match byte {
        b'0'..=b'9' => (rest * 10 + u32::from(byte - b'0')) % 97,
        byte => (rest * 100 + u32::from(byte.to_ascii_uppercase() - b'A') + 10) % 97,
    })
}
