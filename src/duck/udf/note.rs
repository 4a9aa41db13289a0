//! Free text and JSON: what is known of the slice becomes the fake of its column, what looks like an address
//! or a number of somebody becomes a fake too, and the rest stays.

use super::finance::{card, iban};
use super::keyed::{Faker, Outcome};
use super::known::{Known, Word, is_hidden};
use super::names::write_like;
use super::pattern::{self, Kind};
use super::{contact, fpe, net};
use fake::locales::{Data, EN};

/// JSON inside of a JSON text inside of a JSON text ...
const DEPTH_MAX: usize = 8;
/// Parts the keys of the persons a row is about.
const PARTER: char = '\u{1e}';

/// Arguments: text or JSON, keys of the persons the row is about (parted by U+001E), `true` to replace also
/// the words that few rows have.
pub(super) fn note(faker: &mut Faker, args: &[&str], out: &mut String) -> Outcome {
    Scan::new(faker, args[1], args[2] == "true").any(args[0], 0, out)
}

/// A place in a text and what is to stand there.
struct Span {
    start: usize,
    end: usize,
    fake: String,
}

/// The scan of one value.
pub(super) struct Scan<'a, 'b> {
    /// What makes the fakes.
    pub(super) faker: &'b mut Faker<'a>,
    known: &'a Known,
    persons: Vec<u64>,
    rare: bool,
    words: Vec<Word>,
    spans: Vec<Span>,
}

impl<'a, 'b> Scan<'a, 'b> {
    /// A scan that knows which persons the row is about.
    pub(super) fn new(faker: &'b mut Faker<'a>, persons: &str, rare: bool) -> Scan<'a, 'b> {
        let known = faker.known;
        let persons = persons.split(PARTER).filter(|key| !key.is_empty()).map(Known::person).collect();
        Scan { faker, known, persons, rare, words: Vec::new(), spans: Vec::new() }
    }

    /// The fake of a text that is a known value as a whole.
    pub(super) fn whole(&mut self, text: &str) -> Option<String> {
        self.known.words(text, &mut self.words);
        let known = self.words.first().and_then(|_| self.known.longest(text, &self.words, 0, &self.persons));
        known.filter(|(count, _)| *count == self.words.len()).map(|(_, fake)| fake.to_owned())
    }

    /// A text: JSON where it is JSON.
    fn any(&mut self, text: &str, depth: usize, out: &mut String) -> Outcome {
        let is_json = depth < DEPTH_MAX
            && text.trim_start().starts_with(['{', '['])
            && serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok();
        if is_json { self.json(text, depth, out) } else { self.text(text, self.rare, out) }
    }

    /// JSON leaf by leaf; what stands between the leaves stays as it is.
    fn json(&mut self, text: &str, depth: usize, out: &mut String) -> Outcome {
        let bytes = text.as_bytes();
        let mut at = 0;
        while at < bytes.len() {
            let start = at;
            match bytes[at] {
                b'"' => {
                    at = string_end(bytes, at);
                    let is_key = text[at..].trim_start().starts_with(':');
                    self.leaf(&text[start..at], is_key, depth, out)?;
                }
                b'-' | b'0'..=b'9' => {
                    at += bytes[at..].iter().take_while(|byte| b"+-.eE0123456789".contains(byte)).count();
                    self.number(&text[start..at], out);
                }
                _ => {
                    let other = |byte: &&u8| !matches!(byte, b'"' | b'-' | b'0'..=b'9');
                    at += bytes[at..].iter().take_while(other).count();
                    out.push_str(&text[start..at]);
                }
            }
        }
        Ok(())
    }

    /// A string of JSON, quotes included. The words of a key are part of the form: only what is known or
    /// looks personal is replaced.
    pub(super) fn leaf(&mut self, quoted: &str, is_key: bool, depth: usize, out: &mut String) -> Outcome {
        let Ok(text) = serde_json::from_str::<String>(quoted) else {
            return Err(crate::error::MASK_NOT_TEXT);
        };
        let mut masked = String::with_capacity(text.len());
        match is_key {
            true => self.text(&text, false, &mut masked)?,
            false => self.any(&text, depth + 1, &mut masked)?,
        }
        match masked == text {
            true => out.push_str(quoted),
            false => out.push_str(&serde_json::Value::String(masked).to_string()),
        }
        Ok(())
    }

    /// A number of JSON, which may be a known identifier; its fake stays a number where it can.
    pub(super) fn number(&mut self, text: &str, out: &mut String) {
        match self.whole(text) {
            Some(fake) => {
                let is_number = fake.bytes().all(|byte| byte.is_ascii_digit()) && !fake.starts_with('0');
                out.push_str(&if is_number { fake } else { serde_json::Value::String(fake).to_string() });
            }
            None => out.push_str(text),
        }
    }

