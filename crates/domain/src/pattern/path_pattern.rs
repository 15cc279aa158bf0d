//! Path patterns: `/v1/users`, `/v1/*`, `/v1/me/messages*`, `/repos/*/*/pulls`, `/models/*:predict`.

use crate::path::{BadPath, Path, matching_piece};

/// Which paths something concerns. Matched against `Path::matching`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PathPattern {
    segments: Vec<Segment>,
    /// The last segment ends in `*`, which stands for everything that follows.
    open_end: bool,
}

impl PathPattern {
    /// Reads a pattern; `None` where it means every path.
    pub fn read(text: &str) -> Result<Option<Self>, BadPathPattern> {
        let text = text.trim();
        if text == "*" || text == "/*" {
            return Ok(None);
        }
        if !text.starts_with('/') {
            return Err(BadPathPattern::NotAbsolute);
        }
        if text.contains(['?', '#']) {
            return Err(BadPathPattern::Query);
        }
        if text.contains("**") {
            return Err(BadPathPattern::DoubleStar);
        }
        // Stars are told from encoded ones before anything is decoded.
        let pieces = text.split('*').map(matching_piece).collect::<Result<Vec<_>, _>>()?;
        let view = pieces.join(&STAR.to_string()).replace("//", "/");
        let view = if view.len() > 1 { view.strip_suffix('/').unwrap_or(&view) } else { &view };
        let names = || view.split('/').skip(1);
        if names().any(|name| name == "." || name == "..") {
            return Err(BadPathPattern::Dots);
        }
        Ok(Some(Self { segments: names().map(Segment::read).collect(), open_end: view.ends_with(STAR) }))
    }

    /// Whether the pattern means this path, given as `Path::matching` gives it.
    pub fn matches(&self, path: &str, ignore_case: bool) -> bool {
        let Some(rest) = path.strip_prefix('/') else { return false };
        let mut names = rest.split('/');
        for (at, segment) in self.segments.iter().enumerate() {
            let Some(name) = names.next() else {
                // `/v1/*` means `/v1` too.
                return self.open_end && *segment == Segment::Any && at + 1 == self.segments.len();
            };
            if !segment.matches(name, ignore_case) {
                return false;
            }
        }
        self.open_end || names.next().is_none()
    }

    /// Whether some server could see a path that the pattern means, in one that can be read in several ways.
    pub fn could_match(&self, path: &Path) -> bool {
        let Some(certain) = path.certain_segments() else { return true };
        let alike = self.segments.iter().zip(&certain).all(|(segment, name)| segment.matches(name, true));
        alike && (self.open_end || certain.len() <= self.segments.len())
    }

    /// Whether the pattern means a path but not every shorter one that servers make of it, or the other way round.
    /// Not so where the pattern names what they cut off: then its author knows how the upstream takes it.
    pub fn depends_on_reading(&self, path: &Path) -> bool {
        let own = self.matches(path.matching(), false);
        let differs = |reading: Option<&str>| reading.is_some_and(|view| self.matches(view, false) != own);
        (differs(path.without_parameters().as_deref()) || differs(path.cut_short()))
            && !(own && self.names_parameters())
    }

    /// Whether it names parameters of segments (`;`), so that its author knows how the upstream takes them.
    pub fn names_parameters(&self) -> bool {
        self.segments.iter().any(|segment| match segment {
            Segment::Literal(name) => name.contains(DELIMITERS),
            Segment::Any => false,
            Segment::Glob(pieces) => pieces.iter().any(|piece| piece.contains(DELIMITERS)),
        })
    }

    /// The first segment, where only one can match: what an index can look up.
    pub fn first_literal(&self) -> Option<&str> {
        match self.segments.first() {
            // `/v1*` goes on past the segment, but `/v1` and `/v1/…` begin with this very segment.
            Some(Segment::Literal(name)) => Some(name),
            Some(Segment::Any | Segment::Glob(_)) | None => None,
        }
    }

