//! HTTP/2 frames: cutting a stream anywhere changes nothing, and header blocks say what another reader of HPACK says.
#![no_main]

use bytes::BytesMut;
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
#[allow(dead_code, reason = "only its characters are used here")]
mod chunks;
#[path = "../../crates/gateway/src/downstream/http2/frames.rs"]
#[allow(dead_code, reason = "the gateway's reader uses more")]
mod frames;
#[path = "../../crates/gateway/src/downstream/http2/hpack.rs"]
mod hpack;
#[path = "../../crates/gateway/src/downstream/http2/huffman.rs"]
mod huffman;
#[path = "../../crates/gateway/src/downstream/http2/request_fields.rs"]
mod request_fields;
#[path = "../../crates/gateway/src/downstream/http2/static_table.rs"]
mod static_table;
/// Where the files look for each other.
mod downstream {
    pub(crate) use crate::chunks;
    pub mod http2 {
        pub(crate) use crate::{hpack, huffman, request_fields, static_table};
    }
}

use frames::Frames;
use hpack::Decoder;

const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
const MOST_BYTES: usize = 64 * 1024;

fuzz_target!(|input: &[u8]| {
    let Some((cut, rest)) = input.split_first() else { return };
    check_blocks(rest);
    let stream = [PREFACE, rest].concat();
    let whole = seen(&[&stream]);
    let (first, second) = stream.split_at(usize::from(*cut) % (stream.len() + 1));
    assert_eq!(seen(&[first, second]), whole, "cut");
    let bytes: Vec<_> = stream.chunks(1).collect();
    assert_eq!(seen(&bytes), whole, "cut everywhere");
    // What the parser sees passes once more, and stays as it is: all but what stands for a refused request.
    if memchr::memmem::find(&whole, refused::METHOD.as_bytes()).is_none() {
        assert_eq!(seen(&[&whole]), whole);
    }
});

fn seen(parts: &[&[u8]]) -> Vec<u8> {
    let mut frames = Frames::new(MOST_BYTES);
    let (mut held, mut out) = (BytesMut::new(), BytesMut::new());
    for part in parts {
        let kept = if held.is_empty() { frames.keep(part) } else { 0 };
        out.extend_from_slice(&part[..kept]);
        held.extend_from_slice(&part[kept..]);
        frames.take(&mut held, &mut out);
    }
    out.to_vec()
}

/// Reads the input as header blocks, each behind its length, by two readers.
fn check_blocks(mut rest: &[u8]) {
    let (mut ours, mut theirs) = (Decoder::default(), loona_hpack::Decoder::new());
    theirs.set_max_allowed_table_size(4096);
    while let Some((length, after)) = rest.split_first() {
        let (block, after) = after.split_at(usize::from(*length).min(after.len()));
        rest = after;
        let (Ok(read), Ok(expected)) = (ours.decode(block, MOST_BYTES), theirs.decode(block)) else { return };
        let read: Vec<_> = read.iter().map(|field| (field.name.to_vec(), field.value.to_vec())).collect();
        assert_eq!(read, expected);
    }
}
