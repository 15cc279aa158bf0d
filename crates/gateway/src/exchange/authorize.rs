//! Authorization: everything that comes before a secret is opened. Whatever is read before a wait is read again after it.

use std::sync::Arc;
use std::time::Instant;

use http::Request;
use onecli_app::live::snapshot::AgentEntry;
use onecli_app::policy::approved::Approved;
use onecli_app::vault::credentials::{Credentials, OpenError, Revision};
use onecli_domain::body::{Body, Content};
use onecli_domain::facts::{Facts, Headers};
use onecli_domain::hold::Hold;
use onecli_domain::id::SecretId;
use onecli_domain::target::Target;
use onecli_domain::verdict::{Count, Permit, Refusal, Verdict};
use smallvec::SmallVec;

use crate::exchange::error::{Error, Failure, Refused};
use crate::exchange::facts::{self, RequestHeaders};
use crate::exchange::hold;
use crate::exchange::read_body::read_for_rules;
use crate::exchange::record::RecordBuilder;
use crate::exchange::subject::{Kind, Subject, current_agent};
use crate::outgoing::request_body::RequestBody;
use crate::state::GatewayState;
use crate::upstream::{Connection, DialError};

/// What a request has gone through already: nobody is asked, and nothing is counted, a second time when it is decided again.
#[derive(Default)]
pub(crate) struct Progress {
    /// A person's approval.
    pub approved: Option<Arc<Approved>>,
    counts: SmallVec<[Count; 1]>,
    /// The secrets that it was to go out with before it first waited: without one of them it doesn't go out.
    expected: Option<SmallVec<[SecretId; 2]>>,
}

/// A request that may go out.
pub(crate) struct Authorized {
    /// The agent, as it was when it was decided.
    pub agent: Arc<AgentEntry>,
    /// The decision.
    pub permit: Permit,
}

/// A request that may go out now, with a connection to its upstream.
pub(crate) struct Ready<C = Connection> {
    /// The decision.
    pub authorized: Authorized,
    /// A connection to the upstream.
    pub connection: C,
    /// What it goes out with.
    pub credentials: Credentials,
}

/// Decides about a request, connects, and opens its secrets, in this order: a refused request, or one to an upstream that is
/// forbidden or dead, opens none. What was decided is decided again where something changed while it was connected.
pub(crate) async fn prepare<C>(
    state: &GatewayState,
    subject: &Subject,
    request: &mut Request<RequestBody>,
    revision: Revision,
    progress: &mut Progress,
    record: &mut RecordBuilder,
    connect: impl Future<Output = Result<C, DialError>>,
) -> Result<Ready<C>, Error> {
    let mut authorized = authorize(state, subject, request, progress, record).await?;
    let connecting = Instant::now();
    record.note_decided(connecting);
    let connected = connect.await;
    record.note_connected(connecting.elapsed());
    let connection = connected?;
    let credentials = loop {
        match state.app.open(&authorized.agent, &authorized.permit, revision).await {
            Ok(credentials) => break credentials,
            Err(OpenError::Outdated) => {
                let uses = authorized.permit.uses().iter();
                progress.expected.get_or_insert_with(|| uses.map(|used| used.secret).collect());
                authorized = Box::pin(authorize(state, subject, request, progress, record)).await?;
            }
            Err(OpenError::Unavailable { name }) => return Err(Failure::CredentialUnavailable(name).into()),
        }
    };
    record.note_permit(&authorized.permit);
    Ok(Ready { authorized, connection, credentials })
}

/// Decides about a request; where that takes more than its head, reads the body, asks a person, or counts, and decides again.
async fn authorize(
    state: &GatewayState,
    subject: &Subject,
    request: &mut Request<RequestBody>,
    progress: &mut Progress,
    record: &mut RecordBuilder,
) -> Result<Authorized, Error> {
    // What few requests need is boxed: otherwise every connection would keep room for it.
    loop {
        let agent = current_agent(state, &subject.token)?;
        if let Some(expected) = &progress.expected {
            with_head(&agent, subject, request, |facts| state.app.still_may_use(&agent, facts, expected))?;
        }
        let verdict = judge(state, subject, &agent, request, progress);
        if matches!(verdict, Verdict::ReadBody | Verdict::Hold(_)) && progress.expected.is_none() {
            let expected =
                with_head(&agent, subject, request, |facts| state.app.expected_secrets(&agent, facts));
            progress.expected = Some(expected);
        }
        let refused = match verdict {
            Verdict::Allow(permit) => return Ok(Authorized { agent, permit }),
            Verdict::Count(quota) => {
                if quota.is_counted(&progress.counts) {
                    let permit = quota.settle_counted(&progress.counts).ok_or(Failure::CountUnavailable)?;
                    return Ok(Authorized { agent, permit });
                }
                let counted = Box::pin(state.app.count(&agent, quota)).await.map_err(|error| {
                    tracing::error!(%error, "a request can't be counted against its rate limit, and is refused");
                    Failure::CountUnavailable
                })?;
                match counted {
                    Ok(permit) => {
                        progress.counts = permit.counts().iter().cloned().collect();
                        return Ok(Authorized { agent, permit });
                    }
                    Err(refusal) => refusal,
                }
            }
            // Nobody can read what will go through a tunnel.
            Verdict::ReadBody if subject.kind == Kind::Tunnel => Refusal::BlockedByDefault,
            Verdict::ReadBody => {
                let reading = Instant::now();
                let read = Box::pin(read_while_allowed(state, subject, request, progress)).await;
                record.note_waited(reading.elapsed());
                match read? {
                    Some(refusal) => refusal,
                    None => continue,
                }
            }
            Verdict::Hold(hold) => {
                let granted = Box::pin(use_grant(state, subject, &agent, request, &hold)).await?;
                progress.approved = Some(Arc::new(match granted {
                    Some(granted) => granted,
                    None => Box::pin(hold::ask(state, &agent, subject, request, record, &hold)).await?,
                }));
                continue;
            }
            Verdict::Refuse(refusal) => refusal,
        };
        record.note_refusal(&refused);
        return Err(Refused::Policy(refused).into());
    }
}

