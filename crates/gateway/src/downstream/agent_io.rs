//! What an agent's bytes come over: a socket, or a stream of HTTP/2; with what was already read of it.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::{Buf, BytesMut};
use hyper::upgrade::Upgraded;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

use crate::downstream::delivery::Watched;
use crate::downstream::strict_reader::StrictReader;

/// A tunnel's bytes.
pub(crate) struct AgentIo {
    first: BytesMut,
    kind: Kind,
}

enum Kind {
    Tcp(TcpStream),
    Stream(TokioIo<Upgraded>),
}

impl AgentIo {
    /// Takes over a connection that HTTP is done with. A socket is taken out of its wrappings.
    pub(crate) fn new(upgraded: Upgraded) -> Self {
        match upgraded.downcast::<TokioIo<StrictReader<Watched<TcpStream>>>>() {
            Ok(parts) => {
                let (tcp, mut rest) = parts.io.into_inner().into_parts();
                let mut first = BytesMut::from(&*parts.read_buf);
                first.unsplit(rest.split());
                Self { first, kind: Kind::Tcp(tcp.into_inner()) }
            }
            Err(upgraded) => Self { first: BytesMut::new(), kind: Kind::Stream(TokioIo::new(upgraded)) },
        }
    }

    /// The first bytes, without taking them; empty at the end of the stream.
    pub(crate) async fn peek(&mut self) -> io::Result<&[u8]> {
        // A TLS hello and a request line are told apart by their first byte.
        if self.first.is_empty() {
            match &mut self.kind {
                Kind::Tcp(tcp) => tcp.read_buf(&mut self.first).await?,
                Kind::Stream(stream) => stream.read_buf(&mut self.first).await?,
            };
        }
        Ok(&self.first)
    }

    /// Takes what was peeked at.
    pub(crate) fn take_first(&mut self) -> BytesMut {
        std::mem::take(&mut self.first)
    }
}

impl AsyncRead for AgentIo {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, out: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if !this.first.is_empty() {
            let taken = this.first.len().min(out.remaining());
            out.put_slice(this.first.get(..taken).unwrap_or_default());
            this.first.advance(taken);
            if this.first.is_empty() {
                this.first = BytesMut::new();
            }
            return Poll::Ready(Ok(()));
        }
        match &mut this.kind {
            Kind::Tcp(tcp) => Pin::new(tcp).poll_read(cx, out),
            Kind::Stream(stream) => Pin::new(stream).poll_read(cx, out),
        }
    }
}

impl AsyncWrite for AgentIo {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        match &mut self.get_mut().kind {
            Kind::Tcp(tcp) => Pin::new(tcp).poll_write(cx, bytes),
            Kind::Stream(stream) => Pin::new(stream).poll_write(cx, bytes),
        }
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        match &mut self.get_mut().kind {
            Kind::Tcp(tcp) => Pin::new(tcp).poll_write_vectored(cx, slices),
            Kind::Stream(stream) => Pin::new(stream).poll_write_vectored(cx, slices),
        }
    }

    fn is_write_vectored(&self) -> bool {
        match &self.kind {
            Kind::Tcp(tcp) => tcp.is_write_vectored(),
            Kind::Stream(stream) => stream.is_write_vectored(),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.get_mut().kind {
            Kind::Tcp(tcp) => Pin::new(tcp).poll_flush(cx),
            Kind::Stream(stream) => Pin::new(stream).poll_flush(cx),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.get_mut().kind {
            Kind::Tcp(tcp) => Pin::new(tcp).poll_shutdown(cx),
            Kind::Stream(stream) => Pin::new(stream).poll_shutdown(cx),
        }
    }
}
