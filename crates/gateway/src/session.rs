//! Sessions: what a connection is, for as long as it lasts.

use std::sync::Arc;

use onecli_domain::host::Host;
use onecli_domain::target::Scheme;
use onecli_domain::token::TokenHash;

use crate::place::Place;
use crate::strict_io::Wire;

/// What a connection is, for as long as it lasts. Who may do what is asked anew for each request.
#[derive(Clone, Debug)]
pub(crate) struct Session {
    /// The tunnel that an agent opened; none on the proxy's own port.
    pub tunnel: Option<Arc<Tunnel>>,
    /// What the requests and the reader tell each other; HTTP/1 alone has one.
    pub wire: Option<Arc<Wire>>,
    /// The connection's place, which its tunnel takes over; with HTTP/2 each tunnel takes its own.
    pub place: Option<Arc<Place>>,
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
