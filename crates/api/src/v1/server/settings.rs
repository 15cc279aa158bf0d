//! Settings of the installation: how long records are kept and how much room they may take, and what this is.

use axum::Json;
use axum::extract::State;
use onecli_app::retention::Retention;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::error::{Error, ErrorBody};
use crate::extract::{Body, maybe};
use crate::person::Caller;
use crate::state::ApiState;

/// Settings of the installation.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Settings {
    /// Days to keep activity (90 by default); null keeps it until `activityMaxBytes` is reached.
    activity_days: Option<u32>,
    /// Bytes that the activity of all projects may take in the database (1 GiB by default): the oldest records of the project
    /// with the most are deleted to make room. Null sets no bound.
    activity_max_bytes: Option<u64>,
    /// Days to keep the outcome of held requests.
    approval_days: u32,
    /// Days to keep the audit log, as set when the server was started; null keeps it forever.
    audit_days: Option<u32>,
    /// The URL of the dashboard.
    public_url: String,
    /// The product's version.
    version: String,
}

/// Changes of the settings. Omitted fields stay unchanged.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[expect(clippy::option_option, reason = "absent, null and set are different")]
pub(crate) struct UpdateSettings {
    /// Days to keep activity, from 1 to 3,650; null keeps it until `activityMaxBytes` is reached.
    #[serde(default, deserialize_with = "maybe")]
    #[schema(value_type = Option<u32>)]
    activity_days: Option<Option<u32>>,
    /// Bytes that the activity of all projects may take in the database, from 1 MiB to 1 PiB; null sets no bound.
    #[serde(default, deserialize_with = "maybe")]
    #[schema(value_type = Option<u64>)]
    activity_max_bytes: Option<Option<u64>>,
    /// Days to keep the outcome of held requests, from 1 to 3,650.
    #[serde(default)]
    approval_days: Option<u32>,
}

/// Show settings
#[utoipa::path(get, path = "/settings", tag = "settings", operation_id = "readSettings",
    responses((status = 200, description = "Settings", body = Settings), (status = 401, body = ErrorBody)))]
pub(crate) async fn read(State(state): State<ApiState>, _: Caller) -> Result<Json<Settings>, Error> {
    show(&state).await
}

/// Change settings
///
/// Records that are older, or beyond the size, are deleted within minutes and can't be restored.
#[utoipa::path(put, path = "/settings", tag = "settings", operation_id = "updateSettings", request_body = UpdateSettings,
    responses((status = 200, description = "The settings after the change", body = Settings), (status = 400, body = ErrorBody),
        (status = 401, body = ErrorBody)))]
pub(crate) async fn update(
    State(state): State<ApiState>,
    caller: Caller,
    Body(body): Body<UpdateSettings>,
) -> Result<Json<Settings>, Error> {
    let kept = state.app.retention().await?;
    let retention = Retention {
        activity_days: body.activity_days.unwrap_or(kept.activity_days),
        activity_max_bytes: body.activity_max_bytes.unwrap_or(kept.activity_max_bytes),
        approval_days: body.approval_days.unwrap_or(kept.approval_days),
    };
    caller.app(&state).set_retention(retention).await?;
    show(&state).await
}

async fn show(state: &ApiState) -> Result<Json<Settings>, Error> {
    let kept = state.app.retention().await?;
    Ok(Json(Settings {
        activity_days: kept.activity_days,
        activity_max_bytes: kept.activity_max_bytes,
        approval_days: kept.approval_days,
        audit_days: state.app.audit_days(),
        public_url: state.config.public_url.clone(),
        version: state.config.version.clone(),
    }))
}
