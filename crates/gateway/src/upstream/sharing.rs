//! HTTP/2 connections by agent and authority: no agent's streams share a connection with another agent's.

use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::{Duration, Instant};

use onecli_domain::id::AgentId;
use rustc_hash::FxHashMap;
use tokio::sync::Notify;
use tokio::sync::futures::OwnedNotified;

use super::h2::{H2, H2Connection};
use super::pool::{Key, LONGEST_IDLE};

/// The HTTP/2 connections of all workers, and who is about to open one.
pub(super) struct Sharing {
    lines: Mutex<FxHashMap<(AgentId, Key), Line>>,
    /// How many connections may be open beyond those in use.
    most_idle: usize,
}

/// What is known of one agent's way to one authority.
struct Line {
    connections: Vec<Shared>,
    /// Connections that are being opened.
    dialling: usize,
    /// Requests that wait for one of them.
    waiting: usize,
    /// How many streams a connection takes, as far as is known.
    capacity: usize,
    /// The upstream speaks no HTTP/2: nobody waits for others.
    is_http1: bool,
    changed: Arc<Notify>,
    used: Instant,
}

struct Shared {
    connection: H2Connection,
    since: Instant,
    /// Streams begun when somebody last looked, and when that changed.
    begun: usize,
    idle_since: Instant,
}

/// What a request is to do for a connection.
pub(super) enum Turn {
    /// Use this stream.
    Stream(H2),
    /// Wait until a connection that is being opened is there, and ask again.
    Wait(Waiting),
    /// Open a connection.
    Dial(Dialling),
}

/// Waits until something changes.
pub(super) struct Waiting {
    sharing: Arc<Sharing>,
    key: (AgentId, Key),
    changed: Pin<Box<OwnedNotified>>,
}

/// Says that a connection is being opened, for as long as it is.
pub(super) struct Dialling {
    sharing: Arc<Sharing>,
    key: (AgentId, Key),
}

impl Sharing {
    pub(super) fn new(most_idle: usize) -> Self {
        Self { lines: Mutex::default(), most_idle }
    }

    /// A stream that is free.
    pub(super) fn stream(&self, key: &(AgentId, Key)) -> Option<H2> {
        let lines = self.lock();
        lines.get(key)?.free().map(H2Connection::stream)
    }

    /// What a request does that found no idle connection. It waits for others only while it may.
    pub(super) fn turn(self: &Arc<Self>, key: &(AgentId, Key), may_wait: bool) -> Turn {
        let mut lines = self.lock();
        let line = lines.entry(key.clone()).or_insert_with(Line::new);
        line.used = Instant::now();
        if let Some(connection) = line.free() {
            return Turn::Stream(connection.stream());
        }
        // One connection more for as many requests as one takes, and not one for each.
        if may_wait && !line.is_http1 && line.waiting < line.expected_room() {
            line.waiting += 1;
            let changed = Box::pin(Arc::clone(&line.changed).notified_owned());
            return Turn::Wait(Waiting { sharing: Arc::clone(self), key: key.clone(), changed });
        }
        if line.connections.len() + line.dialling >= MOST_CONNECTIONS
            && let Some(least) = line.least_used()
        {
            return Turn::Stream(least.stream());
        }
        line.dialling += 1;
        Turn::Dial(Dialling { sharing: Arc::clone(self), key: key.clone() })
    }

    /// Says that a connection is being opened, whatever there is already.
    pub(super) fn dialling(self: &Arc<Self>, key: (AgentId, Key)) -> Dialling {
        self.lock().entry(key.clone()).or_insert_with(Line::new).dialling += 1;
        Dialling { sharing: Arc::clone(self), key }
    }

    /// Closes what was idle for too long, and forgets who has not come back.
    pub(super) fn sweep(&self) {
        let mut closing = Vec::new();
        let mut lines = self.lock();
        for line in lines.values_mut() {
            closing.extend(line.connections.extract_if(.., |shared| shared.is_over(LONGEST_IDLE)));
        }
        lines.retain(|_, line| !line.connections.is_empty() || line.used.elapsed() < LONGEST_IDLE);
        lines.shrink_to_fit();
        drop(lines);
        drop(closing);
    }

