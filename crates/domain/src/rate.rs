//! Rate limits: how many requests may pass within a sliding window.

use serde::{Deserialize, Serialize};
use smallvec::SmallVec;

use crate::id::RuleId;
use crate::time::Timestamp;

/// How many requests of an agent may pass within a sliding window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RateLimit {
    /// How many (1 to 1,000,000).
    pub limit: u32,
    /// The window's length.
    pub window: Window,
}

/// The window within which requests are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Window {
    /// 60 seconds.
    Minute,
    /// 60 minutes.
    Hour,
    /// 24 hours.
    Day,
}

/// A limit that a request counts against.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limited {
    /// The rule that sets it.
    pub rule: RuleId,
    /// The rule's name.
    pub name: Box<str>,
    /// The limit.
    pub rate: RateLimit,
}

/// Result of counting a request against its limits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Counted {
    /// The request was counted against all limits. What each has left, in the order of the limits.
    Room(SmallVec<[Remaining; 1]>),
    /// A limit was reached; the request was counted against none.
    Full {
        /// Which one: of several, the one that frees up last.
        rule: RuleId,
        /// When another request may pass.
        until: Timestamp,
    },
}

/// What is left of a limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Remaining {
    /// How many more requests may pass now.
    pub requests: u32,
    /// When the oldest counted request leaves the window.
    pub until: Timestamp,
}

/// The highest limit that a rule may set.
pub const HIGHEST_LIMIT: u32 = 1_000_000;

impl RateLimit {
    /// The length of one slot of the count, in microseconds. A limit up to [`SLOTS`] is counted exactly; above,
    /// requests in the same slot leave the window together, with the last of them.
    pub fn slot_micros(self) -> i64 {
        if i64::from(self.limit) <= SLOTS { 1 } else { self.window.micros() / SLOTS }
    }
}

impl Window {
    /// Every window.
    pub const ALL: [Self; 3] = [Self::Minute, Self::Hour, Self::Day];

    /// The name used in the store and in the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Minute => "minute",
            Self::Hour => "hour",
            Self::Day => "day",
        }
    }

    /// Inverse of `as_str`.
    pub fn read(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|window| window.as_str() == text)
    }

    /// Its length in seconds.
    pub fn seconds(self) -> u32 {
        match self {
            Self::Minute => 60,
            Self::Hour => 3_600,
            Self::Day => 86_400,
        }
    }

    /// Its length in microseconds.
    pub fn micros(self) -> i64 {
        i64::from(self.seconds()) * 1_000_000
    }
}

/// The most slots per count, which bounds what is stored for a rule and an agent.
pub const SLOTS: i64 = 256;
