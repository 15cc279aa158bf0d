//! An exchange: one request of an agent, from its head to its answer. The order of the steps is the security.

use std::sync::Arc;

use http::header::{CONTENT_LENGTH, TRANSFER_ENCODING};
use http::{Method, Request, Response, StatusCode};
use hyper::body::Incoming;
use onecli_app::live::snapshot::AgentEntry;
use onecli_domain::activity::Protocol;
use onecli_domain::target::Target;
use onecli_domain::verdict::{Permit, Refusal};

use crate::exchange::authorize::{Authorized, Halt, authorize};
use crate::exchange::challenge::Challenge;
use crate::exchange::error_response::{Stop, health};
use crate::exchange::record::RecordBuilder;
use crate::exchange::response_body::{ResponseBody, Streamed};
use crate::exchange::target::BadTarget;
use crate::exchange::{authenticate, rate_limit_headers, target, upgrade};
use crate::outgoing::request_body::RequestBody;
use crate::outgoing::{hop_headers, inject};
use crate::session::REFUSED;
use crate::session::Session;
use crate::slot::Slot;
use crate::state::GatewayState;
use crate::upstream::{Connection, DialError, SendError, UpstreamResponse};

/// Answers a request, whatever it is.
pub(crate) async fn handle(
    state: Arc<GatewayState>,
    session: Session,
    request: Request<Incoming>,
) -> Response<ResponseBody> {
    if request.method().as_str() == REFUSED {
        let detail =
            session.wire.as_ref().and_then(|wire| wire.refusal.get().copied()).unwrap_or("it is malformed");
        return refuse_unread(&state, &session, &Stop::BadRequest(detail.into())).await;
    }
    if session.tunnel.is_none() && request.uri().scheme().is_none() {
        return answer_itself(&state, &request);
    }
    let agent = match &session.tunnel {
        // Looked up anew: a token that was revoked, replaced or suspended meanwhile serves no more.
        Some(tunnel) => state.app.agent(&tunnel.token),
        None => authenticate::agent(&state.app, request.headers()).map(|(_, agent)| agent),
    };
    let Some(agent) = agent else { return stop_unrecorded(&state, &Stop::Unauthenticated) };
    let Some(slot) = Slot::take(&state.requests, state.config.most_requests) else {
        return stop_unrecorded(&state, &Stop::Overloaded);
    };
    let Ok(permit) = state.app.reserve().await else { return stop_unrecorded(&state, &Stop::Unrecorded) };
    let mut record = RecordBuilder::begin(
        permit,
        state.app.new_activity_id(),
        state.app.now(),
        &agent,
        session.wire.clone(),
        slot,
    );
    record.note_method(request.method().as_str());
    if request.version() == http::Version::HTTP_2 {
        record.note_protocol(Protocol::Http2);
    }

    let method = request.method().clone();
    let target = match read_target(&session, &request, &agent) {
        Ok(target) => target,
        Err(stop) => {
            if let Some(tunnel) = &session.tunnel {
                record.note_authority(format!("{}:{}", tunnel.host, tunnel.port));
            }
            return refuse(&state, &stop, method.as_str(), None, record);
        }
    };
    record.note_target(&target);
    let outcome = if upgrade::is_websocket(&request) {
        upgrade::forward(&state, &agent, &target, request, record).await
    } else {
        forward(&state, &agent, &target, request, record).await
    };
    match outcome {
        Ok(response) => response,
        Err((stop, record)) => {
            // Cut off for what the agent sent: that is no fault of the upstream.
            let malformed = session.wire.as_ref().and_then(|wire| wire.refused_body());
            let stop = match (stop, malformed) {
                (Stop::Unanswered(SendError::Broken(_)), Some(detail)) => Stop::BadRequest(detail.into()),
                (stop, _) => stop,
            };
            refuse(&state, &stop, method.as_str(), Some(&target), *record)
        }
    }
}

