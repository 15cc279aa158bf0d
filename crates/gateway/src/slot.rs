//! Slots: how many of a thing there may be at once.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// A slot among those that a bound allows, counted in all and for its owner; given back when it goes.
#[derive(Debug)]
pub(crate) struct Slot {
    all: Arc<AtomicUsize>,
    own: Arc<AtomicUsize>,
}

impl Slot {
    /// Takes a slot, if fewer than `most` are taken, and if its owner leaves some for others: whoever has half of them gets
    /// no more once three quarters are taken.
    pub(crate) fn take(all: &Arc<AtomicUsize>, own: &Arc<AtomicUsize>, most: usize) -> Option<Self> {
        let slot = Self { all: Arc::clone(all), own: Arc::clone(own) };
        let (before, own_before) = (all.fetch_add(1, Ordering::Relaxed), own.fetch_add(1, Ordering::Relaxed));
        let is_greedy = own_before >= most.div_ceil(2) && before >= most - most / 4;
        // Dropped, it is given back.
        (before < most && !is_greedy).then_some(slot)
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        self.all.fetch_sub(1, Ordering::Relaxed);
        self.own.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_owner_leaves_some_for_the_others() {
        let (all, greedy, other) = (Arc::default(), Arc::default(), Arc::default());
        let held: Vec<_> = std::iter::from_fn(|| Slot::take(&all, &greedy, 100)).collect();
        assert_eq!(held.len(), 75);
        let others: Vec<_> = std::iter::from_fn(|| Slot::take(&all, &other, 100)).collect();
        assert_eq!(others.len(), 25);
        assert!(Slot::take(&all, &other, 100).is_none());
        drop((held, others));
        assert_eq!((all.load(Ordering::Relaxed), greedy.load(Ordering::Relaxed)), (0, 0));
    }
}
