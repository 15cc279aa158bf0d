//! HTTP/2 towards upstreams: few connections, shared by all requests to one authority.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use http::{Request, Response};
use hyper::body::Incoming;
use hyper::client::conn::http2::{Builder, SendRequest};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};

use super::connector::UpstreamIo;
use crate::outgoing::request_body::RequestBody;

/// One HTTP/2 connection. Clones share it.
#[derive(Clone)]
pub(super) struct H2 {
    send: SendRequest<RequestBody>,
    streams: Arc<AtomicUsize>,
}

/// Counts a stream for as long as its answer is read.
pub(crate) struct Stream(Arc<AtomicUsize>);

impl H2 {
    pub(super) async fn handshake(io: UpstreamIo) -> hyper::Result<Self> {
        let (send, conn) = Builder::new(TokioExecutor::new())
            .timer(TokioTimer::new())
            .initial_stream_window_size(STREAM_WINDOW)
            .initial_connection_window_size(CONNECTION_WINDOW)
            .max_frame_size(64 * 1024)
            .max_send_buf_size(256 * 1024)
            .max_header_list_size(64 * 1024)
            .keep_alive_interval(Duration::from_secs(30))
            .keep_alive_timeout(Duration::from_secs(10))
            .handshake(TokioIo::new(io))
            .await?;
        tokio::spawn(conn);
        Ok(Self { send, streams: Arc::default() })
    }

    /// Whether another request fits on it.
    pub(super) fn has_room(&self) -> bool {
        !self.send.is_closed() && self.streams.load(Ordering::Relaxed) < MOST_STREAMS
    }

    pub(super) fn is_closed(&self) -> bool {
        self.send.is_closed()
    }

    pub(super) fn is_idle(&self) -> bool {
        self.streams.load(Ordering::Relaxed) == 0
    }

    pub(super) async fn send(
        mut self,
        request: Request<RequestBody>,
    ) -> Result<(Response<Incoming>, Stream), (hyper::Error, Option<Request<RequestBody>>)> {
        self.streams.fetch_add(1, Ordering::Relaxed);
        let stream = Stream(Arc::clone(&self.streams));
        match self.send.try_send_request(request).await {
            Ok(response) => Ok((response, stream)),
            Err(mut error) => {
                let message = error.take_message();
                Err((error.into_error(), message))
            }
        }
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Most servers allow 100 (RFC 9113 §6.5.2 recommends no fewer).
const MOST_STREAMS: usize = 100;
const STREAM_WINDOW: u32 = 1024 * 1024;
const CONNECTION_WINDOW: u32 = 4 * 1024 * 1024;
