//! What the rules would say to a request, without sending it.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use onecli_app::policy::decide::Question;
use onecli_domain::rule::Action;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::error::{Error, ErrorBody};
use crate::extract::Body;
use crate::person::Caller;
use crate::state::ApiState;
use crate::v1::policy::rules;
use crate::v1::schema_enums;

/// A request to ask about.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct TestRequest {
    /// Its method; GET if left out.
    #[serde(default)]
    method: Option<String>,
    /// Its whole URL.
    url: String,
    /// Who would send it; none means an agent that may use every secret and that no rule names.
    #[serde(default)]
    #[schema(value_type = Option<Uuid>)]
    agent_id: Option<String>,
    /// Its headers, by name.
    #[serde(default)]
    headers: Option<BTreeMap<String, String>>,
    /// Its body: text as it stands, anything else as JSON.
    #[serde(default)]
    #[schema(value_type = Option<Object>)]
    body: Option<Value>,
}

/// What would happen to it.
#[derive(Serialize, ToSchema)]
pub(crate) struct TestVerdict {
    /// `allow`, `block`, `hold`, `rate_limit` (it would be counted), `default_deny`, or the code of another refusal.
    #[schema(value_type = String)]
    verdict: &'static str,
    /// Each rule that matches.
    matched: Vec<TestMatch>,
    /// The secrets that it would go out with.
    secrets: Vec<TestSecret>,
    /// What was matched.
    canonical: Canonical,
}

/// A rule that matches.
#[derive(Serialize, ToSchema)]
pub(crate) struct TestMatch {
    /// Its id.
    id: Uuid,
    /// Its name.
    name: String,
    /// What it does.
    #[schema(value_type = schema_enums::RuleAction)]
    action: Action,
    /// Why it matches.
    why: String,
}

/// A secret that a request would go out with.
#[derive(Serialize, ToSchema)]
pub(crate) struct TestSecret {
    /// Its id.
    id: Uuid,
    /// Its name.
    name: String,
    /// What it would set.
    r#as: String,
}

/// A request's canonical target.
#[derive(Serialize, ToSchema)]
pub(crate) struct Canonical {
    /// The host, with the port where it isn't the scheme's own.
    host: String,
    /// The path, as it would be sent.
    path: String,
}

/// Ask what would happen to a request
///
/// Nothing is sent, counted or opened.
#[utoipa::path(post, path = "/rules/test", tag = "rules", operation_id = "testRules", request_body = TestRequest,
    responses((status = 200, description = "What would happen", body = TestVerdict), (status = 400, body = ErrorBody),
        (status = 401, body = ErrorBody), (status = 404, description = "No such agent", body = ErrorBody)))]
pub(crate) async fn test(
    State(state): State<ApiState>,
    caller: Caller,
    Body(body): Body<TestRequest>,
) -> Result<Json<TestVerdict>, Error> {
    let method =
        body.method.filter(|method| !method.is_empty()).unwrap_or_else(|| "GET".into()).to_ascii_uppercase();
    let headers: Vec<_> = body.headers.unwrap_or_default().into_iter().collect();
    let agent = rules::read_agent(body.agent_id)?;
    let text = match body.body {
        None | Some(Value::Null) => None,
        Some(Value::String(text)) => Some(text),
        Some(other) => Some(other.to_string()),
    };
    let question = Question { method: &method, url: &body.url, headers: &headers, body: text.as_deref() };
    let preview = state.app.preview(caller.project, agent, &question)?;
    Ok(Json(TestVerdict {
        verdict: preview.verdict,
        matched: preview
            .matched
            .into_iter()
            .map(|rule| TestMatch { id: rule.id.0, name: rule.name, action: rule.action, why: rule.why })
            .collect(),
        secrets: preview
            .secrets
            .into_iter()
            .map(|secret| TestSecret { id: secret.id.0, name: secret.name, r#as: secret.r#as })
            .collect(),
        canonical: Canonical { host: preview.host, path: preview.path },
    }))
}
