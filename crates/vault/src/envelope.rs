//! Envelopes: AES-256-GCM with a fresh 96-bit nonce, bound to the place where the ciphertext belongs.

use aws_lc_rs::aead::{AES_256_GCM, Aad, Nonce, RandomizedNonceKey};
use onecli_domain::sealed::Place;
use zeroize::Zeroizing;

use crate::error::Error;

/// A key, expanded once for many uses.
pub(crate) struct Key(RandomizedNonceKey);

impl Key {
    pub(crate) fn new(bytes: &[u8; 32]) -> Result<Self, Error> {
        RandomizedNonceKey::new(&AES_256_GCM, bytes).map(Self).map_err(|_| Error::Primitive)
    }

    /// Nonce, ciphertext and tag.
    pub(crate) fn seal(&self, bound: &[u8], plaintext: &[u8]) -> Result<Vec<u8>, Error> {
        let mut out = Vec::with_capacity(NONCE + plaintext.len() + TAG);
        out.resize(NONCE, 0);
        out.extend_from_slice(plaintext);
        // In place: the clear bytes never stand in a second buffer.
        let (head, body) = out.split_at_mut(NONCE);
        let (nonce, tag) =
            self.0.seal_in_place_separate_tag(Aad::from(bound), body).map_err(|_| Error::Primitive)?;
        head.copy_from_slice(nonce.as_ref());
        out.extend_from_slice(tag.as_ref());
        Ok(out)
    }

    /// Opens what `seal` made for the same place.
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

/// What a ciphertext is bound to: project, record, column and version, each told apart from the next.
pub(crate) fn bind(purpose: Purpose, place: &Place<'_>) -> Vec<u8> {
    let mut out = Vec::with_capacity(64 + place.column.len());
    out.extend_from_slice(DOMAIN);
    match purpose {
        Purpose::Value => out.push(1),
        Purpose::DataKey(key_version) => {
            out.push(2);
            out.extend_from_slice(&key_version.to_be_bytes());
        }
    }
    out.extend_from_slice(place.project.as_bytes());
    out.extend_from_slice(place.record.as_bytes());
    out.extend_from_slice(&place.version.to_be_bytes());
    out.extend_from_slice(&(place.column.len() as u64).to_be_bytes());
    out.extend_from_slice(place.column.as_bytes());
    out
}

/// What a key-encryption key is bound to.
pub(crate) fn bind_key(version: u32) -> Vec<u8> {
    [DOMAIN, &[3], &version.to_be_bytes()].concat()
}

/// What is sealed.
#[derive(Clone, Copy)]
pub(crate) enum Purpose {
    /// A value, under its data key.
    Value,
    /// A data key, under the key-encryption key of this version.
    DataKey(u32),
}

const DOMAIN: &[u8] = b"onecli sealed v1\0";
const NONCE: usize = 12;
const TAG: usize = 16;
