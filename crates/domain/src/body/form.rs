//! Forms: the fields of an `application/x-www-form-urlencoded` or `multipart/form-data` body.

use std::ops::Range;

use bytes::Bytes;

use super::Uncertain;
use super::content_type::ContentType;

mod multipart;
mod names;
mod urlencoded;

pub(crate) use names::{FieldName, Fit};
pub(crate) use urlencoded::read_urlencoded;

/// The fields of a body.
#[derive(Debug, Default)]
pub(crate) struct Form {
    /// All names and values.
    text: String,
    fields: Vec<Slot>,
}

/// Where a field's name and value stand, where they can be read.
#[derive(Debug)]
struct Slot {
    name: Option<Range<u32>>,
    value: Option<Range<u32>>,
    certain: bool,
}

/// A field of a form.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Field<'f> {
    /// Its name, where every reader finds the same.
    pub name: Option<&'f str>,
    /// Its value, where every reader finds the same.
    pub value: Option<&'f str>,
    /// Whether every reader sees it.
    pub certain: bool,
}

impl Form {
    /// Reads the pairs of a text, and those of another, which only some upstreams would read.
    pub(crate) fn read_urlencoded(
        text: &str,
        other: Option<&str>,
        content_type: &ContentType,
    ) -> Result<Self, Uncertain> {
        let charset = if content_type.is_form() { Charset::read(content_type)? } else { Charset::Utf8 };
        let mut form = Self::default();
        let is_other = content_type.is_no_form();
        let is_plain = content_type.is_empty() || content_type.is_plainly_form();
        let pairs = read_urlencoded(text).map(|pair| (pair, is_plain));
        // What says that it is something else, such as JSON, has only those fields that stand there plainly.
        let pairs =
            pairs.filter(|(pair, _)| !is_other || pair.certain && pair.name.is_some() && pair.has_value);
        let others = other.into_iter().flat_map(read_urlencoded).map(|pair| (pair, false));
        for (pair, counts) in pairs.chain(others) {
            let name = pair.name.as_deref().filter(|name| charset.is_sure_of(name));
            let value = pair.value.as_deref().filter(|value| charset.is_sure_of(value));
            form.push(Field { name, value, certain: pair.certain && counts })?;
        }
        form.checked()
    }

    /// Reads the parts of a body.
    pub(crate) fn read_multipart(body: &Bytes, content_type: &ContentType) -> Result<Self, Uncertain> {
        let charset = Charset::read(content_type)?;
        let mut form = Self::default();
        multipart::read_multipart(body, content_type, |part| {
            let name = Some(part.name).filter(|name| charset.is_sure_of(name));
            let value = part.value.as_deref().filter(|value| charset.is_sure_of(value));
            form.push(Field { name, value, certain: true })
        })?;
        form.checked()
    }

    /// The fields, in their order.
    pub(crate) fn fields(&self) -> impl Iterator<Item = Field<'_>> {
        let part = |range: &Option<Range<u32>>| {
            let range = range.as_ref()?;
            self.text.get(range.start as usize..range.end as usize)
        };
        self.fields.iter().map(move |slot| Field {
            name: part(&slot.name),
            value: part(&slot.value),
            certain: slot.certain,
        })
    }

    /// The fields that some reader finds under a name; in doubt those that not every reader does.
    pub(crate) fn named<'f>(&'f self, name: &'f FieldName) -> impl Iterator<Item = Field<'f>> {
        self.fields().filter_map(|field| field.under(name))
    }

    fn push(&mut self, field: Field<'_>) -> Result<(), Uncertain> {
        if self.fields.len() >= MOST_FIELDS {
            return Err(Uncertain);
        }
        let mut keep = |part: Option<&str>| -> Result<Option<Range<u32>>, Uncertain> {
            let Some(part) = part else { return Ok(None) };
            let start = u32::try_from(self.text.len()).map_err(|_| Uncertain)?;
            self.text.push_str(part);
            Ok(Some(start..u32::try_from(self.text.len()).map_err(|_| Uncertain)?))
        };
        let (name, value) = (keep(field.name)?, keep(field.value)?);
        self.fields.push(Slot { name, value, certain: field.certain });
        Ok(())
    }

    /// Some readers take the field `_charset_` for the charset of all others.
    fn checked(self) -> Result<Self, Uncertain> {
        let is_other = |field: Field<'_>| {
            field.name.is_some_and(|name| name.eq_ignore_ascii_case("_charset_"))
                && !field.value.is_some_and(is_utf8)
        };
        if self.fields().any(is_other) { Err(Uncertain) } else { Ok(self) }
    }
}

