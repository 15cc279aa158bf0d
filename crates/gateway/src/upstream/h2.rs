//! HTTP/2 towards upstreams: a connection of one agent, shared by its requests to one authority.

use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use http::{Request, Response};
use hyper::body::Incoming;
use hyper::client::conn::http2::{Builder, Connection, SendRequest};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};

use super::io::UpstreamIo;
use crate::outgoing::request_body::RequestBody;

/// One HTTP/2 connection, kept for further requests.
pub(super) struct H2Connection {
    send: SendRequest<RequestBody>,
    /// Shared with the task that drives it, since it alone knows how many streams the upstream allows.
    driven: Arc<Mutex<Driven>>,
    streams: Arc<Streams>,
}

/// One stream of it, taken for a request that is about to be sent.
pub(super) struct H2 {
    send: SendRequest<RequestBody>,
    stream: Stream,
}

/// Counts a stream for as long as its response is read.
pub(crate) struct Stream(Arc<Streams>);

#[derive(Default)]
struct Streams {
    open: AtomicUsize,
    /// How many there ever were.
    begun: AtomicUsize,
}

/// None once it has ended: whatever waits within it gets back what was not sent.
type Driven = Option<Connection<TokioIo<UpstreamIo>, RequestBody, TokioExecutor>>;

impl H2Connection {
    pub(super) async fn handshake(io: UpstreamIo, most_header_bytes: u32) -> hyper::Result<Self> {
        let (send, conn) = Builder::new(TokioExecutor::new())
            .timer(TokioTimer::new())
            .initial_stream_window_size(STREAM_WINDOW)
            .initial_connection_window_size(CONNECTION_WINDOW)
            .initial_max_send_streams(UNKNOWN_STREAMS)
            .max_frame_size(16 * 1024)
            .max_send_buf_size(STREAM_WINDOW as usize)
            .max_header_list_size(most_header_bytes)
            .keep_alive_interval(Duration::from_secs(30))
            .keep_alive_timeout(Duration::from_secs(10))
            .handshake(TokioIo::new(io))
            .await?;
        let driven = Arc::new(Mutex::new(Some(conn)));
        tokio::spawn(Driver(Arc::clone(&driven)));
        Ok(Self { send, driven, streams: Arc::default() })
    }

    /// How many streams it may have at once; none while the upstream's SETTINGS have not arrived.
    pub(super) fn most_streams(&self) -> Option<usize> {
        let allowed = lock(&self.driven).as_ref().map_or(0, Connection::current_max_send_streams);
        (allowed != UNKNOWN_STREAMS).then_some(allowed.min(MOST_STREAMS))
    }

    /// Whether another request fits on it. Before its SETTINGS are there, a single one does.
    pub(super) fn has_room(&self) -> bool {
        !self.is_closed() && self.open_streams() < self.most_streams().unwrap_or(1)
    }

    /// Whether it takes no more requests: closed, or told to go away.
    pub(super) fn is_closed(&self) -> bool {
        self.send.is_closed()
    }

    pub(super) fn open_streams(&self) -> usize {
        self.streams.open.load(Ordering::Relaxed)
    }

    /// How many streams there ever were: unchanged, nobody used it meanwhile.
    pub(super) fn begun_streams(&self) -> usize {
        self.streams.begun.load(Ordering::Relaxed)
    }

    /// Takes a stream.
    pub(super) fn stream(&self) -> H2 {
        self.streams.open.fetch_add(1, Ordering::Relaxed);
        self.streams.begun.fetch_add(1, Ordering::Relaxed);
        H2 { send: self.send.clone(), stream: Stream(Arc::clone(&self.streams)) }
    }
}

impl H2 {
    pub(super) async fn send(
        mut self,
        request: Request<RequestBody>,
    ) -> Result<(Response<Incoming>, Stream), (hyper::Error, Option<Request<RequestBody>>)> {
        match self.send.try_send_request(request).await {
            Ok(response) => Ok((response, self.stream)),
            Err(mut error) => {
                let message = error.take_message();
                Err((error.into_error(), message))
            }
        }
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        self.0.open.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Drives a connection until it ends.
struct Driver(Arc<Mutex<Driven>>);

impl Future for Driver {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let mut driven = lock(&self.0);
        let Some(conn) = driven.as_mut() else { return Poll::Ready(()) };
        if let Err(error) = ready!(Pin::new(conn).poll(cx)) {
            tracing::debug!(%error, "a connection to an upstream ended");
        }
        let ended = driven.take();
        drop(driven);
        drop(ended);
        Poll::Ready(())
    }
}

/// Held for one poll, never across an await.
fn lock(driven: &Mutex<Driven>) -> MutexGuard<'_, Driven> {
    driven.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What a response that nobody reads may take up.
const STREAM_WINDOW: u32 = 64 * 1024;
/// Most servers allow 100 (RFC 9113 §6.5.2 recommends no fewer).
const MOST_STREAMS: usize = 100;
/// All streams together never use it up, so that one that nobody reads stalls no other.
const CONNECTION_WINDOW: u32 = STREAM_WINDOW * (MOST_STREAMS as u32 + 1);
/// Stands for the upstream's own number until that is known. No server is likely to choose it.
const UNKNOWN_STREAMS: usize = 9_973;
