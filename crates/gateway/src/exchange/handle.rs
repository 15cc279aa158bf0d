//! One request of an agent, from its head to its response. The order of the steps is the security.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use futures_util::FutureExt;
use http::{Method, Request, Response, Version};
use hyper::body::Incoming;
use onecli_app::live::snapshot::AgentEntry;
use onecli_domain::activity::Protocol;
use onecli_domain::facts::{is_echo_method, read_overrides};
use onecli_domain::target::Target;
use onecli_domain::verdict::Refusal;

use crate::exchange::authorize::Progress;
use crate::exchange::error::{Error, Failure, Refused};
use crate::exchange::error_response::health;
use crate::exchange::json_rpc::RpcCall;
use crate::exchange::record::{self, RecordBuilder};
use crate::exchange::response_body::ResponseBody;
use crate::exchange::send::Sender;
use crate::exchange::stream::stream;
use crate::exchange::subject::{Kind, Subject};
use crate::exchange::target::BadTarget;
use crate::exchange::upgrade::Upgrade;
use crate::exchange::{authenticate, rate_limit_headers, target};
use crate::outgoing::hop_headers;
use crate::outgoing::request_body::RequestBody;
use crate::refused;
use crate::session::Session;
use crate::state::GatewayState;
use crate::upstream::{Caller, SendError, authenticates_connection};

/// Answers a request, whatever it is. A defect that shows in one request ends that one alone.
pub(crate) async fn handle(
    state: Arc<GatewayState>,
    session: Session,
    request: Request<Incoming>,
) -> Response<ResponseBody> {
    let answering = answer(Arc::clone(&state), session, request);
    AssertUnwindSafe(answering).catch_unwind().await.unwrap_or_else(|_| {
        tracing::error!("a request ended by a panic, which is a defect; please report it");
        end(&state, Ended::unrecorded(Failure::Panicked.into()))
    })
}

async fn answer(
    state: Arc<GatewayState>,
    session: Session,
    request: Request<Incoming>,
) -> Response<ResponseBody> {
    if request.method().as_str() == refused::METHOD {
        let error = Error::unread(request.headers(), state.config.most_header_bytes);
        return refuse_unread(&state, &session, error).await;
    }
    if session.tunnel.is_none() && request.uri().scheme().is_none() {
        return answer_itself(&state, &request);
    }
    let agent = match &session.tunnel {
        // Looked up anew: a token that was revoked, replaced or suspended meanwhile serves no more.
        Some(tunnel) => state.app.agent(&tunnel.token),
        None => authenticate::agent(&state.app, request.headers()).map(|(_, agent)| agent),
    };
    let Some(agent) = agent else { return end(&state, Ended::unrecorded(Refused::Unauthenticated.into())) };
    let mut record = match record::begin(&state, &agent, session.signals.as_ref()).await {
        Ok(record) => record,
        Err(error) => return end(&state, Ended::unrecorded(error)),
    };
    let method = request.method().clone();
    record.note_method(method.as_str());
    if request.version() == Version::HTTP_2 {
        record.note_protocol(Protocol::Http2);
    }
    let target = match read_target(&session, &request, &agent) {
        Ok(target) => Arc::new(target),
        Err(error) => {
            if let Some(tunnel) = &session.tunnel {
                record.note_authority(format!("{}:{}", tunnel.host, tunnel.port));
            }
            return end(&state, Ended { method, ..Ended::recorded(error, record) });
        }
    };
    record.note_target(&target);
    match exchange(&state, &session, &agent, &target, request, record).await {
        Ok(response) => response,
        Err(mut ended) => {
            // Cut off for what the agent sent: that is no fault of the upstream.
            let malformed = session.signals.as_ref().and_then(|signals| signals.refused_body());
            if let (
                Error::Failed(Failure::Send(SendError::Agent | SendError::Broken(_)) | Failure::AgentGone),
                Some(detail),
            ) = (&ended.error, malformed)
            {
                ended.error = Error::bad_request(detail);
            }
            end(&state, *ended)
        }
    }
}

/// The straight line: strip, authorize, connect, open, inject, send, check, stream.
async fn exchange(
    state: &Arc<GatewayState>,
    session: &Session,
    agent: &Arc<AgentEntry>,
    target: &Arc<Target>,
    mut request: Request<Incoming>,
    mut record: RecordBuilder,
) -> Result<Response<ResponseBody>, Box<Ended>> {
    let fail = |error, record, method: &Method, rpc| {
        let (method, target) = (method.clone(), Some(Arc::clone(target)));
        Box::new(Ended { error, method, target, record: Some(Box::new(record)), rpc })
    };
    let upgrade = match Upgrade::take(&mut request) {
        Ok(upgrade) => upgrade,
        Err(error) => return Err(fail(error, record, request.method(), None)),
    };
    let mut request = request.map(RequestBody::new);
    // Before anything is judged: what `Connection` names doesn't go out, so rules don't see it either.
    hop_headers::strip_request(request.headers_mut());
    if let Some(upgrade) = &upgrade {
        record.note_protocol(upgrade.protocol());
        record.note_method(request.method().as_str());
        *request.body_mut() = RequestBody::Empty;
        if let Err(error) = upgrade.prepare(state, &mut request) {
            return Err(fail(error, record, request.method(), None));
        }
    }
    let kind = if upgrade.is_some() { Kind::Upgrade } else { Kind::Request };
    let caller = Caller { agent: agent.id, connections: Arc::clone(&session.connections) };
    let subject = Subject { token: agent.token, target: Arc::clone(target), kind, caller };
    let method = request.method().clone();
    let sender = Sender {
        state,
        subject: &subject,
        upgrade: upgrade.as_ref(),
        record: &mut record,
        progress: Progress::default(),
        authenticates: authenticates_connection(request.headers()),
    };
    match sender.send(&mut request).await {
        Ok(answered) => Ok(stream(state, agent, &subject, answered, upgrade, record).await),
        Err(error) => {
            let rpc = RpcCall::of(&error, &request, state.config.most_inspected).await;
            Err(fail(error, record, &method, rpc))
        }
    }
}

