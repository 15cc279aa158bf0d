//! Hashes, keys and signatures of the audit log, and who can make and check them.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

macro_rules! mark {
    ($(#[$doc:meta])* $name:ident, $length:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash)]
        pub struct $name(pub [u8; $length]);

        impl $name {
            /// Takes bytes as they were stored. What has another length than it was written with was tampered
            /// with, and reads as what nothing hashes or signs to.
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

mark!(/// A SHA-256, in hexadecimal where it is written.
    Hash, 32);
mark!(/// An Ed25519 public key (RFC 8032), in hexadecimal where it is written.
    PublicKey, 32);
mark!(/// An Ed25519 signature (RFC 8032), in hexadecimal where it is written.
    Signature, 64);

impl Hash {
    /// What stands before the first record of a chain.
    pub const NONE: Self = Self([0; 32]);
}

/// Hashes, and checks signatures.
pub trait Checker {
    /// The SHA-256 of these bytes.
    fn hash(&self, bytes: &[u8]) -> Hash;

    /// Whether this key made this signature of these bytes.
    fn is_signed(&self, key: &PublicKey, bytes: &[u8], signature: &Signature) -> bool;
}

/// Hashes, and signs with a key that the store never sees.
pub trait CheckpointSigner: Checker + Send + Sync {
    /// The public half of the key.
    fn key(&self) -> PublicKey;

    /// Signs these bytes.
    fn sign(&self, bytes: &[u8]) -> Signature;
}
