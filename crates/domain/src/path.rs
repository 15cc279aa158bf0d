//! Paths, made canonical once: one view to send, one to match, and a warning where upstreams could read them differently.

mod doubt;

pub use doubt::Doubt;

/// A request's path in its canonical form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Path {
    sent: Box<str>,
    matching: Option<Box<str>>,
    doubt: Option<Doubt>,
}

impl Path {
    /// Reads an origin-form path (RFC 9112 §3.2.1), without the query.
    ///
    /// Percent-encodings of unreserved characters are decoded and the others upper-cased
    /// (RFC 3986 §6.2.2), then dot segments are resolved (§5.2.4).
    pub fn read(raw: &str) -> Result<Self, BadPath> {
        if !raw.starts_with('/') {
            return Err(BadPath::NotAbsolute);
        }
        if is_plain(raw) {
            return Ok(Self { sent: raw.into(), matching: None, doubt: None });
        }
        let decoded = decode_unreserved(raw)?;
        let sent = resolve_dots(&decoded);
        let doubt = Doubt::find(&sent);
        let view = matching_view(&sent);
        let matching = (view != sent).then(|| view.into_boxed_str());
        Ok(Self { sent: sent.into_boxed_str(), matching, doubt })
    }

    /// The asterisk-form target of `OPTIONS *` (RFC 9112 §3.2.4).
    pub fn asterisk() -> Self {
        Self { sent: "*".into(), matching: None, doubt: None }
    }

    /// What goes upstream.
    pub fn sent(&self) -> &str {
        &self.sent
    }

    /// What rules and patterns see: every encoding of a printable character decoded, slashes of every
    /// kind read as `/`, folded, and none at the end.
    pub fn matching(&self) -> &str {
        self.matching.as_deref().unwrap_or(&self.sent)
    }

    /// The matching view as servers see it that cut parameters off segments (RFC 3986 §3.3): `/a;b=1/c` as `/a/c`.
    /// None where there are no parameters.
    pub fn without_parameters(&self) -> Option<String> {
        let view = self.matching();
        if !view.contains(';') {
            return None;
        }
        let mut bare = String::with_capacity(view.len());
        for segment in view.split('/').skip(1) {
            bare.push('/');
            bare.push_str(segment.split(';').next().unwrap_or_default());
        }
        let mut bare = fold_slashes(&bare);
        if bare.len() > 1 && bare.ends_with('/') {
            bare.pop();
        }
        Some(bare)
    }

    /// The matching view as servers see it that decode a path and then split it at `?` or `#` once more. None where it
    /// holds neither.
    pub fn cut_short(&self) -> Option<&str> {
        let view = self.matching();
        let (path, _) = view.split_once(['?', '#'])?;
        Some(if path.len() > 1 { path.strip_suffix('/').unwrap_or(path) } else { path })
    }

    /// The leading segments that every server sees as they are sent. None where one could climb out of them, so that
    /// nothing is certain.
    pub fn certain_segments(&self) -> Option<Vec<&str>> {
        let mut rest = self.sent.strip_prefix('/').filter(|rest| !rest.starts_with('/'))?;
        let mut certain = Vec::new();
        while let Some((segment, after)) = rest.split_once('/').filter(|(segment, _)| is_certain(segment)) {
            certain.push(segment);
            rest = after;
        }
        (!could_climb(rest)).then_some(certain)
    }

    /// Why two readers could see different paths in what is sent, if they could.
    pub fn doubt(&self) -> Option<Doubt> {
        self.doubt
    }
}

/// Why a text is no path.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadPath {
    /// It doesn't begin with a slash.
    #[error("the path does not begin with `/`")]
    NotAbsolute,
    /// A `%` is not followed by two hexadecimal digits.
    #[error("a `%` in the path is not followed by two hexadecimal digits")]
    Percent,
    /// It holds a control byte or a space.
    #[error("the path holds a space or a control character")]
    Control,
}

/// The matching view of a piece of a pattern: what `Path::matching` makes of the same characters,
/// but for folding at the ends, where the piece's neighbours decide.
pub(crate) fn matching_piece(raw: &str) -> Result<String, BadPath> {
    let mut view = String::with_capacity(raw.len());
    decode_printable(&decode_unreserved(raw)?, &mut view);
    Ok(fold_slashes(&view))
}

/// Whether a segment holds only characters that no server decodes or cuts.
fn is_certain(segment: &str) -> bool {
    !segment.is_empty()
        && segment.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~:@!$&'()*+,=".contains(&byte))
}

