//! Changes that gateways of one `PostgreSQL` tell each other, by `LISTEN` and `NOTIFY`.

use std::time::Duration;

use onecli_domain::id::{ApprovalId, ProjectId};
use sqlx::postgres::{PgConnection, PgListener, PgNotification, PgPool};
use tokio::sync::broadcast;
use tokio::task::JoinHandle;

/// Something that the hot path reads has changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// The project, or an agent, secret, grant or rule of it.
    Project(ProjectId),
    /// The key-encryption keys.
    Keys,
    /// A held request: it came, was decided or ended.
    Approval(ProjectId, ApprovalId),
    /// Perhaps everything: notifications may have been missed.
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

    /// What can't be understood, perhaps from a newer gateway, may concern everything.
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

/// The changes that were announced since it was made: those of other gateways, and this one's own again.
///
/// On `SQLite`, where a gateway is alone, it never yields.
pub struct Changes {
    receiver: broadcast::Receiver<Change>,
}

impl Changes {
    pub(crate) fn new(receiver: broadcast::Receiver<Change>) -> Self {
        Self { receiver }
    }

    /// Waits for the next change. Dropping the future loses none.
    pub async fn next(&mut self) -> Change {
        match self.receiver.recv().await {
            Ok(change) => change,
            Err(broadcast::error::RecvError::Lagged(_)) => Change::Everything,
            Err(broadcast::error::RecvError::Closed) => std::future::pending().await,
        }
    }
}

/// Tells every gateway, this one included, once the transaction is committed.
pub(crate) async fn announce(connection: &mut PgConnection, change: Change) -> Result<(), sqlx::Error> {
    sqlx::query("SELECT pg_notify($1, $2)").bind(CHANNEL).bind(change.payload()).execute(connection).await?;
    Ok(())
}

/// Listens until it is dropped.
pub(crate) struct Listening {
    task: JoinHandle<()>,
}

impl Listening {
    /// Returns once the channel is being listened to, so that no later change is missed.
    pub(crate) async fn start(pool: PgPool, sender: broadcast::Sender<Change>) -> Result<Self, sqlx::Error> {
        let listener = listen(&pool).await?;
        Ok(Self { task: tokio::spawn(relay(pool, listener, sender)) })
    }
}

impl Drop for Listening {
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
        tracing::warn!(error = %lost, "lost the connection that tells of changes; reconnecting");
        match reconnect(&pool).await {
            Some(fresh) => listener = fresh,
            None => return,
        }
        // Changes announced meanwhile were not heard. No receiver is no fault.
        let _ = sender.send(Change::Everything);
    }
}

/// Passes notifications on until the connection fails.
async fn receive(listener: &mut PgListener, sender: &broadcast::Sender<Change>) -> sqlx::Error {
    loop {
        match tokio::time::timeout(QUIET, listener.try_recv()).await {
            Ok(Ok(Some(notification))) => pass_on(&notification, sender),
            // The driver has lost and renewed its connection by itself.
            Ok(Ok(None)) => {
                let _ = sender.send(Change::Everything);
            }
            Ok(Err(error)) => return error,
            // A peer that vanished without a word looks just like a quiet one: ask it.
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

fn pass_on(notification: &PgNotification, sender: &broadcast::Sender<Change>) {
    let _ = sender.send(Change::read(notification.payload()));
}

/// Tries until it succeeds, more and more slowly; none once the pool is closed.
async fn reconnect(pool: &PgPool) -> Option<PgListener> {
    let mut pause = FIRST_PAUSE;
    loop {
        if pool.is_closed() {
            return None;
        }
        match listen(pool).await {
            Ok(listener) => return Some(listener),
            Err(error) => tracing::debug!(%error, "still no connection that tells of changes"),
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
