//! A request's body on its way up: passed on frame by frame and counted, or held while it is judged.

use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll};

use bytes::Bytes;
use futures_util::task::AtomicWaker;
use http::HeaderMap;
use http_body::{Body, Frame, SizeHint};
use hyper::body::Incoming;
use onecli_app::spool::Spooled;
use onecli_domain::body::Content;
use onecli_domain::facts::{Headers, read_content};
use tokio::sync::{OwnedSemaphorePermit, mpsc};

/// A request's body.
#[derive(Debug, Default)]
pub(crate) enum RequestBody {
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
    /// Read, at least to begin with, since a rule looks at it. What was read is what is sent.
    Held(Box<HeldBody>),
    /// Read whole and put away, since it is large and a person decides about it.
    Spooled(Box<SpooledBody>),
}

/// A body that was read, at least to begin with.
#[derive(Debug)]
pub(crate) struct HeldBody {
    /// What was read and not sent yet.
    pub first: Bytes,
    /// What the agent still has to send, if anything.
    pub rest: Option<Incoming>,
    /// Trailers, where the body was read whole.
    pub trailers: Option<HeaderMap>,
    /// What rules see of it, where it was read whole. Parsed once for all decisions.
    pub content: OnceLock<Arc<Content>>,
    /// How far it is.
    pub meter: Arc<Meter>,
    /// The room that it takes among bodies that are looked at.
    pub room: Option<OwnedSemaphorePermit>,
}

/// A body that comes back from where it was put away.
#[derive(Debug)]
pub(crate) struct SpooledBody {
    pieces: mpsc::Receiver<Result<Bytes, onecli_app::Error>>,
    left: u64,
    trailers: Option<HeaderMap>,
    meter: Arc<Meter>,
}

/// Why a body doesn't go on.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BodyError {
    /// The agent's end of it broke.
    #[error(transparent)]
    Agent(#[from] hyper::Error),
    /// It can't be read back.
    #[error(transparent)]
    Spool(#[from] onecli_app::Error),
    /// The gateway ended the exchange.
    #[error("the exchange was ended")]
    Ended,
}

/// How far a request's body is.
#[derive(Debug, Default)]
pub(crate) struct Meter {
    /// Bytes that went up.
    pub bytes: AtomicU64,
    /// Set at its end.
    pub done: AtomicBool,
    /// Set where the agent broke it off.
    pub broken: AtomicBool,
    ended: AtomicBool,
    /// Who waits for more of the body.
    waiting: AtomicWaker,
}

impl Meter {
    /// Ends the body: nothing more of it goes up, whoever still reads it.
    pub(crate) fn end(&self) {
        self.ended.store(true, Ordering::Release);
        self.waiting.wake();
    }
}

impl RequestBody {
    /// Takes over an agent's body.
    pub(crate) fn new(body: Incoming) -> Self {
        if body.is_end_stream() { Self::Empty } else { Self::Streamed { body, meter: Arc::default() } }
    }

    /// Takes over a body that was put away. It is read as fast as it goes out.
    pub(crate) fn spooled(mut spooled: Spooled, trailers: Option<HeaderMap>) -> Self {
        let (give, pieces) = mpsc::channel(PIECES_AHEAD);
        let left = spooled.length();
        tokio::spawn(async move {
            while let Some(piece) = spooled.next().await.transpose() {
                // Nobody reads on from a request that has ended.
                if give.send(piece.map(Bytes::from)).await.is_err() {
                    return;
                }
            }
        });
        Self::Spooled(Box::new(SpooledBody { pieces, left, trailers, meter: Arc::default() }))
    }

    /// The meter, where there is a body.
    pub(crate) fn meter(&self) -> Option<Arc<Meter>> {
        self.meter_ref().cloned()
    }

    fn meter_ref(&self) -> Option<&Arc<Meter>> {
        match self {
            Self::Empty => None,
            Self::Streamed { meter, .. } => Some(meter),
            Self::Held(held) => Some(&held.meter),
            Self::Spooled(spooled) => Some(&spooled.meter),
        }
    }
}

impl HeldBody {
    /// What rules see of it, as far as that can be told.
    pub(crate) fn content(&self, headers: Headers<'_>, most: usize) -> &Arc<Content> {
        self.content.get_or_init(|| {
            Arc::new(match self.rest {
                None => read_content(self.first.clone(), headers, most),
                Some(_) => Content::unreadable(),
            })
        })
    }

    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        if !self.first.is_empty() {
            return Poll::Ready(Some(Ok(Frame::data(std::mem::take(&mut self.first)))));
        }
        match &mut self.rest {
            Some(rest) => Pin::new(rest).poll_frame(cx).map_err(BodyError::Agent),
            None => Poll::Ready(self.trailers.take().map(|trailers| Ok(Frame::trailers(trailers)))),
        }
    }

    fn is_end(&self) -> bool {
        self.first.is_empty() && self.trailers.is_none() && self.rest.as_ref().is_none_or(Body::is_end_stream)
    }
}

