//! Strict HTTP/1 framing: what agents send is checked, byte by byte, before any lenient parser sees it.
//!
//! Two readers that find different message borders in the same bytes are how requests are smuggled
//! (RFC 9112 §11.2). So each head is held back until it is whole and beyond doubt, and bodies are
//! followed to their end, by rules that leave nothing to taste.

use memchr::memmem;

use crate::upgrade_protocol::is_upgrade_protocol;

/// Follows the messages in a stream of bytes.
#[derive(Debug, Default)]
pub struct Framing {
    state: State,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Before or within a head.
    #[default]
    Head,
    /// Within a body of known length.
    Length(u64),
    /// Within a chunked body.
    Chunked(Chunk),
    /// Behind a CONNECT or a request with `Upgrade`: what follows is HTTP/1 or not, as the answer says.
    Undecided,
    /// No longer HTTP/1.
    Opaque,
}

/// Where in a chunked body (RFC 9112 §7.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Chunk {
    Size {
        value: u64,
        digits: u8,
    },
    Extension {
        value: u64,
        length: u16,
    },
    SizeLf {
        value: u64,
    },
    Data {
        left: u64,
    },
    DataCr,
    DataLf,
    /// At the start of a trailer line, or of the empty line that ends the body.
    TrailerStart {
        total: u16,
    },
    Trailer {
        total: u16,
        name: bool,
    },
    TrailerLf {
        total: u16,
    },
    EndLf,
}

/// How far some bytes are beyond doubt.
#[derive(Debug, PartialEq, Eq)]
pub enum Progress {
    /// All of them.
    All,
    /// Up to here; a head begins that isn't whole yet, or nobody knows yet what it is.
    HoldFrom(usize),
    /// Up to here; what follows is refused.
    RefuseFrom(usize, &'static str),
}

impl Framing {
    /// Looks at the next bytes. Those held back must be given again, with more behind them.
    /// `searched` says how many of them were already searched for the end of a head.
    pub fn advance(&mut self, bytes: &[u8], searched: usize) -> Progress {
        let mut at = 0;
        let mut searched = searched;
        while let Some(rest) = bytes.get(at..).filter(|rest| !rest.is_empty()) {
            match self.state {
                State::Opaque => return Progress::All,
                State::Undecided => return Progress::HoldFrom(at),
                State::Length(left) => {
                    let taken = left.min(rest.len() as u64);
                    at += taken as usize;
                    self.state = if taken == left { State::Head } else { State::Length(left - taken) };
                }
                State::Chunked(chunk) => match follow_chunks(chunk, rest) {
                    Ok((Some(chunk), used)) => {
                        self.state = State::Chunked(chunk);
                        at += used;
                    }
                    Ok((None, used)) => {
                        self.state = State::Head;
                        at += used;
                    }
                    Err((used, why)) => return Progress::RefuseFrom(at + used, why),
                },
                State::Head => {
                    // RFC 9112 §2.2: empty lines before a request line are ignored.
                    if rest.starts_with(b"\r\n") {
                        at += 2;
                        searched = searched.saturating_sub(2);
                        continue;
                    }
                    match find_head_end(rest, searched) {
                        Ok(Some(end)) => match read_head(rest.get(..end).unwrap_or(rest)) {
                            Ok(state) => {
                                self.state = state;
                                at += end;
                            }
                            Err(why) => return Progress::RefuseFrom(at, why),
                        },
                        Ok(None) if rest.len() > MOST_HEAD_BYTES => {
                            return Progress::RefuseFrom(at, "the head is longer than 64 KiB");
                        }
                        // What is no request line will be none when more has come.
                        Ok(None) if let Some(why) = doubt_first_line(rest) => {
                            return Progress::RefuseFrom(at, why);
                        }
                        Ok(None) => return Progress::HoldFrom(at),
                        Err(why) => return Progress::RefuseFrom(at, why),
                    }
                    searched = 0;
                }
            }
        }
        Progress::All
    }

    /// From here on the bytes are no longer HTTP/1: a WebSocket, say.
    pub fn become_opaque(&mut self) {
        self.state = State::Opaque;
    }

    /// Whether an answer must come before more can be judged.
    pub fn is_undecided(&self) -> bool {
        self.state == State::Undecided
    }

    /// The answer did not change the protocol: the next byte begins a head.
    pub fn stay_http(&mut self) {
        if self.is_undecided() {
            self.state = State::Head;
        }
    }

