//! Root keys: what the operator keeps outside the database.

use argon2::{Algorithm, Argon2, Params, Version};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use zeroize::Zeroizing;

use crate::error::Error;
use crate::plaintext::Plaintext;

/// The key that wraps the key-encryption keys. From a key file, an environment variable or a passphrase.
pub struct RootKey(pub(crate) Zeroizing<[u8; 32]>);

impl RootKey {
    /// Reads 64 hexadecimal digits, or base64 of 32 bytes. White space around them is ignored.
    pub fn read(text: &str) -> Result<Self, Error> {
        let text = text.trim();
        let mut key = Zeroizing::new([0; 32]);
        if text.len() == 64 && hex::decode_to_slice(text, &mut *key).is_ok() {
            return Ok(Self(key));
        }
        let decoded = Zeroizing::new(BASE64_STANDARD.decode(text).map_err(|_| Error::MalformedKey)?);
        if decoded.len() != key.len() {
            return Err(Error::MalformedKey);
        }
        key.copy_from_slice(&decoded);
        Ok(Self(key))
    }

    /// Makes a new one.
    pub fn generate() -> Result<Self, Error> {
        let mut key = Zeroizing::new([0; 32]);
        aws_lc_rs::rand::fill(&mut *key).map_err(|_| Error::Primitive)?;
        Ok(Self(key))
    }

    /// Derives one from a passphrase: Argon2id with 64 MiB, three passes and one lane, more than the second
    /// recommendation of RFC 9106 §4 asks of one lane. Takes a good fraction of a second, once, on start.
    pub fn from_passphrase(passphrase: &str, salt: &[u8; 16]) -> Result<Self, Error> {
        let params = Params::new(64 * 1024, 3, 1, Some(32)).map_err(|_| Error::Primitive)?;
        let mut key = Zeroizing::new([0; 32]);
        Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
            .hash_password_into(passphrase.as_bytes(), salt, &mut *key)
            .map_err(|_| Error::Primitive)?;
        Ok(Self(key))
    }

    /// 64 hexadecimal digits, for the key file.
    pub fn to_hex(&self) -> Plaintext {
        Plaintext::from_string(hex::encode(*self.0))
    }
}
