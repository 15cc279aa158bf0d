//! Holds: requests that wait until a person has decided.

use std::ops::RangeInclusive;

use crate::facts::Facts;
use crate::id::{AgentId, RuleId, RuleIds};

/// What a request waits for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hold {
    /// The rule that is shown: of several, the oldest. None if the project's mode `ask` holds the request, because no
    /// rule matched.
    pub rule: Option<HoldRule>,
    /// How many seconds there are to decide: of several rules, the fewest.
    pub seconds: u32,
    /// Every approval rule that matches; empty if the mode holds the request.
    pub rules: RuleIds,
}

/// A rule that holds requests, as people know it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HoldRule {
    /// Its id.
    pub id: RuleId,
    /// Its name.
    pub name: Box<str>,
}

impl Hold {
    /// The hold of the mode `ask`.
    pub fn by_mode() -> Self {
        Self { rule: None, seconds: DEFAULT_SECONDS, rules: RuleIds::new() }
    }
}

/// Proof that a person approved one request: by a decision about it, or by a grant that covers it.
///
/// Made only from a held request that was approved, or from a grant. With the facts of another request it proves nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Approved {
    agent: AgentId,
    method: String,
    origin: String,
    path: String,
    scope: Scope,
}

/// Which holds an approval lifts.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Scope {
    /// All: a person saw this very request.
    Request,
    /// Those of these rules, and that of the mode.
    Rules(RuleIds),
}

impl Approved {
    /// A person approved this very request. Its path is as `Target::masked_path` gives it.
    pub(crate) fn request(agent: AgentId, method: &str, origin: &str, path: &str) -> Self {
        let (method, origin, path) = (method.to_owned(), origin.to_owned(), path.to_owned());
        Self { agent, method, origin, path, scope: Scope::Request }
    }

    /// A grant covers this request, given when these rules held one like it.
    pub(crate) fn granted(facts: &Facts<'_>, rules: RuleIds) -> Self {
        Self {
            agent: facts.agent,
            method: facts.method.to_owned(),
            origin: facts.target.origin(),
            path: facts.target.masked_path(),
            scope: Scope::Rules(rules),
        }
    }

    /// Whether this is about the request with these facts.
    pub fn is_for(&self, facts: &Facts<'_>) -> bool {
        self.agent == facts.agent
            && self.method == facts.method
            && self.origin == facts.target.origin()
            && self.path == facts.target.masked_path()
    }

    /// Whether it lifts the hold of a rule, or, without one, that of the mode `ask`.
    pub fn lifts(&self, rule: Option<RuleId>) -> bool {
        match (&self.scope, rule) {
            (Scope::Request, _) | (Scope::Rules(_), None) => true,
            (Scope::Rules(rules), Some(rule)) => rules.contains(&rule),
        }
    }
}

/// How many seconds a rule may leave for a decision.
pub const SECONDS: RangeInclusive<u32> = 10..=86_400;
/// How many it leaves where it says nothing.
pub const DEFAULT_SECONDS: u32 = 300;
