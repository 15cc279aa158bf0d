//! A line: a connection to an upstream, ready for one request.

use std::pin::pin;
use std::sync::atomic::Ordering;
use std::time::Duration;

use http::{Request, Response};
use hyper::body::Incoming;

use super::h1::{H1, PoolSlot, UpstreamBody};
use super::h2::{H2, Stream};
use crate::outgoing::inject::Cleared;
use crate::outgoing::request_body::RequestBody;

/// A connection to an upstream, ready for one request.
pub(crate) struct Connection {
    kind: Kind,
    /// Whether others used it before: then the upstream may have just closed it.
    reused: bool,
}

enum Kind {
    H1(Box<H1>, PoolSlot),
    H2(H2),
}

/// The head of an upstream's answer, with the body still to come.
pub(crate) struct UpstreamResponse {
    /// The answer.
    pub response: Response<UpstreamBody>,
    /// Keeps the count of an HTTP/2 connection's streams.
    pub stream: Option<Stream>,
}

/// Why there is no answer.
#[derive(Debug)]
pub(crate) enum SendError {
    /// The connection broke before the request left: it can go out on another.
    Unsent(Box<Request<RequestBody>>),
    /// The connection was an old one, and broke before a byte of the answer came.
    Broken(hyper::Error),
    /// The upstream took too long.
    Timeout,
}

impl Connection {
    pub(super) fn http1(h1: Box<H1>, pool_slot: PoolSlot, reused: bool) -> Self {
        Self { kind: Kind::H1(h1, pool_slot), reused }
    }

    pub(super) fn http2(h2: H2, reused: bool) -> Self {
        Self { kind: Kind::H2(h2), reused }
    }

    /// Whether others used it before.
    pub(crate) fn is_reused(&self) -> bool {
        self.reused
    }

    /// Whether the request must name its authority in the pseudo-headers of HTTP/2.
    pub(crate) fn is_http2(&self) -> bool {
        matches!(self.kind, Kind::H2(_))
    }

    /// Sends a request that was decided about. Nothing else can be sent.
    pub(crate) async fn send(
        self,
        cleared: Cleared,
        timeout_after: Duration,
    ) -> Result<UpstreamResponse, SendError> {
        let request = cleared.into_request(self.is_http2());
        self.send_request(request, timeout_after).await
    }

    /// Sends again what came back unsent.
    pub(crate) async fn resend(
        self,
        mut request: Request<RequestBody>,
        timeout_after: Duration,
    ) -> Result<UpstreamResponse, SendError> {
        crate::outgoing::inject::fit_version(&mut request, self.is_http2());
        self.send_request(request, timeout_after).await
    }

    async fn send_request(
        self,
        request: Request<RequestBody>,
        timeout_after: Duration,
    ) -> Result<UpstreamResponse, SendError> {
        let meter = request.body().meter();
        let answered = async {
            match self.kind {
                Kind::H1(h1, pool_slot) => h1
                    .send(request, pool_slot)
                    .await
                    .map(|response| UpstreamResponse { response, stream: None }),
                Kind::H2(h2) => h2.send(request).await.map(|(response, stream)| UpstreamResponse {
                    response: response.map(UpstreamBody::detached),
                    stream: Some(stream),
                }),
            }
        };
        let mut answered = pin!(answered);
        let mut sleep = pin!(tokio::time::sleep(timeout_after));
        let mut uploaded = 0;
        loop {
            tokio::select! {
                biased;
                outcome = &mut answered => return outcome.map_err(|(error, message)| match message {
                    Some(request) => SendError::Unsent(Box::new(request)),
                    None => SendError::Broken(error),
                }),
                () = &mut sleep => {
                    // An upload may take as long as it moves; the upstream's time runs from its end.
                    let now = meter.as_ref().map_or(0, |meter| meter.bytes.load(Ordering::Relaxed));
                    if now == uploaded {
                        return Err(SendError::Timeout);
                    }
                    uploaded = now;
                    sleep.as_mut().reset(tokio::time::Instant::now() + timeout_after);
                }
            }
        }
    }

    /// Sends a request whose answer may turn the connection into something else.
    pub(crate) async fn send_upgrade(
        self,
        cleared: Cleared,
        timeout_after: Duration,
    ) -> Result<Response<Incoming>, SendError> {
        let request = cleared.into_request(false);
        let Kind::H1(h1, _) = self.kind else { return Err(SendError::Timeout) };
        match tokio::time::timeout(timeout_after, h1.send_upgrade(request)).await {
            Ok(outcome) => outcome.map_err(SendError::Broken),
            Err(_) => Err(SendError::Timeout),
        }
    }
}
