//! Root keys, which the operator keeps outside the database.

use argon2::{Algorithm, Argon2, Params, Version};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use zeroize::Zeroizing;

use crate::envelope::Key;
use crate::error::Error;
use crate::plaintext::Plaintext;

/// The key that wraps the key-encryption keys; read from a key file or an environment variable, or derived from a passphrase.
///
/// Has no `Debug`, `Display`, `Serialize` or `Clone`, and is wiped on drop.
pub struct RootKey(Zeroizing<[u8; 32]>);

impl RootKey {
    /// Parses 64 hexadecimal digits, or base64 of 32 bytes. Surrounding white space is ignored.
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

    /// Generates a new key.
    pub fn generate() -> Result<Self, Error> {
        let mut key = Zeroizing::new([0; 32]);
        aws_lc_rs::rand::fill(&mut *key).map_err(|_| Error::Primitive)?;
        Ok(Self(key))
    }

    /// Derives a key from a passphrase with Argon2id: 64 MiB, three passes, one lane. Exceeds the second
    /// recommendation of RFC 9106 §4. Takes a considerable part of a second, once per start.
    pub fn from_passphrase(passphrase: &str, salt: &[u8; 16]) -> Result<Self, Error> {
        if passphrase.trim().is_empty() {
            return Err(Error::EmptyPassphrase);
        }
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

    pub(crate) fn expand(&self) -> Result<Key, Error> {
        Key::new(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_key_parses_back_from_its_text() {
        let key = RootKey::generate().unwrap();
        let hex = key.to_hex();
        let text = hex.as_str().unwrap();
        assert_eq!(text.len(), 64);
        let base64 = BASE64_STANDARD.encode(*key.0);
        for written in [text.to_owned(), text.to_uppercase(), format!(" {text}\n"), format!("{base64}\r\n")] {
            assert!(RootKey::read(&written).unwrap().0 == key.0);
        }
    }

    #[test]
    fn an_invalid_key_is_refused_without_being_shown() {
        let almost = "deadbeef".repeat(8);
        for bad in [
            "",
            "deadbeef",
            &almost[1..],
            &format!("{almost}0"),
            &"g".repeat(64),
            &BASE64_STANDARD.encode([7; 33]),
            "é",
        ] {
            let error = RootKey::read(bad).err().unwrap();
            assert_eq!(error, Error::MalformedKey, "{bad:?}");
            assert!(bad.is_empty() || !error.to_string().contains(bad));
        }
    }

    #[test]
    fn a_passphrase_gives_the_same_key_only_for_the_same_salt() {
        let derive =
            |passphrase, salt: u8| RootKey::from_passphrase(passphrase, &[salt; 16]).map(|key| key.0);
        let key = derive("correct horse", 1).unwrap();
        assert!(key == derive("correct horse", 1).unwrap());
        assert!(key != derive("correct horse", 2).unwrap());
        assert!(key != derive("correct hors", 1).unwrap());
        assert_eq!(derive(" ", 1).err(), Some(Error::EmptyPassphrase));
    }

    proptest! {
        #[test]
        fn reading_never_panics(text in "\\PC{0,80}") {
            let _ = RootKey::read(&text);
        }
    }
}
