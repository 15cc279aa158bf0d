//! Clearance: everything that comes before a secret is opened.

use std::time::Instant;

use http::Request;
use hyper::body::Incoming;
use onecli_app::live::AgentEntry;
use onecli_domain::target::Target;
use onecli_domain::verdict::{Grant, Verdict};

use crate::facts::{self, RequestHeaders};
use crate::refusal::Stop;
use crate::road::Road;
use crate::trip::Trip;
use crate::upstream::Line;

/// A stop, and the trip that it ends.
pub(crate) type Halt = (Stop, Box<Trip>);

/// Everything that comes before a secret is opened: the decision, and a line to an upstream that may be dialled.
pub(crate) async fn clear_the_way(
    road: &Road,
    agent: &AgentEntry,
    target: &Target,
    request: &Request<Incoming>,
    trip: &mut Trip,
    upgrade: bool,
) -> Result<(Grant, Line), Stop> {
    let headers = RequestHeaders(request.headers());
    let verdict = road.app.decide(agent, &facts::of(agent, target, request, &headers));
    let grant = match verdict {
        Verdict::Allow(grant) => Ok(grant),
        Verdict::Count(quota) => road.app.count(agent, quota).await.map_err(uncounted)?,
        Verdict::Refuse(refusal) => Err(refusal),
    };
    let grant = grant.map_err(|refusal| {
        trip.note_refusal(&refusal);
        Stop::Refused(refusal)
    })?;
    let dialling = Instant::now();
    let line =
        if upgrade { road.upstream.dial_upgrade(target).await } else { road.upstream.dial(target).await };
    trip.note_dialled(dialling.elapsed());
    let line = line.map_err(Stop::Undialled)?;
    trip.note_grant(&grant);
    Ok((grant, line))
}

/// A request that can't be counted does not pass.
#[expect(clippy::needless_pass_by_value, reason = "as `map_err` hands it over")]
pub(crate) fn uncounted(error: onecli_app::Error) -> Stop {
    tracing::error!(%error, "a request can't be counted against its rate limit, and is refused");
    Stop::Uncounted
}
