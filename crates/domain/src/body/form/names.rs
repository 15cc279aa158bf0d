//! Names of fields: which ones readers take for the same.

use crate::body::fold::folded;

/// The name of a field that a condition asks for.
#[derive(Debug)]
pub(crate) struct FieldName {
    text: Box<str>,
    segments: Box<[Box<str>]>,
    folds: bool,
}

/// How far a name is the one that is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fit {
    /// Letter for letter.
    Exact,
    /// Some reader takes it for the same, or for a part of it.
    Alike,
    /// No reader does.
    Other,
}

impl FieldName {
    /// The name of a form's field. Some readers don't mind letter case (ASP.NET).
    pub(crate) fn of_form(name: &str) -> Self {
        Self::new(name, true)
    }

    /// The name of a query's parameter, in this letter case.
    pub(crate) fn of_query(name: &str) -> Self {
        Self::new(name, false)
    }

    fn new(name: &str, folds: bool) -> Self {
        let segments =
            segments(name).map(|segment| if folds { folded(segment).collect() } else { segment.into() });
        Self { text: name.into(), segments: segments.collect(), folds }
    }

    /// How far this name is the one that is asked for.
    ///
    /// PHP writes `_` for dots, blanks and a bracket without its pair, and makes arrays of `name[…]`, as qs and Rack do;
    /// others read `name.…` like that. A value within such an array is a part of the field that has the array's name.
    pub(crate) fn fit(&self, name: &str) -> Fit {
        if *name == *self.text {
            return Fit::Exact;
        }
        let mut theirs = segments(name);
        for own in &self.segments {
            let is_alike = theirs.next().is_some_and(|segment| {
                if self.folds { folded(segment).eq(own.chars()) } else { *segment == **own }
            });
            if !is_alike {
                return Fit::Other;
            }
        }
        let is_whole = theirs.next().is_none() || name.contains(['[', '.']);
        if is_whole && !self.segments.is_empty() { Fit::Alike } else { Fit::Other }
    }
}

/// The pieces of a name between all that some reader takes for a border; without the numbers of an array's items, which
/// readers count for themselves.
fn segments(name: &str) -> impl Iterator<Item = &str> {
    let name = name.split('\0').next().unwrap_or(name);
    let pieces = name.split_inclusive(BORDERS).scan(false, |after_bracket, piece| {
        let was_bracket = std::mem::replace(after_bracket, piece.ends_with('['));
        Some((piece.trim_end_matches(BORDERS), was_bracket))
    });
    let is_number = |piece: &str| piece.bytes().all(|byte| byte.is_ascii_digit());
    let named = pieces.filter(move |(piece, after_bracket)| {
        let counts = !after_bracket || !is_number(piece);
        !piece.is_empty() && counts
    });
    named.map(|(piece, _)| piece)
}

const BORDERS: [char; 5] = ['.', '_', ' ', '[', ']'];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_fits_as_the_most_lenient_reader_sees_it() {
        for (asked, name, fit) in [
            ("a", "a", Fit::Exact),
            ("a[b]", "a[b]", Fit::Exact),
            ("a", "A", Fit::Alike),
            ("a", "a[]", Fit::Alike),
            ("a", "a[0]", Fit::Alike),
            ("a", "a[b][c]", Fit::Alike),
            ("a", " a", Fit::Alike),
            ("a", "a\0b", Fit::Alike),
            ("a_b", "a.b", Fit::Alike),
            ("a_b", "a b", Fit::Alike),
            ("a_b", "a[b", Fit::Alike),
            ("a[b]", "a.b", Fit::Alike),
            ("a[b]", "a[b][]", Fit::Alike),
            ("a[0][b]", "a[][b]", Fit::Alike),
            ("a[0]", "a[]", Fit::Alike),
            ("a[b]", "a[b]c", Fit::Alike),
            ("statu\u{17f}", "status", Fit::Alike),
            ("a", "b", Fit::Other),
            ("a", "a_b", Fit::Other),
            ("a", "a.b", Fit::Alike),
            ("a[b]", "a[c]", Fit::Other),
            ("a[b]", "a", Fit::Other),
            ("line_1", "line_2", Fit::Other),
            ("_", "a[]", Fit::Other),
            ("a", "", Fit::Other),
        ] {
            assert_eq!(FieldName::of_form(asked).fit(name), fit, "{asked:?} {name:?}");
        }
        assert_eq!(FieldName::of_query("a").fit("A"), Fit::Other);
        assert_eq!(FieldName::of_query("a").fit("a[]"), Fit::Alike);
    }
}
