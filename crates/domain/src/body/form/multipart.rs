//! Forms in parts (RFC 7578), read strictly: where a lenient reader could see other parts, they are uncertain.

use bytes::Bytes;
use bytestring::ByteString;
use memchr::memmem::Finder;

use crate::body::Uncertain;
use crate::body::coding::read_text;
use crate::body::content_type::{ContentType, parse};

/// A part of a form.
#[derive(Debug)]
pub(super) struct Part<'b> {
    /// The field's name.
    pub name: &'b str,
    /// Its value, where that can be read.
    pub value: Option<ByteString>,
}

/// Shows each part of a body, one after another.
pub(super) fn read_multipart<'b>(
    body: &'b Bytes,
    content_type: &ContentType,
    mut see: impl FnMut(Part<'b>) -> Result<(), Uncertain>,
) -> Result<(), Uncertain> {
    let boundary = content_type.parameter("boundary")?.filter(|text| is_boundary(text)).ok_or(Uncertain)?;
    let dashed = format!("--{boundary}");
    let delimiter = format!("\r\n{dashed}");
    let end_of_part = Finder::new(delimiter.as_bytes());
    let end_of_head = Finder::new(b"\r\n\r\n");
    let occurrences = Finder::new(dashed.as_bytes()).find_iter(body).count();
    let mut rest = body.strip_prefix(b"\r\n").unwrap_or(body);
    rest = rest.strip_prefix(dashed.as_bytes()).ok_or(Uncertain)?;
    let mut parts = 0;
    while !rest.starts_with(b"--") {
        rest = rest.strip_prefix(b"\r\n").ok_or(Uncertain)?;
        let (part, after) =
            rest.split_at_checked(end_of_part.find(rest).ok_or(Uncertain)?).ok_or(Uncertain)?;
        let (head, value) =
            part.split_at_checked(end_of_head.find(part).ok_or(Uncertain)?).ok_or(Uncertain)?;
        let head = Head::read(std::str::from_utf8(head).map_err(|_| Uncertain)?)?;
        see(Part { name: head.name, value: head.value(&body.slice_ref(value.get(4..).ok_or(Uncertain)?)) })?;
        parts += 1;
        rest = after.get(delimiter.len()..).ok_or(Uncertain)?;
    }
    // Django finds parts behind what looks like the end.
    let is_last = matches!(rest, b"--" | b"--\r\n");
    // One delimiter for each part, and the last: any other would be one to a reader who minds line ends less.
    if occurrences == parts + 1 && is_last { Ok(()) } else { Err(Uncertain) }
}

/// What is known of a part before its value.
struct Head<'b> {
    name: &'b str,
    content_type: Option<ContentType>,
    encoding: Option<&'b str>,
}

impl<'b> Head<'b> {
    fn read(text: &'b str) -> Result<Self, Uncertain> {
        // Bare line ends, folded lines and their kin are ends to some readers and text to others.
        if text.len() > LONGEST_HEAD
            || text.contains(|letter| letter < ' ' && !matches!(letter, '\r' | '\n' | '\t'))
        {
            return Err(Uncertain);
        }
        let (mut name, mut content_type, mut encoding) = (None, None, None);
        for line in text.split("\r\n") {
            let (key, value) = line.split_once(':').ok_or(Uncertain)?;
            let is_name = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
            if key.is_empty() || !key.bytes().all(is_name) || value.contains(['\r', '\n']) {
                return Err(Uncertain);
            }
            let value = value.trim_matches([' ', '\t']);
            let was_there = match key.to_ascii_lowercase().as_str() {
                "content-disposition" => name.replace(read_disposition(value)?).is_some(),
                "content-type" => content_type.replace(ContentType::read(value)).is_some(),
                "content-transfer-encoding" => encoding.replace(value).is_some(),
                _ => false,
            };
            if was_there {
                return Err(Uncertain);
            }
        }
        if content_type.as_ref().is_some_and(ContentType::is_multipart) {
            return Err(Uncertain);
        }
        Ok(Self { name: name.ok_or(Uncertain)?, content_type, encoding })
    }

    fn value(&self, bytes: &Bytes) -> Option<ByteString> {
        let is_plain =
            |encoding: &str| PLAIN_ENCODINGS.iter().any(|plain| encoding.eq_ignore_ascii_case(plain));
        if !self.encoding.is_none_or(is_plain) {
            return None;
        }
        let charset = self.content_type.as_ref().map_or(Ok(None), |kind| kind.parameter("charset"));
        read_text(bytes, charset.ok()?).ok()
    }
}

/// The name of a field. Whatever readers unquote, decode or choose from in ways of their own is uncertain.
fn read_disposition(text: &str) -> Result<&str, Uncertain> {
    let (kind, parameters) = parse(text).ok_or(Uncertain)?;
    let mut name = None;
    for (at, (key, value)) in parameters.iter().enumerate() {
        let is_again = parameters.iter().take(at).any(|(other, _)| other.eq_ignore_ascii_case(key));
        let is_known = DISPOSITION.iter().any(|known| key.eq_ignore_ascii_case(known));
        if is_again || !is_known {
            return Err(Uncertain);
        }
        if key.eq_ignore_ascii_case("name") {
            name = Some(*value);
        } else if value.to_ascii_lowercase().contains("name=") {
            return Err(Uncertain);
        }
    }
    let name = name.filter(|name| !name.contains(['%', '&', ';', '=', '?']) && !name.trim().is_empty());
    if kind.eq_ignore_ascii_case("form-data") { name.ok_or(Uncertain) } else { Err(Uncertain) }
}

