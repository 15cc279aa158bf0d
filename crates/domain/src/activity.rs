//! Activity: the record of agents' requests, one for each, allowed or not.

use serde::{Deserialize, Serialize};

use crate::id::{ActivityId, AgentId, ProjectId, RuleId, SecretId};
use crate::time::Timestamp;

/// What is known of one request once it is over. Holds no credential: query values are masked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Activity {
    /// Its id, which is also the request id that the gateway's own answers carry.
    pub id: ActivityId,
    /// When the request came.
    pub at: Timestamp,
    /// The agent's project.
    pub project: ProjectId,
    /// Who asked.
    pub agent: AgentId,
    /// Its name at that time.
    pub agent_name: String,
    /// The method, as on the wire.
    pub method: String,
    /// Canonical host, with the port where it isn't the scheme's own.
    pub host: String,
    /// Canonical path, and the query with its values masked.
    pub path: String,
    /// The status that the agent got; 0 where the connection ended before there was one.
    pub status: u16,
    /// What was decided.
    pub verdict: VerdictKind,
    /// The rules behind the verdict.
    pub rules: Vec<RuleId>,
    /// The secrets that went out with it.
    pub secrets: Vec<SecretId>,
    /// From the first byte of the head to the last of the answer, in microseconds.
    pub duration_micros: i64,
    /// How much of that was the gateway's own work before the request went out, in microseconds.
    pub overhead_micros: i64,
    /// Where the time went.
    pub timeline: Timeline,
    /// Bytes of the request's body.
    pub bytes_up: i64,
    /// Bytes of the answer's body.
    pub bytes_down: i64,
    /// What the agent spoke.
    pub protocol: Protocol,
    /// The gateway's error code, where it refused or failed.
    pub error: Option<String>,
    /// What a person should look at, such as `placeholder_misuse`.
    pub alarm: Option<String>,
}

impl Activity {
    /// Moves the record out; what stays behind is an empty shell.
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

/// Where a request's time went, in microseconds. What it didn't come to is absent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Timeline {
    /// Until the verdict, without what others took for it: the agent that sends its body, a person.
    pub decide_micros: Option<i64>,
    /// How long it waited for a person.
    pub hold_micros: Option<i64>,
    /// How long it took to have a connection to the upstream, one kept from before included.
    pub dial_micros: Option<i64>,
    /// From when the request went out until the head of the answer came, or nothing more was to be expected.
    pub upstream_micros: Option<i64>,
}

/// What was decided about a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum VerdictKind {
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
    /// It was refused for another reason, such as a misused placeholder or a forbidden destination.
    Refuse,
}

impl VerdictKind {
    /// As stored and shown.
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

    /// Reads what `as_str` wrote.
    pub fn read(text: &str) -> Option<Self> {
        [Self::Allow, Self::Block, Self::DefaultDeny, Self::RateLimit, Self::Hold, Self::Refuse]
            .into_iter()
            .find(|kind| kind.as_str() == text)
    }
}

/// What an agent spoke with the gateway.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Protocol {
    /// HTTP/1.0 or HTTP/1.1.
    #[serde(rename = "http/1.1")]
    Http1,
    /// HTTP/2.
    #[serde(rename = "h2")]
    Http2,
    /// A WebSocket, over either.
    #[serde(rename = "websocket")]
    WebSocket,
    /// Another protocol that HTTP/1.1 switched to.
    #[serde(rename = "upgrade")]
    Upgrade,
    /// A tunnel passed through untouched.
    #[serde(rename = "tunnel")]
    Tunnel,
}

impl Protocol {
    /// As stored and shown.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Http1 => "http/1.1",
            Self::Http2 => "h2",
            Self::WebSocket => "websocket",
            Self::Upgrade => "upgrade",
            Self::Tunnel => "tunnel",
        }
    }

    /// Reads what `as_str` wrote.
    pub fn read(text: &str) -> Option<Self> {
        [Self::Http1, Self::Http2, Self::WebSocket, Self::Upgrade, Self::Tunnel]
            .into_iter()
            .find(|protocol| protocol.as_str() == text)
    }
}

/// Which records a person asks for: all that are set must hold.
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
    /// With one of these verdicts; with any if there are none.
    pub verdicts: Vec<VerdictKind>,
    /// Not before.
    pub from: Option<Timestamp>,
    /// Before.
    pub to: Option<Timestamp>,
    /// Whether a person should look at them.
    pub alarm: Option<bool>,
    /// Whose host, path, method or agent's name contain this, whatever the letter case.
    pub text: Option<String>,
}
