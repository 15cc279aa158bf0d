//! The words that fields may hold, for the `OpenAPI` document: the domain reads and writes them.

#![allow(dead_code, reason = "described, never made: handlers use the domain's own types")]

use utoipa::ToSchema;

/// Which secrets an agent may use.
#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
pub(super) enum SecretMode {
    /// Every secret of its project.
    All,
    /// Only those given to it.
    Selective,
}

/// What kind of credential a secret is.
#[derive(ToSchema)]
#[schema(rename_all = "lowercase")]
pub(super) enum SecretType {
    /// Injected as its configuration says.
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
    /// Its last use was not answered 401.
    Ok,
    /// Its last use was answered 401.
    Failing,
    /// No request went out with it yet.
    Unused,
}

/// What a rule does with the requests that it matches.
#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
pub(super) enum RuleAction {
    /// Refuses them.
    Block,
    /// Lets them through, where the project refuses by default.
    Allow,
    /// Lets so many through within a time, and no more.
    RateLimit,
    /// Holds them until a person decides.
    ManualApproval,
}

/// The part of a request that a condition looks at.
#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
pub(super) enum ConditionTarget {
    /// A query parameter, decoded.
    Query,
    /// A header.
    Header,
    /// The body's whole text.
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

/// How a condition compares.
#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
pub(super) enum ConditionOperator {
    /// The same text.
    Equals,
    /// Another text, or none.
    NotEquals,
    /// Holds the text.
    Contains,
    /// Begins with it.
    StartsWith,
    /// Ends with it.
    EndsWith,
    /// A regular expression finds something.
    Matches,
    /// It is there.
    Exists,
    /// A number above it.
    GreaterThan,
    /// A number below it.
    LessThan,
}

/// The time within which requests are counted.
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
    /// It went through.
    Allow,
    /// A rule refused it.
    Block,
    /// No rule allowed it, in a project that refuses by default.
    DefaultDeny,
    /// A rate limit was used up.
    RateLimit,
    /// A rule held it, and nobody let it go on.
    Hold,
    /// It was refused for another reason.
    Refuse,
}

/// How a secret is put into a request: a header, a query parameter or a part of the path.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase")]
pub(super) struct InjectionConfig {
    /// The header to set.
    header_name: Option<String>,
    /// What to set it to; `{value}` stands for the secret.
    value_format: Option<String>,
    /// The query parameter to set.
    param_name: Option<String>,
    /// What to set it to; `{value}` stands for the secret.
    param_format: Option<String>,
    /// The path to fill in, such as `/bot{value}/*`.
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

/// How far a held request is.
#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
pub(super) enum ApprovalState {
    /// It waits.
    Pending,
    /// The gateway stopped while it waited.
    Interrupted,
    /// Somebody let it pass.
    Approved,
    /// Somebody refused it.
    Denied,
    /// Nobody decided in time.
    Expired,
    /// The agent hung up.
    Cancelled,
}

/// What came of a change.
#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
pub(super) enum AuditResult {
    /// It was made.
    Done,
    /// Whoever asked may not.
    Refused,
}

/// What was done to a record of the audit log.
#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
pub(super) enum AuditFlaw {
    /// What it says was changed.
    Edited,
    /// It was changed with its hash, or those after it were.
    Rewritten,
    /// It is gone.
    Removed,
    /// It stands where another belongs.
    Reordered,
    /// It and all after it are gone.
    Truncated,
    /// A signature beside it is not right.
    BadSignature,
    /// Nobody signed it, where all is signed.
    Unsigned,
    /// It is signed with a key that isn't trusted.
    UnknownKey,
}
