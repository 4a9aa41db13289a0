//! The search for originals that survive masking. `_trace` turns an original into what identifies it, and
//! notes it in a filter; `_survivors` returns what in a row may be one of them; `_windows` counts where
//! one could stand, for the odds of a chance hit. Which candidates are originals, and what chance
//! explains, is decided in SQL (`sql/proof/`): the filter has a fixed size, and the originals lie in
//! a table that can spill, so that memory does not grow with the data.

mod filter;
mod fold;

use crate::duck::{Db, udf};
use crate::error::Result;
use arrow::array::{
    Array, ArrayRef, AsArray, Int64Array, ListBuilder, RecordBatch, StringBuilder, UInt64Builder,
};
use arrow::datatypes::{DataType, Field, Int64Type};
use duckdb::vscalar::{ArrowFunctionSignature, VArrowScalar};
use fake::locales::{Data, EN};
use filter::{Candidate, Filter, LENGTH_MIN, Reading, WORDS_MAX, is_digit};
use std::collections::HashSet;
use std::error::Error as StdError;
use std::sync::{Arc, LazyLock};

/// Fewer bits are met by chance: six digits, or a short word and a number.
const BITS_MIN: f64 = 26.0;
/// The same where all is digits.
const BITS_MIN_OF_NUMBER: f64 = 23.0;
/// A word nobody chooses fakes from is worth looking for wherever it stands, from so many bits on.
const SPEAKING_MIN: f64 = 23.0;
/// The bits of a text with such a word: chance does not write it.
const SPEAKING: u64 = 99;
const BITS_PER_DIGIT: f64 = std::f64::consts::LOG2_10;
const BITS_PER_LETTER: f64 = 4.7;
const BITS_PER_FOREIGN_LETTER: f64 = 8.0;
/// One of some hundred names, cities or words fakes are chosen from.
const BITS_PER_COMMON_WORD: f64 = 9.0;

/// Makes the functions of the search known to the database of a connection, unless they are.
pub fn register(db: &Db) -> Result<()> {
    let known = "SELECT count(*) > 0 FROM duckdb_functions() WHERE function_name = '_survivors'";
    if db.one(known, [])? {
        return Ok(());
    }
    let search = Search(Arc::default());
    db.connection().register_scalar_function_with_state::<Trace>("_trace", &search)?;
    db.connection().register_scalar_function_with_state::<Survivors>("_survivors", &search)?;
    db.connection().register_scalar_function_with_state::<Windows>("_windows", &search)?;
    Ok(())
}

/// What the functions share.
#[derive(Clone, Default)]
struct Search(Arc<Filter>);

/// Words that fakes are made of, and words of everyday English that are names as well, folded.
static COMMON: LazyLock<HashSet<Vec<u32>>> = LazyLock::new(|| {
    let lists = [EN::COMPANY_SUFFIX, EN::LOREM_WORD, EN::ADDRESS_STREET_SUFFIX];
    let words = lists.into_iter().flatten().map(|word| (*word).to_owned());
    let mut reading = Reading::default();
    let mut common = HashSet::new();
    let everyday =
        include_str!("../../../data/reference/common_words.csv").lines().skip(1).map(str::to_owned);
    // Logins are made of an initial and a last name.
    let logins =
        EN::NAME_LAST_NAME.iter().flat_map(|name| ('a'..='z').map(move |first| format!("{first}{name}")));
    for text in udf::common_words().into_iter().chain(words).chain(everyday).chain(logins) {
        reading.clear();
        reading.read(1, &text);
        common.extend(reading.words.iter().map(|&(start, end, _)| reading.letters[start..end].to_vec()));
        // O'Hara is ohara in an address.
        common.insert(reading.letters.clone());
    }
    common
});

/// `_trace(value, words)`: fingerprint, fingerprint backwards, bits, letters, digits of an original, and the
/// fingerprints of its other spellings; NULL where it is so short or made of so common words that chance would
/// find it, or has fewer words. With 0 words it is described and not looked for.
struct Trace;

impl VArrowScalar for Trace {
    type State = Search;

    fn invoke(search: &Search, input: RecordBatch) -> std::result::Result<ArrayRef, Box<dyn StdError>> {
        let (values, words) =
            (input.column(0).as_string::<i32>(), input.column(1).as_primitive::<Int64Type>());
        let mut reading = Reading::default();
        let mut traces = ListBuilder::new(UInt64Builder::new()).with_field(items());
        for row in 0..values.len() {
            let words_min = usize::try_from(words.value(row)).unwrap_or(0);
            let value = values.is_valid(row).then(|| values.value(row));
            let trace = value.and_then(|value| traces_of(&search.0, &mut reading, value, words_min));
            if let Some(trace) = &trace {
                traces.values().append_slice(trace);
            }
            traces.append(trace.is_some());
        }
        Ok(Arc::new(traces.finish()))
    }

