//! Every known value of a slice with the fake of its column, and how it is found again in a text: in one
//! pass over the words, whatever their case, their accents and what stands between them. Only digests of
//! the values are held, so that a million of them fit into some dozen megabytes.

use std::collections::{HashMap, HashSet};
use std::hash::{BuildHasherDefault, Hasher};

/// Words between which so many other characters stand do not belong together.
const GAP_MAX: usize = 3;
/// A value of so few characters counts only where it begins with a capital: `do` is no name.
const SHORT: usize = 3;
/// Bits of the filter that most words do not pass.
const FILTER: usize = 1 << 20;

/// The digests are random enough to be their own hash.
#[derive(Default)]
struct Itself(u64);

impl Hasher for Itself {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        bytes.iter().for_each(|byte| self.0 = self.0.rotate_left(8) ^ u64::from(*byte));
    }

    fn write_u64(&mut self, value: u64) {
        self.0 = value;
    }
}

type Digests<T> = HashMap<u64, T, BuildHasherDefault<Itself>>;

/// What is known about a sequence of words.
#[derive(Clone, Copy, Default)]
struct Sequence {
    /// Where its fake stands in [`Known::fakes`].
    fake: Option<(u32, u32)>,
    /// Whether a longer known value begins with it.
    goes_on: bool,
    /// Whether it must begin with a capital.
    is_short: bool,
}

/// The known values of a slice.
#[derive(Default)]
pub struct Known {
    sequences: Digests<Sequence>,
    first: Vec<u64>,
    fakes: String,
    /// Words that so many rows have in common that they name nobody.
    common: HashSet<u64, BuildHasherDefault<Itself>>,
    /// Tokens by the keyed digest of their value.
    tokens: HashMap<String, String>,
    /// Letters without their accents, from U+00C0 on; 0 where nothing is left.
    plain: Vec<u32>,
}

/// A word of a text.
#[derive(Clone, Copy)]
pub(super) struct Word {
    /// Where it begins, in bytes.
    pub(super) start: usize,
    /// Where it ends, in bytes.
    pub(super) end: usize,
    digest: u64,
    is_capital: bool,
    is_number: bool,
}

impl Known {
    /// Nothing known yet; `plain` says for each letter from U+00C0 on what it is without its accent.
    pub fn new(plain: Vec<u32>) -> Known {
        Known { plain, ..Known::default() }
    }

    /// Adds a value with its fake: that of a person, or of the value itself where `person` is empty. The
    /// first fake of a value stays.
    pub fn add(&mut self, value: &str, person: &str, fake: &str) {
        let mut words = Vec::new();
        self.words(value, &mut words);
        let Some((last, begin)) = words.split_last() else { return };
        let letters: usize = words.iter().map(|word| word.end - word.start).sum();
        let is_number = value.bytes().all(|byte| !byte.is_ascii_alphabetic());
        // Nothing can be said about `7`, `12` or `A`.
        if letters < 2 || (is_number && letters <= SHORT) {
            return;
        }
        self.first.resize(FILTER / 64, 0);
        let bit = words[0].digest as usize % FILTER;
        self.first[bit / 64] |= 1 << (bit % 64);
        let mut digest = 0;
        for word in begin {
            digest = join(digest, word.digest);
            self.sequences.entry(digest).or_default().goes_on = true;
        }
        digest = join(digest, last.digest);
        let at = (self.fakes.len() as u32, fake.len() as u32);
        let places = [(!person.is_empty()).then(|| join(digest, Known::person(person))), Some(digest)];
        for (place, digest) in places.into_iter().enumerate().filter_map(|(at, place)| Some((at, place?))) {
            let sequence = self.sequences.entry(digest).or_default();
            sequence.is_short |= letters <= SHORT;
            // A person's own fake stands under the person; under the value stands the one that was named so.
            let is_meant = person.is_empty() || place == 0;
            if is_meant && sequence.fake.is_none() {
                sequence.fake = Some(at);
            }
        }
        self.fakes.push_str(fake);
    }

    /// Adds the token of the value with this keyed digest.
    pub fn add_token(&mut self, digest: &str, token: &str) {
        self.tokens.insert(digest.to_owned(), token.to_owned());
    }

    /// The token of the value with this keyed digest.
    pub(super) fn token(&self, digest: &str) -> Option<&str> {
        self.tokens.get(digest).map(String::as_str)
    }

    /// Adds a word that names nobody.
    pub fn add_common(&mut self, word: &str) {
        self.common.insert(self.digest(word));
    }

    /// Whether a word is one that many rows have.
    pub(super) fn is_common(&self, word: &Word) -> bool {
        self.common.contains(&word.digest)
    }

