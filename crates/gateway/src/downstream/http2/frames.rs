//! Frames of HTTP/2: followed one by one, so that header blocks can be read and written anew before the parser sees
//! them. All other frames pass as they are.

use bytes::{Buf, BytesMut};

use crate::downstream::http2::hpack::Decoder;
use crate::downstream::http2::request_fields::{rewrite, rewrite_trailers, substitute};
use crate::refused::Refused;

/// Follows what an agent sends on one connection.
#[derive(Debug)]
pub struct Frames {
    state: State,
    /// The highest stream that the agent opened.
    highest: u32,
    most_header_bytes: usize,
    decoder: Decoder,
    /// How many requests began.
    requests: u64,
}

#[derive(Debug)]
enum State {
    /// So many bytes pass as they are: the preface, or the rest of a frame.
    Passing(usize),
    /// Before a frame.
    Head,
    /// A header block began, and goes on in the next frame.
    Block(Block),
    /// What else comes is read by nobody.
    Over,
}

#[derive(Debug)]
struct Block {
    stream: u32,
    /// Whether nothing follows it on its stream.
    ends: bool,
    bytes: Vec<u8>,
    frames: usize,
}

/// The first nine bytes of a frame (RFC 9113 §4.1).
struct FrameHead {
    length: usize,
    kind: u8,
    flags: u8,
    stream: u32,
}

impl Frames {
    /// Follows a connection from its preface on, in which heads may have so many bytes.
    pub fn new(most_header_bytes: usize) -> Self {
        Self {
            state: State::Passing(PREFACE_BYTES),
            highest: 0,
            most_header_bytes,
            decoder: Decoder::default(),
            requests: 0,
        }
    }

    /// How many of the next bytes pass as they are. The others are to be given to [`Frames::take`].
    pub fn keep(&mut self, bytes: &[u8]) -> usize {
        let mut at = 0;
        loop {
            let rest = bytes.get(at..).unwrap_or_default();
            match self.state {
                State::Passing(left) if rest.len() < left => {
                    self.state = State::Passing(left - rest.len());
                    return bytes.len();
                }
                State::Passing(left) => {
                    at += left;
                    self.state = State::Head;
                }
                State::Head => match FrameHead::read(rest) {
                    Some(head) if head.kind != HEADERS => {
                        at += FRAME_HEAD_BYTES;
                        self.state = State::Passing(head.length);
                    }
                    Some(_) | None => return at,
                },
                State::Block(_) | State::Over => return at,
            }
        }
    }

    /// Takes from `held` what is whole, and puts what the parser shall see into `out`.
    pub fn take(&mut self, held: &mut BytesMut, out: &mut BytesMut) {
        loop {
            match &self.state {
                State::Passing(_) => {
                    let kept = self.keep(held);
                    out.unsplit(held.split_to(kept));
                    if matches!(self.state, State::Passing(_)) {
                        return;
                    }
                }
                State::Over => {
                    held.clear();
                    return;
                }
                State::Head | State::Block(_) => {
                    let Some(head) = FrameHead::read(held) else { return };
                    let is_block = matches!(self.state, State::Block(_));
                    if !is_block && head.kind != HEADERS {
                        // Left to `keep`.
                        self.state = State::Passing(FRAME_HEAD_BYTES + head.length);
                        continue;
                    }
                    let is_expected = match &self.state {
                        State::Block(block) => head.kind == CONTINUATION && head.stream == block.stream,
                        State::Passing(_) | State::Head | State::Over => head.stream % 2 == 1,
                    };
                    if !is_expected || head.length > MOST_FRAME_BYTES {
                        self.fail(out);
                        continue;
                    }
                    if held.len() < FRAME_HEAD_BYTES + head.length {
                        return;
                    }
                    held.advance(FRAME_HEAD_BYTES);
                    let payload = held.split_to(head.length);
                    self.take_block(&head, &payload, out);
                }
            }
        }
    }

    /// How many requests began.
    pub fn requests(&self) -> u64 {
        self.requests
    }

    /// Whether a header block has begun and isn't whole, given what is held.
    pub fn is_within_head(&self, held: &[u8]) -> bool {
        match self.state {
            State::Block(_) => true,
            State::Head => FrameHead::read(held).is_some_and(|head| head.kind == HEADERS),
            State::Passing(_) | State::Over => false,
        }
    }

    /// Whether nothing more is read.
    pub fn is_over(&self) -> bool {
        matches!(self.state, State::Over)
    }

