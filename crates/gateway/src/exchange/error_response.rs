//! The gateway's own answers: each refusal and failure as an agent reads it.

use bytes::Bytes;
use http::header::{CONTENT_TYPE, PROXY_AUTHENTICATE, RETRY_AFTER};
use http::{HeaderName, HeaderValue, Response, StatusCode};
use onecli_app::live::holds::TooManyHolds;
use onecli_domain::id::{ActivityId, ApprovalId, RuleId};
use onecli_domain::target::Target;
use onecli_domain::verdict::Refusal;
use serde_json::{Map, Value, json};

use crate::config::Config;
use crate::outgoing::inject::InjectError;
use crate::upstream::{DialError, SendError};

/// Why a request ends within the gateway.
#[derive(Debug)]
pub(crate) enum Stop {
    /// A decision.
    Refused(Refusal),
    /// Nobody known is calling.
    Unauthenticated,
    /// The agent is suspended.
    Suspended,
    /// The request names different authorities.
    Mismatch,
    /// The request is malformed or ambiguous.
    BadRequest(String),
    /// There is no line to the upstream.
    Undialled(DialError),
    /// There is no answer from the upstream.
    Unanswered(SendError),
    /// A credential can't be opened, or can't be put into the request.
    CredentialUnavailable(String),
    /// Too much is going on.
    Overloaded,
    /// The record of what happens can't be kept.
    Unrecorded,
    /// Nobody knows whether a rate limit has room.
    Uncounted,
    /// A person refused it, or nobody decided in time.
    Denied {
        /// The held request.
        id: ApprovalId,
        /// The rule that held it.
        rule: (RuleId, Box<str>),
        /// `denied` or `expired`.
        why: &'static str,
        /// What the person said.
        reason: Option<String>,
    },
    /// The gateway stops while it waits for a decision.
    Restarting(ApprovalId),
    /// Too many requests wait for a decision already.
    TooManyHolds(TooManyHolds),
    /// It can't be kept until somebody decides.
    Unheld,
    /// Its body is longer than what is held.
    TooLarge(u64),
}

/// An answer made by the gateway.
#[derive(Debug)]
pub(crate) struct Reply {
    /// The status.
    pub status: StatusCode,
    /// The code by which programs tell it.
    pub code: &'static str,
    message: String,
    fields: Map<String, Value>,
    retry: Retry,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Retry {
    /// The same request would be refused again.
    Never,
    Maybe,
    After(u32),
}

impl Stop {
    /// The answer for the agent. `method` and `target` as far as they are known.
    pub(crate) fn reply(&self, config: &Config, method: &str, target: Option<&Target>) -> Reply {
        let host = target.map(Target::authority).unwrap_or_default();
        let path = target.map(|target| target.path.sent()).unwrap_or_default();
        match self {
            Self::Refused(refusal) => refuse(refusal, config, method, &host, path),
            Self::Unauthenticated => Reply::new(407, "proxy_auth_required", "This gateway needs the access token of an agent. Ask the person who runs it for one, and pass it in the proxy URL: http://x:TOKEN@HOST:PORT")
                .retry(Retry::Never),
            Self::Suspended => Reply::new(403, "agent_suspended", "This agent is suspended. Ask the person who runs the gateway to resume it.")
                .retry(Retry::Never),
            Self::Mismatch => Reply::new(421, "authority_mismatch", "The CONNECT authority, the TLS server name, the Host header and the URL must all name the same host and port. Nothing was sent.")
                .retry(Retry::Never),
            Self::BadRequest(detail) => {
                Reply::new(400, "bad_request", format!("The request is malformed or ambiguous, and was not sent: {detail}."))
                    .field("detail", detail.as_str())
                    .retry(Retry::Never)
            }
            Self::Undialled(DialError::Forbidden(reason)) => Reply::new(403, "destination_not_allowed", format!("The gateway does not connect to {host} ({reason}). If this destination is meant, ask the person who runs the gateway to open it with --allow-destination."))
                .field("host", host)
                .field("reason", *reason)
                .retry(Retry::Never),
            Self::Undialled(error) => unreachable_upstream(&host, error),
            Self::Unanswered(SendError::Timeout) => Reply::new(504, "upstream_timeout", format!("{host} did not begin to answer in time."))
                .field("host", host),
            Self::Unanswered(SendError::Broken(_) | SendError::Unsent(_)) => {
                Reply::new(502, "upstream_unreachable", format!("The connection to {host} broke before the answer was complete."))
                    .field("host", host)
                    .field("detail", "protocol")
            }
            Self::CredentialUnavailable(provider) => Reply::new(503, "credential_unavailable", format!("A credential for {host} could not be opened, and the request was not sent without it. Ask the person who runs the gateway to check the secret \"{provider}\"."))
                .field("provider", provider.as_str()),
            Self::Overloaded => Reply::new(503, "overloaded", "The gateway is at its limit of open connections or requests. Try again shortly.")
                .retry(Retry::After(1)),
            Self::Uncounted => Reply::new(503, "overloaded", "A rate limit covers this request, and its count can't be read now. Nothing was sent. Try again shortly.")
                .retry(Retry::After(1)),
            Self::Denied { id, rule, why, reason } => {
                let (rule, name) = rule;
                let message = match reason {
                    _ if *why == "expired" => format!("The rule \"{name}\" holds {method} {host}{path} until a person approves it, and nobody did in time. Nothing was sent. Ask them, and try again when they are there."),
                    Some(reason) => format!("A person decided against {method} {host}{path}, which the rule \"{name}\" holds for approval. Nothing was sent. They said: {reason}"),
                    None => format!("A person decided against {method} {host}{path}, which the rule \"{name}\" holds for approval. Nothing was sent. Ask them before you try it again."),
                };
                Reply::new(403, "manual_approval_denied", message)
                    .field("approval_id", id.to_string())
                    .field("reason", *why)
                    .field("rule_name", &**name)
                    .field("rule_id", rule.to_string())
                    .field("dashboard_url", format!("{}/approvals/{id}", config.public_url))
                    .retry(Retry::Never)
            }
            Self::Restarting(id) => Reply::new(503, "gateway_restarting", "The gateway restarts while this request waits for a person. Send the very same request again: it goes on waiting, or finds its decision.")
                .field("approval_id", id.to_string())
                .retry(Retry::After(1)),
            Self::TooManyHolds(crowded) => {
                let who = match crowded {
                    TooManyHolds::Agent(most) => format!("{most} requests of this agent wait for a person already"),
                    TooManyHolds::All(most) => format!("{most} requests wait for a person already"),
                };
                Reply::new(503, "overloaded", format!("{who}, which is the most that may. Nothing was sent. Wait until some of them are decided."))
                    .retry(Retry::After(30))
            }
            Self::Unheld => Reply::new(503, "overloaded", "A person has to approve this request, and it can't be kept for them now. Nothing was sent. Try again shortly.")
                .retry(Retry::After(5)),
            Self::TooLarge(limit) => Reply::new(413, "body_too_large", format!("A person has to approve this request, and its body is longer than the {limit} bytes that are kept for them. Nothing was sent."))
                .field("limit", *limit)
                .retry(Retry::Never),
            Self::Unrecorded => Reply::new(503, "overloaded", "The gateway is stopping, or can't record what happens, and lets nothing through unrecorded. Try again shortly.")
                .retry(Retry::After(1)),
        }
    }
}

impl From<InjectError> for Stop {
    fn from(unfit: InjectError) -> Self {
        match unfit {
            InjectError::Value => Self::CredentialUnavailable(unfit.to_string()),
            InjectError::Target => Self::BadRequest(unfit.to_string()),
        }
    }
}

impl Reply {
    fn new(status: u16, code: &'static str, message: impl Into<String>) -> Self {
        Self {
            // All statuses here are literals that exist.
            status: StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR),
            code,
            message: message.into(),
            fields: Map::new(),
            retry: Retry::Maybe,
        }
    }

