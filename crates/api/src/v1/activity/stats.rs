//! Statistics: numbers of resources, and requests over time.

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

/// The number of resources of each kind in a project.
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
    /// Requests that wait for a decision.
    approvals: u64,
}

/// Count resources
#[utoipa::path(get, path = "/counts", tag = "activity", operation_id = "counts",
    responses((status = 200, description = "The counts", body = Counts), (status = 401, body = ErrorBody)))]
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

/// Which requests to count, and the size of the buckets.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct StatsParams {
    /// Start time, inclusive; default: one day ago.
    #[param(value_type = Option<String>, format = DateTime)]
    from: Option<String>,
    /// End time, exclusive; default: now.
    #[param(value_type = Option<String>, format = DateTime)]
    to: Option<String>,
    /// `minute`, `hour` (default) or `day`.
    bucket: Option<String>,
}

/// Requests over time.
#[derive(Serialize, ToSchema)]
pub(crate) struct Stats {
    /// Start time, inclusive.
    #[schema(value_type = String, format = DateTime)]
    from: Timestamp,
    /// End time, exclusive.
    #[schema(value_type = String, format = DateTime)]
    to: Timestamp,
    /// `minute`, `hour` or `day`.
    bucket: String,
    /// One entry per bucket, oldest first, including empty ones.
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
    /// A name that it had in that time.
    name: String,
    /// All requests.
    requests: u64,
    /// Refused requests.
    refused: u64,
    /// Requests with a 5xx response or none.
    failed: u64,
}

/// A host with many requests.
#[derive(Serialize, ToSchema)]
pub(crate) struct BusyHost {
    /// The host, with the port unless it is the scheme's default.
    host: String,
    /// All requests.
    requests: u64,
    /// Refused requests.
    refused: u64,
    /// Requests with a 5xx response or none.
    failed: u64,
}

/// A secret used by many requests.
#[derive(Serialize, ToSchema)]
pub(crate) struct BusySecret {
    /// Its id.
    id: Uuid,
    /// Its name.
    name: String,
    /// Number of requests that used it.
    requests: u64,
}

/// The requests of one time span.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Bucket {
    /// When it begins.
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
    /// All requests.
    requests: u64,
    /// Allowed requests.
    allowed: u64,
    /// Refused requests.
    refused: u64,
    /// Refused requests that were held and not approved.
    held: u64,
    /// Refused requests that exceeded a rate limit.
    limited: u64,
    /// Requests with a 5xx response or none.
    failed: u64,
    /// Total size of request bodies.
    bytes_up: u64,
    /// Total size of response bodies.
    bytes_down: u64,
}

/// Show requests over time
#[utoipa::path(get, path = "/stats", tag = "activity", operation_id = "stats", params(StatsParams),
    responses((status = 200, description = "The statistics", body = Stats), (status = 400, body = ErrorBody),
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
