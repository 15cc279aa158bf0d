//! Connections to the proxy's own port.

use std::sync::Arc;

use bytes::BytesMut;
use http::{Method, Request, Response};
use hyper::body::Incoming;
use tokio::net::TcpStream;

use crate::downstream::{serve, tunnel};
use crate::exchange::handle;
use crate::exchange::response_body::ResponseBody;
use crate::session::Session;
use crate::slot::Slot;
use crate::state::GatewayState;
use crate::upstream::notice_death;

/// Serves the proxy's own port: CONNECT and absolute-form requests, over HTTP/1.1 or HTTP/2 without TLS.
pub(crate) async fn handle(state: Arc<GatewayState>, tcp: TcpStream) {
    // What can't be set is slower, not wrong.
    let _ = tcp.set_nodelay(true);
    notice_death(&tcp);
    let mut first = [0; PREFACE.len()];
    let Some(slot) = Slot::take(&state.tunnels, state.config.most_tunnels) else {
        // Said without reading: whoever is over the bound costs nothing more.
        let _ = tcp.try_write(OVERLOADED);
        return;
    };
    let session = Session::default();
    let looked = tokio::time::timeout(state.config.idle_timeout, tcp.peek(&mut first)).await;
    match looked {
        Ok(Ok(length))
            if first.get(..length).is_some_and(|seen| length >= 3 && PREFACE.starts_with(seen)) =>
        {
            serve::http2(state, session, tcp, answer).await;
        }
        Ok(Ok(length)) if length > 0 => {
            let session = Session { slot: Some(Arc::new(slot)), ..session };
            serve::http1(state, session, tcp, BytesMut::new(), answer).await;
        }
        Ok(Ok(_) | Err(_)) | Err(_) => {}
    }
}

/// On the proxy's own port, CONNECT opens a tunnel; all else is an exchange.
async fn answer(
    state: Arc<GatewayState>,
    session: Session,
    request: Request<Incoming>,
) -> Response<ResponseBody> {
    let is_tunnel =
        request.method() == Method::CONNECT && request.extensions().get::<hyper::ext::Protocol>().is_none();
    if is_tunnel {
        tunnel::accept(state, session.slot, request).await
    } else {
        handle::handle(state, session, request).await
    }
}

/// RFC 9113 §3.4
const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
/// As `refusal` writes it, for a request that is not read.
const OVERLOADED: &[u8] = b"HTTP/1.1 503 Service Unavailable\r\ncontent-type: application/json\r\nretry-after: 1\r\n\
connection: close\r\ncontent-length: 114\r\n\r\n\
{\"error\":\"overloaded\",\"message\":\"The gateway is at its limit of open connections or requests. Try again shortly.\"}";
