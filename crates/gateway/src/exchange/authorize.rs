//! Clearance: everything that comes before a secret is opened.

use std::sync::Arc;
use std::time::Instant;

use http::Request;
use onecli_app::live::snapshot::AgentEntry;
use onecli_domain::body::{Body, Content};
use onecli_domain::facts::{Headers, read_content};
use onecli_domain::hold::Approved;
use onecli_domain::target::Target;
use onecli_domain::verdict::{Permit, Verdict};

use crate::exchange::error_response::Stop;
use crate::exchange::facts::{self, RequestHeaders};
use crate::exchange::hold;
use crate::exchange::read_body::read_for_rules;
use crate::exchange::record::RecordBuilder;
use crate::outgoing::request_body::RequestBody;
use crate::state::GatewayState;
use crate::upstream::Connection;

/// A stop, and the trip that it ends.
pub(crate) type Halt = (Stop, Box<RecordBuilder>);

/// A way that is clear.
pub(crate) struct Authorized {
    /// The decision.
    pub grant: Permit,
    /// A line to the upstream.
    pub connection: Connection,
    /// The agent, as it is now: it may have changed while the request waited.
    pub agent: Arc<AgentEntry>,
}

/// Everything that comes before a secret is opened: the decision, and a line to an upstream that may be dialled.
pub(crate) async fn authorize(
    state: &GatewayState,
    agent: &Arc<AgentEntry>,
    target: &Target,
    request: &mut Request<RequestBody>,
    record: &mut RecordBuilder,
    upgrade: bool,
) -> Result<Authorized, Stop> {
    let (grant, agent) = decide(state, agent, target, request, record).await?;
    let dialling = Instant::now();
    record.note_decided(dialling);
    let connection =
        if upgrade { state.upstream.dial_upgrade(target).await } else { state.upstream.dial(target).await };
    record.note_dialled(dialling.elapsed());
    let connection = connection.map_err(Stop::Undialled)?;
    record.note_grant(&grant);
    Ok(Authorized { grant, connection, agent })
}

/// Decides; where that takes more than the head, reads the body, asks a person, or counts, and decides again.
async fn decide(
    state: &GatewayState,
    agent: &Arc<AgentEntry>,
    target: &Target,
    request: &mut Request<RequestBody>,
    record: &mut RecordBuilder,
) -> Result<(Permit, Arc<AgentEntry>), Stop> {
    let mut agent = Arc::clone(agent);
    let mut approved: Option<Approved> = None;
    // What few requests need is boxed: otherwise every connection would keep room for it.
    let refused = loop {
        match judge(state, &agent, target, request, approved.as_ref()) {
            Verdict::Allow(grant) => return Ok((grant, agent)),
            Verdict::Count(quota) => {
                match Box::pin(state.app.count(&agent, quota)).await.map_err(uncounted)? {
                    Ok(grant) => return Ok((grant, agent)),
                    Err(refusal) => break refusal,
                }
            }
            Verdict::Refuse(refusal) => break refusal,
            Verdict::ReadBody => {
                let reading = Instant::now();
                Box::pin(read_for_rules(state, request)).await?;
                record.note_waited(reading.elapsed());
            }
            Verdict::Hold(hold) => {
                let granted = Box::pin(use_grant(state, &agent, target, request, &hold)).await?;
                approved = Some(if let Some(granted) = granted {
                    granted
                } else {
                    Box::pin(hold::ask(state, &agent, target, request, record, &hold)).await?;
                    // Rules, secrets and the agent itself may have changed meanwhile.
                    agent = state.app.agent(&agent.token).ok_or(Stop::Unauthenticated)?;
                    if agent.suspended {
                        return Err(Stop::Suspended);
                    }
                    Approved::request()
                });
            }
        }
    };
    record.note_refusal(&refused);
    Err(Stop::Refused(refused))
}

fn judge(
    state: &GatewayState,
    agent: &AgentEntry,
    target: &Target,
    request: &Request<RequestBody>,
    approved: Option<&Approved>,
) -> Verdict {
    with_facts(state, agent, target, request, |facts| state.app.decide(agent, facts, approved))
}

async fn use_grant(
    state: &GatewayState,
    agent: &AgentEntry,
    target: &Target,
    request: &Request<RequestBody>,
    hold: &onecli_domain::hold::Hold,
) -> Result<Option<Approved>, Stop> {
    if agent.project.granted.is_empty() {
        return Ok(None);
    }
    let headers = RequestHeaders(request.headers());
    let facts = facts::of(agent, target, request, &headers, Body::Unread);
    state.app.use_grant(agent, &facts, hold).await.map_err(|error| {
        tracing::error!(%error, "whether a grant is left can't be read");
        Stop::Unheld
    })
}

/// Looks at a request with what is known of its body.
fn with_facts<T>(
    state: &GatewayState,
    agent: &AgentEntry,
    target: &Target,
    request: &Request<RequestBody>,
    look: impl FnOnce(&onecli_domain::facts::Facts<'_>) -> T,
) -> T {
    let headers = RequestHeaders(request.headers());
    let read;
    let body = match request.body() {
        RequestBody::Empty => Body::Read(Content::none()),
        RequestBody::Streamed { .. } => Body::Unread,
        RequestBody::Held(held) if held.rest.is_none() => {
            read = read_content(&held.first, Headers::of(&headers), state.config.most_inspected);
            Body::Read(&read)
        }
        RequestBody::Held(_) | RequestBody::Spooled(_) => {
            read = Content::unreadable();
            Body::Read(&read)
        }
    };
    look(&facts::of(agent, target, request, &headers, body))
}

/// A request that can't be counted does not pass.
#[expect(clippy::needless_pass_by_value, reason = "as `map_err` hands it over")]
pub(crate) fn uncounted(error: onecli_app::Error) -> Stop {
    tracing::error!(%error, "a request can't be counted against its rate limit, and is refused");
    Stop::Uncounted
}