    /// Whether the next byte would begin a head.
    pub fn is_between_messages(&self) -> bool {
        self.state == State::Head
    }
}

/// Finds the end of a head, and refuses line ends that aren't CRLF on the way.
fn find_head_end(bytes: &[u8], searched: usize) -> Result<Option<usize>, &'static str> {
    let from = searched.saturating_sub(3).min(bytes.len());
    let end = memmem::find(bytes.get(from..).unwrap_or_default(), b"\r\n\r\n").map(|at| from + at + 4);
    let head = bytes.get(from..end.unwrap_or(bytes.len())).unwrap_or_default();
    for at in memchr::memchr_iter(b'\n', head) {
        let before = from + at;
        if before == 0 || bytes.get(before - 1) != Some(&b'\r') {
            return Err("a connection ends in LF without CR");
        }
    }
    for at in memchr::memchr_iter(b'\r', head) {
        if bytes.get(from + at + 1).is_some_and(|next| *next != b'\n') {
            return Err("a CR stands without LF");
        }
    }
    if memchr::memchr(0, head).is_some() {
        return Err("the head holds a NUL byte");
    }
    Ok(end)
}

fn doubt_first_line(rest: &[u8]) -> Option<&'static str> {
    let end = memmem::find(rest, b"\r\n")?;
    rest.get(..end).and_then(|connection| read_request_line(connection).err())
}

fn read_head(head: &[u8]) -> Result<State, &'static str> {
    let mut lines = Lines(head);
    let request = lines.next().unwrap_or_default();
    let is_connect = read_request_line(request)?;
    let version_1_0 = request.ends_with(b"HTTP/1.0");
    let mut hosts = 0;
    let mut length: Option<u64> = None;
    let (mut chunked, mut may_switch) = (false, false);
    for connection in lines {
        if connection.is_empty() {
            break;
        }
        if matches!(connection.first(), Some(b' ' | b'\t')) {
            return Err("a header connection begins with a space (obs-fold)");
        }
        let colon = memchr::memchr(b':', connection).ok_or("a header connection has no colon")?;
        let (name, value) = connection.split_at(colon);
        if name.is_empty() || !name.iter().copied().all(is_token) {
            return Err(
                "a header name holds a character that none may hold, such as a space before the colon",
            );
        }
        let value = value.get(1..).unwrap_or_default();
        if !value.iter().copied().all(is_field_value) {
            return Err("a header value holds a control character");
        }
        // Most names are told apart by their length alone.
        match name.len() {
            4 if name.eq_ignore_ascii_case(b"host") => hosts += 1,
            14 if name.eq_ignore_ascii_case(b"content-length") => {
                let value = read_length(value.trim_ascii())?;
                if length.is_some_and(|other| other != value) {
                    return Err("there are several Content-Length headers that differ");
                }
                length = Some(value);
            }
            7 if name.eq_ignore_ascii_case(b"upgrade") => {
                let mut protocols = value.split(|byte| *byte == b',').map(<[u8]>::trim_ascii);
                may_switch |= protocols.any(is_upgrade_protocol);
            }
            17 if name.eq_ignore_ascii_case(b"transfer-encoding") => {
                if chunked || !value.trim_ascii().eq_ignore_ascii_case(b"chunked") {
                    return Err("Transfer-Encoding is something else than `chunked` once");
                }
                chunked = true;
            }
            _ => {}
        }
    }
    if hosts > 1 {
        return Err("there are several Host headers");
    }
    if hosts == 0 && !version_1_0 {
        return Err("there is no Host header");
    }
    if chunked && length.is_some() {
        return Err("there are both Content-Length and Transfer-Encoding");
    }
    if chunked && version_1_0 {
        return Err("HTTP/1.0 has no Transfer-Encoding");
    }
    if is_connect {
        return if chunked || length.is_some_and(|length| length > 0) {
            Err("a CONNECT request has no body")
        } else {
            Ok(State::Undecided)
        };
    }
    Ok(match length {
        _ if chunked => State::Chunked(Chunk::START),
        // A request with a body is not upgraded.
        Some(0) | None if may_switch => State::Undecided,
        Some(0) | None => State::Head,
        Some(length) => State::Length(length),
    })
}

/// Checks a request line (RFC 9112 §3); says whether it is a CONNECT.
fn read_request_line(connection: &[u8]) -> Result<bool, &'static str> {
    const BAD: &str = "the request connection is not `METHOD target HTTP/1.1`";
    let first = memchr::memchr(b' ', connection).ok_or(BAD)?;
    let last = memchr::memrchr(b' ', connection).ok_or(BAD)?;
    let method = connection.get(..first).unwrap_or_default();
    let target = connection.get(first + 1..last).ok_or(BAD)?;
    let version = connection.get(last + 1..).unwrap_or_default();
    if method.is_empty() || !method.iter().copied().all(is_token) || target.is_empty() {
        return Err(BAD);
    }
    if version != b"HTTP/1.1" && version != b"HTTP/1.0" {
        return Err(BAD);
    }
    if !target.iter().all(|byte| (0x21..=0x7e).contains(byte)) {
        return Err("the request target holds a character that must be percent-encoded");
    }
    if memchr::memchr(b'#', target).is_some() {
        return Err("the request target holds a fragment");
    }
    Ok(method == b"CONNECT")
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