/// Ends a request that was refused before it was read. Within a tunnel it is known whose it is.
async fn refuse_unread(state: &GatewayState, session: &Session, error: Error) -> Response<ResponseBody> {
    let known = session.tunnel.as_ref().and_then(|tunnel| Some((tunnel, state.app.agent(&tunnel.token)?)));
    let Some((tunnel, agent)) = known else { return end(state, Ended::unrecorded(error)) };
    let Ok(mut record) = record::begin(state, &agent, session.signals.as_ref()).await else {
        return end(state, Ended::unrecorded(error));
    };
    record.note_method("-");
    record.note_authority(format!("{}:{}", tunnel.host, tunnel.port));
    end(state, Ended::recorded(error, record))
}

fn read_target(session: &Session, request: &Request<Incoming>, agent: &AgentEntry) -> Result<Target, Error> {
    if agent.suspended {
        return Err(Refused::Suspended.into());
    }
    let is_plain_connect =
        request.method() == Method::CONNECT && request.extensions().get::<hyper::ext::Protocol>().is_none();
    if is_plain_connect {
        return Err(Error::bad_request("a tunnel within a tunnel is not served"));
    }
    let target = target::read(session, request).map_err(|bad| match bad {
        BadTarget::Mismatch => Error::from(Refused::AuthorityMismatch),
        BadTarget::Authority(_) | BadTarget::Path(_) | BadTarget::Malformed(_) => {
            Error::bad_request(bad.to_string())
        }
    })?;
    let overrides = read_overrides(&target, |name| {
        request.headers().get_all(name).iter().filter_map(|value| value.to_str().ok())
    });
    let mut methods =
        std::iter::once(request.method().as_str()).chain(overrides.iter().map(|other| &**other));
    if methods.any(is_echo_method) {
        return Err(Refused::MethodNotAllowed.into());
    }
    Ok(target)
}

/// Requests to the gateway itself.
fn answer_itself(state: &GatewayState, request: &Request<Incoming>) -> Response<ResponseBody> {
    if request.method() == Method::GET && request.uri().path() == "/healthz" {
        return health(&state.config.version).map(ResponseBody::Whole);
    }
    let what = "this is a proxy: requests through it carry a whole URL, or go through a CONNECT tunnel";
    end(state, Ended::unrecorded(Error::bad_request(what)))
}

/// A request that ends with a response of the gateway's own.
pub(crate) struct Ended {
    /// Why.
    pub error: Error,
    /// The method, as far as it is known.
    pub method: Method,
    /// Where it was to go, as far as that is known.
    pub target: Option<Arc<Target>>,
    /// Its record; none where nobody knows whose it is.
    pub record: Option<Box<RecordBuilder>>,
    /// The JSON-RPC call that it was, where that is known: then it is answered as such.
    pub rpc: Option<RpcCall>,
}

impl Ended {
    /// A request that is nobody's: there is no agent whose activity it could be.
    pub(crate) fn unrecorded(error: Error) -> Self {
        Self { error, method: Method::default(), target: None, record: None, rpc: None }
    }

    /// A request of which little more is known than whose it is.
    pub(crate) fn recorded(error: Error, record: RecordBuilder) -> Self {
        Self { record: Some(Box::new(record)), ..Self::unrecorded(error) }
    }
}

/// Ends a request with a response of the gateway's own.
pub(crate) fn end(state: &GatewayState, ended: Ended) -> Response<ResponseBody> {
    let Ended { error, method, target, record, rpc } = ended;
    let reply = error.response(&state.config, method.as_str(), target.as_deref());
    let id = record.as_ref().map(|record| record.id());
    error.log(id.map(|id| id.to_string()).unwrap_or_default(), reply.code);
    let (status, code) = (reply.status.as_u16(), reply.code);
    let response = match rpc {
        Some(call) => call.answer(reply, id),
        None => reply.into_response(id),
    };
    let mut response = match record {
        Some(mut record) => {
            record.note_error(code);
            record.note_status(status);
            response.map(|bytes| ResponseBody::Recorded(bytes, record))
        }
        None => response.map(ResponseBody::Whole),
    };
    if state.config.rate_limit_headers
        && let Error::Refused(Refused::Policy(Refusal::RateLimited {
            name,
            rate: Some(rate),
            retry_after_secs,
            ..
        })) = &error
    {
        rate_limit_headers::set_full(response.headers_mut(), name, *rate, *retry_after_secs);
    }
    response
}
