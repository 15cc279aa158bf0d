//! Agents: list, create, change, suspend and remove them, and set which secrets they may use.

use axum::Json;
use axum::extract::State;
use http::StatusCode;
use onecli_app::access::agents::{AgentView, NewAgent};
use onecli_domain::agent::SecretMode;
use onecli_domain::id::{AgentId, SecretId};
use onecli_domain::time::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::answer::Success;
use crate::error::{Error, ErrorBody};
use crate::extract::{Body, Id, Params};
use crate::person::Caller;
use crate::state::ApiState;
use crate::v1::list::{self, List, ListParams};
use crate::v1::schema_enums;

/// An agent.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Agent {
    /// Its id.
    id: Uuid,
    /// Its name.
    name: String,
    /// Its identifier, unique in the project.
    identifier: String,
    /// Its token for the gateway.
    access_token: String,
    /// Whether it is used when a call names no agent.
    is_default: bool,
    /// Which secrets it may use.
    #[schema(value_type = schema_enums::SecretMode)]
    secret_mode: SecretMode,
    /// Whether its requests are refused.
    suspended: bool,
    /// The agent whose access it inherited.
    parent_id: Option<Uuid>,
    /// When it was created.
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    /// When it last sent a request.
    #[schema(value_type = Option<String>, format = DateTime)]
    last_seen_at: Option<Timestamp>,
    /// How many requests it has sent.
    request_count: i64,
}

impl From<AgentView> for Agent {
    fn from(view: AgentView) -> Self {
        let access_token = view.token.as_str().unwrap_or_default().to_owned();
        let agent = view.agent;
        Self {
            id: agent.id.0,
            name: agent.name,
            identifier: agent.identifier,
            access_token,
            is_default: agent.is_default,
            secret_mode: agent.secret_mode,
            suspended: agent.suspended_at.is_some(),
            parent_id: agent.parent.map(|parent| parent.0),
            created_at: agent.created_at,
            last_seen_at: agent.last_seen_at,
            request_count: agent.request_count,
        }
    }
}

/// List agents
#[utoipa::path(get, path = "/agents", tag = "agents", operation_id = "listAgents", params(ListParams),
    responses((status = 200, description = "The project's agents, oldest first", body = Vec<Agent>),
        (status = 401, body = ErrorBody)))]
pub(crate) async fn list(
    State(state): State<ApiState>,
    caller: Caller,
    Params(params): Params<ListParams>,
) -> Result<List<Agent>, Error> {
    let all = state.app.list_agents(caller.project).await?;
    let (rows, next) = params.cut(all, |view| view.agent.id.0)?;
    Ok(list::answer(rows.into_iter().map(Agent::from).collect(), next))
}

/// Properties of a new agent.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CreateAgent {
    /// Its name (1–255 characters).
    name: String,
    /// Its identifier: a lower-case letter, then up to 49 lower-case letters, digits and dashes.
    #[schema(pattern = "^[a-z][a-z0-9-]{0,49}$")]
    identifier: String,
    /// The agent whose access it inherits.
    #[serde(default)]
    parent_identifier: Option<String>,
}

/// Create an agent
#[utoipa::path(post, path = "/agents", tag = "agents", operation_id = "createAgent", request_body = CreateAgent,
    responses((status = 201, description = "The agent", body = Agent), (status = 400, body = ErrorBody),
        (status = 401, body = ErrorBody), (status = 409, description = "The identifier is taken", body = ErrorBody)))]
pub(crate) async fn create(
    State(state): State<ApiState>,
    caller: Caller,
    Body(body): Body<CreateAgent>,
) -> Result<(StatusCode, Json<Agent>), Error> {
    let new = NewAgent {
        name: body.name,
        identifier: body.identifier,
        parent_identifier: body.parent_identifier.filter(|parent| !parent.is_empty()),
    };
    let view = caller.app(&state).create_agent(caller.project, new).await?;
    Ok((StatusCode::CREATED, Json(view.into())))
}

/// Show the default agent
///
/// The agent used when a call names none.
#[utoipa::path(get, path = "/agents/default", tag = "agents", operation_id = "defaultAgent",
    responses((status = 200, description = "The agent", body = Agent), (status = 401, body = ErrorBody)))]
