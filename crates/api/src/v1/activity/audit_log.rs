//! The audit log: listing, verifying and exporting recorded changes.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::header;
use onecli_app::audit_log::Verification;
use onecli_domain::audit::{self, AuditFilter, Finding};
use onecli_domain::id::AuditId;
use onecli_domain::time::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::error::{Error, ErrorBody};
use crate::extract::{self, Params, field, given};
use crate::person::Caller;
use crate::state::ApiState;
use crate::v1::activity::search::TIME;
use crate::v1::list::{self, List};
use crate::v1::schema_enums;

/// A change that was made or refused.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AuditRecord {
    /// Its id.
    id: Uuid,
    /// When it was made.
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
    /// Who made it; null if unauthenticated, or if the installation itself made it.
    person: Option<AuditPerson>,
    /// How they authenticated.
    by: AuditBy,
    /// What they did, such as `agent.create`.
    action: String,
    /// The resource that was changed.
    target: AuditTarget,
    /// The resource before the change, without secret values; null if it didn't exist.
    #[schema(value_type = Option<Object>)]
    before: Option<Value>,
    /// The resource after the change, without secret values; null if it was removed.
    #[schema(value_type = Option<Object>)]
    after: Option<Value>,
    /// The address that the request came from.
    from: Option<String>,
    /// Whether the change was made or refused.
    #[schema(value_type = schema_enums::AuditResult)]
    result: String,
    /// Why it was refused.
    reason: Option<String>,
    /// The chain that it belongs to: the project's id, or zeros for the installation's.
    chain: Uuid,
    /// Its position in the chain, from 1.
    sequence: i64,
    /// The SHA-256 of this record and the previous record's hash.
    hash: String,
}

/// A person, with their name at that time.
#[derive(Serialize, ToSchema)]
pub(crate) struct AuditPerson {
    /// Their id.
    id: Uuid,
    /// Their name.
    name: String,
}

/// How someone authenticated.
#[derive(Serialize, ToSchema)]
pub(crate) struct AuditBy {
    /// `session`, `api_key`, `sign_in_link`, `open` (sign-in is turned off), `agent_token` or `system`.
    kind: String,
    /// The API key's name.
    name: Option<String>,
}

/// What was changed.
#[derive(Serialize, ToSchema)]
pub(crate) struct AuditTarget {
    /// The kind of resource, such as `agent`.
    kind: String,
    /// Its id.
    id: Option<String>,
    /// Its name at that time.
    name: Option<String>,
}

impl From<audit::Record> for AuditRecord {
    fn from(record: audit::Record) -> Self {
        let entry = record.entry;
        Self {
            id: entry.id.0,
            at: entry.at,
            person: entry.person.map(|person| AuditPerson { id: person.id.0, name: person.name }),
            by: AuditBy { kind: entry.by.kind, name: entry.by.name },
            action: entry.action,
            target: AuditTarget { kind: entry.target.kind, id: entry.target.id, name: entry.target.name },
            before: entry.before,
            after: entry.after,
            from: entry.from,
            result: entry.result,
            reason: entry.reason,
            chain: entry.chain.0,
            sequence: record.sequence,
            hash: record.hash.to_string(),
        }
    }
}

/// Selects records; all given conditions must hold.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct AuditParams {
    /// Maximum number of records, up to 200; default: 50.
    #[param(value_type = Option<u32>, minimum = 1, maximum = 200)]
    limit: Option<String>,
    /// The `x-next-cursor` of the previous page.
    #[param(value_type = Option<Uuid>)]
    cursor: Option<String>,
    /// With this action, such as `agent.create`.
    action: Option<String>,
    /// At or after this time.
    #[param(value_type = Option<String>, format = DateTime)]
    from: Option<String>,
    /// Before this time.
    #[param(value_type = Option<String>, format = DateTime)]
    to: Option<String>,
}

/// List audit records
///
/// Changes in the project, and of people, keys and sessions; newest first.
#[utoipa::path(get, path = "/audit", tag = "audit", operation_id = "listAudit", params(AuditParams),
    responses((status = 200, description = "Records", body = Vec<AuditRecord>), (status = 400, body = ErrorBody),
        (status = 401, body = ErrorBody)))]
