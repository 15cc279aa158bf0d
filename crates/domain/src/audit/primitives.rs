//! Hashes, keys and signatures of the audit log, and the traits that create and check them.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

macro_rules! byte_array {
    ($(#[$doc:meta])* $name:ident, $length:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash)]
        pub struct $name(pub [u8; $length]);

        impl $name {
            /// Converts stored bytes. Bytes of the wrong length were tampered with; they become a value that
            /// no hash or signature equals.
            pub fn of_stored(bytes: &[u8]) -> Self {
                bytes.try_into().map_or(Self([0xff; $length]), Self)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&hex::encode(self.0))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self)
            }
        }

        impl FromStr for $name {
            type Err = hex::FromHexError;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                let mut bytes = [0; $length];
                hex::decode_to_slice(text, &mut bytes).map(|()| Self(bytes))
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    };
}

byte_array!(/// A SHA-256 hash; written in hexadecimal.
    Hash, 32);
byte_array!(/// An Ed25519 public key (RFC 8032); written in hexadecimal.
    PublicKey, 32);
byte_array!(/// An Ed25519 signature (RFC 8032); written in hexadecimal.
    Signature, 64);

impl Hash {
    /// The previous hash of a chain's first record.
    pub const NONE: Self = Self([0; 32]);
}

/// Hashes bytes and verifies signatures.
pub trait Checker {
    /// The SHA-256 of these bytes.
    fn hash(&self, bytes: &[u8]) -> Hash;

    /// Whether `signature` is this key's signature of `bytes`.
    fn is_signed(&self, key: &PublicKey, bytes: &[u8], signature: &Signature) -> bool;
}

/// Hashes bytes, and signs them with a key that is never stored in the database.
pub trait CheckpointSigner: Checker + Send + Sync {
    /// The public half of the key.
    fn key(&self) -> PublicKey;

    /// Signs these bytes.
    fn sign(&self, bytes: &[u8]) -> Signature;
}
