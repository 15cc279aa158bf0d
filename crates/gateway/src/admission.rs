//! Admission: how many connections there may be, and whose. Nobody who is over a share starves the others.

use std::collections::VecDeque;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use onecli_domain::id::AgentId;
use rustc_hash::FxHashMap;
use tokio::sync::oneshot;

use crate::refusals::network;

/// All connections of agents, and the tunnels within HTTP/2 connections.
#[derive(Debug)]
pub(crate) struct Connections {
    most: usize,
    open: Mutex<Open>,
}

#[derive(Debug, Default)]
struct Open {
    count: usize,
    next: u64,
    /// Connections that have shown no valid token yet, by address, the oldest first.
    unproven: FxHashMap<IpAddr, VecDeque<Unproven>>,
    agents: FxHashMap<AgentId, usize>,
}

#[derive(Debug)]
struct Unproven {
    number: u64,
    since: Instant,
    evict: oneshot::Sender<()>,
}

/// A connection that was let in; counted until it is dropped.
#[derive(Debug)]
pub(crate) struct Admitted {
    connections: Arc<Connections>,
    address: Option<IpAddr>,
    number: u64,
    agent: OnceLock<AgentId>,
}

impl Connections {
    pub(crate) fn new(most: usize) -> Self {
        Self { most, open: Mutex::default() }
    }

    /// Lets a connection in, of which nobody knows yet whose it is. The receiver is told if it must make room.
    ///
    /// An address that has many such connections, or any where there is no room left, loses its oldest: whoever
    /// is about to show a token does so at once, and whoever opens connections to keep them doesn't.
    pub(crate) fn admit(self: &Arc<Self>, address: IpAddr) -> Option<(Admitted, oneshot::Receiver<()>)> {
        let (evict, evicted) = oneshot::channel();
        let address = network(address);
        let mut open = self.lock();
        let own = open.unproven.get(&address);
        let is_over = own.is_some_and(|own| {
            own.len() >= self.most_unproven()
                && own.front().is_some_and(|oldest| oldest.since.elapsed() > GRACE)
        });
        if is_over {
            open.evict(address);
        }
        if open.count >= self.most {
            let crowded =
                open.unproven.iter().max_by_key(|(_, own)| own.len()).map(|(address, _)| *address)?;
            open.evict(crowded);
        }
        let number = open.next;
        open.next += 1;
        open.count += 1;
        let unproven = Unproven { number, since: Instant::now(), evict };
        open.unproven.entry(address).or_default().push_back(unproven);
        drop(open);
        let connections = Arc::clone(self);
        Some((Admitted { connections, address: Some(address), number, agent: OnceLock::new() }, evicted))
    }

    /// Lets a tunnel in that an agent opens within a connection.
    pub(crate) fn admit_tunnel(self: &Arc<Self>, agent: AgentId) -> Option<Admitted> {
        let mut open = self.lock();
        if open.count >= self.most || self.is_over_share(&open, agent) {
            return None;
        }
        open.count += 1;
        *open.agents.entry(agent).or_default() += 1;
        drop(open);
        Some(Admitted {
            connections: Arc::clone(self),
            address: None,
            number: 0,
            agent: OnceLock::from(agent),
        })
    }

    /// Beyond half of all, an agent leaves some room to others.
    fn is_over_share(&self, open: &Open, agent: AgentId) -> bool {
        let own = open.agents.get(&agent).copied().unwrap_or_default();
        own >= self.most.div_ceil(2) && open.count + self.most / 4 > self.most
    }

    fn most_unproven(&self) -> usize {
        (self.most / 10).clamp(16, 256)
    }

    /// Held for a few instructions. What a panic left behind is still counted right.
    fn lock(&self) -> MutexGuard<'_, Open> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Open {
    /// Closes the oldest connection of an address that has shown no token.
    fn evict(&mut self, address: IpAddr) {
        let Some(own) = self.unproven.get_mut(&address) else { return };
        if let Some(oldest) = own.pop_front() {
            // Its place is free as soon as it was told: that it has gone is a matter of moments.
            let _ = oldest.evict.send(());
            self.count -= 1;
        }
        if own.is_empty() {
            self.unproven.remove(&address);
        }
    }

    /// Takes a connection off those that have shown no token. Whether it was there.
    fn prove(&mut self, address: IpAddr, number: u64) -> bool {
        let Some(own) = self.unproven.get_mut(&address) else { return false };
        let Ok(at) = own.binary_search_by_key(&number, |unproven| unproven.number) else { return false };
        own.remove(at);
        if own.is_empty() {
            self.unproven.remove(&address);
        }
        true
    }
}

