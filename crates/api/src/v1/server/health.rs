//! Liveness and readiness of the server.

use axum::Json;
use axum::extract::State;
use onecli_domain::time::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use crate::error::{Error, ErrorBody};
use crate::state::ApiState;

/// The server's state.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Health {
    /// `ok`.
    #[schema(value_type = String)]
    status: &'static str,
    /// The product's version.
    version: String,
    /// The server's clock.
    #[schema(value_type = String, format = DateTime)]
    timestamp: Timestamp,
}

/// Check that the server is running
///
/// Needs no sign-in.
#[utoipa::path(get, path = "/health", tag = "health", operation_id = "health", security(()),
    responses((status = 200, description = "It is running", body = Health)))]
pub(crate) async fn health(State(state): State<ApiState>) -> Json<Health> {
    Json(Health { status: "ok", version: state.config.version.clone(), timestamp: state.app.now() })
}

/// Check that the server is ready
///
/// Also queries the database. Needs no sign-in.
#[utoipa::path(get, path = "/ready", tag = "health", operation_id = "ready", security(()),
    responses((status = 200, description = "It is ready", body = Health), (status = 503, description = "The database can't be used", body = ErrorBody)))]
pub(crate) async fn ready(State(state): State<ApiState>) -> Result<Json<Health>, Error> {
    state.app.ready().await.map_err(|error| {
        tracing::warn!(%error, "not ready");
        Error::Unavailable("the server's database can't be used at the moment; its log says why".into())
    })?;
    Ok(health(State(state)).await)
}
