//! Tests of frames.

use proptest::prelude::*;

use super::*;
use crate::downstream::http2::hpack;

fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let mut out = BytesMut::new();
    write_frame_head(&mut out, payload.len(), kind, flags, stream);
    [&out[..], payload].concat()
}

fn block(headers: &[(&str, &str)]) -> Vec<u8> {
    let mut block = Vec::new();
    for (name, value) in headers {
        hpack::write(&mut block, 0, name.as_bytes(), value.as_bytes());
    }
    block
}

fn request(path: &str) -> Vec<u8> {
    block(&[(":method", "GET"), (":scheme", "https"), (":authority", "a.test"), (":path", path)])
}

/// What the parser sees of a stream that comes in these parts.
fn seen(parts: &[&[u8]]) -> (Vec<u8>, bool) {
    let mut frames = Frames::new(64 * 1024);
    let (mut held, mut out) = (BytesMut::new(), BytesMut::new());
    for part in parts {
        let mut rest = *part;
        if held.is_empty() {
            let kept = frames.keep(rest);
            out.extend_from_slice(&rest[..kept]);
            rest = &rest[kept..];
        }
        held.extend_from_slice(rest);
        frames.take(&mut held, &mut out);
    }
    (out.to_vec(), frames.is_over())
}

const START: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
const SETTINGS: &[u8] = b"\0\0\0\x04\0\0\0\0\0";

/// The header blocks in a stream that the parser sees, with their streams.
fn blocks(stream: &[u8]) -> Vec<(u32, Vec<(String, String)>)> {
    let mut rest = &stream[START.len()..];
    let mut found = Vec::new();
    let mut decoder = Decoder::default();
    let mut whole = Vec::new();
    while let Some(head) = FrameHead::read(rest) {
        let payload = &rest[9..9 + head.length];
        rest = &rest[9 + head.length..];
        if !matches!(head.kind, HEADERS | CONTINUATION) {
            continue;
        }
        whole.extend_from_slice(payload);
        if head.flags & END_HEADERS != 0 && !whole.is_empty() {
            let fields = decoder.decode(&std::mem::take(&mut whole), 1 << 20).unwrap();
            let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
            found.push((
                head.stream,
                fields.iter().map(|field| (text(field.name), text(field.value))).collect(),
            ));
        }
    }
    found
}

fn value<'a>(headers: &'a [(String, String)], name: &str) -> &'a str {
    headers.iter().find(|(other, _)| other == name).map_or("", |(_, value)| value)
}

#[test]
fn frames_that_are_no_headers_pass_as_they_are() {
    let data = frame(0, 1, 1, &vec![7; 20_000]);
    let stream = [
        START,
        SETTINGS,
        &frame(6, 0, 0, &[0; 8]),
        &frame(8, 0, 0, &[0, 0, 1, 0]),
        &data,
        &frame(0xb, 0, 0, b"new"),
    ]
    .concat();
    assert_eq!(seen(&[&stream]), (stream.clone(), false));
    let mut frames = Frames::new(1000);
    assert_eq!(frames.keep(&stream), stream.len(), "where they stand");
}

#[test]
fn a_block_in_many_frames_with_padding_and_priority_is_one_block() {
    let whole = request("/a\"b");
    let (first, rest) = whole.split_at(10);
    let (second, third) = rest.split_at(1);
    let padded = [&[3, 0, 0, 0, 0, 16][..], first, &[0; 3]].concat();
    let stream = [
        START,
        SETTINGS,
        &frame(HEADERS, END_STREAM | PADDED | PRIORITY, 1, &padded),
        &frame(CONTINUATION, 0, 1, second),
        &frame(CONTINUATION, 0, 1, b""),
        &frame(CONTINUATION, END_HEADERS, 1, third),
    ]
    .concat();
    let (out, is_over) = seen(&[&stream]);
    assert!(!is_over);
    let found = blocks(&out);
    assert_eq!((found.len(), found[0].0, value(&found[0].1, ":path")), (1, 1, "/a%22b"));
    let head = FrameHead::read(&out[START.len() + SETTINGS.len()..]).unwrap();
    assert_eq!(head.flags, END_STREAM | END_HEADERS);
}

