//! Sealed values: inert bytes that only the vault can open.

use std::fmt;

/// A value under envelope encryption. Safe to store, useless without the key-encryption key of its version.
#[derive(Clone, PartialEq, Eq)]
pub struct Sealed {
    /// The version of the key-encryption key that wraps `wrapped_key`.
    pub key_version: u32,
    /// The value's own data key, wrapped: 12 bytes nonce, 32 bytes key, 16 bytes tag.
    pub wrapped_key: Vec<u8>,
    /// The value under the data key: 12 bytes nonce, ciphertext, 16 bytes tag.
    pub body: Vec<u8>,
}

impl fmt::Debug for Sealed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Sealed(key version {}, {} bytes)", self.key_version, self.body.len())
    }
}

/// Where a sealed value belongs. Bound to the ciphertext as additional data, so that it opens nowhere else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AssociatedData<'a> {
    /// The project's id; nil for what belongs to the whole installation.
    pub project: uuid::Uuid,
    /// The record's id.
    pub record: uuid::Uuid,
    /// The column, such as `secrets.value`.
    pub column: &'a str,
    /// Counts the values that this record had in this column: an older ciphertext put back doesn't open.
    pub version: u32,
}

/// A key-encryption key as stored: wrapped under the installation's root key.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct WrappedKey {
    /// Counts from 1; the highest is the current one.
    pub version: u32,
    /// 12 bytes nonce, 32 bytes key, 16 bytes tag.
    pub wrapped: Vec<u8>,
    /// When it was made.
    pub created_at: crate::time::Timestamp,
}
