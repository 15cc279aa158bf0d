//! Idle connections: those that serve every agent, and those that an agent's own connection keeps for itself.
//!
//! A pooled connection carries no identity of anybody: credentials are within requests. What does carry one
//! (NTLM, Negotiate) is kept by the agent's connection on which it was spoken, and dropped with it.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::{Duration, Instant};

use onecli_domain::host::Host;
use onecli_domain::target::{Scheme, Target};
use rustc_hash::FxHashMap;

/// Which connections serve the same requests.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Key {
    scheme: Scheme,
    host: Host,
    port: u16,
}

/// A connection that may be idle.
pub(crate) trait Idle {
    /// Whether it can still be used: an upstream that closed it is noticed here.
    fn is_alive(&mut self) -> bool;
}

/// Idle connections of one worker.
pub(super) struct Pool<C> {
    idle: Mutex<Shelves<C>>,
    most: usize,
}

struct Shelves<C> {
    by_key: FxHashMap<Key, VecDeque<(C, Instant)>>,
    count: usize,
}

/// Idle connections that one connection of an agent keeps for itself.
pub(crate) struct SessionPool<C>(Mutex<VecDeque<(Key, C, Instant)>>);

/// Where a connection goes back to when its response has been read.
pub(super) struct PoolSlot<C> {
    key: Key,
    pool: Weak<Pool<C>>,
    session: Weak<SessionPool<C>>,
}

impl Key {
    pub(super) fn of(target: &Target) -> Self {
        Self { scheme: target.scheme, host: target.host.clone(), port: target.port }
    }
}

impl<C: Idle> Pool<C> {
    /// A pool that holds no more than `most` connections.
    pub(super) fn new(most: usize) -> Self {
        Self { idle: Mutex::new(Shelves { by_key: FxHashMap::default(), count: 0 }), most }
    }

    /// A connection that can be used, if there is one. The one used last is taken first: it is the warmest.
    pub(super) fn take(&self, key: &Key) -> Option<C> {
        let mut dead = Vec::new();
        let mut idle = lock(&self.idle);
        let Shelves { by_key, count } = &mut *idle;
        let shelf = by_key.get_mut(key)?;
        let mut found = None;
        while let Some((mut connection, _)) = shelf.pop_back() {
            *count -= 1;
            if connection.is_alive() {
                found = Some(connection);
                break;
            }
            dead.push(connection);
        }
        // Closing is left for after the lock.
        drop(idle);
        drop(dead);
        found
    }

    /// Keeps a connection for the next request.
    pub(super) fn put(&self, key: Key, connection: C) {
        let mut idle = lock(&self.idle);
        let Shelves { by_key, count } = &mut *idle;
        let shelf = by_key.entry(key).or_default();
        shelf.push_back((connection, Instant::now()));
        *count += 1;
        let mut surplus = None;
        if shelf.len() > MOST_PER_HOST {
            surplus = shelf.pop_front();
        } else if *count > self.most {
            // Each shelf's oldest is its first.
            let oldest = by_key
                .iter_mut()
                .filter_map(|(_, shelf)| Some((shelf.front()?.1, shelf)))
                .min_by_key(|(since, _)| *since);
            surplus = oldest.and_then(|(_, shelf)| shelf.pop_front());
        }
        *count -= usize::from(surplus.is_some());
        drop(idle);
        drop(surplus);
    }

    /// Closes what was idle for too long.
    pub(super) fn sweep(&self) {
        let mut closing = Vec::new();
        let mut idle = lock(&self.idle);
        let Shelves { by_key, count } = &mut *idle;
        by_key.retain(|_, shelf| {
            while shelf.front().is_some_and(|(_, since)| since.elapsed() > LONGEST_IDLE) {
                closing.extend(shelf.pop_front());
                *count -= 1;
            }
            !shelf.is_empty()
        });
        by_key.shrink_to_fit();
        drop(idle);
        drop(closing);
    }
}

impl<C> Default for SessionPool<C> {
    fn default() -> Self {
        Self(Mutex::new(VecDeque::new()))
    }
}

impl<C> std::fmt::Debug for SessionPool<C> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SessionPool").finish_non_exhaustive()
    }
}