impl Admitted {
    /// Whether it is known whose connection it is.
    pub(crate) fn is_proven(&self) -> bool {
        self.agent.get().is_some()
    }

    /// Notes whose connection it is. False if the agent has too many already, or it was told to make room.
    pub(crate) fn prove(&self, agent: AgentId) -> bool {
        let mut open = self.connections.lock();
        if self.is_proven() {
            return true;
        }
        let Some(address) = self.address else { return true };
        // The connection itself is counted, and must leave room as any other.
        if self.connections.is_over_share(&open, agent) || !open.prove(address, self.number) {
            return false;
        }
        *open.agents.entry(agent).or_default() += 1;
        let _ = self.agent.set(agent);
        true
    }
}

impl Drop for Admitted {
    fn drop(&mut self) {
        let mut open = self.connections.lock();
        let was_counted = match (self.agent.get(), self.address) {
            (Some(agent), _) => {
                let own = open.agents.get_mut(agent);
                let is_last = own.is_some_and(|own| {
                    *own -= 1;
                    *own == 0
                });
                if is_last {
                    open.agents.remove(agent);
                }
                true
            }
            (None, Some(address)) => open.prove(address, self.number),
            (None, None) => true,
        };
        if was_counted {
            open.count -= 1;
        }
    }
}

/// A connection that is younger loses its place only where there is no other.
const GRACE: Duration = Duration::from_secs(1);

#[cfg(test)]
mod tests {
    use super::*;

    fn address(last: u8) -> IpAddr {
        IpAddr::from([10, 0, 0, last])
    }

    fn agent(number: u128) -> AgentId {
        format!("{number:032x}").parse().unwrap()
    }

    fn is_evicted(evicted: &mut oneshot::Receiver<()>) -> bool {
        evicted.try_recv().is_ok()
    }

    #[test]
    fn where_there_is_no_room_the_oldest_unproven_connection_of_the_busiest_address_makes_some() {
        let connections = Arc::new(Connections::new(3));
        let (_first, mut first_evicted) = connections.admit(address(1)).unwrap();
        let (_other, mut other_evicted) = connections.admit(address(2)).unwrap();
        let (_second, _) = connections.admit(address(1)).unwrap();
        assert!(!is_evicted(&mut first_evicted));
        let (third, _) = connections.admit(address(3)).unwrap();
        assert!(is_evicted(&mut first_evicted) && !is_evicted(&mut other_evicted));
        assert!(third.prove(agent(1)) && third.is_proven());
    }

    #[test]
    fn a_proven_connection_keeps_its_place() {
        let connections = Arc::new(Connections::new(2));
        let (first, mut evicted) = connections.admit(address(1)).unwrap();
        assert!(first.prove(agent(1)));
        let (second, _) = connections.admit(address(1)).unwrap();
        assert!(second.prove(agent(2)));
        assert!(connections.admit(address(1)).is_none());
        assert!(!is_evicted(&mut evicted));
        drop(second);
        assert!(connections.admit(address(1)).is_some());
    }

    #[test]
    fn a_connection_that_made_room_is_counted_no_more() {
        let connections = Arc::new(Connections::new(1));
        let (first, _) = connections.admit(address(1)).unwrap();
        let (second, _) = connections.admit(address(1)).unwrap();
        assert!(!first.prove(agent(1)), "too late");
        drop(first);
        assert_eq!(connections.lock().count, 1);
        drop(second);
        assert_eq!(connections.lock().count, 0);
        assert!(connections.lock().unproven.is_empty());
    }

    #[test]
    fn an_agent_leaves_room_to_others() {
        let connections = Arc::new(Connections::new(20));
        let mut kept = Vec::new();
        let taken =
            (0..20).map_while(|_| connections.admit_tunnel(agent(1))).map(|one| kept.push(one)).count();
        assert_eq!(taken, 16);
        let others =
            (0..20).map_while(|_| connections.admit_tunnel(agent(2))).map(|one| kept.push(one)).count();
        assert_eq!(others, 4);
        kept.clear();
        assert!(connections.lock().agents.is_empty());
        assert_eq!(connections.lock().count, 0);
        let few = Arc::new(Connections::new(2));
        let kept: Vec<_> = (0..2).map_while(|_| few.admit_tunnel(agent(1))).collect();
        assert_eq!(kept.len(), 2, "where there are few, nothing is kept back");
    }
}
