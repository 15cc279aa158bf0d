//! Spool keys: for pieces of one body that leave memory for a while, under a key that never does.

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};

use crate::error::Error;
use crate::token::random_bytes;

/// A key for one body. It is made at random, kept nowhere, and gone with the value.
///
/// Nonces are the pieces' numbers: under a key of its own each is used once.
pub struct SpoolKey(LessSafeKey);

impl SpoolKey {
    /// A new key.
    pub fn new() -> Result<Self, Error> {
        let bytes = zeroize::Zeroizing::new(random_bytes::<32>()?);
        UnboundKey::new(&AES_256_GCM, &*bytes).map(LessSafeKey::new).map(Self).map_err(|_| Error::Primitive)
    }

    /// Seals a piece in place, and adds [`SpoolKey::TAG`] bytes. No number is used twice.
    pub fn seal(&self, number: u64, piece: &mut Vec<u8>) -> Result<(), Error> {
        self.0.seal_in_place_append_tag(nonce(number), Aad::empty(), piece).map_err(|_| Error::Primitive)
    }

    /// Opens the piece of a number in place.
    pub fn open(&self, number: u64, piece: &mut Vec<u8>) -> Result<(), Error> {
        let length =
            self.0.open_in_place(nonce(number), Aad::empty(), piece).map_err(|_| Error::Damaged)?.len();
        piece.truncate(length);
        Ok(())
    }

    /// How much longer a sealed piece is.
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
    fn a_piece_opens_under_its_key_and_number_alone() {
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
