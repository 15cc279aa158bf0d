//! Projects: the boundary within which agents, secrets and rules meet.

use serde::{Deserialize, Serialize};

use crate::id::ProjectId;
use crate::time::Timestamp;

/// A project.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Project {
    /// Its id.
    pub id: ProjectId,
    /// Its name, as people see it.
    pub name: String,
    /// What happens to a request that no rule concerns.
    pub policy_mode: PolicyMode,
    /// When it was made.
    pub created_at: Timestamp,
}

/// What happens to a request that no rule concerns.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PolicyMode {
    /// It goes through.
    #[default]
    Allow,
    /// It is refused.
    Deny,
}

impl PolicyMode {
    /// As stored and shown.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Allow => "allow",
            Self::Deny => "deny",
        }
    }

    /// Reads what `as_str` wrote.
    pub fn read(text: &str) -> Option<Self> {
        match text {
            "allow" => Some(Self::Allow),
            "deny" => Some(Self::Deny),
            _ => None,
        }
    }
}
