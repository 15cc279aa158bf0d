//! SHA-256 over what comes piece by piece, with a key or without.

use aws_lc_rs::digest::{Context, SHA256};
use aws_lc_rs::hmac::{self, HMAC_SHA256};

use crate::plaintext::Plaintext;

/// A SHA-256 under way.
#[derive(Clone)]
pub struct Sha256(Context);

impl Default for Sha256 {
    fn default() -> Self {
        Self(Context::new(&SHA256))
    }
}

impl Sha256 {
    /// Takes in bytes.
    pub fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// The hash of all that was taken in.
    pub fn finish(self) -> [u8; 32] {
        let mut out = [0; 32];
        out.copy_from_slice(self.0.finish().as_ref());
        out
    }

    /// The hash in hexadecimal.
    pub fn finish_hex(self) -> String {
        hex::encode(self.finish())
    }
}

/// A hash that tells nothing to who lacks its key: HMAC with SHA-256 (RFC 2104), under way.
pub struct KeyedHash(hmac::Context);

impl KeyedHash {
    /// Begins one.
    pub fn new(key: &Plaintext) -> Self {
        Self(hmac::Context::with_key(&hmac::Key::new(HMAC_SHA256, key.as_bytes())))
    }

    /// Takes in a part behind its length, so that nothing can move from one part into the next.
    pub fn part(&mut self, bytes: &[u8]) {
        self.0.update(&(bytes.len() as u64).to_be_bytes());
        self.0.update(bytes);
    }

    /// The hash of all that was taken in.
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
    fn parts_and_key_make_the_hash() {
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
