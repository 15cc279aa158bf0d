//! Request and response bodies for tests: whole, in chunks, or written while they are read.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};

use bytes::Bytes;
use http::HeaderMap;
use hyper::body::{Body, Frame, SizeHint};
use tokio::sync::mpsc;

/// A body as a list of frames, sent one by one.
pub struct Script {
    frames: VecDeque<Frame<Bytes>>,
    more: Option<mpsc::UnboundedReceiver<Frame<Bytes>>>,
    taken: Option<Arc<AtomicUsize>>,
}

/// Writes a body while it is sent. Dropping it ends the body.
pub struct BodyWriter(mpsc::UnboundedSender<Frame<Bytes>>);

impl Script {
    /// A body in one chunk.
    pub fn whole(bytes: impl Into<Bytes>) -> Self {
        let bytes = bytes.into();
        Self {
            frames: (!bytes.is_empty()).then(|| Frame::data(bytes)).into_iter().collect(),
            more: None,
            taken: None,
        }
    }

    /// A body in several chunks, with trailers.
    pub fn pieces(pieces: &[&str], trailers: Option<HeaderMap>) -> Self {
        let mut frames: VecDeque<_> =
            pieces.iter().map(|piece| Frame::data(Bytes::copy_from_slice(piece.as_bytes()))).collect();
        frames.extend(trailers.map(Frame::trailers));
        Self { frames, more: None, taken: None }
    }

    /// A body that repeats one chunk, using the memory of one.
    pub fn repeated(piece: &Bytes, times: usize) -> Self {
        Self {
            frames: std::iter::repeat_with(|| Frame::data(piece.clone())).take(times).collect(),
            more: None,
            taken: None,
        }
    }

    /// Counts the bytes read from it.
    #[must_use]
    pub fn counted(mut self, taken: &Arc<AtomicUsize>) -> Self {
        self.taken = Some(Arc::clone(taken));
        self
    }

    /// A body that is written while it is read.
    pub fn written() -> (BodyWriter, Self) {
        let (give, take) = mpsc::unbounded_channel();
        (BodyWriter(give), Self { frames: VecDeque::new(), more: Some(take), taken: None })
    }
}

impl BodyWriter {
    /// Writes a chunk.
    pub fn write(&self, piece: impl Into<Bytes>) {
        // Fails if the reader has given up, which is fine.
        let _ = self.0.send(Frame::data(piece.into()));
    }

    /// Returns once the body is no longer read.
    pub async fn given_up(&self) {
        self.0.closed().await;
    }
}

impl Body for Script {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        if let Some(frame) = self.frames.pop_front() {
            if let (Some(taken), Some(data)) = (&self.taken, frame.data_ref()) {
                taken.fetch_add(data.len(), Ordering::Relaxed);
            }
            return Poll::Ready(Some(Ok(frame)));
        }
        match &mut self.more {
            Some(more) => more.poll_recv(cx).map(|frame| frame.map(Ok)),
            None => Poll::Ready(None),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.frames.is_empty() && self.more.is_none()
    }

    fn size_hint(&self) -> SizeHint {
        let lengths = self.frames.iter().map(|frame| frame.data_ref().map(Bytes::len));
        match (lengths.sum::<Option<usize>>(), &self.more) {
            (Some(length), None) => SizeHint::with_exact(length as u64),
            _ => SizeHint::default(),
        }
    }
}
