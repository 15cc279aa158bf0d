//! Clearance: everything that comes before a secret is opened.

use std::time::Instant;

use http::Request;
use hyper::body::Incoming;
use onecli_app::live::AgentEntry;
use onecli_domain::target::Target;
use onecli_domain::verdict::{Grant, Verdict};

use crate::facts;
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
    let grant = match road.app.decide(agent, &facts::of(agent, target, request)) {
        Verdict::Allow(grant) => grant,
        Verdict::Refuse(refusal) => {
            trip.note_refusal(&refusal);
            return Err(Stop::Refused(refusal));
        }
    };
    let dialling = Instant::now();
    let line =
        if upgrade { road.upstream.dial_upgrade(target).await } else { road.upstream.dial(target).await };
    trip.note_dialled(dialling.elapsed());
    let line = line.map_err(Stop::Undialled)?;
    trip.note_grant(&grant);
    Ok((grant, line))
}