    fn field(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.fields.insert(name.to_owned(), value.into());
        self
    }

    fn retry(mut self, retry: Retry) -> Self {
        self.retry = retry;
        self
    }

    /// The answer in bytes, with the request's id where it has one.
    pub(crate) fn into_response(self, id: Option<ActivityId>) -> Response<Bytes> {
        let body = Bytes::from(self.body().to_string());
        let mut response = Response::new(body);
        *response.status_mut() = self.status;
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        if self.status == StatusCode::PROXY_AUTHENTICATION_REQUIRED {
            headers.insert(PROXY_AUTHENTICATE, HeaderValue::from_static("Basic realm=\"OneCLI\""));
        }
        match self.retry {
            Retry::Never => {
                headers.insert(SHOULD_RETRY, HeaderValue::from_static("false"));
            }
            Retry::After(seconds) => {
                headers.insert(RETRY_AFTER, seconds.into());
            }
            Retry::Maybe => {}
        }
        if let Some(id) = id {
            set_request_id(headers, id);
        }
        response
    }

    fn body(&self) -> Value {
        let mut body = Map::new();
        body.insert("error".into(), self.code.into());
        body.insert("message".into(), self.message.as_str().into());
        body.extend(self.fields.clone());
        Value::Object(body)
    }
}

/// Names the activity record in an answer.
pub(crate) fn set_request_id(headers: &mut http::HeaderMap, id: ActivityId) {
    // A UUID's text is a header value.
    if let Ok(id) = HeaderValue::from_str(&id.to_string()) {
        headers.insert(REQUEST_ID, id);
    }
}

