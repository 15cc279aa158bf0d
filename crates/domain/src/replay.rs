//! Replay: what a policy says to a request of which only the record is left. What the record doesn't tell is unknown.

use crate::body::Truth;
use crate::decide::{Policy, depends_on_path};
use crate::facts::{Facts, HeaderSource};
use crate::id::RuleIds;
use crate::project::PolicyMode;
use crate::rule::Action;

/// What a policy says to a recorded request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Replayed {
    /// What the rules say that match for certain.
    pub certain: Outcome,
    /// What it may be, counting in the rules of which the record doesn't tell whether they match; sorted.
    pub possible: Vec<Outcome>,
    /// The rules that match for certain.
    pub matched: RuleIds,
    /// Those of which the record doesn't tell.
    pub unknown: RuleIds,
}

/// What a policy says, from what wins to what gives way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Outcome {
    /// A rule refuses it.
    Block,
    /// Its path can be read in two ways, and a rule depends on it.
    BadRequest,
    /// A person decides.
    Hold,
    /// It is counted.
    RateLimit,
    /// It passes.
    Allow,
    /// No rule matches it, in a project that refuses such requests.
    DefaultDeny,
}

impl Outcome {
    /// As `rules test` says it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Block => "block",
            Self::BadRequest => "bad_request",
            Self::Hold => "hold",
            Self::RateLimit => "rate_limit",
            Self::Allow => "allow",
            Self::DefaultDeny => "default_deny",
        }
    }
}

impl Replayed {
    /// The outcome, where the record tells it.
    pub fn outcome(&self) -> Option<Outcome> {
        match self.possible.as_slice() {
            [only] => Some(*only),
            _ => None,
        }
    }
}

/// Headers of which nothing is known: a condition on any of them is in doubt.
pub struct UnknownHeaders;

impl HeaderSource for UnknownHeaders {
    fn each(&self, _: &str, see: &mut dyn FnMut(&[u8])) {
        see(&[0xff]);
    }

    fn each_header(&self, _: &mut dyn FnMut(&str, &[u8])) {}
}

/// Says what a policy says to a recorded request. `facts` tell what is unknown by what is in doubt or unread.
pub fn replay(policy: &Policy, facts: &Facts<'_>) -> Replayed {
    let mut matched = RuleIds::new();
    let mut unknown = RuleIds::new();
    let unmatched = match policy.mode {
        PolicyMode::Allow => Outcome::Allow,
        PolicyMode::Ask => Outcome::Hold,
        PolicyMode::Deny => Outcome::DefaultDeny,
    };
    let mut certain: Option<Outcome> = None;
    let mut perhaps = Vec::new();
    policy.rules.for_each_match(facts, |rule| {
        let outcome = match rule.action {
            Action::Block => Outcome::Block,
            Action::ManualApproval => Outcome::Hold,
            Action::RateLimit => Outcome::RateLimit,
            Action::Allow => Outcome::Allow,
        };
        if rule.holds == Truth::Yes {
            matched.push(rule.id);
            certain = Some(certain.map_or(outcome, |found| found.min(outcome)));
        } else {
            unknown.push(rule.id);
            perhaps.push(outcome);
        }
    });
    if facts.target.path.doubt().is_some() && depends_on_path(policy, facts) {
        certain = Some(certain.map_or(Outcome::BadRequest, |found| found.min(Outcome::BadRequest)));
    }
    matched.sort_unstable();
    unknown.sort_unstable();
    let perhaps = perhaps.into_iter();
    let mut possible: Vec<_> =
        perhaps.map(|outcome| certain.map_or(outcome, |found| found.min(outcome))).collect();
    let certain = certain.unwrap_or(unmatched);
    possible.push(certain);
    possible.sort_unstable();
    possible.dedup();
    Replayed { certain, possible, matched, unknown }
}