/// Ends a request that was refused before it was read. Within a tunnel it is known whose it is.
async fn refuse_unread(state: &GatewayState, session: &Session, stop: &Stop) -> Response<ResponseBody> {
    let Some((tunnel, agent)) =
        session.tunnel.as_ref().and_then(|tunnel| Some((tunnel, state.app.agent(&tunnel.token)?)))
    else {
        return stop_unrecorded(state, stop);
    };
    let Some(slot) = Slot::take(&state.requests, state.config.most_requests) else {
        return stop_unrecorded(state, stop);
    };
    let Ok(permit) = state.app.reserve().await else { return stop_unrecorded(state, stop) };
    let wire = session.wire.clone();
    let mut record =
        RecordBuilder::begin(permit, state.app.new_activity_id(), state.app.now(), &agent, wire, slot);
    record.note_method("-");
    record.note_authority(format!("{}:{}", tunnel.host, tunnel.port));
    refuse(state, stop, "-", None, record)
}

/// The straight road: decide, dial, open, inject, send.
async fn forward(
    state: &GatewayState,
    agent: &Arc<AgentEntry>,
    target: &Target,
    request: Request<Incoming>,
    mut record: RecordBuilder,
) -> Result<Response<ResponseBody>, Halt> {
    let mut request = request.map(RequestBody::new);
    // Before anything is judged: what `Connection` names doesn't go out, so rules don't see it either.
    hop_headers::strip_request(request.headers_mut());
    let way = match authorize(state, agent, target, &mut request, &mut record, false).await {
        Ok(way) => way,
        Err(stop) => return Err((stop, Box::new(record))),
    };
    let Authorized { grant, connection, agent } = way;
    match send(state, &agent, target, request, &grant, connection, &mut record).await {
        Ok((answered, challenge)) => {
            let mut response = stream_response(state, &agent, target, answered, challenge, record).await;
            if state.config.rate_limit_headers {
                rate_limit_headers::set(response.headers_mut(), grant.counts());
            }
            Ok(response)
        }
        Err(stop) => {
            if !matches!(stop, Stop::Unanswered(_)) {
                record.note_nothing_sent();
            }
            Err((stop, Box::new(record)))
        }
    }
}

/// Opens the secrets, puts them into the request, and sends it: once more where nobody can have received it.
async fn send(
    state: &GatewayState,
    agent: &AgentEntry,
    target: &Target,
    request: Request<RequestBody>,
    grant: &Permit,
    connection: Connection,
    record: &mut RecordBuilder,
) -> Result<(UpstreamResponse, Challenge), Stop> {
    let credentials =
        state.app.open(agent, grant).map_err(|error| Stop::CredentialUnavailable(error.name))?;
    let challenge = Challenge::of(request.headers(), target, grant);
    let replay = Replay::of(&request);
    let timeout_after = state.config.upstream_timeout;
    let meter = request.body().meter();
    let cleared = inject::apply(&credentials, request, target)?;
    record.note_departure(meter);

    let reused = connection.is_reused();
    let answered = match (connection.send(cleared, timeout_after).await, &replay) {
        (Err(SendError::Unsent(request)), _) => {
            let connection = state.upstream.dial_new(target).await.map_err(Stop::Undialled)?;
            connection.resend(*request, timeout_after).await
        }
        // The upstream closed an idle connection the moment it was taken from the pool (RFC 9112 §9.3.1).
        (Err(SendError::Broken(error)), Some(replay)) if reused && !error.is_parse() => {
            let connection = state.upstream.dial_new(target).await.map_err(Stop::Undialled)?;
            connection.send(inject::apply(&credentials, replay.request(), target)?, timeout_after).await
        }
        (outcome, _) => outcome,
    };
    let answered = answered.map_err(Stop::Unanswered)?;
    if let Some(what) = doubt(&answered) {
        return Err(Stop::Undialled(DialError::Protocol(what.into())));
    }
    if answered.response.status() == StatusCode::UNAUTHORIZED
        && let Some(replay) = &replay
        && let Some(previous) = state.app.open_previous(agent, grant)
        && let Ok(connection) = state.upstream.dial(target).await
        && let Ok(second) =
            connection.send(inject::apply(&previous, replay.request(), target)?, timeout_after).await
    {
        return Ok((second, challenge));
    }
    Ok((answered, challenge))
}

