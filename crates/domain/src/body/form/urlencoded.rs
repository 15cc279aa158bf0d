//! Urlencoded forms and queries (URL Standard, `application/x-www-form-urlencoded`).

use std::borrow::Cow;

use crate::target::decode_form;

/// A name with a value, where every reader finds the same ones.
#[derive(Clone, Debug)]
pub(crate) struct Pair<'t> {
    /// The name.
    pub name: Option<Cow<'t, str>>,
    /// The value.
    pub value: Option<Cow<'t, str>>,
    /// Whether there is a `=` between them.
    pub has_value: bool,
    /// Whether every reader sees it. Some take a `;` for an end too.
    pub certain: bool,
}

/// The pairs of a urlencoded form, or of a query; behind them, in doubt, those that only some readers find.
pub(crate) fn read_urlencoded(text: &str) -> impl Iterator<Item = Pair<'_>> {
    let pairs = text.split('&').filter(|pair| !pair.is_empty());
    let others = pairs.clone().flat_map(read_loosely);
    pairs.map(|pair| read_pair(pair, pair.find('='), true)).chain(others)
}

/// What lenient readers find in a pair.
fn read_loosely(pair: &str) -> impl Iterator<Item = Pair<'_>> {
    let by_semicolon = pair.split(';').filter(|_| pair.contains(';'));
    // Line ends around the whole text.
    let trimmed = Some(pair.trim_matches(LINE_ENDS)).filter(|trimmed| trimmed.len() < pair.len());
    let loosely = by_semicolon.chain(trimmed).map(|part| read_pair(part, part.find('='), false));
    // qs lets brackets hold a `=`.
    let brackets = ["]=", "%5D=", "%5d="].into_iter();
    let at_bracket = brackets.filter_map(|end| pair.find(end).map(|at| at + end.len() - 1)).min();
    let at_bracket = at_bracket.filter(|at| pair.find('=') != Some(*at));
    let at_bracket = at_bracket.map(|at| read_pair(pair, Some(at), false));
    loosely
        .chain(at_bracket)
        .chain(if pair.is_ascii() { [None, None] } else { bytewise(pair) }.into_iter().flatten())
}

/// Bytes beyond ASCII that aren't escaped, as Latin-1 (Starlette, busboy) and with seven bits each (formidable).
fn bytewise(pair: &str) -> [Option<Pair<'_>>; 2] {
    [0xff, 0x7f].map(|mask| {
        let text: String = pair.bytes().map(|byte| char::from(byte & mask)).collect();
        let Pair { name, value, has_value, .. } = read_pair(&text, text.find('='), false);
        let owned = |part: Option<Cow<'_, str>>| part.map(|part| Cow::Owned(part.into_owned()));
        Some(Pair { name: owned(name), value: owned(value), has_value, certain: false })
    })
}

fn read_pair(pair: &str, border: Option<usize>, certain: bool) -> Pair<'_> {
    let (name, value) = border.and_then(|at| pair.split_at_checked(at)).unwrap_or((pair, ""));
    let value = value.strip_prefix('=').unwrap_or(value);
    Pair { name: decode(name), value: decode(value), has_value: border.is_some(), certain }
}

/// None where a `%` is followed by something else than two digits: some readers leave it, others leave the whole text as
/// it is, and some know more escapes (`%u0061`).
fn decode(text: &str) -> Option<Cow<'_, str>> {
    let escapes = text.split('%').skip(1);
    let is_sound = |escape: &str| {
        escape.as_bytes().first_chunk::<2>().is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit))
    };
    escapes.into_iter().all(is_sound).then(|| decode_form(text))
}

const LINE_ENDS: [char; 2] = ['\r', '\n'];

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(text: &str) -> Vec<(Option<String>, Option<String>, bool)> {
        let owned = |part: Option<Cow<'_, str>>| part.map(Cow::into_owned);
        read_urlencoded(text).map(|pair| (owned(pair.name), owned(pair.value), pair.certain)).collect()
    }

    #[test]
    fn pairs_are_decoded_where_all_readers_agree() {
        let known = |name: &str, value: &str, certain| (Some(name.into()), Some(value.into()), certain);
        assert_eq!(
            read("a=1&&b+%63=%C3%A9&d"),
            [known("a", "1", true), known("b c", "é", true), known("d", "", true)]
        );
        assert_eq!(
            read("a=1;b=2"),
            [known("a", "1;b=2", true), known("a", "1", false), known("b", "2", false)]
        );
        assert_eq!(read("%u0061=1"), [(None, Some("1".into()), true)]);
        assert_eq!(read("a=1\n"), [known("a", "1\n", true), known("a", "1", false)]);
        for broken in ["%", "%4", "%zz%61", "%u0061"] {
            assert_eq!(read(&format!("a={broken}")), [(Some("a".into()), None, true)]);
        }
    }

    proptest! {
        #[test]
        fn no_text_harms(text in "[a-c&=;%+0-9é]{0,40}") {
            let _ = read(&text);
        }
    }
}
