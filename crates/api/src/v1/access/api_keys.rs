//! API keys: list, create and remove them.

use axum::Json;
use axum::extract::State;
use http::StatusCode;
use onecli_domain::id::ApiKeyId;
use onecli_domain::time::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::error::{Error, ErrorBody};
use crate::extract::{Body, Id};
use crate::person::Caller;
use crate::state::ApiState;

/// An API key, without its value.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ApiKey {
    /// Its id.
    id: Uuid,
    /// Its name.
    name: String,
    /// The key's beginning and end, to tell keys apart.
    preview: String,
    /// When it was created.
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    /// When it was last used.
    #[schema(value_type = Option<String>, format = DateTime)]
    last_used_at: Option<Timestamp>,
    /// The key itself; only present when it is created.
    #[serde(rename = "apiKey", skip_serializing_if = "Option::is_none")]
    value: Option<String>,
}

impl From<onecli_domain::person::ApiKey> for ApiKey {
    fn from(key: onecli_domain::person::ApiKey) -> Self {
        Self {
            id: key.id.0,
            name: key.name,
            preview: key.preview,
            created_at: key.created_at,
            last_used_at: key.last_used_at,
            value: None,
        }
    }
}

/// List API keys
#[utoipa::path(get, path = "/api-keys", tag = "api-keys", operation_id = "listApiKeys",
    responses((status = 200, description = "The caller's keys, oldest first", body = Vec<ApiKey>),
        (status = 401, body = ErrorBody)))]
pub(crate) async fn list(State(state): State<ApiState>, caller: Caller) -> Result<Json<Vec<ApiKey>>, Error> {
    let keys = state.app.list_api_keys(&caller.person).await?;
    Ok(Json(keys.into_iter().map(ApiKey::from).collect()))
}

/// Properties of a new API key.
#[derive(Deserialize, ToSchema)]
pub(crate) struct CreateApiKey {
    /// Its name (1–255 characters).
    name: String,
}

/// Create an API key
///
/// The response contains the key, which can't be retrieved later.
#[utoipa::path(post, path = "/api-keys", tag = "api-keys", operation_id = "createApiKey", request_body = CreateApiKey,
    responses((status = 201, description = "The key", body = ApiKey), (status = 400, body = ErrorBody),
        (status = 401, body = ErrorBody)))]
pub(crate) async fn create(
    State(state): State<ApiState>,
    caller: Caller,
    Body(body): Body<CreateApiKey>,
) -> Result<(StatusCode, Json<ApiKey>), Error> {
    let (key, stored) = caller.app(&state).create_api_key(&caller.person, &body.name).await?;
    let mut created = ApiKey::from(stored);
    created.value = Some(key.as_str().unwrap_or_default().to_owned());
    Ok((StatusCode::CREATED, Json(created)))
}

/// Remove an API key
///
/// It stops working immediately.
#[utoipa::path(delete, path = "/api-keys/{id}", tag = "api-keys", operation_id = "deleteApiKey",
    params(("id" = Uuid, Path)),
    responses((status = 204, description = "Removed"), (status = 401, body = ErrorBody), (status = 404, body = ErrorBody)))]
pub(crate) async fn remove(
    State(state): State<ApiState>,
    caller: Caller,
    Id(id): Id<ApiKeyId>,
) -> Result<StatusCode, Error> {
    caller.app(&state).remove_api_key(&caller.person, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
