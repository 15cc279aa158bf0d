//! Envelopes: arbitrary or changed bytes never open, and never panic.
#![no_main]

use std::sync::OnceLock;

use libfuzzer_sys::fuzz_target;
use onecli_domain::sealed::{Place, Sealed, WrappedKey};
use onecli_domain::time::Timestamp;
use onecli_vault::{Error, RootKey, Vault};
use uuid::Uuid;

const ROOT: &str = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";

fuzz_target!(|input: &[u8]| {
    let Some(([kind, flip, at_high, at_low], rest)) = input.split_first_chunk::<4>() else { return };
    let at = usize::from(u16::from_be_bytes([*at_high, *at_low]));
    match kind % 4 {
        0 => open_arbitrary(rest, at),
        1 => open_changed(rest, at, *flip),
        2 => unlock_arbitrary(rest, at),
        _ => read_root_key(rest),
    }
});

fn vault() -> &'static Vault {
    static VAULT: OnceLock<Vault> = OnceLock::new();
    VAULT.get_or_init(|| {
        let (vault, _) = Vault::create(root(), Timestamp(0)).expect("a vault is made");
        vault.adopt(&[vault.next_key(Timestamp(1)).expect("a key is made")]).expect("and adopted");
        vault
    })
}

fn root() -> RootKey {
    RootKey::read(ROOT).expect("a root key is read")
}

fn place(column: &str) -> Place<'_> {
    Place { project: Uuid::from_u128(1), record: Uuid::from_u128(2), column, version: 1 }
}

fn open_arbitrary(bytes: &[u8], at: usize) {
    let (wrapped_key, body) = bytes.split_at(at.min(bytes.len()));
    for key_version in [1, 2, at as u32] {
        let sealed = Sealed { key_version, wrapped_key: wrapped_key.into(), body: body.into() };
        let expected =
            if matches!(key_version, 1 | 2) { Error::Damaged } else { Error::UnknownKeyVersion(key_version) };
        assert_eq!(vault().open(&place("secrets.value"), &sealed).err(), Some(expected));
        assert_eq!(vault().rewrap(&place("secrets.value"), &sealed).err(), Some(expected));
    }
}

fn open_changed(value: &[u8], at: usize, flip: u8) {
    let place = place("secrets.value");
    let mut sealed = vault().seal(&place, value).expect("a value is sealed");
    let opened = vault().open(&place, &sealed).expect("and opened");
    assert_eq!(opened.as_bytes(), value);
    if flip == 0 {
        return;
    }
    let length = sealed.wrapped_key.len() + sealed.body.len();
    let changed = sealed.wrapped_key.iter_mut().chain(&mut sealed.body).nth(at % length);
    *changed.expect("the place is within") ^= flip;
    assert_eq!(vault().open(&place, &sealed).err(), Some(Error::Damaged));
}

fn unlock_arbitrary(bytes: &[u8], at: usize) {
    let key = WrappedKey { version: at as u32, wrapped: bytes.into(), created_at: Timestamp(0) };
    assert_eq!(Vault::unlock(root(), &[key.clone()]).err(), Some(Error::WrongKey));
    assert_eq!(vault().adopt(&[key]), Err(Error::WrongKey));
    assert_eq!(vault().current_version(), 2);
}

fn read_root_key(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    if let Ok(key) = RootKey::read(text) {
        let hex = key.to_hex();
        let again = RootKey::read(hex.as_str().expect("hexadecimal digits are text")).expect("and a key");
        assert_eq!(again.to_hex().as_bytes(), hex.as_bytes());
    }
}
