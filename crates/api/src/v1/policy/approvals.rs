//! Held requests: who waits for a decision, deciding, what became of them, and the grants that came with it.

use std::collections::BTreeMap;
use std::time::Duration;

use axum::Json;
use axum::extract::State;
use onecli_app::policy::approvals::{NewGrant, Shown};
use onecli_domain::approval::{ApprovalState, Decision};
use onecli_domain::id::ApprovalId;
use onecli_domain::time::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::error::{Error, ErrorBody};
use crate::extract::{Body, Id, Params, given};
use crate::person::Caller;
use crate::state::ApiState;
use crate::v1::list::{self, List, ListParams};
use crate::v1::schema_enums;

/// What waits for a decision.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Pending {
    /// The requests that are held, oldest first.
    requests: Vec<Approval>,
    /// How long one of them is held, where its rule doesn't say otherwise.
    timeout_seconds: u32,
}

/// A held request.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Approval {
    /// Its id.
    id: Uuid,
    /// Its project.
    project_id: Uuid,
    /// Its method.
    method: String,
    /// Its whole URL. Values of parameters that look like credentials are masked.
    url: String,
    /// Its host, with the port where it isn't the scheme's own.
    host: String,
    /// Its path, with the query's values masked.
    path: String,
    /// Its headers, without credentials and cookies.
    headers: BTreeMap<String, String>,
    /// The beginning of its body (up to 16 KiB), where that is text.
    body_preview: Option<String>,
    /// The SHA-256 of its whole body, in hexadecimal digits.
    body_sha256: String,
    /// How long its body is, in bytes.
    body_bytes: i64,
    /// What it is about to do.
    summary: Summary,
    /// Who asks.
    agent: ApprovalAgent,
    /// What holds it.
    rule: Option<ApprovalRule>,
    /// How far it is.
    #[schema(value_type = schema_enums::ApprovalState)]
    state: ApprovalState,
    /// When it came.
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    /// Until when it can be decided.
    #[schema(value_type = String, format = DateTime)]
    expires_at: Timestamp,
    /// When it was decided or ended.
    #[schema(value_type = Option<String>, format = DateTime)]
    decided_at: Option<Timestamp>,
    /// Who decided.
    decided_by: Option<String>,
    /// What they said about it.
    reason: Option<String>,
}

/// What a request is about to do, in words.
#[derive(Serialize, ToSchema)]
pub(crate) struct Summary {
    /// Such as `Send email`.
    action: String,
    /// What else there is to say.
    details: Vec<SummaryDetail>,
}

/// One thing about a request.
#[derive(Serialize, ToSchema)]
pub(crate) struct SummaryDetail {
    /// Such as `To`.
    label: String,
    /// Its value.
    value: String,
}

/// The agent that asks.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ApprovalAgent {
    /// Its id.
    id: Uuid,
    /// Its name.
    name: String,
    /// Its identifier.
    external_id: String,
}

/// The rule that holds a request.
#[derive(Serialize, ToSchema)]
pub(crate) struct ApprovalRule {
    /// Its id.
    id: Uuid,
    /// Its name.
    name: String,
}

impl From<Shown> for Approval {
    fn from(shown: Shown) -> Self {
        let Shown { approval, details } = shown;
        let host = approval.origin.split_once("://").map_or("", |(_, host)| host).to_owned();
        let (url, headers, body_sha256, body_preview, summary) = if let Some(details) = details {
            let mut headers: BTreeMap<String, String> = BTreeMap::new();
            for (name, value) in details.headers {
                headers
                    .entry(name)
                    .and_modify(|all| {
                        all.push_str(", ");
                        all.push_str(&value);
                    })
                    .or_insert(value);
            }
            (details.url, headers, details.body_sha256, details.body_preview, Some(details.summary))
        } else {
            let url = format!("{}{}", approval.origin, approval.path);
            (url, BTreeMap::new(), String::new(), None, None)
        };
        let summary = match summary {
            Some(summary) => Summary {
                action: summary.action,
                details: summary
                    .details
                    .into_iter()
                    .map(|detail| SummaryDetail { label: detail.label, value: detail.value })
                    .collect(),
            },
            None => Summary { action: format!("{} {url}", approval.method), details: Vec::new() },
        };
        Self {
            id: approval.id.0,
            project_id: approval.project.0,
            method: approval.method,
            url,
            host,
            path: approval.path,
            headers,
            body_preview,
            body_sha256,
            body_bytes: approval.body_bytes,
            summary,
            agent: ApprovalAgent {
                id: approval.agent.0,
                name: approval.agent_name,
                external_id: approval.agent_identifier,
            },
            rule: approval.rule.map(|rule| ApprovalRule { id: rule.id.0, name: rule.name.into() }),
            state: approval.state,
            created_at: approval.created_at,
            expires_at: approval.expires_at,
            decided_at: approval.decided_at,
            decided_by: approval.decided_by,
            reason: approval.reason,
        }
    }
}

/// What a caller knows already.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct PendingParams {
    /// Ids that the caller knows already, separated by commas.
    exclude: Option<String>,
}

/// Wait for held requests
///
/// Answers as soon as there is one that the caller doesn't know, or after 30 seconds: callers ask again at once.
#[utoipa::path(get, path = "/approvals/pending", tag = "approvals", operation_id = "pendingApprovals",
    params(PendingParams),
    responses((status = 200, description = "What waits", body = Pending), (status = 401, body = ErrorBody)))]
