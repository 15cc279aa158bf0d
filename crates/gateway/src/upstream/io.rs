//! The bytes of a connection to an upstream. However the upstream hangs up, what it sent before is read first.

use std::io::{self, ErrorKind};
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio_rustls::client::TlsStream;

/// A connection to an upstream.
pub(super) struct UpstreamIo {
    kind: Kind,
    /// The upstream takes no more bytes. What it sent before is still to be read.
    hung_up: bool,
}

enum Kind {
    Plain(TcpStream),
    Tls(Box<TlsStream<TcpStream>>),
}

impl UpstreamIo {
    /// Without TLS.
    pub(super) fn plain(tcp: TcpStream) -> Self {
        Self { kind: Kind::Plain(tcp), hung_up: false }
    }

    /// With TLS.
    pub(super) fn tls(tls: TlsStream<TcpStream>) -> Self {
        Self { kind: Kind::Tls(Box::new(tls)), hung_up: false }
    }

    /// An upstream that answers and closes before it has read the request makes writing fail. Reading tells how
    /// it ended: with a response, or without one.
    fn written(&mut self, polled: Poll<io::Result<usize>>, length: usize) -> Poll<io::Result<usize>> {
        match polled {
            Poll::Ready(Err(error)) if is_hang_up(&error) => {
                self.hung_up = true;
                Poll::Ready(Ok(length))
            }
            Poll::Ready(_) | Poll::Pending => polled,
        }
    }

    fn settled(&mut self, polled: Poll<io::Result<()>>) -> Poll<io::Result<()>> {
        self.written(polled.map_ok(|()| 0), 0).map_ok(|_| ())
    }
}

impl AsyncRead for UpstreamIo {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, out: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        if out.remaining() > MOST_AT_ONCE {
            let before = out.filled().len();
            let mut part = ReadBuf::new(out.initialize_unfilled_to(MOST_AT_ONCE));
            let polled = self.poll_read(cx, &mut part);
            let read = part.filled().len();
            out.set_filled(before + read);
            return polled;
        }
        match &mut self.get_mut().kind {
            Kind::Plain(tcp) => Pin::new(tcp).poll_read(cx, out),
            Kind::Tls(tls) => Pin::new(tls).poll_read(cx, out).map(|outcome| match outcome {
                // Many close their socket without closing TLS. Whether what they sent is whole is told by HTTP's
                // own lengths; a body that ends with the connection ends here.
                Err(error) if error.kind() == ErrorKind::UnexpectedEof => {
                    tracing::debug!("an upstream hung up without a TLS close_notify");
                    Ok(())
                }
                outcome => outcome,
            }),
        }
    }
}

impl AsyncWrite for UpstreamIo {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        if this.hung_up {
            return Poll::Ready(Ok(bytes.len()));
        }
        let polled = match &mut this.kind {
            Kind::Plain(tcp) => Pin::new(tcp).poll_write(cx, bytes),
            Kind::Tls(tls) => Pin::new(tls).poll_write(cx, bytes),
        };
        this.written(polled, bytes.len())
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let length = slices.iter().map(|slice| slice.len()).sum();
        if this.hung_up {
            return Poll::Ready(Ok(length));
        }
        let polled = match &mut this.kind {
            Kind::Plain(tcp) => Pin::new(tcp).poll_write_vectored(cx, slices),
            Kind::Tls(tls) => Pin::new(tls).poll_write_vectored(cx, slices),
        };
        this.written(polled, length)
    }

    fn is_write_vectored(&self) -> bool {
        match &self.kind {
            Kind::Plain(tcp) => tcp.is_write_vectored(),
            Kind::Tls(tls) => tls.is_write_vectored(),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if this.hung_up {
            return Poll::Ready(Ok(()));
        }
        let polled = match &mut this.kind {
            Kind::Plain(tcp) => Pin::new(tcp).poll_flush(cx),
            Kind::Tls(tls) => Pin::new(tls).poll_flush(cx),
        };
        this.settled(polled)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if this.hung_up {
            return Poll::Ready(Ok(()));
        }
        let polled = match &mut this.kind {
            Kind::Plain(tcp) => Pin::new(tcp).poll_shutdown(cx),
            Kind::Tls(tls) => Pin::new(tls).poll_shutdown(cx),
        };
        this.settled(polled)
    }
}

fn is_hang_up(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::BrokenPipe
            | ErrorKind::ConnectionReset
            | ErrorKind::ConnectionAborted
            | ErrorKind::NotConnected
    )
}

/// A reader that asks for more would hold it for an agent that reads nothing.
const MOST_AT_ONCE: usize = 8 * 1024;
