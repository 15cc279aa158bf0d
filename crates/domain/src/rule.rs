//! Rules: policy entries as people write them and the store keeps them.

use serde::{Deserialize, Serialize};

use crate::condition::Condition;
use crate::id::{AgentId, ProjectId, RuleId};
pub use crate::method::Method;
use crate::method::Methods;
use crate::rate::RateLimit;
use crate::time::Timestamp;

/// A policy entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// Its id.
    pub id: RuleId,
    /// The project it belongs to.
    pub project: ProjectId,
    /// Its name, as people see it and agents are told (1–255 characters).
    pub name: String,
    /// The hosts it concerns, as written; `*` means all.
    pub host_pattern: String,
    /// The paths it concerns, as written; none means all.
    pub path_pattern: Option<String>,
    /// The methods it concerns; none means all.
    pub methods: Option<Methods>,
    /// The agent it concerns; none means all of the project.
    pub agent: Option<AgentId>,
    /// What it does.
    pub action: Action,
    /// With `rate_limit`: how many requests may pass.
    pub rate: Option<RateLimit>,
    /// With `manual_approval`: how many seconds a request waits for a decision.
    pub approval_timeout: Option<u32>,
    /// Whether it takes part.
    pub enabled: bool,
    /// Whether letter case is ignored in paths.
    pub case_insensitive: bool,
    /// What else must hold of a request.
    pub conditions: Vec<Condition>,
    /// When it was made.
    pub created_at: Timestamp,
}

/// What a rule does with the requests that it matches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// Refuses them.
    Block,
    /// Lets them through, where the project's mode is to refuse the rest.
    Allow,
    /// Lets so many through within a time, and no more.
    RateLimit,
    /// Holds them until a person decides.
    ManualApproval,
}

impl Action {
    /// As stored and shown.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Block => "block",
            Self::Allow => "allow",
            Self::RateLimit => "rate_limit",
            Self::ManualApproval => "manual_approval",
        }
    }

    /// Reads what `as_str` wrote.
    pub fn read(text: &str) -> Option<Self> {
        match text {
            "block" => Some(Self::Block),
            "allow" => Some(Self::Allow),
            "rate_limit" => Some(Self::RateLimit),
            "manual_approval" => Some(Self::ManualApproval),
            _ => None,
        }
    }
}
