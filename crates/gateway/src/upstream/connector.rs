//! Connecting: a name is resolved once, every address is checked, and what was checked is dialled.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use onecli_domain::host::Host;
use onecli_domain::target::{Scheme, Target};
use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::connect::DialError;
use super::guard::Guard;
use super::trust::Trust;
use crate::config::{Config, ConnectTo};
use crate::error::Error;

/// Opens connections to upstreams.
pub(super) struct Connector {
    guard: Guard,
    connect_to: Vec<ConnectTo>,
    trust: Trust,
    handshake_timeout: Duration,
}

/// A connection to an upstream.
pub(super) enum UpstreamIo {
    /// Without TLS.
    Plain(TcpStream),
    /// With TLS.
    Tls(Box<TlsStream<TcpStream>>),
}

impl Connector {
    pub(super) fn new(config: &Config) -> Result<Self, Error> {
        Ok(Self {
            guard: Guard::new(config.allow_destinations.clone(), config.own_ports.clone()),
            connect_to: config.connect_to.clone(),
            trust: Trust::load(config)?,
            handshake_timeout: config.head_timeout,
        })
    }

    /// Opens a connection; says whether it speaks HTTP/2.
    pub(super) async fn connect(
        &self,
        target: &Target,
        http1_only: bool,
    ) -> Result<(UpstreamIo, bool), DialError> {
        let tcp = self.connect_tcp(&target.host, target.port).await?;
        if target.scheme == Scheme::Http {
            return Ok((UpstreamIo::Plain(tcp), false));
        }
        let name = match target.host.ip() {
            Some(ip) => ServerName::IpAddress(ip.into()),
            None => ServerName::try_from(target.host.as_str().to_owned())
                .map_err(|_| DialError::Tls("the host is no name that a certificate can hold".into()))?,
        };
        let settings = if http1_only { &self.trust.http1 } else { &self.trust.any };
        let handshake = TlsConnector::from(settings.clone()).connect(name, tcp);
        let tls = tokio::time::timeout(self.handshake_timeout, handshake)
            .await
            .map_err(|_| DialError::Tls("the handshake took too long".into()))?
            .map_err(|error| DialError::Tls(error.to_string()))?;
        let is_http2 = tls.get_ref().1.alpn_protocol() == Some(b"h2");
        Ok((UpstreamIo::Tls(Box::new(tls)), is_http2))
    }

    /// Opens a bare connection.
    pub(super) async fn connect_tcp(&self, host: &Host, port: u16) -> Result<TcpStream, DialError> {
        let addresses = self.addresses(host, port).await?;
        let tcp = connect_first(addresses).await.map_err(|error| DialError::Connect(error.to_string()))?;
        tcp.set_nodelay(true).map_err(|error| DialError::Connect(error.to_string()))?;
        Ok(tcp)
    }

    /// The addresses to dial: the operator's word, or what the name resolves to, each one checked.
    async fn addresses(&self, host: &Host, port: u16) -> Result<Vec<SocketAddr>, DialError> {
        if let Some(entry) = self.connect_to.iter().find(|entry| entry.concerns(host.as_str(), port)) {
            let to_port = entry.to_port.unwrap_or(port);
            return match entry.to_host.as_deref() {
                Some(to_host) => resolve(&Host::read(to_host).map_err(|_| DialError::Dns)?, to_port).await,
                None => resolve(host, to_port).await,
            };
        }
        self.guard.check_name(host).map_err(DialError::Forbidden)?;
        let addresses = resolve(host, port).await?;
        for address in &addresses {
            self.guard.check(address.ip(), port).map_err(DialError::Forbidden)?;
        }
        Ok(addresses)
    }
}

async fn resolve(host: &Host, port: u16) -> Result<Vec<SocketAddr>, DialError> {
    if let Some(ip) = host.ip() {
        return Ok(vec![SocketAddr::new(ip, port)]);
    }
    let found: Vec<_> =
        tokio::net::lookup_host((host.as_str(), port)).await.map_err(|_| DialError::Dns)?.collect();
    if found.is_empty() { Err(DialError::Dns) } else { Ok(interleave(found)) }
}

/// Takes turns between the address families (RFC 8305 §4), so that one that is broken costs one attempt.
fn interleave(found: Vec<SocketAddr>) -> Vec<SocketAddr> {
    let (v6, v4): (Vec<_>, Vec<_>) = found.into_iter().partition(SocketAddr::is_ipv6);
    let mut out = Vec::with_capacity(v6.len() + v4.len());
    let (mut v6, mut v4) = (v6.into_iter(), v4.into_iter());
    loop {
        let (a, b) = (v6.next(), v4.next());
        if a.is_none() && b.is_none() {
            return out;
        }
        out.extend(a);
        out.extend(b);
    }
}

/// Starts on each address a moment after the one before, and takes the first that answers (RFC 8305 §5).
async fn connect_first(addresses: Vec<SocketAddr>) -> io::Result<TcpStream> {
    let mut waiting = addresses.into_iter();
    let mut trying = FuturesUnordered::new();
    let mut last_error = io::Error::from(io::ErrorKind::AddrNotAvailable);
    loop {
        match waiting.next() {
            Some(address) => trying.push(tokio::time::timeout(CONNECT_TIMEOUT, TcpStream::connect(address))),
            None if trying.is_empty() => return Err(last_error),
            None => {}
        }
        let head_start = async {
            if waiting.len() > 0 {
                tokio::time::sleep(HEAD_START).await;
            } else {
                std::future::pending::<()>().await;
            }
        };
        tokio::select! {
            Some(outcome) = trying.next() => match outcome {
                Ok(Ok(tcp)) => return Ok(tcp),
                Ok(Err(error)) => last_error = error,
                Err(_) => last_error = io::ErrorKind::TimedOut.into(),
            },
            () = head_start => {}
        }
    }
}

impl AsyncRead for UpstreamIo {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, out: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(tcp) => Pin::new(tcp).poll_read(cx, out),
            Self::Tls(tls) => Pin::new(tls).poll_read(cx, out),
        }
    }
}

impl AsyncWrite for UpstreamIo {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Self::Plain(tcp) => Pin::new(tcp).poll_write(cx, bytes),
            Self::Tls(tls) => Pin::new(tls).poll_write(cx, bytes),
        }
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Self::Plain(tcp) => Pin::new(tcp).poll_write_vectored(cx, slices),
            Self::Tls(tls) => Pin::new(tls).poll_write_vectored(cx, slices),
        }
    }

    fn is_write_vectored(&self) -> bool {
        match self {
            Self::Plain(tcp) => tcp.is_write_vectored(),
            Self::Tls(tls) => tls.is_write_vectored(),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(tcp) => Pin::new(tcp).poll_flush(cx),
            Self::Tls(tls) => Pin::new(tls).poll_flush(cx),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(tcp) => Pin::new(tcp).poll_shutdown(cx),
            Self::Tls(tls) => Pin::new(tls).poll_shutdown(cx),
        }
    }
}

const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
const HEAD_START: Duration = Duration::from_millis(250);
