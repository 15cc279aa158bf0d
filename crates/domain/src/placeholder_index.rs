//! The placeholder index: finds a project's placeholders in whatever an agent sends, in one pass and without a copy.

use rustc_hash::FxHashMap;
use smallvec::SmallVec;

/// Texts to be found, told apart by their last eight bytes, which are random.
///
/// A table of these bytes' hashes is looked at for each position of a text (Rabin–Karp with many patterns). Unlike
/// an automaton it takes a few bytes for each placeholder and no time to build, though there are 10,000 of them.
#[derive(Debug, Default)]
pub struct PlaceholderIndex {
    texts: Vec<Box<str>>,
    /// For the end of each text, which texts end so.
    by_end: FxHashMap<[u8; END], SmallVec<[u32; 1]>>,
    /// A bit for each hash that an end has; a power of two of them.
    seen: Box<[u64]>,
    shortest: usize,
}

impl PlaceholderIndex {
    /// An index of texts. Those that are too short to be told apart are never found.
    pub fn of<'a>(texts: impl IntoIterator<Item = &'a str>) -> Self {
        let texts: Vec<Box<str>> = texts.into_iter().map(Into::into).collect();
        let mut by_end: FxHashMap<[u8; END], SmallVec<[u32; 1]>> = FxHashMap::default();
        let mut shortest = usize::MAX;
        for (at, text) in texts.iter().enumerate() {
            if let Some(end) = text.as_bytes().last_chunk::<END>() {
                by_end.entry(*end).or_default().push(at as u32);
                shortest = shortest.min(text.len());
            }
        }
        if by_end.is_empty() {
            return Self::default();
        }
        let words = (by_end.len() * BITS_PER_TEXT / 64).next_power_of_two();
        let mut index = Self { texts, by_end, seen: vec![0; words].into(), shortest };
        let bits: Vec<(usize, u64)> = index.by_end.keys().map(|end| index.bit(*end)).collect();
        for (word, bit) in bits {
            if let Some(word) = index.seen.get_mut(word) {
                *word |= bit;
            }
        }
        index
    }

    /// Whether there is nothing to find.
    pub fn is_empty(&self) -> bool {
        self.by_end.is_empty()
    }

    /// Shows each text that stands anywhere in these bytes, by its number, as often as it stands there.
    pub fn find(&self, bytes: &[u8], found: &mut impl FnMut(u32)) {
        if self.is_empty() || bytes.len() < self.shortest {
            return;
        }
        for (at, end) in bytes.array_windows::<END>().enumerate() {
            let (word, bit) = self.bit(*end);
            if self.seen.get(word).is_none_or(|word| word & bit == 0) {
                continue;
            }
            let Some(numbers) = self.by_end.get(end) else { continue };
            let until = bytes.get(..at + END).unwrap_or_default();
            for number in numbers {
                let text = self.texts.get(*number as usize);
                if text.is_some_and(|text| until.ends_with(text.as_bytes())) {
                    found(*number);
                }
            }
        }
    }

    fn bit(&self, end: [u8; END]) -> (usize, u64) {
        // Multiplicative hashing: the upper bits depend on all of the input.
        let hash = u64::from_le_bytes(end).wrapping_mul(GOLDEN) >> 32;
        ((hash >> 6) as usize & (self.seen.len().wrapping_sub(1)), 1 << (hash & 63))
    }
}

const END: usize = 8;
const BITS_PER_TEXT: usize = 64;
/// 2⁶⁴ divided by the golden ratio.
const GOLDEN: u64 = 0x9e37_79b9_7f4a_7c15;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn found(index: &PlaceholderIndex, text: &str) -> Vec<u32> {
        let mut all = Vec::new();
        index.find(text.as_bytes(), &mut |number| all.push(number));
        all
    }

    #[test]
    fn a_placeholder_is_found_wherever_it_stands() {
        let texts = ["onecli-00112233445566778899aabbccddeeff", "ghp_AAAAbbbbCCCCdddd", "123:ZZZZ-yyyy_XXXX"];
        let index = PlaceholderIndex::of(texts);
        assert_eq!(found(&index, &format!("Bearer {}", texts[0])), [0]);
        assert_eq!(found(&index, &format!("x{}y{}{}", texts[1], texts[2], texts[1])), [1, 2, 1]);
        assert!(found(&index, "ghp_AAAAbbbbCCCCdddD 23:ZZZZ-yyyy_XXXX").is_empty());
        assert!(found(&index, "").is_empty());
    }

    #[test]
    fn texts_with_one_end_are_told_apart() {
        let index = PlaceholderIndex::of(["a-12345678", "b-12345678", "short"]);
        assert_eq!(found(&index, "b-12345678"), [1]);
        assert!(found(&index, "short c-12345678").is_empty());
        assert!(PlaceholderIndex::of([]).is_empty() && PlaceholderIndex::of(["short"]).is_empty());
    }

    proptest! {
        #[test]
        fn what_is_found_is_what_a_plain_search_finds(
            texts in prop::collection::vec("[ab]{8,10}", 1..5),
            bytes in "[ab]{0,40}",
        ) {
            let index = PlaceholderIndex::of(texts.iter().map(String::as_str));
            let mut expected: Vec<u32> = Vec::new();
            for end in 0..=bytes.len() {
                for (number, text) in texts.iter().enumerate() {
                    if bytes[..end].ends_with(text.as_str()) {
                        expected.push(number as u32);
                    }
                }
            }
            prop_assert_eq!(found(&index, &bytes), expected);
        }
    }
}
