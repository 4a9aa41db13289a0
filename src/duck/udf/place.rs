//! JSON of which some places have a strategy of their own. Leaf by leaf, so that a key that comes twice is
//! masked twice; what no place names is scanned, and what is no JSON is an error: nothing is ever copied
//! because a path did not find it.

use super::keyed::{Faker, Outcome};
use super::note::{Scan, string_end};
use super::{Mask, address, dates, hash};
use crate::error::{MASK_BAD_ARGUMENT, MASK_NOT_JSON, MASK_NOT_TEXT};
use serde::Deserialize;
use serde_json::Value;
use std::rc::Rc;

/// What happens at a place.
#[derive(Deserialize)]
pub(super) struct Rule {
    at: String,
    #[serde(default)]
    keep: bool,
    mask: Option<String>,
    #[serde(default)]
    args: Vec<String>,
    /// Whether what the slice knows of the value comes first.
    #[serde(default)]
    known: bool,
    #[serde(default)]
    set: Value,
    #[serde(skip)]
    steps: Vec<Step>,
}

/// The functions that only leaves need: of columns SQL does the same.
const OF_LEAVES: [(&str, usize, Mask); 4] = [
    ("_mask_shifted", 3, dates::shifted),
    ("_mask_token", 2, hash::token),
    ("_mask_year", 1, dates::year),
    ("_mask_zip3", 1, address::zip3),
];

/// One step of a path.
enum Step {
    Name(String),
    AnyName,
    Index(usize),
    AnyIndex,
    /// Any steps at all.
    Deep,
}

/// Where a leaf is.
enum Key {
    Name(String),
    Index(usize),
}

/// Arguments: JSON, rules, persons the row is about, the person whose row it is, `true` to replace also the
/// words that few rows have.
pub(super) fn json(faker: &mut Faker, args: &[&str], out: &mut String) -> Outcome {
    if serde_json::from_str::<serde::de::IgnoredAny>(args[0]).is_err() {
        return Err(MASK_NOT_JSON);
    }
    let rules = rules(faker, args[1])?;
    let person = args[3];
    let walk =
        Walk { rules: &rules, person, scan: Scan::new(faker, args[2], args[4] == "true"), at: Vec::new() };
    walk.whole(args[0], out)
}

/// The rules, read once per batch.
fn rules(faker: &mut Faker, text: &str) -> Result<Rc<Vec<Rule>>, &'static str> {
    if let Some((known, rules)) = &faker.places
        && known == text
    {
        return Ok(rules.clone());
    }
    let mut rules: Vec<Rule> = serde_json::from_str(text).map_err(|_| MASK_BAD_ARGUMENT)?;
    for rule in &mut rules {
        rule.steps = steps(&rule.at).ok_or(MASK_BAD_ARGUMENT)?;
    }
    let rules = Rc::new(rules);
    faker.places = Some((text.to_owned(), rules.clone()));
    Ok(rules)
}

fn steps(path: &str) -> Option<Vec<Step>> {
    let mut rest = path.strip_prefix('$')?;
    let mut steps = Vec::new();
    while !rest.is_empty() {
        if let Some(index) = rest.strip_prefix('[') {
            let (index, after) = index.split_once(']')?;
            steps.push(if index == "*" { Step::AnyIndex } else { Step::Index(index.parse().ok()?) });
            rest = after;
            continue;
        }
        rest = rest.strip_prefix('.')?;
        if let Some(after) = rest.strip_prefix('.') {
            steps.push(Step::Deep);
            rest = after;
        }
        if let Some(quoted) = rest.strip_prefix('"') {
            let (name, after) = quoted.split_once('"')?;
            steps.push(Step::Name(name.to_owned()));
            rest = after;
        } else {
            let (name, after) = rest.split_at(rest.find(['.', '[']).unwrap_or(rest.len()));
            steps.push(if name == "*" { Step::AnyName } else { Step::Name(name.to_owned()) });
            rest = after;
        }
    }
    Some(steps)
}

/// Whether a path leads to where `keys` are, or above.
fn leads(steps: &[Step], keys: &[Key]) -> bool {
    let Some((step, after)) = steps.split_first() else { return true };
    if matches!(step, Step::Deep) {
        return (0..keys.len()).any(|skipped| leads(after, &keys[skipped..]));
    }
    let Some((key, below)) = keys.split_first() else { return false };
    let is_right = match (step, key) {
        (Step::Name(name), Key::Name(key)) => name == key,
        (Step::Index(index), Key::Index(key)) => index == key,
        (Step::AnyName, Key::Name(_)) | (Step::AnyIndex, Key::Index(_)) => true,
        _ => false,
    };
    is_right && leads(after, below)
}

struct Walk<'r, 'a, 'b> {
    rules: &'r [Rule],
    person: &'r str,
    scan: Scan<'a, 'b>,
    at: Vec<Key>,
}

