//! Unlocking: finds the root key and opens the key-encryption keys, without overwriting any.

use std::fs::OpenOptions;
use std::io::{ErrorKind, Write};
use std::path::Path;

use onecli_domain::time::Timestamp;
use onecli_store::Store;
use onecli_vault::{Plaintext, RootKey, Vault};

use crate::config::Root;
use crate::error::Error;

/// Opens the vault of a store; creates its keys on first start.
pub(crate) async fn unlock(store: &Store, root: &Root, now: Timestamp) -> Result<Vault, Error> {
    let keys = store.keys().list().await?;
    let root_key = resolve_root(store, root, keys.is_empty()).await?;
    if !keys.is_empty() {
        return Ok(Vault::unlock(root_key, &keys)?);
    }
    let hex = root_key.to_hex();
    let (vault, first) = Vault::create(root_key, now)?;
    match store.keys().insert(&first).await {
        Ok(()) => Ok(vault),
        // Another gateway stored its key first; use that one, if our root key opens it.
        Err(onecli_store::Error::Taken { .. }) => {
            let hex = hex.as_str().map_err(|_| onecli_vault::Error::MalformedKey)?;
            Ok(Vault::unlock(RootKey::read(hex)?, &store.keys().list().await?)?)
        }
        Err(error) => Err(error.into()),
    }
}

async fn resolve_root(store: &Store, root: &Root, first_start: bool) -> Result<RootKey, Error> {
    match root {
        Root::KeyFile(path) => read_key_file(path, first_start),
        Root::Text(text) => read_key(text),
        Root::Passphrase(passphrase) => {
            let text = passphrase
                .as_str()
                .map_err(|_| Error::Key("the passphrase is not valid UTF-8".into()))?
                .to_owned();
            if text.chars().count() < SHORTEST_PASSPHRASE {
                return Err(Error::Key(format!(
                    "the passphrase is shorter than {SHORTEST_PASSPHRASE} characters; choose a longer one"
                )));
            }
            let fresh = onecli_vault::token::random_bytes::<16>()?;
            let salt = store.settings().insert_if_absent(SALT, &fresh).await?;
            let salt = salt.try_into().map_err(|_| Error::Key("the stored salt is damaged".into()))?;
            let text = Plaintext::from_string(text);
            let derive = move || RootKey::from_passphrase(text.as_str().unwrap_or_default(), &salt);
            // Argon2id is slow, so not on an async thread.
            let derived = tokio::task::spawn_blocking(derive).await;
            Ok(derived.map_err(|_| Error::Key("no key could be derived from the passphrase".into()))??)
        }
    }
}

fn read_key_file(path: &Path, first_start: bool) -> Result<RootKey, Error> {
    let file = |reason: String| Error::File { path: path.display().to_string(), reason };
    match std::fs::read_to_string(path) {
        Ok(text) => {
            let text = Plaintext::from_string(text);
            read_key(&text).map_err(|error| file(error.to_string()))
        }
        Err(error) if error.kind() == ErrorKind::NotFound && first_start => {
            let key = RootKey::generate()?;
            let mut options = OpenOptions::new();
            options.write(true).create_new(true);
            #[cfg(unix)]
            std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
            let write = || -> std::io::Result<()> {
                let mut out = options.open(path)?;
                out.write_all(key.to_hex().as_bytes())?;
                out.write_all(b"\n")?;
                out.sync_all()
            };
            write().map_err(|error| file(format!("the encryption key can't be written: {error}")))?;
            Ok(key)
        }
        Err(error) if error.kind() == ErrorKind::NotFound => Err(file(
            "the encryption key is missing, but the database contains secrets that were sealed with it; restore the file from a backup, or give the key in SECRET_ENCRYPTION_KEY. No new key was created".into(),
        )),
        Err(error) => Err(file(format!("the encryption key can't be read: {error}"))),
    }
}

fn read_key(text: &Plaintext) -> Result<RootKey, Error> {
    let text = text.as_str().map_err(|_| onecli_vault::Error::MalformedKey)?;
    Ok(RootKey::read(text)?)
}

const SALT: &str = "passphrase_salt";
const SHORTEST_PASSPHRASE: usize = 12;
