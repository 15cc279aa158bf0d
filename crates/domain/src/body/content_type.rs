//! Content types: the media type and those parameters that every reader takes for the same (RFC 9110 §8.3).

use super::Uncertain;

/// A content type as sent.
#[derive(Debug, Default)]
pub(crate) struct ContentType {
    text: Box<str>,
    /// In lower case.
    media_type: Box<str>,
    is_well_formed: bool,
}

impl ContentType {
    /// Takes up a header's value; empty where there is none.
    pub(crate) fn read(text: &str) -> Self {
        let media_type = text.split(';').next().unwrap_or(text).trim().to_ascii_lowercase();
        Self { text: text.into(), media_type: media_type.into(), is_well_formed: parse(text).is_some() }
    }

    /// As sent.
    pub(crate) fn as_str(&self) -> &str {
        &self.text
    }

    /// Without its parameters, in lower case.
    pub(crate) fn media_type(&self) -> &str {
        &self.media_type
    }

    /// Whether there is none.
    pub(crate) fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    /// Whether it is that of a urlencoded form, or could be taken for it.
    pub(crate) fn is_form(&self) -> bool {
        self.is_plainly_form()
            || !self.is_well_formed && self.text.to_ascii_lowercase().contains("x-www-form-urlencoded")
    }

    /// Whether every reader takes it for that of a urlencoded form.
    pub(crate) fn is_plainly_form(&self) -> bool {
        &*self.media_type == "application/x-www-form-urlencoded"
    }

    /// Whether it is that of something which no reader takes for a form by mistake.
    pub(crate) fn is_no_form(&self) -> bool {
        let is_other = OTHER_TYPES.iter().any(|other| self.media_type.contains(other));
        self.is_well_formed && is_other
    }

    /// Whether it is that of a body in parts, or could be taken for it.
    pub(crate) fn is_multipart(&self) -> bool {
        self.media_type.starts_with("multipart/")
            || !self.is_well_formed && self.text.to_ascii_lowercase().contains("multipart/")
    }

    /// A parameter's value. It is uncertain where readers find different ones: where the name is there more than once,
    /// within another name or value (PHP searches the whole header for `boundary`, others match a pattern against it),
    /// in the extended notation of RFC 8187, or in a header that isn't well formed.
    pub(crate) fn parameter(&self, name: &str) -> Result<Option<&str>, Uncertain> {
        let holds_name = |text: &str| text.to_ascii_lowercase().contains(name);
        if !holds_name(&self.text) {
            return Ok(None);
        }
        let (media_type, parameters) = parse(&self.text).ok_or(Uncertain)?;
        let mut found = None;
        for (key, value) in parameters {
            if key.eq_ignore_ascii_case(name) {
                let names_itself = holds_name(value) && value.contains('=');
                if found.replace(value).is_some() || names_itself {
                    return Err(Uncertain);
                }
            } else if holds_name(key) || holds_name(value) {
                return Err(Uncertain);
            }
        }
        if holds_name(media_type) { Err(Uncertain) } else { Ok(found) }
    }
}

/// A header's value of a token or a media type, and parameters (RFC 9110 §5.6.6), where it is written as the grammar
/// wants it: no blanks around `=`, no escapes, nothing that some readers take for an end.
pub(super) fn parse(text: &str) -> Option<(&str, Vec<(&str, &str)>)> {
    let (value, mut rest) = text.split_once(';').unwrap_or((text, ""));
    let value = value.trim_matches([' ', '\t']);
    let (kind, subtype) = value.split_once('/').unwrap_or((value, "any"));
    if !is_token(kind) || !is_token(subtype) {
        return None;
    }
    let mut parameters = Vec::new();
    while !rest.trim_matches([' ', '\t']).is_empty() {
        let (key, after) = rest.split_once('=')?;
        let key = key.trim_start_matches([' ', '\t']);
        let is_quoted = after.starts_with('"');
        let (value, after) = match after.strip_prefix('"') {
            Some(quoted) => quoted.split_once('"')?,
            None => after.split_at_checked(after.find([';', ' ', '\t']).unwrap_or(after.len()))?,
        };
        let is_plain = if is_quoted {
            !value.contains('\\') && !value.chars().any(char::is_control)
        } else {
            is_token(value)
        };
        if !is_token(key) || !is_plain || parameters.len() >= MOST_PARAMETERS {
            return None;
        }
        parameters.push((key, value));
        let after = after.trim_start_matches([' ', '\t']);
        rest = if after.is_empty() { after } else { after.strip_prefix(';')? };
    }
    Some((value, parameters))
}

