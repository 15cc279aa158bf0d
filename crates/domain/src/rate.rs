//! Rate limits: how many requests may pass within a sliding window.

use serde::{Deserialize, Serialize};
use smallvec::SmallVec;

use crate::id::RuleId;
use crate::time::Timestamp;

/// How many requests of an agent may pass within a window that slides with time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RateLimit {
    /// How many (1 to 1,000,000).
    pub limit: u32,
    /// Within which time.
    pub window: Window,
}

/// The time within which requests are counted.
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

/// What came of counting a request against its limits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Counted {
    /// All had room; it is counted against each. What each has left, in the order of the limits.
    Room(SmallVec<[Remaining; 1]>),
    /// One has none, and the request is counted against none.
    Full {
        /// Which: of several, the one that has room again last.
        rule: RuleId,
        /// When one more request will pass.
        until: Timestamp,
    },
}

/// What a limit has left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Remaining {
    /// How many more requests may pass now.
    pub requests: u32,
    /// When the first of those that were counted leaves the window, and makes room for one more.
    pub until: Timestamp,
}

/// The most that a rule may allow.
pub const HIGHEST_LIMIT: u32 = 1_000_000;

impl RateLimit {
    /// How long one slot of the count is, in microseconds. A count is exact to the request up to [`SLOTS`]; above,
    /// requests of one slot leave the window together, with the last of them.
    pub fn slot_micros(self) -> i64 {
        if i64::from(self.limit) <= SLOTS { 1 } else { self.window.micros() / SLOTS }
    }
}

impl Window {
    /// Every window.
    pub const ALL: [Self; 3] = [Self::Minute, Self::Hour, Self::Day];

    /// As stored and shown.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Minute => "minute",
            Self::Hour => "hour",
            Self::Day => "day",
        }
    }

    /// Reads what `as_str` wrote.
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

/// How many slots a count has at most: what is stored of a rule and an agent is bounded by it.
pub const SLOTS: i64 = 256;
