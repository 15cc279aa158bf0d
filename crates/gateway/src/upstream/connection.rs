//! A connection to an upstream, ready for one request.

use std::pin::pin;
use std::sync::atomic::Ordering;
use std::time::Duration;

use http::{Response, StatusCode};
use hyper::upgrade::OnUpgrade;
use tokio::time::Instant;

use super::h1::{H1, PoolSlot, UpstreamBody};
use super::h2::{H2, Stream};
use crate::outgoing::inject::Cleared;

/// A connection to an upstream, ready for one request.
pub(crate) struct Connection {
    kind: Kind,
    /// Whether others used it before: then the upstream may have just closed it.
    reused: bool,
}

enum Kind {
    H1(Box<H1>, PoolSlot),
    /// HTTP/1.1 on a connection of its own, whose response may turn it into something else.
    Upgrade(Box<H1>),
    H2(H2),
}

/// The head of an upstream's response, with the body still to come.
pub(crate) struct UpstreamResponse {
    /// The response.
    pub response: Response<UpstreamBody>,
    /// Keeps the count of an HTTP/2 connection's streams.
    pub stream: Option<Stream>,
    /// The connection, where the response says that it becomes something else and the request asked for that.
    pub upgraded: Option<OnUpgrade>,
}

/// Why there is no response.
#[derive(Debug)]
pub(crate) enum SendError {
    /// The agent broke off its body.
    Agent,
    /// The connection broke before a byte of the response came.
    Broken(hyper::Error),
    /// The upstream took too long.
    Timeout,
}

/// A request that ended without a response.
pub(crate) enum Unanswered<W> {
    /// It never left, and can go out on another connection.
    Unsent(Box<Cleared>),
    /// It may have arrived.
    Failed(SendError),
    /// What let it out was taken away meanwhile.
    Withdrawn(W),
}

impl Connection {
    pub(super) fn http1(h1: Box<H1>, pool_slot: PoolSlot, reused: bool) -> Self {
        Self { kind: Kind::H1(h1, pool_slot), reused }
    }

    pub(super) fn upgrade(h1: Box<H1>, reused: bool) -> Self {
        Self { kind: Kind::Upgrade(h1), reused }
    }

    pub(super) fn http2(h2: H2, reused: bool) -> Self {
        Self { kind: Kind::H2(h2), reused }
    }

    /// Whether others used it before.
    pub(crate) fn is_reused(&self) -> bool {
        self.reused
    }

    /// Sends a request that was decided about, the only thing that can be sent, and waits for the head of its response.
    /// Ends early once `withdrawn` is ready, which is asked only where the response takes a while.
    pub(crate) async fn send<W>(
        self,
        cleared: Cleared,
        timeout: Duration,
        withdrawn: impl Future<Output = W>,
    ) -> Result<UpstreamResponse, Unanswered<W>> {
        let meter = cleared.meter();
        let (request, clearance) = cleared.into_request(matches!(self.kind, Kind::H2(_)));
        let sending = async {
            match self.kind {
                Kind::H1(h1, pool_slot) => h1
                    .send(request, pool_slot)
                    .await
                    .map(|response| UpstreamResponse { response, stream: None, upgraded: None }),
                Kind::Upgrade(h1) => Box::pin(h1.send_upgrade(request)).await.map(|mut response| {
                    let switched = response.status() == StatusCode::SWITCHING_PROTOCOLS;
                    let upgraded = switched.then(|| hyper::upgrade::on(&mut response));
                    UpstreamResponse {
                        response: response.map(UpstreamBody::detached),
                        stream: None,
                        upgraded,
                    }
                }),
                Kind::H2(h2) => h2.send(request).await.map(|(response, stream)| UpstreamResponse {
                    response: response.map(UpstreamBody::detached),
                    stream: Some(stream),
                    upgraded: None,
                }),
            }
        };
        let (mut sending, mut withdrawn) = (pin!(sending), pin!(withdrawn));
        let began = Instant::now();
        let mut sleep = pin!(tokio::time::sleep_until(began + timeout.min(FIRST_LOOK)));
        let mut watched = false;
        let (mut uploaded, mut deadline) = (0, began + timeout);
        loop {
            tokio::select! {
                biased;
                outcome = &mut sending => return outcome.map_err(|(error, message)| match message {
                    Some(request) => Unanswered::Unsent(Box::new(Cleared::unsent(request, clearance))),
                    None if meter.is_some_and(|meter| meter.broken.load(Ordering::Acquire)) => {
                        Unanswered::Failed(SendError::Agent)
                    }
                    None => Unanswered::Failed(SendError::Broken(error)),
                }),
                what = &mut withdrawn, if watched => return Err(Unanswered::Withdrawn(what)),
                () = &mut sleep => {
                    watched = true;
                    // An upload may take as long as it moves; the upstream's time runs from its end.
                    let now = meter.as_ref().map_or(0, |meter| meter.bytes.load(Ordering::Relaxed));
                    if now != uploaded {
                        uploaded = now;
                        deadline = Instant::now() + timeout;
                    }
                    if Instant::now() >= deadline {
                        return Err(Unanswered::Failed(SendError::Timeout));
                    }
                    sleep.as_mut().reset(deadline);
                }
            }
        }
    }
}

/// How long a response may take before it is looked whether what let the request out still stands: most are there sooner,
/// and cost nothing more.
const FIRST_LOOK: Duration = Duration::from_millis(300);