/// RFC 9110 §5.6.2. Without the apostrophe, which PHP takes for a quotation mark.
fn is_token(text: &str) -> bool {
    !text.is_empty()
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&*+-.^_`|~".contains(&byte))
}

const OTHER_TYPES: [&str; 8] =
    ["json", "xml", "html", "graphql", "image/", "audio/", "video/", "octet-stream"];
const MOST_PARAMETERS: usize = 16;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_parameter_that_every_reader_finds_is_certain() {
        for (text, boundary) in [
            ("multipart/form-data", None),
            ("multipart/form-data; boundary=xyz", Some("xyz")),
            ("Multipart/Form-Data;charset=UTF-8;  Boundary=\"x y/z\" ;", Some("x y/z")),
            ("multipart/form-data; boundary=----WebKitFormBoundaryAbC", Some("----WebKitFormBoundaryAbC")),
            ("multipart/form-data; boundary=\"----=_Part_1_2.3\"", Some("----=_Part_1_2.3")),
        ] {
            assert_eq!(ContentType::read(text).parameter("boundary"), Ok(boundary), "{text}");
        }
    }

    #[test]
    fn a_parameter_that_readers_find_elsewhere_is_uncertain() {
        for text in [
            "multipart/form-data; boundary=a; boundary=b",
            "multipart/form-data; boundary=a; BOUNDARY=a",
            "multipart/form-data; boundary*=utf-8''a",
            "multipart/form-data; boundary=a; boundary*=utf-8''b",
            "multipart/form-data; boundary*0=a; boundary*1=b",
            "multipart/form-data; xboundary=a; boundary=b",
            "multipart/form-data; x=boundary; boundary=b",
            "multipart/form-data; x=\"; boundary=a\"; boundary=b",
            "multipart/form-data; boundary=b; x=\"; boundary=a\"",
            "multipart/form-data; boundary =a",
            "multipart/form-data; boundary= a",
            "multipart/form-data; boundary=\"a",
            "multipart/form-data; boundary=\"a\\\"b\"",
            "multipart/form-data; boundary=\"a\"b",
            "multipart/form-data; boundary=a,b",
            "multipart/form-data; boundary='a'",
            "multipart/form-data; boundary=\"xboundary=a\"",
            "multipart/form-data boundary=a",
            "multipart/form-data, boundary=a",
            "multipart/boundary; boundary=a",
            "multipart/form-data; boundary=a\u{e9}",
            "multipart/form-data; boundary=",
            "multipart/form-data; x; boundary=a",
        ] {
            assert_eq!(ContentType::read(text).parameter("boundary"), Err(Uncertain), "{text}");
        }
    }

    #[test]
    fn what_could_be_taken_for_parts_is() {
        for text in
            ["multipart/form-data", " Multipart/Mixed; x=y", "text/plain, multipart/form-data; boundary=a"]
        {
            assert!(ContentType::read(text).is_multipart(), "{text}");
        }
        for text in ["", "application/json", "text/plain; x=\"multipart/form-data\""] {
            assert!(!ContentType::read(text).is_multipart(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn no_text_harms(text in "(multipart|/|;|=|\"|boundary|\\*|,| |é|\\\\|[a-z]){0,24}") {
            let read = ContentType::read(&text);
            let _ = (read.is_multipart(), read.parameter("boundary"));
        }
    }
}
