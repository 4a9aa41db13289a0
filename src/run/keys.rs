//! One random key per encrypted file, kept in `keys.json` wrapped with a key derived from
//! `DATAMIG_KEY`. Who deletes the wrapped key has destroyed the file's contents.

use crate::error::{Error, Result};
use crate::secret::{Key, Keys};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{ChaCha20Poly1305, Nonce};
use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;

/// The key of one encrypted file; made and stored when `create` and there is none.
pub fn file_key(dir: &Path, name: &str, keys: &Keys, create: bool) -> Result<Key> {
    let mut wrapped = read(dir)?;
    let cipher = ChaCha20Poly1305::new(keys.file.derive("wrap").expose().into());
    if let Some(text) = wrapped.get(name) {
        return unwrap(&cipher, name, text).ok_or_else(|| {
            Error::config(format!("the key of {name}.duckdb does not open with this DATAMIG_KEY"))
                .hint("use the key of the workspace in which the run was made")
        });
    }
    if !create {
        return Err(Error::config(format!("the key of {name}.duckdb was destroyed by `datamig purge`")));
    }
    let key = Key::random();
    let nonce: [u8; 12] = rand::random();
    let payload = Payload { msg: key.expose(), aad: name.as_bytes() };
    let sealed = cipher
        .encrypt(Nonce::from_slice(&nonce), payload)
        .map_err(|_| Error::internal("a file key could not be wrapped"))?;
    wrapped.insert(name.to_owned(), STANDARD.encode([&nonce[..], &sealed].concat()));
    write(dir, &wrapped)?;
    Ok(key)
}

/// Lets a copy of an encrypted file in another run's folder open with the same key.
pub fn adopt(from: &Path, to: &Path, name: &str) -> Result<()> {
    let Some(key) = read(from)?.remove(name) else {
        return Err(Error::config(format!("the key of {name}.duckdb was destroyed by `datamig purge`")));
    };
    let mut wrapped = read(to)?;
    wrapped.insert(name.to_owned(), key);
    write(to, &wrapped)
}

/// Destroys the key of a file. Without it nobody reads the file again.
pub fn destroy(dir: &Path, name: &str) -> Result<()> {
    let mut wrapped = read(dir)?;
    match wrapped.remove(name) {
        Some(_) => write(dir, &wrapped),
        None => Ok(()),
    }
}

/// Sets the mode of a file or folder.
pub fn restrict(path: &Path, mode: u32) -> Result<()> {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode))
        .map_err(|cause| Error::file(path, &cause))
}

/// Writes a file so that a crash leaves the old or the new one.
pub fn replace_file(path: &Path, text: &str, mode: u32) -> Result<()> {
    let draft = path.with_extension("new");
    let write = || -> std::io::Result<()> {
        let mut file = std::fs::File::create(&draft)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()
    };
    write().map_err(|cause| Error::file(&draft, &cause))?;
    restrict(&draft, mode)?;
    std::fs::rename(&draft, path).map_err(|cause| Error::file(path, &cause))
}

fn unwrap(cipher: &ChaCha20Poly1305, name: &str, text: &str) -> Option<Key> {
    let bytes = STANDARD.decode(text).ok()?;
    let (nonce, sealed) = bytes.split_at_checked(12)?;
    let payload = Payload { msg: sealed, aad: name.as_bytes() };
    let key = cipher.decrypt(Nonce::from_slice(nonce), payload).ok()?;
    Some(Key::from_bytes(key.try_into().ok()?))
}

fn read(dir: &Path) -> Result<BTreeMap<String, String>> {
    let path = dir.join("keys.json");
    match std::fs::read_to_string(&path) {
        Ok(text) => serde_json::from_str(&text).map_err(|_| {
            Error::config(format!("{} is damaged", path.display())).hint("restore it from a backup")
        }),
        Err(cause) if cause.kind() == std::io::ErrorKind::NotFound => Ok(BTreeMap::new()),
        Err(cause) => Err(Error::file(&path, &cause)),
    }
}

fn write(dir: &Path, wrapped: &BTreeMap<String, String>) -> Result<()> {
    replace_file(&dir.join("keys.json"), &serde_json::json!(wrapped).to_string(), 0o600)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_key_opens_with_its_master_only_and_not_after_its_destruction() {
        let dir = tempfile::tempdir().unwrap();
        let keys = || Keys { salt: Key::random(), file: Key::random() };
        let (ours, theirs) = (keys(), keys());
        let key = file_key(dir.path(), "staging", &ours, true).unwrap();
        assert_eq!(file_key(dir.path(), "staging", &ours, true).unwrap().expose(), key.expose());
        assert!(file_key(dir.path(), "staging", &theirs, true).is_err());
        destroy(dir.path(), "staging").unwrap();
        assert!(file_key(dir.path(), "staging", &ours, false).is_err());
    }
}
