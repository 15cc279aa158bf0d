//! Settings of the installation: for how long records are kept, and what this is.

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
    /// For how many days activity is kept; null keeps it all.
    activity_days: Option<u32>,
    /// For how many days it can be looked up what became of held requests.
    approval_days: u32,
    /// For how many days the audit log is kept, as the server was started; null keeps it all.
    audit_days: Option<u32>,
    /// Where people reach the dashboard.
    public_url: String,
    /// The version.
    version: String,
}

/// What to change of the settings. What is left out stays.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[expect(clippy::option_option, reason = "left out, null and given are three things")]
pub(crate) struct UpdateSettings {
    /// For how many days activity is kept, up to 3,650; null keeps it all.
    #[serde(default, deserialize_with = "maybe")]
    #[schema(value_type = Option<u32>)]
    activity_days: Option<Option<u32>>,
    /// For how many days it can be looked up what became of held requests, up to 3,650.
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
/// Records that are older than they are kept go within minutes, and can't be brought back.
#[utoipa::path(put, path = "/settings", tag = "settings", operation_id = "updateSettings", request_body = UpdateSettings,
    responses((status = 200, description = "As they are then", body = Settings), (status = 400, body = ErrorBody),
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
