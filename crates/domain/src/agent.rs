//! Agents: programs that send requests and hold only an access token.

use serde::{Deserialize, Serialize};

use crate::id::{AgentId, ProjectId};
use crate::time::Timestamp;
use crate::token::TokenHash;

/// An agent, as stored, without its token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Agent {
    /// Its id.
    pub id: AgentId,
    /// The project it belongs to.
    pub project: ProjectId,
    /// Its name, as people see it (1–255 characters).
    pub name: String,
    /// Its identifier, unique in the project (`^[a-z][a-z0-9-]{0,49}$`).
    pub identifier: String,
    /// The agent from which it inherited its access on creation.
    pub parent: Option<AgentId>,
    /// Whether it is used when a request names no agent.
    pub is_default: bool,
    /// Which secrets it may use.
    pub secret_mode: SecretMode,
    /// Set while its requests are refused.
    pub suspended_at: Option<Timestamp>,
    /// The hash of its token.
    pub token_hash: TokenHash,
    /// Number of tokens issued to it; also the version of the sealed token.
    pub token_version: u32,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it last sent a request.
    pub last_seen_at: Option<Timestamp>,
    /// How many requests it has sent. Updated with activity, so up to a second behind.
    pub request_count: i64,
}

/// Which secrets an agent may use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SecretMode {
    /// Every secret of its project.
    #[default]
    All,
    /// Only those it was given access to.
    Selective,
}

impl SecretMode {
    /// The name used in the store and in the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Selective => "selective",
        }
    }

    /// Inverse of `as_str`.
    pub fn read(text: &str) -> Option<Self> {
        match text {
            "all" => Some(Self::All),
            "selective" => Some(Self::Selective),
            _ => None,
        }
    }
}

/// Whether a text may be an agent's identifier: `^[a-z][a-z0-9-]{0,49}$`.
pub fn is_identifier(text: &str) -> bool {
    let mut bytes = text.bytes();
    text.len() <= 50
        && bytes.next().is_some_and(|first| first.is_ascii_lowercase())
        && bytes.all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
}
