//! The values of enumerated fields, for the `OpenAPI` document only: the domain parses and writes them.

#![allow(dead_code, reason = "only described here: handlers use the domain's types")]

use utoipa::ToSchema;

/// Which secrets an agent may use.
#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
pub(super) enum SecretMode {
    /// Every secret of its project.
    All,
    /// Only those it was given access to.
    Selective,
}

/// The kind of credential.
#[derive(ToSchema)]
#[schema(rename_all = "lowercase")]
pub(super) enum SecretType {
    /// Injected as configured.
    Generic,
    /// An API key or OAuth token of Anthropic.
    Anthropic,
    /// An API key of `OpenAI`.
    OpenAi,
}

/// Whether a secret works.
#[derive(ToSchema)]
#[schema(rename_all = "lowercase")]
pub(super) enum SecretHealth {
    /// Its last use didn't get a 401 response.
    Ok,
    /// Its last use got a 401 response.
    Failing,
    /// No request has used it yet.
    Unused,
}

/// What a rule does with matching requests.
#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
pub(super) enum RuleAction {
    /// Refuses them.
    Block,
    /// Allows them, in a project that refuses by default.
    Allow,
    /// Limits how many are allowed within a time window.
    RateLimit,
    /// Holds them for a person's decision.
    ManualApproval,
}

/// The part of a request that a condition checks.
#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
pub(super) enum ConditionTarget {
    /// A query parameter, decoded.
    Query,
    /// A header.
    Header,
    /// The body as text.
    Body,
    /// A value in a JSON body.
    BodyJson,
    /// A field of a form.
    Form,
    /// GraphQL operations.
    Graphql,
    /// JSON-RPC messages, MCP tool calls among them.
    Jsonrpc,
}

/// How a condition compares values.
#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
pub(super) enum ConditionOperator {
    /// Equal to the text.
    Equals,
    /// Different from the text, or absent.
    NotEquals,
    /// Contains the text.
    Contains,
    /// Starts with the text.
    StartsWith,
    /// Ends with the text.
    EndsWith,
    /// Matches the regular expression.
    Matches,
    /// Is present.
    Exists,
    /// A number greater than this one.
    GreaterThan,
    /// A number less than this one.
    LessThan,
}

/// The window within which requests are counted.
#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
pub(super) enum RateWindow {
    /// 60 seconds.
    Minute,
    /// 60 minutes.
    Hour,
    /// 24 hours.
    Day,
}

/// What happens to requests that no rule matches.
#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
pub(super) enum PolicyMode {
    /// They are allowed.
    Allow,
    /// They are held until a person decides.
    Ask,
    /// They are refused.
    Deny,
}

/// What was decided about a request.
#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
pub(super) enum Verdict {
    /// It was allowed.
    Allow,
    /// A rule refused it.
    Block,
    /// No rule allowed it, in a project that refuses by default.
    DefaultDeny,
    /// A rate limit was used up.
    RateLimit,
    /// A rule held it, and nobody approved it.
    Hold,
    /// It was refused for another reason.
    Refuse,
}

/// How a secret is injected into a request: into a header, a query parameter or the path.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase")]
pub(super) struct InjectionConfig {
    /// The header to set.
    header_name: Option<String>,
    /// The header's value; `{value}` is replaced by the secret.
    value_format: Option<String>,
    /// The query parameter to set.
    param_name: Option<String>,
    /// The parameter's value; `{value}` is replaced by the secret.
    param_format: Option<String>,
    /// The path template, such as `/bot{value}/*`.
    path_template: Option<String>,
    /// Where some of the secret's hosts take it in another way; the first that fits counts. Left out: as the known
    /// service that the secret is for does; an empty list: nowhere.
    overrides: Option<Vec<HostInjection>>,
}

/// How a secret is put into requests to some of its hosts.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase")]
pub(super) struct HostInjection {
    /// The hosts, each covered by one of the secret's own.
    #[schema(min_items = 1, max_items = 20)]
    host_patterns: Vec<String>,
    /// The header to set.
    header_name: Option<String>,
    /// What to set it to; `{value}` stands for the secret.
    value_format: Option<String>,
    /// The query parameter to set.
    param_name: Option<String>,
    /// What to set it to; `{value}` stands for the secret.
    param_format: Option<String>,
    /// The path to fill in; other paths are left to the next override and the default.
    path_template: Option<String>,
}

/// The state of a held request.
#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
pub(super) enum ApprovalState {
    /// Waiting for a decision.
    Pending,
    /// The gateway stopped while it waited.
    Interrupted,
    /// Someone approved it.
    Approved,
    /// Someone denied it.
    Denied,
    /// Nobody decided in time.
    Expired,
    /// The agent closed the connection.
    Cancelled,
}

/// Result of a change.
#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
pub(super) enum AuditResult {
    /// It was made.
    Done,
    /// The caller was not allowed to make it.
    Refused,
}

/// What is wrong with an audit record.
#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
pub(super) enum AuditFlaw {
    /// Its content was changed.
    Edited,
    /// It, or an earlier record, was changed together with its hash.
    Rewritten,
    /// It was removed.
    Removed,
    /// Another record is in its position.
    Reordered,
    /// It and all later records were removed.
    Truncated,
    /// The signature of its checkpoint is invalid.
    BadSignature,
    /// It has no signature, though all records should be signed.
    Unsigned,
    /// Its checkpoint is signed with a key that isn't trusted.
    UnknownKey,
}
