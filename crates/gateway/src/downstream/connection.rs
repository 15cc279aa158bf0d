//! Connections to the proxy's own port.

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use bytes::BytesMut;
use http::header::CONNECTION;
use http::{HeaderValue, Method, Request, Response};
use hyper::body::Incoming;
use tokio::io::AsyncReadExt;
use tokio::net::TcpStream;
use tokio::sync::oneshot;
use tokio::time::timeout;

use crate::downstream::{serve, tunnel};
use crate::exchange::error::Failure;
use crate::exchange::handle::{Ended, end};
use crate::exchange::response_body::ResponseBody;
use crate::exchange::{authenticate, handle};
use crate::refusals::RefusalKind;
use crate::session::Session;
use crate::state::GatewayState;
use crate::upstream::notice_death;

/// Serves the proxy's own port: CONNECT and absolute-form requests, over HTTP/1.1 or HTTP/2 without TLS.
pub(crate) async fn handle(state: Arc<GatewayState>, mut tcp: TcpStream) {
    // What can't be set is slower, not wrong.
    let _ = tcp.set_nodelay(true);
    notice_death(&tcp);
    let Ok(address) = tcp.peer_addr().map(|address| address.ip()) else { return };
    let Some((admitted, evicted)) = state.connections.admit(address) else {
        return refuse(&state, &tcp, address);
    };
    let evicted = evicted_from(evicted);
    tokio::pin!(evicted);
    let mut first = BytesMut::new();
    let is_http2 = tokio::select! {
        biased;
        is_http2 = read_first(&mut tcp, &mut first, state.config.head_timeout) => match is_http2 {
            Some(is_http2) => is_http2,
            None => return,
        },
        () = &mut evicted => return refuse(&state, &tcp, address),
    };
    let session =
        Session { admitted: Some(Arc::new(admitted)), address: Some(address), ..Session::default() };
    if is_http2 {
        let serving = serve::http2(Arc::clone(&state), session, tcp, first, answer);
        tokio::select! {
            () = serving => {}
            () = evicted => state.refusals.count(address, RefusalKind::Overloaded),
        }
    } else {
        let serving = serve::http1(Arc::clone(&state), session, tcp, first, answer);
        tokio::select! {
            () = serving => {}
            () = evicted => state.refusals.count(address, RefusalKind::Overloaded),
        }
    }
}

/// Reads until it is clear what is spoken: whether it is HTTP/2. None if nothing is.
async fn read_first(tcp: &mut TcpStream, first: &mut BytesMut, limit: Duration) -> Option<bool> {
    let reading = async {
        loop {
            if tcp.read_buf(first).await.ok()? == 0 {
                return None;
            }
            let shared = first.iter().zip(PREFACE).take_while(|(read, expected)| read == expected).count();
            if shared >= DECISIVE {
                return Some(true);
            }
            if shared < first.len() {
                return Some(false);
            }
        }
    };
    timeout(limit, reading).await.ok()?
}

/// Returns if the connection must make room.
async fn evicted_from(evicted: oneshot::Receiver<()>) {
    // Whoever could say so is gone: it is known whose connection it is.
    if evicted.await.is_err() {
        std::future::pending::<()>().await;
    }
}

/// Refuses a connection without reading: whoever is over the bound costs nothing more.
fn refuse(state: &GatewayState, tcp: &TcpStream, address: IpAddr) {
    let _ = tcp.try_write(OVERLOADED);
    state.refusals.count(address, RefusalKind::Overloaded);
}

/// On the proxy's own port, CONNECT opens a tunnel; all else is an exchange.
async fn answer(
    state: Arc<GatewayState>,
    session: Session,
    request: Request<Incoming>,
) -> Response<ResponseBody> {
    if !prove(&state, &session, &request) {
        let mut response = end(&state, Ended::unrecorded(Failure::Overloaded.into()));
        response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
        return response;
    }
    let is_tunnel =
        request.method() == Method::CONNECT && request.extensions().get::<hyper::ext::Protocol>().is_none();
    if is_tunnel {
        tunnel::accept(state, session, request).await
    } else {
        handle::handle(state, session, request).await
    }
}

/// Notes whose connection it is, once the agent shows a valid token. False if the agent has too many.
fn prove(state: &GatewayState, session: &Session, request: &Request<Incoming>) -> bool {
    let (Some(admitted), Some(signals)) = (&session.admitted, &session.signals) else { return true };
    if admitted.is_proven() {
        return true;
    }
    let Some((_, agent)) = authenticate::agent(&state.app, request.headers()) else { return true };
    signals.authenticated.store(true, Ordering::Relaxed);
    admitted.prove(agent.id)
}

/// RFC 9113 §3.4
const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
/// `PRI `: no method begins so.
const DECISIVE: usize = 4;
/// As `error_response` writes it, for a request that is not read.
const OVERLOADED: &[u8] = b"HTTP/1.1 503 Service Unavailable\r\ncontent-type: application/json\r\nretry-after: 1\r\n\
connection: close\r\ncontent-length: 114\r\n\r\n\
{\"error\":\"overloaded\",\"message\":\"The gateway is at its limit of open connections or requests. Try again shortly.\"}";
