//! Dialling: a line to the upstream, from the pool or new.

use std::sync::Arc;

use onecli_domain::host::Host;
use onecli_domain::target::Target;
use tokio::net::TcpStream;

use super::connector::Connector;
use super::guard::Reason;
use super::h1::{H1, Home};
use super::h2::H2;
use super::line::Line;
use super::pool::{Found, Key, Pool, SWEEP_EVERY};
use crate::config::Config;
use crate::error::Error;

/// The way to upstreams.
pub(crate) struct Upstream {
    connector: Connector,
    pool: Arc<Pool>,
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
    /// Sets up the way to upstreams. Must be called within a runtime.
    pub(crate) fn new(config: &Config) -> Result<Self, Error> {
        let pool = Arc::new(Pool::default());
        let weak = Arc::downgrade(&pool);
        tokio::spawn(async move {
            let mut every = tokio::time::interval(SWEEP_EVERY);
            loop {
                every.tick().await;
                match weak.upgrade() {
                    Some(pool) => pool.sweep(),
                    None => return,
                }
            }
        });
        Ok(Self { connector: Connector::new(config)?, pool })
    }

    /// A line to the target. A forbidden or dead upstream is found out here, before any secret is opened.
    pub(crate) async fn dial(&self, target: &Target) -> Result<Line, DialError> {
        let key = Key::of(target);
        match self.pool.take(&key) {
            Some(Found::H1(h1)) => return Ok(Line::http1(h1, Home::new(key, &self.pool), true)),
            Some(Found::H2(h2)) => return Ok(Line::http2(h2, true)),
            None => {}
        }
        self.dial_new(target).await
    }

    /// A line that nobody used before.
    pub(crate) async fn dial_new(&self, target: &Target) -> Result<Line, DialError> {
        let key = Key::of(target);
        let (io, is_http2) = self.connector.connect(target, false).await?;
        let protocol = |error: hyper::Error| DialError::Protocol(error.to_string());
        if is_http2 {
            let h2 = H2::handshake(io).await.map_err(protocol)?;
            self.pool.share(key, h2.clone());
            Ok(Line::http2(h2, false))
        } else {
            let h1 = H1::handshake(io).await.map_err(protocol)?;
            Ok(Line::http1(Box::new(h1), Home::new(key, &self.pool), false))
        }
    }

    /// A line of HTTP/1.1 for an upgrade. It never goes to the pool.
    pub(crate) async fn dial_upgrade(&self, target: &Target) -> Result<Line, DialError> {
        let (io, _) = self.connector.connect(target, true).await?;
        let h1 = H1::handshake(io).await.map_err(|error| DialError::Protocol(error.to_string()))?;
        Ok(Line::http1(Box::new(h1), Home::new(Key::of(target), &self.pool), false))
    }

    /// A bare connection, for tunnels that are passed through.
    pub(crate) async fn dial_tcp(&self, host: &Host, port: u16) -> Result<TcpStream, DialError> {
        self.connector.connect_tcp(host, port).await
    }
}
