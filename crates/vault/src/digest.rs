//! Incremental SHA-256, with or without a key.

use aws_lc_rs::digest::{Context, SHA256};
use aws_lc_rs::hmac::{self, HMAC_SHA256};

use crate::plaintext::Plaintext;

/// An incremental SHA-256.
#[derive(Clone)]
pub struct Sha256(Context);

impl Default for Sha256 {
    fn default() -> Self {
        Self(Context::new(&SHA256))
    }
}

impl Sha256 {
    /// Adds bytes.
    pub fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// The hash of all bytes added.
    pub fn finish(self) -> [u8; 32] {
        let mut out = [0; 32];
        out.copy_from_slice(self.0.finish().as_ref());
        out
    }

    /// The same in hexadecimal.
    pub fn finish_hex(self) -> String {
        hex::encode(self.finish())
    }
}

/// An incremental HMAC-SHA-256 (RFC 2104): useless to anyone without the key.
pub struct KeyedHash(hmac::Context);

impl KeyedHash {
    /// Starts a hash.
    pub fn new(key: &Plaintext) -> Self {
        Self(hmac::Context::with_key(&hmac::Key::new(HMAC_SHA256, key.as_bytes())))
    }

    /// Adds a part, prefixed with its length so that bytes can't move from one part to the next.
    pub fn part(&mut self, bytes: &[u8]) {
        self.0.update(&(bytes.len() as u64).to_be_bytes());
        self.0.update(bytes);
    }

    /// The hash of all parts.
    pub fn finish(self) -> [u8; 32] {
        let mut out = [0; 32];
        out.copy_from_slice(self.0.sign().as_ref());
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_depends_on_key_and_parts() {
        let hash = |key: &[u8], parts: &[&str]| {
            let mut hash = KeyedHash::new(&Plaintext::from_vec(key.to_vec()));
            for part in parts {
                hash.part(part.as_bytes());
            }
            hash.finish()
        };
        assert_eq!(hash(b"key", &["a", "b"]), hash(b"key", &["a", "b"]));
        assert_ne!(hash(b"key", &["a", "b"]), hash(b"key", &["ab", ""]));
        assert_ne!(hash(b"key", &["a", "b"]), hash(b"other", &["a", "b"]));
    }
}
