//! The caller themself: name, and the key for the command line.

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
    /// Their address; the local owner has `owner@localhost`.
    email: String,
    /// Their name.
    name: String,
    /// The project that their calls mean where none is named.
    default_project_id: Uuid,
    /// The project that this call means.
    project_id: Uuid,
    /// When they came.
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

/// Show the caller
#[utoipa::path(get, path = "/user", tag = "user", operation_id = "readUser",
    responses((status = 200, description = "The caller", body = User), (status = 401, body = ErrorBody)))]
pub(crate) async fn read(caller: Caller) -> Json<User> {
    Json(User::of(caller.person, caller.project.0))
}

/// What can be changed of a person.
#[derive(Deserialize, ToSchema)]
pub(crate) struct UpdateUser {
    /// Their name (1–255 characters).
    name: String,
}

/// Rename the caller
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

/// The caller's API key, as far as it can be shown.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct OwnKey {
    /// Always null: keys are stored as hashes.
    api_key: Option<String>,
    /// Enough of it to tell keys apart; null if there is none.
    preview: Option<String>,
}

/// Show the caller's API key
///
/// A key is shown once, when it is made; later only its preview.
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
    /// The key. It is not shown again.
    api_key: String,
}

/// Give the caller another API key
///
/// It takes the place of the one that this route gave before; keys made otherwise stay.
#[utoipa::path(post, path = "/user/api-key/regenerate", tag = "user", operation_id = "regenerateOwnApiKey",
    responses((status = 200, description = "The new key", body = FreshKey), (status = 401, body = ErrorBody)))]
pub(crate) async fn regenerate(
    State(state): State<ApiState>,
    caller: Caller,
) -> Result<Json<FreshKey>, Error> {
    let key = caller.app(&state).regenerate_api_key(&caller.person).await?;
    Ok(Json(FreshKey { api_key: key.as_str().unwrap_or_default().to_owned() }))
}
