//! The agent's side of a connection: nothing reaches the HTTP parser that `framing` has not passed.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::{Buf, BytesMut};
use tokio::io::{AsyncRead, ReadBuf};

use crate::downstream::framing::{Framing, Progress};
use crate::downstream::patience::{Patience, Timeouts};
use crate::refused::Refused;
use crate::session::ReaderSignals;
use crate::write_through::write_through;

/// A stream whose reads are strict HTTP/1, whatever the other side sends.
///
/// A request that is refused is taken out of the stream, and a substitute is put in its place, so that
/// the connection can answer in its turn and close.
#[derive(Debug)]
pub(crate) struct StrictReader<T> {
    io: T,
    framing: Framing,
    /// Bytes of a head that isn't whole.
    held: BytesMut,
    /// How many of them were searched for its end.
    searched: usize,
    /// Bytes that passed and wait to be read.
    passed: BytesMut,
    ended: bool,
    wire: Arc<ReaderSignals>,
    timeout_after: Timeouts,
    patience: Patience,
}

impl<T> StrictReader<T> {
    /// Watches a stream. `first` holds bytes that were already read from it.
    pub(crate) fn new(
        io: T,
        first: BytesMut,
        wire: Arc<ReaderSignals>,
        most_header_bytes: usize,
        timeout_after: Timeouts,
    ) -> Self {
        Self {
            io,
            framing: Framing::new(most_header_bytes),
            held: first,
            searched: 0,
            passed: BytesMut::new(),
            ended: false,
            wire,
            timeout_after,
            patience: Patience::new(),
        }
    }

    /// The stream, and the bytes that were read from it but not handed on.
    pub(crate) fn into_parts(self) -> (T, BytesMut) {
        let mut rest = self.passed;
        rest.unsplit(self.held);
        (self.io, rest)
    }

    /// Judges what is held, and moves what passes.
    fn judge_held(&mut self) {
        loop {
            match self.framing.advance(&self.held, self.searched) {
                Progress::All => {
                    self.searched = 0;
                    self.passed.unsplit(self.held.split());
                    return;
                }
                Progress::HoldFrom(at) => {
                    self.passed.unsplit(self.held.split_to(at));
                    self.searched = self.held.len();
                    return;
                }
                Progress::Replace { from, to, with } => {
                    self.passed.unsplit(self.held.split_to(from));
                    self.passed.extend_from_slice(&with);
                    self.held.advance(to - from);
                    self.searched = 0;
                    if self.held.is_empty() {
                        return;
                    }
                }
                Progress::RefuseFrom(at, why) => {
                    self.passed.unsplit(self.held.split_to(at));
                    self.refuse(why);
                    return;
                }
            }
        }
    }

    fn refuse(&mut self, why: Refused) {
        if self.framing.is_between_messages() {
            self.passed.extend_from_slice(SUBSTITUTE.as_bytes());
            self.passed.extend_from_slice(why.as_text().as_bytes());
            self.passed.extend_from_slice(b"\r\n\r\n");
        } else {
            // Within a body there is no request to put in place: the connection just ends.
            let _ = self.wire.refused_body.set(why.as_text());
        }
        self.held.clear();
        self.ended = true;
    }

    /// Takes note of what an answer says of the protocol. Whether it is known now.
    fn settle(&mut self) -> bool {
        if self.wire.opaque.load(Ordering::Relaxed) {
            self.framing.become_opaque();
            self.searched = 0;
            return true;
        }
        // An answer from before is none to what is undecided now.
        let still_http = self.wire.still_http.load(Ordering::Relaxed)
            && self.wire.still_http.swap(false, Ordering::Relaxed);
        if !self.framing.is_undecided() {
            return true;
        }
        if still_http {
            self.framing.stay_http();
            self.searched = 0;
        }
        still_http
    }

    /// How long the agent may stay silent now; none while it waits for us.
    fn limit(&self) -> Option<Duration> {
        if self.framing.is_undecided() || self.wire.opaque.load(Ordering::Relaxed) {
            None
        } else if !self.held.is_empty() {
            Some(self.timeout_after.head)
        } else if self.framing.is_between_messages() {
            self.timeout_after.between_requests(&self.wire)
        } else {
            Some(self.timeout_after.idle)
        }
    }
}

impl<T: AsyncRead + Unpin> AsyncRead for StrictReader<T> {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, out: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        // Nobody reads on before the answer; its way back polls this again.
        if !this.settle() && this.passed.is_empty() && !this.held.is_empty() {
            return Poll::Pending;
        }
        if !this.held.is_empty() && this.searched == 0 {
            this.judge_held();
        }
        loop {
            if !this.passed.is_empty() {
                let taken = this.passed.len().min(out.remaining());
                out.put_slice(this.passed.get(..taken).unwrap_or_default());
                this.passed.advance(taken);
                if this.passed.is_empty() {
                    // An idle connection keeps no room.
                    this.passed = BytesMut::new();
                }
                return Poll::Ready(Ok(()));
            }
            if this.ended {
                // The answer that closes the connection is still to be written, and an end of the stream would
                // cut it off.
                return if this.framing.is_between_messages() { Poll::Pending } else { Poll::Ready(Ok(())) };
            }
            let before = out.filled().len();
            match Pin::new(&mut this.io).poll_read(cx, out) {
                Poll::Ready(result) => result?,
                Poll::Pending => {
                    let limit = this.limit();
                    ready!(this.patience.poll(limit, this.timeout_after.idle, cx));
                    return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
                }
            }
            let fresh = out.filled().get(before..).unwrap_or_default();
            if fresh.is_empty() {
                return Poll::Ready(Ok(()));
            }
            if this.held.is_empty() {
                // Empty lines before a request line are ignored, and keep nobody waiting.
                if !this.framing.is_between_messages()
                    || fresh.iter().any(|byte| !matches!(byte, b'\r' | b'\n'))
                {
                    this.patience.restart();
                }
                match this.framing.advance(fresh, 0) {
                    Progress::All => return Poll::Ready(Ok(())),
                    Progress::HoldFrom(at) => {
                        this.held.extend_from_slice(fresh.get(at..).unwrap_or_default());
                        this.searched = this.held.len();
                        out.set_filled(before + at);
                    }
                    Progress::Replace { from, to, with } => {
                        this.passed.extend_from_slice(&with);
                        this.held.extend_from_slice(fresh.get(to..).unwrap_or_default());
                        out.set_filled(before + from);
                        this.searched = 0;
                        if !this.held.is_empty() {
                            this.judge_held();
                        }
                    }
                    Progress::RefuseFrom(at, why) => {
                        out.set_filled(before + at);
                        this.refuse(why);
                    }
                }
                if out.filled().len() > before {
                    return Poll::Ready(Ok(()));
                }
            } else {
                this.held.extend_from_slice(fresh);
                out.set_filled(before);
                this.judge_held();
            }
        }
    }
}

write_through!(StrictReader);

/// The head that takes the place of a refused request, up to the reason.
const SUBSTITUTE: &str =
    "ONECLI-REFUSED / HTTP/1.1\r\nhost: refused.invalid\r\nconnection: close\r\nx-onecli-refused: ";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::refused;

    #[test]
    fn the_substitute_is_spelt_as_it_is_read() {
        assert!(SUBSTITUTE.starts_with(refused::METHOD));
        assert!(SUBSTITUTE.ends_with(&format!("{}: ", refused::HEADER)));
    }
}
