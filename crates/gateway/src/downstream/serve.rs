//! Serving a connection of an agent: HTTP/1.1 behind the strict reader, or HTTP/2, until it ends or the gateway stops.

use std::convert::Infallible;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use bytes::BytesMut;
use futures_util::FutureExt;
use http::header::CONNECTION;
use http::{HeaderValue, Method, Request, Response, StatusCode};
use http_body::Body;
use hyper::body::Incoming;
use hyper::server::conn::{http1, http2};
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite};

use crate::downstream::delivery::{Delivered, Departures, Watched};
use crate::downstream::http2::Http2Reader;
use crate::downstream::http2::frames::MOST_FRAME_BYTES;
use crate::downstream::patience::Timeouts;
use crate::downstream::strict_reader::StrictReader;
use crate::downstream::unread::{self, LimitedStreams};
use crate::exchange::response_body::ResponseBody;
use crate::header_lines::{self, MOST_HEADER_LINES};
use crate::outgoing::hop_headers;
use crate::refusals::RefusalKind;
use crate::session::{ReaderSignals, Session};
use crate::state::{GatewayState, stopped};

/// Serves HTTP/1.1. `first` holds bytes that were already read.
pub(crate) async fn http1<T, A, F>(
    state: Arc<GatewayState>,
    session: Session,
    io: T,
    first: BytesMut,
    answer: A,
) where
    T: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    A: Fn(Arc<GatewayState>, Session, Request<Incoming>) -> F + Send + 'static,
    F: Future<Output = Response<ResponseBody>> + Send + 'static,
{
    let signals = Arc::new(ReaderSignals::new(session.tunnel.is_some()));
    let most_header_bytes = state.config.most_header_bytes;
    let idle = state.config.idle_timeout;
    let departures = Arc::<Departures>::default();
    let io = Watched::new(io, Arc::clone(&departures));
    let io = StrictReader::new(io, first, Arc::clone(&signals), most_header_bytes, timeouts(&state));
    let session = Session { signals: Some(Arc::clone(&signals)), ..session };
    let mut stopping = state.stopping.clone();
    let service = service_fn(move |mut request: Request<Incoming>| {
        header_lines::unpack(request.headers_mut());
        let is_connect = request.method() == Method::CONNECT;
        // As the framing sees it: what follows waits for this response.
        let may_switch = is_connect
            || request.body().is_end_stream()
                && hop_headers::upgrade_protocols(request.headers()).next().is_some();
        let count = counting(&state, &session);
        let answered = answer(Arc::clone(&state), session.clone(), request);
        let (signals, departures) = (Arc::clone(&signals), Arc::clone(&departures));
        // Mapped and not awaited in a block, which would keep room for the same future twice.
        answered.map(move |mut response| {
            count(&response);
            let switches = is_connect && response.status().is_success()
                || may_switch && response.status() == StatusCode::SWITCHING_PROTOCOLS;
            if switches {
                signals.opaque.store(true, Ordering::Relaxed);
            } else if may_switch {
                signals.still_http.store(true, Ordering::Relaxed);
            }
            // Behind a tunnel that was asked for and refused, or a request in doubt, nothing is read as a request,
            // however well it looks.
            if is_connect && !switches || is_own_bad_request(&response) {
                response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
            }
            Ok::<_, Infallible>(response.map(|body| Delivered::new(body, departures, false)))
        })
    });
    let mut conn = pin!(
        http1::Builder::new()
            .auto_date_header(false)
            .max_buf_size(header_lines::most_packed(most_header_bytes).max(LEAST_BUFFERED))
            .header_read_timeout(None)
            .serve_connection(TokioIo::new(io), service)
            .with_upgrades()
    );
    let served = async {
        tokio::select! {
            outcome = conn.as_mut() => log(outcome),
            () = stopped(&mut stopping) => {
                conn.as_mut().graceful_shutdown();
                log(conn.as_mut().await);
            }
        }
    };
    unread::limit(longest_unread(idle), served).await;
}

