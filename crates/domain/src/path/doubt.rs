//! Doubts: what upstreams are known to read in different ways, in a path that is sent.

use percent_encoding::percent_decode;
use unicode_normalization::UnicodeNormalization;

/// Something in a path that upstreams are known to read in different ways.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Doubt {
    /// `%2F`
    #[error("an encoded slash (`%2F`)")]
    EncodedSlash,
    /// `%5C` or `\`
    #[error("a backslash (`\\` or `%5C`)")]
    Backslash,
    /// `..;` or `.;`, which some servers read as a dot segment; or with the `;` encoded; or `..%20`, `..%3F`, `..%23`
    #[error("a dot segment with something behind it (`..;`)")]
    DotParameter,
    /// `%252E`, `%2541`, `%25u002E`: any escape of an escape
    #[error("an encoding that is encoded again (`%252E`)")]
    DoubleEncoded,
    /// `%00` to `%1F`, `%7F`, and U+0080 to U+009F
    #[error("an encoded control character")]
    Control,
    /// `%C0%AE` and the like: a dot or slash in overlong UTF-8
    #[error("a character in overlong UTF-8")]
    Overlong,
    /// Bytes that are no UTF-8, which some readers drop or take for other characters
    #[error("bytes that are not valid UTF-8")]
    NotUtf8,
    /// A character that Unicode's compatibility forms make a slash, a dot or another delimiter, such as U+FF0F
    #[error("a look-alike of a dot, a slash or another delimiter")]
    LookAlike,
    /// `//` at the start: `new URL(target, base)` and the like take what follows for a host
    #[error("two slashes at its start (`//host`)")]
    LeadingSlashes,
    /// `;`, `%3F` or `%23`, where a secret's path pattern covers only one of what servers make of it
    #[error("a segment that some servers cut short (`;`, `%3F` or `%23`)")]
    Parameter,
}

impl Doubt {
    /// What is doubtful about a path as it is sent, if anything is.
    pub(super) fn find(sent: &str) -> Option<Self> {
        if sent.contains('\\') || sent.contains("%5C") {
            return Some(Self::Backslash);
        }
        if sent.contains("%2F") {
            return Some(Self::EncodedSlash);
        }
        if sent.starts_with("//") {
            return Some(Self::LeadingSlashes);
        }
        if sent.split('/').any(is_disguised_dots) {
            return Some(Self::DotParameter);
        }
        let escapes = || sent.match_indices('%').map(|(at, _)| sent.get(at + 1..).unwrap_or_default());
        escapes().find_map(Self::of_escape).or_else(|| {
            let is_ascii = escapes().all(|escape| escape.starts_with(|digit: char| digit < '8'));
            if is_ascii { None } else { Self::of_text(sent) }
        })
    }

    /// What is doubtful about an escape, given what follows its `%`. The hexadecimal digits are upper case.
    fn of_escape(rest: &str) -> Option<Self> {
        let hex = |text: &str| text.as_bytes().iter().take_while(|byte| byte.is_ascii_hexdigit()).count();
        if let Some(inner) = rest.strip_prefix("25") {
            // `%u002E` is how some servers take a character by its number.
            let number = inner.strip_prefix(['u', 'U']).map_or(0, hex);
            return (hex(inner) >= 2 || number >= 4).then_some(Self::DoubleEncoded);
        }
        match rest.as_bytes().first_chunk::<2>()? {
            [b'0' | b'1', _] | b"7F" => Some(Self::Control),
            b"C2" if matches!(rest.as_bytes().get(2..4), Some([b'%', b'8' | b'9'])) => Some(Self::Control),
            [b'C', b'0' | b'1'] => Some(Self::Overlong),
            b"E0" if matches!(rest.as_bytes().get(2..4), Some([b'%', b'8' | b'9'])) => Some(Self::Overlong),
            b"F0" if matches!(rest.as_bytes().get(2..4), Some([b'%', b'8'])) => Some(Self::Overlong),
            _ => None,
        }
    }

    /// What is doubtful about characters beyond ASCII.
    fn of_text(sent: &str) -> Option<Self> {
        let Ok(text) = percent_decode(sent.as_bytes()).decode_utf8() else { return Some(Self::NotUtf8) };
        text.chars().any(is_look_alike).then_some(Self::LookAlike)
    }
}

/// Whether some reader takes a segment for `.` or `..`: with a parameter, a query or a space behind it.
fn is_disguised_dots(segment: &str) -> bool {
    let bare = segment.trim_start_matches("%20");
    let Some(after) = bare.strip_prefix("..").or_else(|| bare.strip_prefix('.')) else { return false };
    let encoded = after.strip_prefix('%').map(|digits| digits.trim_start_matches("25").as_bytes());
    after.starts_with(';')
        || matches!(encoded, Some([b'3', b'B' | b'b' | b'F' | b'f', ..] | [b'2', b'3', ..]))
        || bare.len() < segment.len() && after.is_empty()
        || !after.is_empty() && after.trim_start_matches("%20").is_empty()
}

/// Whether a character becomes a delimiter of paths by normalization (NFKC), or is taken for one.
fn is_look_alike(c: char) -> bool {
    !c.is_ascii()
        && (SLASHES.contains(&c) || c.nfkc().any(|c| matches!(c, '/' | '\\' | '.' | ';' | '%' | '?' | '#')))
}

/// Slashes and backslashes that normalization leaves as they are: fraction, division, big solidus, set minus and the like.
const SLASHES: [char; 6] = ['\u{2044}', '\u{2215}', '\u{29f8}', '\u{2216}', '\u{29f5}', '\u{29f9}'];
