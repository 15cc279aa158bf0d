//! Request heads of HTTP/1: refused where two readers could read them differently, and rewritten where the parser
//! behind takes less than clients send.

use memchr::memmem;
use onecli_domain::raw_target;

use crate::downstream::chunks::{is_field_value, is_token};
use crate::header_lines::{self, MOST_HEADER_LINES, PACKED, PLAIN_LINES};
use crate::refused::{self, Refused};
use crate::upgrade_protocol::is_upgrade_protocol;

/// What a head says.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct RequestHead {
    /// What follows it.
    pub(crate) then: Then,
    /// The head as the parser takes it, where that is another one.
    pub(crate) rewritten: Option<Vec<u8>>,
}

/// What follows a head.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Then {
    /// The next head.
    Head,
    /// A body of this length.
    Length(u64),
    /// A chunked body.
    Chunked,
    /// Behind a CONNECT, or a request to speak another protocol: HTTP/1 or not, as the answer says.
    Undecided,
}

impl RequestHead {
    /// Reads a head, empty line included, which may have so many bytes.
    pub(crate) fn read(head: &[u8], most: usize) -> Result<Self, Refused> {
        let mut lines = Lines(head);
        let line = lines.next().unwrap_or_default();
        let request = RequestLine::read(line)?;
        let fields = Fields::read(&mut lines)?;
        let then = fields.then(&request)?;
        let target = request.encode_target()?;
        let grown = target.as_ref().map_or(0, |target| target.len() - request.target.len());
        if head.len() + grown > most {
            return Err(Refused::TooLarge);
        }
        let rewritten = if target.is_none() && fields.count <= PLAIN_LINES {
            None
        } else {
            Some(rewrite(head, line, &request, target.as_deref(), fields.count)?)
        };
        Ok(Self { then, rewritten })
    }
}

/// What is wrong with the first line of a head that isn't whole, if it is there.
pub(crate) fn doubt_first_line(head: &[u8]) -> Option<Refused> {
    let end = memmem::find(head, b"\r\n")?;
    RequestLine::read(head.get(..end)?).err()
}

/// A request line (RFC 9112 §3).
struct RequestLine<'a> {
    method: &'a [u8],
    target: &'a [u8],
    is_version_1_0: bool,
}

impl<'a> RequestLine<'a> {
    fn read(line: &'a [u8]) -> Result<Self, Refused> {
        const BAD: Refused = Refused::Malformed("the request line is not `METHOD target HTTP/1.1`");
        let first = memchr::memchr(b' ', line).ok_or(BAD)?;
        let last = memchr::memrchr(b' ', line).ok_or(BAD)?;
        let method = line.get(..first).unwrap_or_default();
        let target = line.get(first + 1..last).ok_or(BAD)?;
        let is_version_1_0 = match line.get(last + 1..).unwrap_or_default() {
            b"HTTP/1.1" => false,
            b"HTTP/1.0" => true,
            _ => return Err(BAD),
        };
        if method.is_empty() || !method.iter().copied().all(is_token) || target.is_empty() {
            return Err(BAD);
        }
        if method == refused::METHOD.as_bytes() {
            return Err(Refused::Malformed("the method is one that the gateway keeps for itself"));
        }
        if memchr::memchr2(b' ', b'\t', target).is_some() {
            return Err(BAD);
        }
        Ok(Self { method, target, is_version_1_0 })
    }

    fn is_connect(&self) -> bool {
        self.method == b"CONNECT"
    }

    /// The target with its raw characters encoded; none where there are none. What passes, the parser takes.
    fn encode_target(&self) -> Result<Option<String>, Refused> {
        const LONG: Refused = Refused::TooLarge;
        let encode = |raw| {
            raw_target::encode(raw).map_err(|error| {
                Refused::Malformed(match error {
                    raw_target::BadCharacter::Control => "the target holds a control character",
                    raw_target::BadCharacter::Fragment => "the target holds a fragment",
                })
            })
        };
        if self.target.starts_with(b"/") {
            let encoded = encode(self.target)?;
            let length = encoded.as_ref().map_or(self.target.len(), String::len);
            return if length > MOST_TARGET_BYTES { Err(LONG) } else { Ok(encoded) };
        }
        if self.target == b"*" {
            return Ok(None);
        }
        // An absolute form, or an authority: seldom within tunnels, so that parsing it twice costs little.
        let authority = memmem::find(self.target, b"://").map_or(0, |at| at + 3);
        let path = match self.target.get(authority..) {
            Some(rest) if authority > 0 => rest.iter().position(|byte| matches!(byte, b'/' | b'?' | b'#')),
            Some(_) | None => None,
        };
        let (before, path) =
            path.and_then(|at| self.target.split_at_checked(authority + at)).unwrap_or((self.target, b""));
        let encoded = encode(path)?.map(|path| [before, path.as_bytes()].concat());
        let whole = encoded.as_deref().unwrap_or(self.target);
        if whole.len() > MOST_TARGET_BYTES {
            return Err(LONG);
        }
        match http::Uri::try_from(whole) {
            Ok(_) => Ok(encoded.and_then(|bytes| String::from_utf8(bytes).ok())),
            Err(_) => Err(Refused::Malformed("the request target is no path, URL or authority")),
        }
    }
}

/// What header lines say of the message.
#[derive(Default)]
struct Fields {
    count: usize,
    hosts: usize,
    length: Option<u64>,
    is_chunked: bool,
    /// It asks for a protocol that the connection may switch to.
    may_switch: bool,
}

