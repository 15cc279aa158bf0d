//! Answers on their way down: passed on as they arrive, counted, and recorded when they end.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use tokio::time::{Instant, Sleep, sleep};

use crate::exchange::record::RecordBuilder;
use crate::upstream::{Stream, UpstreamBody};

/// The body of an answer.
pub(crate) enum ResponseBody {
    /// Made by the gateway.
    BufferedBody(Bytes),
    /// Made by the gateway, for a request that is recorded.
    Recorded(Bytes, Box<RecordBuilder>),
    /// As the upstream sends it.
    Streamed(Box<Streamed>),
}

/// As the upstream sends it.
pub(crate) struct Streamed {
    /// What was already read of it.
    pub first: Option<Bytes>,
    /// The rest.
    pub body: UpstreamBody,
    /// Keeps the count of an HTTP/2 connection's streams.
    pub _stream: Option<Stream>,
    /// What becomes known.
    pub record: RecordBuilder,
    /// How long the upstream may be silent.
    pub timeout_after: Duration,
    /// Set while it is.
    pub alarm: Option<Pin<Box<Sleep>>>,
}

impl ResponseBody {
    /// Takes away what the gateway itself would say. What is recorded stays.
    pub(crate) fn clear_own(&mut self) {
        match self {
            Self::BufferedBody(bytes) | Self::Recorded(bytes, _) => bytes.clear(),
            Self::Streamed(_) => {}
        }
    }
}

impl Body for ResponseBody {
    type Data = Bytes;
    type Error = Box<dyn std::error::Error + Send + Sync>;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        match self.get_mut() {
            Self::BufferedBody(bytes) => Poll::Ready(take(bytes).map(|bytes| Ok(Frame::data(bytes)))),
            Self::Recorded(bytes, record) => Poll::Ready(take(bytes).map(|bytes| {
                record.count_down(bytes.len());
                Ok(Frame::data(bytes))
            })),
            Self::Streamed(streamed) => streamed.poll_frame(cx),
        }
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Self::BufferedBody(bytes) | Self::Recorded(bytes, _) => bytes.is_empty(),
            Self::Streamed(streamed) => streamed.first.is_none() && streamed.body.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::BufferedBody(bytes) | Self::Recorded(bytes, _) => SizeHint::with_exact(bytes.len() as u64),
            Self::Streamed(streamed) if streamed.first.is_none() => streamed.body.size_hint(),
            Self::Streamed(_) => SizeHint::default(),
        }
    }
}

impl Streamed {
    #[allow(clippy::type_complexity, reason = "the trait's own type, spelled out")]
    fn poll_frame(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Box<dyn std::error::Error + Send + Sync>>>> {
        if let Some(bytes) = self.first.take() {
            self.record.count_down(bytes.len());
            return Poll::Ready(Some(Ok(Frame::data(bytes))));
        }
        match Pin::new(&mut self.body).poll_frame(cx) {
            Poll::Ready(Some(Ok(frame))) => {
                if let Some(data) = frame.data_ref() {
                    self.record.count_down(data.len());
                }
                if let Some(alarm) = &mut self.alarm {
                    alarm.as_mut().reset(Instant::now() + self.timeout_after);
                }
                Poll::Ready(Some(Ok(frame)))
            }
            Poll::Ready(Some(Err(error))) => {
                self.record.note_error("upstream_unreachable");
                Poll::Ready(Some(Err(error.into())))
            }
            Poll::Ready(None) => Poll::Ready(None),
            Poll::Pending => {
                let timeout_after = self.timeout_after;
                let alarm = self.alarm.get_or_insert_with(|| Box::pin(sleep(timeout_after)));
                if alarm.as_mut().poll(cx).is_ready() {
                    self.record.note_error("upstream_timeout");
                    return Poll::Ready(Some(Err("the upstream was silent for too long".into())));
                }
                Poll::Pending
            }
        }
    }
}

fn take(bytes: &mut Bytes) -> Option<Bytes> {
    if bytes.is_empty() { None } else { Some(std::mem::take(bytes)) }
}
