//! An exchange: one request of an agent, from its head to its answer. The order of the steps is the security.

use std::sync::Arc;

use http::header::{CONTENT_LENGTH, TRANSFER_ENCODING};
use http::{Method, Request, Response, StatusCode};
use hyper::body::Incoming;
use onecli_app::live::snapshot::AgentEntry;
use onecli_domain::activity::Protocol;
use onecli_domain::target::Target;
use onecli_domain::verdict::{Permit, Refusal};

use crate::answer::{Answer, Streamed};
use crate::challenge::Challenge;
use crate::clearance::{Halt, Way, clear_the_way};
use crate::place::Place;
use crate::refusal::{Stop, health};
use crate::road::Road;
use crate::session::Session;
use crate::strict_io::REFUSED;
use crate::target::BadTarget;
use crate::trip::Trip;
use crate::upload::Upload;
use crate::upstream::{Answered, DialError, Line, SendError};
use crate::{authenticate, hop, inject, rate_headers, target, upgrade};

/// Answers a request, whatever it is.
pub(crate) async fn handle(
    road: Arc<Road>,
    session: Session,
    request: Request<Incoming>,
) -> Response<Answer> {
    if request.method().as_str() == REFUSED {
        let detail =
            session.wire.as_ref().and_then(|wire| wire.refusal.get().copied()).unwrap_or("it is malformed");
        return refuse_unread(&road, &session, &Stop::BadRequest(detail.into())).await;
    }
    if session.tunnel.is_none() && request.uri().scheme().is_none() {
        return answer_itself(&road, &request);
    }
    let agent = match &session.tunnel {
        // Looked up anew: a token that was revoked, replaced or suspended meanwhile serves no more.
        Some(tunnel) => road.app.agent(&tunnel.token),
        None => authenticate::agent(&road.app, request.headers()).map(|(_, agent)| agent),
    };
    let Some(agent) = agent else { return stop_unrecorded(&road, &Stop::Unauthenticated) };
    let Some(place) = Place::take(&road.requests, road.config.most_requests) else {
        return stop_unrecorded(&road, &Stop::Overloaded);
    };
    let Ok(permit) = road.app.reserve().await else { return stop_unrecorded(&road, &Stop::Unrecorded) };
    let mut trip =
        Trip::begin(permit, road.app.new_activity_id(), road.app.now(), &agent, session.wire.clone(), place);
    trip.note_method(request.method().as_str());
    if request.version() == http::Version::HTTP_2 {
        trip.note_protocol(Protocol::Http2);
    }

    let method = request.method().clone();
    let target = match read_target(&session, &request, &agent) {
        Ok(target) => target,
        Err(stop) => {
            if let Some(tunnel) = &session.tunnel {
                trip.note_authority(format!("{}:{}", tunnel.host, tunnel.port));
            }
            return refuse(&road, &stop, method.as_str(), None, trip);
        }
    };
    trip.note_target(&target);
    let outcome = if upgrade::is_websocket(&request) {
        upgrade::travel(&road, &agent, &target, request, trip).await
    } else {
        travel(&road, &agent, &target, request, trip).await
    };
    match outcome {
        Ok(response) => response,
        Err((stop, trip)) => {
            // Cut off for what the agent sent: that is no fault of the upstream.
            let malformed = session.wire.as_ref().and_then(|wire| wire.refused_body());
            let stop = match (stop, malformed) {
                (Stop::Unanswered(SendError::Broken(_)), Some(detail)) => Stop::BadRequest(detail.into()),
                (stop, _) => stop,
            };
            refuse(&road, &stop, method.as_str(), Some(&target), *trip)
        }
    }
}

/// Ends a request that was refused before it was read. Within a tunnel it is known whose it is.
async fn refuse_unread(road: &Road, session: &Session, stop: &Stop) -> Response<Answer> {
    let Some((tunnel, agent)) =
        session.tunnel.as_ref().and_then(|tunnel| Some((tunnel, road.app.agent(&tunnel.token)?)))
    else {
        return stop_unrecorded(road, stop);
    };
    let Some(place) = Place::take(&road.requests, road.config.most_requests) else {
        return stop_unrecorded(road, stop);
    };
    let Ok(permit) = road.app.reserve().await else { return stop_unrecorded(road, stop) };
    let wire = session.wire.clone();
    let mut trip = Trip::begin(permit, road.app.new_activity_id(), road.app.now(), &agent, wire, place);
    trip.note_method("-");
    trip.note_authority(format!("{}:{}", tunnel.host, tunnel.port));
    refuse(road, stop, "-", None, trip)
}

/// The straight road: decide, dial, open, inject, send.
async fn travel(
    road: &Road,
    agent: &Arc<AgentEntry>,
    target: &Target,
    request: Request<Incoming>,
    mut trip: Trip,
) -> Result<Response<Answer>, Halt> {
    let mut request = request.map(Upload::new);
    // Before anything is judged: what `Connection` names doesn't go out, so rules don't see it either.
    hop::strip_request(request.headers_mut());
    let way = match clear_the_way(road, agent, target, &mut request, &mut trip, false).await {
        Ok(way) => way,
        Err(stop) => return Err((stop, Box::new(trip))),
    };
    let Way { grant, line, agent } = way;
    match send(road, &agent, target, request, &grant, line, &mut trip).await {
        Ok((answered, challenge)) => {
            let mut response = pass_down(road, &agent, target, answered, challenge, trip).await;
            if road.config.rate_limit_headers {
                rate_headers::set(response.headers_mut(), grant.counts());
            }
            Ok(response)
        }
        Err(stop) => {
            if !matches!(stop, Stop::Unanswered(_)) {
                trip.note_nothing_sent();
            }
            Err((stop, Box::new(trip)))
        }
    }
}

