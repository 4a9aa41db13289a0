//! Fakes: pure functions of the salt, a domain (what a value is, not where it stands) and a person or
//! else the value itself, by HMAC-SHA-256. Nothing is remembered: the same input gives the same fake in
//! every table, store, run, thread and row order, and another salt shares nothing.
//!
//! Each function takes texts and writes one text; `adapter` hands them to DuckDB column by column. The
//! macros in `macros/mask/` are their public face: they cast, and turn a missing argument into an empty
//! text, because DuckDB answers a NULL argument with NULL before a function is ever asked.

mod adapter;
mod address;
mod contact;
mod dates;
mod ff1;
mod finance;
mod fpe;
mod hash;
mod keyed;
pub mod known;
mod names;
mod net;
mod note;
mod pattern;
mod place;
mod text;

use crate::error::Result;
use crate::secret::Key;
use adapter::Function;
use keyed::{Faker, Outcome};
use known::Known;
use std::sync::{Arc, OnceLock};

/// What a function of this module is: it reads the arguments of one row, none of them NULL and the first
/// not empty, and writes the fake.
type Mask = fn(&mut Faker, &[&str], &mut String) -> Outcome;

/// Every function: name, number of arguments, code. The first argument is always the value.
const FUNCTIONS: [(&str, usize, Mask); 25] = [
    ("_mask_birth_date", 6, dates::birth_date),
    ("_mask_card", 1, finance::card),
    ("_mask_city", 3, address::city),
    ("_mask_company", 1, text::company),
    ("_mask_date", 3, dates::date),
    ("_mask_digest", 2, hash::digest),
    ("_mask_email", 5, contact::email),
    ("_mask_first_name", 3, names::first_name),
    ("_mask_fpe", 3, fpe::fpe),
    ("_mask_hash", 4, hash::hash),
    ("_mask_iban", 1, finance::iban),
    ("_mask_ip", 1, net::ip),
    ("_mask_json", 5, place::json),
    ("_mask_last_name", 2, names::last_name),
    ("_mask_name", 3, names::name),
    ("_mask_note", 3, note::note),
    ("_mask_phone", 1, contact::phone),
    ("_mask_shift", 3, dates::shift),
    ("_mask_street", 2, address::street),
    ("_mask_text", 1, text::text),
    ("_mask_unique_text", 3, text::unique_text),
    ("_mask_url", 1, net::url),
    ("_mask_user_name", 4, contact::user_name),
    ("_mask_uuid", 2, hash::uuid),
    ("_mask_zip", 3, address::zip),
];

/// The words fakes are chosen from, lower case: an original that is one of them may come back by chance.
pub fn common_words() -> std::collections::BTreeSet<String> {
    names::all().chain(address::cities()).map(str::to_lowercase).collect()
}

/// The first and last names known here, lower case: what a name of a person looks like.
pub fn names_of_people() -> std::collections::BTreeSet<String> {
    names::all().map(str::to_lowercase).collect()
}

/// A text as people write it who have no umlauts, `Uebelhoer` for `Übelhör`; nothing where that is the same.
pub fn spelled_out(text: &str) -> Option<String> {
    let mut spelled = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            'ä' | 'Ä' => spelled.push_str("ae"),
            'ö' | 'Ö' | 'ø' | 'Ø' => spelled.push_str("oe"),
            'ü' | 'Ü' => spelled.push_str("ue"),
            'å' | 'Å' => spelled.push_str("aa"),
            '\u{308}' if spelled.ends_with(['a', 'o', 'u', 'A', 'O', 'U']) => spelled.push('e'),
            letter => spelled.push(letter),
        }
    }
    (spelled != text).then_some(spelled)
}

/// Makes every masking function known to the connection's database, keyed by `salt`. What is returned
/// takes the known values of a slice, for `_mask_note`.
pub fn register(conn: &duckdb::Connection, salt: &Key) -> Result<Arc<OnceLock<Known>>> {
    let known = Arc::default();
    for (name, arguments, mask) in FUNCTIONS {
        Function::new(salt, mask, &known).register(conn, name, arguments)?;
    }
    Ok(known)
}
