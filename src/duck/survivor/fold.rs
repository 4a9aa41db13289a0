//! Text as a search sees it: words of folded letters. Case, accents, spaces and punctuation are gone, what
//! was encoded (per cent, JSON escapes, hex, base64) is read as what it means.

use crate::duck::udf::known::{is_hidden, is_silent, narrow};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};

/// A longer run of letters is cut into several words.
pub(super) const WORD_MAX: usize = 256;
/// A shorter run of letters is not taken for an encoding.
const ENCODED_MIN: usize = 8;
/// Letters of the longest day with a time.
const MOMENT_MAX: usize = 35;
/// Cells are parted by this character, which no cell holds.
pub(super) const CELL: char = '\u{1f}';

/// Takes in the folded letters of texts, word by word.
pub(super) trait Sink {
    /// One letter or digit, folded.
    fn letter(&mut self, letter: u32);
    /// The word ends here.
    fn end_word(&mut self);
}

/// Whether a text is a day, with or without a time, and nothing else: that is no person's.
pub(super) fn is_moment(text: &str) -> bool {
    if text.len() > MOMENT_MAX || !text.starts_with(|first: char| first.is_ascii_digit()) {
        return false;
    }
    let (day, time) = text.split_at(text.find([' ', 'T']).unwrap_or(text.len()));
    let digits = |group: &str| if group.bytes().all(|one| one.is_ascii_digit()) { group.len() } else { 0 };
    let groups: Vec<usize> = day.split(['-', '/', '.']).map(digits).collect();
    matches!(groups.as_slice(), [4, 1..=2, 1..=2] | [1..=2, 1..=2, 4])
        && (time.is_empty() || time.contains(':'))
        && time.bytes().all(|one| one.is_ascii_digit() || b" T:.Z+-".contains(&one))
}

/// Hands the words of a text to `sink`.
pub(super) fn words(text: &str, sink: &mut impl Sink) {
    let mut length = 0;
    for letter in text.chars() {
        if is_silent(letter) {
            continue;
        }
        if !letter.is_alphanumeric() || length == WORD_MAX {
            sink.end_word();
            length = 0;
        }
        if letter.is_alphanumeric() {
            length += 1;
            fold(letter, sink);
        }
    }
    sink.end_word();
}

fn fold(letter: char, sink: &mut impl Sink) {
    let letter = narrow(letter);
    if letter.is_ascii() {
        return sink.letter(u32::from(letter.to_ascii_lowercase()));
    }
    for letter in letter.to_lowercase() {
        match plain(letter) {
            "" => sink.letter(u32::from(letter)),
            plain => plain.bytes().for_each(|letter| sink.letter(u32::from(letter))),
        }
    }
}

/// The letters people write where they cannot write this one; nothing where it stands for itself.
fn plain(letter: char) -> &'static str {
    match letter {
        'à'..='å' | 'ā' | 'ă' | 'ą' | 'ǎ' | 'ạ'..='ặ' => "a",
        'æ' => "ae",
        'ç' | 'ć' | 'ĉ' | 'ċ' | 'č' => "c",
        'ð' | 'ď' | 'đ' | 'ḍ' => "d",
        'è'..='ë' | 'ē' | 'ĕ' | 'ė' | 'ę' | 'ě' | 'ẹ'..='ệ' => "e",
        'ĝ' | 'ğ' | 'ġ' | 'ģ' => "g",
        'ĥ' | 'ħ' | 'ḣ'..='ḫ' => "h",
        'ì'..='ï' | 'ĩ' | 'ī' | 'ĭ' | 'į' | 'ı' | 'ǐ' | 'ỉ'..='ị' => "i",
        'ĵ' => "j",
        'ķ' => "k",
        'ĺ' | 'ļ' | 'ľ' | 'ŀ' | 'ł' => "l",
        'ñ' | 'ń' | 'ņ' | 'ň' | 'ṅ'..='ṋ' => "n",
        'ò'..='ö' | 'ø' | 'ō' | 'ŏ' | 'ő' | 'ơ' | 'ǒ' | 'ọ'..='ợ' => "o",
        'œ' => "oe",
        'ŕ' | 'ŗ' | 'ř' | 'ṙ'..='ṟ' => "r",
        'ś' | 'ŝ' | 'ş' | 'š' | 'ș' | 'ṡ'..='ṩ' => "s",
        'ß' => "ss",
        'ţ' | 'ť' | 'ŧ' | 'ț' | 'ṫ'..='ṱ' => "t",
        'þ' => "th",
        'ù'..='ü' | 'ũ' | 'ū' | 'ŭ' | 'ů' | 'ű' | 'ų' | 'ư' | 'ǔ'..='ǜ' | 'ụ'..='ự' => "u",
        'ŵ' => "w",
        'ý' | 'ÿ' | 'ŷ' | 'ỳ'..='ỹ' => "y",
        'ź' | 'ż' | 'ž' | 'ẑ'..='ẕ' => "z",
        _ => "",
    }
}