impl Field<'_> {
    /// It, if some reader finds it under a name; in doubt unless every reader does.
    pub(crate) fn under(self, name: &FieldName) -> Option<Self> {
        match self.name.map(|own| name.fit(own)) {
            Some(Fit::Exact) => Some(self),
            None | Some(Fit::Alike) => Some(Self { certain: false, ..self }),
            Some(Fit::Other) => None,
        }
    }
}

/// The charset that a form's content type names. Some readers honour it, others always read UTF-8.
#[derive(Clone, Copy)]
enum Charset {
    Utf8,
    LikeAscii,
}

impl Charset {
    fn read(content_type: &ContentType) -> Result<Self, Uncertain> {
        let Some(label) = content_type.parameter("charset")?.filter(|label| !is_utf8(label)) else {
            return Ok(Self::Utf8);
        };
        let known = encoding_rs::Encoding::for_label(label.as_bytes()).ok_or(Uncertain)?;
        if known.is_ascii_compatible() { Ok(Self::LikeAscii) } else { Err(Uncertain) }
    }

    /// Of letters beyond ASCII nobody knows how they are read.
    fn is_sure_of(self, text: &str) -> bool {
        match self {
            Self::Utf8 => true,
            Self::LikeAscii => text.is_ascii(),
        }
    }
}

fn is_utf8(label: &str) -> bool {
    ["utf-8", "utf8", "us-ascii"].iter().any(|name| label.eq_ignore_ascii_case(name))
}

/// PHP, Django, Werkzeug and qs read a thousand at most.
const MOST_FIELDS: usize = 4_096;

#[cfg(test)]
mod tests {
    use super::*;

    /// Name, value, and whether every reader sees them.
    type Brief = (Option<String>, Option<String>, bool);

    fn read(text: &str, content_type: &str) -> Option<Vec<Brief>> {
        let form = Form::read_urlencoded(text, None, &ContentType::read(content_type)).ok()?;
        let owned = |part: Option<&str>| part.map(str::to_owned);
        Some(form.fields().map(|field| (owned(field.name), owned(field.value), field.certain)).collect())
    }

    const FORM: &str = "application/x-www-form-urlencoded";

    #[test]
    fn letters_in_a_charset_of_their_own_are_in_doubt() {
        let field = |name: Option<&str>, value: Option<&str>| {
            Some(vec![(name.map(Into::into), value.map(Into::into), true)])
        };
        let latin = format!("{FORM}; charset=iso-8859-1");
        assert_eq!(read("a=%C3%A9", FORM), field(Some("a"), Some("é")));
        assert_eq!(read("a=%C3%A9", &latin), field(Some("a"), None));
        assert_eq!(read("%E9=a", &latin), field(None, Some("a")));
        assert_eq!(read("a=b", &format!("{FORM}; charset=utf-16")), None);
        assert_eq!(read("a=b", &format!("{FORM}; charset=ibm500")), None);
        assert_eq!(read("a=b", &format!("{FORM}; charset=utf-8; charset=utf-16")), None);
        assert_eq!(read("_charset_=utf-7&a=b", FORM), None);
        assert!(read("_charset_=UTF-8&a=b", FORM).is_some());
    }

    #[test]
    fn a_form_of_very_many_fields_is_uncertain() {
        assert!(read(&"a=1&".repeat(MOST_FIELDS), FORM).is_some());
        assert!(read(&"a=1&".repeat(MOST_FIELDS + 1), FORM).is_none());
    }

    #[test]
    fn fields_of_another_type_of_body_are_in_doubt() {
        assert_eq!(read("a=1", "text/plain"), Some(vec![(Some("a".into()), Some("1".into()), false)]));
        assert_eq!(read(r#"{"a":"100% &nbsp; b"}"#, "application/json"), Some(vec![]));
    }
}
