//! Dialling: a connection to the upstream, from a pool or new.

use std::sync::{Arc, Weak};

use onecli_domain::host::Host;
use onecli_domain::id::AgentId;
use onecli_domain::target::Target;
use rustix::process::{Resource, getrlimit};
use tokio::net::TcpStream;
use tokio::time::Instant;

use super::connection::Connection;
use super::connector::{Connector, Protocols};
use super::dial_error::DialError;
use super::h1::{H1, PoolSlot, SessionConnections};
use super::h2::H2Connection;
use super::pool::{Key, Pool, SWEEP_EVERY};
use super::sharing::{Dialling, LONGEST_WAIT, Sharing, Turn};
use crate::config::Config;
use crate::error::Error;
use crate::header_lines::MOST_HEADER_LINES;

/// The way to upstreams.
pub(crate) struct Upstream {
    connector: Arc<Connector>,
    /// One for each worker. All serve every agent; those of others are asked where the own one has nothing,
    /// since a connection is cheapest on the thread that it began on.
    pools: Arc<[Arc<Pool<Box<H1>>>]>,
    /// Which of them is the own one.
    own: usize,
    sharing: Arc<Sharing>,
    most_header_bytes: usize,
}

/// For whom a connection is wanted.
#[derive(Clone, Debug)]
pub(crate) struct Caller {
    /// The agent, which shares HTTP/2 connections with nobody else.
    pub agent: AgentId,
    /// What the agent's own connection keeps for itself.
    pub connections: Arc<SessionConnections>,
}

impl Upstream {
    /// Sets up the way to upstreams, for as many workers. Must be called within a runtime.
    pub(crate) fn for_workers(config: &Config, count: usize) -> Result<Vec<Self>, Error> {
        let connector = Arc::new(Connector::new(config)?);
        let most_idle = most_idle();
        let pool = || Arc::new(Pool::new((most_idle / count.max(1)).max(1)));
        let pools: Arc<[_]> = std::iter::repeat_with(pool).take(count).collect();
        let sharing = Arc::new(Sharing::new(most_idle));
        tokio::spawn(sweep(pools.iter().map(Arc::downgrade).collect(), Arc::downgrade(&sharing)));
        let way = |own| Self {
            connector: Arc::clone(&connector),
            pools: Arc::clone(&pools),
            own,
            sharing: Arc::clone(&sharing),
            most_header_bytes: config.most_header_bytes,
        };
        Ok((0..count).map(way).collect())
    }

    /// A connection for a request, which may authenticate it. A forbidden or dead upstream is found out here, before any
    /// secret is opened.
    pub(crate) async fn dial(
        &self,
        target: &Target,
        caller: &Caller,
        authenticates: bool,
    ) -> Result<Connection, DialError> {
        let key = Key::of(target);
        if let Some(h1) = caller.connections.take(&key) {
            return Ok(Connection::http1(h1, self.slot(key, caller), true));
        }
        if authenticates {
            // Within HTTP/2 no connection can be authenticated, and one that others used may be somebody's.
            return self.dial_http1(target, caller).await;
        }
        let (before, from_own) = self.pools.split_at(self.own.min(self.pools.len()));
        let mut pools = from_own.iter().chain(before);
        if let Some(h1) = pools.next().and_then(|own| own.take(&key)) {
            return Ok(Connection::http1(h1, self.slot(key, caller), true));
        }
        let key = (caller.agent, key);
        if let Some(h2) = self.sharing.stream(&key) {
            return Ok(Connection::http2(h2, true));
        }
        if let Some(h1) = pools.find_map(|pool| pool.take(&key.1)) {
            return Ok(Connection::http1(h1, self.slot(key.1, caller), true));
        }
        let deadline = Instant::now() + LONGEST_WAIT;
        loop {
            match self.sharing.turn(&key, Instant::now() < deadline) {
                Turn::Stream(h2) => return Ok(Connection::http2(h2, true)),
                Turn::Wait(waiting) => waiting.until(deadline).await,
                Turn::Dial(dialling) => return self.open(target, caller, key.1, dialling).await,
            }
        }
    }