/// Opens the secrets, puts them into the request, and sends it: once more where nobody can have received it.
async fn send(
    road: &Road,
    agent: &AgentEntry,
    target: &Target,
    request: Request<Upload>,
    grant: &Permit,
    line: Line,
    trip: &mut Trip,
) -> Result<(Answered, Challenge), Stop> {
    let credentials = road.app.open(agent, grant).map_err(|error| Stop::CredentialUnavailable(error.name))?;
    let challenge = Challenge::of(request.headers(), target, grant);
    let spare = Spare::of(&request);
    let patience = road.config.upstream_timeout;
    let meter = request.body().meter();
    let cleared = inject::apply(&credentials, request, target)?;
    trip.note_departure(meter);

    let reused = line.is_reused();
    let answered = match (line.send(cleared, patience).await, &spare) {
        (Err(SendError::Unsent(request)), _) => {
            let line = road.upstream.dial_new(target).await.map_err(Stop::Undialled)?;
            line.resend(*request, patience).await
        }
        // The upstream closed an idle connection the moment it was taken from the pool (RFC 9112 §9.3.1).
        (Err(SendError::Broken(error)), Some(spare)) if reused && !error.is_parse() => {
            let line = road.upstream.dial_new(target).await.map_err(Stop::Undialled)?;
            line.send(inject::apply(&credentials, spare.request(), target)?, patience).await
        }
        (outcome, _) => outcome,
    };
    let answered = answered.map_err(Stop::Unanswered)?;
    if let Some(what) = doubt(&answered) {
        return Err(Stop::Undialled(DialError::Protocol(what.into())));
    }
    if answered.response.status() == StatusCode::UNAUTHORIZED
        && let Some(spare) = &spare
        && let Some(previous) = road.app.open_previous(agent, grant)
        && let Ok(line) = road.upstream.dial(target).await
        && let Ok(second) = line.send(inject::apply(&previous, spare.request(), target)?, patience).await
    {
        return Ok((second, challenge));
    }
    Ok((answered, challenge))
}

/// What makes an answer one that two readers could read differently.
fn doubt(answered: &Answered) -> Option<&'static str> {
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
async fn pass_down(
    road: &Road,
    agent: &AgentEntry,
    target: &Target,
    answered: Answered,
    challenge: Challenge,
    mut trip: Trip,
) -> Response<Answer> {
    let (mut head, body) = answered.response.into_parts();
    hop::strip_response(&mut head.headers);
    head.version = http::Version::HTTP_11;
    trip.note_status(head.status.as_u16());
    let mut streamed = Streamed {
        first: None,
        body,
        _stream: answered.stream,
        trip,
        patience: road.config.idle_timeout,
        alarm: None,
    };
    if challenge.concerns(&head) {
        let withheld = road.app.withheld(agent, target);
        match challenge.explain(road, agent.id, target, withheld.as_deref(), &mut head, streamed).await {
            Ok((bytes, trip)) => return Response::from_parts(head, Answer::Told(bytes, trip)),
            Err(unchanged) => streamed = *unchanged,
        }
    }
    Response::from_parts(head, Answer::Streamed(Box::new(streamed)))
}

/// What it takes to send a request again. Only requests without a body that may come twice have one.
struct Spare(http::request::Parts);

impl Spare {
    fn of(request: &Request<Upload>) -> Option<Self> {
        let idempotent = request.method().is_idempotent() && matches!(request.body(), Upload::Empty);
        idempotent.then(|| {
            let mut copy = Request::new(());
            request.method().clone_into(copy.method_mut());
            request.uri().clone_into(copy.uri_mut());
            request.headers().clone_into(copy.headers_mut());
            Self(copy.into_parts().0)
        })
    }

    fn request(&self) -> Request<Upload> {
        Request::from_parts(self.0.clone(), Upload::Empty)
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
fn answer_itself(road: &Road, request: &Request<Incoming>) -> Response<Answer> {
    if request.method() == Method::GET && request.uri().path() == "/healthz" {
        return health(&road.config.version).map(Answer::Whole);
    }
    let what = "this is a proxy: requests through it carry a whole URL, or go through a CONNECT tunnel";
    stop_unrecorded(road, &Stop::BadRequest(what.into()))
}

/// Ends a request that is nobody's: there is no agent whose activity it could be.
pub(crate) fn stop_unrecorded(road: &Road, stop: &Stop) -> Response<Answer> {
    stop.reply(&road.config, "", None).into_response(None).map(Answer::Whole)
}

/// Ends a request with an answer of the gateway's own.
pub(crate) fn refuse(
    road: &Road,
    stop: &Stop,
    method: &str,
    target: Option<&Target>,
    mut trip: Trip,
) -> Response<Answer> {
    let reply = stop.reply(&road.config, method, target);
    trip.note_error(reply.code);
    trip.note_status(reply.status.as_u16());
    tracing::debug!(id = %trip.id(), code = reply.code, "refused or failed");
    let id = trip.id();
    let mut response = reply.into_response(Some(id)).map(|bytes| Answer::Told(bytes, Box::new(trip)));
    if road.config.rate_limit_headers
        && let Stop::Refused(Refusal::RateLimited { name, rate: Some(rate), retry_after_secs, .. }) = stop
    {
        rate_headers::set_full(response.headers_mut(), name, *rate, *retry_after_secs);
    }
    response
}