impl Walk<'_, '_, '_> {
    fn whole(mut self, text: &str, out: &mut String) -> Outcome {
        self.value(text, 0, out).map(drop)
    }

    /// The value that begins at `at`, blanks before it included; returns where it ends.
    fn value(&mut self, text: &str, at: usize, out: &mut String) -> Result<usize, &'static str> {
        let bytes = text.as_bytes();
        let start = blanks(text, at, out);
        match bytes.get(start) {
            Some(b'{' | b'[') => self.members(text, start, out),
            Some(b'"') => {
                let end = string_end(bytes, start);
                self.leaf(&text[start..end], out).map(|()| end)
            }
            Some(_) => {
                let is_end = |byte: &u8| b",]} \t\r\n".contains(byte);
                let end = bytes[start..].iter().position(is_end).map_or(text.len(), |length| start + length);
                self.leaf(&text[start..end], out).map(|()| end)
            }
            None => Err(MASK_NOT_JSON),
        }
    }

    /// An object or array, brackets included.
    fn members(&mut self, text: &str, start: usize, out: &mut String) -> Result<usize, &'static str> {
        let bytes = text.as_bytes();
        let is_object = bytes[start] == b'{';
        out.push(char::from(bytes[start]));
        let mut at = start + 1;
        for number in 0.. {
            at = blanks(text, at, out);
            match bytes.get(at) {
                Some(b'}' | b']') => {
                    out.push(char::from(bytes[at]));
                    return Ok(at + 1);
                }
                Some(b',') => {
                    out.push(',');
                    at = blanks(text, at + 1, out);
                }
                Some(_) => {}
                None => return Err(MASK_NOT_JSON),
            }
            if is_object {
                let end = string_end(bytes, at);
                let name = serde_json::from_str(&text[at..end]).map_err(|_| MASK_NOT_TEXT)?;
                self.scan.leaf(&text[at..end], true, 0, out)?;
                at = blanks(text, end, out);
                out.push(':');
                at += 1;
                self.at.push(Key::Name(name));
            } else {
                self.at.push(Key::Index(number));
            }
            at = self.value(text, at, out)?;
            self.at.pop();
        }
        Err(MASK_NOT_JSON)
    }

    /// A string, number or word of JSON. NULL says nothing about anybody and stays.
    fn leaf(&mut self, token: &str, out: &mut String) -> Outcome {
        let is_string = token.starts_with('"');
        let rules = self.rules;
        let Some(rule) = rules.iter().find(|rule| leads(&rule.steps, &self.at)) else {
            return match (is_string, token) {
                (true, _) => self.scan.leaf(token, false, 0, out),
                (_, "true" | "false" | "null") => {
                    out.push_str(token);
                    Ok(())
                }
                _ => {
                    self.scan.number(token, out);
                    Ok(())
                }
            };
        };
        let Some(mask) = &rule.mask else {
            let set = rule.set.to_string();
            out.push_str(if rule.keep || token == "null" { token } else { &set });
            return Ok(());
        };
        let text = match is_string {
            true => serde_json::from_str::<String>(token).map_err(|_| MASK_NOT_TEXT)?,
            false => token.to_owned(),
        };
        if text.is_empty() || token == "null" {
            out.push_str(token);
            return Ok(());
        }
        let mut fake = match rule.known.then(|| self.scan.whole(&text)).flatten() {
            Some(known) => known,
            None => self.fake(rule, mask, &text)?,
        };
        let is_number = !is_string
            && fake.bytes().all(|byte| byte.is_ascii_digit())
            && !(fake.starts_with('0') && fake.len() > 1);
        if !is_number {
            fake = Value::String(fake).to_string();
        }
        out.push_str(&fake);
        Ok(())
    }

    fn fake(&mut self, rule: &Rule, mask: &str, text: &str) -> Result<String, &'static str> {
        let found = super::FUNCTIONS.iter().chain(&OF_LEAVES).find(|(name, ..)| *name == mask);
        let (_, count, function) = found.ok_or(MASK_BAD_ARGUMENT)?;
        let told = rule.args.iter().map(|arg| if arg == "{person}" { self.person } else { arg });
        let args: Vec<&str> = std::iter::once(text).chain(told).collect();
        if args.len() != *count {
            return Err(MASK_BAD_ARGUMENT);
        }
        let mut fake = String::new();
        function(self.scan.faker, &args, &mut fake)?;
        Ok(fake)
    }
}

/// Copies blanks; returns where they end.
fn blanks(text: &str, at: usize, out: &mut String) -> usize {
    let rest = &text[at..];
    let end = at + rest.len() - rest.trim_start_matches([' ', '\t', '\r', '\n']).len();
    out.push_str(&text[at..end]);
    end
}
