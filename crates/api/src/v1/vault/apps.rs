//! Apps and their connections. There are none in this version, and the lists say so.

use axum::Json;
use serde_json::Value;

use crate::answer::Success;
use crate::error::ErrorBody;
use crate::person::Caller;

/// List apps
#[utoipa::path(get, path = "/apps", tag = "apps", operation_id = "listApps",
    responses((status = 200, description = "None", body = Vec<Object>), (status = 401, body = ErrorBody)))]
pub(crate) async fn list(_: Caller) -> Json<[Value; 0]> {
    Json([])
}

/// List connections
#[utoipa::path(get, path = "/connections", tag = "apps", operation_id = "listConnections",
    responses((status = 200, description = "None", body = Vec<Object>), (status = 401, body = ErrorBody)))]
pub(crate) async fn connections(_: Caller) -> Json<[Value; 0]> {
    Json([])
}

/// Forget cached credentials
///
/// For older clients: a change holds from the next request by itself.
#[utoipa::path(post, path = "/cache/invalidate", tag = "apps", operation_id = "invalidateCache",
    responses((status = 200, description = "Done", body = Success), (status = 401, body = ErrorBody)))]
pub(crate) async fn invalidate(_: Caller) -> Json<Success> {
    Json(Success::yes())
}
