//! Canonical text of dates, timestamps and decimals, for stores that keep them as text. Only the form
//! that is written is read, so that a value read and written is the same text.

use std::fmt::Write;

const DAY: i64 = 86_400_000_000;

/// `2026-11-20` as days since 1970; `None` for every other form.
pub(super) fn parse_date(text: &str) -> Option<i32> {
    let bytes = text.as_bytes();
    if bytes.len() != 10 || bytes[4] != b'-' || bytes[7] != b'-' {
        return None;
    }
    let (year, month, day) = (digits(&bytes[..4])?, digits(&bytes[5..7])?, digits(&bytes[8..])?);
    let days = days_from_civil(year, month, day);
    (civil_from_days(days) == (year, month, day)).then(|| i32::try_from(days).ok()).flatten()
}

/// `2026-11-20 08:30:00[.25]` as microseconds since 1970; `None` for every other form.
pub(super) fn parse_timestamp(text: &str) -> Option<i64> {
    let bytes = text.as_bytes();
    if bytes.len() < 19 || bytes[10] != b' ' || bytes[13] != b':' || bytes[16] != b':' {
        return None;
    }
    let days = parse_date(text.get(..10)?)?;
    let (hour, minute, second) = (digits(&bytes[11..13])?, digits(&bytes[14..16])?, digits(&bytes[17..19])?);
    if hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let micros = match bytes.get(19..)? {
        [] => 0,
        [b'.', fraction @ ..] if (1..=6).contains(&fraction.len()) && fraction.last() != Some(&b'0') => {
            let scale = 10_i64.pow(u32::try_from(6 - fraction.len()).ok()?);
            digits(fraction)? * scale
        }
        _ => return None,
    };
    Some(i64::from(days) * DAY + ((hour * 60 + minute) * 60 + second) * 1_000_000 + micros)
}

/// `2026-11-20 08:30:00[.25]+00`; `None` for every other form and zone.
pub(super) fn parse_timestamptz(text: &str) -> Option<i64> {
    parse_timestamp(text.strip_suffix("+00")?)
}

/// A plain decimal number as a count of units of the scale; `None` when it has more digits than fit.
pub(super) fn parse_decimal(text: &str, precision: u8, scale: i8) -> Option<i128> {
    let (sign, number) = text.strip_prefix('-').map_or((1, text), |number| (-1, number));
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let fraction = fraction.trim_end_matches('0');
    let missing = usize::try_from(scale).ok()?.checked_sub(fraction.len())?;
    if whole.is_empty() {
        return None;
    }
    let mut units: i128 = 0;
    for byte in whole.bytes().chain(fraction.bytes()).chain(std::iter::repeat_n(b'0', missing)) {
        let digit = byte.is_ascii_digit().then(|| i128::from(byte - b'0'))?;
        units = units.checked_mul(10)?.checked_add(digit)?;
    }
    (units < 10_i128.checked_pow(u32::from(precision))?).then_some(sign * units)
}

/// Days since 1970 as `2026-11-20`.
pub(super) fn date(days: i32) -> String {
    let mut text = String::with_capacity(10);
    push_date(&mut text, i64::from(days));
    text
}

fn push_date(text: &mut String, days: i64) {
    let (year, month, day) = civil_from_days(days);
    match year {
        0..=9999 => push_digits(text, year, 4),
        _ => {
            let _ = write!(text, "{year:04}");
        }
    }
    text.push('-');
    push_digits(text, month, 2);
    text.push('-');
    push_digits(text, day, 2);
}

/// So many digits of a number that has no more: the formatting of the standard library costs several times as much.
fn push_digits(text: &mut String, number: i64, digits: u32) {
    for place in (0..digits).rev() {
        let digit = u8::try_from(number / 10_i64.pow(place) % 10).unwrap_or_default();
        text.push(char::from(b'0' + digit));
    }
}

/// Microseconds since 1970 as `2026-11-20 08:30:00[.25]`.
pub(super) fn timestamp(micros: i64) -> String {
    let rest = micros.rem_euclid(DAY);
    let seconds = rest / 1_000_000;
    let mut text = String::with_capacity(26);
    push_date(&mut text, micros.div_euclid(DAY));
    for (mark, number) in [(' ', seconds / 3600), (':', seconds / 60 % 60), (':', seconds % 60)] {
        text.push(mark);
        push_digits(&mut text, number, 2);
    }
    let fraction = rest % 1_000_000;
    if fraction > 0 {
        let _ = write!(text, ".{fraction:06}");
        text.truncate(text.trim_end_matches('0').len());
    }
    text
}

/// A count of units as a plain decimal number with all digits of the scale.
pub(super) fn decimal(units: i128, scale: i8) -> String {
    let Ok(scale @ 1..) = usize::try_from(scale) else { return units.to_string() };
    let digits = format!("{:0>width$}", units.unsigned_abs(), width = scale + 1);
    let (whole, fraction) = digits.split_at(digits.len() - scale);
    format!("{}{whole}.{fraction}", if units < 0 { "-" } else { "" })
}

/// `c0ffee` as bytes.
pub(super) fn parse_hex(text: &str) -> Option<Vec<u8>> {
    let bytes = text.as_bytes();
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let pairs = bytes.chunks_exact(2).map(|pair| Some(digit(pair[0])? << 4 | digit(pair[1])?));
    if bytes.len().is_multiple_of(2) { pairs.collect() } else { None }
}

fn digits(bytes: &[u8]) -> Option<i64> {
    bytes
        .iter()
        .try_fold(0, |sum: i64, byte| byte.is_ascii_digit().then(|| sum * 10 + i64::from(byte - b'0')))
}

/// Days since 1970 of a date of the proleptic Gregorian calendar (Howard Hinnant's algorithm).
fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

fn civil_from_days(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let of_era = days.rem_euclid(146_097);
    let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let shifted = (5 * of_year + 2) / 153;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    (year + era * 400 + i64::from(month <= 2), month, of_year - (153 * shifted + 2) / 5 + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_read_is_written_the_same() {
        for text in ["0001-01-01", "1969-12-31", "2000-02-29", "2026-11-20", "9999-12-31"] {
            assert_eq!(parse_date(text).map(date).as_deref(), Some(text));
        }
        for text in ["1969-12-31 23:59:59.999999", "2026-11-20 08:30:00", "2026-11-20 08:30:00.25"] {
            assert_eq!(parse_timestamp(text).map(timestamp).as_deref(), Some(text));
        }
        for text in ["-12.34", "0.05", "99999999.99", "-0.01"] {
            assert_eq!(parse_decimal(text, 10, 2).map(|units| decimal(units, 2)).as_deref(), Some(text));
        }
        assert_eq!(decimal(-7, 0), "-7");
    }

    #[test]
    fn every_other_form_is_refused() {
        for text in ["2023-02-29", "2023-1-05", "2023-01-05T00:00:00", "", "20230105", "2023-13-01"] {
            assert_eq!(parse_date(text), None, "{text}");
        }
        for text in ["2023-01-05 00:00:00.000", "2023-01-05 24:00:00", "2023-01-05 00:00", "2023-01-05"] {
            assert_eq!(parse_timestamp(text), None, "{text}");
        }
        for text in ["1e3", "0.001", "123456789.00", ".5", "", "-"] {
            assert_eq!(parse_decimal(text, 10, 2), None, "{text}");
        }
    }
}
