//! The keyring: all versions of the key-encryption key, unwrapped and expanded.

use std::collections::BTreeMap;
use std::sync::Arc;

use onecli_domain::sealed::WrappedKey;
use onecli_domain::time::Timestamp;
use zeroize::Zeroizing;

use crate::envelope::{Key, bind_key};
use crate::error::Error;

/// Key-encryption keys by version; the highest is the current one.
pub(crate) struct Keyring {
    keys: BTreeMap<u32, Arc<Key>>,
    current: (u32, Arc<Key>),
}

impl Keyring {
    /// Unwraps all keys; fails if any can't be unwrapped.
    pub(crate) fn unwrap(root: &Key, wrapped: &[WrappedKey]) -> Result<Self, Error> {
        Self::gather(root, BTreeMap::new(), wrapped)
    }

    /// A copy of this keyring with these keys added; fails if any can't be unwrapped.
    ///
    /// Known keys are kept even if not listed: values sealed with them may still be in use in this process.
    pub(crate) fn with(&self, root: &Key, wrapped: &[WrappedKey]) -> Result<Self, Error> {
        Self::gather(root, self.keys.clone(), wrapped)
    }

    /// Creates the key of a version, wrapped for the database. It isn't used until adopted.
    pub(crate) fn make(root: &Key, version: u32, now: Timestamp) -> Result<WrappedKey, Error> {
        let mut bytes = Zeroizing::new([0u8; 32]);
        aws_lc_rs::rand::fill(&mut *bytes).map_err(|_| Error::Primitive)?;
        Ok(WrappedKey { version, wrapped: root.seal(&bind_key(version), &*bytes)?, created_at: now })
    }

    /// The key of a version.
    pub(crate) fn key(&self, version: u32) -> Result<&Key, Error> {
        let (current_version, current) = &self.current;
        if version == *current_version {
            return Ok(current);
        }
        self.keys.get(&version).map(AsRef::as_ref).ok_or(Error::UnknownKeyVersion(version))
    }

    /// The key used to seal, with its version.
    pub(crate) fn current(&self) -> (u32, &Key) {
        (self.current.0, &self.current.1)
    }

    fn gather(root: &Key, mut keys: BTreeMap<u32, Arc<Key>>, wrapped: &[WrappedKey]) -> Result<Self, Error> {
        for key in wrapped {
            let clear = root.open(&bind_key(key.version), &key.wrapped).map_err(|_| Error::WrongKey)?;
            let bytes: &[u8; 32] = clear.as_slice().try_into().map_err(|_| Error::WrongKey)?;
            keys.insert(key.version, Arc::new(Key::new(bytes)?));
        }
        let current = keys.last_key_value().map(|(version, key)| (*version, Arc::clone(key)));
        Ok(Self { current: current.ok_or(Error::NoKeys)?, keys })
    }
}
