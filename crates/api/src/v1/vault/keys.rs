//! Encryption keys: their state, and rotation.

use axum::Json;
use axum::extract::State;
use onecli_app::vault::keys;
use onecli_domain::time::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use crate::error::{Error, ErrorBody};
use crate::person::Caller;
use crate::state::ApiState;

/// The state of the encryption keys.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct KeyStatus {
    /// Where the root key comes from.
    #[schema(value_type = String)]
    source: &'static str,
    /// The version under which values are sealed now.
    current_version: u32,
    /// Every key-encryption key, oldest first.
    keys: Vec<KeyVersion>,
    /// Whether values are still to be wrapped anew.
    rotating: bool,
}

/// A key-encryption key.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct KeyVersion {
    /// Its version.
    version: u32,
    /// When it was made.
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    /// How many values it wraps.
    rows: u64,
}

impl From<keys::KeyStatus> for KeyStatus {
    fn from(status: keys::KeyStatus) -> Self {
        let keys = status.keys.into_iter().map(|key| KeyVersion {
            version: key.version,
            created_at: key.created_at,
            rows: key.rows,
        });
        Self {
            source: status.source,
            current_version: status.current_version,
            keys: keys.collect(),
            rotating: status.rotating,
        }
    }
}

/// Show the encryption keys
///
/// Their versions and how many values each wraps; never the keys.
#[utoipa::path(get, path = "/keys", tag = "keys", operation_id = "keyStatus",
    responses((status = 200, description = "The keys", body = KeyStatus), (status = 401, body = ErrorBody)))]
pub(crate) async fn status(State(state): State<ApiState>, _: Caller) -> Result<Json<KeyStatus>, Error> {
    Ok(Json(state.app.key_status().await?.into()))
}

/// Rotate the encryption keys
///
/// Makes a new key and wraps every value's data key anew, in the background.
#[utoipa::path(post, path = "/keys/rotate", tag = "keys", operation_id = "rotateKeys",
    responses((status = 200, description = "Begun", body = KeyStatus), (status = 401, body = ErrorBody),
        (status = 409, description = "Another gateway is at it", body = ErrorBody)))]
pub(crate) async fn rotate(State(state): State<ApiState>, caller: Caller) -> Result<Json<KeyStatus>, Error> {
    Ok(Json(caller.app(&state).rotate_keys().await?.into()))
}
