//! Numbers: how many things there are, and requests over time.

use axum::Json;
use axum::extract::State;
use onecli_domain::time::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::error::{Error, ErrorBody};
use crate::extract::{Params, field, given};
use crate::person::Caller;
use crate::state::ApiState;
use crate::v1::activity::search::TIME;

/// How many things of each kind a project has.
#[derive(Serialize, ToSchema)]
pub(crate) struct Counts {
    /// Agents.
    agents: u64,
    /// Secrets.
    secrets: u64,
    /// Rules.
    rules: u64,
    /// Apps with a connection. Always 0 in this version.
    apps: u64,
    /// Connections. Always 0 in this version.
    connections: u64,
    /// Activity records.
    activity: u64,
    /// Requests that wait for a person.
    approvals: u64,
}

/// Count things
#[utoipa::path(get, path = "/counts", tag = "activity", operation_id = "counts",
    responses((status = 200, description = "How many", body = Counts), (status = 401, body = ErrorBody)))]
pub(crate) async fn counts(State(state): State<ApiState>, caller: Caller) -> Result<Json<Counts>, Error> {
    let counts = state.app.counts(caller.project).await?;
    Ok(Json(Counts {
        agents: counts.agents,
        secrets: counts.secrets,
        rules: counts.rules,
        apps: 0,
        connections: 0,
        activity: counts.activity,
        approvals: counts.approvals,
    }))
}

/// Which requests, and how they are put together.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct StatsParams {
    /// Not before this time; a day ago if left out.
    #[param(value_type = Option<String>, format = DateTime)]
    from: Option<String>,
    /// Before this time; now if left out.
    #[param(value_type = Option<String>, format = DateTime)]
    to: Option<String>,
    /// `minute`, `hour` (also if left out) or `day`.
    bucket: Option<String>,
}

/// Requests over time.
#[derive(Serialize, ToSchema)]
pub(crate) struct Stats {
    /// Not before this time.
    #[schema(value_type = String, format = DateTime)]
    from: Timestamp,
    /// Before this time.
    #[schema(value_type = String, format = DateTime)]
    to: Timestamp,
    /// `minute`, `hour` or `day`.
    bucket: String,
    /// One entry for each bucket, oldest first, empty ones too.
    series: Vec<Bucket>,
    /// The agents with the most requests, at most 8.
    agents: Vec<BusyAgent>,
    /// The hosts with the most requests, at most 8.
    hosts: Vec<BusyHost>,
    /// The secrets with the most requests, at most 8.
    secrets: Vec<BusySecret>,
}

/// An agent with many requests.
#[derive(Serialize, ToSchema)]
pub(crate) struct BusyAgent {
    /// Its id.
    id: Uuid,
    /// A name that it had then.
    name: String,
    /// All requests.
    requests: u64,
    /// Those that were refused.
    refused: u64,
    /// Those that were answered with 5xx or not at all.
    failed: u64,
}

/// A host with many requests.
#[derive(Serialize, ToSchema)]
pub(crate) struct BusyHost {
    /// The host, with the port where it isn't the scheme's own.
    host: String,
    /// All requests.
    requests: u64,
    /// Those that were refused.
    refused: u64,
    /// Those that were answered with 5xx or not at all.
    failed: u64,
}

/// A secret that many requests went out with.
#[derive(Serialize, ToSchema)]
pub(crate) struct BusySecret {
    /// Its id.
    id: Uuid,
    /// Its name.
    name: String,
    /// How many.
    requests: u64,
}

/// The requests of one span of time.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Bucket {
    /// When it begins.
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
    /// All requests.
    requests: u64,
    /// Those that went through.
    allowed: u64,
    /// Those that were refused.
    refused: u64,
    /// Those of the refused that waited for a person in vain.
    held: u64,
    /// Those of the refused that were beyond a rate limit.
    limited: u64,
    /// Those that were answered with 5xx or not at all.
    failed: u64,
    /// Bytes of their bodies.
    bytes_up: u64,
    /// Bytes of their answers' bodies.
    bytes_down: u64,
}

/// Show requests over time
#[utoipa::path(get, path = "/stats", tag = "activity", operation_id = "stats", params(StatsParams),
    responses((status = 200, description = "A series", body = Stats), (status = 400, body = ErrorBody),
        (status = 401, body = ErrorBody)))]
pub(crate) async fn stats(
    State(state): State<ApiState>,
    caller: Caller,
    Params(params): Params<StatsParams>,
) -> Result<Json<Stats>, Error> {
    let to: Timestamp = field("to", params.to.as_ref(), TIME)?.unwrap_or_else(|| state.app.now());
    let from: Timestamp = field("from", params.from.as_ref(), TIME)?.unwrap_or_else(|| to.plus_seconds(-DAY));
    let bucket = given(params.bucket.as_ref()).unwrap_or("hour".into()).into_owned();
    let seconds = match bucket.as_str() {
        "minute" => MINUTE,
        "hour" => HOUR,
        "day" => DAY,
        _ => return Err(Error::invalid("bucket", "\"bucket\" must be \"minute\", \"hour\" or \"day\"")),
    };
    let (series, busiest) = tokio::try_join!(
        state.app.stats(caller.project, from, to, seconds),
        state.app.busiest(caller.project, from, to)
    )?;
    let series = series.into_iter().map(|bucket| Bucket {
        at: bucket.at,
        requests: bucket.requests,
        allowed: bucket.allowed,
        refused: bucket.refused,
        held: bucket.held,
        limited: bucket.limited,
        failed: bucket.failed,
        bytes_up: bucket.bytes_up,
        bytes_down: bucket.bytes_down,
    });
    let agents = busiest.agents.into_iter().map(|agent| BusyAgent {
        id: agent.of.0,
        name: agent.name,
        requests: agent.requests,
        refused: agent.refused,
        failed: agent.failed,
    });
    let hosts = busiest.hosts.into_iter().map(|host| BusyHost {
        host: host.name,
        requests: host.requests,
        refused: host.refused,
        failed: host.failed,
    });
    let secrets =
        busiest.secrets.into_iter().map(|(id, name, requests)| BusySecret { id: id.0, name, requests });
    Ok(Json(Stats {
        from,
        to,
        bucket,
        series: series.collect(),
        agents: agents.collect(),
        hosts: hosts.collect(),
        secrets: secrets.collect(),
    }))
}

const MINUTE: i64 = 60;
const HOUR: i64 = 3_600;
const DAY: i64 = 86_400;
