//! Holds: requests that wait until a person has decided.

use std::ops::RangeInclusive;

use crate::id::{RuleId, RuleIds};

/// What a request waits for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hold {
    /// The rule that is shown: of several, the first made.
    pub rule: RuleId,
    /// Its name.
    pub name: Box<str>,
    /// How many seconds there are to decide: of several rules, the fewest.
    pub seconds: u32,
    /// Every approval rule that matches.
    pub rules: RuleIds,
}

/// The word of a person, or a grant that one gave, that a request may pass rules that hold it.
#[derive(Debug)]
pub struct Approved(Reach);

#[derive(Debug)]
enum Reach {
    /// This very request, whatever rule would hold it.
    Request,
    /// Requests of its kind, where no other rule holds them.
    Rules(RuleIds),
}

impl Approved {
    /// A person approved this very request. Called where that was read from the store, and nowhere else.
    pub fn request() -> Self {
        Self(Reach::Request)
    }

    /// A person granted requests of this kind, when these rules held one.
    pub fn kind(rules: RuleIds) -> Self {
        Self(Reach::Rules(rules))
    }

    /// Whether it covers what a rule holds.
    pub fn covers(&self, rule: RuleId) -> bool {
        match &self.0 {
            Reach::Request => true,
            Reach::Rules(rules) => rules.contains(&rule),
        }
    }
}

/// How many seconds a rule may leave for a decision.
pub const SECONDS: RangeInclusive<u32> = 10..=86_400;
/// How many it leaves where it says nothing.
pub const DEFAULT_SECONDS: u32 = 300;
