//! Addresses of machines and pages, all of them in ranges and under names that nobody owns.

use super::address::write_number;
use super::hash::write_hex;
use super::keyed::{Faker, Outcome};

/// Argument: IP address. IPv4 becomes one of 10.0.0.0/8, IPv6 one of 2001:db8::/32; a `/NN` stays.
pub(super) fn ip(faker: &mut Faker, args: &[&str], out: &mut String) -> Outcome {
    let digest = faker.digest("ip", args[0]);
    let (address, length) = args[0].split_once('/').map_or((args[0], None), |(a, b)| (a, Some(b)));
    if address.contains(':') {
        out.push_str("2001:db8");
        for group in digest.bytes()[..12].chunks(2) {
            out.push(':');
            write_hex(group, 4, out);
        }
    } else {
        out.push_str("10");
        for byte in &digest.bytes()[..3] {
            out.push('.');
            write_number(usize::from(*byte), out);
        }
    }
    if let Some(length) = length {
        out.push('/');
        out.push_str(length);
    }
    Ok(())
}

/// Argument: URL. `https://www.example.org/<suffix>`, with the scheme of the value; unique.
pub(super) fn url(faker: &mut Faker, args: &[&str], out: &mut String) -> Outcome {
    let scheme = args[0].split_once("://").map_or("", |(scheme, _)| scheme);
    match scheme {
        "http" | "ftp" | "HTTP" => out.push_str(scheme),
        _ => out.push_str("https"),
    }
    out.push_str("://www.example.org/");
    faker.digest("url", args[0]).suffix(out);
    Ok(())
}
