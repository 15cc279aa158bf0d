//! A TLS upstream: small responses, large bodies, and events with the time they were sent.

use std::convert::Infallible;
use std::path::Path;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use anyhow::{Context as _, Result};
use bytes::Bytes;
use http::{Request, Response, StatusCode};
use http_body_util::BodyExt;
use hyper::body::{Body, Frame, Incoming, SizeHint};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use rustls::ServerConfig;
use rustls::pki_types::PrivateKeyDer;
use tokio::net::TcpListener;
use tokio::time::{Interval, interval};
use tokio_rustls::TlsAcceptor;

use crate::process::now_nanos;

/// Serves until killed: `/1k`, `/bytes/N`, `/sink`, `/events/N/MILLISECONDS`.
pub(crate) async fn run(certificates: &Path, port: u16, http2: bool, require: Option<String>) -> Result<()> {
    let listener = TcpListener::bind(("127.0.0.1", port)).await?;
    let acceptor = TlsAcceptor::from(Arc::new(settings(certificates, http2)?));
    println!("{}", listener.local_addr()?.port());
    let require: Option<Arc<str>> = require.map(Into::into);
    loop {
        let (tcp, _) = listener.accept().await?;
        tcp.set_nodelay(true)?;
        let (acceptor, require) = (acceptor.clone(), require.clone());
        tokio::spawn(async move {
            let Ok(tls) = acceptor.accept(tcp).await else { return };
            let is_http2 = tls.get_ref().1.alpn_protocol() == Some(b"h2");
            let service = service_fn(move |request| respond(request, require.clone()));
            // A client that closes the connection is no error.
            let _ = if is_http2 {
                hyper::server::conn::http2::Builder::new(TokioExecutor::new())
                    .serve_connection(TokioIo::new(tls), service)
                    .await
            } else {
                hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(tls), service).await
            };
        });
    }
}

async fn respond(
    request: Request<Incoming>,
    require: Option<Arc<str>>,
) -> Result<Response<Answer>, Infallible> {
    if let Some(wanted) = require
        && request.headers().get("authorization").is_none_or(|value| value.as_bytes() != wanted.as_bytes())
    {
        let mut response = Response::new(Answer::Bytes { left: 0 });
        *response.status_mut() = StatusCode::UNAUTHORIZED;
        return Ok(response);
    }
    let path = request.uri().path().to_owned();
    let mut parts = path.split('/').skip(1);
    let (name, first, second) = (parts.next(), parts.next(), parts.next());
    let number = |text: Option<&str>| text.and_then(|text| text.parse().ok()).unwrap_or(0);
    let answer = match name {
        Some("bytes") => Answer::Bytes { left: number(first) },
        Some("events") => Answer::Events {
            left: number(first),
            every: interval(Duration::from_millis(number(second).max(1))),
        },
        Some("sink") => {
            let mut body = request.into_body();
            while let Some(Ok(_)) = body.frame().await {}
            Answer::Bytes { left: 0 }
        }
        _ => Answer::Bytes { left: 1024 },
    };
    Ok(Response::new(answer))
}

enum Answer {
    Bytes { left: u64 },
    Events { left: u64, every: Interval },
}

impl Body for Answer {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        match self.get_mut() {
            Self::Bytes { left: 0 } | Self::Events { left: 0, .. } => Poll::Ready(None),
            Self::Bytes { left } => {
                let length = (*left).min(PIECE.len() as u64);
                *left -= length;
                let piece = Bytes::from_static(PIECE).slice(..usize::try_from(length).unwrap_or(PIECE.len()));
                Poll::Ready(Some(Ok(Frame::data(piece))))
            }
            Self::Events { left, every } => every.poll_tick(cx).map(|_| {
                *left -= 1;
                Some(Ok(Frame::data(Bytes::from(format!("data: {}\n\n", now_nanos())))))
            }),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Bytes { left } => SizeHint::with_exact(*left),
            Self::Events { .. } => SizeHint::default(),
        }
    }
}

fn settings(folder: &Path, http2: bool) -> Result<ServerConfig> {
    let key = KeyPair::generate()?;
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority = params.self_signed(&key)?.pem();
    let issuer = Issuer::new(params, key);
    let leaf_key = KeyPair::generate()?;
    let mut leaf = CertificateParams::new(NAMES.map(str::to_owned).to_vec())?;
    leaf.use_authority_key_identifier_extension = true;
    let certificate = leaf.signed_by(&leaf_key, &issuer)?;
    let chain = vec![certificate.der().clone()];
    let key = leaf_key.serialize_der();
    let mut settings =
        ServerConfig::builder_with_provider(Arc::new(rustls::crypto::aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_single_cert(chain, PrivateKeyDer::Pkcs8(key.clone().into()))?;
    settings.alpn_protocols =
        if http2 { vec![b"h2".to_vec(), b"http/1.1".to_vec()] } else { vec![b"http/1.1".to_vec()] };
    settings.ticketer = rustls::crypto::aws_lc_rs::Ticketer::new()?;
    std::fs::create_dir_all(folder)?;
    // For peers that use the same certificate, such as nginx.
    std::fs::write(folder.join("leaf.pem"), certificate.pem())?;
    std::fs::write(folder.join("leaf.key"), leaf_key.serialize_pem())?;
    std::fs::write(folder.join("ca.pem"), authority).context("the authority can't be written")?;
    Ok(settings)
}

/// The host name in the upstream's certificate.
pub(crate) const HOST: &str = "bench.test";
/// Its other names, for proxies that can't be configured to resolve `HOST`.
const NAMES: [&str; 3] = [HOST, "localhost", "127.0.0.1"];
static PIECE: &[u8] = &[b'x'; 64 * 1024];
