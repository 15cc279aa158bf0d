//! An upstream that records the requests it receives.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http::{HeaderMap, Request, Response};
use http_body_util::BodyExt;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use onecli_domain::services::SERVICES;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio_rustls::TlsAcceptor;

use crate::certificates::Certificates;
use crate::peer::{Peer, Peers};
pub use crate::script::Script;

/// A request that the upstream received.
#[derive(Clone, Debug)]
pub struct Seen {
    /// The method.
    pub method: String,
    /// Path and query, as on the wire.
    pub path: String,
    /// The authority: `Host` or `:authority`.
    pub authority: String,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: Bytes,
    /// Its trailers.
    pub trailers: Option<HeaderMap>,
    /// `HTTP/1.1` or `HTTP/2.0`.
    pub version: String,
}

impl Seen {
    /// A header as text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }
}

/// A response of the upstream.
pub type Answer = Response<Script>;

type Answers = Arc<Mutex<Box<dyn FnMut(&Seen) -> Answer + Send>>>;

/// An upstream on a free port of this machine.
#[derive(Clone)]
pub struct Upstream {
    /// Where it listens.
    pub address: SocketAddr,
    /// The certificate authority that issued its certificate, as PEM.
    pub authority: String,
    seen: Arc<Mutex<Vec<Seen>>>,
    answers: Answers,
    connections: Arc<Mutex<usize>>,
    most_streams: Arc<AtomicU32>,
}

impl Upstream {
    /// With TLS, HTTP/1.1 and HTTP/2, for all `*.test` names used by tests.
    pub async fn tls() -> Self {
        Self::start(Some(&["h2", "http/1.1"]), None).await
    }

    /// With TLS and custom certificates.
    pub async fn tls_with(certificates: Certificates) -> Self {
        Self::listen(Some(certificates), None).await
    }

    /// With TLS, HTTP/1.1 only.
    pub async fn tls_http1() -> Self {
        Self::start(Some(&["http/1.1"]), None).await
    }

    /// With TLS, HTTP/2 only, and at most this many concurrent streams per connection.
    pub async fn tls_http2(most_streams: u32) -> Self {
        let upstream = Self::start(Some(&["h2"]), None).await;
        upstream.most_streams.store(most_streams, Ordering::Relaxed);
        upstream
    }

    /// Without TLS.
    pub async fn plain() -> Self {
        Self::start(None, None).await
    }

    /// With TLS and HTTP/1.1; the test reads and writes every byte.
    pub async fn by_hand() -> (Self, Peers) {
        let (give, take) = mpsc::unbounded_channel();
        (Self::start(Some(&["http/1.1"]), Some(give)).await, Peers::new(take))
    }

    /// With TLS and HTTP/2; the test reads and writes every byte.
    pub async fn by_hand_http2() -> (Self, Peers) {
        let (give, take) = mpsc::unbounded_channel();
        (Self::start(Some(&["h2"]), Some(give)).await, Peers::new(take))
    }

    /// The same without TLS.
    pub async fn plain_by_hand() -> (Self, Peers) {
        let (give, take) = mpsc::unbounded_channel();
        (Self::start(None, Some(give)).await, Peers::new(take))
    }

    async fn start(alpn: Option<&[&str]>, by_hand: Option<mpsc::UnboundedSender<Peer>>) -> Self {
        Self::listen(alpn.map(|alpn| Certificates::new(&names(), alpn)), by_hand).await
    }

    async fn listen(
        certificates: Option<Certificates>,
        by_hand: Option<mpsc::UnboundedSender<Peer>>,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let this = Self {
            address: listener.local_addr().unwrap(),
            authority: certificates
                .as_ref()
                .map_or_else(|| Certificates::new(HOSTS, &[]).authority, |own| own.authority.clone()),
            seen: Arc::default(),
            answers: Arc::new(Mutex::new(Box::new(|_| Response::new(Script::whole("hello"))))),
            connections: Arc::default(),
            most_streams: Arc::new(AtomicU32::new(200)),
        };
        let acceptor = certificates.map(|own| TlsAcceptor::from(own.server));
        let upstream = this.clone();
        tokio::spawn(async move {
            while let Ok((tcp, _)) = listener.accept().await {
                // As servers usually do; otherwise the end of each window waits for a delayed acknowledgement.
                tcp.set_nodelay(true).unwrap();
                *upstream.connections.lock().unwrap() += 1;
                let (upstream, acceptor, by_hand) = (upstream.clone(), acceptor.clone(), by_hand.clone());
                tokio::spawn(async move {
                    match acceptor {
                        Some(acceptor) => {
                            if let Ok(tls) = acceptor.accept(tcp).await {
                                upstream.serve_or_give(tls, by_hand).await;
                            }
                        }
                        None => upstream.serve_or_give(tcp, by_hand).await,
                    }
                });
            }
        });
        this
    }

