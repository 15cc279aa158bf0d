//! Truth: whether something holds, where it may be that it can't be read for certain.

/// Whether something holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Truth {
    /// For certain.
    Yes,
    /// For certain not.
    No,
    /// It can't be read for certain: some values say yes and others no, or one is not what it must be.
    Doubtful,
    /// It depends on the body, which has not been read.
    Unread,
}

/// Gathers what several values say.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Tally {
    yes: bool,
    no: bool,
    doubt: bool,
}

impl Truth {
    /// Both: what doesn't hold settles it, then what isn't read yet, then doubt. The other is asked only where it counts.
    pub(crate) fn and(self, other: impl FnOnce() -> Self) -> Self {
        match self {
            Self::No => Self::No,
            Self::Yes => other(),
            Self::Unread | Self::Doubtful => match other() {
                Self::No => Self::No,
                Self::Unread => Self::Unread,
                Self::Yes | Self::Doubtful => self,
            },
        }
    }

    /// The opposite. Doubt stays doubt.
    pub(crate) fn negated(self) -> Self {
        match self {
            Self::Yes => Self::No,
            Self::No => Self::Yes,
            Self::Doubtful | Self::Unread => self,
        }
    }

    /// The same, from a place that an upstream may read or not.
    pub(crate) fn less_certain(self) -> Self {
        if self == Self::Yes { Self::Doubtful } else { self }
    }
}

impl From<bool> for Truth {
    fn from(holds: bool) -> Self {
        if holds { Self::Yes } else { Self::No }
    }
}

impl Tally {
    /// Takes in what one value says.
    pub(crate) fn add(&mut self, truth: Truth) {
        match truth {
            Truth::Yes => self.yes = true,
            Truth::No => self.no = true,
            Truth::Doubtful | Truth::Unread => self.doubt = true,
        }
    }

    /// What they say together: what all agree on, else doubt. Without a value nothing holds.
    pub(crate) fn sum(self) -> Truth {
        match (self.yes, self.no, self.doubt) {
            (_, _, true) | (true, true, false) => Truth::Doubtful,
            (true, false, false) => Truth::Yes,
            (false, _, false) => Truth::No,
        }
    }
}