pub(crate) async fn pending(
    State(state): State<ApiState>,
    caller: Caller,
    Params(params): Params<PendingParams>,
) -> Result<Json<Pending>, Error> {
    let exclude = given(params.exclude.as_ref()).unwrap_or_default();
    // What is no id is none of ours, and excludes nothing.
    let exclude: Vec<ApprovalId> = exclude.split(',').filter_map(|id| id.trim().parse().ok()).collect();
    let found = tokio::select! {
        found = state.app.pending_approvals(caller.project, &exclude, PATIENCE) => found?,
        () = state.stopped() => Vec::new(),
    };
    let requests = found.into_iter().map(Approval::from).collect();
    Ok(Json(Pending { requests, timeout_seconds: onecli_domain::hold::DEFAULT_SECONDS }))
}

/// Which held requests are asked for.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct StateParams {
    /// In this state, or in one of several with commas between them; in any if left out.
    state: Option<String>,
}

impl StateParams {
    fn read(&self) -> Result<Vec<ApprovalState>, Error> {
        let Some(text) = given(self.state.as_ref()) else { return Ok(ApprovalState::ALL.to_vec()) };
        let states = text.split(',').map(|word| ApprovalState::read(word.trim()));
        states.collect::<Option<_>>().ok_or_else(|| {
            Error::invalid(
                "state",
                "\"state\" must be pending, interrupted, approved, denied, expired or cancelled, or several of them with commas between",
            )
        })
    }
}

/// List held requests
///
/// Newest first.
#[utoipa::path(get, path = "/approvals", tag = "approvals", operation_id = "listApprovals", params(StateParams, ListParams),
    responses((status = 200, description = "Held requests", body = Vec<Approval>), (status = 400, body = ErrorBody),
        (status = 401, body = ErrorBody)))]
pub(crate) async fn list(
    State(state): State<ApiState>,
    caller: Caller,
    Params(filter): Params<StateParams>,
    Params(params): Params<ListParams>,
) -> Result<List<Approval>, Error> {
    let states = filter.read()?;
    let (limit, before) = params.read()?;
    let limit = limit.unwrap_or(DEFAULT_LIMIT);
    let mut all =
        state.app.list_approvals(caller.project, &states, limit + 1, before.map(ApprovalId)).await?;
    let more = all.len() > limit as usize;
    all.truncate(limit as usize);
    let next = all.last().filter(|_| more).map(|shown| shown.approval.id.0);
    Ok(list::answer(all.into_iter().map(Approval::from).collect(), next))
}

/// A decision.
#[derive(Deserialize, ToSchema)]
pub(crate) struct DecideApproval {
    /// `approve` or `deny`.
    decision: String,
    /// What is allowed beyond this one request; only with `approve`.
    #[serde(default)]
    grant: Option<GiveGrant>,
    /// What the agent and others are told about it.
    #[serde(default)]
    reason: Option<String>,
}

/// Requests of the same agent, method, host and path that pass without another question.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct GiveGrant {
    /// For how many minutes (1 to 43,200).
    #[serde(default)]
    minutes: Option<u32>,
    /// For how many more requests (1 to 1,000,000).
    #[serde(default)]
    requests: Option<u32>,
    /// For which paths; without it, the path of the held request alone.
    #[serde(default)]
    path_pattern: Option<String>,
}

/// That it worked.
#[derive(Serialize, ToSchema)]
pub(crate) struct Done {
    success: bool,
}

/// Decide about a held request
///
/// The first decision counts.
#[utoipa::path(post, path = "/approvals/{id}/decision", tag = "approvals", operation_id = "decideApproval",
    params(("id" = Uuid, Path, description = "The held request")), request_body = DecideApproval,
    responses((status = 200, description = "It counts", body = Done), (status = 400, body = ErrorBody),
        (status = 401, body = ErrorBody), (status = 404, description = "Nothing of this id is held", body = ErrorBody),
        (status = 409, description = "Somebody was faster", body = ErrorBody),
        (status = 410, description = "It waits no more", body = ErrorBody)))]
pub(crate) async fn decision(
    State(state): State<ApiState>,
    caller: Caller,
    Id(id): Id<ApprovalId>,
    Body(body): Body<DecideApproval>,
) -> Result<Json<Done>, Error> {
    let decision = match body.decision.as_str() {
        "approve" => Decision::Approve,
        "deny" => Decision::Deny,
        _ => return Err(Error::invalid("decision", "\"decision\" must be \"approve\" or \"deny\"")),
    };
    let reason = body.reason.as_deref().map(str::trim).filter(|reason| !reason.is_empty());
    let grant = body.grant.map(|grant| NewGrant {
        minutes: grant.minutes,
        requests: grant.requests,
        path_pattern: grant.path_pattern.filter(|pattern| !pattern.is_empty()),
    });
    caller
        .app(&state)
        .decide_approval(&caller.person, caller.project, id, decision, reason, grant.as_ref())
        .await?;
    Ok(Json(Done { success: true }))
}

const PATIENCE: Duration = Duration::from_secs(30);
const DEFAULT_LIMIT: u32 = 100;