fn judge(
    state: &GatewayState,
    subject: &Subject,
    agent: &AgentEntry,
    request: &Request<RequestBody>,
    progress: &Progress,
) -> Verdict {
    let approved = progress.approved.as_deref();
    if subject.kind == Kind::Tunnel {
        return state.app.decide_tunnel(agent, &subject.target, approved);
    }
    with_facts(state, agent, &subject.target, request, |facts| state.app.decide(agent, facts, approved))
}

/// Reads what rules look at of a body. Stops at once when what is known of the request no longer lets it pass.
async fn read_while_allowed(
    state: &GatewayState,
    subject: &Subject,
    request: &mut Request<RequestBody>,
    progress: &Progress,
) -> Result<Option<Refusal>, Error> {
    let mut renewals = state.app.live().renewals();
    let body = std::mem::take(request.body_mut());
    let mut reading = std::pin::pin!(read_for_rules(state, body));
    loop {
        tokio::select! {
            biased;
            read = &mut reading => {
                *request.body_mut() = read?;
                return parse(state, subject, request).await.map(|()| None);
            }
            renewed = renewals.changed() => {
                renewed.map_err(|_| Failure::RecordUnavailable)?;
                let agent = current_agent(state, &subject.token)?;
                let verdict = with_head(&agent, subject, request, |facts| {
                    let expected = progress.expected.as_deref().unwrap_or_default();
                    state.app.still_may_use(&agent, facts, expected)?;
                    Ok::<_, Error>(state.app.decide(&agent, facts, progress.approved.as_deref()))
                })?;
                if let Verdict::Refuse(refusal) = verdict {
                    return Ok(Some(refusal));
                }
            }
        }
    }
}

/// Lets rules look at a large body for the first time on a thread of its own: what they see is kept, so that the worker,
/// and with it other agents, is not held up.
async fn parse(state: &GatewayState, subject: &Subject, request: &Request<RequestBody>) -> Result<(), Error> {
    let RequestBody::Held(held) = request.body() else { return Ok(()) };
    let headers = RequestHeaders(request.headers());
    let content = Arc::clone(held.content(Headers::of(&headers), state.config.most_inspected));
    if !content.is_large() {
        return Ok(());
    }
    let (app, agent) = (state.app.clone(), current_agent(state, &subject.token)?);
    let target = Arc::clone(&subject.target);
    let mut head = Request::new(());
    request.method().clone_into(head.method_mut());
    request.headers().clone_into(head.headers_mut());
    let looking = tokio::task::spawn_blocking(move || {
        let headers = RequestHeaders(head.headers());
        app.decide(&agent, &facts::of(&agent, &target, &head, &headers, Body::Read(&content)), None);
    });
    looking.await.map_err(|_| Failure::Panicked.into())
}

async fn use_grant(
    state: &GatewayState,
    subject: &Subject,
    agent: &AgentEntry,
    request: &Request<RequestBody>,
    hold: &Hold,
) -> Result<Option<Approved>, Error> {
    if subject.kind == Kind::Tunnel || agent.project.granted.is_empty() {
        return Ok(None);
    }
    let headers = RequestHeaders(request.headers());
    let facts = facts::of(agent, &subject.target, request, &headers, Body::Unread);
    state.app.use_grant(agent, &facts, hold).await.map_err(|error| {
        tracing::error!(%error, "whether a grant is left can't be read");
        Failure::HoldUnavailable.into()
    })
}

/// Looks at a request's head.
fn with_head<T>(
    agent: &AgentEntry,
    subject: &Subject,
    request: &Request<RequestBody>,
    look: impl FnOnce(&Facts<'_>) -> T,
) -> T {
    let headers = RequestHeaders(request.headers());
    look(&facts::of(agent, &subject.target, request, &headers, Body::Unread))
}

/// Looks at a request with what is known of its body.
fn with_facts<T>(
    state: &GatewayState,
    agent: &AgentEntry,
    target: &Target,
    request: &Request<RequestBody>,
    look: impl FnOnce(&Facts<'_>) -> T,
) -> T {
    let headers = RequestHeaders(request.headers());
    let unreadable;
    let body = match request.body() {
        RequestBody::Empty => Body::Read(Content::none()),
        RequestBody::Streamed { .. } => Body::Unread,
        RequestBody::Held(held) => {
            Body::Read(held.content(Headers::of(&headers), state.config.most_inspected))
        }
        RequestBody::Spooled(_) => {
            unreadable = Content::unreadable();
            Body::Read(&unreadable)
        }
    };
    look(&facts::of(agent, target, request, &headers, body))
}
