//! Rules: list, make, change, remove, and what they would say to a request.

use axum::Json;
use axum::extract::State;
use http::StatusCode;
use onecli_app::policy::rules::{NewRule, RuleChange};
use onecli_domain::id::{AgentId, RuleId};
use onecli_domain::method::{Method, Methods};
use onecli_domain::rate::{RateLimit, Window};
use onecli_domain::rule::Action;
use onecli_domain::rules::BadRule;
use onecli_domain::time::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::error::{Error, ErrorBody};
use crate::extract::{Body, Id, Params, maybe};
use crate::person::Caller;
use crate::state::ApiState;
use crate::v1::list::{self, List, ListParams};
use crate::v1::policy::conditions::{self, Condition};
use crate::v1::policy::methods;
use crate::v1::schema_enums;

/// A rule.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Rule {
    /// Its id.
    id: Uuid,
    /// Its name, as people see it and agents are told.
    name: String,
    /// The hosts it concerns; `*` means all.
    host_pattern: String,
    /// The paths it concerns; none means all.
    path_pattern: Option<String>,
    /// The method it concerns, if it is only one; `methods` has all of them.
    method: Option<&'static str>,
    /// The methods it concerns; null means all.
    methods: Option<Vec<&'static str>>,
    /// The agent it concerns; null means all.
    agent_id: Option<Uuid>,
    /// What it does.
    #[schema(value_type = schema_enums::RuleAction)]
    action: Action,
    /// Whether it takes part.
    enabled: bool,
    /// Whether letter case is ignored in paths.
    case_insensitive: bool,
    /// What else must hold of a request.
    conditions: Vec<Condition>,
    /// With `rate_limit`: how many requests of an agent may pass.
    rate_limit: Option<u32>,
    /// Within which time, which slides.
    #[schema(value_type = Option<schema_enums::RateWindow>)]
    rate_limit_window: Option<Window>,
    /// With `manual_approval`: how many seconds there are to decide.
    approval_timeout_seconds: Option<u32>,
    /// When it was made.
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    /// With changes: true.
    #[serde(skip_serializing_if = "Option::is_none")]
    success: Option<bool>,
}

impl From<onecli_domain::rule::Rule> for Rule {
    fn from(rule: onecli_domain::rule::Rule) -> Self {
        Self {
            id: rule.id.0,
            name: rule.name,
            host_pattern: rule.host_pattern,
            path_pattern: rule.path_pattern,
            method: rule.methods.and_then(Methods::single).map(Method::as_str),
            methods: rule.methods.map(|methods| methods.iter().map(Method::as_str).collect()),
            agent_id: rule.agent.map(|agent| agent.0),
            action: rule.action,
            enabled: rule.enabled,
            case_insensitive: rule.case_insensitive,
            conditions: rule.conditions.into_iter().map(Condition::from).collect(),
            rate_limit: rule.rate.map(|rate| rate.limit),
            rate_limit_window: rule.rate.map(|rate| rate.window),
            approval_timeout_seconds: rule.approval_timeout,
            created_at: rule.created_at,
            success: None,
        }
    }
}

/// List rules
#[utoipa::path(get, path = "/rules", tag = "rules", operation_id = "listRules", params(ListParams),
    responses((status = 200, description = "The project's rules, oldest first", body = Vec<Rule>),
        (status = 401, body = ErrorBody)))]
pub(crate) async fn list(
    State(state): State<ApiState>,
    caller: Caller,
    Params(params): Params<ListParams>,
) -> Result<List<Rule>, Error> {
    let all = state.app.list_rules(caller.project).await?;
    let (rows, next) = params.cut(all, |rule| rule.id.0)?;
    Ok(list::answer(rows.into_iter().map(Rule::from).collect(), next))
}

/// What a new rule is made from.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CreateRule {
    /// Its name (1–255 characters).
    name: String,
    /// The hosts it concerns; `*` means all.
    host_pattern: String,
    /// The paths it concerns; none means all.
    #[serde(default)]
    path_pattern: Option<String>,
    /// GET, POST, PUT, PATCH, DELETE, HEAD or OPTIONS; none means all, unless `methods` names some.
    #[serde(default)]
    method: Option<String>,
    /// Several methods, in place of `method`; none means all.
    #[serde(default)]
    #[schema(value_type = Option<Vec<String>>)]
    methods: Option<Value>,
    /// The agent it concerns; none means all.
    #[serde(default)]
    #[schema(value_type = Option<Uuid>)]
    agent_id: Option<String>,
    /// What it does.
    #[schema(value_type = schema_enums::RuleAction)]
    action: String,
    /// With `rate_limit`: how many requests of an agent may pass (1 to 1,000,000).
    #[serde(default)]
    #[schema(value_type = Option<u32>)]
    rate_limit: Option<Value>,
    /// Within which time, which slides: minute, hour or day.
    #[serde(default)]
    #[schema(value_type = Option<schema_enums::RateWindow>)]
    rate_limit_window: Option<String>,
    /// With `manual_approval`: how many seconds there are to decide (10 to 86,400); 300 if left out.
    #[serde(default)]
    #[schema(value_type = Option<u32>)]
    approval_timeout_seconds: Option<Value>,
    /// Whether it takes part; true if left out.
    #[serde(default)]
    enabled: Option<bool>,
    /// Whether letter case is ignored in paths.
    #[serde(default)]
    case_insensitive: Option<bool>,
    /// What else must hold of a request (at most 10).
    #[serde(default)]
    #[schema(value_type = Option<Vec<Condition>>)]
    conditions: Option<Value>,
}