#[test]
fn a_refused_request_is_replaced_and_those_after_it_are_read_on() {
    // The refused one adds to the table what the next one refers to.
    let refused = [&request("/a b")[..], &[0x40, 1, b'x', 1, b'y']].concat();
    let next = [&request("/next")[..], &[0xbe]].concat();
    let stream = [
        START,
        SETTINGS,
        &frame(HEADERS, END_STREAM | END_HEADERS, 1, &refused),
        &frame(HEADERS, END_HEADERS, 3, &next),
        &frame(0, 0, 3, b"body"),
        &frame(HEADERS, END_STREAM | END_HEADERS, 3, &block(&[("x-sum", "1")])),
    ]
    .concat();
    let (out, is_over) = seen(&[&stream]);
    let found = blocks(&out);
    assert!(!is_over);
    assert_eq!(found.iter().map(|(stream, _)| *stream).collect::<Vec<_>>(), [1, 3, 3]);
    assert_eq!(value(&found[0].1, ":method"), "ONECLI-REFUSED");
    assert_eq!(value(&found[0].1, "x-onecli-refused"), "the path holds a space or a control character");
    assert_eq!((value(&found[1].1, ":path"), value(&found[1].1, "x")), ("/next", "y"));
    assert_eq!(value(&found[2].1, "x-sum"), "1");
}

#[test]
fn a_large_head_comes_in_several_frames() {
    let names: Vec<_> = (0..10_000).map(|number| format!("{number:x}")).collect();
    let mut headers =
        vec![(":method", "GET"), (":scheme", "https"), (":authority", "a.test"), (":path", "/x")];
    headers.extend(names.iter().map(|name| (&**name, "")));
    let whole = block(&headers);
    let parts: Vec<_> = whole.chunks(16_384).collect();
    let mut stream = [START, SETTINGS].concat();
    for (at, part) in parts.iter().enumerate() {
        let kind = if at == 0 { HEADERS } else { CONTINUATION };
        stream.extend(frame(kind, if at + 1 == parts.len() { END_HEADERS } else { 0 }, 1, part));
    }
    let mut frames = Frames::new(1 << 20);
    let (mut held, mut out) = (BytesMut::new(), BytesMut::new());
    held.extend_from_slice(&stream);
    frames.take(&mut held, &mut out);
    assert_eq!(blocks(&out)[0].1.len(), headers.len());
}

#[test]
fn a_head_without_end_is_refused_and_nothing_more_is_read() {
    let mut endless = [START, SETTINGS, &frame(HEADERS, 0, 1, &request("/x"))].concat();
    for _ in 0..20 {
        endless.extend(frame(CONTINUATION, 0, 1, &block(&[("x", &"y".repeat(16_000))])));
    }
    let mut empty = [START, SETTINGS, &frame(HEADERS, 0, 1, &request("/x"))].concat();
    for _ in 0..1_000 {
        empty.extend(frame(CONTINUATION, 0, 1, b""));
    }
    for stream in [endless, empty] {
        let (out, is_over) = seen(&[&stream]);
        assert!(is_over);
        let found = blocks(&out);
        assert_eq!((found.len(), value(&found[0].1, "x-onecli-refused")), (1, "too large"));
    }
}

#[test]
fn what_breaks_the_protocol_ends_the_connection() {
    let good = request("/x");
    for bad in [
        frame(HEADERS, END_HEADERS, 0, &good),
        frame(HEADERS, END_HEADERS, 2, &good),
        frame(HEADERS, END_HEADERS | PADDED, 1, &[200, 1, 2]),
        frame(HEADERS, END_HEADERS | PADDED, 1, &[]),
        frame(HEADERS, END_HEADERS | PRIORITY, 1, &[1, 2]),
        frame(HEADERS, END_HEADERS, 1, &[0x80]),
        [frame(HEADERS, 0, 1, &good), frame(0, 0, 1, b"x")].concat(),
        [frame(HEADERS, 0, 1, &good), frame(CONTINUATION, END_HEADERS, 3, b"")].concat(),
        frame(HEADERS, END_HEADERS, 1, &vec![0; 70_000]),
    ] {
        let stream = [START, SETTINGS, &bad, &frame(HEADERS, END_HEADERS, 5, &good)].concat();
        let (out, is_over) = seen(&[&stream]);
        let expected = [START, SETTINGS, &frame(CONTINUATION, END_HEADERS, 1, b"")].concat();
        assert_eq!((out, is_over), (expected, true), "{bad:?}");
    }
}

proptest! {
    #[test]
    fn cutting_the_stream_anywhere_changes_nothing(
        cut in 0usize..400,
        garbage in proptest::collection::vec(any::<u8>(), 0..60),
        kinds in proptest::collection::vec((0u8..12, any::<u8>(), 0u32..6, 0usize..40), 0..6),
    ) {
        let mut stream = [START, SETTINGS].concat();
        for (kind, flags, number, length) in kinds {
            let payload = if kind == HEADERS { request("/\"") } else { vec![1; length] };
            stream.extend(frame(kind, flags, number, &payload));
        }
        stream.extend(garbage);
        let whole = seen(&[&stream]);
        let (first, second) = stream.split_at(cut.min(stream.len()));
        prop_assert_eq!(&seen(&[first, second]), &whole);
        let bytes: Vec<_> = stream.chunks(1).collect();
        prop_assert_eq!(&seen(&bytes), &whole);
    }
}
