//! Encryption keys: their state, and rotation while everything goes on.

use onecli_domain::audit::Target;
use onecli_domain::id::ChainId;
use onecli_domain::sealed::AssociatedData;
use onecli_domain::time::Timestamp;
use onecli_store::keys::SealedRow;
use serde_json::json;

use crate::app::App;
use crate::audit::change::AuditedChange;
use crate::error::Error;

/// The state of the encryption keys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyStatus {
    /// Where the root key comes from.
    pub source: &'static str,
    /// The version under which values are sealed now.
    pub current_version: u32,
    /// Every key-encryption key, oldest first.
    pub keys: Vec<KeyVersion>,
    /// Whether values are still to be wrapped anew.
    pub rotating: bool,
}

/// A key-encryption key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyVersion {
    /// Its version.
    pub version: u32,
    /// When it was made.
    pub created_at: Timestamp,
    /// How many values it wraps.
    pub rows: u64,
}

impl App {
    /// The state of the encryption keys.
    pub async fn key_status(&self) -> Result<KeyStatus, Error> {
        let current_version = self.vault().current_version();
        let rows = self.store().keys().rows_by_version().await?;
        let count = |version| rows.iter().find(|(own, _)| *own == version).map_or(0, |(_, count)| *count);
        let keys = self.store().keys().list().await?;
        let keys: Vec<_> = keys
            .into_iter()
            .map(|key| KeyVersion {
                version: key.version,
                created_at: key.created_at,
                rows: count(key.version),
            })
            .collect();
        let rotating = keys.iter().any(|key| key.version != current_version && key.rows > 0);
        Ok(KeyStatus { source: self.config().root.source(), current_version, keys, rotating })
    }

    /// Makes a new key-encryption key and wraps every value's data key anew, in the background.
    pub async fn rotate_keys(&self) -> Result<KeyStatus, Error> {
        let next = self.vault().next_key(self.now())?;
        // Other gateways are told of it in the same transaction, before they can meet a value under it.
        let target = Target { kind: "encryption_key".into(), id: None, name: None };
        let audit = AuditedChange::new(ChainId::INSTALLATION, "keys.rotate", target)
            .before(json!({ "version": self.vault().current_version() }))
            .after(json!({ "version": next.version }));
        match self.audited(audit).keys().insert(&next).await {
            Ok(()) => {}
            Err(onecli_store::Error::Taken { .. }) => {
                return Err(Error::Conflict {
                    code: "rotation_under_way",
                    message:
                        "another gateway is rotating the keys at this moment; look at `onecli keys status`"
                            .into(),
                });
            }
            Err(error) => return Err(error.into()),
        }
        self.vault().adopt(&self.store().keys().list().await?)?;
        let status = self.key_status().await?;
        self.spawn_rewrap();
        Ok(status)
    }

    /// Takes up a rotation that a crash interrupted.
    pub(crate) async fn resume_rotation(&self) -> Result<(), Error> {
        let current = self.vault().current_version();
        if !self.store().keys().sealed_under_other(current, None, 1).await?.is_empty() {
            self.spawn_rewrap();
        }
        Ok(())
    }

    fn spawn_rewrap(&self) {
        let app = self.clone();
        tokio::spawn(async move {
            match app.rewrap().await {
                Ok(count) => tracing::info!(count, "every value is wrapped under the new key"),
                Err(error) => {
                    tracing::error!(%error, "values could not all be wrapped anew; a restart goes on");
                }
            }
        });
    }

    /// Wraps batch after batch. Every row is readable throughout: it is under the old key or under the new.
    async fn rewrap(&self) -> Result<u64, Error> {
        let current = self.vault().current_version();
        let mut count = 0;
        let mut after = None;
        loop {
            let rows = self.store().keys().sealed_under_other(current, after, BATCH).await?;
            after = rows.last().map(SealedRow::position);
            let mut changed = Vec::with_capacity(rows.len());
            for row in &rows {
                let place = AssociatedData {
                    project: row.project,
                    record: row.record,
                    column: row.column.name(),
                    version: row.value_version,
                };
                match self.vault().rewrap(&place, &row.sealed) {
                    Ok(sealed) => changed.push((row, sealed.wrapped_key)),
                    Err(error) => {
                        tracing::error!(record = %row.record, %error, "a value can't be wrapped anew");
                    }
                }
            }
            count += self.store().keys().replace_wrapped_keys(&changed, current).await?;
            if rows.len() < BATCH as usize {
                self.live().refresh_all().await?;
                return Ok(count);
            }
        }
    }
}

const BATCH: u32 = 200;
