//! `WebSocket`s: rules and injection apply to the handshake, then bytes flow both ways.

use std::sync::Arc;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use http::header::{CONNECTION, UPGRADE};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Response, StatusCode, Version};
use hyper::body::Incoming;
use hyper_util::rt::TokioIo;
use onecli_app::live::snapshot::AgentEntry;
use onecli_domain::activity::Protocol;
use onecli_domain::target::Target;

use crate::exchange::authorize::{Authorized, Halt, authorize};
use crate::exchange::error_response::Stop;
use crate::exchange::record::RecordBuilder;
use crate::exchange::response_body::{ResponseBody, Streamed};
use crate::exchange::splice::splice;
use crate::outgoing::request_body::RequestBody;
use crate::outgoing::{hop_headers, inject};
use crate::state::GatewayState;
use crate::upstream::UpstreamBody;

/// Whether a request asks for a WebSocket: by `Upgrade` (RFC 6455 §4.1), or by extended CONNECT (RFC 8441 §4).
pub(crate) fn is_websocket<B>(request: &Request<B>) -> bool {
    if request.version() == Version::HTTP_2 {
        return request
            .extensions()
            .get::<hyper::ext::Protocol>()
            .is_some_and(|protocol| protocol.as_str().eq_ignore_ascii_case("websocket"));
    }
    request.method() == Method::GET
        && hop_headers::names_websocket(request.headers())
        && hop_headers::names(request.headers(), CONNECTION, "upgrade")
}

/// The same road as any request's, on a connection of its own.
pub(crate) async fn forward(
    state: &Arc<GatewayState>,
    agent: &Arc<AgentEntry>,
    target: &Target,
    mut request: Request<Incoming>,
    mut record: RecordBuilder,
) -> Result<Response<ResponseBody>, Halt> {
    record.note_protocol(Protocol::WebSocket);
    let over_http2 = request.version() == Version::HTTP_2;
    let agent_side = hyper::upgrade::on(&mut request);
    let shaken = shake_hands(state, agent, target, request, over_http2, &mut record).await;
    let mut response = match shaken {
        Ok(response) => response,
        Err(stop) => return Err((stop, Box::new(record))),
    };
    if response.status() != StatusCode::SWITCHING_PROTOCOLS {
        let (mut head, body) = response.into_parts();
        hop_headers::strip_response(&mut head.headers);
        head.version = Version::HTTP_11;
        record.note_status(head.status.as_u16());
        let streamed = Streamed {
            first: None,
            body: UpstreamBody::detached(body),
            _stream: None,
            record,
            timeout_after: state.config.idle_timeout,
            alarm: None,
        };
        return Ok(Response::from_parts(head, ResponseBody::Streamed(Box::new(streamed))));
    }
    let upstream_side = hyper::upgrade::on(&mut response);
    let (mut head, _) = response.into_parts();
    hop_headers::strip_response(&mut head.headers);
    if over_http2 {
        head.status = StatusCode::OK;
        head.headers.remove(ACCEPT);
    } else {
        add_upgrade(&mut head.headers);
    }
    head.version = Version::HTTP_11;
    record.note_status(StatusCode::SWITCHING_PROTOCOLS.as_u16());
    let (held, token) = (Arc::clone(state), agent.token);
    tokio::spawn(async move {
        let (Ok(agent_side), Ok(upstream_side)) = tokio::join!(agent_side, upstream_side) else { return };
        let (up, down) = splice(
            TokioIo::new(agent_side),
            TokioIo::new(upstream_side),
            held.app.live().until_revoked(&token),
        )
        .await;
        record.note_exchanged(up, down);
        drop((record, held));
    });
    Ok(Response::from_parts(head, ResponseBody::BufferedBody(bytes::Bytes::new())))
}

async fn shake_hands(
    state: &GatewayState,
    agent: &Arc<AgentEntry>,
    target: &Target,
    request: Request<Incoming>,
    over_http2: bool,
    record: &mut RecordBuilder,
) -> Result<Response<Incoming>, Stop> {
    let mut request = request.map(|_| RequestBody::Empty);
    hop_headers::strip_request(request.headers_mut());
    let Authorized { grant, connection, agent } =
        authorize(state, agent, target, &mut request, record, true).await?;
    let credentials =
        state.app.open(&agent, &grant).map_err(|error| Stop::CredentialUnavailable(error.name))?;
    if over_http2 {
        // HTTP/2 has no key to confirm (RFC 8441 §5); the upstream's HTTP/1.1 wants one.
        *request.method_mut() = Method::GET;
        let key = BASE64_STANDARD.encode(
            state.app.random_bytes::<16>().map_err(|_| Stop::CredentialUnavailable("randomness".into()))?,
        );
        if let Ok(key) = HeaderValue::from_str(&key) {
            request.headers_mut().insert(KEY, key);
        }
    }
    add_upgrade(request.headers_mut());
    let cleared = inject::apply(&credentials, request, target)?;
    record.note_departure(None);
    connection.send_upgrade(cleared, state.config.upstream_timeout).await.map_err(Stop::Unanswered)
}

fn add_upgrade(headers: &mut HeaderMap) {
    headers.insert(CONNECTION, HeaderValue::from_static("Upgrade"));
    headers.insert(UPGRADE, HeaderValue::from_static("websocket"));
}

const KEY: HeaderName = HeaderName::from_static("sec-websocket-key");
const ACCEPT: HeaderName = HeaderName::from_static("sec-websocket-accept");