    fn signatures() -> Vec<ArrowFunctionSignature> {
        let arguments = vec![DataType::Utf8, DataType::Int64];
        vec![ArrowFunctionSignature::exact(arguments, DataType::List(items()))]
    }
}

fn items() -> Arc<Field> {
    Arc::new(Field::new("item", DataType::UInt64, true))
}

/// What identifies a value, however it is spelled.
fn traces_of(filter: &Filter, reading: &mut Reading, value: &str, words_min: usize) -> Option<Vec<u64>> {
    let mut found = trace(filter, reading, value, words_min)?.to_vec();
    let spelled = udf::spelled_out(value).and_then(|value| trace(filter, reading, &value, words_min));
    found.extend(spelled.iter().flat_map(|trace| &trace[..2]));
    // `Quillfeathers Vater`; of what fakes are made of, fakes have one too.
    let is_name = |letter: char| letter.is_alphabetic() || " '-".contains(letter);
    if found[2] == SPEAKING && value.chars().all(is_name) && value.split(' ').count() <= 3 {
        let genitive = trace(filter, reading, &format!("{value}s"), words_min);
        found.extend(genitive.iter().map(|trace| trace[0]));
    }
    Some(found)
}

fn trace(filter: &Filter, reading: &mut Reading, value: &str, words_min: usize) -> Option<[u64; 5]> {
    reading.clear();
    reading.read(1, value);
    if reading.words.len() < words_min || fold::is_moment(value) || is_private(value) {
        return None;
    }
    let fits = |&&(_, end, _): &&(usize, usize, usize)| end <= fold::WORD_MAX;
    let words: Vec<_> = reading.words.iter().take(WORDS_MAX).take_while(fits).copied().collect();
    let end = words.last()?.1;
    let bits = words.iter().map(|&(start, end, _)| bits(&reading.letters[start..end])).sum::<f64>();
    let digits = reading.digits(0, end);
    let bits_min = if digits == end { BITS_MIN_OF_NUMBER } else { BITS_MIN };
    let word = |&(start, end, _): &(usize, usize, usize)| &reading.letters[start..end];
    let is_speaking = words.iter().map(word).any(is_speaking);
    let is_whole_fake = words.len() > 1 && COMMON.contains(&reading.letters[..end]);
    if end < LENGTH_MIN || is_whole_fake || (bits < bits_min && !is_speaking) {
        return None;
    }
    let weight = if is_speaking { SPEAKING } else { bits.round() as u64 };
    let note = |reading: &Reading| {
        if words_min > 0 {
            filter.note(reading, 0, end);
        }
        filter.print(reading, 0, end)
    };
    let print = note(reading);
    let backwards: String = reading.letters[..end].iter().rev().copied().filter_map(char::from_u32).collect();
    reading.clear();
    reading.read(1, &backwards);
    Some([print, note(reading), weight, end as u64, digits as u64])
}

/// A word nobody makes fakes of, long enough that chance does not write it.
fn is_speaking(word: &[u32]) -> bool {
    !word.iter().any(|letter| is_digit(*letter))
        && !COMMON.contains(word)
        && bits_of_letters(word) >= SPEAKING_MIN
}

/// Machines of every private network have such addresses, and fakes are of one: `10.0.7.81`.
fn is_private(value: &str) -> bool {
    let address = value.parse::<std::net::Ipv4Addr>();
    address.is_ok_and(|address| address.is_private() || address.is_loopback())
}

/// How hard a word is to meet by chance.
fn bits(word: &[u32]) -> f64 {
    if COMMON.contains(word) { BITS_PER_COMMON_WORD } else { bits_of_letters(word) }
}

fn bits_of_letters(word: &[u32]) -> f64 {
    let bits = |letter: &u32| match letter {
        letter if is_digit(*letter) => BITS_PER_DIGIT,
        0..128 => BITS_PER_LETTER,
        _ => BITS_PER_FOREIGN_LETTER,
    };
    word.iter().map(bits).sum()
}

/// `_survivors(row)`: candidates as `cell:fingerprint:is a number in two cells:is made of words of fakes`, parted
/// by spaces; NULL where there are none.
struct Survivors;

impl VArrowScalar for Survivors {
    type State = Search;

    fn invoke(search: &Search, input: RecordBatch) -> std::result::Result<ArrayRef, Box<dyn StdError>> {
        let rows = input.column(0).as_string::<i32>();
        let (mut reading, mut found) = (Reading::default(), StringBuilder::new());
        for row in rows {
            let mut candidates: Vec<Candidate> = Vec::new();
            search.0.search(row.unwrap_or_default(), &mut reading, &mut |found| {
                if !candidates.contains(&found) {
                    candidates.push(found);
                }
            });
            let word = |one: &Candidate| {
                format!("{}:{}:{}:{}", one.cell, one.print, one.is_split_number, one.is_made_up)
            };
            let words: Vec<String> = candidates.iter().map(word).collect();
            found.append_option((!words.is_empty()).then(|| words.join(" ")));
        }
        Ok(Arc::new(found.finish()))
    }

