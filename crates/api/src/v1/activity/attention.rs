//! What needs a person, most urgent first.

use axum::Json;
use axum::extract::State;
use onecli_domain::time::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::error::{Error, ErrorBody};
use crate::person::Caller;
use crate::state::ApiState;

/// Something that needs a person.
#[derive(Serialize, ToSchema)]
pub(crate) struct AttentionItem {
    /// What it is.
    kind: AttentionKind,
    /// How many: waiting requests, alarms, or an agent's refused requests; 1 for a secret.
    count: u64,
    /// Of a secret or an agent its id, of alarms the newest one's record.
    id: Option<Uuid>,
    /// Of a secret or an agent its name, of alarms what the newest one is.
    name: Option<String>,
    /// When the first waiting request expires, the secret was last refused, or the newest alarm was raised.
    #[schema(value_type = Option<String>, format = DateTime)]
    at: Option<Timestamp>,
    /// Of a secret the host that refuses it, of alarms the newest one's host.
    host: Option<String>,
    /// Of an agent, how many requests there were in all.
    requests: Option<u64>,
}

/// What needs a person.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum AttentionKind {
    /// Held requests wait for a decision.
    Approvals,
    /// A secret's last use was answered 401.
    SecretFailing,
    /// Requests of the last 7 days raised an alarm.
    Alarms,
    /// Of an agent's requests of the last 24 hours at least 10, and at least a quarter, were refused.
    AgentRefused,
}

impl AttentionItem {
    fn new(kind: AttentionKind, count: u64) -> Self {
        Self { kind, count, id: None, name: None, at: None, host: None, requests: None }
    }
}

/// Show what needs a person
///
/// Most urgent first; empty if nothing does.
#[utoipa::path(get, path = "/attention", tag = "activity", operation_id = "attention",
    responses((status = 200, description = "What needs a person", body = Vec<AttentionItem>), (status = 401, body = ErrorBody)))]
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
