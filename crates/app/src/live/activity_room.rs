//! The size limit of stored activity: the oldest records are deleted to make room for new ones.

use onecli_store::Store;

use crate::retention;

/// The room known to be left.
///
/// Queried again after each sixteenth of the limit, since the limit may change and other gateways write too.
#[derive(Debug, Default)]
pub(crate) struct ActivityRoom {
    /// Bytes; `None` before the first query.
    left: Option<u64>,
}

impl ActivityRoom {
    /// Makes room for writing `bytes` bytes.
    pub(crate) async fn make(&mut self, store: &Store, bytes: u64) -> Result<(), onecli_store::Error> {
        if let Some(left) = self.left.and_then(|left| left.checked_sub(bytes)) {
            self.left = Some(left);
            return Ok(());
        }
        let Some(bound) = retention::read(store).await?.activity_max_bytes else {
            self.left = Some(UNBOUNDED_STEP);
            return Ok(());
        };
        let step = bound / STEPS;
        let activity = store.activity();
        let mut used = activity.bytes().await?;
        if used.saturating_add(bytes) > bound {
            let most = bound.saturating_sub(step).saturating_sub(bytes);
            while used > most {
                used = activity.trim(most, RECORDS).await?;
            }
            if let Err(error) = activity.reuse_space().await {
                tracing::warn!(%error, "the space of deleted records can't be used again yet");
            }
        }
        self.left = Some(bound.saturating_sub(used).saturating_sub(bytes).min(step));
        Ok(())
    }
}

const STEPS: u64 = 16;
const UNBOUNDED_STEP: u64 = 64 * 1024 * 1024;
/// Records deleted per transaction, so that other writers never wait long.
const RECORDS: u32 = 1_000;
