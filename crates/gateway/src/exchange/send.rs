//! Sending: every try of a request goes the same way: authorize, connect, open, inject, send, check.

use http::{Request, StatusCode};
use onecli_app::policy::open_exchange::OpenExchange;
use onecli_app::vault::credentials::Revision;
use onecli_domain::facts::read_overrides;
use onecli_domain::verdict::{Count, Permit};
use smallvec::SmallVec;

use crate::exchange::authorize::{Authorized, Progress, Ready, prepare};
use crate::exchange::challenge::Challenge;
use crate::exchange::check::check;
use crate::exchange::error::{Error, Failure};
use crate::exchange::record::RecordBuilder;
use crate::exchange::subject::Subject;
use crate::exchange::upgrade::Upgrade;
use crate::outgoing::inject::{self, Cleared};
use crate::outgoing::request_body::RequestBody;
use crate::state::GatewayState;
use crate::upstream::{Connection, DialError, SendError, Unanswered, UpstreamResponse};

/// A request that was answered.
pub(crate) struct Answered {
    /// The response's head, with the body still to come.
    pub response: UpstreamResponse,
    /// What let the request out.
    pub open: OpenExchange,
    /// Whether it went out bare.
    pub challenge: Challenge,
    /// The limits that it was counted against.
    pub counts: SmallVec<[Count; 1]>,
    /// Whether one of its secrets has a value from before a recent rotation.
    has_previous: bool,
}

/// Why a try came to nothing.
enum TryError {
    /// The upstream closed an idle connection the moment it was taken from the pool (RFC 9112 §9.3.1).
    StaleConnection(Error),
    /// Nothing else is to be tried.
    Final(Error),
}

/// A request on its way out: what its tries have in common.
pub(crate) struct Sender<'a> {
    /// The gateway.
    pub state: &'a GatewayState,
    /// Whose it is, and where it goes.
    pub subject: &'a Subject,
    /// Whether it may change the protocol.
    pub upgrade: Option<&'a Upgrade>,
    /// What becomes known.
    pub record: &'a mut RecordBuilder,
    /// Approvals and counts so far.
    pub progress: Progress,
    /// Whether it authenticates the connection on which it goes out.
    pub authenticates: bool,
}

/// Where a connection comes from.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Dial {
    Pooled,
    New,
}

