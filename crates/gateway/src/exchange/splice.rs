//! Splicing: bytes go both ways between two connections, and are counted however that ends.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// Passes bytes both ways until both sides have ended, one has broken, or it is cut:
/// `(from the first, from the second)`, and why it was cut.
pub(crate) async fn splice<A, B, W>(
    first: A,
    second: B,
    cut: impl Future<Output = W>,
) -> ((u64, u64), Option<W>)
where
    A: AsyncRead + AsyncWrite + Unpin,
    B: AsyncRead + AsyncWrite + Unpin,
{
    let (mut first, mut second) = (Counted { io: first, read: 0 }, Counted { io: second, read: 0 });
    // A side that breaks ends both; what went through until then has been passed on.
    let why = tokio::select! {
        _ = tokio::io::copy_bidirectional(&mut first, &mut second) => None,
        why = cut => Some(why),
    };
    ((first.read, second.read), why)
}

/// Counts what is read.
struct Counted<T> {
    io: T,
    read: u64,
}

impl<T: AsyncRead + Unpin> AsyncRead for Counted<T> {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, out: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let before = out.filled().len();
        let polled = Pin::new(&mut this.io).poll_read(cx, out);
        this.read += (out.filled().len() - before) as u64;
        // Many close their socket without closing TLS. What they said before is still to be passed on, and what
        // is spoken here tells by itself whether it is whole.
        polled.map(|outcome| match &outcome {
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(()),
            Ok(()) | Err(_) => outcome,
        })
    }
}

impl<T: AsyncWrite + Unpin> AsyncWrite for Counted<T> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.io).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_shutdown(cx)
    }
}
