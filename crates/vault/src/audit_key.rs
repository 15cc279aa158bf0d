//! The key that signs the audit log, and verification of its hashes and signatures.

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey};
use onecli_domain::audit::{Checker, CheckpointSigner, Hash, PublicKey, Signature};
use zeroize::Zeroizing;

use crate::error::Error;
use crate::plaintext::Plaintext;
use crate::token::random_bytes;

/// An Ed25519 key (RFC 8032) that signs the audit log. Not stored in the database, so that write access there isn't
/// enough to sign. Has no `Debug`, `Display`, `Serialize` or `Clone`.
pub struct AuditKey {
    pair: Ed25519KeyPair,
    public: PublicKey,
}

impl AuditKey {
    /// Generates a key in the format of its file: 64 hexadecimal digits.
    pub fn generate() -> Result<Plaintext, Error> {
        let seed = Zeroizing::new(random_bytes::<32>()?);
        Ok(Plaintext::from_string(hex::encode(*seed)))
    }

    /// Parses the output of `generate`. Surrounding white space is ignored.
    pub fn read(text: &str) -> Result<Self, Error> {
        let mut seed = Zeroizing::new([0; 32]);
        hex::decode_to_slice(text.trim(), &mut *seed).map_err(|_| Error::MalformedAuditKey)?;
        let pair = Ed25519KeyPair::from_seed_unchecked(&*seed).map_err(|_| Error::Primitive)?;
        let mut public = [0; 32];
        public.copy_from_slice(pair.public_key().as_ref());
        Ok(Self { pair, public: PublicKey(public) })
    }
}

impl CheckpointSigner for AuditKey {
    fn key(&self) -> PublicKey {
        self.public
    }

    fn sign(&self, bytes: &[u8]) -> Signature {
        Signature::of_stored(self.pair.sign(bytes).as_ref())
    }
}

impl Checker for AuditKey {
    fn hash(&self, bytes: &[u8]) -> Hash {
        AuditChecker.hash(bytes)
    }

    fn is_signed(&self, key: &PublicKey, bytes: &[u8], signature: &Signature) -> bool {
        AuditChecker.is_signed(key, bytes, signature)
    }
}

/// Verifies hashes and signatures; needs no private key.
#[derive(Clone, Copy, Debug, Default)]
pub struct AuditChecker;

impl Checker for AuditChecker {
    fn hash(&self, bytes: &[u8]) -> Hash {
        Hash::of_stored(digest(&SHA256, bytes).as_ref())
    }

    fn is_signed(&self, key: &PublicKey, bytes: &[u8], signature: &Signature) -> bool {
        UnparsedPublicKey::new(&ED25519, key.0).verify(bytes, &signature.0).is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn matches_the_test_vectors_of_rfc_8032() {
        // RFC 8032 §7.1, test 2.
        let key =
            AuditKey::read("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb\n").unwrap();
        assert_eq!(key.key().to_string(), "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c");
        let signature = key.sign(&[0x72]);
        assert!(
            signature.to_string().starts_with("92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223")
        );
        assert!(AuditChecker.is_signed(&key.key(), &[0x72], &signature));
        assert!(!AuditChecker.is_signed(&key.key(), &[0x73], &signature));
    }

    #[test]
    fn an_invalid_key_is_refused_without_being_shown() {
        for bad in ["", "00", "deadbeef".repeat(9).as_str(), "not a key"] {
            let error = AuditKey::read(bad).err().unwrap();
            assert_eq!(error, Error::MalformedAuditKey);
        }
        let (first, second) = (AuditKey::generate().unwrap(), AuditKey::generate().unwrap());
        assert!(AuditKey::read(first.as_str().unwrap()).is_ok());
        assert_ne!(first.as_bytes(), second.as_bytes());
    }
}