impl SpooledBody {
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        match self.pieces.poll_recv(cx) {
            Poll::Ready(Some(Ok(piece))) => {
                self.left = self.left.saturating_sub(piece.len() as u64);
                Poll::Ready(Some(Ok(Frame::data(piece))))
            }
            Poll::Ready(Some(Err(error))) => Poll::Ready(Some(Err(BodyError::Spool(error)))),
            Poll::Ready(None) => {
                Poll::Ready(self.trailers.take().map(|trailers| Ok(Frame::trailers(trailers))))
            }
            Poll::Pending => Poll::Pending,
        }
    }

    fn is_end(&self) -> bool {
        self.left == 0 && self.trailers.is_none()
    }
}

impl Body for RequestBody {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        let this = self.get_mut();
        if let Some(meter) = this.meter_ref() {
            meter.waiting.register(cx.waker());
            if meter.ended.load(Ordering::Acquire) {
                return Poll::Ready(Some(Err(BodyError::Ended)));
            }
        }
        let (polled, is_end, meter) = match this {
            Self::Empty => return Poll::Ready(None),
            Self::Streamed { body, meter } => {
                let polled = Pin::new(&mut *body).poll_frame(cx).map_err(BodyError::Agent);
                (polled, body.is_end_stream(), meter)
            }
            Self::Held(held) => (held.poll(cx), held.is_end(), &mut held.meter),
            Self::Spooled(spooled) => (spooled.poll(cx), spooled.is_end(), &mut spooled.meter),
        };
        match &polled {
            Poll::Ready(Some(Ok(frame))) => {
                if let Some(data) = frame.data_ref() {
                    meter.bytes.fetch_add(data.len() as u64, Ordering::Relaxed);
                }
                if is_end {
                    meter.done.store(true, Ordering::Release);
                }
            }
            Poll::Ready(Some(Err(error))) => {
                meter.broken.store(matches!(error, BodyError::Agent(_)), Ordering::Release);
                meter.done.store(true, Ordering::Release);
            }
            Poll::Ready(None) => meter.done.store(true, Ordering::Release),
            Poll::Pending => {}
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Self::Empty => true,
            Self::Streamed { body, .. } => body.is_end_stream(),
            Self::Held(held) => held.is_end(),
            Self::Spooled(spooled) => spooled.is_end(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Empty => SizeHint::with_exact(0),
            Self::Streamed { body, .. } => body.size_hint(),
            Self::Held(held) => {
                let mut hint = held.rest.as_ref().map_or(SizeHint::with_exact(0), Body::size_hint);
                let first = held.first.len() as u64;
                let upper = hint.upper().map(|upper| upper + first);
                hint = SizeHint::new();
                hint.set_lower(first);
                if let Some(upper) = upper.filter(|_| held.trailers.is_none()) {
                    hint.set_upper(upper);
                    if held.rest.as_ref().is_none_or(|rest| rest.size_hint().exact().is_some()) {
                        hint.set_lower(upper);
                    }
                }
                hint
            }
            Self::Spooled(spooled) if spooled.trailers.is_none() => SizeHint::with_exact(spooled.left),
            Self::Spooled(_) => SizeHint::default(),
        }
    }
}

const PIECES_AHEAD: usize = 2;
