//! Approvals: held requests, what people decided about them, and the grants created with the decision.

use serde::{Deserialize, Serialize};

use crate::facts::Facts;
use crate::hold::{Approved, HoldRule};
use crate::id::{AgentId, ApprovalId, GrantId, ProjectId, RuleId};
use crate::pattern::PathPattern;
use crate::time::Timestamp;

/// A request that was held.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Approval {
    /// Its id.
    pub id: ApprovalId,
    /// Its project.
    pub project: ProjectId,
    /// The agent that sent the request.
    pub agent: AgentId,
    /// The agent's name at that time.
    pub agent_name: String,
    /// The agent's identifier at that time.
    pub agent_identifier: String,
    /// The rule displayed as the one that holds it; `None` if the project's mode `ask` does.
    pub rule: Option<HoldRule>,
    /// All rules that hold it; empty if the mode does.
    pub rules: Vec<RuleId>,
    /// The method, as on the wire.
    pub method: String,
    /// `https://host`, with the port unless it is the scheme's default.
    pub origin: String,
    /// Path and query with its values masked.
    pub path: String,
    /// Size of the body.
    pub body_bytes: i64,
    /// A keyed hash over everything that identifies the request, to recognise it when it is sent again.
    pub fingerprint: [u8; 32],
    /// Its state.
    pub state: ApprovalState,
    /// Whether a request waits for the decision or has used it: a decision applies to one request.
    pub awaited: bool,
    /// When the request arrived.
    pub created_at: Timestamp,
    /// When it expires.
    pub expires_at: Timestamp,
    /// When it was decided or otherwise ended.
    pub decided_at: Option<Timestamp>,
    /// Who decided.
    pub decided_by: Option<String>,
    /// The reason given.
    pub reason: Option<String>,
}

/// The state of a held request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ApprovalState {
    /// Waiting for a decision.
    Pending,
    /// The gateway stopped while it waited; if sent again before it expires, it gets its decision.
    Interrupted,
    /// Someone approved it.
    Approved,
    /// Someone denied it.
    Denied,
    /// Nobody decided in time.
    Expired,
    /// The agent closed the connection.
    Cancelled,
}

/// A person's decision about a held request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// Allow it.
    Approve,
    /// Refuse it.
    Deny,
}

/// Permission for similar requests beyond the approved one, limited in time or number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApprovalGrant {
    /// Its id.
    pub id: GrantId,
    /// Its project.
    pub project: ProjectId,
    /// The agent that it is for.
    pub agent: AgentId,
    /// The held request that it was created with.
    pub approval: ApprovalId,
    /// The method.
    pub method: String,
    /// `https://host`, with the port unless it is the scheme's default.
    pub origin: String,
    /// The paths covered.
    pub paths: GrantPaths,
    /// The rules that held the request; holds of other rules aren't covered. Empty if the mode `ask` held it.
    pub rules: Vec<RuleId>,
    /// How many more requests it allows; `None` means unlimited.
    pub requests_left: Option<u32>,
    /// When it expires; `None` means never.
    pub expires_at: Option<Timestamp>,
    /// When it was created.
    pub created_at: Timestamp,
    /// Who created it.
    pub created_by: String,
}

/// The paths that a grant covers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum GrantPaths {
    /// This path, as matched.
    Exactly(String),
    /// Paths that match a pattern.
    Pattern(String),
}

impl Approval {
    /// The proof that it was approved; `None` in any other state.
    pub fn approved(&self) -> Option<Approved> {
        (self.state == ApprovalState::Approved)
            .then(|| Approved::request(self.agent, &self.method, &self.origin, &self.path))
    }

    /// The name of what holds it.
    pub fn held_by(&self) -> &str {
        self.rule.as_ref().map_or(MODE_ASK, |rule| &rule.name)
    }
}

impl ApprovalState {
    /// Every state.
    pub const ALL: [Self; 6] =
        [Self::Pending, Self::Interrupted, Self::Approved, Self::Denied, Self::Expired, Self::Cancelled];

    /// The name used in the store and in the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Interrupted => "interrupted",
            Self::Approved => "approved",
            Self::Denied => "denied",
            Self::Expired => "expired",
            Self::Cancelled => "cancelled",
        }
    }

    /// Inverse of `as_str`.
    pub fn read(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == text)
    }
}

impl Decision {
    /// The state that the decision leads to.
    pub fn state(self) -> ApprovalState {
        match self {
            Self::Approve => ApprovalState::Approved,
            Self::Deny => ApprovalState::Denied,
        }
    }
}

/// A grant, compiled for matching.
#[derive(Debug)]
pub struct CompiledGrant {
    /// Its id.
    pub id: GrantId,
    grant: ApprovalGrant,
    pattern: Option<PathPattern>,
}

impl CompiledGrant {
    /// Compiles a grant; `None` if its pattern is invalid.
    pub fn of(grant: ApprovalGrant) -> Option<Self> {
        let pattern = match &grant.paths {
            GrantPaths::Exactly(_) => None,
            GrantPaths::Pattern(text) => PathPattern::read(text).ok()?,
        };
        Some(Self { id: grant.id, grant, pattern })
    }

    /// Whether it covers a request at this time. Only the store knows how many requests are left.
    pub fn covers(&self, facts: &Facts<'_>, rules: &[RuleId], now: Timestamp) -> bool {
        let path = facts.target.path.matching();
        self.grant.agent == facts.agent
            && self.grant.expires_at.is_none_or(|until| now < until)
            && self.grant.method == facts.method
            // A request that overrides its method is not covered.
            && facts.overrides.iter().all(|other| **other == *facts.method)
            && facts.target.path.doubt().is_none()
            && self.grant.origin == facts.target.origin()
            && rules.iter().all(|rule| self.grant.rules.contains(rule))
            && match &self.grant.paths {
                GrantPaths::Exactly(own) => own == path,
                GrantPaths::Pattern(_) => {
                    self.pattern.as_ref().is_none_or(|pattern| {
                        pattern.matches(path, false) && !pattern.depends_on_reading(&facts.target.path)
                    })
                }
            }
    }

    /// Whether any requests were left when it was loaded.
    pub fn is_left(&self) -> bool {
        self.grant.requests_left != Some(0)
    }

    /// The proof that a request covered by this grant is approved. The caller must have used up one of its requests.
    pub fn approved(&self, facts: &Facts<'_>) -> Approved {
        Approved::granted(facts, self.grant.rules.iter().copied().collect())
    }
}

/// What `held_by` returns when no rule holds the request.
const MODE_ASK: &str = "policy mode ask";
