//! Response heads of HTTP/1: bounded by bytes, and packed where they have more lines than the parser takes.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, ready};

use bytes::{Buf, BytesMut};
use tokio::io::{AsyncRead, ReadBuf};

use crate::header_lines::{self, PLAIN_LINES};
use crate::write_through::write_through;

/// A connection to an upstream whose response heads are looked at before the parser sees them.
#[derive(Debug)]
pub(super) struct HeadReader<T> {
    io: T,
    /// Whether a head is awaited: set by whoever sends a request.
    awaited: Arc<AtomicBool>,
    most: usize,
    /// A head that isn't whole, or isn't what the parser takes, and what comes behind it.
    held: BytesMut,
    search: Search,
    /// Bytes that wait to be read.
    passed: BytesMut,
}

impl<T> HeadReader<T> {
    /// Watches a connection on which a head is awaited whenever `awaited` says so.
    pub(super) fn new(io: T, awaited: Arc<AtomicBool>, most: usize) -> Self {
        Self { io, awaited, most, held: BytesMut::new(), search: Search::default(), passed: BytesMut::new() }
    }

    /// Moves whole heads from `held`, up to the last that is awaited, and then the rest.
    fn take_heads(&mut self) -> io::Result<()> {
        while self.awaited.load(Ordering::Relaxed) {
            let Some((end, lines)) = self.search.find_end(&self.held) else {
                return if self.held.len() > self.most { Err(too_large()) } else { Ok(()) };
            };
            if end > self.most {
                return Err(too_large());
            }
            self.search = Search::default();
            let head = self.held.split_to(end);
            self.awaited.store(is_informational(&head), Ordering::Relaxed);
            if lines <= PLAIN_LINES {
                self.passed.unsplit(head);
            } else {
                let packed = header_lines::pack(&head).ok_or_else(too_large)?;
                self.passed.extend_from_slice(&packed);
            }
        }
        self.passed.unsplit(self.held.split());
        self.held = BytesMut::new();
        Ok(())
    }
}

/// Looks for the end of a head, as the parser finds it, and never twice at the same bytes.
#[derive(Debug, Default)]
struct Search {
    /// Where the line begins that isn't whole.
    line: usize,
    /// How many bytes were looked at.
    seen: usize,
    /// How many lines there were before; none as long as they are empty, which the parser skips.
    lines: usize,
}

impl Search {
    /// Where the head ends, and how many lines it has. The bytes are to be those of before, and more behind them.
    fn find_end(&mut self, bytes: &[u8]) -> Option<(usize, usize)> {
        let from = self.seen;
        self.seen = bytes.len();
        for at in memchr::memchr_iter(b'\n', bytes.get(from..)?).map(|at| from + at) {
            let is_empty = matches!(bytes.get(self.line..at), Some(b"" | b"\r"));
            if is_empty && self.lines > 0 {
                return Some((at + 1, self.lines));
            }
            self.line = at + 1;
            self.lines += usize::from(!is_empty);
        }
        None
    }
}

/// Whether another head follows this one (RFC 9110 §15.2).
fn is_informational(head: &[u8]) -> bool {
    let mut words = head.trim_ascii_start().split(|byte| *byte == b' ');
    words.nth(1).is_some_and(|status| status.starts_with(b"1") && status != b"101")
}

fn too_large() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "the response has more header bytes than are taken")
}

impl<T: AsyncRead + Unpin> AsyncRead for HeadReader<T> {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, out: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        loop {
            if !this.passed.is_empty() {
                let taken = this.passed.len().min(out.remaining());
                out.put_slice(this.passed.get(..taken).unwrap_or_default());
                this.passed.advance(taken);
                if this.passed.is_empty() {
                    this.passed = BytesMut::new();
                }
                return Poll::Ready(Ok(()));
            }
            let before = out.filled().len();
            ready!(Pin::new(&mut this.io).poll_read(cx, out))?;
            let fresh = out.filled().get(before..).unwrap_or_default();
            if this.held.is_empty() && !this.awaited.load(Ordering::Relaxed) || fresh.is_empty() {
                return Poll::Ready(Ok(()));
            }
            // Nearly every head comes whole, and is short: it stays where it is.
            if this.held.is_empty()
                && let Some((end, lines)) = Search::default().find_end(fresh)
                && lines <= PLAIN_LINES
                && end <= this.most
                && !is_informational(fresh)
            {
                this.awaited.store(false, Ordering::Relaxed);
                return Poll::Ready(Ok(()));
            }
            this.held.extend_from_slice(fresh);
            out.set_filled(before);
            this.take_heads()?;
        }
    }
}

write_through!(HeadReader);

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;

    use tokio::io::AsyncReadExt;

    use super::*;

    /// Gives one part with each read.
    struct Parts(VecDeque<Vec<u8>>);

    impl AsyncRead for Parts {
        fn poll_read(
            mut self: Pin<&mut Self>,
            _: &mut Context<'_>,
            out: &mut ReadBuf<'_>,
        ) -> Poll<io::Result<()>> {
            if let Some(mut part) = self.0.pop_front() {
                let rest = part.split_off(part.len().min(out.remaining()));
                out.put_slice(&part);
                if !rest.is_empty() {
                    self.0.push_front(rest);
                }
            }
            Poll::Ready(Ok(()))
        }
    }

    async fn read(parts: &[&[u8]], most: usize) -> io::Result<Vec<u8>> {
        let parts = Parts(parts.iter().map(|part| part.to_vec()).collect());
        let mut reader = HeadReader::new(parts, Arc::new(true.into()), most);
        let mut out = Vec::new();
        reader.read_to_end(&mut out).await.map(|_| out)
    }

    #[tokio::test]
    async fn ordinary_responses_pass_as_they_are() {
        let streams: [&[u8]; 4] = [
            b"HTTP/1.1 200 OK\r\nA: b\r\n\r\nbody\n\nbody",
            b"HTTP/1.1 200 OK\nA: b\n\nbody",
            b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 X\r\nL: m\r\n\r\nHTTP/1.1 200 OK\r\n\r\nbody",
            b"\r\nHTTP/1.1 200 OK\r\n\r\nbody",
        ];
        for stream in streams {
            assert_eq!(read(&[stream], 1000).await.unwrap(), stream);
            let bytes: Vec<_> = stream.chunks(1).collect();
            assert_eq!(read(&bytes, 1000).await.unwrap(), stream);
        }
    }

    #[tokio::test]
    async fn heads_are_bounded_by_bytes_and_packed_where_they_have_many_lines() {
        let lines = (0..3_000).map(|number| format!("x{number}: 1\r\n")).collect::<Vec<_>>().concat();
        let early = "HTTP/1.1 103 Early Hints\r\n\r\n";
        let stream = format!("{early}HTTP/1.1 200 OK\r\n{lines}\r\nbody\nwith\nlines");
        for size in [1, 1000, stream.len()] {
            let parts: Vec<_> = stream.as_bytes().chunks(size).collect();
            let out = read(&parts, 64 * 1024).await.unwrap();
            assert!(out.starts_with(early.as_bytes()) && out.ends_with(b"\r\n\r\nbody\nwith\nlines"));
            assert!(memchr::memchr_iter(b'\n', &out).count() < 110);
            assert!(read(&parts, 10_000).await.is_err());
        }
    }
}
