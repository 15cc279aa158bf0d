//! The body of a response on its way down: passed on as it arrives, counted, and recorded when it ends. A watchdog ends it
//! where the upstream falls silent, the agent stops reading, or what let the request out is taken away.

use std::pin::Pin;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use onecli_app::policy::open_exchange::OpenExchange;
use tokio::task::AbortHandle;

use crate::exchange::record::RecordBuilder;
use crate::outgoing::request_body::Meter;
use crate::state::GatewayState;
use crate::upstream::{Stream, UpstreamBody};

/// The body of a response.
pub(crate) enum ResponseBody {
    /// Made by the gateway.
    Whole(Bytes),
    /// Made by the gateway, for a request that is recorded.
    Recorded(Bytes, Box<RecordBuilder>),
    /// As the upstream sends it.
    Streamed(Streamed),
}

/// As the upstream sends it.
pub(crate) struct Streamed {
    flow: Arc<Flow>,
    /// What was already read of it.
    first: Option<Bytes>,
    /// How many frames came so far.
    frames: u32,
    state: Arc<GatewayState>,
    /// Set once the response takes a while. Most are over before.
    watchdog: Option<Watchdog>,
}

/// An upstream's body, what becomes known of it, and what let its request out.
pub(crate) struct Source {
    /// The body.
    pub body: UpstreamBody,
    /// Keeps the count of an HTTP/2 connection's streams.
    pub _stream: Option<Stream>,
    /// The record.
    pub record: RecordBuilder,
}

/// What the body and its watchdog share.
struct Flow {
    open: OpenExchange,
    /// Whether the upstream may be silent for as long as it likes: an event stream.
    may_be_silent: bool,
    inner: Mutex<Inner>,
}

struct Inner {
    phase: Phase,
    /// Whether anything moved since the watchdog looked last.
    moved: bool,
    /// Whether the agent waits for the upstream, and not the other way round.
    waits_for_upstream: bool,
    /// Who is to be told when the watchdog ends it.
    waker: Option<Waker>,
}

enum Phase {
    Flowing(Box<Source>),
    Cut(&'static str),
    Over,
}

struct Watchdog(AbortHandle);

impl Drop for Watchdog {
    fn drop(&mut self) {
        self.0.abort();
    }
}

type BoxError = Box<dyn std::error::Error + Send + Sync>;

impl ResponseBody {
    /// Takes away what the gateway itself would say. What is recorded stays.
    pub(crate) fn clear_own(&mut self) {
        match self {
            Self::Whole(bytes) | Self::Recorded(bytes, _) => bytes.clear(),
            Self::Streamed(_) => {}
        }
    }
}

impl Streamed {
    /// Passes an upstream's body on.
    pub(crate) fn new(
        state: &Arc<GatewayState>,
        source: Source,
        first: Option<Bytes>,
        open: OpenExchange,
        may_be_silent: bool,
    ) -> Self {
        let phase = Phase::Flowing(Box::new(source));
        let inner = Inner { phase, moved: true, waits_for_upstream: true, waker: None };
        let flow = Arc::new(Flow { open, may_be_silent, inner: Mutex::new(inner) });
        Self { flow, first, frames: 0, state: Arc::clone(state), watchdog: None }
    }

    fn poll_frame(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        let mut inner = self.flow.lock();
        let source = match &mut inner.phase {
            Phase::Flowing(source) => source,
            Phase::Cut(why) => {
                let why = *why;
                inner.phase = Phase::Over;
                return Poll::Ready(Some(Err(why.into())));
            }
            Phase::Over => return Poll::Ready(None),
        };
        if let Some(bytes) = self.first.take() {
            source.record.count_down(bytes.len());
            return Poll::Ready(Some(Ok(Frame::data(bytes))));
        }
        match Pin::new(&mut source.body).poll_frame(cx) {
            Poll::Ready(Some(Ok(frame))) => {
                if let Some(data) = frame.data_ref() {
                    source.record.count_down(data.len());
                }
                let is_last = source.body.is_end_stream();
                inner.moved = true;
                inner.waits_for_upstream = false;
                drop(inner);
                self.frames = self.frames.saturating_add(1);
                if self.frames > FRAMES_AT_ONCE && !is_last {
                    self.watch();
                }
                Poll::Ready(Some(Ok(frame)))
            }
            Poll::Ready(Some(Err(error))) => {
                source.record.note_error("upstream_incomplete");
                Poll::Ready(Some(Err(error.into())))
            }
            Poll::Ready(None) => Poll::Ready(None),
            Poll::Pending => {
                inner.waits_for_upstream = true;
                if inner.waker.as_ref().is_none_or(|waker| !waker.will_wake(cx.waker())) {
                    inner.waker = Some(cx.waker().clone());
                }
                drop(inner);
                self.watch();
                Poll::Pending
            }
        }
    }

