//! Delivery: a response that breaks off ends for the agent only after it was sent all that came before.
//!
//! hyper drops what it still holds of a body that fails. So a failure is held back until everything has left.

use std::io;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep, sleep};

use crate::downstream::unread::Unread;
use crate::exchange::response_body::ResponseBody;

/// What is known of how a connection's bytes leave.
#[derive(Debug, Default)]
pub(crate) struct Departures {
    /// How often everything that was written had left.
    flushes: AtomicU64,
    /// Reads and writes, which tell whether the agent still makes room.
    moves: AtomicU64,
    /// The agent takes nothing at the moment.
    blocked: AtomicBool,
    waiting: Mutex<Vec<Waker>>,
}

/// A connection whose departures are watched.
#[derive(Debug)]
pub(crate) struct Watched<T> {
    io: T,
    departures: Arc<Departures>,
}

/// A response's body, and what must have left before it may fail.
pub(crate) struct Delivered {
    body: ResponseBody,
    departures: Arc<Departures>,
    /// How often everything had left when the last piece was handed on.
    flushes: u64,
    /// Bytes that were handed on since.
    held: usize,
    failure: Option<Failure>,
    unread: Arc<Unread>,
    /// Pieces of HTTP/2 also wait for the agent's window, which nobody tells of.
    is_http2: bool,
}

struct Failure {
    error: Box<dyn std::error::Error + Send + Sync>,
    since: Instant,
    moves: u64,
    pause: Pin<Box<Sleep>>,
}

impl Departures {
    fn moved<T>(&self, polled: &Poll<io::Result<T>>) {
        self.moves.fetch_add(1, Ordering::Relaxed);
        self.blocked.store(polled.is_pending(), Ordering::Relaxed);
    }

    fn flushed(&self, polled: &Poll<io::Result<()>>) {
        self.blocked.store(polled.is_pending(), Ordering::Relaxed);
        if polled.is_ready() {
            self.flushes.fetch_add(1, Ordering::Relaxed);
            let waiting = std::mem::take(&mut *self.waiting.lock().unwrap_or_else(PoisonError::into_inner));
            waiting.into_iter().for_each(Waker::wake);
        }
    }
}

impl<T> Watched<T> {
    /// Watches a connection.
    pub(crate) fn new(io: T, departures: Arc<Departures>) -> Self {
        Self { io, departures }
    }

    /// The connection itself.
    pub(crate) fn into_inner(self) -> T {
        self.io
    }
}

impl Delivered {
    pub(super) fn new(body: ResponseBody, departures: Arc<Departures>, is_http2: bool) -> Self {
        let unread = Unread::current();
        unread.hand_on();
        let flushes = departures.flushes.load(Ordering::Relaxed);
        Self { body, departures, flushes, held: 0, failure: None, unread, is_http2 }
    }

    /// Whether everything left since the last piece was handed on; else it is told when it does.
    fn has_left(&self, cx: &Context<'_>) -> bool {
        // A flush that came after the last piece took it along: connections and their streams run on one thread.
        let has_left = self.departures.flushes.load(Ordering::Relaxed) > self.flushes
            && !self.departures.blocked.load(Ordering::Relaxed);
        if !has_left {
            let waiting = &self.departures.waiting;
            waiting.lock().unwrap_or_else(PoisonError::into_inner).push(cx.waker().clone());
        }
        has_left
    }

    /// Ready when nothing of the body is left here.
    fn poll_departed(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if !self.has_left(cx) {
            return Poll::Pending;
        }
        let Some(failure) = &mut self.failure else { return Poll::Ready(()) };
        // The window opens while the agent reads; once nothing moves any more, nothing is going to.
        while self.is_http2 && failure.since.elapsed() < LONGEST_PAUSE {
            if failure.pause.as_mut().poll(cx).is_pending() {
                return Poll::Pending;
            }
            let moves = self.departures.moves.load(Ordering::Relaxed);
            if moves == failure.moves {
                break;
            }
            failure.moves = moves;
            failure.pause.as_mut().reset(Instant::now() + PAUSE);
        }
        Poll::Ready(())
    }
}

impl Drop for Delivered {
    fn drop(&mut self) {
        self.unread.rest();
    }
}

impl Body for Delivered {
    type Data = Bytes;
    type Error = Box<dyn std::error::Error + Send + Sync>;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        let this = self.get_mut();
        if this.failure.is_none() {
            // hyper takes more than this before it writes, and would hold it for an agent that reads nothing.
            if this.held >= MOST_HELD && !this.is_http2 {
                if !this.has_left(cx) {
                    return Poll::Pending;
                }
                this.held = 0;
            }
            match Pin::new(&mut this.body).poll_frame(cx) {
                Poll::Ready(Some(Err(error))) => {
                    let moves = this.departures.moves.load(Ordering::Relaxed);
                    let pause = Box::pin(sleep(PAUSE));
                    this.failure = Some(Failure { error, since: Instant::now(), moves, pause });
                }
                Poll::Pending => {
                    this.unread.rest();
                    return Poll::Pending;
                }
                polled @ Poll::Ready(_) => {
                    this.unread.hand_on();
                    let flushes = this.departures.flushes.load(Ordering::Relaxed);
                    if flushes != this.flushes {
                        (this.flushes, this.held) = (flushes, 0);
                    }
                    if let Poll::Ready(Some(Ok(frame))) = &polled {
                        this.held += frame.data_ref().map_or(0, Bytes::len);
                    }
                    return polled;
                }
            }
            this.unread.hand_on();
        }
        std::task::ready!(this.poll_departed(cx));
        Poll::Ready(this.failure.take().map(|failure| Err(failure.error)))
    }

    fn is_end_stream(&self) -> bool {
        self.failure.is_none() && self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl<T: AsyncRead + Unpin> AsyncRead for Watched<T> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        out: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let polled = Pin::new(&mut self.io).poll_read(cx, out);
        if polled.is_ready() {
            self.departures.moves.fetch_add(1, Ordering::Relaxed);
        }
        polled
    }
}

impl<T: AsyncWrite + Unpin> AsyncWrite for Watched<T> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let polled = Pin::new(&mut self.io).poll_write(cx, bytes);
        self.departures.moved(&polled);
        polled
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let polled = Pin::new(&mut self.io).poll_write_vectored(cx, slices);
        self.departures.moved(&polled);
        polled
    }

    fn is_write_vectored(&self) -> bool {
        self.io.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let polled = Pin::new(&mut self.io).poll_flush(cx);
        self.departures.flushed(&polled);
        polled
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_shutdown(cx)
    }
}

const MOST_HELD: usize = 16 * 1024;
const PAUSE: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_secs(2);
