//! The vault: seals values, bound to their associated data, and opens them only with the same.

use std::sync::{Arc, PoisonError, RwLock};

use onecli_domain::sealed::{AssociatedData, Sealed, WrappedKey};
use onecli_domain::time::Timestamp;
use zeroize::Zeroizing;

use crate::envelope::{Key, Purpose, bind};
use crate::error::Error;
use crate::key::RootKey;
use crate::keyring::Keyring;
use crate::plaintext::Plaintext;

/// Seals and opens values. Clones share one keyring.
///
/// Every value has its own data key, wrapped with the current key-encryption key. Key-encryption keys are in the
/// database, wrapped with the root key. So the root key opens only keys, and a rotation doesn't re-encrypt values.
#[derive(Clone)]
pub struct Vault(Arc<Inner>);

struct Inner {
    root: Key,
    /// Locked only while the handle is cloned or swapped, never while sealing or opening.
    keyring: RwLock<Arc<Keyring>>,
}

impl Vault {
    /// Creates the first key-encryption key of a new database. The returned key must be stored before anything
    /// that was sealed with it.
    pub fn create(root: RootKey, now: Timestamp) -> Result<(Self, WrappedKey), Error> {
        let first = Keyring::make(&root.expand()?, 1, now)?;
        let vault = Self::unlock(root, std::slice::from_ref(&first))?;
        Ok((vault, first))
    }

    /// Loads the key-encryption keys of a database; fails if the root key can't open all of them.
    // By value, so that the caller keeps no copy of the key.
    #[expect(clippy::needless_pass_by_value, reason = "the root key is wiped as soon as it is expanded")]
    pub fn unlock(root: RootKey, wrapped: &[WrappedKey]) -> Result<Self, Error> {
        let root = root.expand()?;
        let keyring = Keyring::unwrap(&root, wrapped)?;
        Ok(Self(Arc::new(Inner { root, keyring: RwLock::new(Arc::new(keyring)) })))
    }

    /// Loads the keys now in the database, which `next_key` or another gateway created. The highest
    /// version becomes current; on an error nothing changes.
    pub fn adopt(&self, wrapped: &[WrappedKey]) -> Result<(), Error> {
        let mut keyring = self.0.keyring.write().unwrap_or_else(PoisonError::into_inner);
        *keyring = Arc::new(keyring.with(&self.0.root, wrapped)?);
        Ok(())
    }

    /// Creates the key-encryption key that follows the current one. It is used only once it is adopted, after
    /// it was stored, so that no value is ever sealed with a key that only this process has.
    pub fn next_key(&self, now: Timestamp) -> Result<WrappedKey, Error> {
        Keyring::make(&self.0.root, self.current_version().saturating_add(1), now)
    }

    /// The key version used to seal values now.
    pub fn current_version(&self) -> u32 {
        self.keyring().current().0
    }

    /// Seals a value, bound to its associated data.
    pub fn seal(&self, associated: &AssociatedData<'_>, plaintext: &[u8]) -> Result<Sealed, Error> {
        let keyring = self.keyring();
        let (key_version, wrapping) = keyring.current();
        let mut data_key = Zeroizing::new([0u8; 32]);
        aws_lc_rs::rand::fill(&mut *data_key).map_err(|_| Error::Primitive)?;
        Ok(Sealed {
            key_version,
            wrapped_key: wrapping.seal(&bind(Purpose::DataKey(key_version), associated), &*data_key)?,
            body: Key::new(&data_key)?.seal(&bind(Purpose::Value, associated), plaintext)?,
        })
    }

    /// Opens a value; fails if the associated data differs.
    pub fn open(&self, associated: &AssociatedData<'_>, sealed: &Sealed) -> Result<Plaintext, Error> {
        let data_key = self.data_key(associated, sealed)?;
        Key::new(&data_key)?
            .open(&bind(Purpose::Value, associated), &sealed.body)
            .map(Plaintext::from_zeroizing)
    }

    /// Re-wraps a value's data key with the current key-encryption key. The value itself is not re-encrypted.
    pub fn rewrap(&self, associated: &AssociatedData<'_>, sealed: &Sealed) -> Result<Sealed, Error> {
        let data_key = self.data_key(associated, sealed)?;
        let keyring = self.keyring();
        let (key_version, wrapping) = keyring.current();
        Ok(Sealed {
            key_version,
            wrapped_key: wrapping.seal(&bind(Purpose::DataKey(key_version), associated), &*data_key)?,
            body: sealed.body.clone(),
        })
    }

