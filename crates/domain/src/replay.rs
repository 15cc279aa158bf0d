//! Replay: what a policy would decide about a recorded request. What the record doesn't contain is unknown.

use crate::body::Truth;
use crate::decide::{Policy, depends_on_path};
use crate::facts::{Facts, HeaderSource};
use crate::id::RuleIds;
use crate::project::PolicyMode;
use crate::rule::Action;

/// What a policy would decide about a recorded request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Replayed {
    /// The outcome of the rules that certainly match.
    pub certain: Outcome,
    /// All possible outcomes, including rules that may or may not match; sorted.
    pub possible: Vec<Outcome>,
    /// The rules that certainly match.
    pub matched: RuleIds,
    /// The rules that may or may not match, for lack of data in the record.
    pub unknown: RuleIds,
}

/// Outcome of a policy, by precedence, highest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Outcome {
    /// A rule refuses it.
    Block,
    /// Its path is ambiguous, and a rule depends on how it is read.
    BadRequest,
    /// It is held for a person's decision.
    Hold,
    /// It is counted against a rate limit.
    RateLimit,
    /// It is allowed.
    Allow,
    /// No rule matches, and the project refuses such requests.
    DefaultDeny,
}

impl Outcome {
    /// The name used by `rules test`.
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
    /// The outcome, if it is certain.
    pub fn outcome(&self) -> Option<Outcome> {
        match self.possible.as_slice() {
            [only] => Some(*only),
            _ => None,
        }
    }
}

/// Headers that weren't recorded: any condition on them is undetermined.
pub struct UnknownHeaders;

impl HeaderSource for UnknownHeaders {
    fn each(&self, _: &str, see: &mut dyn FnMut(&[u8])) {
        see(&[0xff]);
    }

    fn each_header(&self, _: &mut dyn FnMut(&str, &[u8])) {}
}

/// Evaluates a policy for a recorded request. `facts` marks unrecorded parts as ambiguous or unread.
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
