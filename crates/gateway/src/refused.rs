//! Requests that are refused before they are read: why, and the request that takes their place.
//!
//! The HTTP parser never sees such a request. It gets a substitute instead, with the method [`METHOD`] and the reason in
//! a header, and the agent gets an answer of the gateway's in the ordinary way, in its turn.

/// Why a request is refused before it is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refused {
    /// It is malformed, or two readers could read it differently.
    Malformed(&'static str),
    /// It has more header bytes than are taken.
    TooLarge,
}

impl Refused {
    /// The value of [`HEADER`] in the substitute.
    pub fn as_text(self) -> &'static str {
        match self {
            Self::Malformed(what) => what,
            Self::TooLarge => TOO_LARGE,
        }
    }
}

/// The method of a substitute. Requests of agents that have it are refused.
pub(crate) const METHOD: &str = "ONECLI-REFUSED";
/// The header of a substitute that says why.
pub(crate) const HEADER: &str = "x-onecli-refused";
/// What it says where the header section is too large.
pub(crate) const TOO_LARGE: &str = "too large";
