//! The vault: seals values for their places, and opens them there and nowhere else.

use std::sync::{Arc, PoisonError, RwLock};

use onecli_domain::sealed::{Place, Sealed, WrappedKey};
use onecli_domain::time::Timestamp;
use zeroize::Zeroizing;

use crate::envelope::{Key, Purpose, bind};
use crate::error::Error;
use crate::key::RootKey;
use crate::keyring::Keyring;
use crate::plaintext::Plaintext;

/// Seals and opens. Clones share one keyring.
///
/// Every value has a data key of its own, which is wrapped by the current key-encryption key; those are
/// wrapped by the root key and kept in the database. So the root key opens nothing but keys, and a
/// rotation touches no value.
#[derive(Clone)]
pub struct Vault(Arc<Inner>);

struct Inner {
    root: RootKey,
    /// Held for a clone of the map's handle, never while anything is sealed or opened.
    keyring: RwLock<Arc<Keyring>>,
}

impl Vault {
    /// Makes the first key-encryption key, for a new database.
    pub fn create(root: RootKey, now: Timestamp) -> Result<(Self, WrappedKey), Error> {
        let first = Keyring::make(&root, 1, now)?;
        let vault = Self::unlock(root, std::slice::from_ref(&first))?;
        Ok((vault, first))
    }

    /// Takes up the key-encryption keys of a database. Refuses a root key that doesn't open them.
    pub fn unlock(root: RootKey, wrapped: &[WrappedKey]) -> Result<Self, Error> {
        let keyring = Keyring::unwrap(&root, wrapped)?;
        Ok(Self(Arc::new(Inner { root, keyring: RwLock::new(Arc::new(keyring)) })))
    }

    /// Takes up all keys that the database has now: another gateway may have made one.
    pub fn adopt(&self, wrapped: &[WrappedKey]) -> Result<(), Error> {
        let keyring = Keyring::unwrap(&self.0.root, wrapped)?;
        *self.0.keyring.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(keyring);
        Ok(())
    }

    /// Makes the key-encryption key that follows the current one. It is used once it is adopted.
    pub fn next_key(&self, now: Timestamp) -> Result<WrappedKey, Error> {
        Keyring::make(&self.0.root, self.current_version()? + 1, now)
    }

    /// The version under which values are sealed now.
    pub fn current_version(&self) -> Result<u32, Error> {
        self.keyring().current().map(|(version, _)| version)
    }

    /// Seals a value for its place.
    pub fn seal(&self, place: &Place<'_>, plaintext: &[u8]) -> Result<Sealed, Error> {
        let keyring = self.keyring();
        let (key_version, wrapping) = keyring.current()?;
        let mut data_key = Zeroizing::new([0u8; 32]);
        aws_lc_rs::rand::fill(&mut *data_key).map_err(|_| Error::Primitive)?;
        Ok(Sealed {
            key_version,
            wrapped_key: wrapping.seal(&bind(Purpose::DataKey(key_version), place), &*data_key)?,
            body: Key::new(&data_key)?.seal(&bind(Purpose::Value, place), plaintext)?,
        })
    }

    /// Opens a value in its place.
    pub fn open(&self, place: &Place<'_>, sealed: &Sealed) -> Result<Plaintext, Error> {
        let data_key = self.data_key(place, sealed)?;
        Key::new(&data_key)?.open(&bind(Purpose::Value, place), &sealed.body).map(Plaintext::from_zeroizing)
    }

    /// Wraps a value's data key anew, under the current key-encryption key. The value itself is not touched.
    pub fn rewrap(&self, place: &Place<'_>, sealed: &Sealed) -> Result<Sealed, Error> {
        let data_key = self.data_key(place, sealed)?;
        let keyring = self.keyring();
        let (key_version, wrapping) = keyring.current()?;
        Ok(Sealed {
            key_version,
            wrapped_key: wrapping.seal(&bind(Purpose::DataKey(key_version), place), &*data_key)?,
            body: sealed.body.clone(),
        })
    }

