//! Strict HTTP/1 framing: what agents send is checked, byte by byte, before any lenient parser sees it.
//!
//! Two readers that find different message borders in the same bytes are how requests are smuggled
//! (RFC 9112 §11.2). So each head is held back until it is whole and beyond doubt, and bodies are
//! followed to their end, by rules that leave nothing to taste.

use memchr::memmem;

use crate::downstream::chunks::Chunk;
use crate::downstream::request_head::{RequestHead, Then, doubt_first_line};
use crate::refused::Refused;

/// Follows the messages in a stream of bytes.
#[derive(Debug)]
pub struct Framing {
    state: State,
    most_header_bytes: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Before or within a head.
    Head,
    /// Within a body of known length.
    Length(u64),
    /// Within a chunked body.
    Chunked(Chunk),
    /// Behind a CONNECT or an upgrade: what follows is HTTP/1 or not, as the answer says.
    Undecided,
    /// No longer HTTP/1.
    Opaque,
}

/// How far some bytes are beyond doubt.
#[derive(Debug, PartialEq, Eq)]
pub enum Progress {
    /// All of them.
    All,
    /// Up to here; a head begins that isn't whole yet, or nobody knows yet what it is.
    HoldFrom(usize),
    /// Up to `from`; from there to `to` is a head that goes to the parser in another form.
    Replace {
        /// Where the head begins.
        from: usize,
        /// Where it ends. What follows is to be given again.
        to: usize,
        /// Its other form.
        with: Vec<u8>,
    },
    /// Up to here; what follows is refused.
    RefuseFrom(usize, Refused),
}

impl Framing {
    /// Follows a stream whose heads may have so many bytes.
    pub fn new(most_header_bytes: usize) -> Self {
        Self { state: State::Head, most_header_bytes }
    }

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
                State::Chunked(chunk) => match chunk.follow(rest) {
                    Ok((next, used)) => {
                        self.state = next.map_or(State::Head, State::Chunked);
                        at += used;
                    }
                    Err(bad) => return Progress::RefuseFrom(at + bad.after, Refused::Malformed(bad.why)),
                },
                State::Head => {
                    // RFC 9112 §2.2: empty lines before a request line are ignored.
                    if rest.starts_with(b"\r\n") {
                        at += 2;
                        searched = searched.saturating_sub(2);
                        continue;
                    }
                    match self.advance_head(rest, searched) {
                        Ok(Some(WholeHead { end, rewritten: None })) => at += end,
                        Ok(Some(WholeHead { end, rewritten: Some(with) })) => {
                            return Progress::Replace { from: at, to: at + end, with };
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

    /// Reads a head if it is whole.
    fn advance_head(&mut self, rest: &[u8], searched: usize) -> Result<Option<WholeHead>, Refused> {
        let Some(end) = find_head_end(rest, searched).map_err(Refused::Malformed)? else {
            if rest.len() > self.most_header_bytes {
                return Err(Refused::TooLarge);
            }
            // What is no request line will be none when more has come.
            return doubt_first_line(rest).map_or(Ok(None), Err);
        };
        let head = RequestHead::read(rest.get(..end).unwrap_or(rest), self.most_header_bytes)?;
        self.state = match head.then {
            Then::Head => State::Head,
            Then::Length(length) => State::Length(length),
            Then::Chunked => State::Chunked(Chunk::START),
            Then::Undecided => State::Undecided,
        };
        Ok(Some(WholeHead { end, rewritten: head.rewritten }))
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

/// A head that is whole.
struct WholeHead {
    /// Where it ends.
    end: usize,
    /// Its other form, if it has one.
    rewritten: Option<Vec<u8>>,
}

/// Finds the end of a head, and refuses line ends that aren't CRLF on the way.
fn find_head_end(bytes: &[u8], searched: usize) -> Result<Option<usize>, &'static str> {
    let from = searched.saturating_sub(3).min(bytes.len());
    let end = memmem::find(bytes.get(from..).unwrap_or_default(), b"\r\n\r\n").map(|at| from + at + 4);
    let head = bytes.get(from..end.unwrap_or(bytes.len())).unwrap_or_default();
    for at in memchr::memchr_iter(b'\n', head) {
        let before = from + at;
        if before == 0 || bytes.get(before - 1) != Some(&b'\r') {
            return Err("a line ends in LF without CR");
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

#[cfg(test)]
mod tests;
