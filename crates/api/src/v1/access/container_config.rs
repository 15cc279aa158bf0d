//! The configuration of agents' containers.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use onecli_app::access::container_config::ContainerConfig;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::error::{Error, ErrorBody};
use crate::extract::{Params, given};
use crate::person::Caller;
use crate::state::ApiState;

/// Which agent's configuration to show.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct ConfigParams {
    /// The agent's identifier; default: the default agent.
    agent: Option<String>,
}

/// The configuration of an agent's container.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Container {
    /// The agent.
    agent: ConfigAgent,
    /// Environment variables to set.
    env: BTreeMap<String, String>,
    /// The gateway's certificate authority, as PEM.
    ca_certificate: String,
    /// The certificate's path in the container.
    #[schema(value_type = String)]
    ca_certificate_container_path: &'static str,
    /// Files to create in the container.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    credential_stubs: Vec<CredentialStub>,
    /// The secrets that the agent can use, and the environment variables that they replace.
    covers: Vec<Cover>,
    /// Warnings, for example if the agent can't use any secret.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    warnings: Vec<String>,
}

/// An agent's summary.
#[derive(Serialize, ToSchema)]
pub(crate) struct ConfigAgent {
    /// Its id.
    id: Uuid,
    /// Its name.
    name: String,
    /// Its identifier.
    identifier: String,
}

/// A file that makes a program work as if it were signed in.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CredentialStub {
    /// The file's path in the container.
    container_path: String,
    /// Its content, with placeholders instead of credentials.
    content: String,
}

/// A secret that the agent can use.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Cover {
    /// Its id.
    secret_id: Uuid,
    /// Its name.
    name: String,
    /// The first of the hosts that it is sent to.
    host_pattern: String,
    /// The hosts that it is sent to.
    host_patterns: Vec<String>,
    /// The environment variables that it replaces.
    #[schema(value_type = Vec<String>)]
    env: Vec<&'static str>,
    /// The placeholder that the agent uses instead.
    placeholder: String,
}

/// Show the configuration of an agent's container
///
/// Without `agent`, the default agent's; created if it doesn't exist.
#[utoipa::path(get, path = "/container-config", tag = "gateway", operation_id = "containerConfig", params(ConfigParams),
    responses((status = 200, description = "The configuration", body = Container),
        (status = 401, body = ErrorBody), (status = 404, description = "No such agent", body = ErrorBody)))]
pub(crate) async fn read(
    State(state): State<ApiState>,
    caller: Caller,
    Params(params): Params<ConfigParams>,
) -> Result<Json<Container>, Error> {
    let identifier = given(params.agent.as_ref());
    let config = caller.app(&state).container_config(caller.project, identifier.as_deref()).await?;
    let unknown = || Error::UnknownAgent(identifier.unwrap_or_default().into_owned());
    Ok(Json(config.ok_or_else(unknown)?.into()))
}

impl From<ContainerConfig> for Container {
    fn from(config: ContainerConfig) -> Self {
        Self {
            agent: ConfigAgent {
                id: config.agent.id.0,
                name: config.agent.name,
                identifier: config.agent.identifier,
            },
            env: config.env,
            ca_certificate: config.ca_certificate,
            ca_certificate_container_path: config.ca_certificate_container_path,
            credential_stubs: Vec::new(),
            covers: config
                .covers
                .into_iter()
                .map(|cover| Cover {
                    secret_id: cover.secret.id.0,
                    host_pattern: cover.secret.host_pattern().to_owned(),
                    name: cover.secret.name,
                    host_patterns: cover.secret.host_patterns,
                    env: cover.env,
                    placeholder: cover.secret.placeholder,
                })
                .collect(),
            warnings: config.warnings,
        }
    }
}

/// A file that makes a coding agent work as if it were signed in.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AgentStub {
    /// The coding agent.
    #[schema(value_type = String)]
    agent: &'static str,
    /// The file's path.
    #[schema(value_type = String)]
    file_path: &'static str,
    /// Its content, with a placeholder instead of a credential.
    content: String,
    /// Its permissions, in octal.
    #[schema(value_type = String)]
    permissions: &'static str,
}

/// Show the sign-in file for Codex
///
/// It contains a placeholder instead of an API key.
#[utoipa::path(get, path = "/credential-stubs/codex", tag = "gateway", operation_id = "codexStub",
    responses((status = 200, description = "The file", body = AgentStub), (status = 401, body = ErrorBody)))]
pub(crate) async fn codex_stub(
    State(state): State<ApiState>,
    caller: Caller,
) -> Result<Json<AgentStub>, Error> {
    let config = caller.app(&state).container_config(caller.project, None).await?;
    let placeholder = config.and_then(|mut config| config.env.remove("OPENAI_API_KEY"));
    let content = serde_json::json!({ "OPENAI_API_KEY": placeholder.as_deref().unwrap_or("onecli-managed") });
    Ok(Json(AgentStub {
        agent: "codex",
        file_path: "~/.codex/auth.json",
        content: format!("{content:#}\n"),
        permissions: "0600",
    }))
}