    /// Orders patterns by how narrowly they mean: closed before open, more literal characters before fewer.
    pub fn specificity(&self) -> (bool, usize, usize) {
        let literal = self.segments.iter().map(Segment::literal_length).sum();
        (!self.open_end, literal, self.segments.len())
    }
}

/// Why a text is no path pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadPathPattern {
    /// It doesn't begin with a slash.
    #[error("a path pattern begins with `/`, or is `*` alone")]
    NotAbsolute,
    /// It holds a query or a fragment.
    #[error(
        "a path pattern holds no query or fragment; encode `?` as %3F and `#` as %23 where they belong to the path"
    )]
    Query,
    /// It holds `**`.
    #[error("`**` has no meaning here: `*` at the end covers everything below, elsewhere one segment")]
    DoubleStar,
    /// It holds dot segments.
    #[error("a path pattern holds no `.` or `..` segments: paths are resolved before they are matched")]
    Dots,
    /// It is no path.
    #[error(transparent)]
    Path(#[from] BadPath),
}

/// One segment of a pattern.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Segment {
    Literal(Box<str>),
    Any,
    /// What stands between the stars; at least two pieces, each possibly empty.
    Glob(Vec<Box<str>>),
}

impl Segment {
    fn read(text: &str) -> Self {
        if text.len() == STAR.len_utf8() && text.starts_with(STAR) {
            return Self::Any;
        }
        let pieces: Vec<Box<str>> = text.split(STAR).map(Box::from).collect();
        if pieces.len() > 1 { Self::Glob(pieces) } else { Self::Literal(text.into()) }
    }

    fn matches(&self, name: &str, ignore_case: bool) -> bool {
        match self {
            Self::Literal(literal) => same(literal, name, ignore_case),
            Self::Any => !name.is_empty(),
            Self::Glob(pieces) if ignore_case && name.contains('%') => {
                let pieces: Vec<Box<str>> = pieces.iter().map(|piece| fold_case(piece).into()).collect();
                glob(&pieces, &fold_case(name), true)
            }
            Self::Glob(pieces) => glob(pieces, name, ignore_case),
        }
    }

    fn literal_length(&self) -> usize {
        match self {
            Self::Literal(literal) => literal.len(),
            Self::Any => 0,
            Self::Glob(pieces) => pieces.iter().map(|piece| piece.len()).sum(),
        }
    }
}

/// First piece at the start, last at the end, the others anywhere between in order: linear, no backtracking.
fn glob(pieces: &[Box<str>], name: &str, ignore_case: bool) -> bool {
    let Some((first, rest)) = pieces.split_first() else { return false };
    let Some((last, middle)) = rest.split_last() else { return same(first, name, ignore_case) };
    let starts = name.get(..first.len()).is_some_and(|start| same(first, start, ignore_case));
    let Some(mut left) = name.get(first.len()..).filter(|_| starts) else { return false };
    for piece in middle {
        match find(left, piece, ignore_case) {
            Some(after) => left = after,
            None => return false,
        }
    }
    let end = left.len().checked_sub(last.len()).and_then(|at| left.get(at..));
    end.is_some_and(|end| same(last, end, ignore_case))
}

/// What follows the first place where a piece stands in a text.
fn find<'a>(text: &'a str, piece: &str, ignore_case: bool) -> Option<&'a str> {
    if !ignore_case {
        return text.split_once(piece).map(|(_, after)| after);
    }
    let at = text
        .as_bytes()
        .windows(piece.len().max(1))
        .position(|window| piece.is_empty() || window.eq_ignore_ascii_case(piece.as_bytes()));
    if piece.is_empty() { Some(text) } else { at.and_then(|at| text.get(at + piece.len()..)) }
}