/// RFC 2046 §5.1.1, without what some readers take for an end.
fn is_boundary(text: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"'()+_-./:=? ".contains(&byte);
    (1..=70).contains(&text.len()) && text.trim() == text && text.bytes().all(is_plain)
}

const DISPOSITION: [&str; 2] = ["name", "filename"];
/// RFC 2045 §6.1
const PLAIN_ENCODINGS: [&str; 3] = ["7bit", "8bit", "binary"];
const LONGEST_HEAD: usize = 8 * 1024;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const TYPE: &str = "multipart/form-data; boundary=xyz";

    fn read(body: &str) -> Option<Vec<(String, Option<String>)>> {
        let mut all = Vec::new();
        let bytes = Bytes::copy_from_slice(body.as_bytes());
        let outcome = read_multipart(&bytes, &ContentType::read(TYPE), |part| {
            all.push((part.name.to_owned(), part.value.map(|value| value.to_string())));
            Ok(())
        });
        outcome.ok().map(|()| all)
    }

    #[test]
    fn parts_are_fields() {
        let body = concat!(
            "--xyz\r\nContent-Disposition: form-data; name=\"a[b] c\"\r\n\r\n1\r\n2\r\n",
            "--xyz\r\ncontent-disposition: form-data; filename=\"f.txt\"; name=file\r\nContent-Type: text/plain\r\n\r\n\r\n",
            "--xyz\r\ncontent-disposition: form-data; name=d; filename=\"%41.txt\"\r\n\r\n\r\n",
            "--xyz\r\ncontent-disposition: form-data; name=c\r\nContent-Transfer-Encoding: base64\r\n\r\nYQ==\r\n--xyz--\r\n",
        );
        let expected = [
            ("a[b] c".into(), Some("1\r\n2".into())),
            ("file".into(), Some(String::new())),
            ("d".into(), Some(String::new())),
            ("c".into(), None),
        ];
        assert_eq!(read(body).unwrap(), expected);
        assert_eq!(read("--xyz--").unwrap(), []);
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
            part("x").replace("--xyz--", "--xyz"),
            part("x").replace("--xyz--", "--xyz--x"),
            part("x").replace("--xyz--", "--xyz--\r\nx"),
            part("x").replace("--xyz\r", "--xyz--\r"),
            part("x").replace("--xyz\r", "--xyz \r"),
            part("x").replace("xyz", "other"),
            format!("preamble\r\n{}", part("x")),
            format!("{}\r\n{}", part("x"), part("y")),
            String::new(),
        ] {
            assert_eq!(read(&body), None, "{body:?}");
        }
    }

    #[test]
    fn a_head_that_readers_take_in_ways_of_their_own_is_uncertain() {
        for head in [
            "content-disposition: form-data; name=a; name*=utf-8''b",
            "content-disposition: form-data; name=a; name=b",
            "content-disposition: form-data; name=a; x=b",
            "content-disposition: form-data; name='a'",
            "content-disposition: form-data; name=%61",
            "content-disposition: form-data; name=\"\\a\"",
            "content-disposition: form-data; name =a",
            "content-disposition: form-data; name=\"a",
            "content-disposition: form-data; name=\"a\"b",
            "content-disposition: form-data; name=\"\"",
            "content-disposition: form-data; filename=\"x; name=b\"; name=a",
            "content-disposition: form-data, name=a",
            "content-disposition: attachment; name=a",
            "content-disposition: form-data;\r\n name=a",
            "content-disposition: form-data; name=a\r\n x: name=b",
            "content-disposition: form-data; name=a\r\n\tx: ; name=b",
            "content-disposition : form-data; name=a",
            " content-disposition: form-data; name=a",
            "content-disposition: form-data; name=a\r\ncontent-disposition: form-data; name=a",
            "content-disposition: form-data; name=a\nx: b",
            "content-disposition: form-data; name=a\rx: b",
            "content-disposition: form-data; name=a\r\nx: \0",
            "content-disposition: form-data; name=a\r\ncontent-type: multipart/mixed; boundary=b",
            "content-disposition: form-data; name=a\r\ncontent-type: a/b\r\nContent-Type: c/d",
            "x: y",
            "x",
        ] {
            assert_eq!(read(&format!("--xyz\r\n{head}\r\n\r\nx\r\n--xyz--")), None, "{head:?}");
        }
    }

    proptest! {
        #[test]
        fn no_body_harms(body in "(--xyz|\r\n|\n|--|:|name=a|content-disposition|[a-z;=\"]){0,20}") {
            let _ = read(&body);
        }
    }
}