impl CreateRule {
    /// Reads it; nothing is looked up yet.
    pub(in crate::v1) fn read(self) -> Result<NewRule, Error> {
        let action = read_action(&self.action)?;
        if action != Action::RateLimit && (self.rate_limit.is_some() || self.rate_limit_window.is_some()) {
            return Err(Error::invalid("rateLimit", BadRule::RateWithout(action.as_str()).to_string()));
        }
        Ok(NewRule {
            name: self.name,
            host_pattern: self.host_pattern,
            path_pattern: self.path_pattern.filter(|path| !path.is_empty()),
            methods: methods::read(self.method.as_deref(), self.methods.as_ref())?,
            agent: read_agent(self.agent_id)?,
            action,
            rate: read_rate(self.rate_limit.as_ref(), self.rate_limit_window.as_deref())?,
            approval_timeout: read_timeout(self.approval_timeout_seconds.as_ref())?,
            enabled: self.enabled.unwrap_or(true),
            case_insensitive: self.case_insensitive.unwrap_or_default(),
            conditions: conditions::read(self.conditions)?.unwrap_or_default(),
        })
    }
}

/// Make a rule
#[utoipa::path(post, path = "/rules", tag = "rules", operation_id = "createRule", request_body = CreateRule,
    responses((status = 201, description = "The rule", body = Rule), (status = 400, body = ErrorBody),
        (status = 401, body = ErrorBody)))]
pub(crate) async fn create(
    State(state): State<ApiState>,
    caller: Caller,
    Body(body): Body<CreateRule>,
) -> Result<(StatusCode, Json<Rule>), Error> {
    let rule = caller.app(&state).create_rule(caller.project, body.read()?).await?;
    Ok((StatusCode::CREATED, Json(rule.into())))
}

/// Show a rule
#[utoipa::path(get, path = "/rules/{id}", tag = "rules", operation_id = "readRule", params(("id" = Uuid, Path)),
    responses((status = 200, description = "The rule", body = Rule), (status = 401, body = ErrorBody),
        (status = 404, body = ErrorBody)))]
pub(crate) async fn read(
    State(state): State<ApiState>,
    caller: Caller,
    Id(id): Id<RuleId>,
) -> Result<Json<Rule>, Error> {
    Ok(Json(state.app.read_rule(caller.project, id).await?.into()))
}

/// What can be changed of a rule. What is left out stays as it is.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[expect(clippy::option_option, reason = "left out, null and given are three things")]
pub(crate) struct UpdateRule {
    /// Its name.
    #[serde(default)]
    name: Option<String>,
    /// The hosts it concerns.
    #[serde(default)]
    host_pattern: Option<String>,
    /// The paths it concerns; null means all.
    #[serde(default, deserialize_with = "maybe")]
    #[schema(value_type = Option<String>)]
    path_pattern: Option<Option<String>>,
    /// The method it concerns, in place of all that it has; null means all.
    #[serde(default, deserialize_with = "maybe")]
    #[schema(value_type = Option<String>)]
    method: Option<Option<String>>,
    /// The methods it concerns, in place of all that it has; null means all.
    #[serde(default, deserialize_with = "maybe")]
    #[schema(value_type = Option<Vec<String>>)]
    methods: Option<Option<Value>>,
    /// The agent it concerns; null means all.
    #[serde(default, deserialize_with = "maybe")]
    #[schema(value_type = Option<Uuid>)]
    agent_id: Option<Option<String>>,
    /// What it does.
    #[serde(default)]
    #[schema(value_type = Option<schema_enums::RuleAction>)]
    action: Option<String>,
    /// How many requests of an agent may pass (1 to 1,000,000).
    #[serde(default)]
    #[schema(value_type = Option<u32>)]
    rate_limit: Option<Value>,
    /// Within which time, which slides: minute, hour or day.
    #[serde(default)]
    #[schema(value_type = Option<schema_enums::RateWindow>)]
    rate_limit_window: Option<String>,
    /// How many seconds there are to decide (10 to 86,400).
    #[serde(default)]
    #[schema(value_type = Option<u32>)]
    approval_timeout_seconds: Option<Value>,
    /// Whether it takes part.
    #[serde(default)]
    enabled: Option<bool>,
    /// Whether letter case is ignored in paths.
    #[serde(default)]
    case_insensitive: Option<bool>,
    /// What else must hold of a request (at most 10).
    #[serde(default)]
    #[schema(value_type = Option<Vec<Condition>>)]
    conditions: Option<Value>,
}

