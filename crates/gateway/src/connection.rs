//! Connections of agents: HTTP/1.1 behind the strict reader, or HTTP/2, until they end or the gateway stops.

use std::convert::Infallible;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use bytes::BytesMut;
use http::{Method, Request, Response};
use hyper::body::Incoming;
use hyper::server::conn::{http1, http2};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;

use crate::answer::Answer;
use crate::road::{Road, stopped};
use crate::session::Session;
use crate::strict_io::{Patience, StrictIo, Wire};
use crate::{exchange, intercept};

/// Serves the proxy's own port: CONNECT and absolute-form requests, over HTTP/1.1 or HTTP/2 without TLS.
pub(crate) async fn handle(road: Arc<Road>, tcp: TcpStream) {
    // What can't be set is slower, not wrong.
    let _ = tcp.set_nodelay(true);
    let mut first = [0; PREFACE.len()];
    let session = Session { tunnel: None, wire: None };
    let looked = tokio::time::timeout(road.config.idle_timeout, tcp.peek(&mut first)).await;
    match looked {
        Ok(Ok(length))
            if first.get(..length).is_some_and(|seen| length >= 3 && PREFACE.starts_with(seen)) =>
        {
            serve_http2(road, session, tcp).await;
        }
        Ok(Ok(length)) if length > 0 => serve_http1(road, session, tcp, BytesMut::new()).await,
        Ok(Ok(_) | Err(_)) | Err(_) => {}
    }
}

/// Serves HTTP/1.1. `first` holds bytes that were already read.
pub(crate) async fn serve_http1<T>(road: Arc<Road>, session: Session, io: T, first: BytesMut)
where
    T: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let wire = Arc::new(Wire::default());
    let patience = Patience { head: road.config.head_timeout, idle: road.config.idle_timeout };
    let io = StrictIo::new(io, first, Arc::clone(&wire), patience);
    let session = Session { wire: Some(wire), ..session };
    let mut stopping = road.stopping.clone();
    let service = service_fn(move |request| answer(Arc::clone(&road), session.clone(), request));
    let mut conn = pin!(
        http1::Builder::new()
            .auto_date_header(false)
            .max_buf_size(MOST_BUFFERED)
            .header_read_timeout(None)
            .serve_connection(TokioIo::new(io), service)
            .with_upgrades()
    );
    tokio::select! {
        outcome = conn.as_mut() => log(outcome),
        () = stopped(&mut stopping) => {
            conn.as_mut().graceful_shutdown();
            log(conn.await);
        }
    }
}

/// Serves HTTP/2.
pub(crate) async fn serve_http2<T>(road: Arc<Road>, session: Session, io: T)
where
    T: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let mut stopping = road.stopping.clone();
    let service = service_fn(move |request| answer(Arc::clone(&road), session.clone(), request));
    let mut conn = pin!(
        http2::Builder::new(TokioExecutor::new())
            .timer(TokioTimer::new())
            .auto_date_header(false)
            .enable_connect_protocol()
            .initial_stream_window_size(STREAM_WINDOW)
            .initial_connection_window_size(CONNECTION_WINDOW)
            .max_concurrent_streams(MOST_STREAMS)
            .max_header_list_size(64 * 1024)
            .max_frame_size(64 * 1024)
            .max_send_buf_size(256 * 1024)
            .keep_alive_interval(Duration::from_secs(30))
            .keep_alive_timeout(Duration::from_secs(20))
            .serve_connection(TokioIo::new(io), service)
    );
    tokio::select! {
        outcome = conn.as_mut() => log(outcome),
        () = stopped(&mut stopping) => {
            conn.as_mut().graceful_shutdown();
            log(conn.await);
        }
    }
}

async fn answer(
    road: Arc<Road>,
    session: Session,
    request: Request<Incoming>,
) -> Result<Response<Answer>, Infallible> {
    let is_tunnel = session.tunnel.is_none()
        && request.method() == Method::CONNECT
        && request.extensions().get::<hyper::ext::Protocol>().is_none();
    Ok(if is_tunnel {
        intercept::accept(road, request).await
    } else {
        exchange::handle(road, session, request).await
    })
}

/// What ends a connection is the agent's affair, seldom ours.
fn log(outcome: hyper::Result<()>) {
    if let Err(error) = outcome {
        tracing::debug!(%error, "an agent's connection ended");
    }
}

/// RFC 9113 §3.4
const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
/// Longer than the longest head that the strict reader lets through.
const MOST_BUFFERED: usize = 128 * 1024;
const STREAM_WINDOW: u32 = 1024 * 1024;
const CONNECTION_WINDOW: u32 = 4 * 1024 * 1024;
const MOST_STREAMS: u32 = 256;
