//! Framing: cutting a stream anywhere changes no verdict, and what passes others read with the same borders.
#![no_main]

use libfuzzer_sys::fuzz_target;

// The files alone, so that fuzzing them doesn't build the whole gateway under sanitizers.
#[path = "../../crates/gateway/src/refused.rs"]
#[allow(dead_code, reason = "only its reader is used here")]
mod refused;
#[path = "../../crates/gateway/src/header_lines.rs"]
#[allow(dead_code, reason = "only its reader is used here")]
mod header_lines;
#[path = "../../crates/gateway/src/upgrade_protocol.rs"]
#[allow(dead_code, reason = "only heads of HTTP/1 use it")]
mod upgrade_protocol;
#[path = "../../crates/gateway/src/downstream/chunks.rs"]
mod chunks;
#[path = "../../crates/gateway/src/downstream/framing.rs"]
#[allow(dead_code, reason = "the gateway's reader uses more")]
mod framing;
#[path = "../../crates/gateway/src/downstream/request_head.rs"]
mod request_head;
/// Where the files look for each other.
mod downstream {
    pub(crate) use crate::{chunks, request_head};
}

use framing::{Framing, Progress};

fuzz_target!(|input: &[u8]| {
    let Some(([cut_high, cut_low], stream)) = input.split_first_chunk::<2>() else { return };
    let cut = usize::from(u16::from_be_bytes([*cut_high, *cut_low])) % (stream.len() + 1);
    let whole = Fate::of(&[stream]);
    let (first, second) = stream.split_at(cut);
    assert_eq!(whole, Fate::of(&[first, second]), "cut at {cut}");
    let bytes: Vec<&[u8]> = stream.chunks(1).collect();
    assert_eq!(whole, Fate::of(&bytes), "cut everywhere");
    check_first_message(stream);
});

/// What becomes of a stream.
#[derive(Debug, PartialEq, Eq)]
enum Fate {
    Refused,
    /// How many bytes of an unfinished head are held back, and whether the next byte begins a head.
    Passed(usize, bool),
}

impl Fate {
    fn of(parts: &[&[u8]]) -> Self {
        let mut framing = new();
        let mut held: Vec<u8> = Vec::new();
        for part in parts {
            let mut searched = held.len();
            held.extend_from_slice(part);
            loop {
                match framing.advance(&held, searched) {
                    Progress::All => held.clear(),
                    Progress::HoldFrom(at) => drop(held.drain(..at)),
                    Progress::Replace { from, to, with } => {
                        check_parser(&with);
                        check_rewritten(&with);
                        assert!(from < to);
                        held.drain(..to);
                        searched = 0;
                        if !held.is_empty() {
                            continue;
                        }
                    }
                    Progress::RefuseFrom(..) => return Self::Refused,
                }
                break;
            }
        }
        Self::Passed(held.len(), framing.is_between_messages())
    }
}

fn new() -> Framing {
    Framing::new(64 * 1024)
}

/// A head that was rewritten needs no rewriting any more, unless lines of it are packed.
fn check_rewritten(head: &[u8]) {
    if memchr::memmem::find(head, header_lines::PACKED.as_bytes()).is_none() {
        match new().advance(head, 0) {
            Progress::All | Progress::HoldFrom(_) => {}
            Progress::Replace { with, .. } => assert_eq!(with, head),
            Progress::RefuseFrom(_, why) => panic!("what it became is refused: {why:?}"),
        }
    }
}

/// The parser behind the gateway's reader takes a head: its own refusals would be bare.
fn check_parser(head: &[u8]) {
    let mut headers = [httparse::EMPTY_HEADER; 100];
    let mut request = httparse::Request::new(&mut headers);
    assert_eq!(request.parse(head), Ok(httparse::Status::Complete(head.len())));
    assert!(http::Method::from_bytes(request.method.unwrap_or_default().as_bytes()).is_ok());
    assert!(http::Uri::try_from(request.path.unwrap_or_default().as_bytes()).is_ok());
}

fn check_first_message(stream: &[u8]) {
    let mut start = 0;
    while stream[start..].starts_with(b"\r\n") {
        start += 2;
    }
    let Some(head) = memchr::memmem::find(&stream[start..], b"\r\n\r\n").map(|at| start + at + 4) else {
        return;
    };
    let mut framing = new();
    if framing.advance(&stream[..head], 0) != Progress::All {
        return;
    }
    check_parser(&stream[start..head]);
    let mut headers = vec![httparse::EMPTY_HEADER; 40_000];
    let mut request = httparse::Request::new(&mut headers);
    let read = request.parse(&stream[..head]);
    assert_eq!(read, Ok(httparse::Status::Complete(head)), "another reader finds the same border");
    let may_switch = request.headers.iter().any(|header| header.name.eq_ignore_ascii_case("upgrade"));
    if framing.is_undecided() {
        assert!(may_switch || request.method == Some("CONNECT"));
        return;
    }
    assert_ne!(request.method, Some("CONNECT"));
    let values = |name: &str| {
        let same: Vec<_> =
            request.headers.iter().filter(|header| header.name.eq_ignore_ascii_case(name)).collect();
        same
    };
    assert!(values("host").len() <= 1);
    let lengths = values("content-length");
    let is_chunked = !values("transfer-encoding").is_empty();
    assert!(lengths.is_empty() || !is_chunked, "a body has one length");
    let body = if is_chunked {
        chunked_length(&stream[head..])
    } else {
        let lengths: Vec<u64> = lengths
            .iter()
            .map(|header| {
                std::str::from_utf8(header.value).expect("a length is text").parse().expect("and a number")
            })
            .collect();
        assert!(lengths.windows(2).all(|pair| pair[0] == pair[1]));
        lengths.first().copied().or(Some(0))
    };
    let Some(end) = body.and_then(|body| usize::try_from(body).ok()?.checked_add(head)) else { return };
    if end > stream.len() {
        return;
    }
    let mut framing = new();
    if framing.advance(&stream[..end], 0) == Progress::All {
        assert!(framing.is_between_messages(), "the message ends at {end}");
        if end > head {
            let mut framing = new();
            assert_eq!(framing.advance(&stream[..end - 1], 0), Progress::All);
            assert!(!framing.is_between_messages(), "the message ends at {end}, not before");
        }
    } else {
        assert!(is_chunked, "only chunks can be malformed");
    }
}

/// How long a chunked body is, trailers included; none where it isn't whole.
fn chunked_length(body: &[u8]) -> Option<u64> {
    let line = |from: usize| memchr::memmem::find(body.get(from..)?, b"\r\n").map(|at| from + at);
    let mut at = 0;
    loop {
        let end = line(at)?;
        let size = body[at..end].split(|byte| *byte == b';').next()?;
        let size = usize::from_str_radix(std::str::from_utf8(size).ok()?, 16).ok()?;
        at = end + 2;
        if size == 0 {
            break;
        }
        at = at.checked_add(size)?.checked_add(2)?;
    }
    loop {
        let end = line(at)?;
        let is_last = end == at;
        at = end + 2;
        if is_last {
            return Some(at as u64);
        }
    }
}
