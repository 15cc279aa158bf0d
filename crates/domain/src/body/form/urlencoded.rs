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

/// The pairs of a urlencoded form, or of a query.
pub(crate) fn read_urlencoded(text: &str) -> impl Iterator<Item = Pair<'_>> {
    let text = text.trim_matches(['\r', '\n']);
    let pairs = text.split('&').filter(|pair| !pair.is_empty());
    let loosely = pairs.clone().filter(|pair| pair.contains(';')).flat_map(|pair| pair.split(';'));
    pairs.map(|pair| read_pair(pair, true)).chain(loosely.map(|pair| read_pair(pair, false)))
}

fn read_pair(pair: &str, certain: bool) -> Pair<'_> {
    let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
    Pair { name: decode(name), value: decode(value), has_value: pair.contains('='), certain }
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
            read("a=1&&b+%63=%C3%A9&d\r\n"),
            [known("a", "1", true), known("b c", "é", true), known("d", "", true)]
        );
        assert_eq!(
            read("a=1;b=2"),
            [known("a", "1;b=2", true), known("a", "1", false), known("b", "2", false)]
        );
        assert_eq!(read("%u0061=1"), [(None, Some("1".into()), true)]);
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
