//! What of a request is shown under a name already: all else is shown by the name that it has there.

use super::entry::Source;

/// The places whose values were shown.
#[derive(Debug, Default)]
pub(super) struct Used {
    json: Vec<Place>,
    form: Vec<&'static str>,
    query: Vec<&'static str>,
    whole: bool,
}

#[derive(Clone, Copy, Debug)]
enum Place {
    /// A value, or the items of a list.
    At(&'static str),
    /// A value in each item of a list.
    Each(&'static str, &'static str),
    /// The texts below a place.
    Texts(&'static str),
}

impl Used {
    /// Notes that the values of a source were shown.
    pub(super) fn note(&mut self, source: &'static Source) {
        match source {
            Source::Json(pointer) | Source::Message(Some(pointer)) => self.json.push(Place::At(pointer)),
            Source::Each(list, pointer) => self.json.push(Place::Each(list, pointer)),
            Source::Texts(pointer) => self.json.push(Place::Texts(pointer)),
            Source::Pair(one, other) => self.json.extend([Place::At(one), Place::At(other)]),
            Source::Form(name) => self.form.push(name),
            Source::Money(amount, currency) => self.form.extend([amount, currency]),
            Source::Query(name) => self.query.push(name),
            Source::Message(None) | Source::Size => self.whole = true,
            // Which of them it was is noted by itself.
            Source::Any(_) | Source::Segment(_) | Source::Tags(_) => {}
        }
    }

    /// Whether a value of JSON was shown, by its pointer.
    pub(super) fn has_json(&self, pointer: &str, is_text: bool) -> bool {
        self.json.iter().any(|place| match place {
            Place::At(own) => below(pointer, own).is_some_and(|rest| rest.is_empty() || is_item(rest)),
            Place::Each(list, own) => below(pointer, list)
                .and_then(|rest| rest.strip_prefix('/')?.split_once('/'))
                .filter(|(index, _)| is_index(index))
                .and_then(|(_, rest)| below(rest, own.strip_prefix('/')?))
                .is_some_and(|rest| rest.is_empty() || is_item(rest)),
            Place::Texts(own) => {
                let last = pointer.rsplit('/').next().unwrap_or_default();
                is_text
                    && below(pointer, own).is_some_and(|rest| rest.is_empty() || TEXT_KEYS.contains(&last))
            }
        })
    }

    /// Whether a field of a form was shown.
    pub(super) fn has_field(&self, name: &str) -> bool {
        self.form.contains(&name)
    }

    /// Whether a parameter of the query was shown.
    pub(super) fn has_parameter(&self, name: &str) -> bool {
        self.query.contains(&name)
    }

    /// Whether the whole body was told of.
    pub(super) fn has_whole(&self) -> bool {
        self.whole
    }
}

/// What follows a place in a pointer. Keys that differ in letter case alone are found under either.
fn below<'p>(pointer: &'p str, place: &str) -> Option<&'p str> {
    let (start, rest) = pointer.split_at_checked(place.len())?;
    (start.eq_ignore_ascii_case(place) && (rest.is_empty() || rest.starts_with('/'))).then_some(rest)
}

fn is_item(rest: &str) -> bool {
    rest.strip_prefix('/').is_some_and(is_index)
}

fn is_index(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// The keys under which rich text keeps what people read.
pub(super) const TEXT_KEYS: [&str; 3] = ["text", "content", "plain_text"];
