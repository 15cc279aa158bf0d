//! Identifiers: `UUIDv7`, one type for each kind of thing so that they can't be mixed up.

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

id!(/// Names an agent.
    AgentId);
id!(/// Names a project: the boundary within which agents, secrets and rules meet.
    ProjectId);
id!(/// Names a secret.
    SecretId);
id!(/// Names a rule.
    RuleId);
id!(/// Names one activity record; also the request id that the gateway answers with.
    ActivityId);
id!(/// Names a person.
    UserId);
id!(/// Names an API key.
    ApiKeyId);
id!(/// Names a held request.
    ApprovalId);
id!(/// Names a grant that came with an approval.
    GrantId);
id!(/// Names a record of the audit log.
    AuditId);
id!(/// Names a chain of the audit log: a project's, by the project's id, or the installation's own.
    ChainId);

impl ChainId {
    /// The chain of what concerns no single project: people, their keys and sessions, encryption keys.
    pub const INSTALLATION: Self = Self(Uuid::nil());
}

impl From<ProjectId> for ChainId {
    fn from(project: ProjectId) -> Self {
        Self(project.0)
    }
}

/// The rules behind a verdict: usually none or one.
pub type RuleIds = smallvec::SmallVec<[RuleId; 2]>;
