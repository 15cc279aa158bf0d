//! Sessions: what a connection is, for as long as it lasts.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use onecli_domain::host::Host;
use onecli_domain::target::Scheme;
use onecli_domain::token::TokenHash;

use crate::slot::Slot;
use crate::upstream::SessionConnections;

/// What a connection is, for as long as it lasts. Who may do what is asked anew for each request.
#[derive(Clone, Debug, Default)]
pub(crate) struct Session {
    /// The tunnel that an agent opened; none on the proxy's own port.
    pub tunnel: Option<Arc<Tunnel>>,
    /// What the requests and the reader tell each other; HTTP/1 alone has one.
    pub signals: Option<Arc<ReaderSignals>>,
    /// The connection's slot, which its tunnel takes over; with HTTP/2 each tunnel takes its own.
    pub slot: Option<Arc<Slot>>,
    /// The connections to upstreams that are authenticated, and serve nobody else.
    pub connections: Arc<SessionConnections>,
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
    /// Set when the connection becomes a tunnel or a WebSocket.
    pub opaque: AtomicBool,
    /// Set when an answer came that might have changed the protocol, and did not.
    pub still_http: AtomicBool,
    /// What was wrong, once something was.
    pub refusal: std::sync::OnceLock<&'static str>,
    /// Whether it was within a body, whose request is already on its way.
    pub body_refused: AtomicBool,
}

impl ReaderSignals {
    /// What was wrong with the body of the request that is on its way.
    pub(crate) fn refused_body(&self) -> Option<&'static str> {
        self.body_refused.load(Ordering::Relaxed).then(|| self.refusal.get().copied()).flatten()
    }
}

/// The method of the request that stands for a refused one.
pub(crate) const REFUSED: &str = "ONECLI-REFUSED";
