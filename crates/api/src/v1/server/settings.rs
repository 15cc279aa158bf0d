//! Settings of the installation: retention, URL and version.

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
    /// How many days activity is kept; null keeps it forever.
    activity_days: Option<u32>,
    /// How many days decisions about held requests are kept.
    approval_days: u32,
    /// How many days the audit log is kept, as set at start; null keeps it forever.
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
    /// How many days activity is kept, up to 3,650; null keeps it forever.
    #[serde(default, deserialize_with = "maybe")]
    #[schema(value_type = Option<u32>)]
    activity_days: Option<Option<u32>>,
    /// How many days decisions about held requests are kept, up to 3,650.
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
/// Records older than the new retention period are deleted within minutes and can't be restored.
#[utoipa::path(put, path = "/settings", tag = "settings", operation_id = "updateSettings", request_body = UpdateSettings,
    responses((status = 200, description = "The new settings", body = Settings), (status = 400, body = ErrorBody),
        (status = 401, body = ErrorBody)))]
pub(crate) async fn update(
    State(state): State<ApiState>,
    caller: Caller,
    Body(body): Body<UpdateSettings>,
) -> Result<Json<Settings>, Error> {
    let kept = state.app.retention().await?;
    let retention = Retention {
        activity_days: body.activity_days.unwrap_or(kept.activity_days),
        approval_days: body.approval_days.unwrap_or(kept.approval_days),
    };
    caller.app(&state).set_retention(retention).await?;
    show(&state).await
}

async fn show(state: &ApiState) -> Result<Json<Settings>, Error> {
    let kept = state.app.retention().await?;
    Ok(Json(Settings {
        activity_days: kept.activity_days,
        approval_days: kept.approval_days,
        audit_days: state.app.audit_days(),
        public_url: state.config.public_url.clone(),
        version: state.config.version.clone(),
    }))
}
