//! Held requests. Nothing holds a request in this version, so the lists are empty; waiting for one waits.

use std::time::Duration;

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::door::Door;
use crate::error::{Error, ErrorBody};
use crate::person::Caller;

/// What waits for a decision.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Pending {
    /// The requests that are held.
    #[schema(value_type = Vec<Object>)]
    requests: [Value; 0],
    /// How long a request is held.
    timeout_seconds: u32,
}

/// Wait for held requests
///
/// Answers as soon as there is something new, or after 30 seconds: callers ask again at once.
#[utoipa::path(get, path = "/approvals/pending", tag = "approvals", operation_id = "pendingApprovals",
    params(("exclude" = Option<String>, Query, description = "Ids that the caller knows already, separated by commas")),
    responses((status = 200, description = "What waits", body = Pending), (status = 401, body = ErrorBody)))]
pub(crate) async fn pending(State(door): State<Door>, _: Caller) -> Json<Pending> {
    tokio::select! {
        () = tokio::time::sleep(HOLD) => {}
        () = door.stopped() => {}
    }
    Json(Pending { requests: [], timeout_seconds: 300 })
}

/// List past approvals
#[utoipa::path(get, path = "/approvals", tag = "approvals", operation_id = "listApprovals",
    responses((status = 200, description = "None", body = Vec<Object>), (status = 401, body = ErrorBody)))]
pub(crate) async fn list(_: Caller) -> Json<[Value; 0]> {
    Json([])
}

/// Decide about a held request
#[utoipa::path(post, path = "/approvals/{id}/decision", tag = "approvals", operation_id = "decideApproval",
    params(("id" = String, Path, description = "The held request")),
    responses((status = 404, description = "Nothing of this id is held", body = ErrorBody), (status = 401, body = ErrorBody)))]
pub(crate) async fn decision(_: Caller) -> Error {
    Error::none("held request")
}

/// List grants
#[utoipa::path(get, path = "/grants", tag = "approvals", operation_id = "listGrants",
    responses((status = 200, description = "None", body = Vec<Object>), (status = 401, body = ErrorBody)))]
pub(crate) async fn grants(_: Caller) -> Json<[Value; 0]> {
    Json([])
}

const HOLD: Duration = Duration::from_secs(30);
