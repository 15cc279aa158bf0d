//! The load generator's connections: straight by TLS, or through a proxy's tunnel; HTTP/1.1 with as little as possible.

use std::sync::Arc;

use anyhow::{Context, Result, bail};
use rustls::pki_types::{CertificateDer, ServerName, pem::PemObject};
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use crate::upstream::HOST;

/// How to reach what is measured.
#[derive(Clone)]
pub(crate) struct Way {
    /// The address to connect to: the proxy's, or the upstream's.
    pub(crate) address: String,
    /// The token to open a tunnel with; none goes straight.
    pub(crate) token: Option<String>,
    pub(crate) port: u16,
    pub(crate) tls: Arc<ClientConfig>,
}

/// TLS settings that trust one authority.
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

impl Way {
    /// Opens a connection to the upstream.
    pub(crate) async fn open(&self) -> Result<TlsStream<TcpStream>> {
        let mut tcp = TcpStream::connect(&self.address).await?;
        tcp.set_nodelay(true)?;
        if let Some(token) = &self.token {
            let head = format!(
                "CONNECT {HOST}:{port} HTTP/1.1\r\nHost: {HOST}:{port}\r\nProxy-Authorization: Bearer {token}\r\n\r\n",
                port = self.port
            );
            tcp.write_all(head.as_bytes()).await?;
            let mut answer = Vec::with_capacity(256);
            while !answer.ends_with(b"\r\n\r\n") {
                let mut piece = [0; 256];
                let read = tcp.read(&mut piece).await?;
                if read == 0 {
                    bail!("the proxy hung up: {}", String::from_utf8_lossy(&answer));
                }
                answer.extend_from_slice(piece.get(..read).unwrap_or_default());
            }
            if !answer.starts_with(b"HTTP/1.1 200") {
                bail!("the proxy refused: {}", String::from_utf8_lossy(&answer));
            }
        }
        let name = ServerName::try_from(HOST).map_err(|error| anyhow::anyhow!("{error}"))?;
        TlsConnector::from(Arc::clone(&self.tls)).connect(name, tcp).await.context("TLS")
    }

    /// The authority in requests.
    pub(crate) fn authority(&self) -> String {
        if self.port == 443 { HOST.to_owned() } else { format!("{HOST}:{}", self.port) }
    }
}

/// A kept-alive HTTP/1.1 connection.
pub(crate) struct Http1 {
    io: TlsStream<TcpStream>,
    buffer: Vec<u8>,
}

impl Http1 {
    /// Opens one.
    pub(crate) async fn open(way: &Way) -> Result<Self> {
        Ok(Self { io: way.open().await?, buffer: vec![0; 256 * 1024] })
    }

    /// Sends a request's head.
    pub(crate) async fn send(&mut self, head: &[u8]) -> Result<()> {
        self.io.write_all(head).await?;
        Ok(self.io.flush().await?)
    }

    /// Sends a body of so many bytes.
    pub(crate) async fn send_body(&mut self, mut left: u64) -> Result<()> {
        let piece = vec![b'x'; 64 * 1024];
        while left > 0 {
            let length = usize::try_from(left.min(piece.len() as u64))?;
            self.io.write_all(piece.get(..length).unwrap_or_default()).await?;
            left -= length as u64;
        }
        Ok(self.io.flush().await?)
    }

    /// Reads an answer with a known length; gives its status and body length.
    pub(crate) async fn receive(&mut self) -> Result<(u16, u64)> {
        let mut filled = 0;
        let (status, length, head) = loop {
            let room = self.buffer.get_mut(filled..).unwrap_or_default();
            let read = self.io.read(room).await?;
            if read == 0 {
                bail!("the connection ended within an answer");
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

    /// Reads whatever comes next.
    pub(crate) async fn read_some(&mut self) -> Result<&[u8]> {
        let read = self.io.read(&mut self.buffer).await?;
        Ok(self.buffer.get(..read).unwrap_or_default())
    }
}

/// Status, content length and where the body begins, once the head is whole.
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