/// Whether some way of decoding finds dot segments in the end of a path.
fn could_climb(rest: &str) -> bool {
    let mut text = rest.as_bytes().to_vec();
    for _ in 0..DEEPEST_ESCAPE {
        text = percent_encoding::percent_decode(&text).collect();
    }
    percent_encoding::percent_decode(&text).ne(text.iter().copied())
        || text.iter().any(|byte| !(b' '..=b'~').contains(byte))
        || text.windows(2).any(|pair| matches!(pair, b".." | b"%u" | b"%U"))
}

/// How often a part of a path may be encoded and still be looked into.
const DEEPEST_ESCAPE: usize = 5;

/// Whether both views of a path are the path as it stands: the common case.
fn is_plain(raw: &str) -> bool {
    let mut previous = b'x';
    for byte in raw.bytes() {
        match byte {
            b'/' | b'.' if previous == b'/' => return false,
            b'a'..=b'z'
            | b'A'..=b'Z'
            | b'0'..=b'9'
            | b'-'
            | b'.'
            | b'_'
            | b'~'
            | b'/'
            | b':'
            | b'@'
            | b'!'
            | b'$'
            | b'&'
            | b'\''
            | b'('
            | b')'
            | b'*'
            | b'+'
            | b','
            | b'=' => {}
            _ => return false,
        }
        previous = byte;
    }
    raw.len() == 1 || previous != b'/'
}

fn decode_unreserved(raw: &str) -> Result<String, BadPath> {
    let mut out = String::with_capacity(raw.len());
    let mut rest = raw.as_bytes();
    while let [byte, after @ ..] = rest {
        rest = after;
        match byte {
            b'%' => {
                let (value, after) = read_encoded(after).ok_or(BadPath::Percent)?;
                rest = after;
                if value.is_ascii_alphanumeric() || b"-._~".contains(&value) {
                    out.push(char::from(value));
                } else {
                    push_encoded(&mut out, value);
                }
            }
            0..=b' ' | 0x7f => return Err(BadPath::Control),
            0x80.. => push_encoded(&mut out, *byte),
            byte => out.push(char::from(*byte)),
        }
    }
    Ok(out)
}

fn read_encoded(digits: &[u8]) -> Option<(u8, &[u8])> {
    let ([high, low], rest) = digits.split_first_chunk::<2>()?;
    let high = char::from(*high).to_digit(16)?;
    let low = char::from(*low).to_digit(16)?;
    Some(((high * 16 + low) as u8, rest))
}

fn push_encoded(out: &mut String, byte: u8) {
    const DIGITS: [char; 16] =
        ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'A', 'B', 'C', 'D', 'E', 'F'];
    out.push('%');
    out.extend(DIGITS.get(usize::from(byte >> 4)));
    out.extend(DIGITS.get(usize::from(byte & 15)));
}

/// RFC 3986 §5.2.4, for a path that begins with a slash.
fn resolve_dots(path: &str) -> String {
    let mut kept: Vec<&str> = Vec::new();
    let mut segments = path.split('/').skip(1).peekable();
    while let Some(segment) = segments.next() {
        let is_last = segments.peek().is_none();
        match segment {
            "." => {}
            ".." => {
                kept.pop();
            }
            name => kept.push(name),
        }
        if is_last && matches!(segment, "." | "..") {
            kept.push("");
        }
    }
    let mut out = String::with_capacity(path.len());
    for segment in &kept {
        out.push('/');
        out.push_str(segment);
    }
    if out.is_empty() {
        out.push('/');
    }
    out
}

fn matching_view(sent: &str) -> String {
    let mut view = String::with_capacity(sent.len());
    decode_printable(sent, &mut view);
    let mut view = fold_slashes(&resolve_dots(&fold_slashes(&view)));
    if view.len() > 1 && view.ends_with('/') {
        view.pop();
    }
    view
}

/// Decodes each encoding of a printable ASCII character but `%` itself, and reads backslashes as slashes.
fn decode_printable(canonical: &str, out: &mut String) {
    let mut rest = canonical;
    while let Some(at) = rest.find(['%', '\\']) {
        let (plain, special) = rest.split_at(at);
        out.push_str(plain);
        if let Some(after) = special.strip_prefix('\\') {
            out.push('/');
            rest = after;
            continue;
        }
        match special.as_bytes().get(1..).and_then(read_encoded) {
            Some((b'\\', _)) => out.push('/'),
            Some((value @ b' '..=b'~', _)) if value != b'%' => out.push(char::from(value)),
            Some(_) | None => out.push_str(special.get(..3).unwrap_or(special)),
        }
        rest = special.get(3..).unwrap_or_default();
    }
    out.push_str(rest);
}

fn fold_slashes(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    for character in path.chars() {
        if character != '/' || !out.ends_with('/') {
            out.push(character);
        }
    }
    out
}

#[cfg(test)]
mod tests;
