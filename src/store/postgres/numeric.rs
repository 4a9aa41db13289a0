//! PostgreSQL's binary `numeric` (digits of base 10,000) as the unscaled integer of a decimal, and back.

/// The unscaled value of a binary `numeric` at `scale`; `None` for NaN, the infinities, and what does not
/// fit or is malformed.
pub(super) fn decode(bytes: &[u8], scale: i8) -> Option<i128> {
    let word = |at: usize| Some(i16::from_be_bytes([*bytes.get(at)?, *bytes.get(at + 1)?]));
    let count = usize::try_from(word(0)?).ok()?;
    let weight = i32::from(word(2)?);
    let negative = match word(4)? {
        0 => false,
        0x4000 => true,
        _ => return None,
    };
    let mut value: i128 = 0;
    let mut exponent = 4 * weight + i32::from(scale);
    for at in 0..count {
        let digit = i128::from(word(8 + 2 * at)?);
        // Digits of the last group beyond the scale are zero by the type's own modifier.
        let part = match u32::try_from(exponent) {
            Ok(up) => 10i128.checked_pow(up).and_then(|factor| digit.checked_mul(factor))?,
            Err(_) => digit / 10i128.checked_pow(exponent.unsigned_abs())?,
        };
        value = value.checked_add(part)?;
        exponent -= 4;
    }
    Some(if negative { -value } else { value })
}

/// Appends the length and bytes of a binary `numeric`.
pub(super) fn encode(unscaled: i128, scale: i8, out: &mut Vec<u8>) {
    let scale = u32::from(scale.unsigned_abs());
    let magnitude = unscaled.unsigned_abs();
    let unit = 10u128.pow(scale);
    let (mut whole, mut fraction) = (magnitude / unit, magnitude % unit);
    // 38 digits on either side of the point make at most 10 groups each; least significant first.
    let mut groups = [0i16; 20];
    let mut count = 0;
    let mut push = |group: u128| {
        groups[count] = i16::try_from(group).unwrap_or(0);
        count += 1;
    };
    let odd = scale % 4;
    if odd > 0 {
        push(fraction % 10u128.pow(odd) * 10u128.pow(4 - odd));
        fraction /= 10u128.pow(odd);
    }
    for _ in 0..scale / 4 {
        push(fraction % 10_000);
        fraction /= 10_000;
    }
    let mut weight = -1i16;
    while whole > 0 {
        push(whole % 10_000);
        whole /= 10_000;
        weight += 1;
    }
    let groups = &groups[..count];
    let length = u16::try_from(8 + 2 * count).unwrap_or(0);
    out.extend_from_slice(&u32::from(length).to_be_bytes());
    out.extend_from_slice(&i16::try_from(count).unwrap_or(0).to_be_bytes());
    out.extend_from_slice(&weight.to_be_bytes());
    out.extend_from_slice(&(if unscaled < 0 { 0x4000u16 } else { 0 }).to_be_bytes());
    out.extend_from_slice(&u16::try_from(scale).unwrap_or(0).to_be_bytes());
    for group in groups.iter().rev() {
        out.extend_from_slice(&group.to_be_bytes());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_scale_comes_back() {
        let most = 10i128.pow(38) - 1;
        for scale in 0..=38i8 {
            for value in [0, 1, -1, 9_999, 10_000, 123_456_789, -most, most, most / 7] {
                let mut bytes = Vec::new();
                encode(value, scale, &mut bytes);
                assert_eq!(decode(&bytes[4..], scale), Some(value), "{value} at {scale}");
            }
        }
    }

    #[test]
    fn what_is_not_a_number_is_refused() {
        assert_eq!(decode(&[0, 0, 0, 0, 0xc0, 0, 0, 0], 2), None);
        assert_eq!(decode(&[0, 1], 2), None);
    }
}