    /// A text: known values, what looks personal, and rare words if that is wanted.
    fn text(&mut self, text: &str, rare: bool, out: &mut String) -> Outcome {
        let mut words = std::mem::take(&mut self.words);
        let mut spans = std::mem::take(&mut self.spans);
        spans.clear();
        self.known.words(text, &mut words);
        self.sequences(text, &words, rare, &mut spans);
        if let Some(parted) = parted(text) {
            self.known.words(&parted, &mut words);
            self.sequences(&parted, &words, false, &mut spans);
        }
        if glued(text).next().is_some() {
            self.glued_words(text, &mut words);
            self.sequences(text, &words, false, &mut spans);
        }
        self.patterns(text, &mut spans)?;
        // What begins first and, of these, is longest: an address is one thing, not the names in it.
        spans.sort_by_key(|span| (span.start, usize::MAX - span.end));
        let mut written = 0;
        for span in &spans {
            if span.start >= written {
                out.push_str(&text[written..span.start]);
                out.push_str(&span.fake);
                written = span.end;
            }
        }
        out.push_str(&text[written..]);
        (self.words, self.spans) = (words, spans);
        Ok(())
    }

    /// Known values, and rare words if that is wanted.
    fn sequences(&mut self, text: &str, words: &[Word], rare: bool, spans: &mut Vec<Span>) {
        let mut at = 0;
        while at < words.len() {
            match self.known.longest(text, words, at, &self.persons) {
                Some((count, fake)) => {
                    let (start, end) = (words[at].start, words[at + count - 1].end);
                    spans.push(Span { start, end, fake: fake.to_owned() });
                    at += count;
                }
                None => {
                    let Word { start, end, .. } = words[at];
                    if let Some(fake) = self.genitive(&text[start..end]) {
                        spans.push(Span { start, end, fake });
                    } else if rare && !self.known.is_common(&words[at]) {
                        spans.push(Span { start, end, fake: self.word(&text[start..end]) });
                    }
                    at += 1;
                }
            }
        }
    }

    /// The words of a text in which a capital behind a small letter begins one, `ZoraQuillfeather`.
    fn glued_words(&self, text: &str, words: &mut Vec<Word>) {
        let (mut all, mut from) = (Vec::new(), 0);
        for to in glued(text).chain([text.len()]) {
            self.known.words(&text[from..to], words);
            for word in words.iter_mut() {
                (word.start, word.end) = (word.start + from, word.end + from);
            }
            all.append(words);
            from = to;
        }
        *words = all;
    }

    /// The fake of a name with an `s` behind it, as others than the English write whose something is.
    fn genitive(&self, word: &str) -> Option<String> {
        let name = word.strip_suffix('s').filter(|name| name.starts_with(char::is_uppercase))?;
        let mut words = Vec::new();
        self.known.words(name, &mut words);
        words.first()?;
        let (_, fake) = self.known.longest(name, &words, 0, &self.persons)?;
        Some(format!("{fake}s"))
    }

    /// A made-up word for one that is rare; short numbers say nothing.
    fn word(&mut self, word: &str) -> String {
        let mut digest = self.faker.folded("word", word);
        let mut fake = String::new();
        match word.bytes().all(|byte| byte.is_ascii_digit()) {
            true if word.len() < 3 => fake.push_str(word),
            true => {
                let mut next = digest.digits();
                fake.extend(word.bytes().map(|_| char::from(b'0' + next())));
            }
            false => write_like(word, digest.pick(EN::LOREM_WORD), &mut fake),
        }
        fake
    }

    /// Finds what looks like somebody's address or number.
    fn patterns(&mut self, text: &str, spans: &mut Vec<Span>) -> Outcome {
        for (kind, place) in pattern::found(text) {
            let mut fake = String::new();
            let found = &text[place.clone()];
            match kind {
                Kind::Email => contact::email(self.faker, &[found, "", "", "false", "0"], &mut fake)?,
                Kind::Url => net::url(self.faker, &[found], &mut fake)?,
                Kind::Ip => net::ip(self.faker, &[found], &mut fake)?,
                Kind::Ssn => fpe::fpe(self.faker, &[found, "ssn", "digits"], &mut fake)?,
                Kind::Card => card(self.faker, &[found], &mut fake)?,
                Kind::Iban => iban(self.faker, &[found], &mut fake)?,
                Kind::Phone => contact::phone(self.faker, &[found], &mut fake)?,
            }
            spans.push(Span { start: place.start, end: place.end, fake });
        }
        Ok(())
    }
}

/// Where a capital stands behind a small letter.
fn glued(text: &str) -> impl Iterator<Item = usize> + '_ {
    let pairs = text.char_indices().zip(text.chars().skip(1));
    let is_glued = |((_, last), next): &((usize, char), char)| last.is_lowercase() && next.is_uppercase();
    pairs.filter(is_glued).map(|((at, last), _)| at + last.len_utf8())
}

/// The text with a space, of as many bytes, for each letter without width; nothing where there is none.
fn parted(text: &str) -> Option<String> {
    let space = |letter: char| match letter {
        letter if !is_hidden(letter) => letter,
        letter if letter.len_utf8() == 2 => '\u{a0}',
        _ => '\u{2003}',
    };
    text.contains(is_hidden).then(|| text.chars().map(space).collect())
}

/// Where the JSON string that begins at `start` ends.
pub(super) fn string_end(bytes: &[u8], start: usize) -> usize {
    let mut at = start + 1;
    while at < bytes.len() && bytes[at] != b'"' {
        at += if bytes[at] == b'\\' { 2 } else { 1 };
    }
    (at + 1).min(bytes.len())
}
