//! The backlog: how many bytes of records wait to be written, and who waits because that is too much.

use std::sync::atomic::{AtomicU64, Ordering};

use tokio::sync::Notify;

/// Bytes of records that wait to be written.
#[derive(Debug, Default)]
pub(crate) struct Backlog {
    bytes: AtomicU64,
    shrunk: Notify,
}

impl Backlog {
    /// Waits while too much is to be written.
    pub(crate) async fn wait(&self) {
        while self.is_full() {
            let shrunk = self.shrunk.notified();
            // What shrinks between the look and the wait is not missed: `notified` counts from here.
            if self.is_full() {
                shrunk.await;
            }
        }
    }

    /// More is to be written.
    pub(crate) fn grow(&self, bytes: u64) {
        self.bytes.fetch_add(bytes, Ordering::Relaxed);
    }

    /// As much was written.
    pub(crate) fn shrink(&self, bytes: u64) {
        self.bytes.fetch_sub(bytes, Ordering::Relaxed);
        self.shrunk.notify_waiters();
    }

    fn is_full(&self) -> bool {
        self.bytes.load(Ordering::Relaxed) >= MOST_BYTES
    }
}

/// Enough for some ten thousand ordinary records.
const MOST_BYTES: u64 = 16 * 1024 * 1024;