    /// Sets how it responds from now on.
    pub fn answer(&self, answer: impl FnMut(&Seen) -> Answer + Send + 'static) {
        *self.answers.lock().unwrap() = Box::new(answer);
    }

    /// All requests received.
    pub fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }

    /// The one request received.
    pub fn only(&self) -> Seen {
        let seen = self.seen();
        let brief: Vec<_> = seen.iter().map(|seen| (&seen.method, &seen.authority, &seen.path)).collect();
        assert_eq!(seen.len(), 1, "the upstream saw {brief:?}");
        seen[0].clone()
    }

    /// Whether no request was received.
    pub fn saw_nothing(&self) -> bool {
        self.seen.lock().unwrap().is_empty()
    }

    /// How many connections it accepted.
    pub fn connections(&self) -> usize {
        *self.connections.lock().unwrap()
    }

    async fn serve_or_give<T>(self, io: T, by_hand: Option<mpsc::UnboundedSender<Peer>>)
    where
        T: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        match by_hand {
            // Fails once the test is over.
            Some(give) => drop(give.send(Peer::new(io))),
            None => self.serve(io).await,
        }
    }

    async fn serve<T: AsyncRead + AsyncWrite + Unpin + Send + 'static>(self, io: T) {
        let mut builder = hyper_util::server::conn::auto::Builder::new(TokioExecutor::new());
        builder.http1().auto_date_header(false).max_headers(20_000);
        let most_streams = self.most_streams.load(Ordering::Relaxed);
        builder
            .http2()
            .auto_date_header(false)
            .max_concurrent_streams(most_streams)
            .max_header_list_size(1 << 20);
        let service = service_fn(move |request| self.clone().respond(request));
        let _ = builder.serve_connection_with_upgrades(TokioIo::new(io), service).await;
    }

    async fn respond(self, mut request: Request<Incoming>) -> Result<Answer, Infallible> {
        let is_websocket = request.headers().contains_key("sec-websocket-key");
        let upgrade = is_websocket.then(|| hyper::upgrade::on(&mut request));
        let (parts, body) = request.into_parts();
        // Don't record a request whose body was cut off.
        let Ok(collected) = body.collect().await else { return Ok(Response::new(Script::whole(""))) };
        let trailers = collected.trailers().cloned();
        let host = parts.headers.get("host").map(|host| host.to_str().unwrap().to_owned());
        let seen = Seen {
            method: parts.method.to_string(),
            path: parts.uri.path_and_query().map(ToString::to_string).unwrap_or_default(),
            authority: parts.uri.authority().map(ToString::to_string).or(host).unwrap_or_default(),
            headers: parts.headers,
            body: collected.to_bytes(),
            trailers,
            version: format!("{:?}", parts.version),
        };
        self.seen.lock().unwrap().push(seen.clone());
        if let Some(upgrade) = upgrade {
            tokio::spawn(echo(upgrade));
            let mut response = Response::new(Script::whole(""));
            *response.status_mut() = http::StatusCode::SWITCHING_PROTOCOLS;
            response.headers_mut().insert("connection", "upgrade".parse().unwrap());
            response.headers_mut().insert("upgrade", "websocket".parse().unwrap());
            response
                .headers_mut()
                .insert("sec-websocket-accept", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=".parse().unwrap());
            return Ok(response);
        }
        Ok((self.answers.lock().unwrap())(&seen))
    }
}

/// After a WebSocket handshake: echoes all bytes.
async fn echo(upgrade: hyper::upgrade::OnUpgrade) {
    if let Ok(upgraded) = upgrade.await {
        let (mut read, mut write) = tokio::io::split(TokioIo::new(upgraded));
        let _ = tokio::io::copy(&mut read, &mut write).await;
        let _ = tokio::io::AsyncWriteExt::shutdown(&mut write).await;
    }
}

/// The host names in the upstream's certificate, beside those of known services.
pub const HOSTS: &[&str] =
    &["good.test", "*.good.test", "evil.test", "objects.githubusercontent.com", "localhost"];

/// Every name that tests use, the hosts of known services among them.
fn names() -> Vec<&'static str> {
    let services = SERVICES.iter().flat_map(|service| service.hosts).copied();
    HOSTS.iter().copied().chain(services).collect()
}
