//! Bearer tokens, represented only by their SHA-256 hash.

use std::fmt;

use serde::{Deserialize, Serialize};

/// SHA-256 of an agent token, API key, session or sign-in link. Made by the vault.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct TokenHash(pub [u8; 32]);

impl fmt::Debug for TokenHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TokenHash(…)")
    }
}
