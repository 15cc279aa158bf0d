//! Activity: listing and filtering the records of agents' requests.

use axum::Json;
use axum::extract::State;
use http::HeaderMap;
use onecli_domain::activity::{self, ActivityFilter, Protocol, VerdictKind};
use onecli_domain::id::ActivityId;
use onecli_domain::time::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::error::{Error, ErrorBody};
use crate::extract::{self, Params, field, given};
use crate::person::Caller;
use crate::state::ApiState;
use crate::v1::list;
use crate::v1::schema_enums;

/// The record of one request.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Record {
    /// Its id; also the request id in the gateway's own responses.
    id: Uuid,
    /// When the request arrived.
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
    /// The agent that sent the request.
    agent_id: Uuid,
    /// Its name at that time.
    agent_name: String,
    /// The method.
    method: String,
    /// The host, with the port unless it is the scheme's default.
    host: String,
    /// The path, and the query with its values masked.
    path: String,
    /// The status sent to the agent; 0 if there was none.
    status: u16,
    /// What was decided.
    #[schema(value_type = schema_enums::Verdict)]
    verdict: VerdictKind,
    /// The rules behind the verdict.
    rule_ids: Vec<Uuid>,
    /// The secrets injected into the request.
    secret_ids: Vec<Uuid>,
    /// Always empty in this version.
    connection_ids: [Uuid; 0],
    /// The total duration, in milliseconds.
    duration_ms: f64,
    /// How much of that the gateway itself took, in microseconds.
    overhead_us: i64,
    /// Size of the request's body.
    bytes_up: i64,
    /// Size of the response's body.
    bytes_down: i64,
    /// The protocol between agent and gateway: `http/1.1`, `h2`, `websocket` or `tunnel`.
    #[schema(value_type = String)]
    protocol: Protocol,
    /// The gateway's error code, if it refused the request or failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
    /// The kind of alarm raised, such as `placeholder_misuse`.
    #[serde(skip_serializing_if = "Option::is_none")]
    alarm: Option<String>,
}

impl From<&activity::Activity> for Record {
    fn from(record: &activity::Activity) -> Self {
        Self {
            id: record.id.0,
            at: record.at,
            agent_id: record.agent.0,
            agent_name: record.agent_name.clone(),
            method: record.method.clone(),
            host: record.host.clone(),
            path: record.path.clone(),
            status: record.status,
            verdict: record.verdict,
            rule_ids: record.rules.iter().map(|id| id.0).collect(),
            secret_ids: record.secrets.iter().map(|id| id.0).collect(),
            connection_ids: [],
            duration_ms: record.duration_micros as f64 / 1_000.0,
            overhead_us: record.overhead_micros,
            bytes_up: record.bytes_up,
            bytes_down: record.bytes_down,
            protocol: record.protocol,
            error: record.error.clone(),
            alarm: record.alarm.clone(),
        }
    }
}

/// Selects records; all given conditions must hold.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase")]
#[into_params(parameter_in = Query)]
pub(crate) struct Filter {
    /// Of this agent.
    #[param(value_type = Option<Uuid>)]
    agent_id: Option<String>,
    /// To this host, exactly.
    host: Option<String>,
    /// With this method.
    method: Option<String>,
    /// With this status, such as `403`, or class of status, such as `4xx`.
    status: Option<String>,
    /// With this verdict, or one of several separated by commas: `allow`, `block`, `default_deny`, `hold`,
    /// `rate_limit` or `refuse`.
    verdict: Option<String>,
    /// At or after this time.
    #[param(value_type = Option<String>, format = DateTime)]
    from: Option<String>,
    /// Before this time.
    #[param(value_type = Option<String>, format = DateTime)]
    to: Option<String>,
    /// Whether they raised an alarm.
    #[param(value_type = Option<bool>)]
    alarm: Option<String>,
    /// Whose host, path, method or agent name contains this text.
    q: Option<String>,
}