impl Fields {
    fn read(lines: &mut Lines<'_>) -> Result<Self, Refused> {
        let bad = |what| Err(Refused::Malformed(what));
        let mut fields = Self::default();
        for line in lines {
            if line.is_empty() {
                break;
            }
            fields.count += 1;
            if matches!(line.first(), Some(b' ' | b'\t')) {
                return bad("a header line begins with a space (obs-fold)");
            }
            let Some(colon) = memchr::memchr(b':', line) else { return bad("a header line has no colon") };
            let (name, value) = line.split_at(colon);
            if name.is_empty() || name.len() > MOST_NAME_BYTES || !name.iter().copied().all(is_token) {
                return bad(
                    "a header name is too long, or holds a character that none may hold, such as a space before the colon",
                );
            }
            let value = value.get(1..).unwrap_or_default();
            if !value.iter().copied().all(is_field_value) {
                return bad("a header value holds a control character");
            }
            fields.note(name, value).map_err(Refused::Malformed)?;
        }
        if fields.count > MOST_HEADER_LINES {
            return Err(Refused::TooLarge);
        }
        Ok(fields)
    }

    fn note(&mut self, name: &[u8], value: &[u8]) -> Result<(), &'static str> {
        // Most names are told apart by their length alone.
        match name.len() {
            4 if name.eq_ignore_ascii_case(b"host") => self.hosts += 1,
            14 if name.eq_ignore_ascii_case(b"content-length") => {
                let value = read_length(value.trim_ascii())?;
                if self.length.is_some_and(|other| other != value) {
                    return Err("there are several Content-Length headers that differ");
                }
                self.length = Some(value);
            }
            7 if name.eq_ignore_ascii_case(b"upgrade") => {
                let mut protocols = value.split(|byte| *byte == b',').map(<[u8]>::trim_ascii);
                self.may_switch |= protocols.any(is_upgrade_protocol);
            }
            17 if name.eq_ignore_ascii_case(b"transfer-encoding") => {
                if self.is_chunked || !value.trim_ascii().eq_ignore_ascii_case(b"chunked") {
                    return Err("Transfer-Encoding is something else than `chunked` once");
                }
                self.is_chunked = true;
            }
            21 if name.eq_ignore_ascii_case(PACKED.as_bytes()) => {
                return Err("a header has a name that the gateway keeps for itself");
            }
            _ => {}
        }
        Ok(())
    }

    fn then(&self, request: &RequestLine<'_>) -> Result<Then, Refused> {
        let bad = |what| Err(Refused::Malformed(what));
        let has_body = self.is_chunked || self.length.is_some_and(|length| length > 0);
        if self.hosts > 1 {
            return bad("there are several Host headers");
        }
        if self.hosts == 0 && !request.is_version_1_0 {
            return bad("there is no Host header");
        }
        if self.is_chunked && self.length.is_some() {
            return bad("there are both Content-Length and Transfer-Encoding");
        }
        if self.is_chunked && request.is_version_1_0 {
            return bad("HTTP/1.0 has no Transfer-Encoding");
        }
        if request.is_connect() && has_body {
            return bad("a CONNECT request has no body");
        }
        Ok(match self.length {
            _ if self.is_chunked => Then::Chunked,
            // A request with a body is not upgraded.
            Some(0) | None if request.is_connect() || self.may_switch => Then::Undecided,
            Some(0) | None => Then::Head,
            Some(length) => Then::Length(length),
        })
    }
}

fn rewrite(
    head: &[u8],
    line: &[u8],
    request: &RequestLine<'_>,
    target: Option<&str>,
    lines: usize,
) -> Result<Vec<u8>, Refused> {
    let mut whole;
    let mut head = head;
    if let Some(target) = target {
        whole = Vec::with_capacity(head.len() + target.len());
        whole.extend_from_slice(request.method);
        whole.push(b' ');
        whole.extend_from_slice(target.as_bytes());
        whole.extend_from_slice(if request.is_version_1_0 { b" HTTP/1.0" } else { b" HTTP/1.1" });
        whole.extend_from_slice(head.get(line.len()..).unwrap_or_default());
        head = &whole;
    }
    if lines <= PLAIN_LINES {
        return Ok(head.to_vec());
    }
    header_lines::pack(head)
        .ok_or(Refused::Malformed("there are too many Connection, Upgrade or Expect headers"))
}

fn read_length(digits: &[u8]) -> Result<u64, &'static str> {
    const BAD: &str = "Content-Length is not a whole number";
    if digits.is_empty() || digits.len() > 19 {
        return Err(BAD);
    }
    digits.iter().try_fold(0u64, |sum, digit| match digit {
        b'0'..=b'9' => Ok(sum * 10 + u64::from(digit - b'0')),
        _ => Err(BAD),
    })
}

struct Lines<'a>(&'a [u8]);

impl<'a> Iterator for Lines<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        if self.0.is_empty() {
            return None;
        }
        let end = memmem::find(self.0, b"\r\n").unwrap_or(self.0.len());
        let (line, rest) = self.0.split_at(end);
        self.0 = rest.get(2..).unwrap_or_default();
        Some(line)
    }
}

/// The longest that `http::Uri` takes.
const MOST_TARGET_BYTES: usize = 65_534;
/// `http::HeaderName` takes 64 KiB.
const MOST_NAME_BYTES: usize = 32 * 1024;