    fn data_key(
        &self,
        associated: &AssociatedData<'_>,
        sealed: &Sealed,
    ) -> Result<Zeroizing<[u8; 32]>, Error> {
        let keyring = self.keyring();
        let bound = bind(Purpose::DataKey(sealed.key_version), associated);
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

    fn associated(record: u128) -> AssociatedData<'static> {
        AssociatedData {
            project: Uuid::from_u128(1),
            record: Uuid::from_u128(record),
            column: "secrets.value",
            version: 1,
        }
    }

    const COLUMNS: &[&str] = &["", "a", "b", "secrets.value", "secrets.valu", "agents.token", "\0", "\0\0"];

    fn bytes(most: usize) -> impl Strategy<Value = Vec<u8>> {
        proptest::collection::vec(any::<u8>(), 0..most)
    }

    /// From a small set, so that two often share some fields.
    fn associated_data() -> impl Strategy<Value = AssociatedData<'static>> {
        (0u128..3, 0u128..3, prop::sample::select(COLUMNS), 0u32..3).prop_map(
            |(project, record, column, version)| AssociatedData {
                project: Uuid::from_u128(project),
                record: Uuid::from_u128(record),
                column,
                version,
            },
        )
    }

    #[test]
    fn a_wrong_root_key_is_refused() {
        let root = RootKey::generate().unwrap();
        let hex = root.to_hex();
        let (vault, first) = Vault::create(root, Timestamp(0)).unwrap();
        let (_, foreign) = Vault::create(RootKey::generate().unwrap(), Timestamp(0)).unwrap();
        let unlock = |wrapped: &[WrappedKey]| {
            Vault::unlock(RootKey::read(hex.as_str().unwrap()).unwrap(), wrapped).map(|_| ()).err()
        };
        assert_eq!(unlock(std::slice::from_ref(&first)), None);
        assert_eq!(unlock(std::slice::from_ref(&foreign)), Some(Error::WrongKey));
        assert_eq!(unlock(&[first.clone(), WrappedKey { version: 2, ..foreign }]), Some(Error::WrongKey));
        assert_eq!(unlock(&[WrappedKey { version: 2, ..first }]), Some(Error::WrongKey));
        assert_eq!(
            unlock(&[WrappedKey { version: 1, wrapped: vec![], created_at: Timestamp(0) }]),
            Some(Error::WrongKey)
        );
        assert_eq!(unlock(&[]), Some(Error::NoKeys));
        assert_eq!(vault.current_version(), 1);
    }

    #[test]
    fn a_foreign_key_is_refused_and_changes_nothing() {
        let vault = vault();
        let sealed = vault.seal(&associated(7), b"value").unwrap();
        let (_, foreign) = Vault::create(RootKey::generate().unwrap(), Timestamp(0)).unwrap();
        let next = vault.next_key(Timestamp(1)).unwrap();
        let adopted = vault.adopt(&[next, WrappedKey { version: 3, ..foreign }]);
        assert_eq!(adopted, Err(Error::WrongKey));
        assert_eq!(vault.current_version(), 1);
        assert_eq!(vault.open(&associated(7), &sealed).unwrap().as_bytes(), b"value");
    }

    #[test]
    fn rotation_keeps_every_value_readable_throughout() {
        let root = RootKey::generate().unwrap();
        let hex = root.to_hex();
        let (vault, first) = Vault::create(root, Timestamp(0)).unwrap();
        let old = vault.seal(&associated(7), b"value").unwrap();
        let second = vault.next_key(Timestamp(1)).unwrap();
        assert_eq!(vault.current_version(), 1, "a key is not used before it is adopted");
        vault.clone().adopt(std::slice::from_ref(&second)).unwrap();
        assert_eq!(vault.current_version(), 2);
        let new = vault.rewrap(&associated(7), &old).unwrap();
        assert_eq!((old.key_version, new.key_version), (1, 2));
        assert_eq!(old.body, new.body);
        let again = Vault::unlock(RootKey::read(hex.as_str().unwrap()).unwrap(), &[first, second]).unwrap();
        for sealed in [old, new] {
            for vault in [&vault, &again] {
                assert_eq!(vault.open(&associated(7), &sealed).unwrap().as_bytes(), b"value");
            }
        }
    }

    #[test]
    fn adopting_an_older_list_removes_no_key() {
        let (vault, first) = Vault::create(RootKey::generate().unwrap(), Timestamp(0)).unwrap();
        vault.adopt(&[vault.next_key(Timestamp(1)).unwrap()]).unwrap();
        let sealed = vault.seal(&associated(7), b"value").unwrap();
        vault.adopt(&[first]).unwrap();
        assert_eq!(vault.current_version(), 2);
        assert_eq!(vault.open(&associated(7), &sealed).unwrap().as_bytes(), b"value");
    }

    #[test]
    fn an_unknown_key_version_is_named() {
        let vault = vault();
        let sealed = vault.seal(&associated(7), b"value").unwrap();
        let unknown = Sealed { key_version: 2, ..sealed.clone() };
        assert_eq!(vault.open(&associated(7), &unknown).err(), Some(Error::UnknownKeyVersion(2)));
        assert_eq!(vault.rewrap(&associated(7), &unknown).err(), Some(Error::UnknownKeyVersion(2)));
        vault.adopt(&[vault.next_key(Timestamp(1)).unwrap()]).unwrap();
        assert_eq!(vault.open(&associated(7), &unknown).err(), Some(Error::Damaged));
    }

    #[test]
    fn data_key_and_value_of_two_seals_do_not_mix() {
        let vault = vault();
        let (one, two) =
            (vault.seal(&associated(7), b"one").unwrap(), vault.seal(&associated(7), b"two").unwrap());
        let mixed = Sealed { body: two.body, ..one };
        assert_eq!(vault.open(&associated(7), &mixed).err(), Some(Error::Damaged));
        let swapped = Sealed { wrapped_key: mixed.body.clone(), body: mixed.wrapped_key, ..mixed };
        assert_eq!(vault.open(&associated(7), &swapped).err(), Some(Error::Damaged));
    }

    #[test]
    fn sealing_twice_shares_no_nonce_and_no_ciphertext() {
        let vault = vault();
        let mut seen = std::collections::HashSet::new();
        for _ in 0..500 {
            let sealed = vault.seal(&associated(7), b"value").unwrap();
            for part in [&sealed.wrapped_key, &sealed.body] {
                assert!(seen.insert(part[..12].to_vec()));
                assert!(seen.insert(part[12..].to_vec()));
            }
        }
    }

    proptest! {
        #[test]
        fn what_was_sealed_opens(value in bytes(300), associated in associated_data()) {
            let vault = vault();
            let sealed = vault.seal(&associated, &value).unwrap();
            let opened = vault.open(&associated, &sealed).unwrap();
            prop_assert_eq!(opened.as_bytes(), &value[..]);
            vault.adopt(&[vault.next_key(Timestamp(1)).unwrap()]).unwrap();
            let again = vault.rewrap(&associated, &sealed).unwrap();
            let opened = vault.open(&associated, &again).unwrap();
            prop_assert_eq!(opened.as_bytes(), &value[..]);
        }

        #[test]
        fn a_value_opens_only_with_its_associated_data(associated in associated_data(), other in associated_data()) {
            let vault = vault();
            let sealed = vault.seal(&associated, b"value").unwrap();
            let expected = if associated == other { None } else { Some(Error::Damaged) };
            prop_assert_eq!(vault.open(&other, &sealed).err(), expected);
            prop_assert_eq!(vault.rewrap(&other, &sealed).err(), expected);
        }

        #[test]
        fn a_changed_bit_is_detected(value in bytes(64), at in any::<prop::sample::Index>(), bit in 0u8..8, in_key: bool) {
            let vault = vault();
            let mut sealed = vault.seal(&associated(7), &value).unwrap();
            let bytes = if in_key { &mut sealed.wrapped_key } else { &mut sealed.body };
            let at = at.index(bytes.len());
            bytes[at] ^= 1 << bit;
            prop_assert_eq!(vault.open(&associated(7), &sealed).err(), Some(Error::Damaged));
        }

        #[test]
        fn a_truncated_or_extended_value_is_detected(value in bytes(64), left in any::<prop::sample::Index>(), more in bytes(4), in_key: bool) {
            let vault = vault();
            let mut sealed = vault.seal(&associated(7), &value).unwrap();
            let bytes = if in_key { &mut sealed.wrapped_key } else { &mut sealed.body };
            if more.is_empty() {
                bytes.truncate(left.index(bytes.len()));
            } else {
                bytes.extend(more);
            }
            prop_assert_eq!(vault.open(&associated(7), &sealed).err(), Some(Error::Damaged));
        }

        #[test]
        fn arbitrary_bytes_never_open_or_panic(key_version: u32, wrapped_key in bytes(80), body in bytes(80)) {
            let sealed = Sealed { key_version, wrapped_key, body };
            prop_assert!(vault().open(&associated(7), &sealed).is_err());
        }
    }
}