impl Sender<'_> {
    /// Sends a request: once more where nobody can have received it, or where the upstream doesn't know a secret's new value
    /// yet. A request that was refused before it was sent is left in `request`.
    pub(crate) async fn send(mut self, request: &mut Request<RequestBody>) -> Result<Answered, Error> {
        let ready = self.prepare(request, Revision::Current, Dial::Pooled).await?;
        let replay = Replay::of(request);
        let first = self.attempt(ready, std::mem::take(request)).await;
        // What few requests need is boxed: otherwise every connection would keep room for it.
        let answered = match (first, &replay) {
            (Ok(answered), _) => answered,
            (Err(TryError::StaleConnection(_)), Some(replay)) => {
                Box::pin(self.again(replay, Revision::Current, Dial::New)).await?
            }
            (Err(TryError::StaleConnection(error) | TryError::Final(error)), _) => return Err(error),
        };
        let Some(replay) = replay.filter(|_| answered.needs_previous()) else { return Ok(answered) };
        // What the new value got stands, unless the old one gets something.
        Ok(Box::pin(self.again(&replay, Revision::Previous, Dial::Pooled)).await.unwrap_or(answered))
    }

    async fn again(&mut self, replay: &Replay, revision: Revision, dial: Dial) -> Result<Answered, Error> {
        let mut request = replay.request();
        let ready = self.prepare(&mut request, revision, dial).await?;
        self.attempt(ready, request).await.map_err(|error| match error {
            TryError::StaleConnection(error) | TryError::Final(error) => error,
        })
    }

    async fn prepare(
        &mut self,
        request: &mut Request<RequestBody>,
        revision: Revision,
        dial: Dial,
    ) -> Result<Ready, Error> {
        let (state, subject) = (self.state, self.subject);
        let connect = connect(state, subject, self.upgrade.is_some(), self.authenticates, dial);
        prepare(state, subject, request, revision, &mut self.progress, self.record, connect).await
    }

    async fn attempt(&mut self, ready: Ready, request: Request<RequestBody>) -> Result<Answered, TryError> {
        let Ready { authorized: Authorized { agent, permit }, connection, credentials } = ready;
        let target = &self.subject.target;
        let challenge = Challenge::of(request.headers(), target, &permit);
        let overrides = read_overrides(target, |name| {
            request.headers().get_all(name).iter().filter_map(|value| value.to_str().ok())
        });
        let approved = self.progress.approved.clone();
        let open = OpenExchange::new(&agent, target, request.method().as_str(), overrides, &permit, approved);
        let is_reused = connection.is_reused();
        let cleared =
            inject::apply(&credentials, request, target).map_err(|error| TryError::Final(error.into()))?;
        drop(credentials);
        let outcome = match self.transmit(connection, cleared, &permit, &open).await {
            Err(Unanswered::Unsent(cleared)) => {
                self.record.note_not_sent();
                Box::pin(self.resend(*cleared, &permit, &open)).await.map_err(TryError::Final)?
            }
            outcome => outcome,
        };
        let response = match outcome {
            Ok(response) => response,
            Err(Unanswered::Failed(SendError::Broken(error))) if is_reused && !error.is_parse() => {
                return Err(TryError::StaleConnection(Failure::Send(SendError::Broken(error)).into()));
            }
            Err(Unanswered::Failed(error)) => return Err(TryError::Final(Failure::Send(error).into())),
            Err(Unanswered::Withdrawn(withdrawn)) => return Err(TryError::Final(withdrawn.into())),
            Err(Unanswered::Unsent(_)) => {
                self.record.note_not_sent();
                let error = DialError::Protocol("the connection closed before the request was sent".into());
                return Err(TryError::Final(error.into()));
            }
        };
        let offered = self.upgrade.map(|upgrade| &upgrade.offered);
        let most = self.state.config.most_header_bytes;
        let response = check(response, offered, most).map_err(|failure| TryError::Final(failure.into()))?;
        let has_previous = self.state.app.has_previous(&agent, &permit);
        let counts = permit.counts().iter().cloned().collect();
        Ok(Answered { response, open, challenge, counts, has_previous })
    }

    /// Sends what came back unsent, on a new connection, if it still may go out.
    async fn resend(
        &mut self,
        cleared: Cleared,
        permit: &Permit,
        open: &OpenExchange,
    ) -> Result<Result<UpstreamResponse, Unanswered<onecli_app::policy::open_exchange::Withdrawn>>, Error>
    {
        let connection =
            connect(self.state, self.subject, self.upgrade.is_some(), self.authenticates, Dial::New).await?;
        self.state.app.still_permits(open)?;
        Ok(self.transmit(connection, cleared, permit, open).await)
    }

    /// Hands a cleared request to a connection. From here on its secrets count as having left.
    async fn transmit(
        &mut self,
        connection: Connection,
        cleared: Cleared,
        permit: &Permit,
        open: &OpenExchange,
    ) -> Result<UpstreamResponse, Unanswered<onecli_app::policy::open_exchange::Withdrawn>> {
        self.record.note_departure(permit, cleared.meter());
        connection
            .send(cleared, self.state.config.upstream_timeout, self.state.app.until_withdrawn(open))
            .await
    }
}

async fn connect(
    state: &GatewayState,
    subject: &Subject,
    for_upgrade: bool,
    authenticates: bool,
    dial: Dial,
) -> Result<Connection, DialError> {
    let (target, caller) = (&subject.target, &subject.caller);
    match dial {
        _ if for_upgrade => Box::pin(state.upstream.dial_upgrade(target, caller)).await,
        Dial::Pooled => state.upstream.dial(target, caller, authenticates).await,
        Dial::New => state.upstream.dial_new(target, caller, authenticates).await,
    }
}

impl Answered {
    /// Whether the upstream may not know a new value yet.
    fn needs_previous(&self) -> bool {
        self.has_previous && self.response.response.status() == StatusCode::UNAUTHORIZED
    }
}

/// What it takes to send a request again. Only requests without a body that may come twice have one.
struct Replay(http::request::Parts);

impl Replay {
    fn of(request: &Request<RequestBody>) -> Option<Self> {
        let idempotent = request.method().is_idempotent() && matches!(request.body(), RequestBody::Empty);
        idempotent.then(|| {
            let mut copy = Request::new(());
            request.method().clone_into(copy.method_mut());
            request.uri().clone_into(copy.uri_mut());
            request.headers().clone_into(copy.headers_mut());
            Self(copy.into_parts().0)
        })
    }

    fn request(&self) -> Request<RequestBody> {
        Request::from_parts(self.0.clone(), RequestBody::Empty)
    }
}
