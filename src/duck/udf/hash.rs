//! Fakes that say nothing: keyed digests and identifiers made of them.

use super::keyed::{Faker, Outcome};
use crate::error::{MASK_BAD_ARGUMENT, MASK_NO_TOKEN};
use hmac::{Hmac, Mac};
use sha2::Sha512;

/// Arguments: value, domain, `sha256` or `sha512`, length in characters (0: all). Lower-case hex.
pub(super) fn hash(faker: &mut Faker, args: &[&str], out: &mut String) -> Outcome {
    let length = match args[3].parse().map_err(|_| MASK_BAD_ARGUMENT)? {
        0 => usize::MAX,
        length => length,
    };
    match args[2] {
        "sha256" => write_hex(faker.digest(args[1], args[0]).bytes(), length, out),
        "sha512" => {
            let key = faker.key(args[1]).expose();
            let mut mac = <Hmac<Sha512> as Mac>::new_from_slice(key).map_err(|_| MASK_BAD_ARGUMENT)?;
            mac.update(args[0].as_bytes());
            write_hex(&mac.finalize().into_bytes(), length, out);
        }
        _ => return Err(MASK_BAD_ARGUMENT),
    }
    Ok(())
}

/// Arguments: value, domain. 128 bits in hex, for numbering tokens in an order that only the salt knows.
pub(super) fn digest(faker: &mut Faker, args: &[&str], out: &mut String) -> Outcome {
    write_hex(&faker.digest(args[1], args[0]).bytes()[..16], usize::MAX, out);
    Ok(())
}

/// Arguments: value, domain. The token that was numbered for the digest.
pub(super) fn token(faker: &mut Faker, args: &[&str], out: &mut String) -> Outcome {
    let mut found = String::new();
    digest(faker, args, &mut found)?;
    out.push_str(faker.known.token(&found).ok_or(MASK_NO_TOKEN)?);
    Ok(())
}

/// Arguments: value, domain. A UUID of version 4 layout from 122 bits; injective.
pub(super) fn uuid(faker: &mut Faker, args: &[&str], out: &mut String) -> Outcome {
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&faker.digest(args[1], args[0]).bytes()[..16]);
    bytes[6] = bytes[6] & 0x0f | 0x40;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    for (group, range) in [0..4, 4..6, 6..8, 8..10, 10..16].into_iter().enumerate() {
        if group > 0 {
            out.push('-');
        }
        write_hex(&bytes[range], usize::MAX, out);
    }
    Ok(())
}

/// Writes at most `length` hex digits.
pub(super) fn write_hex(bytes: &[u8], length: usize, out: &mut String) {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    // SHA-512 has the longest digest.
    let mut text = [0; 128];
    for (pair, byte) in text.chunks_exact_mut(2).zip(bytes) {
        pair.copy_from_slice(&[DIGITS[usize::from(byte >> 4)], DIGITS[usize::from(byte & 15)]]);
    }
    let length = length.min(2 * bytes.len()).min(text.len());
    out.push_str(std::str::from_utf8(&text[..length]).unwrap_or_default());
}
