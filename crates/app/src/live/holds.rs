//! Holds: who waits for a decision, and how they are woken.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use onecli_domain::id::{AgentId, ApprovalId, ProjectId};
use rustc_hash::FxHashMap;
use tokio::sync::{Notify, broadcast, mpsc};

use crate::config::HoldBounds;

/// Those who wait in this process. What was decided is in the store; here they are told to look.
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

/// A place among those who may wait; given back when it goes.
pub struct HoldSlot<'h> {
    holds: &'h Holds,
    agent: AgentId,
}

/// What wakes one who waits. Dropped while it is armed, the request was given up.
pub(crate) struct DecisionListener<'h> {
    holds: &'h Holds,
    project: ProjectId,
    id: ApprovalId,
    notify: Arc<Notify>,
    pub(crate) armed: bool,
}

/// Too many wait already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TooManyHolds {
    /// Of this agent.
    Agent(usize),
    /// In all.
    All(usize),
}

impl Holds {
    /// Nobody waits yet. Requests that are given up come out of the receiver.
    pub(crate) fn new(bounds: HoldBounds) -> (Self, mpsc::UnboundedReceiver<(ProjectId, ApprovalId)>) {
        let (abandoned, given_up) = mpsc::unbounded_channel();
        let (news, _) = broadcast::channel(NEWS);
        (Self { waiting: Mutex::default(), bounds, news, abandoned }, given_up)
    }

    /// Takes a place among those who wait.
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

    /// Listens for one held request. From now on no word about it is missed.
    pub(crate) fn listen(&self, project: ProjectId, id: ApprovalId) -> DecisionListener<'_> {
        let notify = Arc::new(Notify::new());
        self.lock().woken.insert(id, Arc::clone(&notify));
        DecisionListener { holds: self, project, id, notify, armed: false }
    }

    /// Something happened to a held request: who waits for it, and who watches for such, looks again.
    pub(crate) fn tell(&self, project: ProjectId, id: ApprovalId) {
        if let Some(notify) = self.lock().woken.get(&id) {
            notify.notify_one();
        }
        // Nobody watching is no fault.
        let _ = self.news.send(project);
    }

    /// Everybody who waits looks again: something may have been missed.
    pub(crate) fn tell_all(&self) {
        self.lock().woken.values().for_each(|notify| notify.notify_one());
    }

    /// The projects in which something happens to a held request, from now on.
    pub(crate) fn news(&self) -> broadcast::Receiver<ProjectId> {
        self.news.subscribe()
    }

    /// How many wait.
    pub fn count(&self) -> usize {
        self.lock().in_all
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl DecisionListener<'_> {
    /// Returns once there is a word. One that came before is not missed.
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
        // Another request may listen for the same meanwhile: then it is not ours any more.
        if waiting.woken.get(&self.id).is_some_and(|notify| Arc::ptr_eq(notify, &self.notify)) {
            waiting.woken.remove(&self.id);
        }
        drop(waiting);
        if self.armed {
            // The keeper is gone only when the process ends.
            let _ = self.holds.abandoned.send((self.project, self.id));
        }
    }
}

const NEWS: usize = 256;
