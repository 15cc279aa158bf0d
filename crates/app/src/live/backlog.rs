//! The backlog: the size of all unwritten records, and callers that wait while it is too large.

use std::sync::atomic::{AtomicU64, Ordering};

use tokio::sync::Notify;

/// The size of all unwritten records, in bytes.
#[derive(Debug, Default)]
pub(crate) struct Backlog {
    bytes: AtomicU64,
    shrunk: Notify,
}

impl Backlog {
    /// Waits while the backlog is full.
    pub(crate) async fn wait(&self) {
        while self.is_full() {
            let shrunk = self.shrunk.notified();
            // Created before the check, so that a `shrink` in between isn't missed.
            if self.is_full() {
                shrunk.await;
            }
        }
    }

    /// Adds the size of a queued record.
    pub(crate) fn grow(&self, bytes: u64) {
        self.bytes.fetch_add(bytes, Ordering::Relaxed);
    }

    /// Subtracts the size of written records.
    pub(crate) fn shrink(&self, bytes: u64) {
        self.bytes.fetch_sub(bytes, Ordering::Relaxed);
        self.shrunk.notify_waiters();
    }

    fn is_full(&self) -> bool {
        self.bytes.load(Ordering::Relaxed) >= MOST_BYTES
    }
}

/// Enough for about ten thousand ordinary records.
const MOST_BYTES: u64 = 16 * 1024 * 1024;