pub(crate) async fn default(State(state): State<ApiState>, caller: Caller) -> Result<Json<Agent>, Error> {
    Ok(Json(caller.app(&state).default_agent(caller.project).await?.into()))
}

/// Show an agent
#[utoipa::path(get, path = "/agents/{id}", tag = "agents", operation_id = "readAgent", params(("id" = Uuid, Path)),
    responses((status = 200, description = "The agent", body = Agent), (status = 401, body = ErrorBody),
        (status = 404, body = ErrorBody)))]
pub(crate) async fn read(
    State(state): State<ApiState>,
    caller: Caller,
    Id(id): Id<AgentId>,
) -> Result<Json<Agent>, Error> {
    Ok(Json(state.app.read_agent(caller.project, id).await?.into()))
}

/// Changes of an agent.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct UpdateAgent {
    /// Its name (1–255 characters).
    name: String,
}

/// Rename an agent
#[utoipa::path(patch, path = "/agents/{id}", tag = "agents", operation_id = "updateAgent", params(("id" = Uuid, Path)),
    request_body = UpdateAgent,
    responses((status = 200, description = "Done", body = Success), (status = 400, body = ErrorBody),
        (status = 401, body = ErrorBody), (status = 404, body = ErrorBody)))]
pub(crate) async fn update(
    State(state): State<ApiState>,
    caller: Caller,
    Id(id): Id<AgentId>,
    Body(body): Body<UpdateAgent>,
) -> Result<Json<Success>, Error> {
    caller.app(&state).rename_agent(caller.project, id, &body.name).await?;
    Ok(Json(Success::yes()))
}

/// Remove an agent
///
/// Also removes its token, its grants and the rules that apply only to it. The default agent can't be removed.
#[utoipa::path(delete, path = "/agents/{id}", tag = "agents", operation_id = "deleteAgent", params(("id" = Uuid, Path)),
    responses((status = 204, description = "Removed"), (status = 401, body = ErrorBody), (status = 404, body = ErrorBody),
        (status = 409, description = "It is the default agent", body = ErrorBody)))]
pub(crate) async fn remove(
    State(state): State<ApiState>,
    caller: Caller,
    Id(id): Id<AgentId>,
) -> Result<StatusCode, Error> {
    caller.app(&state).remove_agent(caller.project, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// An agent's access token.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AccessToken {
    /// The agent's token for the gateway.
    access_token: String,
}

/// Replace an agent's token
///
/// The old token stops working immediately.
#[utoipa::path(post, path = "/agents/{id}/regenerate-token", tag = "agents", operation_id = "regenerateAgentToken",
    params(("id" = Uuid, Path)),
    responses((status = 200, description = "The new token", body = AccessToken), (status = 401, body = ErrorBody),
        (status = 404, body = ErrorBody)))]
pub(crate) async fn regenerate_token(
    State(state): State<ApiState>,
    caller: Caller,
    Id(id): Id<AgentId>,
) -> Result<Json<AccessToken>, Error> {
    let token = caller.app(&state).regenerate_agent_token(caller.project, id).await?;
    Ok(Json(AccessToken { access_token: token.as_str().unwrap_or_default().to_owned() }))
}

/// Set the default agent
#[utoipa::path(post, path = "/agents/{id}/set-default", tag = "agents", operation_id = "setDefaultAgent",
    params(("id" = Uuid, Path)),
    responses((status = 200, description = "Done", body = Success), (status = 401, body = ErrorBody),
        (status = 404, body = ErrorBody)))]
pub(crate) async fn set_default(
    State(state): State<ApiState>,
    caller: Caller,
    Id(id): Id<AgentId>,
) -> Result<Json<Success>, Error> {
    caller.app(&state).make_default_agent(caller.project, id).await?;
    Ok(Json(Success::yes()))
}

/// Suspend an agent
///
/// All its requests are refused until it is resumed.
#[utoipa::path(post, path = "/agents/{id}/suspend", tag = "agents", operation_id = "suspendAgent",
    params(("id" = Uuid, Path)),
    responses((status = 200, description = "Done", body = Success), (status = 401, body = ErrorBody),
        (status = 404, body = ErrorBody)))]
