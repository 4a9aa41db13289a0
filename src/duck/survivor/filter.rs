//! Which sequences of letters are worth asking for: a filter of fixed size over the fingerprints of the
//! originals. What it lets through is a candidate, which a join decides; what it stops is no original.

use super::fold::{self, CELL, Sink};
use std::sync::atomic::{AtomicU64, Ordering};

/// An original is looked for as the first so many of its words.
pub(super) const WORDS_MAX: usize = 8;
/// Letters and digits of the shortest original that is looked for.
pub(super) const LENGTH_MIN: usize = 5;
/// Letters of the longest sequence that is looked for.
const LENGTH_MAX: usize = fold::WORD_MAX;
/// Cells of so many letters may be halves of one value.
const HALF: std::ops::RangeInclusive<usize> = 3..=40;
/// 2^22 words of 64 bits: 32 MiB.
const WORDS: usize = 1 << 22;
/// 2^18 words of 64 bits: 2 MiB.
const HEADS: usize = 1 << 18;
/// Fingerprints are polynomials in this base, modulo a Mersenne prime: that of a sequence follows from the
/// running sums at both its ends.
const BASE: u64 = 0x15e9_35f3_7d2b_41a7;
const PRIME: u64 = (1 << 61) - 1;

/// The filter. Filling it and asking it may go on side by side.
pub(super) struct Filter {
    bits: Vec<AtomicU64>,
    heads: Vec<AtomicU64>,
    powers: Vec<u64>,
}

impl Default for Filter {
    fn default() -> Filter {
        let zeros = |count| std::iter::repeat_with(AtomicU64::default).take(count).collect();
        let mut powers = vec![1];
        for at in 0..LENGTH_MAX {
            powers.push(times(powers[at], BASE));
        }
        Filter { bits: zeros(WORDS), heads: zeros(HEADS), powers }
    }
}

fn times(a: u64, b: u64) -> u64 {
    let product = u128::from(a) * u128::from(b);
    let folded = (product as u64 & PRIME) + (product >> 61) as u64;
    if folded >= PRIME { folded - PRIME } else { folded }
}

fn plus(a: u64, b: u64) -> u64 {
    let sum = a + b;
    if sum >= PRIME { sum - PRIME } else { sum }
}

/// What may be an original.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Candidate {
    /// The cell it stands or begins in, counted from 1.
    pub(super) cell: usize,
    /// Its fingerprint.
    pub(super) print: u64,
    /// Two numbers in two cells: chance joins many of those.
    pub(super) is_split_number: bool,
    /// Several words that fakes are made of: they may join to one that nobody chose.
    pub(super) is_made_up: bool,
}

/// The words of one row, with running sums that give the fingerprint of any sequence.
#[derive(Default)]
pub(super) struct Reading {
    pub(super) letters: Vec<u32>,
    /// One more than letters.
    sums: Vec<u64>,
    /// Digits so far, one more than letters.
    digits: Vec<u32>,
    /// First letter, and one behind the last, and the cell, of every word.
    pub(super) words: Vec<(usize, usize, usize)>,
    start: usize,
    cell: usize,
}

impl Sink for Reading {
    fn letter(&mut self, letter: u32) {
        let (sum, digits) = (self.sums[self.letters.len()], self.digits[self.letters.len()]);
        self.letters.push(letter);
        self.sums.push(plus(times(sum, BASE), u64::from(letter) + 1));
        self.digits.push(digits + u32::from(is_digit(letter)));
    }

    fn end_word(&mut self) {
        if self.letters.len() > self.start {
            self.words.push((self.start, self.letters.len(), self.cell));
            self.start = self.letters.len();
        }
    }
}

/// Whether a folded letter is a digit.
pub(super) fn is_digit(letter: u32) -> bool {
    (48..58).contains(&letter)
}

impl Reading {
    /// Begins anew.
    pub(super) fn clear(&mut self) {
        self.letters.clear();
        self.words.clear();
        self.sums.clear();
        self.digits.clear();
        self.sums.push(0);
        self.digits.push(0);
        (self.start, self.cell) = (0, 0);
    }

    /// Reads one more cell.
    pub(super) fn read(&mut self, cell: usize, text: &str) {
        self.cell = cell;
        fold::words(text, self);
    }

    /// The words between two letters.
    fn within(&self, start: usize, end: usize) -> impl Iterator<Item = &(usize, usize, usize)> {
        let first = self.words.partition_point(|word| word.0 < start);
        self.words[first..].iter().take_while(move |word| word.1 <= end)
    }

    /// Whether a sequence over several cells takes less than a half from the first or the last of them: an
    /// initial beside a first name is no other name.
    fn is_fringe(&self, start: usize, end: usize) -> bool {
        let cell_of = |word: Option<&(usize, usize, usize)>| word.map_or(0, |word| word.2);
        let (first, last) =
            (cell_of(self.within(start, end).next()), cell_of(self.within(start, end).last()));
        let letters = |cell: usize| {
            let words = self.within(start, end).filter(move |word| word.2 == cell);
            words.map(|word| word.1 - word.0).sum::<usize>()
        };
        letters(first).min(letters(last)) < *HALF.start()
    }

    /// Whether all words between two letters are such that fakes are made of, or next to nothing.
    fn is_common(&self, start: usize, end: usize) -> bool {
        let word = |word: &(usize, usize, usize)| &self.letters[word.0..word.1];
        self.within(start, end)
            .map(word)
            .all(|word| word.len() < *HALF.start() || super::COMMON.contains(word))
    }

