//! What the API needs to be told.

use std::net::SocketAddr;

use tokio::sync::watch;

/// What the API needs to be told.
#[derive(Clone, Debug)]
pub struct Config {
    /// The address that people's browsers use, such as `http://localhost:10254`; without a slash at the end.
    pub public_url: String,
    /// The gateway's `HOST:PORT` as agents reach it, such as `host.docker.internal:10255`.
    pub gateway_url: String,
    /// The port that the gateway listens on.
    pub gateway_port: u16,
    /// Whether sign-in is turned off: calls without credentials are the owner's.
    pub no_auth: bool,
    /// The product's version.
    pub version: String,
    /// Where the API listens, as far as it is known already.
    pub bound: Vec<SocketAddr>,
    /// Further names that may stand in the `Host` header, beside the public URL's, loopback names and addresses.
    pub allowed_hosts: Vec<String>,
    /// Turns true when the server stops: calls that wait then end.
    pub stopping: Option<watch::Receiver<bool>>,
}

impl Config {
    /// The defaults, for a server that browsers reach at this address.
    pub fn new(public_url: impl Into<String>) -> Self {
        let mut public_url = public_url.into();
        while public_url.ends_with('/') {
            public_url.pop();
        }
        Self {
            public_url,
            gateway_url: "host.docker.internal:10255".into(),
            gateway_port: 10255,
            no_auth: false,
            version: env!("CARGO_PKG_VERSION").into(),
            bound: Vec::new(),
            allowed_hosts: Vec::new(),
            stopping: None,
        }
    }

    /// Whether browsers reach it over TLS.
    pub(crate) fn is_https(&self) -> bool {
        self.public_url.get(..8).is_some_and(|start| start.eq_ignore_ascii_case("https://"))
    }

    /// The public URL's `HOST[:PORT]`, in lower case.
    pub(crate) fn public_authority(&self) -> String {
        let rest = self.public_url.split_once("://").map_or(self.public_url.as_str(), |(_, rest)| rest);
        rest.split('/').next().unwrap_or(rest).to_ascii_lowercase()
    }
}