fn same(literal: &str, name: &str, ignore_case: bool) -> bool {
    if !ignore_case {
        return literal == name;
    }
    // Letters beyond ASCII stand encoded in a path; some of them are, in another case, letters of ASCII.
    literal.eq_ignore_ascii_case(name) || name.contains('%') && fold_case(literal) == fold_case(name)
}

/// A part of a path without encoding and letter case. Upper case first, as U+017F has no other lower case than itself.
fn fold_case(text: &str) -> String {
    percent_encoding::percent_decode_str(text).decode_utf8_lossy().to_uppercase().to_lowercase()
}

/// What servers cut off segments and paths.
const DELIMITERS: [char; 3] = [';', '?', '#'];
/// Stands for a wildcard between reading and splitting; no path holds it, as control bytes are refused.
const STAR: char = '\u{1}';

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::path::Path;

    fn matches(pattern: &str, path: &str) -> bool {
        let path = Path::read(path).unwrap();
        PathPattern::read(pattern).unwrap().is_none_or(|pattern| pattern.matches(path.matching(), false))
    }

    #[test]
    fn the_contract_s_table_holds() {
        for (pattern, yes, no) in [
            ("*", &["/", "/a/b"][..], &[][..]),
            (
                "/v1/users",
                &["/v1/users", "/v1/users/", "/v1/%75sers"],
                &["/v1/users/1", "/v1", "/v1/usersx", "/V1/users"],
            ),
            ("/v1/*", &["/v1", "/v1/a", "/v1/a/b", "/v1/"], &["/v1beta", "/"]),
            (
                "/v1/me/messages*",
                &["/v1/me/messages", "/v1/me/messages/1", "/v1/me/messages:send"],
                &["/v1/me"],
            ),
            (
                "/repos/*/*/pulls",
                &["/repos/o/r/pulls"],
                &["/repos/o/pulls", "/repos/o/r/pulls/1", "/repos/o/r/x/pulls"],
            ),
            (
                "/models/*:predict",
                &["/models/x1:predict", "/models/x1%3Apredict"],
                &["/models/x1", "/models/a/b:predict"],
            ),
            ("/bot*/sendMessage", &["/bot123/sendMessage"], &["/bot123/x/sendMessage"]),
            ("/", &["/"], &["/a"]),
            ("/a%2Fb", &["/a/b", "/a%2fb"], &["/ab"]),
            ("/a%2Ab", &["/a*b", "/a%2ab"], &["/axb"]),
        ] {
            for path in yes {
                assert!(matches(pattern, path), "{pattern} should match {path}");
            }
            for path in no {
                assert!(!matches(pattern, path), "{pattern} should not match {path}");
            }
        }
    }

    #[test]
    fn case_is_ignored_where_the_rule_says_so() {
        let pattern = PathPattern::read("/V1/*:Predict/x").unwrap().unwrap();
        assert!(pattern.matches("/v1/a:pREDICT/X", true));
        assert!(!pattern.matches("/v1/a:pREDICT/X", false));
    }

    #[test]
    fn what_is_no_pattern_is_refused() {
        for bad in ["", "v1", "*/a", "/a?b", "/a#b", "/a/**", "/a/../b", "/a/./b", "/%zz", "/a b"] {
            assert!(PathPattern::read(bad).is_err(), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn a_path_matches_itself_as_a_pattern(raw in "(/[a-zA-Z0-9._~:@!$&'()+,;=%-]{1,8}){1,4}") {
            if let (Ok(path), Ok(Some(pattern))) = (Path::read(&raw), PathPattern::read(&raw)) {
                prop_assert!(pattern.matches(path.matching(), false), "{} {:?}", path.matching(), pattern);
            }
        }

        #[test]
        fn reading_and_matching_never_panic(pattern in "\\PC{0,30}", path in "/\\PC{0,30}", ignore_case: bool) {
            if let Ok(Some(pattern)) = PathPattern::read(&pattern) {
                pattern.matches(&path, ignore_case);
            }
        }
    }
}
