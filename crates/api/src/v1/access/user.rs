//! The calling person: their profile and personal API key.

use axum::Json;
use axum::extract::State;
use onecli_app::access::users::Person;
use onecli_domain::time::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::error::{Error, ErrorBody};
use crate::extract::Body;
use crate::person::Caller;
use crate::state::ApiState;

/// A person.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct User {
    /// Their id.
    id: Uuid,
    /// Their email address; `owner@localhost` for the local owner.
    email: String,
    /// Their name.
    name: String,
    /// The project used when a call names none.
    default_project_id: Uuid,
    /// The project used for this call.
    project_id: Uuid,
    /// When the account was created.
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
}

impl User {
    fn of(person: Person, project: Uuid) -> Self {
        Self {
            id: person.id.0,
            email: person.email,
            name: person.name,
            default_project_id: person.default_project.0,
            project_id: project,
            created_at: person.created_at,
        }
    }
}

/// Show your profile
#[utoipa::path(get, path = "/user", tag = "user", operation_id = "readUser",
    responses((status = 200, description = "The caller", body = User), (status = 401, body = ErrorBody)))]
pub(crate) async fn read(caller: Caller) -> Json<User> {
    Json(User::of(caller.person, caller.project.0))
}

/// Changes of a person's profile.
#[derive(Deserialize, ToSchema)]
pub(crate) struct UpdateUser {
    /// Their name (1–255 characters).
    name: String,
}

/// Rename yourself
#[utoipa::path(patch, path = "/user", tag = "user", operation_id = "updateUser", request_body = UpdateUser,
    responses((status = 200, description = "The caller", body = User), (status = 400, body = ErrorBody),
        (status = 401, body = ErrorBody)))]
pub(crate) async fn update(
    State(state): State<ApiState>,
    caller: Caller,
    Body(body): Body<UpdateUser>,
) -> Result<Json<User>, Error> {
    let person = caller.app(&state).rename_person(&caller.person, &body.name).await?;
    Ok(Json(User::of(person, caller.project.0)))
}

/// Your personal API key, without its value.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct OwnKey {
    /// Always null: keys are stored as hashes.
    api_key: Option<String>,
    /// The key's beginning and end, to tell keys apart; null if there is none.
    preview: Option<String>,
}

/// Show your personal API key
///
/// Only its preview: a key is shown once, when it is created.
#[utoipa::path(get, path = "/user/api-key", tag = "user", operation_id = "readOwnApiKey",
    responses((status = 200, description = "Its preview", body = OwnKey), (status = 401, body = ErrorBody)))]
pub(crate) async fn api_key(State(state): State<ApiState>, caller: Caller) -> Result<Json<OwnKey>, Error> {
    let keys = state.app.list_api_keys(&caller.person).await?;
    Ok(Json(OwnKey { api_key: None, preview: keys.into_iter().next_back().map(|key| key.preview) }))
}

/// A new API key.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct FreshKey {
    /// The key. It can't be retrieved later.
    api_key: String,
}

/// Replace your personal API key
///
/// Replaces the key that this route created before; other keys stay.
#[utoipa::path(post, path = "/user/api-key/regenerate", tag = "user", operation_id = "regenerateOwnApiKey",
    responses((status = 200, description = "The new key", body = FreshKey), (status = 401, body = ErrorBody)))]
pub(crate) async fn regenerate(
    State(state): State<ApiState>,
    caller: Caller,
) -> Result<Json<FreshKey>, Error> {
    let key = caller.app(&state).regenerate_api_key(&caller.person).await?;
    Ok(Json(FreshKey { api_key: key.as_str().unwrap_or_default().to_owned() }))
}
