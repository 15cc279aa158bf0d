//! Folding: which names readers take for the same that differ in letter case, or behind a NUL.

/// A name as the most lenient readers see it: letter case doesn't count, nor does what follows a NUL.
///
/// Letters are alike when any reader in use says so. Go's `encoding/json` takes U+017F for `s` and U+212A for `k`,
/// .NET and Java compare upper-case forms, in which U+0131 is `I`, and then lower-case forms, in which U+0130 is `i`.
pub(super) fn folded(name: &str) -> impl Iterator<Item = char> {
    name.chars().take_while(|letter| *letter != '\0').flat_map(fold)
}

/// Whether some reader may take two names for the same.
pub(super) fn is_alike(one: &str, other: &str) -> bool {
    if one.eq_ignore_ascii_case(other) {
        return true;
    }
    !(is_plain(one) && is_plain(other)) && folded(one).eq(folded(other))
}

/// Whether only ASCII letter case can make a difference.
pub(super) fn is_plain(name: &str) -> bool {
    name.is_ascii() && !name.contains('\0')
}

fn fold(letter: char) -> impl Iterator<Item = char> {
    let letter = if letter == 'İ' { 'i' } else { letter };
    letter.to_uppercase().flat_map(char::to_lowercase)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn letters_that_some_reader_takes_for_the_same_are_alike() {
        for (one, other) in [
            ("amount", "AMOUNT"),
            ("status", "\u{17f}tatu\u{17f}"),
            ("key", "\u{212a}ey"),
            ("id", "\u{131}d"),
            ("id", "\u{130}D"),
            ("ångström", "\u{212b}NGSTRÖM"),
            ("\u{3c3}", "\u{3c2}"),
            ("id", "id\0x"),
            ("", "\0"),
        ] {
            assert!(is_alike(one, other) && is_alike(other, one), "{one:?} {other:?}");
        }
        for (one, other) in [("id", "ids"), ("id", ""), ("a", "å"), ("a", "\0a")] {
            assert!(!is_alike(one, other) && !is_alike(other, one), "{one:?} {other:?}");
        }
    }

    proptest! {
        #[test]
        fn both_ways_of_comparing_agree(one in "[a-cA-C]{0,3}", other in "[a-cA-C]{0,3}") {
            prop_assert_eq!(is_alike(&one, &other), folded(&one).eq(folded(&other)));
        }
    }
}
