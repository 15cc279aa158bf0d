//! Connections accepted by an upstream, which the test reads and writes byte by byte.

use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadBuf};
use tokio::sync::mpsc;

/// The connections that an upstream accepts.
pub struct Peers(mpsc::UnboundedReceiver<Peer>);

/// A connection that an upstream accepted.
pub struct Peer(Box<dyn Stream>);

trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}

impl<T: AsyncRead + AsyncWrite + Unpin + Send> Stream for T {}

impl Peers {
    pub(crate) fn new(take: mpsc::UnboundedReceiver<Peer>) -> Self {
        Self(take)
    }

    /// The next connection.
    pub async fn accept(&mut self) -> Peer {
        self.0.recv().await.unwrap()
    }

    /// Sends these bytes in response to the first request of each connection, then closes it.
    pub fn answer_all(mut self, answer: &'static [u8]) {
        tokio::spawn(async move {
            while let Some(mut peer) = self.0.recv().await {
                tokio::spawn(async move {
                    peer.head().await;
                    peer.say(answer).await;
                    // The other side may have closed first.
                    let _ = peer.shutdown().await;
                });
            }
        });
    }
}

impl Peer {
    pub(crate) fn new(io: impl AsyncRead + AsyncWrite + Unpin + Send + 'static) -> Self {
        Self(Box::new(io))
    }

    /// Reads until the end of a head.
    pub async fn head(&mut self) -> String {
        read_head(self).await
    }

    /// Reads `length` bytes.
    pub async fn hear(&mut self, length: usize) -> Vec<u8> {
        let mut bytes = vec![0; length];
        self.read_exact(&mut bytes).await.unwrap();
        bytes
    }

    /// Writes bytes.
    pub async fn say(&mut self, bytes: impl AsRef<[u8]>) {
        self.write_all(bytes.as_ref()).await.unwrap();
        self.flush().await.unwrap();
    }
}

/// Reads until the end of a head.
pub async fn read_head(stream: &mut (impl AsyncRead + Unpin)) -> String {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.unwrap());
    }
    String::from_utf8(head).unwrap()
}

impl AsyncRead for Peer {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        out: &mut ReadBuf<'_>,
    ) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.0).poll_read(cx, out)
    }
}

impl AsyncWrite for Peer {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<std::io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(cx)
    }
}