/// What makes an answer one that two readers could read differently.
fn doubt(answered: &UpstreamResponse) -> Option<&'static str> {
    let headers = answered.response.headers();
    if answered.response.status() == StatusCode::SWITCHING_PROTOCOLS {
        Some("the upstream switched to a protocol that it was not asked for")
    } else if headers.contains_key(TRANSFER_ENCODING) && headers.contains_key(CONTENT_LENGTH) {
        // RFC 9112 §6.3 calls it an attempt at response splitting.
        Some("the answer has both Content-Length and Transfer-Encoding")
    } else {
        None
    }
}

/// Passes an answer down as it arrives.
async fn stream_response(
    state: &GatewayState,
    agent: &AgentEntry,
    target: &Target,
    answered: UpstreamResponse,
    challenge: Challenge,
    mut record: RecordBuilder,
) -> Response<ResponseBody> {
    let (mut head, body) = answered.response.into_parts();
    hop_headers::strip_response(&mut head.headers);
    head.version = http::Version::HTTP_11;
    record.note_status(head.status.as_u16());
    let mut streamed = Streamed {
        first: None,
        body,
        _stream: answered.stream,
        record,
        timeout_after: state.config.idle_timeout,
        alarm: None,
    };
    if challenge.concerns(&head) {
        let withheld = state.app.withheld(agent, target);
        match challenge.explain(state, agent.id, target, withheld.as_deref(), &mut head, streamed).await {
            Ok((bytes, record)) => return Response::from_parts(head, ResponseBody::Recorded(bytes, record)),
            Err(unchanged) => streamed = *unchanged,
        }
    }
    Response::from_parts(head, ResponseBody::Streamed(Box::new(streamed)))
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

fn read_target(session: &Session, request: &Request<Incoming>, agent: &AgentEntry) -> Result<Target, Stop> {
    if agent.suspended {
        return Err(Stop::Suspended);
    }
    let is_plain_connect =
        request.method() == Method::CONNECT && request.extensions().get::<hyper::ext::Protocol>().is_none();
    if is_plain_connect {
        return Err(Stop::BadRequest("a tunnel within a tunnel is not served".into()));
    }
    target::read(session, request).map_err(|bad| match bad {
        BadTarget::Mismatch => Stop::Mismatch,
        BadTarget::Authority(_) | BadTarget::Path(_) | BadTarget::Malformed(_) => {
            Stop::BadRequest(bad.to_string())
        }
    })
}

/// Requests to the gateway itself.
fn answer_itself(state: &GatewayState, request: &Request<Incoming>) -> Response<ResponseBody> {
    if request.method() == Method::GET && request.uri().path() == "/healthz" {
        return health(&state.config.version).map(ResponseBody::BufferedBody);
    }
    let what = "this is a proxy: requests through it carry a whole URL, or go through a CONNECT tunnel";
    stop_unrecorded(state, &Stop::BadRequest(what.into()))
}

/// Ends a request that is nobody's: there is no agent whose activity it could be.
pub(crate) fn stop_unrecorded(state: &GatewayState, stop: &Stop) -> Response<ResponseBody> {
    stop.reply(&state.config, "", None).into_response(None).map(ResponseBody::BufferedBody)
}

/// Ends a request with an answer of the gateway's own.
pub(crate) fn refuse(
    state: &GatewayState,
    stop: &Stop,
    method: &str,
    target: Option<&Target>,
    mut record: RecordBuilder,
) -> Response<ResponseBody> {
    let reply = stop.reply(&state.config, method, target);
    record.note_error(reply.code);
    record.note_status(reply.status.as_u16());
    tracing::debug!(id = %record.id(), code = reply.code, "refused or failed");
    let id = record.id();
    let mut response =
        reply.into_response(Some(id)).map(|bytes| ResponseBody::Recorded(bytes, Box::new(record)));
    if state.config.rate_limit_headers
        && let Stop::Refused(Refusal::RateLimited { name, rate: Some(rate), retry_after_secs, .. }) = stop
    {
        rate_limit_headers::set_full(response.headers_mut(), name, *rate, *retry_after_secs);
    }
    response
}
