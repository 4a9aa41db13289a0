//! The keyed function under every fake, and how its bits become choices, digits and suffixes.

use crate::secret::Key;
use hmac::{Hmac, Mac};
use sha2::Sha256;

/// Why a value cannot be masked, in words that never quote it.
pub(super) type Outcome = Result<(), &'static str>;

/// The keyed digest of one domain.
struct Domain {
    name: String,
    key: Key,
    state: Hmac<Sha256>,
}

/// One batch's view of the salt. It holds derived keys so that they are derived once per batch, not once
/// per value; no fake depends on what it holds.
pub(super) struct Faker<'a> {
    salt: &'a Key,
    /// The known values of the slice.
    pub(super) known: &'a super::known::Known,
    domains: Vec<Domain>,
    folded: String,
    /// Room for the digits of one value.
    pub(super) digits: Vec<u8>,
    /// Format-preserving ciphers by domain, see [`super::fpe`].
    pub(super) ciphers: Vec<(String, super::ff1::Ff1)>,
    /// Rules for places in JSON as read, and their text, see [`super::place`].
    pub(super) places: Option<(String, std::rc::Rc<Vec<super::place::Rule>>)>,
}

impl<'a> Faker<'a> {
    /// A faker for one batch.
    pub(super) fn new(salt: &'a Key, known: &'a super::known::Known) -> Faker<'a> {
        Faker {
            salt,
            known,
            domains: Vec::new(),
            folded: String::new(),
            digits: Vec::new(),
            ciphers: Vec::new(),
            places: None,
        }
    }

    fn domain(&mut self, name: &str) -> &Domain {
        // A batch knows at most a handful of domains: a scan beats hashing the name.
        let found = self.domains.iter().position(|domain| domain.name == name);
        let index = found.unwrap_or_else(|| {
            let key = self.salt.derive(&format!("fake/{name}"));
            self.domains.push(Domain { name: name.to_owned(), state: key.hmac(), key });
            self.domains.len() - 1
        });
        &self.domains[index]
    }

    /// The key of a domain.
    pub(super) fn key(&mut self, domain: &str) -> &Key {
        &self.domain(domain).key
    }

    /// The keyed digest of `value` in `domain`.
    pub(super) fn digest(&mut self, domain: &str, value: &str) -> Digest {
        let mut state = self.domain(domain).state.clone();
        state.update(value.as_bytes());
        Digest { bytes: state.finalize().into_bytes().into(), used: 0 }
    }

    /// The keyed digest of `value` without regard to case and surrounding spaces, for fakes that need not
    /// differ where only the spelling does.
    pub(super) fn folded(&mut self, domain: &str, value: &str) -> Digest {
        let mut folded = std::mem::take(&mut self.folded);
        folded.clear();
        folded.extend(value.trim().chars().flat_map(char::to_lowercase));
        let digest = self.digest(domain, &folded);
        self.folded = folded;
        digest
    }
}

/// 256 keyed bits, taken 64 at a time.
#[derive(Clone)]
pub(super) struct Digest {
    bytes: [u8; 32],
    used: usize,
}

impl Digest {
    /// All of it.
    pub(super) fn bytes(&self) -> &[u8; 32] {
        &self.bytes
    }

    /// The next 64 bits. Beyond the fourth word the bits repeat in a mixed form, which is enough for
    /// layouts of many digits and is never used for what must be unique.
    pub(super) fn word(&mut self) -> u64 {
        let at = (self.used % 4) * 8;
        let round = (self.used / 4) as u64;
        self.used += 1;
        let mut word = [0; 8];
        word.copy_from_slice(&self.bytes[at..at + 8]);
        let word = u64::from_be_bytes(word);
        if round == 0 { word } else { mix(word.wrapping_add(round.wrapping_mul(0x9e37_79b9_7f4a_7c15))) }
    }

    /// A number below `limit`, which is at least 1.
    pub(super) fn below(&mut self, limit: usize) -> usize {
        scale(self.word(), limit)
    }

    /// One of `list`, which is not empty.
    pub(super) fn pick<T: Copy>(&mut self, list: &[T]) -> T {
        list[self.below(list.len())]
    }

    /// A stream of digits, 16 of each word.
    pub(super) fn digits(&mut self) -> impl FnMut() -> u8 + '_ {
        let (mut word, mut left) = (0, 0);
        move || {
            if left == 0 {
                (word, left) = (self.word(), 16);
            }
            left -= 1;
            let digit = (word % 10) as u8;
            word /= 10;
            digit
        }
    }

    /// Writes 65 bits as 13 lower-case characters: what makes a readable fake unique.
    pub(super) fn suffix(&self, out: &mut String) {
        const ALPHABET: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
        let mut bits = [0; 16];
        bits.copy_from_slice(&self.bytes[16..]);
        let mut bits = u128::from_be_bytes(bits);
        for _ in 0..SUFFIX {
            out.push(char::from(ALPHABET[(bits & 31) as usize]));
            bits >>= 5;
        }
    }
}

/// The length of [`Digest::suffix`] in characters.
pub(super) const SUFFIX: usize = 13;

/// Maps 64 even bits to a number below `limit`.
fn scale(word: u64, limit: usize) -> usize {
    ((u128::from(word) * limit as u128) >> 64) as usize
}

/// The finalizer of splitmix64.
fn mix(word: u64) -> u64 {
    let word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    word ^ (word >> 31)
}
