//! Envelopes: AES-256-GCM with a random 96-bit nonce, bound to associated data.

use aws_lc_rs::aead::{AES_256_GCM, Aad, Nonce, RandomizedNonceKey};
use onecli_domain::sealed::AssociatedData;
use zeroize::Zeroizing;

use crate::error::Error;

/// A key, expanded once for many uses. aws-lc wipes the expanded key when it frees it (`OPENSSL_free`).
pub(crate) struct Key(RandomizedNonceKey);

impl Key {
    pub(crate) fn new(bytes: &[u8; 32]) -> Result<Self, Error> {
        RandomizedNonceKey::new(&AES_256_GCM, bytes).map(Self).map_err(|_| Error::Primitive)
    }

    /// Returns nonce, ciphertext and tag.
    pub(crate) fn seal(&self, bound: &[u8], plaintext: &[u8]) -> Result<Vec<u8>, Error> {
        let mut out = Vec::with_capacity(NONCE + plaintext.len() + TAG);
        out.resize(NONCE, 0);
        out.extend_from_slice(plaintext);
        // In place, so that no second buffer ever contains the plaintext.
        let (head, body) = out.split_at_mut(NONCE);
        let (nonce, tag) =
            self.0.seal_in_place_separate_tag(Aad::from(bound), body).map_err(|_| Error::Primitive)?;
        head.copy_from_slice(nonce.as_ref());
        out.extend_from_slice(tag.as_ref());
        Ok(out)
    }

    /// Opens the output of `seal`, given the same bound data.
    pub(crate) fn open(&self, bound: &[u8], sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, Error> {
        let (nonce, body) = sealed.split_first_chunk::<NONCE>().ok_or(Error::Damaged)?;
        let mut clear = Zeroizing::new(body.to_vec());
        let length = self
            .0
            .open_in_place(Nonce::assume_unique_for_key(*nonce), Aad::from(bound), &mut clear)
            .map_err(|_| Error::Damaged)?
            .len();
        clear.truncate(length);
        Ok(clear)
    }
}

/// The authenticated data of a ciphertext: purpose, project, record, version and column.
///
/// The encoding is unambiguous: the purpose comes first and determines whether a key version follows,
/// all but the column have fixed widths, and the column comes last, after its length.
pub(crate) fn bind(purpose: Purpose, associated: &AssociatedData<'_>) -> Vec<u8> {
    let mut out = Vec::with_capacity(64 + associated.column.len());
    out.extend_from_slice(DOMAIN);
    match purpose {
        Purpose::Value => out.push(1),
        Purpose::DataKey(key_version) => {
            out.push(2);
            out.extend_from_slice(&key_version.to_be_bytes());
        }
    }
    out.extend_from_slice(associated.project.as_bytes());
    out.extend_from_slice(associated.record.as_bytes());
    out.extend_from_slice(&associated.version.to_be_bytes());
    out.extend_from_slice(&(associated.column.len() as u64).to_be_bytes());
    out.extend_from_slice(associated.column.as_bytes());
    out
}

/// The authenticated data of a wrapped key-encryption key.
pub(crate) fn bind_key(version: u32) -> Vec<u8> {
    [DOMAIN, &[3], &version.to_be_bytes()].concat()
}

/// What is sealed.
#[derive(Clone, Copy)]
pub(crate) enum Purpose {
    /// A value, encrypted with its data key.
    Value,
    /// A data key, wrapped with the key-encryption key of this version.
    DataKey(u32),
}

const DOMAIN: &[u8] = b"onecli sealed v1\0";
const NONCE: usize = 12;
const TAG: usize = 16;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sealed_value_is_nonce_ciphertext_and_tag() {
        let key = Key::new(&[7; 32]).unwrap();
        let sealed = key.seal(b"associated", b"value").unwrap();
        assert_eq!(sealed.len(), NONCE + 5 + TAG);
        assert_eq!(key.open(b"associated", &sealed).unwrap().as_slice(), b"value");
        assert_eq!(key.open(b"other", &sealed).err(), Some(Error::Damaged));
        for short in 0..NONCE + TAG {
            assert_eq!(key.open(b"associated", &sealed[..short]).err(), Some(Error::Damaged));
        }
    }

    #[test]
    fn opens_values_sealed_by_other_libraries() {
        // Test case 16 of "The Galois/Counter Mode of Operation (GCM)", McGrew and Viega.
        let bytes = |text: &str| hex::decode(text).unwrap();
        let key: [u8; 32] =
            bytes("feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308").try_into().unwrap();
        let bound = bytes("feedfacedeadbeeffeedfacedeadbeefabaddad2");
        let sealed = bytes(concat!(
            "cafebabefacedbaddecaf888",
            "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa",
            "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662",
            "76fc6ece0f4e1768cddf8853bb2d551b",
        ));
        let clear = bytes(concat!(
            "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72",
            "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39",
        ));
        assert_eq!(*Key::new(&key).unwrap().open(&bound, &sealed).unwrap(), clear);
    }
}