    /// Whether there are several of those.
    fn is_made_up(&self, start: usize, end: usize) -> bool {
        self.within(start, end).nth(1).is_some() && self.is_common(start, end)
    }

    /// Digits between two letters.
    pub(super) fn digits(&self, start: usize, end: usize) -> usize {
        (self.digits[end] - self.digits[start]) as usize
    }
}

impl Filter {
    /// The fingerprint of a sequence of letters, of at most [`LENGTH_MAX`].
    pub(super) fn print(&self, reading: &Reading, start: usize, end: usize) -> u64 {
        let before = times(reading.sums[start], self.powers[end - start]);
        plus(reading.sums[end], PRIME - before)
    }

    /// Notes an original, from its first letters and its whole fingerprint.
    pub(super) fn note(&self, reading: &Reading, start: usize, end: usize) {
        let (word, mask) = place(self.print(reading, start, end), WORDS, 4);
        self.bits[word].fetch_or(mask, Ordering::Relaxed);
        let (word, mask) = place(self.print(reading, start, start + LENGTH_MIN), HEADS, 1);
        self.heads[word].fetch_or(mask, Ordering::Relaxed);
    }

    fn holds(&self, print: u64) -> bool {
        let (word, mask) = place(print, WORDS, 4);
        self.bits[word].load(Ordering::Relaxed) & mask == mask
    }

    fn begins(&self, print: u64) -> bool {
        let (word, mask) = place(print, HEADS, 1);
        self.heads[word].load(Ordering::Relaxed) & mask == mask
    }

    /// Every sequence of words that may be an original. Cells are numbered from 1.
    pub(super) fn search(&self, row: &str, reading: &mut Reading, found: &mut dyn FnMut(Candidate)) {
        reading.clear();
        // Many rows share a day, and some identifier looks like it: chance would seem to be none.
        for (at, cell) in row.split(CELL).enumerate().filter(|(_, cell)| !fold::is_moment(cell)) {
            reading.read(at + 1, cell);
        }
        self.sequences(reading, found);
        self.halves(reading, found);
        for (at, cell) in row.split(CELL).enumerate() {
            fold::decoded(cell, &mut |text| {
                reading.clear();
                reading.read(at + 1, text);
                self.sequences(reading, found);
            });
        }
    }

    fn sequences(&self, reading: &Reading, found: &mut dyn FnMut(Candidate)) {
        let end = reading.letters.len();
        for (at, &(start, _, cell)) in reading.words.iter().enumerate() {
            let head = start + LENGTH_MIN;
            if head > end || !self.begins(self.print(reading, start, head)) {
                continue;
            }
            for &(_, end, last) in reading.words[at..].iter().take(WORDS_MAX) {
                if end - start > LENGTH_MAX {
                    break;
                }
                // Numbers side by side in two columns are two numbers.
                let is_number = || reading.digits(start, end) == end - start;
                if end < head || (last != cell && is_number()) {
                    continue;
                }
                let print = self.print(reading, start, end);
                if self.holds(print) && (last == cell || !reading.is_fringe(start, end)) {
                    let is_made_up = reading.is_made_up(start, end);
                    found(Candidate { cell, print, is_split_number: false, is_made_up });
                }
            }
        }
    }

    /// A value that stands in two columns: every pair of short cells, in both orders.
    fn halves(&self, reading: &Reading, found: &mut dyn FnMut(Candidate)) {
        let mut cells: Vec<(usize, usize, usize)> = Vec::new();
        for &(start, end, cell) in &reading.words {
            match cells.last_mut() {
                Some(last) if last.2 == cell => last.1 = end,
                _ => cells.push((start, end, cell)),
            }
        }
        cells.retain(|&(start, end, _)| HALF.contains(&(end - start)));
        let is_number = |start: usize, end: usize| reading.digits(start, end) == end - start;
        for &(start, end, cell) in &cells {
            let (first, length) = (self.print(reading, start, end), end - start);
            let is_head_whole = length >= LENGTH_MIN;
            // Most cells are no beginning of anything, whatever stands elsewhere.
            if is_head_whole && !self.begins(self.print(reading, start, start + LENGTH_MIN)) {
                continue;
            }
            for &(other, last, second) in &cells {
                let is_split_number = is_number(start, end) && is_number(other, last);
                // What stands side by side has been found as a sequence.
                if second == cell
                    || (second == cell + 1 && !is_split_number)
                    || length + last - other < LENGTH_MIN
                {
                    continue;
                }
                let joined = |last: usize| {
                    let second = self.print(reading, other, last);
                    plus(times(first, self.powers[last - other]), second)
                };
                let is_begun = || is_head_whole || self.begins(joined(other + LENGTH_MIN - length));
                if is_begun() && self.holds(joined(last)) {
                    let is_made_up = reading.is_common(start, end) && reading.is_common(other, last);
                    found(Candidate { cell, print: joined(last), is_split_number, is_made_up });
                }
            }
        }
    }
}

/// The word and the bits in it that a fingerprint sets.
fn place(print: u64, words: usize, bits: u32) -> (usize, u64) {
    let mixed = (print ^ (print >> 29)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let mixed = (mixed ^ (mixed >> 32)).wrapping_mul(0x94d0_49bb_1331_11eb);
    let mask = (0..bits).fold(0, |mask, bit| mask | 1 << (mixed >> (6 * bit) & 63));
    ((mixed >> 32) as usize & (words - 1), mask)
}
