//! Dialling: a line to the upstream, from the pool or new.

use std::sync::{Arc, Weak};

use onecli_domain::host::Host;
use onecli_domain::target::Target;
use tokio::net::TcpStream;

use super::connection::Connection;
use super::connector::Connector;
use super::guard::Reason;
use super::h1::{H1, PoolSlot};
use super::h2::H2;
use super::pool::{Found, Key, Pool, SWEEP_EVERY};
use crate::config::Config;
use crate::error::Error;

/// The way to upstreams.
pub(crate) struct Upstream {
    connector: Arc<Connector>,
    /// One for each worker. All serve every agent; those of others are asked where the own one has nothing,
    /// since a connection is cheapest on the thread that it began on.
    pools: Arc<[Arc<Pool>]>,
    /// Which of them is the own one.
    own: usize,
}

/// Why there is no line.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum DialError {
    /// The address guard refuses the destination.
    #[error("the destination is not allowed: {0}")]
    Forbidden(Reason),
    /// The name doesn't resolve.
    #[error("the name does not resolve")]
    Dns,
    /// Nobody answers.
    #[error("no connection: {0}")]
    Connect(String),
    /// TLS fails.
    #[error("TLS: {0}")]
    Tls(String),
    /// HTTP fails.
    #[error("protocol: {0}")]
    Protocol(String),
}

impl Upstream {
    /// Sets up the way to upstreams, for as many workers. Must be called within a runtime.
    pub(crate) fn for_workers(config: &Config, count: usize) -> Result<Vec<Self>, Error> {
        let connector = Arc::new(Connector::new(config)?);
        let pools: Arc<[_]> = std::iter::repeat_with(Arc::<Pool>::default).take(count).collect();
        tokio::spawn(sweep(pools.iter().map(Arc::downgrade).collect()));
        let way = |own| Self { connector: Arc::clone(&connector), pools: Arc::clone(&pools), own };
        Ok((0..count).map(way).collect())
    }

    /// A line to the target. A forbidden or dead upstream is found out here, before any secret is opened.
    pub(crate) async fn dial(&self, target: &Target) -> Result<Connection, DialError> {
        let key = Key::of(target);
        let (before, from_own) = self.pools.split_at(self.own.min(self.pools.len()));
        for pool in from_own.iter().chain(before) {
            match pool.take(&key) {
                Some(Found::H1(h1)) => return Ok(Connection::http1(h1, PoolSlot::new(key, pool), true)),
                Some(Found::H2(h2)) => return Ok(Connection::http2(h2, true)),
                None => {}
            }
        }
        self.dial_new(target).await
    }

    /// A line that nobody used before.
    pub(crate) async fn dial_new(&self, target: &Target) -> Result<Connection, DialError> {
        let key = Key::of(target);
        let (io, is_http2) = self.connector.connect(target, false).await?;
        let protocol = |error: hyper::Error| DialError::Protocol(error.to_string());
        if is_http2 {
            let h2 = H2::handshake(io).await.map_err(protocol)?;
            self.pool().share(key, h2.clone());
            Ok(Connection::http2(h2, false))
        } else {
            let h1 = H1::handshake(io).await.map_err(protocol)?;
            Ok(Connection::http1(Box::new(h1), PoolSlot::new(key, self.pool()), false))
        }
    }

    /// A line of HTTP/1.1 for an upgrade. It never goes to the pool.
    pub(crate) async fn dial_upgrade(&self, target: &Target) -> Result<Connection, DialError> {
        let (io, _) = self.connector.connect(target, true).await?;
        let h1 = H1::handshake(io).await.map_err(|error| DialError::Protocol(error.to_string()))?;
        Ok(Connection::upgrade(Box::new(h1)))
    }

    #[expect(clippy::indexing_slicing, reason = "`for_workers` alone sets `own`, within the bounds")]
    fn pool(&self) -> &Arc<Pool> {
        &self.pools[self.own]
    }

    /// A bare connection, for tunnels that are passed through.
    pub(crate) async fn dial_tcp(&self, host: &Host, port: u16) -> Result<TcpStream, DialError> {
        self.connector.connect_tcp(host, port).await
    }
}

/// Closes idle connections, for as long as there are pools.
async fn sweep(pools: Vec<Weak<Pool>>) {
    let mut every = tokio::time::interval(SWEEP_EVERY);
    while pools.iter().any(|pool| pool.strong_count() > 0) {
        every.tick().await;
        pools.iter().filter_map(Weak::upgrade).for_each(|pool| pool.sweep());
    }
}