/// Change a rule
///
/// Answers with the rule as it is then.
#[utoipa::path(patch, path = "/rules/{id}", tag = "rules", operation_id = "updateRule", params(("id" = Uuid, Path)),
    request_body = UpdateRule,
    responses((status = 200, description = "The rule", body = Rule), (status = 400, body = ErrorBody),
        (status = 401, body = ErrorBody), (status = 404, body = ErrorBody)))]
pub(crate) async fn update(
    State(state): State<ApiState>,
    caller: Caller,
    Id(id): Id<RuleId>,
    Body(body): Body<UpdateRule>,
) -> Result<Json<Rule>, Error> {
    let change = RuleChange {
        name: body.name,
        host_pattern: body.host_pattern,
        path_pattern: body.path_pattern.map(|path| path.filter(|path| !path.is_empty())),
        methods: methods::read_change(body.method.as_ref(), body.methods.as_ref())?,
        agent: body.agent_id.map(read_agent).transpose()?,
        action: body.action.as_deref().map(read_action).transpose()?,
        rate_limit: read_limit(body.rate_limit.as_ref())?,
        rate_window: read_window(body.rate_limit_window.as_deref())?,
        approval_timeout: read_timeout(body.approval_timeout_seconds.as_ref())?,
        enabled: body.enabled,
        case_insensitive: body.case_insensitive,
        conditions: conditions::read(body.conditions)?,
    };
    let mut rule = Rule::from(caller.app(&state).update_rule(caller.project, id, change).await?);
    rule.success = Some(true);
    Ok(Json(rule))
}

/// Remove a rule
#[utoipa::path(delete, path = "/rules/{id}", tag = "rules", operation_id = "deleteRule", params(("id" = Uuid, Path)),
    responses((status = 204, description = "Removed"), (status = 401, body = ErrorBody), (status = 404, body = ErrorBody)))]
pub(crate) async fn remove(
    State(state): State<ApiState>,
    caller: Caller,
    Id(id): Id<RuleId>,
) -> Result<StatusCode, Error> {
    caller.app(&state).remove_rule(caller.project, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

pub(in crate::v1) fn read_agent(id: Option<String>) -> Result<Option<AgentId>, Error> {
    id.filter(|id| !id.is_empty())
        .map(|id| id.parse().map_err(|_| Error::invalid("agentId", "\"agentId\" must be an agent's id")))
        .transpose()
}

fn read_action(action: &str) -> Result<Action, Error> {
    Action::read(action).ok_or_else(|| {
        let message = "\"action\" must be \"block\", \"allow\", \"rate_limit\" or \"manual_approval\"";
        Error::invalid("action", message)
    })
}

fn read_timeout(seconds: Option<&Value>) -> Result<Option<u32>, Error> {
    match seconds {
        None | Some(Value::Null) => Ok(None),
        Some(value) => {
            let seconds = value.as_u64().and_then(|seconds| u32::try_from(seconds).ok());
            seconds.map(Some).ok_or_else(|| Error::invalid("approvalTimeoutSeconds", TIMEOUTS))
        }
    }
}

fn read_rate(limit: Option<&Value>, window: Option<&str>) -> Result<Option<RateLimit>, Error> {
    match (read_limit(limit)?, read_window(window)?) {
        (Some(limit), Some(window)) => Ok(Some(RateLimit { limit, window })),
        (None, None) => Ok(None),
        (Some(_), None) => Err(Error::invalid("rateLimitWindow", WINDOWS)),
        (None, Some(_)) => Err(Error::invalid("rateLimit", LIMITS)),
    }
}

fn read_limit(limit: Option<&Value>) -> Result<Option<u32>, Error> {
    match limit {
        None | Some(Value::Null) => Ok(None),
        Some(value) => {
            let limit = value.as_u64().and_then(|limit| u32::try_from(limit).ok());
            limit.map(Some).ok_or_else(|| Error::invalid("rateLimit", LIMITS))
        }
    }
}

fn read_window(window: Option<&str>) -> Result<Option<Window>, Error> {
    window
        .map(|window| Window::read(window).ok_or_else(|| Error::invalid("rateLimitWindow", WINDOWS)))
        .transpose()
}

const LIMITS: &str = "\"rateLimit\" must be a whole number from 1 to 1,000,000";
const WINDOWS: &str = "\"rateLimitWindow\" must be \"minute\", \"hour\" or \"day\"";
const TIMEOUTS: &str = "\"approvalTimeoutSeconds\" must be a whole number from 10 to 86,400";
