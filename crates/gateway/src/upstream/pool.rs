//! Idle connections to upstreams, shared by all agents of the process.
//!
//! A connection carries no identity of anybody: credentials are within requests. What did carry one
//! (a client certificate) would have to be part of the key.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use onecli_domain::host::Host;
use onecli_domain::target::{Scheme, Target};
use rustc_hash::FxHashMap;

use super::h1::H1;
use super::h2::H2;

/// Which connections serve the same requests.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Key {
    scheme: Scheme,
    host: Host,
    port: u16,
}

/// Idle HTTP/1.1 connections and shared HTTP/2 ones.
#[derive(Default)]
pub(super) struct Pool {
    shelves: Mutex<FxHashMap<Key, Shelf>>,
}

#[derive(Default)]
struct Shelf {
    idle: VecDeque<(Box<H1>, Instant)>,
    shared: Vec<H2>,
}

/// What the pool has for a request.
pub(super) enum Found {
    H1(Box<H1>),
    H2(H2),
}

impl Key {
    pub(super) fn of(target: &Target) -> Self {
        Self { scheme: target.scheme, host: target.host.clone(), port: target.port }
    }
}

impl Pool {
    /// A connection that can be used, if there is one. The one used last is taken first: it is the warmest.
    pub(super) fn take(&self, key: &Key) -> Option<Found> {
        let mut dead = Vec::new();
        let mut shelves = self.lock();
        let shelf = shelves.get_mut(key)?;
        if let Some(shared) = shelf.shared.iter().find(|shared| shared.has_room()) {
            return Some(Found::H2(shared.clone()));
        }
        while let Some((mut connection, _)) = shelf.idle.pop_back() {
            if connection.is_alive() {
                return Some(Found::H1(connection));
            }
            dead.push(connection);
        }
        // Closing is left for after the lock.
        drop(shelves);
        drop(dead);
        None
    }

    /// Keeps an HTTP/1.1 connection for the next request.
    pub(super) fn put(&self, key: Key, connection: Box<H1>) {
        let mut shelves = self.lock();
        let shelf = shelves.entry(key).or_default();
        shelf.idle.push_back((connection, Instant::now()));
        let oldest = (shelf.idle.len() > MOST_IDLE).then(|| shelf.idle.pop_front());
        drop(shelves);
        drop(oldest);
    }

    /// Shares an HTTP/2 connection with further requests.
    pub(super) fn share(&self, key: Key, connection: H2) {
        self.lock().entry(key).or_default().shared.push(connection);
    }

    /// Closes what was idle for too long.
    pub(super) fn sweep(&self) {
        let mut closing = Vec::new();
        let mut shelves = self.lock();
        for shelf in shelves.values_mut() {
            while shelf.idle.front().is_some_and(|(_, since)| since.elapsed() > LONGEST_IDLE) {
                closing.extend(shelf.idle.pop_front());
            }
            shelf.shared.retain(|shared| !shared.is_closed());
            if shelf.shared.len() > 1 {
                shelf.shared.retain(|shared| !shared.is_idle());
            }
        }
        shelves.retain(|_, shelf| !shelf.idle.is_empty() || !shelf.shared.is_empty());
        drop(shelves);
        drop(closing);
    }

    /// Held for a few instructions, never across an await. What a panic left behind is still a pool.
    fn lock(&self) -> MutexGuard<'_, FxHashMap<Key, Shelf>> {
        self.shelves.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

const MOST_IDLE: usize = 256;
const LONGEST_IDLE: Duration = Duration::from_mins(1);
/// How often idle connections are looked through.
pub(super) const SWEEP_EVERY: Duration = Duration::from_secs(10);
