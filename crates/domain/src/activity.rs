//! Activity records: one for each request of an agent, whether allowed or not.

use serde::{Deserialize, Serialize};

use crate::id::{ActivityId, AgentId, ProjectId, RuleId, SecretId};
use crate::time::Timestamp;

/// The record of one finished request. Contains no credentials: query values are masked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Activity {
    /// Its id; also the request id in the gateway's own responses.
    pub id: ActivityId,
    /// When the request arrived.
    pub at: Timestamp,
    /// The agent's project.
    pub project: ProjectId,
    /// The agent that sent the request.
    pub agent: AgentId,
    /// Its name at that time.
    pub agent_name: String,
    /// The method, as on the wire.
    pub method: String,
    /// Canonical host, with the port unless it is the scheme's default.
    pub host: String,
    /// Canonical path, and the query with its values masked.
    pub path: String,
    /// The status sent to the agent; 0 if the connection ended before a response.
    pub status: u16,
    /// What was decided.
    pub verdict: VerdictKind,
    /// The rules behind the verdict.
    pub rules: Vec<RuleId>,
    /// The secrets injected into the request.
    pub secrets: Vec<SecretId>,
    /// From the first byte of the request's head to the last of the response, in microseconds.
    pub duration_micros: i64,
    /// How much of that the gateway itself took before sending the request upstream, in microseconds.
    pub overhead_micros: i64,
    /// Where the time went.
    pub timeline: Timeline,
    /// Size of the request's body.
    pub bytes_up: i64,
    /// Size of the response's body.
    pub bytes_down: i64,
    /// The protocol between agent and gateway.
    pub protocol: Protocol,
    /// The gateway's error code, if it refused the request or failed.
    pub error: Option<String>,
    /// The kind of alarm raised, such as `placeholder_misuse`.
    pub alarm: Option<String>,
}

impl Activity {
    /// Moves the record out and leaves an empty one behind.
    #[must_use]
    pub fn take(&mut self) -> Self {
        use std::mem::take;
        Self {
            agent_name: take(&mut self.agent_name),
            method: take(&mut self.method),
            host: take(&mut self.host),
            path: take(&mut self.path),
            rules: take(&mut self.rules),
            secrets: take(&mut self.secrets),
            error: self.error.take(),
            alarm: self.alarm.take(),
            ..*self
        }
    }
}

/// Where a request's time went, in microseconds. Phases that weren't reached are absent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Timeline {
    /// Time to reach the verdict, without waiting for the agent to send its body or for a person to decide.
    pub decide_micros: Option<i64>,
    /// How long it waited for a person.
    pub hold_micros: Option<i64>,
    /// Time to get an upstream connection, including a pooled one.
    pub dial_micros: Option<i64>,
    /// From sending the request until the head of the response arrived, or the attempt was given up.
    pub upstream_micros: Option<i64>,
}

/// What was decided about a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum VerdictKind {
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
    /// It was refused for another reason, such as a misused placeholder or a forbidden destination.
    Refuse,
}

impl VerdictKind {
    /// The name used in the store and in the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Allow => "allow",
            Self::Block => "block",
            Self::DefaultDeny => "default_deny",
            Self::RateLimit => "rate_limit",
            Self::Hold => "hold",
            Self::Refuse => "refuse",
        }
    }

    /// Inverse of `as_str`.
    pub fn read(text: &str) -> Option<Self> {
        [Self::Allow, Self::Block, Self::DefaultDeny, Self::RateLimit, Self::Hold, Self::Refuse]
            .into_iter()
            .find(|kind| kind.as_str() == text)
    }
}

/// The protocol between agent and gateway.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Protocol {
    /// HTTP/1.0 or HTTP/1.1.
    #[serde(rename = "http/1.1")]
    Http1,
    /// HTTP/2.
    #[serde(rename = "h2")]
    Http2,
    /// A WebSocket, over either version.
    #[serde(rename = "websocket")]
    WebSocket,
    /// Another protocol that HTTP/1.1 switched to.
    #[serde(rename = "upgrade")]
    Upgrade,
    /// A tunnel passed through unread.
    #[serde(rename = "tunnel")]
    Tunnel,
}

impl Protocol {
    /// The name used in the store and in the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Http1 => "http/1.1",
            Self::Http2 => "h2",
            Self::WebSocket => "websocket",
            Self::Upgrade => "upgrade",
            Self::Tunnel => "tunnel",
        }
    }

    /// Inverse of `as_str`.
    pub fn read(text: &str) -> Option<Self> {
        [Self::Http1, Self::Http2, Self::WebSocket, Self::Upgrade, Self::Tunnel]
            .into_iter()
            .find(|protocol| protocol.as_str() == text)
    }
}

/// Selects records; all conditions that are set must hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ActivityFilter {
    /// Of this agent.
    pub agent: Option<AgentId>,
    /// To this host, exactly.
    pub host: Option<String>,
    /// With this method, exactly.
    pub method: Option<String>,
    /// With a status from the first to the second, both included.
    pub status: Option<(u16, u16)>,
    /// With one of these verdicts; with any if empty.
    pub verdicts: Vec<VerdictKind>,
    /// At or after this time.
    pub from: Option<Timestamp>,
    /// Before this time.
    pub to: Option<Timestamp>,
    /// Whether they raised an alarm.
    pub alarm: Option<bool>,
    /// Whose host, path, method or agent name contains this text, ignoring case.
    pub text: Option<String>,
}
