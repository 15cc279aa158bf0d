//! Refusals that no activity record tells of, since it isn't known whose they are: counted per address.

use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use http::StatusCode;
use rustc_hash::FxHashMap;

/// Counts refusals, in bounded memory.
#[derive(Debug, Default)]
pub struct Refusals {
    counts: Mutex<FxHashMap<IpAddr, Counted>>,
}

/// Why somebody unknown was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RefusalKind {
    /// There was no valid token.
    Unauthenticated,
    /// The request was malformed, or its head too large.
    Malformed,
    /// The gateway was at a limit.
    Overloaded,
}

/// What was refused to one address.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RefusalCounts {
    /// Requests without a valid token.
    pub unauthenticated: u64,
    /// Requests that were malformed, or had too large a head.
    pub malformed: u64,
    /// Connections and requests for which there was no room.
    pub overloaded: u64,
}

#[derive(Debug)]
struct Counted {
    total: RefusalCounts,
    reported: RefusalCounts,
    last: Instant,
}

impl RefusalKind {
    /// The kind of one of the gateway's own answers, by its status.
    pub(crate) fn of(status: StatusCode) -> Option<Self> {
        match status {
            StatusCode::PROXY_AUTHENTICATION_REQUIRED => Some(Self::Unauthenticated),
            StatusCode::SERVICE_UNAVAILABLE => Some(Self::Overloaded),
            status if status.is_client_error() => Some(Self::Malformed),
            _ => None,
        }
    }
}

impl RefusalCounts {
    fn add(&mut self, kind: RefusalKind) {
        match kind {
            RefusalKind::Unauthenticated => self.unauthenticated += 1,
            RefusalKind::Malformed => self.malformed += 1,
            RefusalKind::Overloaded => self.overloaded += 1,
        }
    }

    fn since(self, earlier: Self) -> Self {
        Self {
            unauthenticated: self.unauthenticated - earlier.unauthenticated,
            malformed: self.malformed - earlier.malformed,
            overloaded: self.overloaded - earlier.overloaded,
        }
    }

    fn sum(self) -> u64 {
        self.unauthenticated + self.malformed + self.overloaded
    }
}

impl Refusals {
    /// Counts a refusal.
    pub(crate) fn count(&self, address: IpAddr, kind: RefusalKind) {
        let now = Instant::now();
        let mut counts = self.lock();
        let address = network(address);
        if counts.len() >= MOST_ADDRESSES && !counts.contains_key(&address) {
            let oldest = counts.iter().min_by_key(|(_, counted)| counted.last).map(|(address, _)| *address);
            if let Some(oldest) = oldest {
                counts.remove(&oldest);
            }
        }
        let counted = counts.entry(address).or_insert_with(|| Counted {
            total: RefusalCounts::default(),
            reported: RefusalCounts::default(),
            last: now,
        });
        counted.total.add(kind);
        counted.last = now;
    }

    /// What was refused since the gateway started, by address; those that were refused last, first. Addresses of
    /// IPv6 are told apart by their network.
    pub fn list(&self) -> Vec<(IpAddr, RefusalCounts)> {
        let mut all: Vec<_> =
            self.lock().iter().map(|(address, counted)| (*address, counted.total, counted.last)).collect();
        all.sort_unstable_by_key(|(_, _, last)| std::cmp::Reverse(*last));
        all.into_iter().map(|(address, total, _)| (address, total)).collect()
    }

    /// Logs what was refused since the last time.
    pub(crate) fn report(&self) {
        let mut fresh: Vec<_> = self
            .lock()
            .iter_mut()
            .map(|(address, counted)| {
                let since = counted.total.since(counted.reported);
                counted.reported = counted.total;
                (*address, since)
            })
            .filter(|(_, since)| since.sum() > 0)
            .collect();
        fresh.sort_unstable_by_key(|(_, since)| std::cmp::Reverse(since.sum()));
        for (address, since) in fresh.iter().take(MOST_LOGGED) {
            tracing::warn!(
                %address,
                unauthenticated = since.unauthenticated,
                malformed = since.malformed,
                overloaded = since.overloaded,
                "requests from this address were refused"
            );
        }
        let rest: u64 = fresh.iter().skip(MOST_LOGGED).map(|(_, since)| since.sum()).sum();
        if rest > 0 {
            tracing::warn!(requests = rest, "requests from further addresses were refused");
        }
    }

    /// Held for a few instructions. What a panic left behind are still counts.
    fn lock(&self) -> MutexGuard<'_, FxHashMap<IpAddr, Counted>> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// An address as far as it tells one machine from another: whoever has one of IPv6 has 2⁶⁴.
pub(crate) fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(address) => IpAddr::V4(address),
        IpAddr::V6(address) => IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() & !u128::from(u64::MAX))),
    }
}

/// How often refusals are logged.
pub(crate) const REPORT_EVERY: Duration = Duration::from_mins(1);
const MOST_ADDRESSES: usize = 1024;
const MOST_LOGGED: usize = 20;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refusals_are_counted_per_address_in_bounded_memory() {
        let refusals = Refusals::default();
        for number in 0..3_000u32 {
            refusals.count(IpAddr::V4(number.into()), RefusalKind::Malformed);
        }
        let home: IpAddr = "2001:db8::1".parse().unwrap();
        let neighbour: IpAddr = "2001:db8::2".parse().unwrap();
        refusals.count(home, RefusalKind::Unauthenticated);
        refusals.count(neighbour, RefusalKind::Unauthenticated);
        refusals.count("::ffff:10.0.0.1".parse().unwrap(), RefusalKind::Overloaded);
        let all = refusals.list();
        assert_eq!(all.len(), MOST_ADDRESSES);
        let of = |address: &str| {
            let address = address.parse::<IpAddr>().unwrap();
            all.iter().find(|(counted, _)| *counted == address).map(|(_, counts)| *counts)
        };
        assert_eq!(of("2001:db8::").unwrap(), RefusalCounts { unauthenticated: 2, ..Default::default() });
        assert_eq!(of("10.0.0.1").unwrap(), RefusalCounts { overloaded: 1, ..Default::default() });
        assert_eq!(of("0.0.0.1"), None, "the longest ago is forgotten");
    }

    #[test]
    fn a_report_tells_what_is_new() {
        let refusals = Refusals::default();
        let address = IpAddr::V4(1u32.into());
        refusals.count(address, RefusalKind::Malformed);
        refusals.report();
        let counted = &refusals.counts.lock().unwrap()[&address];
        assert_eq!(counted.total.since(counted.reported), RefusalCounts::default());
        assert_eq!(counted.total, RefusalCounts { malformed: 1, ..Default::default() });
    }
}
