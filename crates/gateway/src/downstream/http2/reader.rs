//! The agent's side of an HTTP/2 connection: nothing reaches the parser that `frames` has not passed.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::{Buf, BytesMut};
use tokio::io::{AsyncRead, ReadBuf};

use crate::downstream::http2::frames::Frames;
use crate::downstream::patience::{Patience, Timeouts};
use crate::session::ReaderSignals;
use crate::write_through::write_through;

/// A stream whose reads are HTTP/2 with header blocks that the parser takes.
///
/// A request that is refused is taken out of the stream, and a substitute is put in its place, so that it can be
/// answered like any other.
#[derive(Debug)]
pub(crate) struct Http2Reader<T> {
    io: T,
    frames: Frames,
    /// Bytes of a frame that isn't whole.
    held: BytesMut,
    /// Bytes that passed and wait to be read.
    passed: BytesMut,
    wire: Arc<ReaderSignals>,
    timeout_after: Timeouts,
    patience: Patience,
    /// Whether the connection was told to end.
    is_ending: bool,
}

impl<T> Http2Reader<T> {
    /// Watches a stream. `first` holds bytes that were already read from it.
    pub(crate) fn new(
        io: T,
        first: BytesMut,
        wire: Arc<ReaderSignals>,
        most_header_bytes: usize,
        timeout_after: Timeouts,
    ) -> Self {
        Self {
            io,
            frames: Frames::new(most_header_bytes),
            held: first,
            passed: BytesMut::new(),
            wire,
            timeout_after,
            patience: Patience::new(),
            is_ending: false,
        }
    }

    /// Judges what is held, and moves what passes.
    fn take_held(&mut self) {
        self.frames.take(&mut self.held, &mut self.passed);
        if self.held.is_empty() {
            // An idle connection keeps no room.
            self.held = BytesMut::new();
        }
        if self.frames.is_over() {
            self.end();
        }
    }

    fn end(&mut self) {
        if !self.is_ending {
            self.is_ending = true;
            self.wire.ending.notify_one();
        }
    }

    /// How long the agent may take now; none while it waits for us. PING, SETTINGS and the like don't count.
    fn limit(&self) -> Option<Duration> {
        if self.frames.is_over() || self.frames.is_within_head(&self.held) {
            return Some(self.timeout_after.head);
        }
        let limit = self.timeout_after.between_requests(&self.wire)?;
        Some(if self.is_ending { self.timeout_after.head } else { limit })
    }
}

impl<T: AsyncRead + Unpin> AsyncRead for Http2Reader<T> {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, out: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if this.frames.requests() == 0 && !this.held.is_empty() {
            this.take_held();
        }
        loop {
            if !this.passed.is_empty() {
                let taken = this.passed.len().min(out.remaining());
                out.put_slice(this.passed.get(..taken).unwrap_or_default());
                this.passed.advance(taken);
                if this.passed.is_empty() {
                    this.passed = BytesMut::new();
                }
                return Poll::Ready(Ok(()));
            }
            let before = out.filled().len();
            match Pin::new(&mut this.io).poll_read(cx, out) {
                Poll::Ready(result) => result?,
                Poll::Pending => {
                    let limit = this.limit();
                    ready!(this.patience.poll(limit, this.timeout_after.idle, cx));
                    if this.is_ending {
                        return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
                    }
                    // Told in the protocol's own way first.
                    this.patience.restart();
                    this.end();
                    continue;
                }
            }
            let fresh = out.filled().get(before..).unwrap_or_default();
            if fresh.is_empty() {
                return Poll::Ready(Ok(()));
            }
            let (requests, was_within_head) =
                (this.frames.requests(), this.frames.is_within_head(&this.held));
            if this.held.is_empty() {
                let kept = this.frames.keep(fresh);
                this.held.extend_from_slice(fresh.get(kept..).unwrap_or_default());
                out.set_filled(before + kept);
            } else {
                this.held.extend_from_slice(fresh);
                out.set_filled(before);
            }
            if !this.held.is_empty() {
                this.take_held();
            }
            if this.frames.requests() > requests || !was_within_head && this.frames.is_within_head(&this.held)
            {
                this.patience.restart();
            }
            if out.filled().len() > before {
                return Poll::Ready(Ok(()));
            }
        }
    }
}

write_through!(Http2Reader);