/// Serves HTTP/2. `first` holds bytes that were already read.
pub(crate) async fn http2<T, A, F>(
    state: Arc<GatewayState>,
    session: Session,
    io: T,
    first: BytesMut,
    answer: A,
) where
    T: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    A: Fn(Arc<GatewayState>, Session, Request<Incoming>) -> F + Send + 'static,
    F: Future<Output = Response<ResponseBody>> + Send + 'static,
{
    let mut stopping = state.stopping.clone();
    let streams = LimitedStreams(longest_unread(state.config.idle_timeout));
    let departures = Arc::<Departures>::default();
    let io = Watched::new(io, Arc::clone(&departures));
    let signals = Arc::new(ReaderSignals::new(session.tunnel.is_some()));
    let most_header_bytes = state.config.most_header_bytes;
    let io = Http2Reader::new(io, first, Arc::clone(&signals), most_header_bytes, timeouts(&state));
    let session = Session { signals: Some(Arc::clone(&signals)), ..session };
    let service = service_fn(move |request: Request<Incoming>| {
        let is_head = request.method() == Method::HEAD;
        let count = counting(&state, &session);
        let answered = answer(Arc::clone(&state), session.clone(), request);
        let departures = Arc::clone(&departures);
        answered.map(move |mut response| {
            count(&response);
            if is_head {
                // An answer to HEAD that has a body ends the stream (RFC 9113 §8.1.1), and hyper takes none away here.
                response.body_mut().clear_own();
            }
            Ok::<_, Infallible>(response.map(|body| Delivered::new(body, departures, true)))
        })
    });
    let mut conn = pin!(
        http2::Builder::new(streams)
            .timer(TokioTimer::new())
            .auto_date_header(false)
            .enable_connect_protocol()
            .initial_stream_window_size(STREAM_WINDOW)
            .initial_connection_window_size(CONNECTION_WINDOW)
            .max_concurrent_streams(MOST_STREAMS)
            // The reader bounds them, by the bytes of their lines. HTTP/2 counts 32 more for each (RFC 9113 §6.5.2).
            .max_header_list_size((most_header_bytes + 32 * MOST_HEADER_LINES) as u32)
            .max_frame_size(MOST_FRAME_BYTES as u32)
            // Streams that the agent opens and resets at once, and streams that end by what it did wrong.
            .max_pending_accept_reset_streams(MOST_RESET_STREAMS)
            .max_local_error_reset_streams(MOST_FAULTY_STREAMS)
            .max_send_buf_size(MOST_UNSENT)
            .keep_alive_interval(Duration::from_secs(30))
            .keep_alive_timeout(Duration::from_secs(20))
            .serve_connection(TokioIo::new(io), service)
    );
    tokio::select! {
        outcome = conn.as_mut() => return log(outcome),
        () = stopped(&mut stopping) => {}
        () = signals.ending.notified() => {}
    }
    conn.as_mut().graceful_shutdown();
    log(conn.await);
}

fn timeouts(state: &GatewayState) -> Timeouts {
    Timeouts { head: state.config.head_timeout, idle: state.config.idle_timeout }
}

/// Counts a response of the gateway's own that no record tells of.
fn counting(state: &Arc<GatewayState>, session: &Session) -> impl FnOnce(&Response<ResponseBody>) + use<> {
    let (state, address) = (Arc::clone(state), session.address);
    move |response| {
        if let (Some(address), ResponseBody::Whole(_)) = (address, response.body())
            && let Some(kind) = RefusalKind::of(response.status())
        {
            state.refusals.count(address, kind);
        }
    }
}

/// Whether the gateway itself, and not the upstream, calls the request malformed.
fn is_own_bad_request(response: &Response<ResponseBody>) -> bool {
    response.status() == StatusCode::BAD_REQUEST && !matches!(response.body(), ResponseBody::Streamed(_))
}

/// How long a response may stay unread here. What records it, and lets the upstream go, comes before.
fn longest_unread(idle: Duration) -> Duration {
    idle + idle / 2
}

/// What ends a connection is the agent's affair, seldom ours.
fn log(outcome: hyper::Result<()>) {
    if let Err(error) = outcome {
        tracing::debug!(%error, "an agent's connection ended");
    }
}

/// What a connection may hold in memory of a request, at least.
const LEAST_BUFFERED: usize = 128 * 1024;
/// What a request that its upstream doesn't read may take up.
const STREAM_WINDOW: u32 = 64 * 1024;
/// All streams together never use it up, so that one that waits stalls no other.
const CONNECTION_WINDOW: u32 = STREAM_WINDOW * (MOST_STREAMS + 1);
const MOST_STREAMS: u32 = 256;
const MOST_RESET_STREAMS: usize = 20;
const MOST_FAULTY_STREAMS: usize = 1024;
/// A second piece is taken while one of the usual 16 KiB waits to be written, but no third.
const MOST_UNSENT: usize = 20 * 1024;
