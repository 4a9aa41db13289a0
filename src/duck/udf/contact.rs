//! How to reach a person: e-mail address, login and phone number.

use super::keyed::{Faker, Outcome, SUFFIX};
use super::names::{Person, write_plain};
use crate::error::MASK_NO_ROOM;

/// Arguments: e-mail address, person, gender, `true` to keep its domain, greatest length (0: none).
///
/// `olivia.bennett.<suffix>@mail.example.org`: readable, under a domain nobody owns, and unique, because
/// the suffix holds 65 bits of the digest of the exact value.
pub(super) fn email(faker: &mut Faker, args: &[&str], out: &mut String) -> Outcome {
    let mut digest = faker.digest("email", args[0]);
    let (first, last) = Person::new(args[1], args[2]).both(faker, &mut digest);
    let domain = match args[0].rsplit_once('@') {
        Some((_, domain)) if args[3] == "true" && is_domain(domain) => domain,
        _ => digest.pick(&["mail.example.org", "post.example.org", "web.example.org"]),
    };
    write_plain(first, out);
    out.push('.');
    write_plain(last, out);
    out.push('.');
    fit(out, args[4], SUFFIX + 1 + domain.len())?;
    digest.suffix(out);
    out.push('@');
    out.push_str(domain);
    Ok(())
}

/// Arguments: login, person, gender, greatest length (0: none). `obennett_<suffix>`.
pub(super) fn user_name(faker: &mut Faker, args: &[&str], out: &mut String) -> Outcome {
    let mut digest = faker.digest("user_name", args[0]);
    let (first, last) = Person::new(args[1], args[2]).both(faker, &mut digest);
    write_plain(&first[..1], out);
    write_plain(last, out);
    out.push('_');
    fit(out, args[3], SUFFIX)?;
    digest.suffix(out);
    Ok(())
}

/// Shortens the readable part so that `more` characters fit behind it.
fn fit(out: &mut String, greatest: &str, more: usize) -> Outcome {
    let greatest: usize = greatest.parse().unwrap_or_default();
    if greatest == 0 || out.len() + more <= greatest {
        return Ok(());
    }
    out.truncate(greatest.checked_sub(more).ok_or(MASK_NO_ROOM)?);
    while out.ends_with(['.', '_']) {
        out.pop();
    }
    Ok(())
}

fn is_domain(text: &str) -> bool {
    let (_, top) = text.rsplit_once('.').unwrap_or_default();
    top.len() >= 2
        && top.bytes().all(|byte| byte.is_ascii_alphabetic())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-".contains(&byte))
}

/// Argument: phone number. Digits are replaced, everything else stays where it is.
///
/// A number of ten digits, or eleven with a leading 1, becomes one of those kept free for fiction
/// (`NXX-555-01XX`), so that a test message never rings anybody; of a number with another country code
/// the first two digits stay.
pub(super) fn phone(faker: &mut Faker, args: &[&str], out: &mut String) -> Outcome {
    let value = args[0];
    let mut digest = faker.digest("phone", value);
    let mut next = digest.digits();
    let mut digits = std::mem::take(&mut faker.digits);
    digits.clear();
    digits.extend(value.bytes().filter(u8::is_ascii_digit));
    let foreign = value.trim_start().starts_with('+') && digits.first() != Some(&b'1');
    let skipped = if foreign { 2 } else { usize::from(digits.len() >= 11 && digits[0] == b'1') };
    for (place, digit) in digits.iter_mut().enumerate().skip(skipped) {
        let any = next();
        *digit = b'0' + if place == skipped { 2 + any % 8 } else { any };
    }
    let local = if foreign { &mut [] } else { &mut digits[skipped..] };
    if local.len() >= 10 {
        // Area codes never have a 9 in the middle; 11 at the end would be a service such as 911.
        local[1] = b'0' + (local[1] - b'0') % 9;
        local[2] = if local[1] == b'1' && local[2] == b'1' { b'2' } else { local[2] };
        local[3..8].copy_from_slice(b"55501");
    } else if local.len() == 7 {
        local[..5].copy_from_slice(b"55501");
    }
    // Of short numbers some would be their own fake.
    let is_own = value.bytes().filter(u8::is_ascii_digit).eq(digits.iter().copied());
    if is_own && digits.len() > skipped {
        let least = if digits.len() == skipped + 1 { b'2' } else { b'0' };
        let last = digits.len() - 1;
        digits[last] = least + (digits[last] - least + 1) % (b':' - least);
    }
    let mut next = digits.iter();
    out.extend(value.chars().map(|letter| match letter {
        '0'..='9' => next.next().map_or(letter, |digit| char::from(*digit)),
        letter => letter,
    }));
    faker.digits = digits;
    Ok(())
}
