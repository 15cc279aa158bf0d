//! Clearance: everything that comes before a secret is opened.

use std::sync::Arc;
use std::time::Instant;

use http::Request;
use onecli_app::live::AgentEntry;
use onecli_domain::body::{Body, Content};
use onecli_domain::facts::{Headers, read_content};
use onecli_domain::hold::Approved;
use onecli_domain::target::Target;
use onecli_domain::verdict::{Grant, Verdict};

use crate::approval;
use crate::facts::{self, RequestHeaders};
use crate::gather::read_for_rules;
use crate::refusal::Stop;
use crate::road::Road;
use crate::trip::Trip;
use crate::upload::Upload;
use crate::upstream::Line;

/// A stop, and the trip that it ends.
pub(crate) type Halt = (Stop, Box<Trip>);

/// A way that is clear.
pub(crate) struct Way {
    /// The decision.
    pub grant: Grant,
    /// A line to the upstream.
    pub line: Line,
    /// The agent, as it is now: it may have changed while the request waited.
    pub agent: Arc<AgentEntry>,
}

/// Everything that comes before a secret is opened: the decision, and a line to an upstream that may be dialled.
pub(crate) async fn clear_the_way(
    road: &Road,
    agent: &Arc<AgentEntry>,
    target: &Target,
    request: &mut Request<Upload>,
    trip: &mut Trip,
    upgrade: bool,
) -> Result<Way, Stop> {
    let (grant, agent) = decide(road, agent, target, request, trip).await?;
    let dialling = Instant::now();
    trip.note_decided(dialling);
    let line =
        if upgrade { road.upstream.dial_upgrade(target).await } else { road.upstream.dial(target).await };
    trip.note_dialled(dialling.elapsed());
    let line = line.map_err(Stop::Undialled)?;
    trip.note_grant(&grant);
    Ok(Way { grant, line, agent })
}

/// Decides; where that takes more than the head, reads the body, asks a person, or counts, and decides again.
async fn decide(
    road: &Road,
    agent: &Arc<AgentEntry>,
    target: &Target,
    request: &mut Request<Upload>,
    trip: &mut Trip,
) -> Result<(Grant, Arc<AgentEntry>), Stop> {
    let mut agent = Arc::clone(agent);
    let mut approved: Option<Approved> = None;
    // What few requests need is boxed: otherwise every connection would keep room for it.
    let refused = loop {
        match judge(road, &agent, target, request, approved.as_ref()) {
            Verdict::Allow(grant) => return Ok((grant, agent)),
            Verdict::Count(quota) => {
                match Box::pin(road.app.count(&agent, quota)).await.map_err(uncounted)? {
                    Ok(grant) => return Ok((grant, agent)),
                    Err(refusal) => break refusal,
                }
            }
            Verdict::Refuse(refusal) => break refusal,
            Verdict::ReadBody => {
                let reading = Instant::now();
                Box::pin(read_for_rules(road, request)).await?;
                trip.note_waited(reading.elapsed());
            }
            Verdict::Hold(hold) => {
                let granted = Box::pin(use_grant(road, &agent, target, request, &hold)).await?;
                approved = Some(if let Some(granted) = granted {
                    granted
                } else {
                    Box::pin(approval::ask(road, &agent, target, request, trip, &hold)).await?;
                    // Rules, secrets and the agent itself may have changed meanwhile.
                    agent = road.app.agent(&agent.token).ok_or(Stop::Unauthenticated)?;
                    if agent.suspended {
                        return Err(Stop::Suspended);
                    }
                    Approved::request()
                });
            }
        }
    };
    trip.note_refusal(&refused);
    Err(Stop::Refused(refused))
}

fn judge(
    road: &Road,
    agent: &AgentEntry,
    target: &Target,
    request: &Request<Upload>,
    approved: Option<&Approved>,
) -> Verdict {
    with_facts(road, agent, target, request, |facts| road.app.decide(agent, facts, approved))
}

async fn use_grant(
    road: &Road,
    agent: &AgentEntry,
    target: &Target,
    request: &Request<Upload>,
    hold: &onecli_domain::hold::Hold,
) -> Result<Option<Approved>, Stop> {
    if agent.project.granted.is_empty() {
        return Ok(None);
    }
    let headers = RequestHeaders(request.headers());
    let facts = facts::of(agent, target, request, &headers, Body::Unread);
    road.app.use_grant(agent, &facts, hold).await.map_err(|error| {
        tracing::error!(%error, "whether a grant is left can't be read");
        Stop::Unheld
    })
}

/// Looks at a request with what is known of its body.
fn with_facts<T>(
    road: &Road,
    agent: &AgentEntry,
    target: &Target,
    request: &Request<Upload>,
    look: impl FnOnce(&onecli_domain::facts::Facts<'_>) -> T,
) -> T {
    let headers = RequestHeaders(request.headers());
    let read;
    let body = match request.body() {
        Upload::Empty => Body::Read(Content::none()),
        Upload::Streamed { .. } => Body::Unread,
        Upload::Held(held) if held.rest.is_none() => {
            read = read_content(held.first.clone(), Headers::of(&headers), road.config.most_inspected);
            Body::Read(&read)
        }
        Upload::Held(_) | Upload::Spooled(_) => {
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
