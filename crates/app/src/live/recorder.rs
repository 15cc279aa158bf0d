//! The recorder: a single writer that stores activity in batches without losing any.

use std::sync::Arc;
use std::time::Duration;

use onecli_domain::activity::Activity;
use onecli_domain::id::{AgentId, SecretId};
use onecli_store::Store;
use onecli_store::activity::{AgentSeen, UsageUpdate};
use rustc_hash::FxHashMap;
use tokio::sync::{broadcast, mpsc, oneshot};

/// Queues activity and writes it to the store.
///
/// The queue is bounded; callers reserve a slot before a request starts, and wait if there is none.
/// So no record is dropped, and no request in progress has to wait.
#[derive(Clone)]
pub struct Recorder {
    queue: mpsc::Sender<Activity>,
    flushes: mpsc::Sender<oneshot::Sender<()>>,
    written: broadcast::Sender<Arc<Activity>>,
}

/// A reserved slot in the queue.
#[derive(Debug)]
pub struct RecordSlot(mpsc::OwnedPermit<Activity>);

/// The recorder has stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the recorder has stopped")]
pub struct Stopped;

impl RecordSlot {
    /// Queues a record. Never waits or fails.
    pub fn record(self, activity: Activity) {
        self.0.send(activity);
    }
}

impl Recorder {
    /// Starts the writer.
    pub fn start(store: Store) -> Self {
        let (queue, waiting) = mpsc::channel(QUEUE);
        let (flushes, flush_requests) = mpsc::channel(16);
        let (written, _) = broadcast::channel(STREAM);
        tokio::spawn(Writer { store, waiting, flush_requests, written: written.clone() }.run());
        Self { queue, flushes, written }
    }

    /// Reserves a slot in the queue; waits while it is full.
    pub async fn reserve(&self) -> Result<RecordSlot, Stopped> {
        self.queue.clone().reserve_owned().await.map(RecordSlot).map_err(|_| Stopped)
    }

    /// Records, as they are written. A slow receiver misses records and gets an error.
    pub fn subscribe(&self) -> broadcast::Receiver<Arc<Activity>> {
        self.written.subscribe()
    }

    /// Returns once everything queued before has been written.
    pub async fn flush(&self) {
        let (done, wait) = oneshot::channel();
        if self.flushes.send(done).await.is_ok() {
            // A stopped writer has written everything.
            let _ = wait.await;
        }
    }
}

struct Writer {
    store: Store,
    waiting: mpsc::Receiver<Activity>,
    flush_requests: mpsc::Receiver<oneshot::Sender<()>>,
    written: broadcast::Sender<Arc<Activity>>,
}

impl Writer {
    async fn run(mut self) {
        let mut batch = Vec::with_capacity(BATCH);
        let mut gather = GATHER;
        loop {
            let mut flush = None;
            tokio::select! {
                count = self.waiting.recv_many(&mut batch, BATCH) => {
                    if count == 0 {
                        return;
                    }
                    // Wait for more records to write in the same transaction.
                    if count < BATCH {
                        tokio::select! {
                            () = tokio::time::sleep(gather) => {}
                            request = self.flush_requests.recv() => flush = request,
                        }
                    }
                }
                Some(request) = self.flush_requests.recv() => flush = Some(request),
            }
            // One batch; for a flush, all that was waiting.
            let rounds = if flush.is_some() { 1 + self.waiting.len() / BATCH } else { 0 };
            gather = next_gather(gather, batch.len() + self.waiting.len());
            for _ in 0..=rounds {
                while batch.len() < BATCH
                    && let Ok(activity) = self.waiting.try_recv()
                {
                    batch.push(activity);
                }
                if batch.is_empty() {
                    break;
                }
                self.write(&mut batch).await;
            }
            if let Some(done) = flush {
                let _ = done.send(());
            }
        }
    }

    /// Writes a batch, retrying until it succeeds: meanwhile the queue fills up, and requests wait.
    async fn write(&self, batch: &mut Vec<Activity>) {
        let (usage, seen) = summarise(batch);
        let mut pause = Duration::from_millis(50);
        while let Err(error) = self.store.activity().insert_batch(batch, &usage, &seen).await {
            tracing::error!(%error, records = batch.len(), "activity can't be written; trying again");
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(Duration::from_secs(5));
        }
        if self.written.receiver_count() > 0 {
            for activity in batch.drain(..) {
                // Sending fails if there are no receivers, which is fine.
                let _ = self.written.send(Arc::new(activity));
            }
        }
        batch.clear();
    }
}

/// How long to gather records next, given how many came within `gather`: long enough to fill about half
/// a batch, so that a busy gateway's records don't pile up in memory.
fn next_gather(gather: Duration, came: usize) -> Duration {
    let ideal = gather * u32::try_from(BATCH / 2).unwrap_or(u32::MAX)
        / u32::try_from(came.max(1)).unwrap_or(u32::MAX);
    ideal.clamp(SHORTEST_GATHER, GATHER)
}

/// The usage of secrets and agents in a batch.
fn summarise(batch: &[Activity]) -> (Vec<UsageUpdate>, Vec<AgentSeen>) {
    let mut usage: FxHashMap<SecretId, UsageUpdate> = FxHashMap::default();
    let mut seen: FxHashMap<AgentId, AgentSeen> = FxHashMap::default();
    for activity in batch {
        let agent = activity.agent;
        let seen = seen.entry(agent).or_insert(AgentSeen { agent, at: activity.at, requests: 0 });
        seen.at = seen.at.max(activity.at);
        seen.requests += 1;
        for secret in &activity.secrets {
            let update = usage.entry(*secret).or_insert(UsageUpdate {
                project: activity.project,
                secret: *secret,
                used_at: activity.at,
                count: 0,
                refused_at: None,
            });
            update.used_at = update.used_at.max(activity.at);
            update.count += 1;
            if activity.status == 401 {
                update.refused_at = update.refused_at.max(Some(activity.at));
            }
        }
    }
    (usage.into_values().collect(), seen.into_values().collect())
}

/// The queue's capacity: more than the number of concurrent requests.
const QUEUE: usize = 65_536;
const BATCH: usize = 1_024;
const GATHER: Duration = Duration::from_millis(200);
const SHORTEST_GATHER: Duration = Duration::from_millis(5);
const STREAM: usize = 4_096;