impl Chunk {
    const START: Self = Self::Size { value: 0, digits: 0 };
}

/// Follows a chunked body; `None` at its end. An error says how many bytes before it were good.
#[allow(clippy::type_complexity, reason = "two short-lived pairs, named by the connection above")]
fn follow_chunks(from: Chunk, bytes: &[u8]) -> Result<(Option<Chunk>, usize), (usize, &'static str)> {
    let mut chunk = from;
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let next = match chunk {
            Chunk::Data { left } => {
                let taken = left.min((bytes.len() - at) as u64);
                at += taken as usize;
                chunk = if taken == left { Chunk::DataCr } else { Chunk::Data { left: left - taken } };
                continue;
            }
            Chunk::Size { value, digits } => match (byte, char::from(byte).to_digit(16)) {
                (_, Some(digit)) if digits < 15 => {
                    Ok(Chunk::Size { value: value << 4 | u64::from(digit), digits: digits + 1 })
                }
                (b'\r', None) if digits > 0 => Ok(Chunk::SizeLf { value }),
                (b';', None) if digits > 0 => Ok(Chunk::Extension { value, length: 0 }),
                _ => Err("a chunk size is not a hexadecimal number"),
            },
            Chunk::Extension { value, .. } if byte == b'\r' => Ok(Chunk::SizeLf { value }),
            Chunk::Extension { value, length } if length < MOST_EXTENSION_BYTES && is_field_value(byte) => {
                Ok(Chunk::Extension { value, length: length + 1 })
            }
            Chunk::Extension { .. } => Err("a chunk extension is too long or holds a control character"),
            Chunk::SizeLf { value: 0 } if byte == b'\n' => Ok(Chunk::TrailerStart { total: 0 }),
            Chunk::SizeLf { value } if byte == b'\n' => Ok(Chunk::Data { left: value }),
            Chunk::SizeLf { .. } => Err("a chunk size does not end in CRLF"),
            Chunk::DataCr if byte == b'\r' => Ok(Chunk::DataLf),
            Chunk::DataLf if byte == b'\n' => Ok(Chunk::START),
            Chunk::DataCr | Chunk::DataLf => Err("a chunk is longer than its size says"),
            Chunk::TrailerStart { .. } if byte == b'\r' => Ok(Chunk::EndLf),
            Chunk::TrailerStart { total } if is_token(byte) => Ok(Chunk::Trailer { total, name: true }),
            Chunk::TrailerStart { .. } => Err("a trailer connection has no name"),
            Chunk::Trailer { total, .. } if total > MOST_TRAILER_BYTES => {
                Err("the trailers are longer than 16 KiB")
            }
            Chunk::Trailer { total, name: true } if byte == b':' => {
                Ok(Chunk::Trailer { total: total + 1, name: false })
            }
            Chunk::Trailer { total, name: true } if is_token(byte) => {
                Ok(Chunk::Trailer { total: total + 1, name: true })
            }
            Chunk::Trailer { total, name: false } if byte == b'\r' => Ok(Chunk::TrailerLf { total }),
            Chunk::Trailer { total, name: false } if is_field_value(byte) => {
                Ok(Chunk::Trailer { total: total + 1, name: false })
            }
            Chunk::Trailer { .. } => Err("a trailer connection holds a character that none may hold"),
            Chunk::TrailerLf { total } if byte == b'\n' => Ok(Chunk::TrailerStart { total }),
            Chunk::EndLf if byte == b'\n' => return Ok((None, at + 1)),
            Chunk::TrailerLf { .. } | Chunk::EndLf => Err("a CR stands without LF"),
        };
        chunk = next.map_err(|why| (at, why))?;
        at += 1;
    }
    Ok((Some(chunk), at))
}

struct Lines<'a>(&'a [u8]);

impl<'a> Iterator for Lines<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        if self.0.is_empty() {
            return None;
        }
        let end = memmem::find(self.0, b"\r\n").unwrap_or(self.0.len());
        let (connection, rest) = self.0.split_at(end);
        self.0 = rest.get(2..).unwrap_or_default();
        Some(connection)
    }
}

/// RFC 9110 §5.6.2
fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
        || matches!(byte, b'!' | b'#'..=b'\'' | b'*' | b'+' | b'-' | b'.' | b'^'..=b'`' | b'|' | b'~')
}

/// RFC 9110 §5.5
fn is_field_value(byte: u8) -> bool {
    byte == b'\t' || (byte >= b' ' && byte != 0x7f)
}

const MOST_HEAD_BYTES: usize = 64 * 1024;
const MOST_TRAILER_BYTES: u16 = 16 * 1024;
const MOST_EXTENSION_BYTES: u16 = 4 * 1024;

#[cfg(test)]
mod tests;
