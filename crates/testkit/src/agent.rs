//! An agent: sends requests to the gateway with a real client library or as raw bytes.

use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;

use base64::Engine;
use bytes::Bytes;
use http::{HeaderMap, Request, Response, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::client::conn::{http1, http2};
use hyper_util::rt::{TokioExecutor, TokioIo};
use rustls::pki_types::{CertificateDer, ServerName, pem::PemObject};
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use crate::peer::read_head;
use crate::script::Script;

/// An agent with a token.
#[derive(Clone)]
pub struct Agent {
    /// Its access token.
    pub token: String,
    /// The gateway's address.
    pub gateway: SocketAddr,
    /// The gateway's certificate authority (PEM).
    pub authority: String,
}

/// A response as the agent received it.
#[derive(Debug)]
pub struct Reply {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: Bytes,
    /// The trailers.
    pub trailers: Option<HeaderMap>,
}

impl Reply {
    /// The body as JSON.
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|_| panic!("not JSON: {self:?}"))
    }

    /// The gateway's error code.
    pub fn error(&self) -> String {
        self.json()["error"].as_str().unwrap_or_default().to_owned()
    }

    /// The body as text.
    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }
}

/// A tunnel that stays open.
pub struct Kept {
    send: Sender,
    scheme: &'static str,
    authority: String,
}

enum Sender {
    Http1(http1::SendRequest<Script>),
    Http2(http2::SendRequest<Script>),
}

impl Kept {
    async fn http1(
        io: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
        scheme: &'static str,
        authority: &str,
    ) -> Self {
        let (send, conn) = http1::handshake(TokioIo::new(io)).await.unwrap();
        tokio::spawn(conn);
        Self { send: Sender::Http1(send), scheme, authority: authority.to_owned() }
    }

    /// HTTP/2 over an established TLS connection, with this initial window for each stream.
    pub async fn http2_with_window(
        tls: TlsStream<impl AsyncRead + AsyncWrite + Unpin + Send + 'static>,
        authority: &str,
        window: u32,
    ) -> Self {
        let mut builder = http2::Builder::new(TokioExecutor::new());
        builder.initial_stream_window_size(window);
        let (send, conn) = builder.handshake(TokioIo::new(tls)).await.unwrap();
        tokio::spawn(conn);
        Self { send: Sender::Http2(send), scheme: "https", authority: authority.to_owned() }
    }

    async fn http2(
        io: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
        scheme: &'static str,
        authority: &str,
    ) -> Self {
        let (send, conn) = http2::handshake(TokioExecutor::new(), TokioIo::new(io)).await.unwrap();
        tokio::spawn(conn);
        Self { send: Sender::Http2(send), scheme, authority: authority.to_owned() }
    }

    /// Whether it speaks HTTP/2.
    pub fn is_http2(&self) -> bool {
        matches!(self.send, Sender::Http2(_))
    }

    /// Sends a GET request for a path.
    pub async fn get(&mut self, path: &str) -> Reply {
        self.send(Request::get(path).body(Bytes::new()).unwrap()).await
    }

    /// Sends a request in origin form.
    pub async fn send(&mut self, request: Request<Bytes>) -> Reply {
        read(self.begin(request.map(Script::whole)).await).await
    }

    /// Sends a request in origin form, and returns the response as soon as its head has arrived.
    pub async fn begin(&mut self, request: Request<Script>) -> Response<Incoming> {
        self.start(request).await.await.unwrap()
    }

    /// Starts sending a request in origin form; the returned future ends when the response's head has arrived.
    pub async fn start(
        &mut self,
        mut request: Request<Script>,
    ) -> Pin<Box<dyn Future<Output = hyper::Result<Response<Incoming>>> + Send>> {
        match &mut self.send {
            Sender::Http1(send) => {
                let host = self.authority.parse().unwrap();
                request.headers_mut().entry("host").or_insert(host);
                send.ready().await.unwrap();
                Box::pin(send.send_request(request))
            }
            Sender::Http2(send) => {
                let path = request.uri().path_and_query().unwrap();
                *request.uri_mut() = format!("{}://{}{path}", self.scheme, self.authority).parse().unwrap();
                send.ready().await.unwrap();
                Box::pin(send.send_request(request))
            }
        }
    }
}

impl Agent {
    /// The value of `Proxy-Authorization`.
    pub fn proxy_authorization(&self) -> String {
        let pair = base64::prelude::BASE64_STANDARD.encode(format!("x:{}", self.token));
        format!("Basic {pair}")
    }

    /// A plain TCP connection to the gateway.
    pub async fn connect(&self) -> TcpStream {
        let tcp = TcpStream::connect(self.gateway).await.unwrap();
        tcp.set_nodelay(true).unwrap();
        tcp
    }

    /// Opens a tunnel to an authority.
    pub async fn tunnel(&self, authority: &str) -> TcpStream {
        let mut tcp = self.connect().await;
        let head = format!(
            "CONNECT {authority} HTTP/1.1\r\nHost: {authority}\r\nProxy-Authorization: {}\r\n\r\n",
            self.proxy_authorization()
        );
        tcp.write_all(head.as_bytes()).await.unwrap();
        let answer = read_head(&mut tcp).await;
        assert!(answer.starts_with("HTTP/1.1 200"), "CONNECT was answered: {answer}");
        tcp
    }

