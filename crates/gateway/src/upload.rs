//! A request's body on its way up: passed on frame by frame, counted, never gathered.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use hyper::body::Incoming;

/// A request's body.
#[derive(Debug, Default)]
pub(crate) enum Upload {
    /// None.
    #[default]
    Empty,
    /// As the agent sends it.
    Streamed {
        /// The agent's.
        body: Incoming,
        /// How far it is.
        meter: Arc<Meter>,
    },
}

/// How far a request's body is.
#[derive(Debug, Default)]
pub(crate) struct Meter {
    /// Bytes that went up.
    pub bytes: AtomicU64,
    /// Set at its end.
    pub done: AtomicBool,
}

impl Upload {
    /// Takes over an agent's body.
    pub(crate) fn new(body: Incoming) -> Self {
        if body.is_end_stream() { Self::Empty } else { Self::Streamed { body, meter: Arc::default() } }
    }

    /// The meter, where there is a body.
    pub(crate) fn meter(&self) -> Option<Arc<Meter>> {
        match self {
            Self::Empty => None,
            Self::Streamed { meter, .. } => Some(Arc::clone(meter)),
        }
    }
}

impl Body for Upload {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        let Self::Streamed { body, meter } = self.get_mut() else { return Poll::Ready(None) };
        let polled = Pin::new(&mut *body).poll_frame(cx);
        match &polled {
            Poll::Ready(Some(Ok(frame))) => {
                if let Some(data) = frame.data_ref() {
                    meter.bytes.fetch_add(data.len() as u64, Ordering::Relaxed);
                }
                if body.is_end_stream() {
                    meter.done.store(true, Ordering::Release);
                }
            }
            Poll::Ready(Some(Err(_)) | None) => meter.done.store(true, Ordering::Release),
            Poll::Pending => {}
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Self::Empty => true,
            Self::Streamed { body, .. } => body.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Empty => SizeHint::with_exact(0),
            Self::Streamed { body, .. } => body.size_hint(),
        }
    }
}
