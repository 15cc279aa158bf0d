//! Rate limit of sign-in attempts per peer.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::error::Error;

/// Counts attempts per peer. Bounded: forgets all peers when there are too many.
#[derive(Debug)]
pub(crate) struct Attempts {
    most: usize,
    peers: Mutex<HashMap<Option<IpAddr>, Vec<Instant>>>,
}

impl Attempts {
    /// Allows each peer `most` attempts per minute.
    pub(crate) fn per_minute(most: usize) -> Self {
        Self { most, peers: Mutex::default() }
    }

    /// Counts an attempt; fails if it exceeds the limit.
    pub(crate) fn note(&self, peer: Option<IpAddr>, now: Instant) -> Result<(), Error> {
        let mut peers = self.peers.lock().unwrap_or_else(PoisonError::into_inner);
        if peers.len() >= MOST_PEERS && !peers.contains_key(&peer) {
            peers
                .retain(|_, attempts| attempts.last().is_some_and(|last| now.duration_since(*last) < MINUTE));
            if peers.len() >= MOST_PEERS {
                peers.clear();
            }
        }
        let attempts = peers.entry(peer).or_default();
        attempts.retain(|attempt| now.duration_since(*attempt) < MINUTE);
        if attempts.len() >= self.most {
            let left =
                attempts.first().map_or(MINUTE, |first| MINUTE.saturating_sub(now.duration_since(*first)));
            return Err(Error::TooMany { seconds: left.as_secs() + 1 });
        }
        attempts.push(now);
        Ok(())
    }
}

const MINUTE: Duration = Duration::from_mins(1);
const MOST_PEERS: usize = 10_000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_peer_is_limited_until_a_minute_has_passed() {
        let attempts = Attempts::per_minute(2);
        let start = Instant::now();
        assert!(attempts.note(None, start).is_ok());
        assert!(attempts.note(None, start).is_ok());
        assert!(matches!(attempts.note(None, start), Err(Error::TooMany { seconds: 61 })));
        assert!(attempts.note(Some(IpAddr::from([192, 0, 2, 1])), start).is_ok());
        assert!(attempts.note(None, start + MINUTE).is_ok());
    }
}