    /// Starts TLS within a tunnel, with this server name and these ALPN protocols.
    pub async fn tls(&self, authority: &str, server_name: &str, alpn: &[&str]) -> TlsStream<TcpStream> {
        let tcp = self.tunnel(authority).await;
        let name = ServerName::try_from(server_name.to_owned()).unwrap();
        TlsConnector::from(self.trust(alpn)).connect(name, tcp).await.unwrap()
    }

    /// TLS settings that trust only the gateway's authority.
    pub fn trust(&self, alpn: &[&str]) -> Arc<ClientConfig> {
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from_pem_slice(self.authority.as_bytes()).unwrap()).unwrap();
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let mut config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        config.alpn_protocols = alpn.iter().map(|name| name.as_bytes().to_vec()).collect();
        Arc::new(config)
    }

    /// Sends a GET request for `https://host/path` through a new tunnel with HTTP/1.1.
    pub async fn get(&self, url: &str) -> Reply {
        self.send(Request::get(url).body(Bytes::new()).unwrap()).await
    }

    /// Sends a request with an absolute `https://` URL with HTTP/1.1.
    pub async fn send(&self, request: Request<Bytes>) -> Reply {
        let (authority, host) = authority_of(&request);
        let tls = self.tls(&authority, &host, &["http/1.1"]).await;
        let (mut send, conn) = hyper::client::conn::http1::handshake(TokioIo::new(tls)).await.unwrap();
        tokio::spawn(conn);
        let (mut parts, body) = request.into_parts();
        let host_header = parts.uri.authority().unwrap().as_str().to_owned();
        parts.headers.entry("host").or_insert_with(|| host_header.parse().unwrap());
        parts.uri = parts.uri.path_and_query().unwrap().as_str().parse().unwrap();
        read(send.send_request(Request::from_parts(parts, Full::new(body))).await.unwrap()).await
    }

    /// A tunnel that stays open for several HTTP/1.1 requests.
    pub async fn open(&self, authority: &str) -> Kept {
        let host = authority.rsplit_once(':').unwrap().0;
        Self::within(self.tls(authority, host, &["http/1.1"]).await, authority).await
    }

    /// A tunnel that stays open for several HTTP/2 requests.
    pub async fn open_http2(&self, authority: &str) -> Kept {
        let host = authority.rsplit_once(':').unwrap().0;
        Self::within(self.tls(authority, host, &["h2"]).await, authority).await
    }

    /// Sends several requests over an established TLS connection, using the negotiated protocol.
    pub async fn within(
        tls: TlsStream<impl AsyncRead + AsyncWrite + Unpin + Send + 'static>,
        authority: &str,
    ) -> Kept {
        if tls.get_ref().1.alpn_protocol() == Some(b"h2") {
            Kept::http2(tls, "https", authority).await
        } else {
            Kept::http1(tls, "https", authority).await
        }
    }

    /// A tunnel of plain HTTP/1.1 that stays open.
    pub async fn open_plain(&self, authority: &str) -> Kept {
        Kept::http1(self.tunnel(authority).await, "http", authority).await
    }

    /// Sends a request with an absolute `https://` URL with HTTP/2.
    pub async fn send_http2(&self, request: Request<Bytes>) -> Reply {
        let (authority, host) = authority_of(&request);
        let tls = self.tls(&authority, &host, &["h2"]).await;
        let (mut send, conn) =
            hyper::client::conn::http2::handshake(TokioExecutor::new(), TokioIo::new(tls)).await.unwrap();
        tokio::spawn(conn);
        read(send.send_request(request.map(Full::new)).await.unwrap()).await
    }

    /// Sends bytes within a TLS tunnel, and returns all that is received until the connection closes.
    pub async fn raw(&self, authority: &str, bytes: &[u8]) -> String {
        let host = authority.rsplit_once(':').unwrap().0;
        let mut tls = self.tls(authority, host, &["http/1.1"]).await;
        tls.write_all(bytes).await.unwrap();
        let mut out = Vec::new();
        // A connection may be reset after its last byte.
        let _ = tls.read_to_end(&mut out).await;
        String::from_utf8_lossy(&out).into_owned()
    }

    /// Sends bytes to the gateway's port, and returns all that is received until the connection closes.
    pub async fn raw_plain(&self, bytes: &[u8]) -> String {
        let mut tcp = self.connect().await;
        tcp.write_all(bytes).await.unwrap();
        let mut out = Vec::new();
        let _ = tcp.read_to_end(&mut out).await;
        String::from_utf8_lossy(&out).into_owned()
    }
}

/// Reads a complete response.
pub async fn read(response: Response<Incoming>) -> Reply {
    let (parts, body) = response.into_parts();
    let collected = body.collect().await.unwrap();
    let trailers = collected.trailers().cloned();
    Reply { status: parts.status, headers: parts.headers, body: collected.to_bytes(), trailers }
}

fn authority_of(request: &Request<Bytes>) -> (String, String) {
    let uri = request.uri();
    let host = uri.host().unwrap().to_owned();
    (format!("{host}:{}", uri.port_u16().unwrap_or(443)), host)
}
