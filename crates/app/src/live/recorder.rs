//! The recorder: a single writer that stores activity in batches without losing any.

use std::sync::Arc;
use std::time::Duration;

use onecli_domain::activity::Activity;
use onecli_domain::id::{AgentId, SecretId};
use onecli_store::Store;
use onecli_store::activity::{AgentSeen, UsageUpdate};
use onecli_store::activity_size::estimated_bytes;
use rustc_hash::FxHashMap;
use tokio::sync::{broadcast, mpsc, oneshot};

use crate::live::activity_room::ActivityRoom;
use crate::live::backlog::Backlog;

/// Queues activity and writes it to the store.
///
/// The queue is bounded, in records and in bytes; callers reserve a slot before a request starts, and wait while it is
/// full. So no record is dropped, and no request in progress has to wait.
#[derive(Clone)]
pub struct Recorder {
    queue: mpsc::Sender<Activity>,
    backlog: Arc<Backlog>,
    flushes: mpsc::Sender<oneshot::Sender<()>>,
    written: broadcast::Sender<Arc<Activity>>,
}

/// A reserved slot in the queue.
#[derive(Debug)]
pub struct RecordSlot {
    slot: mpsc::OwnedPermit<Activity>,
    backlog: Arc<Backlog>,
}

/// The recorder has stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the recorder has stopped")]
pub struct Stopped;

impl RecordSlot {
    /// Queues a record. Never waits or fails.
    pub fn record(self, activity: Activity) {
        self.backlog.grow(bytes_of(&activity));
        self.slot.send(activity);
    }
}

impl Recorder {
    /// Starts the writer.
    pub fn start(store: Store) -> Self {
        let (queue, waiting) = mpsc::channel(QUEUE);
        let (flushes, flush_requests) = mpsc::channel(16);
        let (written, _) = broadcast::channel(STREAM);
        let backlog = Arc::new(Backlog::default());
        let writer = Writer {
            store,
            waiting,
            backlog: Arc::clone(&backlog),
            room: ActivityRoom::default(),
            flush_requests,
            written: written.clone(),
        };
        tokio::spawn(writer.run());
        Self { queue, backlog, flushes, written }
    }

    /// Reserves a slot in the queue; waits while it is full.
    pub async fn reserve(&self) -> Result<RecordSlot, Stopped> {
        self.backlog.wait().await;
        let slot = self.queue.clone().reserve_owned().await.map_err(|_| Stopped)?;
        Ok(RecordSlot { slot, backlog: Arc::clone(&self.backlog) })
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
    backlog: Arc<Backlog>,
    room: ActivityRoom,
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
    async fn write(&mut self, batch: &mut Vec<Activity>) {
        let mut rest = batch.as_slice();
        while let Some((part, bytes, later)) = next_part(rest) {
            let (usage, seen) = summarise(part);
            let mut pause = Duration::from_millis(50);
            loop {
                let outcome = match self.room.make(&self.store, bytes).await {
                    Ok(()) => self.store.activity().insert_batch(part, &usage, &seen).await,
                    Err(error) => Err(error),
                };
                let Err(error) = outcome else { break };
                tracing::error!(%error, records = part.len(), "activity can't be written; trying again");
                tokio::time::sleep(pause).await;
                pause = (pause * 2).min(Duration::from_secs(5));
            }
            self.backlog.shrink(bytes);
            rest = later;
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

/// Splits records into those for the next transaction, their size in bytes, and the rest.
fn next_part(records: &[Activity]) -> Option<(&[Activity], u64, &[Activity])> {
    let mut bytes = bytes_of(records.first()?);
    let mut count = 1;
    for record in records.iter().skip(1) {
        let more = bytes_of(record);
        if bytes + more > BATCH_BYTES {
            break;
        }
        bytes += more;
        count += 1;
    }
    let (part, later) = records.split_at(count);
    Some((part, bytes, later))
}

fn bytes_of(activity: &Activity) -> u64 {
    u64::try_from(estimated_bytes(activity)).unwrap_or_default()
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
/// The size of a full batch of ordinary records, and at most half of the smallest limit on stored activity.
const BATCH_BYTES: u64 = 512 * 1024;
const GATHER: Duration = Duration::from_millis(200);
const SHORTEST_GATHER: Duration = Duration::from_millis(5);
const STREAM: usize = 4_096;