impl Filter {
    pub(in crate::v1) fn read(&self) -> Result<ActivityFilter, Error> {
        for (name, text) in [("host", &self.host), ("method", &self.method), ("q", &self.q)] {
            // Not every database accepts a NUL, and no record contains one.
            if text.as_ref().is_some_and(|text| text.contains('\0')) {
                return Err(Error::invalid(name, format!("\"{name}\" contains a NUL character; remove it")));
            }
        }
        let verdicts = given(self.verdict.as_ref()).map(|text| verdicts(&text)).transpose()?;
        Ok(ActivityFilter {
            agent: field("agentId", self.agent_id.as_ref(), "an agent's id")?,
            host: given(self.host.as_ref()).map(|host| host.to_ascii_lowercase()),
            method: given(self.method.as_ref()).map(|method| method.to_ascii_uppercase()),
            status: given(self.status.as_ref()).map(|text| statuses(&text)).transpose()?,
            verdicts: verdicts.unwrap_or_default(),
            from: field("from", self.from.as_ref(), TIME)?,
            to: field("to", self.to.as_ref(), TIME)?,
            alarm: field("alarm", self.alarm.as_ref(), "true or false")?,
            text: given(self.q.as_ref()).map(Into::into),
        })
    }
}

/// The verdicts in `block,hold`, without duplicates.
fn verdicts(text: &str) -> Result<Vec<VerdictKind>, Error> {
    let mut verdicts = Vec::new();
    for word in text.split(',') {
        let verdict = VerdictKind::read(word.trim()).ok_or_else(|| {
            Error::invalid(
                "verdict",
                "\"verdict\" must be allow, block, default_deny, hold, rate_limit or refuse, or several of them separated by commas",
            )
        })?;
        if !verdicts.contains(&verdict) {
            verdicts.push(verdict);
        }
    }
    Ok(verdicts)
}

/// The first and last status of `403` or `4xx`.
fn statuses(text: &str) -> Result<(u16, u16), Error> {
    let class = text.strip_suffix("xx").or_else(|| text.strip_suffix("XX"));
    let range = match class {
        Some(digit) => {
            digit.parse().ok().filter(|digit| (1..=5).contains(digit)).map(|d: u16| (d * 100, d * 100 + 99))
        }
        None => text.parse().ok().map(|status: u16| (status, status)),
    };
    range.ok_or_else(|| {
        Error::invalid("status", "\"status\" must be a status such as 403, or a class such as 4xx")
    })
}

/// Which page of the activity to list.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct ActivityPage {
    /// Maximum number of records, up to 200; default: 50.
    #[param(value_type = Option<u32>, minimum = 1, maximum = 200)]
    limit: Option<String>,
    /// The `x-next-cursor` of the previous page.
    #[param(value_type = Option<Uuid>)]
    cursor: Option<String>,
}

/// List activity
///
/// Newest first.
#[utoipa::path(get, path = "/activity", tag = "activity", operation_id = "listActivity", params(Filter, ActivityPage),
    responses((status = 200, description = "Records", body = Vec<Record>), (status = 400, body = ErrorBody),
        (status = 401, body = ErrorBody)))]
pub(crate) async fn list(
    State(state): State<ApiState>,
    caller: Caller,
    Params(filter): Params<Filter>,
    Params(page): Params<ActivityPage>,
) -> Result<(HeaderMap, Json<Vec<Record>>), Error> {
    let filter = filter.read()?;
    let limit = extract::limit(page.limit.as_ref())?.unwrap_or(DEFAULT_LIMIT);
    let cursor: Option<ActivityId> = field("cursor", page.cursor.as_ref(), "the `x-next-cursor` of a page")?;
    let records = state.app.list_activity(caller.project, &filter, limit, cursor).await?;
    let next = records.last().map(|last| last.id.0).filter(|_| records.len() == limit as usize);
    Ok(list::answer(records.iter().map(Record::from).collect(), next))
}

const DEFAULT_LIMIT: u32 = 50;
pub(in crate::v1) const TIME: &str = "a time such as 2026-01-31T12:00:00Z";
