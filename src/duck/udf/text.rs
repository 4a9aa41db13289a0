//! Words: companies, prose of a given length, and readable texts that are unique.

use super::keyed::{Faker, Outcome, SUFFIX};
use crate::error::MASK_NO_ROOM;
use fake::locales::{Data, EN};

/// Argument: company. `Bennett, Lowe and Sons` or `Bennett Group`.
pub(super) fn company(faker: &mut Faker, args: &[&str], out: &mut String) -> Outcome {
    let mut digest = faker.folded("company", args[0]);
    out.push_str(digest.pick(EN::NAME_LAST_NAME));
    if digest.word() & 1 == 0 {
        out.push_str(", ");
        out.push_str(digest.pick(EN::NAME_LAST_NAME));
    }
    out.push(' ');
    out.push_str(digest.pick(EN::COMPANY_SUFFIX));
    Ok(())
}

/// Argument: text. As many characters of made-up words, with the line breaks where they were.
pub(super) fn text(faker: &mut Faker, args: &[&str], out: &mut String) -> Outcome {
    let mut digest = faker.digest("text", args[0]);
    let mut words = std::iter::repeat_with(|| digest.pick(EN::LOREM_WORD))
        .flat_map(|word| word.chars().chain([' ']).collect::<Vec<_>>());
    let mut letters = args[0].chars().peekable();
    while let Some(letter) = letters.next() {
        let fake = words.next().unwrap_or(' ');
        out.push(match letter {
            '\n' | '\r' => letter,
            _ if letters.peek().is_none() && fake == ' ' => '.',
            _ => fake,
        });
    }
    Ok(())
}

/// Arguments: text, domain, greatest length (0: none). `word_word_<suffix>`: readable where there is
/// room, and unique by 65 bits of the digest of the exact value.
pub(super) fn unique_text(faker: &mut Faker, args: &[&str], out: &mut String) -> Outcome {
    let mut digest = faker.digest(args[1], args[0]);
    let greatest = match args[2].parse().unwrap_or_default() {
        0 => usize::MAX,
        greatest => greatest,
    };
    let room = greatest.checked_sub(SUFFIX).ok_or(MASK_NO_ROOM)?;
    for _ in 0..2 {
        let word = digest.pick(EN::LOREM_WORD);
        if out.len() + word.len() < room {
            out.push_str(word);
            out.push('_');
        }
    }
    digest.suffix(out);
    Ok(())
}
