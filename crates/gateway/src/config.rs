//! What the gateway needs to be told.

use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::time::Duration;

use ipnet::IpNet;
use onecli_domain::pattern::HostPattern;

/// What the gateway needs to be told.
#[derive(Clone, Debug)]
pub struct Config {
    /// The dashboard's address, with which the links in answers begin; without a slash at the end.
    pub public_url: String,
    /// The product's version, as `/healthz` tells it.
    pub version: String,
    /// Further certificates to trust upstream, beside the system's roots.
    pub upstream_ca: Vec<UpstreamCa>,
    /// URL of the proxy through which upstreams are reached: `http://` or `socks5://`, with userinfo if it wants any.
    /// Holds the proxy's password: never log it.
    pub upstream_proxy: Option<String>,
    /// Hosts that are reached without that proxy.
    pub no_upstream_proxy: Vec<HostPattern>,
    /// Where to dial instead, as in curl's `--connect-to`. The address guard lets these through.
    pub connect_to: Vec<ConnectTo>,
    /// Ranges that the address guard opens.
    pub allow_destinations: Vec<IpNet>,
    /// Hosts whose tunnels are passed through untouched.
    pub tunnel_hosts: Vec<HostPattern>,
    /// The product's own ports, which no agent reaches through the gateway.
    pub own_ports: Vec<u16>,
    /// How long an upstream may take until its response head.
    pub upstream_timeout: Duration,
    /// How long a connection or body may be silent.
    pub idle_timeout: Duration,
    /// How long an agent may take for a request head, and a peer for a TLS handshake.
    pub head_timeout: Duration,
    /// How many bytes a request's or response's header section may have.
    pub most_header_bytes: usize,
    /// How many connections agents may have open.
    pub most_tunnels: usize,
    /// How many requests may be on their way.
    pub most_requests: usize,
    /// How many bytes of a body are read for a rule, sent and decoded.
    pub most_inspected: usize,
    /// Whether answers to counted requests say what their limits have left.
    pub rate_limit_headers: bool,
    /// How long requests on their way may take to end when the gateway stops.
    pub drain: Duration,
    /// How many threads serve connections.
    pub workers: NonZeroUsize,
}

impl Config {
    /// The defaults, for a dashboard at this address.
    pub fn new(public_url: impl Into<String>) -> Self {
        Self {
            public_url: public_url.into(),
            version: env!("CARGO_PKG_VERSION").into(),
            upstream_ca: Vec::new(),
            upstream_proxy: None,
            no_upstream_proxy: Vec::new(),
            connect_to: Vec::new(),
            allow_destinations: Vec::new(),
            tunnel_hosts: Vec::new(),
            own_ports: Vec::new(),
            upstream_timeout: Duration::from_mins(5),
            idle_timeout: Duration::from_mins(5),
            head_timeout: Duration::from_secs(30),
            most_header_bytes: 64 * 1024,
            most_tunnels: 10_000,
            most_requests: 20_000,
            most_inspected: 1024 * 1024,
            rate_limit_headers: false,
            drain: Duration::from_secs(30),
            workers: std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN),
        }
    }
}

/// A file with further certificates (PEM) to trust upstream: `FILE`, or `HOST=FILE` for one host alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UpstreamCa {
    /// For these hosts; none means every host.
    pub host: Option<HostPattern>,
    /// The file.
    pub path: PathBuf,
}

impl UpstreamCa {
    /// A file that is trusted for every host.
    pub fn for_every_host(path: impl Into<PathBuf>) -> Self {
        Self { host: None, path: path.into() }
    }
}

/// Where to dial instead: `HOST:PORT:ADDR:PORT`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConnectTo {
    /// For this host, canonical; none means every host.
    pub host: Option<String>,
    /// For this port; none means every port.
    pub port: Option<u16>,
    /// To this host or address; none means the host itself.
    pub to_host: Option<String>,
    /// To this port; none means the port itself.
    pub to_port: Option<u16>,
}

impl ConnectTo {
    /// Whether it concerns a host and port.
    pub fn concerns(&self, host: &str, port: u16) -> bool {
        self.host.as_deref().is_none_or(|own| own == host) && self.port.is_none_or(|own| own == port)
    }
}
