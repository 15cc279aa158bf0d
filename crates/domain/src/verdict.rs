//! Verdicts: what was decided, and the only proof with which a secret can be opened.

use smallvec::SmallVec;

use crate::activity::VerdictKind;
use crate::credentials::{SecretUse, SecretUses};
use crate::hold::Hold;
use crate::id::{RuleId, RuleIds, SecretId};
use crate::path::Doubt;
use crate::rate::{Counted, Limited, RateLimit};
use crate::time::Timestamp;

/// What was decided about a request.
#[derive(Debug)]
pub enum Verdict {
    /// It may go out, with these secrets.
    Allow(Permit),
    /// It may go out if its limits have room: it is counted first.
    Count(Quota),
    /// A person decides.
    Hold(Hold),
    /// It depends on the body, which has to be read first.
    ReadBody,
    /// It may not.
    Refuse(Refusal),
}

/// The proof that a request may go out. Only `decide` makes one, and only with one does a secret open.
#[derive(Debug)]
pub struct Permit {
    uses: SecretUses,
    rules: RuleIds,
    counts: SmallVec<[Count; 1]>,
    generation: u64,
}

/// A limit that a request was counted against, and what it has left.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Count {
    /// The limit.
    pub limit: Limited,
    /// How many more requests may pass now.
    pub requests: u32,
    /// How long until there is room for one more, in whole seconds.
    pub seconds: u32,
}

impl Permit {
    /// Only `decide` calls this.
    pub(crate) fn new(uses: SecretUses, rules: RuleIds, generation: u64) -> Self {
        Self { uses, rules, counts: SmallVec::new(), generation }
    }

    /// Which policy made it: nothing opens with one that an older policy made.
    pub fn generation(&self) -> u64 {
        self.generation
    }

    /// The secrets that the request goes out with; none where it needs none.
    pub fn uses(&self) -> &[SecretUse] {
        &self.uses
    }

    /// The rules that allowed it.
    pub fn rules(&self) -> &[RuleId] {
        &self.rules
    }

    /// The limits that it was counted against.
    pub fn counts(&self) -> &[Count] {
        &self.counts
    }
}

/// A request that waits to be counted, and the limits that it counts against.
#[derive(Debug)]
pub struct Quota {
    permit: Permit,
    limits: SmallVec<[Limited; 1]>,
}

impl Quota {
    /// Only `decide` calls this.
    pub(crate) fn new(permit: Permit, limits: SmallVec<[Limited; 1]>) -> Self {
        Self { permit, limits }
    }

    /// The limits, by rule.
    pub fn limits(&self) -> &[Limited] {
        &self.limits
    }

    /// What the request would go out with.
    pub fn uses(&self) -> &[SecretUse] {
        self.permit.uses()
    }

    /// Whether a request that an earlier decision counted was counted against all of these limits.
    pub fn is_counted(&self, earlier: &[Count]) -> bool {
        self.limits.iter().all(|limit| {
            earlier.iter().any(|count| count.limit.rule == limit.rule && count.limit.rate == limit.rate)
        })
    }

    /// The permit of a request that an earlier decision counted, and that is decided again; none if it wasn't.
    pub fn settle_counted(mut self, earlier: &[Count]) -> Option<Permit> {
        let is_counted = self.is_counted(earlier);
        self.permit.counts = earlier.iter().cloned().collect();
        is_counted.then_some(self.permit)
    }

    /// What comes of the count at a time.
    pub fn settle(mut self, counted: Counted, now: Timestamp) -> Result<Permit, Refusal> {
        let (rule, until) = match counted {
            Counted::Full { rule, until } => (rule, until),
            Counted::Room(left) => {
                let counts = self.limits.into_iter().zip(left);
                self.permit.counts = counts
                    .map(|(limit, left)| Count {
                        limit,
                        requests: left.requests,
                        seconds: seconds_until(left.until, now),
                    })
                    .collect();
                return Ok(self.permit);
            }
        };
        let limit = self.limits.iter().find(|limit| limit.rule == rule);
        Err(Refusal::RateLimited {
            rule,
            name: limit.map(|limit| limit.name.clone()).unwrap_or_default(),
            rate: limit.map(|limit| limit.rate),
            retry_after_secs: seconds_until(until, now),
            rules: self.permit.rules,
        })
    }
}

/// A part of a second is a second to wait.
fn seconds_until(until: Timestamp, now: Timestamp) -> u32 {
    let wait = until.micros().saturating_sub(now.micros()).max(1);
    u32::try_from((wait + 999_999) / 1_000_000).unwrap_or(u32::MAX)
}

/// Why a request may not go out. The variants are part of the public contract.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// A block rule matches.
    Blocked {
        /// The rule to name to the agent: of several, the first made.
        rule: RuleId,
        /// Its name.
        name: Box<str>,
        /// Every block rule that matches.
        rules: RuleIds,
    },
    /// The project refuses what no rule allows.
    BlockedByDefault,
    /// A rate limit is used up.
    RateLimited {
        /// The rule that sets it.
        rule: RuleId,
        /// Its name.
        name: Box<str>,
        /// The limit.
        rate: Option<RateLimit>,
        /// How long until one more request passes, in whole seconds.
        retry_after_secs: u32,
        /// The rules that let the request this far.
        rules: RuleIds,
    },
    /// A rule or a secret depends on the path, and the path can be read in several ways.
    AmbiguousPath(Doubt),
    /// A secret would go over plain HTTP.
    Plaintext {
        /// Which.
        secret: SecretId,
        /// Its name.
        name: Box<str>,
    },
    /// A placeholder was put where its secret doesn't belong.
    PlaceholderMisuse {
        /// Whose placeholder.
        secret: SecretId,
        /// The secret's name.
        name: Box<str>,
    },
}

impl Refusal {
    /// As it is recorded.
    pub fn kind(&self) -> VerdictKind {
        match self {
            Self::Blocked { .. } => VerdictKind::Block,
            Self::BlockedByDefault => VerdictKind::DefaultDeny,
            Self::RateLimited { .. } => VerdictKind::RateLimit,
            Self::AmbiguousPath(_) | Self::Plaintext { .. } | Self::PlaceholderMisuse { .. } => {
                VerdictKind::Refuse
            }
        }
    }

    /// The rules behind it.
    pub fn rules(&self) -> &[RuleId] {
        match self {
            Self::Blocked { rules, .. } | Self::RateLimited { rules, .. } => rules,
            Self::BlockedByDefault
            | Self::AmbiguousPath(_)
            | Self::Plaintext { .. }
            | Self::PlaceholderMisuse { .. } => &[],
        }
    }
}
