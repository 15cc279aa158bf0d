//! Sealed values: ciphertexts that only the vault can open.

use std::fmt;

/// A value under envelope encryption. Useless without the key-encryption key of its version.
#[derive(Clone, PartialEq, Eq)]
pub struct Sealed {
    /// The version of the key-encryption key used for `wrapped_key`.
    pub key_version: u32,
    /// The value's own data key, wrapped: 12-byte nonce, 32-byte key, 16-byte tag.
    pub wrapped_key: Vec<u8>,
    /// The value, encrypted with the data key: 12-byte nonce, ciphertext, 16-byte tag.
    pub body: Vec<u8>,
}

impl fmt::Debug for Sealed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Sealed(key version {}, {} bytes)", self.key_version, self.body.len())
    }
}

/// The column and record that a sealed value belongs to, bound to the ciphertext so that it can't be opened elsewhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AssociatedData<'a> {
    /// The project's id; nil for values of the whole installation.
    pub project: uuid::Uuid,
    /// The record's id.
    pub record: uuid::Uuid,
    /// The column, such as `secrets.value`.
    pub column: &'a str,
    /// The number of values that this record has had in this column, so that an old ciphertext can't be restored.
    pub version: u32,
}

/// A key-encryption key as stored: wrapped with the installation's root key.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct WrappedKey {
    /// Counts from 1; the highest version is the current one.
    pub version: u32,
    /// 12-byte nonce, 32-byte key, 16-byte tag.
    pub wrapped: Vec<u8>,
    /// When it was created.
    pub created_at: crate::time::Timestamp,
}
