//! Projects: the boundary within which agents, secrets and rules meet.

use serde::{Deserialize, Serialize};

use crate::id::ProjectId;
use crate::time::Timestamp;

/// A project.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Project {
    /// Its id.
    pub id: ProjectId,
    /// Its name.
    pub name: String,
    /// What happens to requests that no rule matches.
    pub policy_mode: PolicyMode,
    /// When it was created.
    pub created_at: Timestamp,
}

/// What happens to requests that no rule matches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PolicyMode {
    /// They are allowed.
    #[default]
    Allow,
    /// They are held until a person decides.
    Ask,
    /// They are refused.
    Deny,
}

impl PolicyMode {
    /// The name used in the store and in the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Allow => "allow",
            Self::Ask => "ask",
            Self::Deny => "deny",
        }
    }

    /// Inverse of `as_str`.
    pub fn read(text: &str) -> Option<Self> {
        match text {
            "allow" => Some(Self::Allow),
            "ask" => Some(Self::Ask),
            "deny" => Some(Self::Deny),
            _ => None,
        }
    }
}