pub(crate) async fn list(
    State(state): State<ApiState>,
    caller: Caller,
    Params(params): Params<AuditParams>,
) -> Result<List<AuditRecord>, Error> {
    let action = given(params.action.as_ref()).map(String::from);
    // Not every database accepts a NUL, and no record contains one.
    if action.as_ref().is_some_and(|text| text.contains('\0')) {
        return Err(Error::invalid("action", "\"action\" contains a NUL character; remove it"));
    }
    let filter = AuditFilter {
        action,
        from: field("from", params.from.as_ref(), TIME)?,
        to: field("to", params.to.as_ref(), TIME)?,
    };
    let limit = extract::limit(params.limit.as_ref())?.unwrap_or(DEFAULT_LIMIT);
    let cursor: Option<AuditId> = field("cursor", params.cursor.as_ref(), "the `x-next-cursor` of a page")?;
    let records = state.app.list_audit(caller.project, &filter, limit, cursor).await?;
    let next = records.last().map(|last| last.entry.id.0).filter(|_| records.len() == limit as usize);
    Ok(list::answer(records.into_iter().map(AuditRecord::from).collect(), next))
}

/// Result of verifying the audit log.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AuditVerification {
    /// Whether the log is intact: no record was changed or is missing.
    ok: bool,
    /// The number of records in intact chains.
    records: usize,
    /// The number of signed checkpoints of intact chains.
    checkpoints: usize,
    /// The first bad record.
    #[serde(skip_serializing_if = "Option::is_none")]
    first_bad: Option<FirstBad>,
}

/// The first bad record.
#[derive(Serialize, ToSchema)]
pub(crate) struct FirstBad {
    /// Its id, if the record exists.
    id: Option<Uuid>,
    /// Its chain.
    chain: Uuid,
    /// Its position in the chain.
    sequence: i64,
    /// What is wrong with it.
    #[schema(value_type = schema_enums::AuditFlaw)]
    flaw: &'static str,
    /// The same as text.
    message: String,
}

impl From<Verification> for AuditVerification {
    fn from(checked: Verification) -> Self {
        Self {
            ok: checked.first_bad.is_none(),
            records: checked.records(),
            checkpoints: checked.checkpoints(),
            first_bad: checked.first_bad.map(FirstBad::from),
        }
    }
}

impl From<Finding> for FirstBad {
    fn from(finding: Finding) -> Self {
        Self {
            id: finding.id.map(|id| id.0),
            chain: finding.chain.0,
            sequence: finding.sequence,
            flaw: finding.flaw.as_str(),
            message: finding.to_string(),
        }
    }
}

/// Verify the audit log
///
/// Detects records that were edited, removed, reordered or truncated.
#[utoipa::path(get, path = "/audit/verify", tag = "audit", operation_id = "verifyAudit",
    responses((status = 200, description = "The result", body = AuditVerification), (status = 401, body = ErrorBody)))]
pub(crate) async fn verify(
    State(state): State<ApiState>,
    caller: Caller,
) -> Result<Json<AuditVerification>, Error> {
    Ok(Json(state.app.verify_audit(caller.project).await?.into()))
}

/// Export the audit log
///
/// All checkpoints and records, as JSON lines, for `onecli audit verify --file`.
#[utoipa::path(get, path = "/audit/export", tag = "audit", operation_id = "exportAudit",
    responses((status = 200, description = "The file", body = String, content_type = "application/x-ndjson"),
        (status = 401, body = ErrorBody)))]
pub(crate) async fn export(State(state): State<ApiState>, caller: Caller) -> Result<Response, Error> {
    let text = state.app.export_audit(caller.project).await?;
    let headers = [
        (header::CONTENT_TYPE, "application/x-ndjson"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"audit.jsonl\""),
    ];
    Ok((headers, text).into_response())
}

const DEFAULT_LIMIT: u32 = 50;
