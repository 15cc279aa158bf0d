//! Sessions: what a connection is, for as long as it lasts.

use std::net::IpAddr;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, OnceLock};

use onecli_domain::host::Host;
use onecli_domain::target::Scheme;
use onecli_domain::token::TokenHash;
use tokio::sync::Notify;

use crate::admission::Admitted;
use crate::upstream::SessionConnections;

/// What a connection is, for as long as it lasts. Who may do what is asked anew for each request.
#[derive(Clone, Debug, Default)]
pub(crate) struct Session {
    /// The tunnel that an agent opened; none on the proxy's own port.
    pub tunnel: Option<Arc<Tunnel>>,
    /// What the requests and the reader tell each other.
    pub signals: Option<Arc<ReaderSignals>>,
    /// The connection's admission, which an HTTP/1 tunnel takes over; with HTTP/2 each tunnel has its own.
    pub admitted: Option<Arc<Admitted>>,
    /// Where the agent connects from.
    pub address: Option<IpAddr>,
    /// The connections to upstreams that are authenticated, and serve nobody else.
    pub connections: Arc<SessionConnections>,
}

impl Session {
    /// What is spoken within a tunnel.
    pub(crate) fn within(tunnel: Tunnel, address: Option<IpAddr>) -> Self {
        Self { tunnel: Some(Arc::new(tunnel)), address, ..Self::default() }
    }
}

/// A tunnel that an agent opened with CONNECT.
#[derive(Debug)]
pub(crate) struct Tunnel {
    /// The token that it was opened with. Looked up again for each request: a revoked one stops at once.
    pub token: TokenHash,
    /// The authority's host.
    pub host: Host,
    /// The authority's port.
    pub port: u16,
    /// Whether the agent speaks TLS within it.
    pub scheme: Scheme,
    /// Whether the agent's TLS named another host than its CONNECT: then nothing within is served.
    pub sni_differs: bool,
}

/// What the requests of a connection and its reader tell each other.
#[derive(Debug, Default)]
pub(crate) struct ReaderSignals {
    /// Requests that are being answered: while there are any, silence is no idleness.
    pub in_flight: AtomicU32,
    /// Whether the agent has shown a valid token: it may then be idle for longer.
    pub authenticated: AtomicBool,
    /// Set when the connection becomes a tunnel or a WebSocket.
    pub opaque: AtomicBool,
    /// Set when an answer came that might have changed the protocol, and did not.
    pub still_http: AtomicBool,
    /// What was wrong with a body, once something was. Its request is already on its way.
    pub refused_body: OnceLock<&'static str>,
    /// Told when an HTTP/2 connection shall end.
    pub ending: Notify,
}

impl ReaderSignals {
    /// Signals of a connection that is the agent's from its first byte, or that has yet to show so.
    pub(crate) fn new(authenticated: bool) -> Self {
        Self { authenticated: authenticated.into(), ..Self::default() }
    }

    /// What was wrong with the body of the request that is on its way.
    pub(crate) fn refused_body(&self) -> Option<&'static str> {
        self.refused_body.get().copied()
    }

    /// Counts something that is no request, but keeps the connection busy.
    pub(crate) fn busy(self: &Arc<Self>) -> Busy {
        self.in_flight.fetch_add(1, Ordering::Relaxed);
        Busy(Arc::clone(self))
    }
}

/// Keeps a connection from being idle.
#[derive(Debug)]
pub(crate) struct Busy(Arc<ReaderSignals>);

impl Drop for Busy {
    fn drop(&mut self) {
        self.0.in_flight.fetch_sub(1, Ordering::Relaxed);
    }
}
