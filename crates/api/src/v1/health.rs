//! Whether the server lives, and whether it can work.

use axum::Json;
use axum::extract::State;
use onecli_domain::time::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use crate::door::Door;
use crate::error::{Error, ErrorBody};

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

/// Whether the server lives
///
/// Needs no sign-in.
#[utoipa::path(get, path = "/health", tag = "health", operation_id = "health", security(()),
    responses((status = 200, description = "It does", body = Health)))]
pub(crate) async fn health(State(door): State<Door>) -> Json<Health> {
    Json(Health { status: "ok", version: door.config.version.clone(), timestamp: door.app.now() })
}

/// Whether the server can work
///
/// Also asks the database. Needs no sign-in.
#[utoipa::path(get, path = "/ready", tag = "health", operation_id = "ready", security(()),
    responses((status = 200, description = "It can", body = Health), (status = 503, description = "The database can't be used", body = ErrorBody)))]
pub(crate) async fn ready(State(door): State<Door>) -> Result<Json<Health>, Error> {
    door.app.ready().await.map_err(|error| {
        tracing::warn!(%error, "not ready");
        Error::Unavailable("the server's database can't be used at the moment; its log says why".into())
    })?;
    Ok(health(State(door)).await)
}
