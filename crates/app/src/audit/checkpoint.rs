//! The signer: the key that signs the audit log and this gateway's copy of the chain ends, both outside the database.

use std::collections::BTreeMap;
use std::fs::OpenOptions;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use onecli_domain::audit::{CheckpointSigner, Hash, Position, PublicKey};
use onecli_domain::id::ChainId;
use onecli_domain::sealed::AssociatedData;
use onecli_domain::time::Timestamp;
use onecli_store::Store;
use onecli_store::keys::SealedColumn;
use onecli_store::settings::SealedSetting;
use onecli_vault::audit_key::AuditKey;
use onecli_vault::{Plaintext, Vault};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::error::Error;

/// The files with the key and the chain ends, in one folder.
#[derive(Clone, Debug)]
pub(crate) struct Files {
    folder: PathBuf,
}

/// How far this gateway has seen a chain.
#[derive(Clone, Copy, Serialize, Deserialize)]
struct Seen {
    sequence: i64,
    hash: Hash,
}

impl Files {
    /// The files in this folder.
    pub(crate) fn of(folder: &Path) -> Self {
        Self { folder: folder.to_path_buf() }
    }

    /// Reads the key; creates it if there is none.
    pub(crate) fn load_or_create_key(&self) -> Result<AuditKey, Error> {
        if let Some(key) = self.read_key()? {
            return Ok(key);
        }
        let path = self.folder.join(KEY);
        match write_private(&path, AuditKey::generate()?.as_bytes(), OpenOptions::new().create_new(true)) {
            Err(error) if error.kind() != ErrorKind::AlreadyExists => return Err(unusable(&path, &error)),
            Ok(()) | Err(_) => {}
        }
        self.read_key()?.ok_or_else(|| unusable(&path, &ErrorKind::NotFound.into()))
    }

    /// Reads the key, if there is one.
    pub(crate) fn read_key(&self) -> Result<Option<AuditKey>, Error> {
        let path = self.folder.join(KEY);
        match std::fs::read_to_string(&path) {
            Ok(text) => {
                let text = Plaintext::from_string(text);
                let key = AuditKey::read(text.as_str().unwrap_or_default());
                key.map(Some).map_err(|error| Error::File {
                    path: path.display().to_string(),
                    reason: error.to_string(),
                })
            }
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(unusable(&path, &error)),
        }
    }

    /// The last known ends of the chains. Stored outside the database, so that truncation there is detected.
    pub(crate) fn read_seen(&self) -> Result<BTreeMap<ChainId, Position>, Error> {
        let path = self.folder.join(SEEN);
        let text = match std::fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(BTreeMap::new()),
            Err(error) => return Err(unusable(&path, &error)),
        };
        let seen: BTreeMap<ChainId, Seen> = serde_json::from_str(&text)
            .map_err(|error| Error::File { path: path.display().to_string(), reason: error.to_string() })?;
        let position = |seen: Seen| Position { sequence: seen.sequence, hash: seen.hash };
        Ok(seen.into_iter().map(|(chain, seen)| (chain, position(seen))).collect())
    }

    /// Stores the ends of the chains; never moves one backwards, so that a truncated chain stays detected.
    pub(crate) fn record_seen(&self, ends: &[(ChainId, Position)]) -> Result<(), Error> {
        let mut known = self.read_seen()?;
        let before = known.clone();
        for (chain, end) in ends {
            let seen = known.entry(*chain).or_insert(*end);
            if end.sequence > seen.sequence {
                *seen = *end;
            }
        }
        if known == before {
            return Ok(());
        }
        let seen = |end: Position| Seen { sequence: end.sequence, hash: end.hash };
        let seen: BTreeMap<_, _> = known.into_iter().map(|(chain, end)| (chain, seen(end))).collect();
        let text = serde_json::to_vec(&seen).unwrap_or_default();
        let (path, fresh) = (self.folder.join(SEEN), self.folder.join(FRESH));
        write_private(&fresh, &text, OpenOptions::new().create(true).truncate(true))
            .and_then(|()| std::fs::rename(&fresh, &path))
            .map_err(|error| unusable(&path, &error))
    }
}

/// Publishes this gateway's public key to the other gateways on the database. Sealed, so that write access to the
/// database without the encryption key isn't enough to add a key.
pub(crate) async fn publish_key(
    store: &Store,
    vault: &Vault,
    signer: &dyn CheckpointSigner,
) -> Result<(), Error> {
    let name = format!("{VOUCHED}{}", signer.key());
    if store.settings().fetch_sealed(&name).await?.is_none() {
        let id = Uuid::now_v7();
        let setting = SealedSetting { id, sealed: vault.seal(&associated_data(id), name.as_bytes())? };
        store.settings().insert_sealed_if_absent(&name, &setting).await?;
    }
    Ok(())
}

/// The public keys of all gateways that ever used the database.
pub(crate) async fn trusted_keys(store: &Store, vault: &Vault) -> Result<Vec<PublicKey>, Error> {
    let all = store.settings().list_sealed(VOUCHED).await?;
    let keys = all.iter().filter_map(|(name, setting)| {
        let opened = vault.open(&associated_data(setting.id), &setting.sealed).ok()?;
        let key = name.strip_prefix(VOUCHED)?.parse().ok()?;
        (opened.as_bytes() == name.as_bytes()).then_some(key)
    });
    Ok(keys.collect())
}

/// Signs every chain up to its end, and stores the ends in a folder outside the database.
pub(crate) async fn sign_all(
    store: &Store,
    signer: &dyn CheckpointSigner,
    folder: &Path,
    now: Timestamp,
) -> Result<(), Error> {
    let mut ends = Vec::new();
    for chain in store.audit().chains().await? {
        let end = store.audit().sign(chain, signer, now).await?;
        ends.extend(end.map(|end| (chain, end)));
    }
    Files::of(folder).record_seen(&ends)
}

/// Removes records older than the retention period, if there is one.
pub(crate) async fn prune_all(
    store: &Store,
    signer: &dyn CheckpointSigner,
    days: Option<u32>,
    now: Timestamp,
) -> Result<(), Error> {
    let Some(days) = days else { return Ok(()) };
    let moment = now.plus_seconds(-i64::from(days) * 86_400);
    for chain in store.audit().chains().await? {
        let gone = store.audit().prune(chain, moment, signer, now).await?;
        if gone > 0 {
            tracing::info!(%chain, gone, "records of the audit log were pruned; replaced by a signed stub");
        }
    }
    Ok(())
}

fn associated_data(id: Uuid) -> AssociatedData<'static> {
    AssociatedData { project: Uuid::nil(), record: id, column: SealedColumn::Setting.name(), version: 1 }
}

fn write_private(path: &Path, bytes: &[u8], options: &mut OpenOptions) -> std::io::Result<()> {
    options.write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(options, 0o600);
    let mut file = options.open(path)?;
    file.write_all(bytes)?;
    file.write_all(b"\n")?;
    file.sync_all()
}

fn unusable(path: &Path, error: &std::io::Error) -> Error {
    Error::File { path: path.display().to_string(), reason: format!("it can't be used: {error}") }
}

const KEY: &str = "audit.key";
const SEEN: &str = "audit.seen";
const FRESH: &str = "audit.seen.new";
const VOUCHED: &str = "audit_key:";
