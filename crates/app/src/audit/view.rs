//! Audit views: resources as the audit log shows them. Fields are listed explicitly, so that no value, token, key or
//! preview of one is ever included.

use onecli_domain::agent::Agent;
use onecli_domain::approval::{Approval, ApprovalGrant, GrantPaths};
use onecli_domain::method::Method;
use onecli_domain::person::{ApiKey, User};
use onecli_domain::project::Project;
use onecli_domain::rule::Rule;
use onecli_domain::secret::Secret;
use onecli_store::approvals::NewDecision;
use serde_json::{Value, json};

/// An agent, without its token.
pub(crate) fn agent(agent: &Agent) -> Value {
    json!({
        "name": agent.name,
        "identifier": agent.identifier,
        "parentId": agent.parent,
        "isDefault": agent.is_default,
        "secretMode": agent.secret_mode.as_str(),
        "suspended": agent.suspended_at.is_some(),
        "tokenVersion": agent.token_version,
    })
}

/// A secret, without its value. An increased version shows that the value was replaced.
pub(crate) fn secret(secret: &Secret) -> Value {
    json!({
        "name": secret.name,
        "type": secret.kind.as_str(),
        "hostPatterns": secret.host_patterns,
        "pathPattern": secret.path_pattern,
        "injectionConfig": secret.config,
        "allowPlaintext": secret.allow_plaintext,
        "valueVersion": secret.value_version,
    })
}

/// A rule.
pub(crate) fn rule(rule: &Rule) -> Value {
    json!({
        "name": rule.name,
        "hostPattern": rule.host_pattern,
        "pathPattern": rule.path_pattern,
        "methods": rule.methods.map(|methods| methods.iter().map(Method::as_str).collect::<Vec<_>>()),
        "agentId": rule.agent,
        "action": rule.action.as_str(),
        "rateLimit": rule.rate.map(|rate| rate.limit),
        "rateLimitWindow": rule.rate.map(|rate| rate.window.as_str()),
        "approvalTimeoutSeconds": rule.approval_timeout,
        "enabled": rule.enabled,
        "caseInsensitive": rule.case_insensitive,
        "conditions": rule.conditions,
    })
}

/// Rules, each with its id.
pub(crate) fn rules<'a>(rules: impl Iterator<Item = &'a Rule>) -> Value {
    rules.map(|one| json!({ "id": one.id, "rule": rule(one) })).collect()
}

/// A project.
pub(crate) fn project(project: &Project) -> Value {
    json!({ "name": project.name, "policyMode": project.policy_mode.as_str() })
}

/// An API key: only its name and owner, not even its preview.
pub(crate) fn api_key(key: &ApiKey) -> Value {
    json!({ "name": key.name, "userId": key.user })
}

/// A person.
pub(crate) fn person(person: &User) -> Value {
    json!({ "name": person.name })
}

/// A held request; its query values are masked.
pub(crate) fn approval(held: &Approval) -> Value {
    json!({
        "state": held.state.as_str(),
        "agentId": held.agent,
        "agentName": held.agent_name,
        "ruleId": held.rule.as_ref().map(|rule| rule.id),
        "method": held.method,
        "origin": held.origin,
        "path": held.path,
    })
}

/// A decision about a held request.
pub(crate) fn decision(decided: &NewDecision<'_>) -> Value {
    json!({
        "state": decided.decision.state().as_str(),
        "reason": decided.reason,
        "grant": decided.grant.map(grant),
    })
}

/// A grant.
pub(crate) fn grant(grant: &ApprovalGrant) -> Value {
    let (path, pattern) = match &grant.paths {
        GrantPaths::Exactly(path) => (Some(path), None),
        GrantPaths::Pattern(pattern) => (None, Some(pattern)),
    };
    json!({
        "id": grant.id,
        "agentId": grant.agent,
        "method": grant.method,
        "origin": grant.origin,
        "path": path,
        "pathPattern": pattern,
        "ruleIds": grant.rules,
        "requestsLeft": grant.requests_left,
        "expiresAt": grant.expires_at,
    })
}