/// What a cell says besides what it shows: each text it holds in another encoding.
pub(super) fn decoded(cell: &str, found: &mut dyn FnMut(&str)) {
    let bytes = cell.as_bytes();
    if bytes.contains(&b'%')
        && let Some(text) = unescaped(cell, "%", 2)
    {
        found(&text);
    }
    if bytes.contains(&b'\\') {
        let escapes = [("\\u", 4), ("\\x", 2)];
        escapes
            .iter()
            .filter_map(|(mark, width)| unescaped(cell, mark, *width))
            .for_each(|text| found(&text));
    }
    if bytes.contains(&b'&')
        && let Some(text) = entities(cell)
    {
        found(&text);
    }
    // What stands inside of a word unseen may as well part two.
    if !cell.is_ascii() && cell.contains(is_hidden) {
        found(&cell.replace(is_hidden, " "));
    }
    let is_part = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'-' | b'_');
    for run in cell.split(|letter: char| !u8::try_from(letter).is_ok_and(is_part)) {
        if run.len() < ENCODED_MIN {
            continue;
        }
        let digits = run.trim_start_matches("0x").trim_start_matches('x');
        if digits.len().is_multiple_of(2)
            && let Some(text) = readable(hex(digits.as_bytes()))
        {
            found(&text);
        }
        // Most words are not base64: their first four letters already say so.
        if run.len() % 4 != 1
            && let Some(head) = base64(&run[..4])
            && head.iter().all(|byte| !byte.is_ascii_control() || byte.is_ascii_whitespace())
            && let Some(text) = readable(base64(run))
        {
            found(&text);
        }
    }
}

fn base64(run: &str) -> Option<Vec<u8>> {
    let engine = if run.contains(['-', '_']) { &URL_SAFE_NO_PAD } else { &STANDARD_NO_PAD };
    engine.decode(run).ok()
}

fn hex(run: &[u8]) -> Option<Vec<u8>> {
    let digit = |byte: u8| char::from(byte).to_digit(16);
    run.chunks(2).map(|pair| Some((digit(pair[0])? * 16 + digit(pair[1])?) as u8)).collect()
}

/// Bytes that are text somebody could have written.
fn readable(bytes: Option<Vec<u8>>) -> Option<String> {
    let is_strange = |letter: char| letter.is_control() && !letter.is_whitespace();
    String::from_utf8(bytes?).ok().filter(|text| !text.chars().any(is_strange))
}

/// The text with `&#235;` and `&#xeb;` replaced by the letters they stand for; nothing where there is none.
fn entities(text: &str) -> Option<String> {
    let (mut plain, mut rest, mut is_changed) = (String::new(), text, false);
    while let Some((before, after)) = rest.split_once("&#") {
        let digits = &after[..after.find(';').unwrap_or(0)];
        let code = match digits.strip_prefix(['x', 'X']) {
            Some(hex) => u32::from_str_radix(hex, 16).ok(),
            None => digits.parse().ok(),
        };
        plain.push_str(before);
        match code.and_then(char::from_u32) {
            Some(letter) => {
                plain.push(letter);
                rest = &after[digits.len() + 1..];
                is_changed = true;
            }
            None => {
                plain.push_str("&#");
                rest = after;
            }
        }
    }
    plain.push_str(rest);
    is_changed.then_some(plain)
}

/// The text with every `mark` and its `width` hex digits replaced by the byte or character they stand for;
/// nothing where there is none.
fn unescaped(text: &str, mark: &str, width: usize) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let (mut rest, mut is_changed) = (text, false);
    while let Some(at) = rest.find(mark) {
        let (before, after) = (&rest[..at], &rest[at + mark.len()..]);
        bytes.extend(before.bytes());
        match after.get(..width).and_then(|digits| u32::from_str_radix(digits, 16).ok()) {
            Some(code) if width == 2 => bytes.push(code as u8),
            Some(code) => bytes.extend(char::from_u32(code).unwrap_or(' ').to_string().bytes()),
            None => {
                bytes.extend(mark.bytes());
                rest = after;
                continue;
            }
        }
        is_changed = true;
        rest = &after[width..];
    }
    bytes.extend(rest.bytes());
    is_changed.then(|| String::from_utf8_lossy(&bytes).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Default)]
    struct Text(String);

    impl Sink for Text {
        fn letter(&mut self, letter: u32) {
            self.0.extend(char::from_u32(letter));
        }
        fn end_word(&mut self) {
            if !self.0.is_empty() && !self.0.ends_with(' ') {
                self.0.push(' ');
            }
        }
    }

    #[test]
    fn case_accents_and_punctuation_are_gone() {
        let mut text = Text::default();
        words("  Łukasz O'BRIEN-Grüße, +1 (555) 010-0199; e\u{301}te\u{301} Иван", &mut text);
        assert_eq!(text.0, "lukasz o brien grusse 1 555 010 0199 ete иван ");
        let mut text = Text::default();
        words("Nguyễn Thị Ngọc Ｚｏｒａ Q\u{200b}ui\u{200f}ll", &mut text);
        assert_eq!(text.0, "nguyen thi ngoc zora quill ");
    }

    #[test]
    fn what_is_encoded_is_read() {
        let read = |cell: &str| {
            let mut found = Vec::new();
            decoded(cell, &mut |text| found.push(text.to_owned()));
            found
        };
        assert_eq!(read("to=zo%C3%AB%40x.org"), ["to=zoë@x.org"]);
        assert_eq!(read(r#"{"n": "Zo\u00eb"}"#), [r#"{"n": "Zoë"}"#]);
        assert_eq!(read("see 7a6f65407265616c2e6f7267"), ["zoe@real.org"]);
        assert_eq!(read("see em9lQHJlYWwub3Jn."), ["zoe@real.org"]);
        assert_eq!(read("dG86CnpvZUByZWFsLm9yZwo="), ["to:\nzoe@real.org\n"]);
        for bytes in ["0x7a6f65407265616c2e6f7267", "\\x7a6f65407265616c2e6f7267"] {
            assert!(read(bytes).contains(&"zoe@real.org".to_owned()), "{bytes}");
        }
        assert_eq!(read(r"Zo\xC3\xAB"), ["Zoë"]);
        assert_eq!(read("Zo&#235; &#xeb; &#; &# 1;"), ["Zoë ë &#; &# 1;"]);
        assert_eq!(read("an ordinary sentence about 100 % of everybody"), Vec::<String>::new());
    }
}
