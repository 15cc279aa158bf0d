//! The gateway's own answers: each refusal and failure as an agent reads it.

use bytes::Bytes;
use http::header::{ALLOW, CONTENT_TYPE, PROXY_AUTHENTICATE, RETRY_AFTER};
use http::{HeaderName, HeaderValue, Response, StatusCode};
use onecli_app::live::holds::TooManyHolds;
use onecli_app::policy::open_exchange::Withdrawn;
use onecli_domain::id::ActivityId;
use onecli_domain::target::Target;
use onecli_domain::verdict::Refusal;
use serde_json::{Map, Value, json};

use crate::config::Config;
use crate::exchange::error::{Error, Failure, Refused};
use crate::upstream::{DialError, SendError};

/// A response made by the gateway.
#[derive(Debug)]
pub(crate) struct ErrorResponse {
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

impl Error {
    /// The response for the agent. `method` and `target` as far as they are known.
    pub(crate) fn response(&self, config: &Config, method: &str, target: Option<&Target>) -> ErrorResponse {
        let host = target.map(Target::authority).unwrap_or_default();
        let path = target.map(|target| target.path.sent()).unwrap_or_default();
        match self {
            Self::Refused(refused) => refused.response(config, method, &host, path),
            Self::Failed(failure) => failure.response(&host),
        }
    }
}

impl Refused {
    fn response(&self, config: &Config, method: &str, host: &str, path: &str) -> ErrorResponse {
        match self {
            Self::Policy(refusal) => refuse(refusal, config, method, host, path),
            Self::Unauthenticated => ErrorResponse::new(407, "proxy_auth_required", "This gateway needs the access token of an agent. Ask the person who runs it for one, and pass it in the proxy URL: http://x:TOKEN@HOST:PORT")
                .retry(Retry::Never),
            Self::Suspended => ErrorResponse::new(403, "agent_suspended", "This agent is suspended. Ask the person who runs the gateway to resume it.")
                .retry(Retry::Never),
            Self::AuthorityMismatch => ErrorResponse::new(421, "authority_mismatch", "The CONNECT authority, the TLS server name, the Host header and the URL must all name the same host and port. Nothing was sent.")
                .retry(Retry::Never),
            Self::BadRequest(detail) => {
                ErrorResponse::new(400, "bad_request", format!("The request is malformed or ambiguous, and was not sent: {detail}."))
                    .field("detail", detail.as_str())
                    .retry(Retry::Never)
            }
            Self::MethodNotAllowed => ErrorResponse::new(405, "method_not_allowed", "TRACE and TRACK requests are not forwarded: a server answers them with the request itself, credentials included. Nothing was sent.")
                .retry(Retry::Never),
            Self::HeadersTooLarge(limit) => ErrorResponse::new(431, "headers_too_large", format!("The request line and headers are longer than {limit} bytes in all. Nothing was sent. Send fewer or shorter headers; the person who runs the gateway can allow more with --max-header-bytes."))
                .field("limit", *limit)
                .retry(Retry::Never),
            Self::Destination(reason) => ErrorResponse::new(403, "destination_not_allowed", format!("The gateway does not connect to {host} ({reason}). If this destination is meant, ask the person who runs the gateway to open it with --allow-destination."))
                .field("host", host)
                .field("reason", *reason)
                .retry(Retry::Never),
            Self::Denied { id, rule, why, reason } => {
                let held_by = rule.as_ref().map_or_else(
                    || "the project holds for approval because no rule matches it".to_owned(),
                    |rule| format!("the rule \"{}\" holds for approval", rule.name),
                );
                let message = match reason {
                    _ if *why == "expired" => format!("Nobody approved {method} {host}{path} in time, which {held_by}. Nothing was sent. Ask the person who runs the gateway, and try again when they are there."),
                    Some(reason) => format!("A person refused {method} {host}{path}, which {held_by}. Nothing was sent. They said: {reason}"),
                    None => format!("A person refused {method} {host}{path}, which {held_by}. Nothing was sent. Ask them before you try it again."),
                };
                let mut response = ErrorResponse::new(403, "manual_approval_denied", message)
                    .field("approval_id", id.to_string())
                    .field("reason", *why);
                if let Some(rule) = rule {
                    response = response.field("rule_name", &*rule.name).field("rule_id", rule.id.to_string());
                }
                response
                    .field("dashboard_url", format!("{}/approvals/{id}", config.public_url))
                    .retry(Retry::Never)
            }
            Self::BodyTooLarge(limit) => ErrorResponse::new(413, "body_too_large", format!("A person has to approve this request, and its body is longer than the {limit} bytes that are kept for them. Nothing was sent."))
                .field("limit", *limit)
                .retry(Retry::Never),
            Self::Withdrawn(withdrawn) => {
                let reply = ErrorResponse::new(403, "blocked_by_policy", format!("{method} {host}{path} was cut off while it was under way: {withdrawn}. Ask the person who runs the gateway if you need it."))
                    .field("method", method)
                    .field("path", path)
                    .retry(Retry::Never);
                match withdrawn {
                    Withdrawn::Rule { id, name } => reply
                        .field("rule_name", &**name)
                        .field("rule_id", id.to_string())
                        .field("dashboard_url", format!("{}/rules/{id}", config.public_url)),
                    Withdrawn::Token | Withdrawn::Suspended | Withdrawn::Secret | Withdrawn::Permission => {
                        reply.field("dashboard_url", format!("{}/rules", config.public_url))
                    }
                }
            }
        }
    }
}

impl Failure {
    fn response(&self, host: &str) -> ErrorResponse {
        match self {
            Self::AgentGone | Self::Send(SendError::Agent) => ErrorResponse::new(400, "cancelled", "The request broke off before its body was complete. It was not answered."),
            Self::Connect(error) => unreachable_upstream(host, error),
            Self::Send(SendError::Timeout) => ErrorResponse::new(504, "upstream_timeout", format!("{host} did not begin to answer in time."))
                .field("host", host),
            Self::Send(SendError::Broken(_)) => {
                ErrorResponse::new(502, "upstream_unreachable", format!("The connection to {host} broke before there was a response."))
                    .field("host", host)
                    .field("detail", "protocol")
            }
            Self::BadResponse(what) => ErrorResponse::new(502, "upstream_unreachable", format!("The response of {host} was not passed on: {what}."))
                .field("host", host)
                .field("detail", "protocol"),
            Self::CredentialUnavailable(provider) => ErrorResponse::new(503, "credential_unavailable", format!("A credential for {host} could not be opened, and the request was not sent without it. Ask the person who runs the gateway to check the secret \"{provider}\"."))
                .field("provider", provider.as_str()),
            Self::Panicked => ErrorResponse::new(500, "internal_error", "The gateway has a defect that this request met. Whether it was sent is not known; the operator's log says more."),
            Self::Overloaded => ErrorResponse::new(503, "overloaded", "The gateway is at its limit of open connections or requests. Try again shortly.")
                .retry(Retry::After(1)),
            Self::TooManyHolds(bound) => {
                let who = match bound {
                    TooManyHolds::Agent(most) => format!("{most} requests of this agent wait for a person already"),
                    TooManyHolds::All(most) => format!("{most} requests wait for a person already"),
                };
                ErrorResponse::new(503, "overloaded", format!("{who}, which is the most that may. Nothing was sent. Wait until some of them are decided."))
                    .retry(Retry::After(30))
            }
            Self::RecordUnavailable => ErrorResponse::new(503, "overloaded", "The gateway is stopping, or can't record what happens, and lets nothing through unrecorded. Try again shortly.")
                .retry(Retry::After(1)),
            Self::CountUnavailable => ErrorResponse::new(503, "overloaded", "A rate limit covers this request, and its count can't be read now. Nothing was sent. Try again shortly.")
                .retry(Retry::After(1)),
            Self::HoldUnavailable => ErrorResponse::new(503, "overloaded", "A person has to approve this request, and it can't be kept for them now. Nothing was sent. Try again shortly.")
                .retry(Retry::After(5)),
            Self::Restarting(id) => ErrorResponse::new(503, "gateway_restarting", "The gateway restarts while this request waits for a person. Send the very same request again: it goes on waiting, or finds its decision.")
                .field("approval_id", id.to_string())
                .retry(Retry::After(1)),
        }
    }
}

impl ErrorResponse {
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