    fn take_block(&mut self, head: &FrameHead, payload: &[u8], out: &mut BytesMut) {
        let mut block = match std::mem::replace(&mut self.state, State::Head) {
            State::Block(block) => block,
            State::Passing(_) | State::Head | State::Over => Block {
                stream: head.stream,
                ends: head.flags & END_STREAM != 0,
                bytes: Vec::new(),
                frames: 0,
            },
        };
        let Some(fragment) = head.fragment(payload) else { return self.fail(out) };
        block.frames += 1;
        if block.frames > MOST_BLOCK_FRAMES
            || block.bytes.len() + fragment.len() > 2 * self.most_header_bytes + MOST_FRAME_BYTES
        {
            return self.stop(&block, out);
        }
        let is_whole = head.flags & END_HEADERS != 0;
        if is_whole && block.bytes.is_empty() {
            return self.take_whole(block.stream, block.ends, fragment, out);
        }
        block.bytes.extend_from_slice(fragment);
        if is_whole {
            self.take_whole(block.stream, block.ends, &block.bytes, out);
        } else {
            self.state = State::Block(block);
        }
    }

    fn take_whole(&mut self, stream: u32, ends: bool, block: &[u8], out: &mut BytesMut) {
        let Ok(fields) = self.decoder.decode(block, self.most_header_bytes) else { return self.fail(out) };
        if stream > self.highest {
            self.highest = stream;
            self.requests += 1;
            let written = rewrite(&fields, ends, self.most_header_bytes).unwrap_or_else(substitute);
            write_block(stream, ends, &written, out);
        } else if fields.is_too_large {
            self.fail(out);
        } else {
            write_block(stream, ends, &rewrite_trailers(&fields), out);
        }
    }

    /// Refuses a request whose head has no end, and reads no further.
    fn stop(&mut self, block: &Block, out: &mut BytesMut) {
        if block.stream > self.highest {
            self.requests += 1;
            write_block(block.stream, block.ends, &substitute(Refused::TooLarge), out);
            self.state = State::Over;
        } else {
            self.fail(out);
        }
    }

    /// Makes the parser end the connection: a CONTINUATION that continues nothing is a connection error.
    fn fail(&mut self, out: &mut BytesMut) {
        write_frame_head(out, 0, CONTINUATION, END_HEADERS, 1);
        self.state = State::Over;
    }
}

impl FrameHead {
    fn read(bytes: &[u8]) -> Option<Self> {
        let [l1, l2, l3, kind, flags, s1, s2, s3, s4] = *bytes.first_chunk::<FRAME_HEAD_BYTES>()?;
        Some(Self {
            length: u32::from_be_bytes([0, l1, l2, l3]) as usize,
            kind,
            flags,
            stream: u32::from_be_bytes([s1, s2, s3, s4]) & 0x7fff_ffff,
        })
    }

    /// The part of a header block in the payload: without padding and priority (RFC 9113 §6.2).
    fn fragment<'a>(&self, payload: &'a [u8]) -> Option<&'a [u8]> {
        if self.kind != HEADERS {
            return Some(payload);
        }
        let mut rest = payload;
        let mut padding = 0;
        if self.flags & PADDED != 0 {
            let (first, after) = rest.split_first()?;
            (padding, rest) = (usize::from(*first), after);
        }
        if self.flags & PRIORITY != 0 {
            rest = rest.get(PRIORITY_BYTES..)?;
        }
        rest.get(..rest.len().checked_sub(padding)?)
    }
}

/// Writes a header block in as many frames as it takes.
fn write_block(stream: u32, ends: bool, block: &[u8], out: &mut BytesMut) {
    let mut parts = block.chunks(MOST_FRAME_BYTES).peekable();
    let mut kind = HEADERS;
    loop {
        let part = parts.next().unwrap_or_default();
        let mut flags = if parts.peek().is_none() { END_HEADERS } else { 0 };
        if ends && kind == HEADERS {
            flags |= END_STREAM;
        }
        write_frame_head(out, part.len(), kind, flags, stream);
        out.extend_from_slice(part);
        if parts.peek().is_none() {
            return;
        }
        kind = CONTINUATION;
    }
}

fn write_frame_head(out: &mut BytesMut, length: usize, kind: u8, flags: u8, stream: u32) {
    let [_, l1, l2, l3] = (length as u32).to_be_bytes();
    let [s1, s2, s3, s4] = stream.to_be_bytes();
    out.extend_from_slice(&[l1, l2, l3, kind, flags, s1, s2, s3, s4]);
}

/// The longest frame that is taken, as the parser's settings say too.
pub const MOST_FRAME_BYTES: usize = 16 * 1024;
/// More than anybody needs who fills them.
const MOST_BLOCK_FRAMES: usize = 256;
const PREFACE_BYTES: usize = 24;
const FRAME_HEAD_BYTES: usize = 9;
const PRIORITY_BYTES: usize = 5;

const HEADERS: u8 = 1;
const CONTINUATION: u8 = 9;
const END_STREAM: u8 = 0x1;
const END_HEADERS: u8 = 0x4;
const PADDED: u8 = 0x8;
const PRIORITY: u8 = 0x20;

#[cfg(test)]
mod tests;
