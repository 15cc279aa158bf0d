//! The load generator's connections: direct TLS or through a proxy's tunnel, with a minimal HTTP/1.1 client.

use std::sync::Arc;

use anyhow::{Context, Result, bail};
use rustls::pki_types::{CertificateDer, ServerName, pem::PemObject};
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

/// How to reach the target.
#[derive(Clone)]
pub(crate) struct Route {
    /// The address to connect to: the proxy's, or the upstream's.
    pub(crate) address: String,
    /// The tunnel to open; `None` connects directly.
    pub(crate) tunnel: Option<Tunnel>,
    /// The upstream's host name, as in requests and its certificate.
    pub(crate) host: String,
    pub(crate) port: u16,
    pub(crate) tls: Arc<ClientConfig>,
}

/// What to send to the proxy besides the target.
#[derive(Clone)]
pub(crate) struct Tunnel {
    /// The `Proxy-Authorization` line including its line end, or empty.
    authorization: String,
}

/// Parses a proxy's URL, `http://USER:PASSWORD@HOST:PORT`, into its address and tunnel settings.
pub(crate) fn read_proxy(url: &str) -> Result<(String, Tunnel)> {
    let rest = url.strip_prefix("http://").context("a proxy's URL begins with http://")?;
    let rest = rest.trim_end_matches('/');
    let (user, address) = rest.rsplit_once('@').map_or((None, rest), |(user, address)| (Some(user), address));
    let authorization =
        user.map(|user| format!("Proxy-Authorization: Basic {}\r\n", base64(user.as_bytes())));
    Ok((address.to_owned(), Tunnel { authorization: authorization.unwrap_or_default() }))
}

/// Parses a target, `https://HOST[:PORT]`.
pub(crate) fn read_target(url: &str) -> Result<(String, u16)> {
    let rest = url.strip_prefix("https://").context("a target begins with https://")?.trim_end_matches('/');
    match rest.rsplit_once(':') {
        Some((host, port)) => Ok((host.to_owned(), port.parse().context("the target's port")?)),
        None => Ok((rest.to_owned(), 443)),
    }
}

/// TLS settings that trust only this authority.
pub(crate) fn trust(authority: &str, resume: bool, http2: bool) -> Result<Arc<ClientConfig>> {
    let mut roots = RootCertStore::empty();
    roots.add(
        CertificateDer::from_pem_slice(authority.as_bytes()).map_err(|error| anyhow::anyhow!("{error}"))?,
    )?;
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let mut settings = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth();
    settings.alpn_protocols = if http2 { vec![b"h2".to_vec()] } else { vec![b"http/1.1".to_vec()] };
    if !resume {
        settings.resumption = rustls::client::Resumption::disabled();
    }
    Ok(Arc::new(settings))
}

impl Route {
    /// The same route with its own session tickets: rustls keeps only 8 per host, so workers that share
    /// them would run out and need full handshakes.
    pub(crate) fn alone(&self, resume: bool) -> Self {
        let mut tls = ClientConfig::clone(&self.tls);
        if resume {
            tls.resumption = rustls::client::Resumption::in_memory_sessions(8);
        }
        Self { tls: Arc::new(tls), ..self.clone() }
    }

    /// Opens a connection to the upstream.
    pub(crate) async fn open(&self) -> Result<TlsStream<TcpStream>> {
        let mut tcp = TcpStream::connect(&self.address).await?;
        tcp.set_nodelay(true)?;
        if let Some(Tunnel { authorization }) = &self.tunnel {
            let head = format!(
                "CONNECT {host}:{port} HTTP/1.1\r\nHost: {host}:{port}\r\n{authorization}\r\n",
                host = self.host,
                port = self.port
            );
            tcp.write_all(head.as_bytes()).await?;
            let mut answer = Vec::with_capacity(256);
            while !answer.ends_with(b"\r\n\r\n") {
                let mut piece = [0; 256];
                let read = tcp.read(&mut piece).await?;
                if read == 0 {
                    bail!("the proxy closed the connection: {}", String::from_utf8_lossy(&answer));
                }
                answer.extend_from_slice(piece.get(..read).unwrap_or_default());
            }
            if !answer.starts_with(b"HTTP/1.1 200") {
                bail!("the proxy refused: {}", String::from_utf8_lossy(&answer));
            }
        }
        let name = ServerName::try_from(self.host.clone()).map_err(|error| anyhow::anyhow!("{error}"))?;
        TlsConnector::from(Arc::clone(&self.tls)).connect(name, tcp).await.context("TLS")
    }

    /// The authority used in requests.
    pub(crate) fn authority(&self) -> String {
        if self.port == 443 { self.host.clone() } else { format!("{}:{}", self.host, self.port) }
    }
}

