//! FF1 of NIST SP 800-38G with AES-256, for numbers of up to 64 bits in each half: that makes every round
//! one or a few AES blocks and plain arithmetic. Tested with the samples of the standard.

use crate::secret::Key;
use aes::cipher::{BlockEncrypt, KeyInit};
use aes::{Aes256, Block};

/// A permutation of the strings of each length over each radix.
pub(super) struct Ff1(Aes256);

impl Ff1 {
    /// The cipher of a key.
    pub(super) fn new(key: &Key) -> Ff1 {
        Ff1(Aes256::new(key.expose().into()))
    }

    /// Enciphers `number`, read as `width` numerals of `radix`. The caller sees to it that there are at
    /// least 10^6 such strings, and that half of one fits 64 bits.
    pub(super) fn encipher(&self, radix: u32, tweak: &[u8], number: u128, width: usize) -> u128 {
        let (left, right) = (width / 2, width - width / 2);
        let limits = [left, right].map(|numerals| u128::from(radix).pow(numerals as u32));
        let bytes = (128 - (limits[1] - 1).leading_zeros() as usize).div_ceil(8);
        let shown = 4 * bytes.div_ceil(4) + 4;
        let start = self.start(radix, width, left, tweak.len());
        let (mut a, mut b) = (number / limits[1], number % limits[1]);
        for round in 0..10u8 {
            let random = self.round(start, tweak, round, &b.to_be_bytes()[16 - bytes..]);
            let added = random[..shown].iter().fold(0, |sum, byte| sum << 8 | u128::from(*byte));
            (a, b) = (b, (a + added) % limits[usize::from(round % 2)]);
        }
        a * limits[1] + b
    }

    /// The state after the block that says what is enciphered; it is the same for all ten rounds.
    fn start(&self, radix: u32, width: usize, left: usize, tweak: usize) -> Block {
        let mut block = Block::from([1, 2, 1, 0, 0, 0, 10, left as u8, 0, 0, 0, 0, 0, 0, 0, 0]);
        block[3..6].copy_from_slice(&radix.to_be_bytes()[1..]);
        block[8..12].copy_from_slice(&(width as u32).to_be_bytes());
        block[12..].copy_from_slice(&(tweak as u32).to_be_bytes());
        self.0.encrypt_block(&mut block);
        block
    }

    /// CBC-MAC over tweak, zeros up to a whole block, round and half number.
    fn round(&self, mut state: Block, tweak: &[u8], round: u8, half: &[u8]) -> Block {
        let zeros = 15 - (tweak.len() + half.len()) % 16;
        let padding = std::iter::repeat_n(&0, zeros);
        let message = tweak.iter().chain(padding).chain(std::slice::from_ref(&round)).chain(half);
        for (place, byte) in message.enumerate() {
            state[place % 16] ^= byte;
            if place % 16 == 15 {
                self.0.encrypt_block(&mut state);
            }
        }
        state
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Samples 7 to 9 of NIST's `FF1samples.pdf`.
    #[test]
    fn the_samples_of_the_standard() {
        let mut key = [0; 32];
        let hex = "2B7E151628AED2A6ABF7158809CF4F3CEF4359D8D580AA4F7F036D6F04FC6A94";
        for (byte, place) in key.iter_mut().zip((0..64).step_by(2)) {
            *byte = u8::from_str_radix(&hex[place..place + 2], 16).unwrap();
        }
        let cipher = Ff1::new(&Key::from_bytes(key));
        let number = |text, radix| u128::from_str_radix(text, radix).unwrap();
        for (radix, tweak, plain, wanted) in [
            (10, &b""[..], "0123456789", "6657667009"),
            (10, b"9876543210", "0123456789", "1001623463"),
            (36, b"7777pqrs777", "0123456789abcdefghi", "xs8a0azh2avyalyzuwd"),
        ] {
            let fake = cipher.encipher(radix, tweak, number(plain, radix), plain.len());
            assert_eq!(fake, number(wanted, radix), "{plain}");
        }
    }
}
