//! Heads with many header lines: the HTTP/1 parser takes 100, so what is beyond travels packed into one line.
//!
//! Header sections are bounded by bytes, not by lines. The parser's own bound could be raised, but it then allocates
//! room for as many lines with every head, long or short.

use http::{HeaderMap, HeaderName, HeaderValue};

/// A head as the parser takes it: its first lines, those that the parser acts on, and the others packed into one.
///
/// `head` ends with an empty line. None if it has so many lines that the parser acts on that they don't fit.
pub(crate) fn pack(head: &[u8]) -> Option<Vec<u8>> {
    let mut plain = Vec::with_capacity(head.len() + head.len() / 4);
    let mut packed: Vec<u8> = Vec::new();
    let mut lines = 0;
    let mut length = None;
    for line in split_lines(head) {
        if line.is_empty() {
            break;
        }
        let colon = memchr::memchr(b':', line).unwrap_or(line.len());
        let (name, value) = line.split_at(colon);
        let value = value.get(1..).unwrap_or_default().trim_ascii();
        let is_length = name.eq_ignore_ascii_case(b"content-length");
        // The parser drops a repeated length too; and nobody else packs lines.
        if is_length && length == Some(value) || name.eq_ignore_ascii_case(PACKED.as_bytes()) {
            continue;
        }
        if lines > PLAIN_LINES && !is_acted_on(name) {
            packed.extend_from_slice(format!("{}:{}:", name.len(), value.len()).as_bytes());
            packed.extend_from_slice(name);
            packed.extend_from_slice(value);
            continue;
        }
        if is_length {
            length = Some(value);
        }
        lines += 1;
        plain.extend_from_slice(line);
        plain.extend_from_slice(b"\r\n");
    }
    if lines > MOST_LINES {
        return None;
    }
    if !packed.is_empty() {
        plain.extend_from_slice(PACKED.as_bytes());
        plain.push(b':');
        plain.extend_from_slice(&packed);
        plain.extend_from_slice(b"\r\n");
    }
    plain.extend_from_slice(b"\r\n");
    Some(plain)
}

/// Puts the packed lines of a head back.
pub(crate) fn unpack(headers: &mut HeaderMap) {
    // A head with fewer lines has none packed, and pays nothing.
    if headers.len() <= PLAIN_LINES {
        return;
    }
    let Some(packed) = headers.remove(PACKED) else { return };
    let mut rest = packed.as_bytes();
    while let Some((name, value, after)) = next_packed(rest) {
        rest = after;
        if let (Ok(name), Ok(value)) = (HeaderName::from_bytes(name), HeaderValue::from_bytes(value)) {
            headers.append(name, value);
        }
    }
}

/// How long a packed head may be, given how long heads may be: a line of at least four bytes becomes one longer, and
/// the lengths of long ones take a few digits more.
pub(crate) fn most_packed(most: usize) -> usize {
    most + most / 4 + 1024
}

/// How many bytes headers have as lines of HTTP/1.
pub(crate) fn size(headers: &HeaderMap) -> usize {
    headers.iter().map(|(name, value)| name.as_str().len() + value.len() + ": \r\n".len()).sum()
}

fn next_packed(packed: &[u8]) -> Option<(&[u8], &[u8], &[u8])> {
    let (name_length, rest) = read_length(packed)?;
    let (value_length, rest) = read_length(rest)?;
    let (name, rest) = rest.split_at_checked(name_length)?;
    let (value, rest) = rest.split_at_checked(value_length)?;
    Some((name, value, rest))
}

fn read_length(text: &[u8]) -> Option<(usize, &[u8])> {
    let colon = memchr::memchr(b':', text)?;
    let length = std::str::from_utf8(text.get(..colon)?).ok()?.parse().ok()?;
    Some((length, text.get(colon + 1..)?))
}

/// Whether the parser itself acts on a header.
fn is_acted_on(name: &[u8]) -> bool {
    ACTED_ON.iter().any(|known| known.as_bytes().eq_ignore_ascii_case(name))
}

/// Lines without their ends, CRLF or LF.
fn split_lines(head: &[u8]) -> impl Iterator<Item = &[u8]> {
    head.split(|byte| *byte == b'\n').map(|line| line.strip_suffix(b"\r").unwrap_or(line))
}

/// The header that holds packed lines. Heads of agents that have it are refused.
pub(crate) const PACKED: &str = "x-onecli-packed-lines";
/// Heads with more header lines are packed.
pub(crate) const PLAIN_LINES: usize = 64;
/// How many header lines there may be in all: far more than fit into 64 KiB with names and values, and what a
/// `HeaderMap` holds.
pub(crate) const MOST_HEADER_LINES: usize = 16 * 1024;
/// With the first line and the packed one: fewer than the parser takes.
const MOST_LINES: usize = 98;
const ACTED_ON: [&str; 6] =
    ["content-length", "transfer-encoding", "connection", "upgrade", "expect", "host"];

#[cfg(test)]
mod tests {
    use super::*;

    /// What the parser makes of a head: no more lines than it takes.
    fn parse(head: &[u8]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for line in split_lines(head).skip(1).take_while(|line| !line.is_empty()) {
            let colon = memchr::memchr(b':', line).unwrap();
            headers.append(
                HeaderName::from_bytes(&line[..colon]).unwrap(),
                HeaderValue::from_bytes(line[colon + 1..].trim_ascii()).unwrap(),
            );
        }
        assert!(headers.len() < 100, "{} lines", headers.len());
        headers
    }

    #[test]
    fn a_head_with_many_lines_comes_out_as_it_went_in() {
        let mut head = b"GET / HTTP/1.1\r\nHost: a\r\n".to_vec();
        let mut expected = HeaderMap::new();
        expected.append("host", "a".parse().unwrap());
        for number in 0..3_000 {
            let (name, value) = (format!("x-{}", number / 2), format!("v{number}:\u{fc}"));
            head.extend_from_slice(format!("{name}:\t {value} \r\n").as_bytes());
            expected.append(
                HeaderName::from_bytes(name.as_bytes()).unwrap(),
                HeaderValue::from_bytes(value.as_bytes()).unwrap(),
            );
        }
        head.extend_from_slice(b"Content-Length: 3\r\nContent-Length: 3\r\n\r\n");
        expected.append("content-length", "3".parse().unwrap());
        let packed = pack(&head).unwrap();
        let mut headers = parse(&packed);
        assert_eq!(headers["content-length"], "3", "the parser sees what it acts on");
        unpack(&mut headers);
        assert_eq!(headers, expected);
    }

    #[test]
    fn what_looks_packed_in_a_short_head_is_no_business_of_ours() {
        let mut headers = HeaderMap::new();
        for number in 0..PLAIN_LINES - 1 {
            headers.append(
                HeaderName::from_bytes(format!("x-{number}").as_bytes()).unwrap(),
                "1".parse().unwrap(),
            );
        }
        headers.append(PACKED, "1:1:xy".parse().unwrap());
        let before = headers.clone();
        unpack(&mut headers);
        assert_eq!(headers, before);
    }

    #[test]
    fn too_many_lines_that_the_parser_acts_on_fit_nowhere() {
        let head = format!("GET / HTTP/1.1\r\n{}\r\n", "Connection: x\r\n".repeat(98));
        assert_eq!(pack(head.as_bytes()), None);
    }
}
