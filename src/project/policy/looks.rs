//! What the name of a column looks like, and why it may look like what it is not: `email_id` is a key,
//! `capacity` has no city in it.

use crate::catalog::{Catalog, Column};
use crate::name::snake;

/// Words in names and the kind of fake they call for: the patterns of the policy, and what they forgot.
const WORDS: [(&str, &str); 60] = [
    ("email", "email"),
    ("mail", "email"),
    ("ssn", "ssn"),
    ("social_security", "ssn"),
    ("first_name", "first_name"),
    ("given_name", "first_name"),
    ("middle_name", "first_name"),
    ("fname", "first_name"),
    ("last_name", "last_name"),
    ("family_name", "last_name"),
    ("lname", "last_name"),
    ("surname", "last_name"),
    ("full_name", "name"),
    ("display_name", "name"),
    ("contact_name", "name"),
    ("phone", "phone_number"),
    ("mobile", "phone_number"),
    ("telephone", "phone_number"),
    ("tel", "phone_number"),
    ("fax", "phone_number"),
    ("street", "street_address"),
    ("address_line", "street_address"),
    ("address", "street_address"),
    ("addr", "street_address"),
    ("city", "city"),
    ("state", "state"),
    ("zip", "zipcode"),
    ("postal", "zipcode"),
    ("birth", "date_of_birth"),
    ("dob", "date_of_birth"),
    ("username", "user_name"),
    ("user_name", "user_name"),
    ("login", "user_name"),
    ("password", "password"),
    ("passwd", "password"),
    ("pwd", "password"),
    ("ip_address", "ipv4"),
    ("ip_addr", "ipv4"),
    ("ip", "ipv4"),
    ("url", "url"),
    ("website", "url"),
    ("iban", "iban"),
    ("card", "card"),
    ("passport", "identifier"),
    ("license", "identifier"),
    ("insurance", "identifier"),
    ("emailaddress", "email"),
    ("firstname", "first_name"),
    ("forename", "first_name"),
    ("nickname", "first_name"),
    ("lastname", "last_name"),
    ("maiden_name", "last_name"),
    ("fullname", "name"),
    ("phonenumber", "phone_number"),
    ("streetaddress", "street_address"),
    ("zipcode", "zipcode"),
    ("birthdate", "date_of_birth"),
    ("birthday", "date_of_birth"),
    ("dateofbirth", "date_of_birth"),
    ("born", "date_of_birth"),
];

/// One thing a name looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Look {
    /// The word in the name.
    pub word: &'static str,
    /// The kind of fake it calls for; `ssn`, `state`, `password` and `identifier` are kinds here too.
    pub kind: &'static str,
    /// Whether the word stands between word boundaries.
    pub is_whole: bool,
}

/// What a name looks like: of words that hold each other the longest.
pub fn looks(name: &str) -> Vec<Look> {
    let name = snake(name);
    let mut found: Vec<(usize, Look)> = Vec::new();
    for (word, kind) in WORDS {
        let Some(start) = name.find(word) else { continue };
        let end = start + word.len();
        let is_edge = |byte: Option<&u8>| byte.is_none_or(|byte| !byte.is_ascii_lowercase());
        let before = start.checked_sub(1).and_then(|at| name.as_bytes().get(at));
        let after = name[end..].strip_prefix('s').unwrap_or(&name[end..]).as_bytes().first();
        let is_whole = is_edge(before) && is_edge(after);
        // `ip` or `tel` inside of a word means nothing at all.
        if !is_whole && word.len() < 4 {
            continue;
        }
        let covers = |from: usize, other: &str| from <= start && end <= from + other.len();
        if found.iter().any(|(from, look)| covers(*from, look.word)) {
            continue;
        }
        found.retain(|(from, look)| !(start <= *from && from + look.word.len() <= end));
        found.push((start, Look { word, kind, is_whole }));
    }
    found.into_iter().map(|(_, look)| look).collect()
}

/// Why a name looks like what its column is not, one line per reason.
pub fn accidents(catalog: &Catalog, table: usize, column: &Column) -> Vec<String> {
    let looks = looks(&column.name);
    let is_key = catalog.tables[table].key.contains(&column.name)
        || catalog.references_of(table).any(|reference| reference.columns.contains(&column.name));
    let holds_text = column.as_text || ["VARCHAR", "JSON"].contains(&column.duck_type.as_str());
    let mut reasons = Vec::new();
    for look in &looks {
        let Look { word, kind, is_whole } = look;
        let fits_type = holds_text || (*kind == "date_of_birth" && column.duck_type.starts_with("DATE"));
        if !is_whole {
            reasons.push(format!("\"{word}\" is only a part of a word in it"));
        } else if is_key {
            reasons.push(format!("looks like {kind}, is a key"));
        } else if !fits_type && !["ssn", "zipcode", "identifier", "card"].contains(kind) {
            reasons.push(format!("looks like {kind}, is {}", column.duck_type));
        }
    }
    if let [first, .., last] = looks.as_slice()
        && first.kind != last.kind
    {
        reasons.push(format!("looks like {} and like {}: the first entry decides", first.kind, last.kind));
    }
    reasons
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_word_by_word() {
        let kinds = |name: &str| looks(name).iter().map(|look| look.kind).collect::<Vec<_>>();
        assert_eq!(kinds("recipient_email"), ["email"]);
        assert_eq!(kinds("FirstName"), ["first_name"]);
        for name in ["birthdate", "Birthday", "dateofbirth", "born_on"] {
            assert!(looks(name).iter().all(|look| look.is_whole), "{name}");
            assert_eq!(kinds(name), ["date_of_birth"], "{name}");
        }
        assert_eq!(kinds("lastname"), ["last_name"]);
        assert!(!looks("stubborn")[0].is_whole);
        assert_eq!(kinds("last_login_ip"), ["user_name", "ipv4"]);
        assert_eq!(kinds("description"), Vec::<&str>::new());
        assert!(!looks("capacity")[0].is_whole && !looks("statement")[0].is_whole);
        assert!(looks("states")[0].is_whole && looks("home_city")[0].is_whole);
    }
}