    /// The response in bytes, with the request's id where it has one.
    pub(crate) fn into_response(self, id: Option<ActivityId>) -> Response<Bytes> {
        let body = Bytes::from(self.body().to_string());
        let mut response = Response::new(body);
        *response.status_mut() = self.status;
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        if self.status == StatusCode::PROXY_AUTHENTICATION_REQUIRED {
            headers.insert(PROXY_AUTHENTICATE, HeaderValue::from_static("Basic realm=\"OneCLI\""));
        }
        if self.status == StatusCode::METHOD_NOT_ALLOWED {
            // RFC 9110 §15.5.6
            headers.insert(ALLOW, HeaderValue::from_static("GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"));
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

    /// What happened, for the agent.
    pub(crate) fn message(&self) -> &str {
        &self.message
    }

    /// The JSON body.
    pub(crate) fn body(&self) -> Value {
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

fn refuse(refusal: &Refusal, config: &Config, method: &str, host: &str, path: &str) -> ErrorResponse {
    match refusal {
        Refusal::Blocked { rule, name, .. } => ErrorResponse::new(403, "blocked_by_policy", format!("The rule \"{name}\" blocks {method} {host}{path}. This is a decision of the person who runs the gateway; retrying changes nothing. Ask them if you need it."))
            .field("rule_name", &**name)
            .field("rule_id", rule.to_string())
            .field("method", method)
            .field("path", path)
            .field("dashboard_url", format!("{}/rules/{rule}", config.public_url))
            .retry(Retry::Never),
        Refusal::BlockedByDefault => ErrorResponse::new(403, "blocked_by_default_policy", format!("This project refuses what no rule allows, and no rule allows {method} {host}{path}. Ask the person who runs the gateway for a rule."))
            .field("method", method)
            .field("host", host)
            .field("path", path)
            .field("dashboard_url", format!("{}/rules/new?host={}&method={method}", config.public_url, encode(host)))
            .retry(Retry::Never),
        Refusal::RateLimited { rule, name, rate, retry_after_secs, .. } => {
            let (limit, window) = rate.map_or((0, ""), |rate| (rate.limit, rate.window.as_str()));
            ErrorResponse::new(429, "rate_limited", format!("The rule \"{name}\" allows {limit} such requests per {window}, and they are used up. The next passes in {retry_after_secs} s."))
                .field("rule_name", &**name)
                .field("rule_id", rule.to_string())
                .field("limit", limit)
                .field("window", window)
                .field("retry_after_secs", *retry_after_secs)
                .retry(Retry::After(*retry_after_secs))
        }
        Refusal::AmbiguousPath(doubt) => {
            let detail = format!("the path holds {doubt}, which can be read in two ways, and a rule depends on it");
            ErrorResponse::new(400, "bad_request", format!("The request is malformed or ambiguous, and was not sent: {detail}."))
                .field("detail", detail)
                .retry(Retry::Never)
        }
        Refusal::Plaintext { name, .. } => ErrorResponse::new(403, "plaintext_upstream", format!("The secret \"{name}\" belongs to {host}, and is not sent over plain HTTP. Use https://, or ask the person who runs the gateway to allow it for this secret."))
            .field("host", host)
            .retry(Retry::Never),
        Refusal::PlaceholderMisuse { name, .. } => ErrorResponse::new(403, "placeholder_misuse", format!("The request to {host} holds the placeholder of the secret \"{name}\", which does not belong there, or not to this agent. Nothing was sent; the person who runs the gateway is told."))
            .field("host", host)
            .retry(Retry::Never),
    }
}

fn unreachable_upstream(host: &str, error: &DialError) -> ErrorResponse {
    let detail = match error {
        DialError::Dns => "dns",
        DialError::Tls(_) => "tls",
        DialError::Protocol(_) => "protocol",
        DialError::Connect(_) | DialError::Forbidden(_) => "connect",
    };
    ErrorResponse::new(502, "upstream_unreachable", format!("{host} can't be reached: {error}."))
        .field("host", host)
        .field("detail", detail)
}

pub(crate) fn encode(text: &str) -> String {
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
