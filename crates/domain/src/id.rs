//! Identifiers: `UUIDv7`, one type per kind so that they can't be mixed up.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self.0)
            }
        }

        impl FromStr for $name {
            type Err = uuid::Error;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Uuid::try_parse(text).map(Self)
            }
        }

        impl From<Uuid> for $name {
            fn from(id: Uuid) -> Self {
                Self(id)
            }
        }
    };
}

id!(/// Identifies an agent.
    AgentId);
id!(/// Identifies a project: the boundary that agents, secrets and rules share.
    ProjectId);
id!(/// Identifies a secret.
    SecretId);
id!(/// Identifies a rule.
    RuleId);
id!(/// Identifies an activity record; also the request id in the gateway's responses.
    ActivityId);
id!(/// Identifies a person.
    UserId);
id!(/// Identifies an API key.
    ApiKeyId);
id!(/// Identifies a held request.
    ApprovalId);
id!(/// Identifies a grant created with an approval.
    GrantId);
id!(/// Identifies a record of the audit log.
    AuditId);
id!(/// Identifies a chain of the audit log: a project's (equal to the project's id), or the installation's.
    ChainId);

impl ChainId {
    /// The chain for changes outside any project: people, their keys and sessions, encryption keys.
    pub const INSTALLATION: Self = Self(Uuid::nil());
}

impl From<ProjectId> for ChainId {
    fn from(project: ProjectId) -> Self {
        Self(project.0)
    }
}

/// The rules behind a verdict: usually at most one.
pub type RuleIds = smallvec::SmallVec<[RuleId; 2]>;
