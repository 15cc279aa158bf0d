//! Housekeeping: what is done now and then, without anybody asking.

use std::sync::Arc;
use std::time::Duration;

use onecli_store::Store;
use onecli_vault::audit_key::AuditKey;

use crate::clock::Clock;
use crate::config::AuditConfig;
use crate::notary;

/// Removes what has expired.
pub(crate) async fn tidy(store: Store, clock: Clock) {
    let mut every = tokio::time::interval(TIDY);
    loop {
        every.tick().await;
        let now = clock.now();
        let sessions = store.sessions().delete_expired(now).await;
        let values = store.secrets().purge_expired_previous(now).await;
        let holds = store.approvals().expire(now).await.map(|_| ());
        let grants = store.approval_grants().delete_spent(now).await;
        let history = store.approvals().delete_before(now.plus_seconds(-HISTORY_SECONDS)).await;
        if let Err(error) = sessions.and(values).and(holds).and(grants).and(history) {
            tracing::warn!(%error, "what has expired could not be removed");
        }
    }
}

/// Signs the audit log up to its end, and prunes it: at the start, and every minute.
pub(crate) async fn keep_audit(store: Store, clock: Clock, notary: Arc<AuditKey>, config: AuditConfig) {
    let mut every = tokio::time::interval(SIGN);
    loop {
        every.tick().await;
        let now = clock.now();
        let signed = notary::sign_all(&store, &*notary, &config.folder, now).await;
        let pruned = notary::prune_all(&store, &*notary, config.retention_days, now).await;
        if let Err(error) = signed.and(pruned) {
            tracing::warn!(%error, "the audit log could not be signed or pruned");
        }
    }
}

const TIDY: Duration = Duration::from_mins(10);
const SIGN: Duration = Duration::from_mins(1);
/// How long what became of held requests can be looked up: 90 days.
const HISTORY_SECONDS: i64 = 90 * 86_400;
