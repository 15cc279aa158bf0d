//! The gateway's public data: certificate authority, approval URL, and the skill for agents.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::header;
use http::request::Parts;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::error::{Error, ErrorBody};
use crate::extract::{Params, given};
use crate::host;
use crate::person::Caller;
use crate::state::ApiState;

/// Show the gateway's certificate authority
///
/// In PEM format. Programs that use the gateway must trust it.
#[utoipa::path(get, path = "/gateway/ca", tag = "gateway", operation_id = "gatewayCa",
    responses((status = 200, description = "The certificate", body = String, content_type = "application/x-pem-file"),
        (status = 401, body = ErrorBody)))]
pub(crate) async fn ca(State(state): State<ApiState>, _: Caller) -> Response {
    let pem = state.app.authority().certificate_pem.clone();
    ([(header::CONTENT_TYPE, "application/x-pem-file")], pem).into_response()
}

/// The base URL of approvals.
#[derive(Serialize, ToSchema)]
pub(crate) struct GatewayUrl {
    /// The base URL of `/v1/approvals/…`, reachable by this caller.
    url: String,
}

/// Show the base URL of approvals
///
/// Needs no sign-in.
#[utoipa::path(get, path = "/gateway-url", tag = "gateway", operation_id = "gatewayUrl", security(()),
    responses((status = 200, description = "The URL", body = GatewayUrl)))]
pub(crate) async fn url(State(state): State<ApiState>, parts: Parts) -> Json<GatewayUrl> {
    Json(GatewayUrl { url: host::base_url(&state.config, &parts) })
}

/// Which agent's skill to show.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct SkillParams {
    /// The agent's identifier; default: the default agent.
    agent: Option<String>,
}

/// Show the skill for agents
///
/// Markdown that tells an agent how to work behind the gateway, and which services it can use.
#[utoipa::path(get, path = "/skill/gateway", tag = "gateway", operation_id = "gatewaySkill", params(SkillParams),
    responses((status = 200, description = "The skill", body = String, content_type = "text/markdown"),
        (status = 401, body = ErrorBody), (status = 404, description = "No such agent", body = ErrorBody)))]
pub(crate) async fn skill(
    State(state): State<ApiState>,
    caller: Caller,
    Params(params): Params<SkillParams>,
) -> Result<Response, Error> {
    let agent = given(params.agent.as_ref());
    let text = state.app.skill(caller.project, agent.as_deref()).await?;
    Ok(([(header::CONTENT_TYPE, "text/markdown; charset=utf-8")], text).into_response())
}