    fn signatures() -> Vec<ArrowFunctionSignature> {
        vec![ArrowFunctionSignature::exact(vec![DataType::Utf8], DataType::Utf8)]
    }
}

/// `_windows(cell, letters, digits)`: how many sequences of words have so many letters and digits in all.
struct Windows;

impl VArrowScalar for Windows {
    type State = Search;

    fn invoke(_: &Search, input: RecordBatch) -> std::result::Result<ArrayRef, Box<dyn StdError>> {
        let cells = input.column(0).as_string::<i32>();
        let number = |column: usize, row| input.column(column).as_primitive::<Int64Type>().value(row);
        let mut reading = Reading::default();
        let count = |row: usize| {
            reading.clear();
            reading.read(1, if cells.is_valid(row) { cells.value(row) } else { "" });
            let (length, digits) = (number(1, row) as usize, number(2, row) as usize);
            let is_alike =
                |start: usize, end: usize| end - start == length && reading.digits(start, end) == digits;
            let words = &reading.words;
            let ends = |at: usize| words[at..].iter().take(WORDS_MAX);
            (0..words.len()).flat_map(|at| ends(at).filter(move |word| is_alike(words[at].0, word.1))).count()
                as i64
        };
        Ok(Arc::new((0..cells.len()).map(count).collect::<Int64Array>()))
    }

    fn signatures() -> Vec<ArrowFunctionSignature> {
        let arguments = vec![DataType::Utf8, DataType::Int64, DataType::Int64];
        vec![ArrowFunctionSignature::exact(arguments, DataType::Int64)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn weight(value: &str) -> Option<u64> {
        trace(&Filter::default(), &mut Reading::default(), value, 0).map(|trace| trace[2])
    }

    #[test]
    fn what_chance_explains_is_not_looked_for() {
        let common = [
            "Mary",
            "Mary Smith",
            "12345",
            "Ng",
            "2012-05-06",
            "",
            "Unit 10",
            "Springfield",
            "10.20.137.204",
            "Salt Lake City",
            "jsmith",
            "O'Hara",
        ];
        assert_eq!(common.map(weight), [None; 12]);
        assert_eq!(weight("555-010-0199"), Some(33));
        assert_eq!(weight("T9990028"), Some(28));
        let speaking = ["Quillfeather", "Mary Quillfeather", "mary@quill.org", "Наталья"];
        assert_eq!(speaking.map(weight), [Some(SPEAKING); 4]);
    }

    fn found(original: &str, row: &str) -> bool {
        let (filter, mut reading) = (Filter::default(), Reading::default());
        let mut prints = traces_of(&filter, &mut reading, original, 1).unwrap();
        prints.drain(2..5);
        let mut is_found = false;
        filter.search(row, &mut reading, &mut |one| is_found |= prints.contains(&one.print));
        is_found
    }

    #[test]
    fn an_original_is_found_in_every_disguise() {
        for row in [
            "ZORA QUILLFEATHER",
            "we saw zora, quillfeather's aunt",
            r#"{"a": {"b": [{"c": "Zora Quillfeather"}]}}"#,
            "WzEsICJ6b3JhIHF1aWxsZmVhdGhlciJd",
            "q=Zora%20Quillfeather",
            "7a6f7261207175696c6c66656174686572",
            "rehtaeflliuq aroz",
            "zora\u{1f}other\u{1f}quillfeather",
            "quillfeather\u{1f}other\u{1f}zora",
            "zoraquillfeather",
        ] {
            assert!(found("Zóra Quillfeather", row), "{row}");
        }
        assert!(!found("Juliette", "Juliet\u{1f}te") && !found("Julieta", "Juliet\u{1f}A"));
        assert!(found("Quillfeather", "Quillfeathers Vater") && !found("Quillfeather", "Quillfeatherst"));
        for row in ["Uebelhoer", "frau UEBELHOER,", "ubelhor", "U\u{308}belho\u{308}r", "reohlebeu"] {
            assert!(found("Übelhör", row), "{row}");
        }
        assert!(
            found("Quillfeather", "Zora\u{200b}Quillfeather") && found("Quillfeather", "Quill\u{ad}feather")
        );
        assert!(found("555-010-0199", "call +5550100199 or 1"));
        assert!(found("5550100199", "(555) 010.0199"));
        assert!(found("5550100199", "555\u{1f}other\u{1f}0100199"));
        for day in ["2012-05-06", "2012-05-06T10:00:00Z", "2012/5/6"] {
            assert!(!found("20120506067", &format!("{day}\u{1f}other\u{1f}067")), "{day}");
            assert!(!found("20120506", day), "{day}");
        }
        assert!(found("5550100199", "2012-05-06 5550100199"));
        assert!(found("20120506", "no. 2012-0506") && found("20120506", "20120506"));
        assert!(!found("Zora Quillfeather", "Zora and the quill of a feather"));
    }
}