    /// A connection that nobody used before.
    pub(crate) async fn dial_new(
        &self,
        target: &Target,
        caller: &Caller,
        authenticates: bool,
    ) -> Result<Connection, DialError> {
        if authenticates {
            return self.dial_http1(target, caller).await;
        }
        let key = Key::of(target);
        let dialling = self.sharing.dialling((caller.agent, key.clone()));
        self.open(target, caller, key, dialling).await
    }

    async fn open(
        &self,
        target: &Target,
        caller: &Caller,
        key: Key,
        dialling: Dialling,
    ) -> Result<Connection, DialError> {
        let (io, is_http2) = self.connector.connect(target, Protocols::Any).await?;
        if is_http2 {
            // HTTP/2 counts 32 more for each header (RFC 9113 §6.5.2). What they are without is counted when they are
            // here.
            let most = self.most_header_bytes + 32 * MOST_HEADER_LINES;
            let most = u32::try_from(most).unwrap_or(u32::MAX);
            let connection = H2Connection::handshake(io, most).await.map_err(protocol)?;
            Ok(Connection::http2(dialling.share(connection), false))
        } else {
            dialling.found_http1();
            let h1 = H1::handshake(io, self.most_header_bytes).await.map_err(protocol)?;
            Ok(Connection::http1(Box::new(h1), self.slot(key, caller), false))
        }
    }

    /// A new connection of HTTP/1.1, for what can't be spoken within HTTP/2.
    async fn dial_http1(&self, target: &Target, caller: &Caller) -> Result<Connection, DialError> {
        let h1 = self.open_http1(target).await?;
        Ok(Connection::http1(h1, self.slot(Key::of(target), caller), false))
    }

    async fn open_http1(&self, target: &Target) -> Result<Box<H1>, DialError> {
        let (io, _) = self.connector.connect(target, Protocols::Http1).await?;
        H1::handshake(io, self.most_header_bytes).await.map(Box::new).map_err(protocol)
    }

    /// A connection of HTTP/1.1 for an upgrade, after which it is HTTP's no more.
    pub(crate) async fn dial_upgrade(
        &self,
        target: &Target,
        caller: &Caller,
    ) -> Result<Connection, DialError> {
        let key = Key::of(target);
        match caller.connections.take(&key) {
            Some(h1) => Ok(Connection::upgrade(h1, true)),
            None => Ok(Connection::upgrade(self.open_http1(target).await?, false)),
        }
    }

    /// A bare connection, for tunnels that are passed through.
    pub(crate) async fn dial_tcp(&self, host: &Host, port: u16) -> Result<TcpStream, DialError> {
        self.connector.connect_tcp(host, port).await
    }

    #[expect(clippy::indexing_slicing, reason = "`for_workers` alone sets `own`, within the bounds")]
    fn slot(&self, key: Key, caller: &Caller) -> PoolSlot {
        PoolSlot::new(key, &self.pools[self.own], &caller.connections)
    }
}

#[expect(clippy::needless_pass_by_value, reason = "as `map_err` hands it over")]
fn protocol(error: hyper::Error) -> DialError {
    DialError::Protocol(error.to_string())
}

/// How many idle connections there may be in all: agents need most descriptors for themselves.
fn most_idle() -> usize {
    let descriptors = getrlimit(Resource::Nofile).current.unwrap_or(u64::MAX);
    usize::try_from(descriptors / 4).unwrap_or(usize::MAX).clamp(1, MOST_IDLE)
}

/// Closes idle connections, for as long as there are pools.
async fn sweep(pools: Vec<Weak<Pool<Box<H1>>>>, sharing: Weak<Sharing>) {
    let mut every = tokio::time::interval(SWEEP_EVERY);
    while pools.iter().any(|pool| pool.strong_count() > 0) {
        every.tick().await;
        pools.iter().filter_map(Weak::upgrade).for_each(|pool| pool.sweep());
        if let Some(sharing) = sharing.upgrade() {
            sharing.sweep();
        }
    }
}

const MOST_IDLE: usize = 4096;
