//! HTTP/1.1 towards upstreams, driven by the very task that answers the agent: no hop, no channel between.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Waker};

use bytes::Bytes;
use http::{Request, Response};
use http_body::{Body, Frame, SizeHint};
use hyper::body::Incoming;
use hyper::client::conn::http1::{Builder, Connection, SendRequest};
use hyper_util::rt::TokioIo;

use super::connection_auth;
use super::head_reader::HeadReader;
use super::io::UpstreamIo;
use super::pool::{self, Idle};
use crate::header_lines;
use crate::outgoing::request_body::{Meter, RequestBody};

/// One HTTP/1.1 connection.
pub(crate) struct H1 {
    send: SendRequest<RequestBody>,
    conn: Connection<TokioIo<HeadReader<UpstreamIo>>, RequestBody>,
    /// Tells the reader that a response head is to come.
    awaited: Arc<AtomicBool>,
    /// NTLM or Negotiate was spoken on it: the upstream takes every request on it for one of the same caller.
    is_authenticated: bool,
}

/// Where a connection goes back to when its answer has been read.
pub(super) type PoolSlot = pool::PoolSlot<Box<H1>>;

/// The connections that an agent's own connection keeps for itself, since they are authenticated.
pub(crate) type SessionConnections = pool::SessionPool<Box<H1>>;

impl Idle for Box<H1> {
    fn is_alive(&mut self) -> bool {
        let mut cx = Context::from_waker(Waker::noop());
        Pin::new(&mut self.conn).poll(&mut cx).is_pending() && self.send.is_ready()
    }
}

impl H1 {
    pub(super) async fn handshake(io: UpstreamIo, most_header_bytes: usize) -> hyper::Result<Self> {
        let awaited = Arc::default();
        let io = HeadReader::new(io, Arc::clone(&awaited), most_header_bytes);
        let most_buffered = header_lines::most_packed(most_header_bytes).max(LEAST_BUFFERED);
        let (send, conn) = Builder::new().max_buf_size(most_buffered).handshake(TokioIo::new(io)).await?;
        Ok(Self { send, conn, awaited, is_authenticated: false })
    }

    /// Sends a request and waits for the head of its answer. A request that never left comes back.
    pub(super) async fn send(
        mut self: Box<Self>,
        request: Request<RequestBody>,
        pool_slot: PoolSlot,
    ) -> Result<Response<UpstreamBody>, (hyper::Error, Option<Request<RequestBody>>)> {
        let meter = request.body().meter();
        self.is_authenticated |= connection_auth::is_spoken(request.headers());
        self.awaited.store(true, Ordering::Relaxed);
        let mut answer = Box::pin(self.send.try_send_request(request));
        let mut closed = false;
        let outcome = std::future::poll_fn(|cx| {
            // The connection first: it is what moves bytes. What it fails with reaches us through the answer.
            if !closed {
                closed = Pin::new(&mut self.conn).poll(cx).is_ready();
            }
            answer.as_mut().poll(cx)
        })
        .await;
        drop(answer);
        match outcome {
            Ok(mut response) => {
                header_lines::unpack(response.headers_mut());
                self.is_authenticated |= connection_auth::is_offered(response.headers());
                Ok(response.map(|body| UpstreamBody::new(body, self, pool_slot, meter.as_deref(), closed)))
            }
            Err(mut error) => {
                let message = error.take_message();
                Err((error.into_error(), message))
            }
        }
    }

    /// Sends a request whose answer may turn the connection into something else.
    pub(super) async fn send_upgrade(
        mut self: Box<Self>,
        request: Request<RequestBody>,
    ) -> Result<Response<Incoming>, (hyper::Error, Option<Request<RequestBody>>)> {
        self.awaited.store(true, Ordering::Relaxed);
        let answer = self.send.try_send_request(request);
        tokio::spawn(self.conn.with_upgrades());
        match answer.await {
            Ok(mut response) => {
                header_lines::unpack(response.headers_mut());
                Ok(response)
            }
            Err(mut error) => {
                let message = error.take_message();
                Err((error.into_error(), message))
            }
        }
    }
}

/// The body of an answer. Reading it drives the connection; read to its end, it gives the connection back.
pub(crate) struct UpstreamBody {
    body: Incoming,
    connection: Option<(Box<H1>, PoolSlot)>,
}

impl UpstreamBody {
    /// Whatever else `body` needs is driven elsewhere.
    pub(crate) fn detached(body: Incoming) -> Self {
        Self { body, connection: None }
    }

    fn new(
        body: Incoming,
        connection: Box<H1>,
        pool_slot: PoolSlot,
        upload: Option<&Meter>,
        closed: bool,
    ) -> Self {
        if closed {
            return Self::detached(body);
        }
        if upload.is_some_and(|upload| !upload.done.load(Ordering::Acquire)) {
            // The upstream answers before it has read the request. An agent that reads only after it has
            // written would wait forever if writing depended on reading, so this one runs by itself.
            tokio::spawn(connection.conn);
            return Self::detached(body);
        }
        let mut this = Self { body, connection: Some((connection, pool_slot)) };
        if this.body.is_end_stream() {
            this.give_back(&mut Context::from_waker(Waker::noop()));
        }
        this
    }

    /// Gives the connection back, if it can serve another request.
    fn give_back(&mut self, cx: &mut Context<'_>) {
        if let Some((mut connection, pool_slot)) = self.connection.take()
            && Pin::new(&mut connection.conn).poll(cx).is_pending()
            && connection.send.is_ready()
        {
            let is_authenticated = connection.is_authenticated;
            pool_slot.put(connection, is_authenticated);
        }
    }
}

impl Body for UpstreamBody {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        let this = self.get_mut();
        let mut polled = Pin::new(&mut this.body).poll_frame(cx);
        if polled.is_pending()
            && let Some((connection, _)) = &mut this.connection
        {
            if Pin::new(&mut connection.conn).poll(cx).is_ready() {
                this.connection = None;
            }
            polled = Pin::new(&mut this.body).poll_frame(cx);
        }
        if this.body.is_end_stream() || matches!(polled, Poll::Ready(None)) {
            this.give_back(cx);
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// What a connection may hold in memory of a message's body, at least.
const LEAST_BUFFERED: usize = 64 * 1024;
