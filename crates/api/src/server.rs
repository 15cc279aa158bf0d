//! Serves the router on bound listeners until told to stop.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use axum::extract::connect_info::ConnectInfo;
use hyper::body::Incoming;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tower::ServiceExt;

/// Timeouts of the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// How long a client may take to send a request's head.
    pub head_timeout: Duration,
    /// How long to wait for running requests when the server stops.
    pub drain: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self { head_timeout: Duration::from_secs(30), drain: Duration::from_secs(30) }
    }
}

/// Serves until `shutdown` is true or its sender is dropped, then lets running requests finish.
pub async fn run(
    listeners: Vec<TcpListener>,
    router: Router,
    shutdown: watch::Receiver<bool>,
    limits: Limits,
) {
    let mut doors = JoinSet::new();
    for listener in listeners {
        doors.spawn(serve(listener, router.clone(), shutdown.clone(), limits));
    }
    while doors.join_next().await.is_some() {}
}

async fn serve(listener: TcpListener, router: Router, mut shutdown: watch::Receiver<bool>, limits: Limits) {
    let mut server = Builder::new(TokioExecutor::new());
    server.http1().timer(TokioTimer::new()).header_read_timeout(limits.head_timeout);
    server.http2().timer(TokioTimer::new()).keep_alive_interval(Some(limits.head_timeout));
    let graceful = GracefulShutdown::new();
    // Dropped with this future, which closes connections still open after the grace period.
    let mut connections = JoinSet::new();
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            _ = shutdown.wait_for(|stop| *stop) => break,
            Some(_) = connections.join_next() => continue,
        };
        match accepted {
            Ok((stream, peer)) => {
                if let Err(error) = stream.set_nodelay(true) {
                    tracing::debug!(%error, "no TCP_NODELAY");
                }
                let service = TowerToHyperService::new(service_for(peer, router.clone()));
                let connection = server.serve_connection(TokioIo::new(stream), service);
                connections.spawn(graceful.watch(connection.into_owned()));
            }
            Err(error) => {
                tracing::warn!(%error, "a connection could not be accepted");
                // Usually too many open files; wait for some to be closed.
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
    drop(listener);
    if tokio::time::timeout(limits.drain, graceful.shutdown()).await.is_err() {
        tracing::warn!("aborting requests that did not finish in time");
    }
}

/// The router, for the requests of one peer.
fn service_for(
    peer: SocketAddr,
    router: Router,
) -> impl tower::Service<
    http::Request<Incoming>,
    Response = axum::response::Response,
    Error = Infallible,
    Future: Send,
> + Clone
+ Send
+ use<> {
    router.map_request(move |mut request: http::Request<Incoming>| {
        request.extensions_mut().insert(ConnectInfo(peer));
        request.map(axum::body::Body::new)
    })
}

const ACCEPT_PAUSE: Duration = Duration::from_millis(50);
