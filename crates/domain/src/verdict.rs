//! Verdicts: what was decided, and the only proof with which a secret can be opened.

use smallvec::SmallVec;

use crate::activity::VerdictKind;
use crate::credentials::{Use, Uses};
use crate::id::{RuleId, SecretId};
use crate::path::Doubt;

/// What was decided about a request.
#[derive(Debug)]
pub enum Verdict {
    /// It may go out, with these secrets.
    Allow(Grant),
    /// It may not.
    Refuse(Refusal),
}

/// The proof that a request may go out. Only `decide` makes one, and only with one does a secret open.
#[derive(Debug)]
pub struct Grant {
    uses: Uses,
    rules: RuleIds,
}

/// The rules behind a verdict: usually none or one.
pub type RuleIds = SmallVec<[RuleId; 2]>;

impl Grant {
    /// Only `decide` calls this.
    pub(crate) fn new(uses: Uses, rules: RuleIds) -> Self {
        Self { uses, rules }
    }

    /// The secrets that the request goes out with; none where it needs none.
    pub fn uses(&self) -> &[Use] {
        &self.uses
    }

    /// The rules that allowed it.
    pub fn rules(&self) -> &[RuleId] {
        &self.rules
    }
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
    /// A rule depends on the path, and the path can be read in two ways.
    AmbiguousPath(Doubt),
    /// A secret would go over plain HTTP.
    Plaintext {
        /// Which.
        secret: SecretId,
        /// Its name.
        name: Box<str>,
    },
    /// A stand-in was put where its secret doesn't belong.
    StandInMisuse {
        /// Whose stand-in.
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
            Self::AmbiguousPath(_) | Self::Plaintext { .. } | Self::StandInMisuse { .. } => {
                VerdictKind::Refuse
            }
        }
    }

    /// The rules behind it.
    pub fn rules(&self) -> &[RuleId] {
        match self {
            Self::Blocked { rules, .. } => rules,
            Self::BlockedByDefault
            | Self::AmbiguousPath(_)
            | Self::Plaintext { .. }
            | Self::StandInMisuse { .. } => &[],
        }
    }
}
