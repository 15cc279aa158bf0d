//! Housekeeping: periodic background tasks.

use std::sync::Arc;
use std::time::Duration;

use onecli_domain::time::Timestamp;
use onecli_store::Store;
use onecli_vault::audit_key::AuditKey;

use crate::audit::checkpoint;
use crate::clock::Clock;
use crate::config::AuditConfig;
use crate::error::Error;
use crate::live::activity_room::ActivityRoom;
use crate::retention;

/// Periodically removes expired rows and old records.
pub(crate) async fn remove_expired(store: Store, clock: Clock) {
    let mut every = tokio::time::interval(TIDY);
    loop {
        every.tick().await;
        let now = clock.now();
        let sessions = store.sessions().delete_expired(now).await;
        let values = store.secrets().purge_expired_previous(now).await;
        let holds = store.approvals().expire(now).await.map(|_| ());
        let grants = store.approval_grants().delete_spent(now.plus_seconds(-SPENT_GRANTS)).await;
        if let Err(error) = sessions.and(values).and(holds).and(grants) {
            tracing::warn!(%error, "expired rows could not be removed");
        }
        if let Err(error) = remove_old_records(&store, now).await {
            tracing::warn!(%error, "old records could not be removed");
        }
    }
}

/// Removes records older than their retention period, and the oldest ones if they exceed the size limit.
async fn remove_old_records(store: &Store, now: Timestamp) -> Result<(), Error> {
    let kept = retention::read(store).await?;
    let before = |days: u32| now.plus_seconds(-i64::from(days) * 86_400);
    store.approvals().delete_before(before(kept.approval_days)).await?;
    if let Some(days) = kept.activity_days {
        // In batches, so that writing agents' records is never blocked for long.
        while store.activity().delete_before(before(days), STEP).await? > 0 {}
    }
    // The writer of new records enforces the limit too; this applies a lowered limit even if few records are written.
    Ok(ActivityRoom::default().make(store, 0).await?)
}

/// Signs the audit log up to its end, and prunes it: on start and every minute.
pub(crate) async fn maintain_audit_log(
    store: Store,
    clock: Clock,
    signer: Arc<AuditKey>,
    config: AuditConfig,
) {
    let mut every = tokio::time::interval(SIGN);
    loop {
        every.tick().await;
        let now = clock.now();
        let signed = checkpoint::sign_all(&store, &*signer, &config.folder, now).await;
        let pruned = checkpoint::prune_all(&store, &*signer, config.retention_days, now).await;
        if let Err(error) = signed.and(pruned) {
            tracing::warn!(%error, "the audit log could not be signed or pruned");
        }
    }
}

const TIDY: Duration = Duration::from_mins(10);
const SIGN: Duration = Duration::from_mins(1);
const STEP: u32 = 1_000;
/// How many seconds a used-up grant is kept, so that a request it allowed isn't ended as if the grant had been
/// revoked.
const SPENT_GRANTS: i64 = 86_400;
