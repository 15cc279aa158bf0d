//! Approvals: held requests and what people decided about them, and the grants that came with it.

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
    /// Who asked.
    pub agent: AgentId,
    /// The agent's name at that time.
    pub agent_name: String,
    /// The agent's short name at that time.
    pub agent_identifier: String,
    /// The rule that is shown as the one that holds it; none if the project's mode `ask` does.
    pub rule: Option<HoldRule>,
    /// Every rule that holds it; empty if the mode does.
    pub rules: Vec<RuleId>,
    /// The method, as on the wire.
    pub method: String,
    /// `https://host`, with the port where it isn't the scheme's own.
    pub origin: String,
    /// Path and query with its values masked.
    pub path: String,
    /// How long the body is.
    pub body_bytes: i64,
    /// A keyed hash over all that makes the request what it is: by it the same is known when it is sent again.
    pub fingerprint: [u8; 32],
    /// How far it is.
    pub state: ApprovalState,
    /// Whether somebody waits for the decision, or has got it: a decision is for one request.
    pub awaited: bool,
    /// When the request came.
    pub created_at: Timestamp,
    /// Until when it can be decided.
    pub expires_at: Timestamp,
    /// When it was decided, or ended otherwise.
    pub decided_at: Option<Timestamp>,
    /// Who decided.
    pub decided_by: Option<String>,
    /// What they said about it.
    pub reason: Option<String>,
}

/// How far a held request is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ApprovalState {
    /// It waits.
    Pending,
    /// The gateway stopped while it waited; sent again within its time, it finds its decision.
    Interrupted,
    /// Somebody let it pass.
    Approved,
    /// Somebody refused it.
    Denied,
    /// Nobody decided in time.
    Expired,
    /// The agent hung up.
    Cancelled,
}

/// What a person says to a held request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// It may pass.
    Approve,
    /// It may not.
    Deny,
}

/// What a person allowed beyond one request: others of the same kind, for a time or a number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApprovalGrant {
    /// Its id.
    pub id: GrantId,
    /// Its project.
    pub project: ProjectId,
    /// For whom.
    pub agent: AgentId,
    /// The held request that it came with.
    pub approval: ApprovalId,
    /// The method.
    pub method: String,
    /// `https://host`, with the port where it isn't the scheme's own.
    pub origin: String,
    /// Which paths.
    pub paths: GrantPaths,
    /// The rules that held the request; it covers no hold of another rule. Empty if the mode `ask` held it.
    pub rules: Vec<RuleId>,
    /// How many more requests; none means any number.
    pub requests_left: Option<u32>,
    /// Until when; none means without end.
    pub expires_at: Option<Timestamp>,
    /// When it was given.
    pub created_at: Timestamp,
    /// Who gave it.
    pub created_by: String,
}

/// The paths that a grant covers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum GrantPaths {
    /// This one, as matched.
    Exactly(String),
    /// Those that fit a pattern.
    Pattern(String),
}

impl Approval {
    /// The proof that it was approved; none in any other state.
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

    /// As stored and shown.
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

    /// Reads what `as_str` wrote.
    pub fn read(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == text)
    }
}

impl Decision {
    /// The state that it leads to.
    pub fn state(self) -> ApprovalState {
        match self {
            Self::Approve => ApprovalState::Approved,
            Self::Deny => ApprovalState::Denied,
        }
    }
}

/// A grant, ready to be asked.
#[derive(Debug)]
pub struct CompiledGrant {
    /// Its id.
    pub id: GrantId,
    grant: ApprovalGrant,
    pattern: Option<PathPattern>,
}

impl CompiledGrant {
    /// Takes up a grant; none if its pattern is none.
    pub fn of(grant: ApprovalGrant) -> Option<Self> {
        let pattern = match &grant.paths {
            GrantPaths::Exactly(_) => None,
            GrantPaths::Pattern(text) => PathPattern::read(text).ok()?,
        };
        Some(Self { id: grant.id, grant, pattern })
    }

    /// Whether it covers a request, as far as time goes; how many requests are left the store knows.
    pub fn covers(&self, facts: &Facts<'_>, rules: &[RuleId], now: Timestamp) -> bool {
        let path = facts.target.path.matching();
        self.grant.agent == facts.agent
            && self.grant.expires_at.is_none_or(|until| now < until)
            && self.grant.method == facts.method
            // What asks for another method was not granted.
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

    /// Whether requests are left, as of when it was loaded.
    pub fn is_left(&self) -> bool {
        self.grant.requests_left != Some(0)
    }

    /// The proof that a request which it covers is approved. One of its requests must have been used up for it.
    pub fn approved(&self, facts: &Facts<'_>) -> Approved {
        Approved::granted(facts, self.grant.rules.iter().copied().collect())
    }
}

/// What holds a request where no rule does.
const MODE_ASK: &str = "policy mode ask";
