//! Choices: the same in each run, as one seed gives them.

/// Makes choices, one after another (the algorithm `SplitMix64`).
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn of(seed: u64) -> Self {
        Self(seed)
    }

    /// A number below another.
    pub(crate) fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        usize::try_from((mixed ^ (mixed >> 31)) % end as u64).unwrap()
    }

    /// One of several.
    pub(crate) fn pick<T: Clone>(&mut self, from: &[T]) -> T {
        from[self.below(from.len())].clone()
    }

    /// The plain one mostly, one of several others now and then.
    pub(crate) fn mostly<T: Clone>(&mut self, plain: T, odd: &[T], one_in: usize) -> T {
        if self.below(one_in) == 0 { self.pick(odd) } else { plain }
    }

    /// A text with a few bytes taken away, doubled or put in.
    pub(crate) fn damaged(&mut self, text: &[u8], pieces: &[&str]) -> Vec<u8> {
        let mut out = text.to_vec();
        for _ in 0..self.below(3) {
            let at = self.below(out.len() + 1);
            match self.below(3) {
                0 if at < out.len() => {
                    out.remove(at);
                }
                1 if at < out.len() => out.insert(at, out[at]),
                _ => {
                    let piece = self.pick(pieces);
                    out.splice(at..at, piece.bytes());
                }
            }
        }
        out
    }
}