    fn data_key(&self, place: &Place<'_>, sealed: &Sealed) -> Result<Zeroizing<[u8; 32]>, Error> {
        let keyring = self.keyring();
        let bound = bind(Purpose::DataKey(sealed.key_version), place);
        let clear = keyring.key(sealed.key_version)?.open(&bound, &sealed.wrapped_key)?;
        let mut key = Zeroizing::new([0; 32]);
        if clear.len() != key.len() {
            return Err(Error::Damaged);
        }
        key.copy_from_slice(&clear);
        Ok(key)
    }

    fn keyring(&self) -> Arc<Keyring> {
        Arc::clone(&self.0.keyring.read().unwrap_or_else(PoisonError::into_inner))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;

    fn vault() -> Vault {
        Vault::create(RootKey::generate().unwrap(), Timestamp(0)).unwrap().0
    }

    fn place(record: u128) -> Place<'static> {
        Place {
            project: Uuid::from_u128(1),
            record: Uuid::from_u128(record),
            column: "secrets.value",
            version: 1,
        }
    }

    #[test]
    fn a_wrong_root_key_is_refused() {
        let (_, first) = Vault::create(RootKey::generate().unwrap(), Timestamp(0)).unwrap();
        let unlocked = Vault::unlock(RootKey::generate().unwrap(), &[first]);
        assert_eq!(unlocked.err(), Some(Error::WrongKey));
    }

    #[test]
    fn a_value_opens_in_its_place_alone() {
        let vault = vault();
        let sealed = vault.seal(&place(7), b"value").unwrap();
        assert_eq!(vault.open(&place(7), &sealed).unwrap().as_bytes(), b"value");
        for other in [
            place(8),
            Place { project: Uuid::from_u128(2), ..place(7) },
            Place { column: "agents.token", ..place(7) },
            Place { version: 2, ..place(7) },
        ] {
            assert_eq!(vault.open(&other, &sealed).err(), Some(Error::Damaged));
        }
    }

    #[test]
    fn rotation_keeps_every_value_readable_throughout() {
        let root = RootKey::generate().unwrap();
        let hex = root.to_hex();
        let (vault, first) = Vault::create(root, Timestamp(0)).unwrap();
        let old = vault.seal(&place(7), b"value").unwrap();
        let second = vault.next_key(Timestamp(1)).unwrap();
        vault.adopt(&[first.clone(), second.clone()]).unwrap();
        assert_eq!(vault.current_version(), Ok(2));
        let new = vault.rewrap(&place(7), &old).unwrap();
        assert_eq!((old.key_version, new.key_version), (1, 2));
        assert_eq!(old.body, new.body);
        let again = Vault::unlock(RootKey::read(hex.as_str().unwrap()).unwrap(), &[first, second]).unwrap();
        for sealed in [old, new] {
            assert_eq!(again.open(&place(7), &sealed).unwrap().as_bytes(), b"value");
        }
    }

    #[test]
    fn an_unknown_key_version_is_named() {
        let vault = vault();
        let sealed = Sealed { key_version: 9, ..vault.seal(&place(7), b"value").unwrap() };
        assert_eq!(vault.open(&place(7), &sealed).err(), Some(Error::UnknownKeyVersion(9)));
    }

    proptest! {
        #[test]
        fn a_changed_bit_is_noticed(value in proptest::collection::vec(any::<u8>(), 0..64), at in any::<prop::sample::Index>(), bit in 0u8..8, in_key: bool) {
            let vault = vault();
            let mut sealed = vault.seal(&place(7), &value).unwrap();
            let opened = vault.open(&place(7), &sealed).unwrap();
            prop_assert_eq!(opened.as_bytes(), &value[..]);
            let bytes = if in_key { &mut sealed.wrapped_key } else { &mut sealed.body };
            let at = at.index(bytes.len());
            bytes[at] ^= 1 << bit;
            prop_assert_eq!(vault.open(&place(7), &sealed).err(), Some(Error::Damaged));
        }

        #[test]
        fn arbitrary_bytes_never_open_nor_panic(wrapped_key in proptest::collection::vec(any::<u8>(), 0..80), body in proptest::collection::vec(any::<u8>(), 0..80)) {
            let sealed = Sealed { key_version: 1, wrapped_key, body };
            prop_assert!(vault().open(&place(7), &sealed).is_err());
        }
    }
}
