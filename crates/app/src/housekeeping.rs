//! Housekeeping: what is done now and then, without anybody asking.

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

/// Removes what has expired.
pub(crate) async fn tidy(store: Store, clock: Clock) {
    let mut every = tokio::time::interval(TIDY);
    loop {
        every.tick().await;
        let now = clock.now();
        let sessions = store.sessions().delete_expired(now).await;
        let values = store.secrets().purge_expired_previous(now).await;
        let holds = store.approvals().expire(now).await.map(|_| ());
        let grants = store.approval_grants().delete_spent(now.plus_seconds(-SPENT_GRANTS)).await;
        if let Err(error) = sessions.and(values).and(holds).and(grants) {
            tracing::warn!(%error, "what has expired could not be removed");
        }
        if let Err(error) = forget(&store, now).await {
            tracing::warn!(%error, "records that are old enough could not be removed");
        }
    }
}

/// Removes records that are older than they are kept, and the oldest where they take too much room.
async fn forget(store: &Store, now: Timestamp) -> Result<(), Error> {
    let kept = retention::read(store).await?;
    let before = |days: u32| now.plus_seconds(-i64::from(days) * 86_400);
    store.approvals().delete_before(before(kept.approval_days)).await?;
    if let Some(days) = kept.activity_days {
        // In steps, so that agents' own records never wait long for their turn.
        while store.activity().delete_before(before(days), STEP).await? > 0 {}
    }
    // The writer of new records keeps the bound too; this is for a bound that was lowered, where few are written.
    Ok(ActivityRoom::default().make(store, 0).await?)
}

/// Signs the audit log up to its end, and prunes it: at the start, and every minute.
pub(crate) async fn keep_audit(store: Store, clock: Clock, signer: Arc<AuditKey>, config: AuditConfig) {
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
/// Seconds for which a used up grant stays known, so that a request which it let pass isn't taken for one whose grant was
/// revoked.
const SPENT_GRANTS: i64 = 86_400;
