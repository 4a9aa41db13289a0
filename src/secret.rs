//! Secrets: values that are never printed, the two keys of the workspace, and the only key derivation.

use crate::error::{Error, Result};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, Mac};
use sha2::Sha256;
use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

/// A text that must not be shown. It has no `Display`, its `Debug` is blind, and it cannot be serialized.
#[derive(Clone)]
pub struct Secret(Arc<str>);

impl Secret {
    /// Wraps a text.
    pub fn new(text: String) -> Secret {
        Secret(text.into())
    }

    /// The text itself. Every use is a place to look at.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret(..)")
    }
}

/// 32 bytes from which keys are derived.
#[derive(Clone)]
pub struct Key([u8; 32]);

impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Key(..)")
    }
}

/// The variable of the key that fakes are made with.
pub const SALT: &str = "ANONYMIZATION_SALT";
/// The variable of the key that files are encrypted and signatures made with.
pub const FILE_KEY: &str = "DATAMIG_KEY";

impl Key {
    /// A fresh random key.
    pub fn random() -> Key {
        Key(rand::random())
    }

    /// The key made of these bytes.
    pub fn from_bytes(bytes: [u8; 32]) -> Key {
        Key(bytes)
    }

    /// The bytes. Every use is a place to look at.
    pub fn expose(&self) -> &[u8; 32] {
        &self.0
    }

    /// HMAC-SHA-256 of `message`: a pure function of key and message.
    pub fn mac(&self, message: &[u8]) -> [u8; 32] {
        let mut mac = self.hmac();
        mac.update(message);
        mac.finalize().into_bytes().into()
    }

    /// A keyed HMAC ready for messages, for callers that make many.
    pub fn hmac(&self) -> Hmac<Sha256> {
        <Hmac<Sha256> as Mac>::new_from_slice(&self.0)
            .unwrap_or_else(|_| unreachable!("HMAC takes keys of any length"))
    }

    /// A key for one purpose; knowing it does not help to find this one or another.
    pub fn derive(&self, purpose: &str) -> Key {
        Key(self.mac(format!("datamig/1/{purpose}").as_bytes()))
    }

    /// The form DuckDB takes in `ENCRYPTION_KEY`: hex, so that no quoting can go wrong.
    pub fn hex(&self) -> Secret {
        Secret::new(self.0.iter().map(|byte| format!("{byte:02x}")).collect())
    }

    /// Reads 32 bytes in base64 from a named variable; the key itself is never quoted.
    fn decode(name: &str, text: &str) -> Result<Key> {
        let bytes = STANDARD
            .decode(text.trim())
            .map_err(|_| Error::config(format!("{name} is not base64")).hint(HOW))?;
        let bytes: [u8; 32] = bytes
            .try_into()
            .map_err(|_| Error::config(format!("{name} does not hold 32 bytes")).hint(HOW))?;
        let mut seen = [false; 256];
        for byte in bytes {
            seen[usize::from(byte)] = true;
        }
        // 32 random bytes have about 30 distinct values; fewer than 16 never happens by chance.
        if seen.iter().filter(|seen| **seen).count() < 16 {
            return Err(Error::refused(format!("{name} is weak: it repeats itself")).hint(HOW));
        }
        Ok(Key(bytes))
    }

    /// The key in base64, for `.env`.
    pub fn encode(&self) -> Secret {
        Secret::new(STANDARD.encode(self.0))
    }
}

const HOW: &str =
    "make a new one with `openssl rand -base64 32` and put it in .env (mode 0600) or in the environment";

/// Environment variables, completed by the workspace's `.env`; the environment wins.
#[derive(Clone)]
pub struct Environment {
    file: HashMap<String, Secret>,
}

impl Environment {
    /// Reads `.env` of the workspace, if there is one. One that others can read is refused.
    pub fn load(workspace: &Path) -> Result<Environment> {
        use std::os::unix::fs::PermissionsExt;
        let path = workspace.join(".env");
        let text = match std::fs::read_to_string(&path) {
            Ok(text) => text,
            Err(cause) if cause.kind() == std::io::ErrorKind::NotFound => String::new(),
            Err(cause) => return Err(Error::file(&path, &cause)),
        };
        if let Ok(meta) = std::fs::metadata(&path)
            && meta.permissions().mode() & 0o077 != 0
        {
            return Err(Error::refused(format!("{} can be read by others", path.display()))
                .hint(format!("chmod 600 {}", path.display())));
        }
        let mut file = HashMap::new();
        for line in text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')) {
            let line = line.strip_prefix("export ").unwrap_or(line);
            if let Some((name, value)) = line.split_once('=') {
                let value = value.trim().trim_matches(['"', '\'']);
                file.insert(name.trim().to_owned(), Secret::new(value.to_owned()));
            }
        }
        Ok(Environment { file })
    }

    /// The value of a variable: from the environment, else from the file that `NAME_FILE` names, else
    /// from `.env`. An empty value counts as missing.
    pub fn get(&self, name: &str) -> Option<Secret> {
        let given =
            |name: &str| std::env::var(name).ok().map(Secret::new).or_else(|| self.file.get(name).cloned());
        let direct = given(name).filter(|value| !value.expose().is_empty());
        direct.or_else(|| {
            let path = given(&format!("{name}_FILE"))?;
            let text = std::fs::read_to_string(path.expose()).ok()?;
            Some(Secret::new(text.trim_end_matches(['\r', '\n']).to_owned()))
        })
    }

    /// What to do where a variable has no value: it was not given, or the file it was to come from cannot be read.
    pub fn how_to_set(&self, name: &str) -> String {
        match self.get(&format!("{name}_FILE")) {
            Some(path) => format!("the file that {name}_FILE names cannot be read: {}", path.expose()),
            None => format!("put {name}=... in .env or in the environment, or name a file in {name}_FILE"),
        }
    }

    /// Both keys of the workspace, checked: present, strong and different.
    pub fn keys(&self) -> Result<Keys> {
        let key = |name: &str| match self.get(name) {
            Some(text) => Key::decode(name, text.expose()),
            None => Err(Error::config(format!("{name} is not set")).hint(HOW)),
        };
        let keys = Keys { salt: key(SALT)?, file: key(FILE_KEY)? };
        if keys.salt.0 == keys.file.0 {
            return Err(Error::refused(format!("{SALT} and {FILE_KEY} are the same")).hint(HOW));
        }
        Ok(keys)
    }
}

/// The two keys of a workspace.
#[derive(Clone, Debug)]
pub struct Keys {
    /// Fakes are made with it: the same key gives the same fakes, another shares nothing.
    pub salt: Key,
    /// Files are encrypted and signatures made with keys derived from it.
    pub file: Key,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_has_no_readable_form() {
        assert_eq!(format!("{:?} {:?}", Secret::new("s3cret".into()), Key([7; 32])), "Secret(..) Key(..)");
    }

    #[test]
    fn weak_short_and_unreadable_keys_are_refused_without_quoting_them() {
        let weak = STANDARD.encode([7u8; 32]);
        for text in [weak.as_str(), "c2hvcnQ=", "not base64!"] {
            let error = Key::decode(SALT, text).unwrap_err().to_string();
            assert!(error.contains(SALT) && !error.contains(text), "{error}");
        }
    }

    #[test]
    fn purposes_have_keys_of_their_own() {
        let key = Key([7; 32]);
        assert_ne!(key.derive("a").0, key.derive("b").0);
        assert_eq!(key.derive("a").0, key.derive("a").0);
    }
}
