//! Connecting: a destination is resolved and checked, reached directly or through the upstream proxy, and TLS begun.

use std::net::SocketAddr;
use std::time::Duration;

use onecli_domain::host::Host;
use onecli_domain::pattern::HostPattern;
use onecli_domain::target::{Scheme, Target};
use rustls::pki_types::ServerName;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use super::dial_error::DialError;
use super::guard::Guard;
use super::io::UpstreamIo;
use super::proxy::Proxy;
use super::tcp;
pub(super) use super::trust::Protocols;
use super::trust::Trust;
use crate::config::{Config, ConnectTo};
use crate::error::Error;

/// Opens connections to upstreams.
pub(super) struct Connector {
    guard: Guard,
    connect_to: Vec<ConnectTo>,
    proxy: Option<Proxy>,
    no_proxy: Vec<HostPattern>,
    trust: Trust,
    handshake_timeout: Duration,
}

/// A destination that may be reached.
struct Destination {
    host: Host,
    port: u16,
    /// None where the name doesn't resolve here.
    addresses: Option<Vec<SocketAddr>>,
}

impl Connector {
    pub(super) fn new(config: &Config) -> Result<Self, Error> {
        Ok(Self {
            guard: Guard::new(config.allow_destinations.clone(), config.own_ports.clone()),
            connect_to: config.connect_to.clone(),
            proxy: config.upstream_proxy.as_deref().map(Proxy::read).transpose()?,
            no_proxy: config.no_upstream_proxy.clone(),
            trust: Trust::load(config)?,
            handshake_timeout: config.head_timeout,
        })
    }

    /// Opens a connection; says whether it speaks HTTP/2.
    pub(super) async fn connect(
        &self,
        target: &Target,
        protocols: Protocols,
    ) -> Result<(UpstreamIo, bool), DialError> {
        let tcp = self.connect_tcp(&target.host, target.port).await?;
        if target.scheme == Scheme::Http {
            return Ok((UpstreamIo::plain(tcp), false));
        }
        let name = match target.host.ip() {
            Some(ip) => ServerName::IpAddress(ip.into()),
            None => ServerName::try_from(target.host.as_str().to_owned())
                .map_err(|_| DialError::Tls("the host is no name that a certificate can hold".into()))?,
        };
        let settings = self.trust.settings(&target.host, target.port, protocols);
        let handshake = TlsConnector::from(settings).connect(name, tcp);
        let tls = tokio::time::timeout(self.handshake_timeout, handshake)
            .await
            .map_err(|_| DialError::Tls("the handshake took too long".into()))?
            .map_err(|error| DialError::Tls(error.to_string()))?;
        let is_http2 = tls.get_ref().1.alpn_protocol() == Some(b"h2");
        Ok((UpstreamIo::tls(tls), is_http2))
    }

    /// Opens a bare connection.
    pub(super) async fn connect_tcp(&self, host: &Host, port: u16) -> Result<TcpStream, DialError> {
        let proxy = self.proxy.as_ref().filter(|_| !self.no_proxy.iter().any(|own| own.matches(host, port)));
        let Destination { host, port, addresses } = self.destination(host, port, proxy.is_some()).await?;
        let Some(proxy) = proxy else {
            let tcp = tcp::connect(addresses.ok_or(DialError::Dns)?).await;
            return tcp.map_err(|error| DialError::Connect(error.to_string()));
        };
        let through = proxy.connect(&host, port, addresses.as_deref().unwrap_or_default());
        tokio::time::timeout(self.handshake_timeout, through)
            .await
            .unwrap_or_else(|_| Err(proxy.failed("took too long to answer")))
    }

    /// Where to: the operator's word, or what the name resolves to, each address checked.
    ///
    /// Networks that let nothing out but a proxy often can't resolve the world's names. There the proxy resolves
    /// them, and only what the name itself says can be checked here.
    async fn destination(&self, host: &Host, port: u16, proxied: bool) -> Result<Destination, DialError> {
        if let Some(entry) = self.connect_to.iter().find(|entry| entry.concerns(host.as_str(), port)) {
            let to_port = entry.to_port.unwrap_or(port);
            let to_host = match entry.to_host.as_deref() {
                Some(to_host) => Host::read(to_host).map_err(|_| DialError::Dns)?,
                None => host.clone(),
            };
            let addresses = resolve(&to_host, to_port, proxied).await?;
            return Ok(Destination { host: to_host, port: to_port, addresses });
        }
        self.guard.check_name(host).map_err(DialError::Forbidden)?;
        let addresses = resolve(host, port, proxied).await?;
        match &addresses {
            Some(addresses) => {
                for address in addresses {
                    self.guard.check(address.ip(), port).map_err(DialError::Forbidden)?;
                }
            }
            None => self.guard.check_unresolved(host).map_err(DialError::Forbidden)?,
        }
        Ok(Destination { host: host.clone(), port, addresses })
    }
}

/// None where a name doesn't resolve here and the proxy may know it.
async fn resolve(host: &Host, port: u16, proxied: bool) -> Result<Option<Vec<SocketAddr>>, DialError> {
    let resolving = tcp::resolve(host.as_str(), host.ip(), port);
    if proxied {
        Ok(tokio::time::timeout(RESOLVED_WITHIN, resolving).await.ok().and_then(Result::ok))
    } else {
        resolving.await.map(Some)
    }
}

/// A resolver that is not there answers late or never, and each request through the proxy would wait for it.
const RESOLVED_WITHIN: Duration = Duration::from_secs(3);