    /// The words of a text: letters and digits without a gap.
    pub(super) fn words(&self, text: &str, words: &mut Vec<Word>) {
        words.clear();
        let mut start = 0;
        while let Some(first) = letter(text, start) {
            let mut end = start + first.len_utf8();
            let Some((mut digest, mut is_number)) = self.take(SEED, first) else {
                start = end;
                continue;
            };
            let mut at = end;
            while let Some(next) = letter(text, at) {
                at += next.len_utf8();
                if is_silent(next) {
                    // Part of the word only where it goes on; an accent always is.
                    end = if is_accent(next) { at } else { end };
                    continue;
                }
                let Some((more, is_digit)) = self.take(digest, next) else { break };
                (digest, is_number, end) = (more, is_number && is_digit, at);
            }
            words.push(Word { start, end, digest, is_capital: first.is_uppercase(), is_number });
            start = end;
        }
    }

    /// The longest known value that begins at a word: how many words it has, and its fake, that of one of
    /// the persons where one of them has it.
    pub(super) fn longest(
        &self,
        text: &str,
        words: &[Word],
        at: usize,
        persons: &[u64],
    ) -> Option<(usize, &str)> {
        let sequence = self.sequence(text, words, at, persons);
        // A number written with other gaps than the known one, unless that is known as it stands.
        let more = |number: &(usize, &str)| sequence.is_none_or(|(count, _)| number.0 > count);
        self.number(text, words, at).filter(more).or(sequence)
    }

    /// A known number whose digits stand in several groups.
    fn number(&self, text: &str, words: &[Word], at: usize) -> Option<(usize, &str)> {
        let (mut digest, mut found) = (words[at].digest, None);
        for (count, pair) in words[at..].windows(2).enumerate() {
            let gap = pair[1].start - pair[0].end;
            if !pair[0].is_number || !pair[1].is_number || gap > GAP_MAX {
                break;
            }
            digest = text[pair[1].start..pair[1].end].chars().fold(digest, step);
            let known = self.sequences.get(&join(0, digest)).and_then(|sequence| sequence.fake);
            found = known.map(|fake| (count + 2, self.fake(fake))).or(found);
        }
        found
    }

    fn fake(&self, (start, length): (u32, u32)) -> &str {
        &self.fakes[start as usize..(start + length) as usize]
    }

    fn sequence(&self, text: &str, words: &[Word], at: usize, persons: &[u64]) -> Option<(usize, &str)> {
        let bit = words[at].digest as usize % FILTER;
        if self.first.is_empty() || self.first[bit / 64] & 1 << (bit % 64) == 0 {
            return None;
        }
        let (mut digest, mut found) = (0, None);
        for (count, word) in words[at..].iter().enumerate() {
            if count > 0 && text[words[at + count - 1].end..word.start].chars().count() > GAP_MAX {
                break;
            }
            digest = join(digest, word.digest);
            let Some(sequence) = self.sequences.get(&digest) else { break };
            let own = persons.iter().find_map(|person| self.sequences.get(&join(digest, *person))?.fake);
            if let Some(fake) = own.or(sequence.fake)
                && (!sequence.is_short || words[at].is_capital)
            {
                found = Some((count + 1, self.fake(fake)));
            }
            if !sequence.goes_on {
                break;
            }
        }
        found
    }

    /// The digest of a person key.
    pub(super) fn person(key: &str) -> u64 {
        key.chars().fold(!SEED, step)
    }

    /// The digest of one word.
    fn digest(&self, word: &str) -> u64 {
        word.chars().fold(SEED, |digest, letter| self.take(digest, letter).map_or(digest, |(more, _)| more))
    }

    /// A digest with a letter or digit more, and whether it is a digit; nothing for all other characters.
    fn take(&self, digest: u64, letter: char) -> Option<(u64, bool)> {
        let written = if letter.is_ascii() { "" } else { written_as(letter) };
        match written {
            "" => self.fold(letter).map(|folded| (step(digest, folded), folded.is_ascii_digit())),
            written => Some((written.chars().fold(digest, step), false)),
        }
    }

    /// A letter or digit without case and accent; nothing for all other characters.
    fn fold(&self, letter: char) -> Option<char> {
        match letter {
            'a'..='z' | '0'..='9' => Some(letter),
            'A'..='Z' => Some(letter.to_ascii_lowercase()),
            _ if letter.is_ascii() => None,
            '\u{ff01}'..='\u{ff5e}' => self.fold(narrow(letter)),
            _ => {
                let place = (letter as usize).wrapping_sub(0xc0);
                let plain = match self.plain.get(place) {
                    Some(plain) => char::from_u32(*plain).filter(|plain| *plain != '\0')?,
                    None => letter,
                };
                plain.to_lowercase().next().filter(|plain| plain.is_alphanumeric())
            }
        }
    }
}

/// The letters people write where they cannot write this one, which is no letter with an accent.
fn written_as(letter: char) -> &'static str {
    match letter {
        'æ' | 'Æ' => "ae",
        'œ' | 'Œ' => "oe",
        'ß' | 'ẞ' => "ss",
        'þ' | 'Þ' => "th",
        'ø' | 'Ø' => "o",
        'đ' | 'Đ' | 'ð' | 'Ð' => "d",
        'ł' | 'Ł' => "l",
        'ħ' | 'Ħ' => "h",
        'ŧ' | 'Ŧ' => "t",
        'ı' => "i",
        _ => "",
    }
}

