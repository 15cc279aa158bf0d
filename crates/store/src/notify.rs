//! Changes announced between gateways on the same `PostgreSQL`, with `LISTEN` and `NOTIFY`.

use std::time::Duration;

use onecli_domain::id::{ApprovalId, ProjectId};
use sqlx::postgres::{PgConnection, PgListener, PgNotification, PgPool};
use tokio::sync::broadcast;
use tokio::task::JoinHandle;

/// A change of what the hot path reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// A project, or one of its agents, secrets, grants or rules.
    Project(ProjectId),
    /// The key-encryption keys.
    Keys,
    /// A held request was created, decided or ended.
    Approval(ProjectId, ApprovalId),
    /// Possibly everything: notifications may have been missed.
    Everything,
}

impl Change {
    fn payload(self) -> String {
        match self {
            Self::Project(project) => project.to_string(),
            Self::Keys => KEYS.to_owned(),
            Self::Approval(project, approval) => format!("{project} {approval}"),
            Self::Everything => EVERYTHING.to_owned(),
        }
    }

    /// A payload that can't be parsed, perhaps from a newer gateway, may concern everything.
    fn read(payload: &str) -> Self {
        match payload {
            KEYS => Self::Keys,
            other => match other.split_once(' ') {
                None => other.parse().map_or(Self::Everything, Self::Project),
                Some((project, approval)) => match (project.parse(), approval.parse()) {
                    (Ok(project), Ok(approval)) => Self::Approval(project, approval),
                    _ => Self::Everything,
                },
            },
        }
    }
}

/// The changes announced since it was created, by other gateways and by this one.
///
/// Never yields on `SQLite`, which has only one gateway.
pub struct Changes {
    receiver: broadcast::Receiver<Change>,
}

impl Changes {
    pub(crate) fn new(receiver: broadcast::Receiver<Change>) -> Self {
        Self { receiver }
    }

    /// Waits for the next change. Cancel-safe.
    pub async fn next(&mut self) -> Change {
        match self.receiver.recv().await {
            Ok(change) => change,
            Err(broadcast::error::RecvError::Lagged(_)) => Change::Everything,
            Err(broadcast::error::RecvError::Closed) => std::future::pending().await,
        }
    }
}

/// Notifies every gateway, including this one, once the transaction is committed.
pub(crate) async fn announce(connection: &mut PgConnection, change: Change) -> Result<(), sqlx::Error> {
    sqlx::query("SELECT pg_notify($1, $2)").bind(CHANNEL).bind(change.payload()).execute(connection).await?;
    Ok(())
}

/// Listens until dropped.
pub(crate) struct ChangeListener {
    task: JoinHandle<()>,
}

impl ChangeListener {
    /// Returns once the channel is subscribed to, so that no later change is missed.
    pub(crate) async fn start(pool: PgPool, sender: broadcast::Sender<Change>) -> Result<Self, sqlx::Error> {
        let listener = listen(&pool).await?;
        Ok(Self { task: tokio::spawn(relay(pool, listener, sender)) })
    }
}

impl Drop for ChangeListener {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn listen(pool: &PgPool) -> Result<PgListener, sqlx::Error> {
    let mut listener = PgListener::connect_with(pool).await?;
    listener.listen(CHANNEL).await?;
    Ok(listener)
}

async fn relay(pool: PgPool, mut listener: PgListener, sender: broadcast::Sender<Change>) {
    loop {
        let lost = receive(&mut listener, &sender).await;
        if matches!(lost, sqlx::Error::PoolClosed) {
            return;
        }
        tracing::warn!(error = %lost, "lost the connection that receives changes; reconnecting");
        match reconnect(&pool).await {
            Some(fresh) => listener = fresh,
            None => return,
        }
        // Changes announced meanwhile were missed. Without receivers, sending fails, which is fine.
        let _ = sender.send(Change::Everything);
    }
}

/// Relays notifications until the connection fails.
async fn receive(listener: &mut PgListener, sender: &broadcast::Sender<Change>) -> sqlx::Error {
    loop {
        match tokio::time::timeout(QUIET, listener.try_recv()).await {
            Ok(Ok(Some(notification))) => relay_notification(&notification, sender),
            // The driver reconnected by itself.
            Ok(Ok(None)) => {
                let _ = sender.send(Change::Everything);
            }
            Ok(Err(error)) => return error,
            // A dead connection looks like an idle one, so ping it.
            Err(_) => {
                let ping = sqlx::query("SELECT 1").execute(&mut *listener);
                match tokio::time::timeout(PING, ping).await {
                    Ok(Ok(_)) => {}
                    Ok(Err(error)) => return error,
                    Err(_) => return sqlx::Error::PoolTimedOut,
                }
            }
        }
    }
}

fn relay_notification(notification: &PgNotification, sender: &broadcast::Sender<Change>) {
    let _ = sender.send(Change::read(notification.payload()));
}

/// Retries with increasing pauses until it succeeds; `None` once the pool is closed.
async fn reconnect(pool: &PgPool) -> Option<PgListener> {
    let mut pause = FIRST_PAUSE;
    loop {
        if pool.is_closed() {
            return None;
        }
        match listen(pool).await {
            Ok(listener) => return Some(listener),
            Err(error) => tracing::debug!(%error, "reconnecting failed"),
        }
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}

const CHANNEL: &str = "onecli_changes";
const KEYS: &str = "keys";
const EVERYTHING: &str = "everything";
const QUIET: Duration = Duration::from_secs(15);
const PING: Duration = Duration::from_secs(5);
const FIRST_PAUSE: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);
