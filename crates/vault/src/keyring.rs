//! The keyring: every version of the key-encryption key, expanded and ready.

use std::collections::BTreeMap;
use std::sync::Arc;

use onecli_domain::sealed::WrappedKey;
use onecli_domain::time::Timestamp;
use zeroize::Zeroizing;

use crate::envelope::{Key, bind_key};
use crate::error::Error;
use crate::key::RootKey;

/// Key-encryption keys by version; the highest is the current one.
#[derive(Clone, Default)]
pub(crate) struct Keyring(BTreeMap<u32, Arc<Key>>);

impl Keyring {
    /// Unwraps all of these, or none.
    pub(crate) fn unwrap(root: &RootKey, wrapped: &[WrappedKey]) -> Result<Self, Error> {
        let root = Key::new(&root.0)?;
        let mut keys = BTreeMap::new();
        for key in wrapped {
            let clear = root.open(&bind_key(key.version), &key.wrapped).map_err(|_| Error::WrongKey)?;
            let bytes: &[u8; 32] = clear.as_slice().try_into().map_err(|_| Error::WrongKey)?;
            keys.insert(key.version, Arc::new(Key::new(bytes)?));
        }
        Ok(Self(keys))
    }

    /// Makes the key of a version, wrapped for the database. It isn't used before it is adopted.
    pub(crate) fn make(root: &RootKey, version: u32, now: Timestamp) -> Result<WrappedKey, Error> {
        let mut bytes = Zeroizing::new([0u8; 32]);
        aws_lc_rs::rand::fill(&mut *bytes).map_err(|_| Error::Primitive)?;
        let wrapped = Key::new(&root.0)?.seal(&bind_key(version), &*bytes)?;
        Ok(WrappedKey { version, wrapped, created_at: now })
    }

    pub(crate) fn key(&self, version: u32) -> Result<&Arc<Key>, Error> {
        self.0.get(&version).ok_or(Error::UnknownKeyVersion(version))
    }

    pub(crate) fn current(&self) -> Result<(u32, &Arc<Key>), Error> {
        self.0.last_key_value().map(|(version, key)| (*version, key)).ok_or(Error::UnknownKeyVersion(0))
    }
}
