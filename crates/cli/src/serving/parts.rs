//! Builds the configuration of app, gateway and API from the settings.

use onecli_app::Plaintext;
use onecli_app::config::{AuditConfig, HoldBounds, Location, Root, StoreConfig};
use tokio::sync::watch;

use super::listening::Listening;
use crate::config::{DataDir, KeySource, Server};
use crate::exit::Failure;

/// The server's public addresses.
pub(crate) struct Addresses {
    /// Where people reach the dashboard.
    pub(crate) public_url: String,
    /// Where agents reach the gateway.
    pub(crate) gateway_url: String,
}

impl Addresses {
    /// As set, else derived from the bound ports.
    pub(crate) fn of(server: &Server, listening: &Listening) -> Self {
        let public_url = server.public_url.clone();
        let gateway_url = server.gateway_url.clone();
        Self {
            public_url: public_url.unwrap_or_else(|| format!("http://localhost:{}", listening.api_at.port())),
            gateway_url: gateway_url
                .unwrap_or_else(|| format!("host.docker.internal:{}", listening.gateway_port())),
        }
    }
}

/// The app's configuration.
pub(crate) fn app(
    server: &mut Server,
    addresses: &Addresses,
    data: &DataDir,
) -> Result<onecli_app::Config, Failure> {
    Ok(onecli_app::Config {
        store: store(server, data)?,
        root: root(&mut server.key, data)?,
        new_authority: |now| onecli_gateway::ca::new_root(now).map_err(|error| error.to_string()),
        public_url: addresses.public_url.clone(),
        gateway_url: addresses.gateway_url.clone(),
        place: place(data),
        spool: data.file("spool"),
        holds: HoldBounds { in_all: server.most_held, per_agent: server.most_held_per_agent },
        most_inspected: server.most_inspected,
        audit: AuditConfig { folder: data.path().to_path_buf(), retention_days: server.audit_retention_days },
    })
}

/// The store's configuration.
pub(crate) fn store(server: &mut Server, data: &DataDir) -> Result<StoreConfig, Failure> {
    let location = match server.database_url.take() {
        Some(url) => Location::read(&url).map_err(|error| Failure::usage(error.to_string()))?,
        None => Location::Sqlite(data.file("onecli.db")),
    };
    Ok(StoreConfig::at(location))
}

#[cfg(unix)]
fn place(data: &DataDir) -> String {
    let machine = rustix::system::uname();
    format!("{}:{}", machine.nodename().to_string_lossy(), data.path().display())
}

#[cfg(not(unix))]
fn place(data: &DataDir) -> String {
    data.path().display().to_string()
}

fn root(key: &mut KeySource, data: &DataDir) -> Result<Root, Failure> {
    Ok(match std::mem::replace(key, KeySource::Generated) {
        KeySource::Generated => Root::KeyFile(data.file("encryption.key")),
        // A named file is expected to exist; creating a new key there would be a surprise.
        KeySource::File(path) if path.exists() => Root::KeyFile(path),
        KeySource::File(path) => {
            return Err(Failure::usage(format!("the encryption key file {} doesn't exist", path.display()))
                .hint("put the key there, or unset SECRET_ENCRYPTION_KEY_FILE to have a key created"));
        }
        KeySource::Text(text) => Root::Text(Plaintext::from_string(text)),
        KeySource::Passphrase(text) => Root::Passphrase(Plaintext::from_string(text)),
        KeySource::PassphraseFile(path) => {
            let text =
                std::fs::read_to_string(&path).map_err(|error| Failure::file("read", &path, &error))?;
            Root::Passphrase(Plaintext::from_string(text.trim_end_matches(['\r', '\n']).to_owned()))
        }
    })
}

/// The gateway's configuration.
pub(crate) fn gateway(
    server: &Server,
    addresses: &Addresses,
    listening: &Listening,
) -> onecli_gateway::Config {
    let mut config = onecli_gateway::Config::new(&addresses.public_url);
    config.version = VERSION.into();
    config.upstream_ca.clone_from(&server.upstream_ca);
    config.upstream_proxy.clone_from(&server.upstream_proxy);
    config.no_upstream_proxy.clone_from(&server.no_upstream_proxy);
    config.connect_to.clone_from(&server.connect_to);
    config.allow_destinations.clone_from(&server.allow_destinations);
    config.tunnel_hosts.clone_from(&server.tunnel_hosts);
    config.own_ports = vec![listening.api_at.port(), listening.gateway_port()];
    config.upstream_timeout = server.upstream_timeout;
    config.idle_timeout = server.idle_timeout;
    config.head_timeout = server.head_timeout;
    config.most_header_bytes = server.most_header_bytes;
    config.most_tunnels = server.most_tunnels;
    config.most_requests = server.most_requests;
    config.most_inspected = server.most_inspected;
    config.rate_limit_headers = server.rate_limit_headers;
    config.drain = server.drain;
    config
}

/// The API's configuration.
pub(crate) fn api(
    server: &Server,
    addresses: &Addresses,
    listening: &Listening,
    stopping: watch::Receiver<bool>,
) -> onecli_api::Config {
    let mut config = onecli_api::Config::new(&addresses.public_url);
    config.gateway_url.clone_from(&addresses.gateway_url);
    config.gateway_port = listening.gateway_port();
    config.no_auth = server.no_auth;
    config.version = VERSION.into();
    config.bound = vec![listening.api_at];
    // Containers call the API by the host name of the gateway.
    let gateway_host = addresses.gateway_url.rsplit_once(':').map(|(host, _)| host.to_owned());
    config.allowed_hosts = gateway_host.into_iter().chain(server.allowed_hosts.iter().cloned()).collect();
    config.stopping = Some(stopping);
    config
}

/// The product's version.
pub(crate) const VERSION: &str = env!("CARGO_PKG_VERSION");
