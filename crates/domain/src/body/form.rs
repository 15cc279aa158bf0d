//! Forms: the fields of an `application/x-www-form-urlencoded` or `multipart/form-data` body.

use std::borrow::Cow;

use memchr::memmem;

use super::Uncertain;
use super::coding::{media_type, parameter, read_text};
use crate::target::decode_form;

/// A field of a form.
#[derive(Clone, Debug)]
pub(crate) struct Field<'b> {
    /// Its name.
    pub name: Cow<'b, str>,
    /// Its value, where that can be read.
    pub value: Result<Cow<'b, str>, Uncertain>,
    /// Whether every reader sees it. Some take a `;` for an end too.
    pub certain: bool,
}

/// Whether a content type is that of a form.
pub(crate) fn is_form(content_type: &str) -> bool {
    media_type(content_type).eq_ignore_ascii_case("application/x-www-form-urlencoded")
}

/// Whether a content type is that of a form in parts.
pub(crate) fn is_multipart(content_type: &str) -> bool {
    media_type(content_type).to_ascii_lowercase().starts_with("multipart/")
}

/// The fields of a urlencoded form, or of a query.
pub(crate) fn read_urlencoded(text: &str) -> impl Iterator<Item = Field<'_>> {
    let text = text.trim_matches(['\r', '\n']);
    let pairs = text.split('&').filter(|pair| !pair.is_empty());
    let loosely = pairs.clone().filter(|pair| pair.contains(';')).flat_map(|pair| pair.split(';'));
    pairs.map(|pair| read_pair(pair, true)).chain(loosely.map(|pair| read_pair(pair, false)))
}

fn read_pair(pair: &str, certain: bool) -> Field<'_> {
    let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
    Field { name: decode_form(name), value: Ok(decode_form(value)), certain }
}

/// The fields of a form in parts (RFC 7578). Read strictly: where a lenient reader could see other parts, it is uncertain.
pub(crate) fn read_multipart<'b>(body: &'b [u8], content_type: &str) -> Result<Vec<Field<'b>>, Uncertain> {
    let boundary = parameter(content_type, "boundary").filter(|text| !text.is_empty()).ok_or(Uncertain)?;
    let dashed = format!("--{boundary}");
    let delimiter = format!("\r\n{dashed}");
    let occurrences = memmem::find_iter(body, dashed.as_bytes()).count();
    let mut rest = body.strip_prefix(b"\r\n").unwrap_or(body);
    rest = rest.strip_prefix(dashed.as_bytes()).ok_or(Uncertain)?;
    let mut fields = Vec::new();
    while !rest.starts_with(b"--") {
        rest = rest.strip_prefix(b"\r\n").ok_or(Uncertain)?;
        let end = memmem::find(rest, delimiter.as_bytes()).ok_or(Uncertain)?;
        let (part, after) = rest.split_at_checked(end).ok_or(Uncertain)?;
        fields.push(read_part(part)?);
        rest = after.get(delimiter.len()..).ok_or(Uncertain)?;
    }
    // One delimiter for each part, and the last: any other would be one to a reader who minds line ends less.
    if occurrences == fields.len() + 1 { Ok(fields) } else { Err(Uncertain) }
}

fn read_part(part: &[u8]) -> Result<Field<'_>, Uncertain> {
    let end = memmem::find(part, b"\r\n\r\n").ok_or(Uncertain)?;
    let (head, value) = part.split_at_checked(end).ok_or(Uncertain)?;
    let value = value.get(4..).ok_or(Uncertain)?;
    let head = std::str::from_utf8(head).map_err(|_| Uncertain)?;
    let (mut name, mut content_type, mut is_plain) = (None, None, true);
    for line in head.split("\r\n") {
        let (key, text) = line.split_once(':').ok_or(Uncertain)?;
        let text = text.trim();
        if key.eq_ignore_ascii_case("content-disposition") {
            // What readers unquote, decode or choose from in ways of their own.
            let names = text.to_ascii_lowercase().matches("name").count();
            let file_names = text.to_ascii_lowercase().matches("filename").count();
            let is_odd =
                text.contains(['\\', '\'', '%']) || text.contains("name*") || names > 1 + file_names.min(1);
            if name.is_some() || is_odd {
                return Err(Uncertain);
            }
            name = Some(parameter(text, "name").ok_or(Uncertain)?);
        } else if key.eq_ignore_ascii_case("content-type") {
            if is_multipart(text) {
                return Err(Uncertain);
            }
            content_type = Some(text);
        } else if key.eq_ignore_ascii_case("content-transfer-encoding") {
            is_plain = ["7bit", "8bit", "binary"].iter().any(|plain| text.eq_ignore_ascii_case(plain));
        }
    }
    let value = if is_plain { read_text(value, content_type) } else { Err(Uncertain) };
    Ok(Field { name: name.ok_or(Uncertain)?.into(), value, certain: true })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const TYPE: &str = "multipart/form-data; boundary=xyz";

    fn read(body: &str) -> Option<Vec<(String, Option<String>)>> {
        let fields = read_multipart(body.as_bytes(), TYPE).ok()?;
        Some(fields.into_iter().map(|field| (field.name.into(), field.value.ok().map(Into::into))).collect())
    }

    #[test]
    fn parts_are_fields() {
        let body = concat!(
            "--xyz\r\nContent-Disposition: form-data; name=\"a; b\"\r\n\r\n1\r\n2\r\n",
            "--xyz\r\ncontent-disposition: form-data; filename=\"f.txt\"; name=file\r\nContent-Type: text/plain\r\n\r\n\r\n",
            "--xyz\r\ncontent-disposition: form-data; name=c\r\nContent-Transfer-Encoding: base64\r\n\r\nYQ==\r\n--xyz--\r\n",
        );
        let expected = [
            ("a; b".into(), Some("1\r\n2".into())),
            ("file".into(), Some(String::new())),
            ("c".into(), None),
        ];
        assert_eq!(read(body).unwrap(), expected);
    }

    #[test]
    fn what_could_be_split_otherwise_is_uncertain() {
        let part =
            |text: &str| format!("--xyz\r\ncontent-disposition: form-data; name=a\r\n\r\n{text}\r\n--xyz--");
        assert!(read(&part("x")).is_some());
        for body in [
            part("x\n--xyz\ncontent-disposition: form-data; name=b\n\nevil"),
            part("x").replace("\r\n", "\n"),
            part("x").replace("name=a", "nam=a"),
            part("x").replace("name=a", "name=a; name*=utf-8''b"),
            part("x").replace("name=a", "name='a'"),
            part("x").replace("name=a", "name=a; name=b"),
            part("x").replace("name=a", "name=%61"),
            part("x").replace("name=a", "name=a\r\ncontent-type: multipart/mixed; boundary=b"),
            part("x").replace("--xyz--", "--xyz"),
            part("x").replace("xyz", "other"),
            format!("preamble\r\n{}", part("x")),
            format!("{}\r\n{}", part("x"), part("y")),
            String::new(),
        ] {
            assert_eq!(read(&body), None, "{body:?}");
        }
    }

    proptest! {
        #[test]
        fn no_body_harms(body in "(--xyz|\r\n|\n|--|:|name=a|content-disposition|[a-z;=\"]){0,20}") {
            let _ = read(&body);
            let _ = read_urlencoded(&body).count();
        }
    }
}
