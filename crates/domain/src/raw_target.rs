//! Raw characters in targets: what clients send although a URI doesn't allow it, percent-encoded as browsers do.

use percent_encoding::{AsciiSet, CONTROLS, percent_encode};

/// Percent-encodes the raw characters of a path and query. None where there are none.
///
/// The sets are those of the URL Standard (<https://url.spec.whatwg.org/#path-percent-encode-set> and
/// `#query-percent-encode-set`), and every byte beyond ASCII is encoded. Left as they are: `'` in a query, which a
/// URI allows (RFC 3986 §3.4), so that a signature over the query stays right; and the backslash, which is
/// ambiguous, and judged as such.
pub fn encode(raw: &[u8]) -> Result<Option<String>, BadCharacter> {
    let path_length = raw.iter().position(|byte| *byte == b'?').unwrap_or(raw.len());
    let (path, query) = raw.split_at(path_length);
    let in_path = path.iter().fold(0, |seen, byte| seen | class(*byte));
    let in_query = query.iter().fold(0, |seen, byte| seen | class(*byte));
    if (in_path | in_query) & (CONTROL | FRAGMENT) != 0 {
        let control = (in_path | in_query) & CONTROL != 0;
        return Err(if control { BadCharacter::Control } else { BadCharacter::Fragment });
    }
    if in_path & (RAW | RAW_IN_PATH) == 0 && in_query & RAW == 0 {
        return Ok(None);
    }
    let mut encoded = String::with_capacity(raw.len() + raw.len() / 4 + 8);
    encoded.extend(percent_encode(path, PATH));
    encoded.extend(percent_encode(query, QUERY));
    Ok(Some(encoded))
}

/// A character that nothing makes part of a path or query.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadCharacter {
    /// A space or a control character.
    #[error("the target holds a space or a control character; percent-encode it")]
    Control,
    /// `#`, behind which is what clients keep for themselves.
    #[error("the target holds a fragment (`#`), which is never sent; percent-encode the character as `%23`")]
    Fragment,
}

/// What is to be done about a byte.
const fn class(byte: u8) -> u8 {
    match byte {
        0..=b' ' | 0x7f => CONTROL,
        b'#' => FRAGMENT,
        b'"' | b'<' | b'>' | 0x80.. => RAW,
        b'^' | b'`' | b'{' | b'}' => RAW_IN_PATH,
        _ => 0,
    }
}

const CONTROL: u8 = 1;
const FRAGMENT: u8 = 2;
const RAW: u8 = 4;
const RAW_IN_PATH: u8 = 8;

const QUERY: &AsciiSet = &CONTROLS.add(b' ').add(b'"').add(b'#').add(b'<').add(b'>');
const PATH: &AsciiSet = &QUERY.add(b'?').add(b'^').add(b'`').add(b'{').add(b'}');

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn encoded(raw: &str) -> String {
        encode(raw.as_bytes()).unwrap().unwrap_or_else(|| raw.to_owned())
    }

    #[test]
    fn raw_characters_are_encoded_as_browsers_do() {
        for (raw, sent) in [
            ("/plain/path?a=b&c=%20", "/plain/path?a=b&c=%20"),
            ("/a\"b<c>d^e{f|g}h`i", "/a%22b%3Cc%3Ed%5Ee%7Bf|g%7Dh%60i"),
            ("/?a\"b<c>d^e{f|g}h`i", "/?a%22b%3Cc%3Ed^e{f|g}h`i"),
            ("/query?query=up{job=\"x\"}", "/query?query=up{job=%22x%22}"),
            ("/grüße/日本?q=ü", "/gr%C3%BC%C3%9Fe/%E6%97%A5%E6%9C%AC?q=%C3%BC"),
            ("/a?b?c\"", "/a?b?c%22"),
            ("/o'clock?o='clock'", "/o'clock?o='clock'"),
            ("/a\\b?c\\d", "/a\\b?c\\d"),
            ("/100%", "/100%"),
        ] {
            assert_eq!(encoded(raw), sent, "{raw}");
        }
        assert_eq!(encode(b"/latin-1/\xfc").unwrap().unwrap(), "/latin-1/%FC");
    }

    #[test]
    fn what_is_no_part_of_a_target_is_refused() {
        for control in [" ", "\t", "\0", "\r\n", "\x7f"] {
            assert_eq!(encode(format!("/a{control}b").as_bytes()), Err(BadCharacter::Control));
            assert_eq!(encode(format!("/a?\"{control}b").as_bytes()), Err(BadCharacter::Control));
        }
        assert_eq!(encode(b"/a#b"), Err(BadCharacter::Fragment));
        assert_eq!(encode(b"/a?b#\""), Err(BadCharacter::Fragment));
    }

    proptest! {
        #[test]
        fn what_is_encoded_stays_as_it_is(raw in "/[!-\"$-~ü日]{0,40}") {
            let once = encoded(&raw);
            prop_assert_eq!(encode(once.as_bytes()), Ok(None));
            prop_assert!(once.is_ascii());
            let decoded = |text: &str| percent_encoding::percent_decode_str(text).collect::<Vec<_>>();
            prop_assert_eq!(decoded(&once), decoded(&raw), "nothing but the form changes");
        }
    }
}