pub(crate) async fn suspend(
    State(state): State<ApiState>,
    caller: Caller,
    Id(id): Id<AgentId>,
) -> Result<Json<Success>, Error> {
    caller.app(&state).suspend_agent(caller.project, id, true).await?;
    Ok(Json(Success::yes()))
}

/// Resume a suspended agent
#[utoipa::path(post, path = "/agents/{id}/resume", tag = "agents", operation_id = "resumeAgent",
    params(("id" = Uuid, Path)),
    responses((status = 200, description = "Done", body = Success), (status = 401, body = ErrorBody),
        (status = 404, body = ErrorBody)))]
pub(crate) async fn resume(
    State(state): State<ApiState>,
    caller: Caller,
    Id(id): Id<AgentId>,
) -> Result<Json<Success>, Error> {
    caller.app(&state).suspend_agent(caller.project, id, false).await?;
    Ok(Json(Success::yes()))
}

/// Which secrets an agent may use.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct SetSecretMode {
    /// `all` or `selective`.
    #[schema(value_type = schema_enums::SecretMode)]
    mode: String,
}

/// Set which secrets an agent may use
#[utoipa::path(patch, path = "/agents/{id}/secret-mode", tag = "agents", operation_id = "setAgentSecretMode",
    params(("id" = Uuid, Path)), request_body = SetSecretMode,
    responses((status = 200, description = "Done", body = Success), (status = 400, body = ErrorBody),
        (status = 401, body = ErrorBody), (status = 404, body = ErrorBody)))]
pub(crate) async fn set_secret_mode(
    State(state): State<ApiState>,
    caller: Caller,
    Id(id): Id<AgentId>,
    Body(body): Body<SetSecretMode>,
) -> Result<Json<Success>, Error> {
    let mode = SecretMode::read(&body.mode)
        .ok_or_else(|| Error::invalid("mode", "\"mode\" must be \"all\" or \"selective\""))?;
    caller.app(&state).set_secret_mode(caller.project, id, mode).await?;
    Ok(Json(Success::yes()))
}

/// List the secrets given to an agent
///
/// Returns their ids. They matter only if the agent's mode is `selective`.
#[utoipa::path(get, path = "/agents/{id}/secrets", tag = "agents", operation_id = "listAgentSecrets",
    params(("id" = Uuid, Path)),
    responses((status = 200, description = "The secrets' ids", body = Vec<Uuid>), (status = 401, body = ErrorBody),
        (status = 404, body = ErrorBody)))]
pub(crate) async fn secrets(
    State(state): State<ApiState>,
    caller: Caller,
    Id(id): Id<AgentId>,
) -> Result<Json<Vec<Uuid>>, Error> {
    let secrets = state.app.agent_secrets(caller.project, id).await?;
    Ok(Json(secrets.into_iter().map(|secret| secret.0).collect()))
}

/// The secrets to give to an agent.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SetAgentSecrets {
    /// The ids of the secrets to give to the agent; others are taken away.
    #[schema(value_type = Vec<Uuid>)]
    secret_ids: Vec<String>,
}

/// Set the secrets given to an agent
#[utoipa::path(put, path = "/agents/{id}/secrets", tag = "agents", operation_id = "setAgentSecrets",
    params(("id" = Uuid, Path)), request_body = SetAgentSecrets,
    responses((status = 200, description = "Done", body = Success), (status = 400, body = ErrorBody),
        (status = 401, body = ErrorBody), (status = 404, body = ErrorBody)))]
pub(crate) async fn set_secrets(
    State(state): State<ApiState>,
    caller: Caller,
    Id(id): Id<AgentId>,
    Body(body): Body<SetAgentSecrets>,
) -> Result<Json<Success>, Error> {
    let secrets: Result<Vec<SecretId>, _> = body.secret_ids.iter().map(|id| id.parse()).collect();
    let secrets =
        secrets.map_err(|_| Error::invalid("secretIds", "\"secretIds\" must be a list of secret ids"))?;
    caller.app(&state).set_agent_secrets(caller.project, id, &secrets).await?;
    Ok(Json(Success::yes()))
}
