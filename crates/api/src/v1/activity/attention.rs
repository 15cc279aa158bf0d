//! What needs a person's attention, most urgent first.

use axum::Json;
use axum::extract::State;
use onecli_domain::time::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::error::{Error, ErrorBody};
use crate::person::Caller;
use crate::state::ApiState;

/// Something that needs attention.
#[derive(Serialize, ToSchema)]
pub(crate) struct AttentionItem {
    /// Its kind.
    kind: AttentionKind,
    /// The number of waiting requests, alarms, or an agent's refused requests; 1 for a secret.
    count: u64,
    /// The id of the secret, the agent, or the newest alarm's activity record.
    id: Option<Uuid>,
    /// The name of the secret or agent, or the kind of the newest alarm.
    name: Option<String>,
    /// When the first waiting request expires, the secret last failed, or the newest alarm was raised.
    #[schema(value_type = Option<String>, format = DateTime)]
    at: Option<Timestamp>,
    /// The host that rejects the secret, or the host of the newest alarm.
    host: Option<String>,
    /// For an agent, its total number of requests.
    requests: Option<u64>,
}

/// Kind of what needs attention.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum AttentionKind {
    /// Held requests wait for a decision.
    Approvals,
    /// A secret's last use got a 401 response.
    SecretFailing,
    /// Requests within the last 7 days raised an alarm.
    Alarms,
    /// At least 10, and at least a quarter, of an agent's requests within the last 24 hours were refused.
    AgentRefused,
}

impl AttentionItem {
    fn new(kind: AttentionKind, count: u64) -> Self {
        Self { kind, count, id: None, name: None, at: None, host: None, requests: None }
    }
}

/// Show what needs attention
///
/// Most urgent first.
#[utoipa::path(get, path = "/attention", tag = "activity", operation_id = "attention",
    responses((status = 200, description = "What needs attention", body = Vec<AttentionItem>), (status = 401, body = ErrorBody)))]
pub(crate) async fn list(
    State(state): State<ApiState>,
    caller: Caller,
) -> Result<Json<Vec<AttentionItem>>, Error> {
    let found = state.app.attention(caller.project).await?;
    let mut items = Vec::new();
    if found.waiting > 0 {
        items.push(AttentionItem {
            at: found.first_expiry,
            ..AttentionItem::new(AttentionKind::Approvals, found.waiting as u64)
        });
    }
    if let Some(newest) = found.newest_alarm {
        items.push(AttentionItem {
            id: Some(newest.id.0),
            name: newest.alarm,
            at: Some(newest.at),
            host: Some(newest.host),
            ..AttentionItem::new(AttentionKind::Alarms, found.alarms)
        });
    }
    items.extend(found.failing.into_iter().map(|secret| AttentionItem {
        id: Some(secret.id.0),
        name: Some(secret.name),
        at: secret.usage.last_refused_at,
        host: secret.host_patterns.into_iter().next(),
        ..AttentionItem::new(AttentionKind::SecretFailing, 1)
    }));
    items.extend(found.refused.into_iter().map(|agent| AttentionItem {
        id: Some(agent.of.0),
        name: Some(agent.name),
        requests: Some(agent.requests),
        ..AttentionItem::new(AttentionKind::AgentRefused, agent.refused)
    }));
    Ok(Json(items))
}
