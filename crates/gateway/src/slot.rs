//! Places: how many of a thing there may be at once.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// A place among those that a bound allows; given back when it goes.
#[derive(Debug)]
pub(crate) struct Slot(Arc<AtomicUsize>);

impl Slot {
    /// Takes a place, if fewer than `most` are taken.
    pub(crate) fn take(counter: &Arc<AtomicUsize>, most: usize) -> Option<Self> {
        if counter.fetch_add(1, Ordering::Relaxed) < most {
            return Some(Self(Arc::clone(counter)));
        }
        counter.fetch_sub(1, Ordering::Relaxed);
        None
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}