/// An upstream said 401 or 403 and the gateway knows what to do about it: the body that says so.
///
/// `restricted`: a credential exists, but not for this agent.
pub(crate) fn uncredentialed(
    config: &Config,
    target: &Target,
    restricted: Option<&str>,
    agent: onecli_domain::id::AgentId,
    upstream_body: Option<&str>,
) -> (&'static str, Bytes) {
    let host = target.host.as_str();
    let service = onecli_domain::services::for_host(host).map(|service| service.name);
    let name = service.unwrap_or(host);
    let mut body = Map::new();
    let code = if let Some(secret) = restricted {
        let manage_url = format!("{}/agents/{agent}", config.public_url);
        body.insert("message".into(), format!("{name} refused the request, which went out without a credential: the gateway has one (\"{secret}\"), but not for this agent. Ask the person who runs the gateway to grant it here: {manage_url}").into());
        body.insert("provider".into(), name.into());
        body.insert("manage_url".into(), manage_url.into());
        "access_restricted"
    } else {
        let mut secret_url = format!("{}/secrets/new?host={}", config.public_url, encode(host));
        let path = target.path.sent();
        if path != "/" {
            secret_url.push_str("&path=");
            secret_url
                .extend(percent_encoding::utf8_percent_encode(path, percent_encoding::NON_ALPHANUMERIC));
        }
        if let Some(service) = service {
            secret_url.push_str("&name=");
            secret_url.push_str(&encode(service));
        }
        body.insert("message".into(), format!("{name} refused the request, and the gateway holds no credential for it. Ask the person who runs the gateway to store one here: {secret_url} — then try again. Do not ask for the key itself.").into());
        body.insert("hostname".into(), host.into());
        body.insert("path".into(), path.into());
        body.insert("secret_url".into(), secret_url.into());
        "credential_not_found"
    };
    body.insert("error".into(), code.into());
    if let Some(text) = upstream_body {
        body.insert("upstream_body".into(), text.into());
    }
    (code, Bytes::from(Value::Object(body).to_string()))
}

fn refuse(refusal: &Refusal, config: &Config, method: &str, host: &str, path: &str) -> Reply {
    match refusal {
        Refusal::Blocked { rule, name, .. } => Reply::new(403, "blocked_by_policy", format!("The rule \"{name}\" blocks {method} {host}{path}. This is a decision of the person who runs the gateway; retrying changes nothing. Ask them if you need it."))
            .field("rule_name", &**name)
            .field("rule_id", rule.to_string())
            .field("method", method)
            .field("path", path)
            .field("dashboard_url", format!("{}/rules/{rule}", config.public_url))
            .retry(Retry::Never),
        Refusal::BlockedByDefault => Reply::new(403, "blocked_by_default_policy", format!("This project refuses what no rule allows, and no rule allows {method} {host}{path}. Ask the person who runs the gateway for a rule."))
            .field("method", method)
            .field("host", host)
            .field("path", path)
            .field("dashboard_url", format!("{}/rules/new?host={}&method={method}", config.public_url, encode(host)))
            .retry(Retry::Never),
        Refusal::RateLimited { rule, name, rate, retry_after_secs, .. } => {
            let (limit, window) = rate.map_or((0, ""), |rate| (rate.limit, rate.window.as_str()));
            Reply::new(429, "rate_limited", format!("The rule \"{name}\" allows {limit} such requests per {window}, and they are used up. The next passes in {retry_after_secs} s."))
                .field("rule_name", &**name)
                .field("rule_id", rule.to_string())
                .field("limit", limit)
                .field("window", window)
                .field("retry_after_secs", *retry_after_secs)
                .retry(Retry::After(*retry_after_secs))
        }
        Refusal::AmbiguousPath(doubt) => {
            let detail = format!("the path holds {doubt}, which can be read in two ways, and a rule depends on it");
            Reply::new(400, "bad_request", format!("The request is malformed or ambiguous, and was not sent: {detail}."))
                .field("detail", detail)
                .retry(Retry::Never)
        }
        Refusal::Plaintext { name, .. } => Reply::new(403, "plaintext_upstream", format!("The secret \"{name}\" belongs to {host}, and is not sent over plain HTTP. Use https://, or ask the person who runs the gateway to allow it for this secret."))
            .field("host", host)
            .retry(Retry::Never),
        Refusal::PlaceholderMisuse { name, .. } => Reply::new(403, "placeholder_misuse", format!("The request to {host} holds the placeholder of the secret \"{name}\", which does not belong there, or not to this agent. Nothing was sent; the person who runs the gateway is told."))
            .field("host", host)
            .retry(Retry::Never),
    }
}

fn unreachable_upstream(host: &str, error: &DialError) -> Reply {
    let detail = match error {
        DialError::Dns => "dns",
        DialError::Tls(_) => "tls",
        DialError::Protocol(_) => "protocol",
        DialError::Connect(_) | DialError::Forbidden(_) => "connect",
    };
    Reply::new(502, "upstream_unreachable", format!("{host} can't be reached: {error}."))
        .field("host", host)
        .field("detail", detail)
}

fn encode(text: &str) -> String {
    percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string()
}

/// The answer to `/healthz`.
pub(crate) fn health(version: &str) -> Response<Bytes> {
    let mut response = Response::new(Bytes::from(json!({ "status": "ok", "version": version }).to_string()));
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

const REQUEST_ID: HeaderName = HeaderName::from_static("x-onecli-request-id");
const SHOULD_RETRY: HeaderName = HeaderName::from_static("x-should-retry");
