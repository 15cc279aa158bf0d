//! Spool keys: encrypt chunks of a body written to disk, with a key that is only ever in memory.

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};

use crate::error::Error;
use crate::token::random_bytes;

/// A random key for one body. It is stored nowhere and lost on drop.
///
/// Nonces are chunk numbers, which is safe since each key is used for one body only.
pub struct SpoolKey(LessSafeKey);

impl SpoolKey {
    /// Generates a key.
    pub fn new() -> Result<Self, Error> {
        let bytes = zeroize::Zeroizing::new(random_bytes::<32>()?);
        UnboundKey::new(&AES_256_GCM, &*bytes).map(LessSafeKey::new).map(Self).map_err(|_| Error::Primitive)
    }

    /// Seals a chunk in place, and appends [`SpoolKey::TAG`] bytes. A number must not be used twice.
    pub fn seal(&self, number: u64, piece: &mut Vec<u8>) -> Result<(), Error> {
        self.0.seal_in_place_append_tag(nonce(number), Aad::empty(), piece).map_err(|_| Error::Primitive)
    }

    /// Opens the chunk with this number in place.
    pub fn open(&self, number: u64, piece: &mut Vec<u8>) -> Result<(), Error> {
        let length =
            self.0.open_in_place(nonce(number), Aad::empty(), piece).map_err(|_| Error::Damaged)?.len();
        piece.truncate(length);
        Ok(())
    }

    /// How many bytes sealing adds.
    pub const TAG: usize = 16;
}

fn nonce(number: u64) -> Nonce {
    let mut bytes = [0; 12];
    let (_, low) = bytes.split_at_mut(4);
    low.copy_from_slice(&number.to_be_bytes());
    Nonce::assume_unique_for_key(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chunk_opens_only_with_its_key_and_number() {
        let (key, other) = (SpoolKey::new().unwrap(), SpoolKey::new().unwrap());
        let mut piece = b"piece".to_vec();
        key.seal(7, &mut piece).unwrap();
        assert_eq!(piece.len(), 5 + SpoolKey::TAG);
        assert_eq!(other.open(7, &mut piece.clone()), Err(Error::Damaged));
        assert_eq!(key.open(8, &mut piece.clone()), Err(Error::Damaged));
        key.open(7, &mut piece).unwrap();
        assert_eq!(piece, b"piece");
    }
}