/// What may stand inside of a word and says nothing: accents behind their letter, soft hyphens, joiners, spaces
/// without width, directions of writing.
pub(crate) fn is_silent(letter: char) -> bool {
    is_accent(letter) || is_hidden(letter)
}

/// The same without accents: it may as well stand between two words.
pub(crate) fn is_hidden(letter: char) -> bool {
    matches!(
        letter,
        '\u{ad}'
            | '\u{200b}'..='\u{200f}'
            | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{2064}'
            | '\u{2066}'..='\u{2069}'
            | '\u{feff}'
    )
}

fn is_accent(letter: char) -> bool {
    ('\u{300}'..='\u{36f}').contains(&letter)
}

/// The ASCII letter or digit that a wide one, as between Japanese letters, stands for.
pub(crate) fn narrow(letter: char) -> char {
    match letter {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(letter) - 0xfee0).unwrap_or(letter),
        _ => letter,
    }
}

/// The letter at a place. Most are ASCII, which needs no decoding.
fn letter(text: &str, at: usize) -> Option<char> {
    match text.as_bytes().get(at)? {
        byte if byte.is_ascii() => Some(char::from(*byte)),
        _ => text[at..].chars().next(),
    }
}

const SEED: u64 = 0xcbf2_9ce4_8422_2325;

/// One letter more.
fn step(digest: u64, letter: char) -> u64 {
    (digest ^ u64::from(u32::from(letter))).wrapping_mul(0x0000_0100_0000_01b3)
}

/// One word more.
fn join(digest: u64, word: u64) -> u64 {
    let mixed = (digest.rotate_left(23) ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    mixed ^ (mixed >> 29)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain() -> Vec<u32> {
        let mut plain: Vec<u32> = (0xc0..0x180).collect();
        for accented in [0xc9, 0xe9] {
            plain[accented - 0xc0] = u32::from('e');
        }
        plain
    }

    fn found<'a>(known: &'a Known, text: &str, person: &str) -> Vec<(usize, &'a str)> {
        let mut words = Vec::new();
        known.words(text, &mut words);
        let persons: Vec<u64> = if person.is_empty() { vec![] } else { vec![Known::person(person)] };
        (0..words.len()).filter_map(|at| known.longest(text, &words, at, &persons)).collect()
    }

    #[test]
    fn values_are_found_in_any_case_accent_and_spacing() {
        let mut known = Known::new(plain());
        known.add("José O'Neill", "", "Max Berg");
        known.add("312-867-5309", "", "222-555-0101");
        for text in ["jose o'neill", "JOSÉ  O NEILL,", "(José-O’Neill)"] {
            assert_eq!(found(&known, text, ""), [(3, "Max Berg")], "{text}");
        }
        assert_eq!(found(&known, "call (312) 867 5309 now", ""), [(3, "222-555-0101")]);
        let mut known = Known::new(plain());
        known.add("Søren Weiß", "", "Max Berg");
        known.add("René", "", "Max");
        for text in [
            "SOREN WEISS",
            "Sø\u{ad}ren Weiß",
            "Soren\u{200f} Weiss",
            "S\u{200b}or\u{202e}en Weiss",
            "Ｓｏｒｅｎ Weiss",
        ] {
            assert_eq!(found(&known, text, ""), [(2, "Max Berg")], "{text}");
        }
        assert_eq!(found(&known, "Rene\u{301}", ""), [(1, "Max")]);
        assert!(found(&known, "Rene\u{301}e", "").is_empty());
    }

    #[test]
    fn what_stands_too_far_apart_is_not_found() {
        let mut known = Known::new(plain());
        known.add("José O'Neill", "", "Max Berg");
        known.add("312-867-5309", "", "222-555-0101");
        assert!(found(&known, "José and then O'Neill; 312-867-53090", "").is_empty());
    }

    #[test]
    fn the_longest_value_wins_and_a_person_before_the_value() {
        let mut known = Known::new(plain());
        known.add("Ana", "student:1", "Eva");
        known.add("Ana", "student:2", "Ida");
        known.add("Ana", "", "Ute");
        known.add("Ana Lee", "", "Ute Ross");
        assert_eq!(found(&known, "Ana", "student:2"), [(1, "Ida")]);
        assert_eq!(found(&known, "Ana", "student:3"), [(1, "Ute")]);
        assert_eq!(found(&known, "Ana Lee", "student:1")[0], (2, "Ute Ross"));
    }

    #[test]
    fn short_values_need_a_capital_and_numbers_some_length() {
        let mut known = Known::new(plain());
        known.add("Do", "", "Ross");
        known.add("12", "", "99");
        assert_eq!(found(&known, "Do what you do at 12", ""), [(1, "Ross")]);
    }
}
