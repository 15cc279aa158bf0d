//! The API's configuration.

use std::net::SocketAddr;

use tokio::sync::watch;

/// The API's configuration.
#[derive(Clone, Debug)]
pub struct Config {
    /// The URL used by browsers, such as `http://localhost:10254`, without a trailing slash.
    pub public_url: String,
    /// The gateway's `HOST:PORT`, as reachable for agents, such as `host.docker.internal:10255`.
    pub gateway_url: String,
    /// The port that the gateway listens on.
    pub gateway_port: u16,
    /// Whether sign-in is turned off: requests without credentials act as the owner.
    pub no_auth: bool,
    /// The product's version.
    pub version: String,
    /// The addresses that the API listens on, as far as known.
    pub bound: Vec<SocketAddr>,
    /// Names accepted in the `Host` header besides the public URL's, loopback names and IP addresses.
    pub allowed_hosts: Vec<String>,
    /// True once the server stops, which ends long-polling requests.
    pub stopping: Option<watch::Receiver<bool>>,
}

impl Config {
    /// The defaults, with this public URL.
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

    /// Whether browsers use TLS.
    pub(crate) fn is_https(&self) -> bool {
        self.public_url.get(..8).is_some_and(|start| start.eq_ignore_ascii_case("https://"))
    }

    /// The public URL's `HOST[:PORT]`, in lower case.
    pub(crate) fn public_authority(&self) -> String {
        let rest = self.public_url.split_once("://").map_or(self.public_url.as_str(), |(_, rest)| rest);
        rest.split('/').next().unwrap_or(rest).to_ascii_lowercase()
    }
}
