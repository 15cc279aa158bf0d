//! Grants: requests that pass without another question, given with an approval.

use axum::extract::State;
use http::StatusCode;
use onecli_domain::approval::{ApprovalGrant, GrantPaths};
use onecli_domain::id::GrantId;
use onecli_domain::time::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::error::{Error, ErrorBody};
use crate::extract::{Id, Params};
use crate::person::Caller;
use crate::state::ApiState;
use crate::v1::list::{self, List, ListParams};

/// Requests that pass without another question.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Grant {
    /// Its id.
    id: Uuid,
    /// For whom.
    agent_id: Uuid,
    /// The held request that it came with.
    approval_id: Uuid,
    /// The method.
    method: String,
    /// The host, with the port where it isn't the scheme's own.
    host: String,
    /// `http` or `https`.
    scheme: String,
    /// Exactly this path, where there is no pattern.
    path: Option<String>,
    /// Which paths.
    path_pattern: Option<String>,
    /// The rules that it passes.
    rule_ids: Vec<Uuid>,
    /// How many requests are left; null means any number.
    requests_left: Option<u32>,
    /// Until when; null means without end.
    #[schema(value_type = Option<String>, format = DateTime)]
    expires_at: Option<Timestamp>,
    /// When it was given.
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    /// Who gave it.
    created_by: String,
}

impl From<ApprovalGrant> for Grant {
    fn from(grant: ApprovalGrant) -> Self {
        let (path, path_pattern) = match grant.paths {
            GrantPaths::Exactly(path) => (Some(path), None),
            GrantPaths::Pattern(pattern) => (None, Some(pattern)),
        };
        let (scheme, host) = grant.origin.split_once("://").unwrap_or_default();
        Self {
            id: grant.id.0,
            agent_id: grant.agent.0,
            approval_id: grant.approval.0,
            method: grant.method,
            host: host.to_owned(),
            scheme: scheme.to_owned(),
            path,
            path_pattern,
            rule_ids: grant.rules.into_iter().map(|rule| rule.0).collect(),
            requests_left: grant.requests_left,
            expires_at: grant.expires_at,
            created_at: grant.created_at,
            created_by: grant.created_by,
        }
    }
}

/// List grants
///
/// Those of which something is left, oldest first.
#[utoipa::path(get, path = "/grants", tag = "approvals", operation_id = "listGrants", params(ListParams),
    responses((status = 200, description = "Grants", body = Vec<Grant>), (status = 400, body = ErrorBody),
        (status = 401, body = ErrorBody)))]
pub(crate) async fn list(
    State(state): State<ApiState>,
    caller: Caller,
    Params(params): Params<ListParams>,
) -> Result<List<Grant>, Error> {
    let all = state.app.list_approval_grants(caller.project).await?;
    let (rows, next) = params.cut(all, |grant| grant.id.0)?;
    Ok(list::answer(rows.into_iter().map(Grant::from).collect(), next))
}

/// Revoke a grant
#[utoipa::path(delete, path = "/grants/{id}", tag = "approvals", operation_id = "revokeGrant",
    params(("id" = Uuid, Path)),
    responses((status = 204, description = "Revoked"), (status = 401, body = ErrorBody), (status = 404, body = ErrorBody)))]
pub(crate) async fn revoke(
    State(state): State<ApiState>,
    caller: Caller,
    Id(id): Id<GrantId>,
) -> Result<StatusCode, Error> {
    caller.app(&state).revoke_approval_grant(caller.project, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