impl<C: Idle> SessionPool<C> {
    /// The connection to this authority that the agent's connection kept, if it can still be used.
    pub(super) fn take(&self, key: &Key) -> Option<C> {
        let mut kept = lock(&self.0);
        let at = kept.iter().rposition(|(of, ..)| of == key)?;
        let (_, mut connection, since) = kept.remove(at)?;
        drop(kept);
        (since.elapsed() < LONGEST_IDLE && connection.is_alive()).then_some(connection)
    }

    fn put(&self, key: Key, connection: C) {
        let mut kept = lock(&self.0);
        kept.push_back((key, connection, Instant::now()));
        let oldest = (kept.len() > MOST_PER_SESSION).then(|| kept.pop_front());
        drop(kept);
        drop(oldest);
    }
}

impl<C: Idle> PoolSlot<C> {
    pub(super) fn new(key: Key, pool: &Arc<Pool<C>>, session: &Arc<SessionPool<C>>) -> Self {
        Self { key, pool: Arc::downgrade(pool), session: Arc::downgrade(session) }
    }

    /// Gives an idle connection back: to all agents, or to the one agent's connection that authenticated it.
    pub(super) fn put(self, connection: C, is_authenticated: bool) {
        if is_authenticated {
            if let Some(session) = self.session.upgrade() {
                session.put(self.key, connection);
            }
        } else if let Some(pool) = self.pool.upgrade() {
            pool.put(self.key, connection);
        }
    }
}

/// Held for a few instructions, never across an await. What a panic left behind is still a pool.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

const MOST_PER_HOST: usize = 256;
const MOST_PER_SESSION: usize = 4;
/// How long an idle connection is kept.
pub(super) const LONGEST_IDLE: Duration = Duration::from_mins(1);
/// How often idle connections are looked through.
pub(super) const SWEEP_EVERY: Duration = Duration::from_secs(10);

#[cfg(test)]
mod tests {
    use onecli_domain::path::Path;

    use super::*;

    struct Fake(u32, bool);

    impl Idle for Fake {
        fn is_alive(&mut self) -> bool {
            self.1
        }
    }

    fn key(host: &str) -> Key {
        let host = Host::read(host).unwrap();
        Key::of(&Target { scheme: Scheme::Https, host, port: 443, path: Path::asterisk(), query: None })
    }

    #[test]
    fn the_oldest_goes_first_once_there_are_too_many_of_all_hosts() {
        let pool = Pool::new(3);
        for (number, host) in ["a.test", "b.test", "c.test", "a.test", "d.test"].into_iter().enumerate() {
            pool.put(key(host), Fake(number as u32, true));
        }
        assert_eq!(pool.take(&key("a.test")).unwrap().0, 3);
        assert!(pool.take(&key("a.test")).is_none() && pool.take(&key("b.test")).is_none());
        assert_eq!(pool.take(&key("c.test")).unwrap().0, 2);
        assert_eq!(pool.take(&key("d.test")).unwrap().0, 4);
        assert_eq!(lock(&pool.idle).count, 0);
    }

    #[test]
    fn dead_connections_are_passed_over_and_no_longer_counted() {
        let pool = Pool::new(8);
        pool.put(key("a.test"), Fake(1, true));
        pool.put(key("a.test"), Fake(2, false));
        assert_eq!(pool.take(&key("a.test")).unwrap().0, 1);
        assert_eq!(lock(&pool.idle).count, 0);
    }

    #[test]
    fn what_was_authenticated_goes_back_to_its_session_alone() {
        let pool = Arc::new(Pool::new(8));
        let (own, other) = (Arc::new(SessionPool::default()), Arc::new(SessionPool::<Fake>::default()));
        PoolSlot::new(key("a.test"), &pool, &own).put(Fake(1, true), true);
        assert!(pool.take(&key("a.test")).is_none() && other.take(&key("a.test")).is_none());
        assert!(own.take(&key("b.test")).is_none());
        assert_eq!(own.take(&key("a.test")).unwrap().0, 1);

        let slot = PoolSlot::new(key("a.test"), &pool, &own);
        drop(own);
        slot.put(Fake(1, true), true);
        assert!(pool.take(&key("a.test")).is_none());
    }
}