/// A kept-alive HTTP/1.1 connection.
pub(crate) struct Http1 {
    io: TlsStream<TcpStream>,
    buffer: Vec<u8>,
}

impl Http1 {
    /// Opens a connection.
    pub(crate) async fn open(route: &Route) -> Result<Self> {
        Ok(Self { io: route.open().await?, buffer: vec![0; 256 * 1024] })
    }

    /// Whether the handshake resumed an earlier session.
    pub(crate) fn is_resumed(&self) -> bool {
        self.io.get_ref().1.handshake_kind() == Some(rustls::HandshakeKind::Resumed)
    }

    /// Sends a request's head.
    pub(crate) async fn send(&mut self, head: &[u8]) -> Result<()> {
        self.io.write_all(head).await?;
        Ok(self.io.flush().await?)
    }

    /// Sends a body of `left` bytes.
    pub(crate) async fn send_body(&mut self, mut left: u64) -> Result<()> {
        let piece = vec![b'x'; 64 * 1024];
        while left > 0 {
            let length = usize::try_from(left.min(piece.len() as u64))?;
            self.io.write_all(piece.get(..length).unwrap_or_default()).await?;
            left -= length as u64;
        }
        Ok(self.io.flush().await?)
    }

    /// Reads a response with a Content-Length; returns its status and body length.
    pub(crate) async fn receive(&mut self) -> Result<(u16, u64)> {
        let mut filled = 0;
        let (status, length, head) = loop {
            let room = self.buffer.get_mut(filled..).unwrap_or_default();
            let read = self.io.read(room).await?;
            if read == 0 {
                bail!("the connection ended within a response");
            }
            filled += read;
            if let Some(parsed) = read_head(self.buffer.get(..filled).unwrap_or_default())? {
                break parsed;
            }
        };
        let mut got = (filled - head) as u64;
        while got < length {
            let read = self.io.read(&mut self.buffer).await?;
            if read == 0 {
                bail!("the connection ended within a body");
            }
            got += read as u64;
        }
        Ok((status, length))
    }

    /// Reads the next bytes.
    pub(crate) async fn read_some(&mut self) -> Result<&[u8]> {
        let read = self.io.read(&mut self.buffer).await?;
        Ok(self.buffer.get(..read).unwrap_or_default())
    }
}

/// Status, content length and where the body begins, once the head is complete.
fn read_head(bytes: &[u8]) -> Result<Option<(u16, u64, usize)>> {
    let text = match bytes.windows(4).position(|window| window == b"\r\n\r\n") {
        Some(end) => (std::str::from_utf8(bytes.get(..end).unwrap_or_default())?, end + 4),
        None => return Ok(None),
    };
    let status = text.0.get(9..12).and_then(|digits| digits.parse().ok()).context("no status")?;
    let length = text.0.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse().ok())?
    });
    Ok(Some((status, length.unwrap_or(0), text.1)))
}

/// Base64 (RFC 4648 §4) for `Proxy-Authorization`.
fn base64(bytes: &[u8]) -> String {
    let mut text = String::new();
    for piece in bytes.chunks(3) {
        let bits =
            (0..3).fold(0_u32, |bits, at| bits << 8 | piece.get(at).map_or(0, |byte| u32::from(*byte)));
        for at in 0..4 {
            let digit = (bits >> (18 - 6 * at)) & 63;
            let digit = ALPHABET.get(digit as usize).filter(|_| at <= piece.len());
            text.push(digit.map_or('=', |digit| char::from(*digit)));
        }
    }
    text
}

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proxys_url_gives_its_address_and_basic_credentials() {
        let line = |url| {
            let (address, tunnel) = read_proxy(url).unwrap();
            (address, tunnel.authorization)
        };
        let basic = |text: &str| ("h:1".to_owned(), format!("Proxy-Authorization: Basic {text}\r\n"));
        assert_eq!(line("http://x:aoc_1@h:1"), basic("eDphb2NfMQ=="));
        assert_eq!(line("http://ab:c@h:1/"), basic("YWI6Yw=="));
        assert_eq!(line("http://a:b@h:1"), basic("YTpi"));
        assert_eq!(line("http://h:1"), ("h:1".to_owned(), String::new()));
        assert!(read_proxy("https://h:1").is_err());
    }

    #[test]
    fn the_default_port_is_443() {
        assert_eq!(read_target("https://bench.test").unwrap(), ("bench.test".to_owned(), 443));
        assert_eq!(read_target("https://127.0.0.1:8/").unwrap(), ("127.0.0.1".to_owned(), 8));
    }
}