    fn watch(&mut self) {
        if self.watchdog.is_none() {
            let watching = tokio::spawn(watch(Arc::clone(&self.state), Arc::clone(&self.flow)));
            self.watchdog = Some(Watchdog(watching.abort_handle()));
        }
    }
}

impl Drop for Streamed {
    fn drop(&mut self) {
        // Recorded now, and not when the watchdog gets to notice.
        let phase = std::mem::replace(&mut self.flow.lock().phase, Phase::Over);
        if let Phase::Flowing(source) = phase
            && let Some(upload) = source.record.unfinished_upload()
            && let Ok(runtime) = tokio::runtime::Handle::try_current()
        {
            // The upstream answered before it had the whole request: more of it may still come.
            runtime.spawn(watch_upload(
                Arc::clone(&self.state),
                Arc::clone(&self.flow),
                Arc::downgrade(upload),
            ));
        }
    }
}

impl Flow {
    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Ends the body: what the upstream still sends is not wanted any more, and the record is complete.
    fn cut(&self, code: &str, why: &'static str) {
        let mut inner = self.lock();
        let phase = std::mem::replace(&mut inner.phase, Phase::Cut(why));
        let waker = inner.waker.take();
        drop(inner);
        if let Phase::Flowing(mut source) = phase {
            source.record.note_error(code);
            // An agent that doesn't read the end of its response must not go on sending.
            if let Some(upload) = source.record.unfinished_upload() {
                upload.end();
            }
        }
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    /// What is wrong if nothing has moved for too long.
    fn stalled(&self) -> Option<(&'static str, &'static str)> {
        let inner = self.lock();
        match (inner.waits_for_upstream, self.may_be_silent) {
            (true, true) => None,
            (true, false) => Some(("upstream_timeout", "the upstream was silent for too long")),
            (false, _) => Some(("agent_stalled", "the agent did not read for too long")),
        }
    }
}

/// Ends a body that goes nowhere any more, or may not go on.
async fn watch(state: Arc<GatewayState>, flow: Arc<Flow>) {
    let step = (state.config.idle_timeout / STEPS).max(Duration::from_millis(10));
    let mut withdrawn = std::pin::pin!(state.app.until_withdrawn(&flow.open));
    let mut still = 0;
    loop {
        tokio::select! {
            biased;
            what = &mut withdrawn => {
                flow.cut("withdrawn", "what let the request out was taken away");
                tracing::info!(%what, "a response was cut off");
                return;
            }
            () = tokio::time::sleep(step) => {
                still = if std::mem::take(&mut flow.lock().moved) { 0 } else { still + 1 };
                if still >= STEPS && let Some((code, why)) = flow.stalled() {
                    return flow.cut(code, why);
                }
            }
        }
    }
}

/// Ends what an agent still sends behind the end of its response, once what let the request out is taken away.
async fn watch_upload(state: Arc<GatewayState>, flow: Arc<Flow>, upload: Weak<Meter>) {
    let mut withdrawn = std::pin::pin!(state.app.until_withdrawn(&flow.open));
    loop {
        let ended = tokio::select! {
            biased;
            _ = &mut withdrawn => true,
            () = tokio::time::sleep(UPLOAD_LOOK) => false,
        };
        match upload.upgrade() {
            Some(upload) if ended => return upload.end(),
            Some(upload) if !upload.done.load(Ordering::Acquire) => {}
            Some(_) | None => return,
        }
    }
}

impl Body for ResponseBody {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        match self.get_mut() {
            Self::Whole(bytes) => Poll::Ready(take(bytes).map(|bytes| Ok(Frame::data(bytes)))),
            Self::Recorded(bytes, record) => Poll::Ready(take(bytes).map(|bytes| {
                record.count_down(bytes.len());
                Ok(Frame::data(bytes))
            })),
            Self::Streamed(streamed) => streamed.poll_frame(cx),
        }
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Self::Whole(bytes) | Self::Recorded(bytes, _) => bytes.is_empty(),
            Self::Streamed(streamed) => {
                streamed.first.is_none()
                    && match &streamed.flow.lock().phase {
                        Phase::Flowing(source) => source.body.is_end_stream(),
                        Phase::Cut(_) => false,
                        Phase::Over => true,
                    }
            }
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Whole(bytes) | Self::Recorded(bytes, _) => SizeHint::with_exact(bytes.len() as u64),
            Self::Streamed(streamed) if streamed.first.is_none() => match &streamed.flow.lock().phase {
                Phase::Flowing(source) => source.body.size_hint(),
                Phase::Cut(_) | Phase::Over => SizeHint::default(),
            },
            Self::Streamed(_) => SizeHint::default(),
        }
    }
}

fn take(bytes: &mut Bytes) -> Option<Bytes> {
    if bytes.is_empty() { None } else { Some(std::mem::take(bytes)) }
}

/// How often it is looked whether an upload is over that outlasts its response.
const UPLOAD_LOOK: Duration = Duration::from_secs(1);
/// How often the watchdog looks within the idle time.
const STEPS: u32 = 4;
/// A response of no more frames than this has usually been read at once.
const FRAMES_AT_ONCE: u32 = 2;
