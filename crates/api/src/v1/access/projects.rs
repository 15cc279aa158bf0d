//! Projects: their names, and what happens to requests that no rule matches.

use axum::Json;
use axum::extract::State;
use onecli_domain::id::ProjectId;
use onecli_domain::project::PolicyMode;
use onecli_domain::time::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::error::{Error, ErrorBody};
use crate::extract::{Body, Id};
use crate::person::Caller;
use crate::state::ApiState;
use crate::v1::schema_enums;

/// A project.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Project {
    /// Its id.
    id: Uuid,
    /// Its name.
    name: String,
    /// What happens to requests that no rule matches.
    #[schema(value_type = schema_enums::PolicyMode)]
    policy_mode: PolicyMode,
    /// Whether it is used when a call names no project.
    is_default: bool,
    /// When it was created.
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
}

impl Project {
    fn of(project: onecli_domain::project::Project, caller: &Caller) -> Self {
        Self {
            is_default: project.id == caller.person.default_project,
            id: project.id.0,
            name: project.name,
            policy_mode: project.policy_mode,
            created_at: project.created_at,
        }
    }
}

/// List projects
#[utoipa::path(get, path = "/projects", tag = "projects", operation_id = "listProjects",
    responses((status = 200, description = "The caller's projects", body = Vec<Project>), (status = 401, body = ErrorBody)))]
pub(crate) async fn list(State(state): State<ApiState>, caller: Caller) -> Result<Json<Vec<Project>>, Error> {
    let all = state.app.list_projects(&caller.person).await?;
    Ok(Json(all.into_iter().map(|project| Project::of(project, &caller)).collect()))
}

/// Show a project
#[utoipa::path(get, path = "/projects/{id}", tag = "projects", operation_id = "readProject", params(("id" = Uuid, Path)),
    responses((status = 200, description = "The project", body = Project), (status = 401, body = ErrorBody),
        (status = 404, body = ErrorBody)))]
pub(crate) async fn read(
    State(state): State<ApiState>,
    caller: Caller,
    Id(id): Id<ProjectId>,
) -> Result<Json<Project>, Error> {
    let project = state.app.project(&caller.person, id).await?;
    Ok(Json(Project::of(project, &caller)))
}

/// Changes of a project.
#[derive(Deserialize, ToSchema)]
pub(crate) struct UpdateProject {
    /// Its name (1–255 characters).
    name: String,
}

/// Rename a project
#[utoipa::path(patch, path = "/projects/{id}", tag = "projects", operation_id = "updateProject",
    params(("id" = Uuid, Path)), request_body = UpdateProject,
    responses((status = 200, description = "The project", body = Project), (status = 400, body = ErrorBody),
        (status = 401, body = ErrorBody), (status = 404, body = ErrorBody)))]
pub(crate) async fn update(
    State(state): State<ApiState>,
    caller: Caller,
    Id(id): Id<ProjectId>,
    Body(body): Body<UpdateProject>,
) -> Result<Json<Project>, Error> {
    let project = caller.app(&state).rename_project(&caller.person, id, &body.name).await?;
    Ok(Json(Project::of(project, &caller)))
}

/// What happens to requests that no rule matches.
#[derive(Serialize, ToSchema)]
pub(crate) struct Mode {
    /// `allow`, `ask` or `deny`.
    #[schema(value_type = schema_enums::PolicyMode)]
    mode: PolicyMode,
}

/// Show a project's policy mode
#[utoipa::path(get, path = "/projects/{id}/policy-mode", tag = "projects", operation_id = "readPolicyMode",
    params(("id" = Uuid, Path)),
    responses((status = 200, description = "The mode", body = Mode), (status = 401, body = ErrorBody),
        (status = 404, body = ErrorBody)))]
pub(crate) async fn mode(
    State(state): State<ApiState>,
    caller: Caller,
    Id(id): Id<ProjectId>,
) -> Result<Json<Mode>, Error> {
    Ok(Json(Mode { mode: state.app.project(&caller.person, id).await?.policy_mode }))
}

/// The new policy mode.
#[derive(Deserialize, ToSchema)]
pub(crate) struct SetMode {
    /// `allow`, `ask` or `deny`.
    #[serde(alias = "policyMode")]
    #[schema(value_type = schema_enums::PolicyMode)]
    mode: String,
}

/// Set a project's policy mode
#[utoipa::path(put, path = "/projects/{id}/policy-mode", tag = "projects", operation_id = "setPolicyMode",
    params(("id" = Uuid, Path)), request_body = SetMode,
    responses((status = 200, description = "The mode", body = Mode), (status = 400, body = ErrorBody),
        (status = 401, body = ErrorBody), (status = 404, body = ErrorBody)))]
pub(crate) async fn set_mode(
    State(state): State<ApiState>,
    caller: Caller,
    Id(id): Id<ProjectId>,
    Body(body): Body<SetMode>,
) -> Result<Json<Mode>, Error> {
    let mode = PolicyMode::read(&body.mode)
        .ok_or_else(|| Error::invalid("mode", "\"mode\" must be \"allow\", \"ask\" or \"deny\""))?;
    caller.app(&state).set_policy_mode(&caller.person, id, mode).await?;
    Ok(Json(Mode { mode }))
}