    /// Held for a few instructions, never across an await. What a panic left behind is still whole.
    fn lock(&self) -> MutexGuard<'_, FxHashMap<(AgentId, Key), Line>> {
        self.lines.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Line {
    fn new() -> Self {
        Self {
            connections: Vec::new(),
            dialling: 0,
            waiting: 0,
            capacity: USUAL_STREAMS,
            is_http1: false,
            changed: Arc::default(),
            used: Instant::now(),
        }
    }

    fn free(&self) -> Option<&H2Connection> {
        self.connections.iter().map(|shared| &shared.connection).find(|connection| connection.has_room())
    }

    /// How many requests fit on connections that are on their way, beside those that open them.
    fn expected_room(&self) -> usize {
        (self.dialling + self.settling().count()) * self.capacity.saturating_sub(1)
    }

    /// Connections whose upstream has yet to say how many streams it takes.
    fn settling(&self) -> impl Iterator<Item = &H2Connection> {
        let new = self.connections.iter().filter(|shared| shared.since.elapsed() < SETTLED_WITHIN);
        new.map(|shared| &shared.connection)
            .filter(|connection| !connection.is_closed() && connection.most_streams().is_none())
    }

    fn least_used(&self) -> Option<&H2Connection> {
        let open = self.connections.iter().map(|shared| &shared.connection).filter(|one| !one.is_closed());
        open.min_by_key(|connection| connection.open_streams())
    }
}

impl Shared {
    /// Whether nobody used it for as long. Notes whether anybody does.
    fn is_over(&mut self, longest: Duration) -> bool {
        let begun = self.connection.begun_streams();
        if self.connection.open_streams() > 0 || begun != self.begun {
            (self.begun, self.idle_since) = (begun, Instant::now());
        }
        self.connection.is_closed() && self.connection.open_streams() == 0
            || self.idle_since.elapsed() >= longest
    }
}

impl Waiting {
    /// Returns when it is worth asking again: at the deadline at the latest.
    pub(super) async fn until(mut self, deadline: tokio::time::Instant) {
        let _ = tokio::time::timeout_at(deadline, self.changed.as_mut()).await;
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        if let Some(line) = self.sharing.lock().get_mut(&self.key) {
            line.waiting = line.waiting.saturating_sub(1);
        }
    }
}

impl Dialling {
    /// The upstream speaks HTTP/1.1: each request needs a connection of its own.
    pub(super) fn found_http1(self) {
        if let Some(line) = self.sharing.lock().get_mut(&self.key) {
            line.is_http1 = true;
        }
    }

    /// Shares a new connection with further requests of the agent, and takes its first stream.
    pub(super) fn share(self, connection: H2Connection) -> H2 {
        let stream = connection.stream();
        let now = Instant::now();
        let shared = Shared { connection, since: now, begun: 0, idle_since: now };
        let mut lines = self.sharing.lock();
        let count: usize = lines.values().map(|line| line.connections.len()).sum();
        let surplus = (count >= self.sharing.most_idle).then(|| take_oldest_idle(&mut lines)).flatten();
        let line = lines.entry(self.key.clone()).or_insert_with(Line::new);
        line.is_http1 = false;
        line.connections.retain(|shared| !shared.connection.is_closed());
        line.connections.push(shared);
        drop(lines);
        drop(surplus);
        tokio::spawn(settle(Arc::downgrade(&self.sharing), self.key.clone()));
        stream
    }
}

impl Drop for Dialling {
    fn drop(&mut self) {
        if let Some(line) = self.sharing.lock().get_mut(&self.key) {
            line.dialling = line.dialling.saturating_sub(1);
            line.changed.notify_waiters();
        }
    }
}

/// Waits until an upstream has said how many streams it takes, and tells those who wait for it.
async fn settle(sharing: Weak<Sharing>, key: (AgentId, Key)) {
    let begun = Instant::now();
    loop {
        tokio::time::sleep(SETTLING_STEP).await;
        let Some(sharing) = sharing.upgrade() else { return };
        let mut lines = sharing.lock();
        let Some(line) = lines.get_mut(&key) else { return };
        if begun.elapsed() > SETTLED_WITHIN || line.settling().next().is_none() {
            let mut known = line.connections.iter().filter_map(|shared| shared.connection.most_streams());
            line.capacity = known.next_back().unwrap_or(USUAL_STREAMS).max(1);
            line.changed.notify_waiters();
            return;
        }
    }
}

/// The connection that was idle for longest, out of its place.
fn take_oldest_idle(lines: &mut FxHashMap<(AgentId, Key), Line>) -> Option<Shared> {
    let all = lines.values_mut().filter_map(|line| {
        let idle = line.connections.iter().enumerate();
        let idle = idle.filter(|(_, shared)| shared.connection.open_streams() == 0);
        let oldest =
            idle.min_by_key(|(_, shared)| shared.idle_since).map(|(at, shared)| (at, shared.idle_since));
        oldest.map(|(at, since)| (since, at, line))
    });
    let (_, at, line) = all.min_by_key(|(since, ..)| *since)?;
    Some(line.connections.remove(at))
}

/// How many connections an agent may have to one authority; beyond that its requests wait within them.
const MOST_CONNECTIONS: usize = 100;
/// What is assumed of a server that nobody has asked yet.
const USUAL_STREAMS: usize = 100;
const SETTLING_STEP: Duration = Duration::from_millis(1);
const SETTLED_WITHIN: Duration = Duration::from_millis(500);
/// How long a request waits for connections that others open before it opens its own.
pub(super) const LONGEST_WAIT: Duration = Duration::from_secs(1);
