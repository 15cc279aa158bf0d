//! Holds: requests that wait for a decision, and how they are notified.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use onecli_domain::id::{AgentId, ApprovalId, ProjectId};
use rustc_hash::FxHashMap;
use tokio::sync::{Notify, broadcast, mpsc};

use crate::config::HoldBounds;

/// The requests waiting in this process. Decisions are in the store; waiters are only notified to look there.
pub struct Holds {
    waiting: Mutex<Waiting>,
    bounds: HoldBounds,
    news: broadcast::Sender<ProjectId>,
    abandoned: mpsc::UnboundedSender<(ProjectId, ApprovalId)>,
}

#[derive(Default)]
struct Waiting {
    woken: FxHashMap<ApprovalId, Arc<Notify>>,
    by_agent: FxHashMap<AgentId, usize>,
    in_all: usize,
}

/// A slot for a waiting request; released on drop.
pub struct HoldSlot<'h> {
    holds: &'h Holds,
    agent: AgentId,
}

/// Waits for a decision. If dropped while `armed`, the request counts as abandoned.
pub(crate) struct DecisionListener<'h> {
    holds: &'h Holds,
    project: ProjectId,
    id: ApprovalId,
    notify: Arc<Notify>,
    pub(crate) armed: bool,
}

/// The limit on waiting requests is reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TooManyHolds {
    /// The limit per agent.
    Agent(usize),
    /// The limit for all agents together.
    All(usize),
}

impl Holds {
    /// No requests wait yet. The receiver yields abandoned requests.
    pub(crate) fn new(bounds: HoldBounds) -> (Self, mpsc::UnboundedReceiver<(ProjectId, ApprovalId)>) {
        let (abandoned, given_up) = mpsc::unbounded_channel();
        let (news, _) = broadcast::channel(NEWS);
        (Self { waiting: Mutex::default(), bounds, news, abandoned }, given_up)
    }

    /// Reserves a slot.
    pub(crate) fn take_slot(&self, agent: AgentId) -> Result<HoldSlot<'_>, TooManyHolds> {
        let mut waiting = self.lock();
        if waiting.in_all >= self.bounds.in_all {
            return Err(TooManyHolds::All(self.bounds.in_all));
        }
        let own = waiting.by_agent.entry(agent).or_default();
        if *own >= self.bounds.per_agent {
            return Err(TooManyHolds::Agent(self.bounds.per_agent));
        }
        *own += 1;
        waiting.in_all += 1;
        Ok(HoldSlot { holds: self, agent })
    }

    /// Starts listening for a decision; none is missed from now on.
    pub(crate) fn listen(&self, project: ProjectId, id: ApprovalId) -> DecisionListener<'_> {
        let notify = Arc::new(Notify::new());
        self.lock().woken.insert(id, Arc::clone(&notify));
        DecisionListener { holds: self, project, id, notify, armed: false }
    }

    /// Notifies the waiter of a held request, and watchers of its project, that it changed.
    pub(crate) fn tell(&self, project: ProjectId, id: ApprovalId) {
        if let Some(notify) = self.lock().woken.get(&id) {
            notify.notify_one();
        }
        // Sending fails if nobody watches, which is fine.
        let _ = self.news.send(project);
    }

    /// Notifies all waiters: a change may have been missed.
    pub(crate) fn tell_all(&self) {
        self.lock().woken.values().for_each(|notify| notify.notify_one());
    }

    /// Projects in which a held request changes, from now on.
    pub(crate) fn news(&self) -> broadcast::Receiver<ProjectId> {
        self.news.subscribe()
    }

    /// The number of waiting requests.
    pub fn count(&self) -> usize {
        self.lock().in_all
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl DecisionListener<'_> {
    /// Returns once notified, also if that happened before the call.
    pub(crate) async fn notified(&self) {
        self.notify.notified().await;
    }
}

impl Drop for HoldSlot<'_> {
    fn drop(&mut self) {
        let mut waiting = self.holds.lock();
        waiting.in_all = waiting.in_all.saturating_sub(1);
        if let Some(own) = waiting.by_agent.get_mut(&self.agent) {
            *own = own.saturating_sub(1);
            if *own == 0 {
                waiting.by_agent.remove(&self.agent);
            }
        }
    }
}

impl Drop for DecisionListener<'_> {
    fn drop(&mut self) {
        let mut waiting = self.holds.lock();
        // Another request may have replaced this listener in the meantime; leave that one alone.
        if waiting.woken.get(&self.id).is_some_and(|notify| Arc::ptr_eq(notify, &self.notify)) {
            waiting.woken.remove(&self.id);
        }
        drop(waiting);
        if self.armed {
            // The receiver is dropped only when the process ends.
            let _ = self.holds.abandoned.send((self.project, self.id));
        }
    }
}

const NEWS: usize = 256;
