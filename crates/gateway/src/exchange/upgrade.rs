//! Upgrades, such as `WebSocket`s: the request is judged as any other, then bytes flow both ways.

use std::sync::Arc;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use http::header::{CONNECTION, UPGRADE};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Response, StatusCode, Version};
use http_body::Body;
use hyper::body::Incoming;
use hyper::upgrade::OnUpgrade;
use hyper_util::rt::TokioIo;
use onecli_app::policy::open_exchange::OpenExchange;
use onecli_domain::activity::Protocol;

use crate::exchange::error::{Error, Failure};
use crate::exchange::record::RecordBuilder;
use crate::exchange::response_body::ResponseBody;
use crate::exchange::splice::splice;
use crate::outgoing::hop_headers;
use crate::outgoing::request_body::RequestBody;
use crate::state::GatewayState;

/// A request to turn the connection into something else.
pub(crate) struct Upgrade {
    agent_side: OnUpgrade,
    /// `Upgrade`, with the protocols that may be switched to.
    pub offered: HeaderMap,
    over_http2: bool,
}

impl Upgrade {
    /// Takes it from a request, if there is one: `Upgrade` (RFC 9110 §7.8), or extended CONNECT (RFC 8441 §4), which is
    /// served for `websocket` alone. From then on the request is the GET that an HTTP/1.1 upstream gets: so it is judged,
    /// recorded and sent.
    pub(crate) fn take(request: &mut Request<Incoming>) -> Result<Option<Self>, Error> {
        if request.version() == Version::HTTP_2 {
            let Some(protocol) = request.extensions().get::<hyper::ext::Protocol>() else { return Ok(None) };
            if !protocol.as_str().eq_ignore_ascii_case("websocket") {
                return Err(Error::bad_request("extended CONNECT is served for `websocket` alone"));
            }
            let agent_side = hyper::upgrade::on(&mut *request);
            *request.method_mut() = Method::GET;
            let offered = HeaderMap::from_iter([(UPGRADE, HeaderValue::from_static("websocket"))]);
            return Ok(Some(Self { agent_side, offered, over_http2: true }));
        }
        let headers = request.headers();
        let wants = hop_headers::names(headers, CONNECTION, "upgrade") && request.body().is_end_stream();
        let protocols: Vec<_> =
            if wants { hop_headers::upgrade_protocols(headers).collect() } else { Vec::new() };
        let needs_get = protocols.iter().any(|protocol| protocol.eq_ignore_ascii_case(b"websocket"));
        if protocols.is_empty() || needs_get && request.method() != Method::GET {
            return Ok(None);
        }
        let Ok(offered) = HeaderValue::from_bytes(&protocols.join(&b", "[..])) else { return Ok(None) };
        let offered = HeaderMap::from_iter([(UPGRADE, offered)]);
        Ok(Some(Self { agent_side: hyper::upgrade::on(request), offered, over_http2: false }))
    }

    /// As it is recorded.
    pub(crate) fn protocol(&self) -> Protocol {
        if hop_headers::names(&self.offered, UPGRADE, "websocket") {
            Protocol::WebSocket
        } else {
            Protocol::Upgrade
        }
    }

    /// Puts into a request what an HTTP/1.1 upstream needs to switch protocols.
    pub(crate) fn prepare(
        &self,
        state: &GatewayState,
        request: &mut Request<RequestBody>,
    ) -> Result<(), Error> {
        let headers = request.headers_mut();
        headers.insert(CONNECTION, HeaderValue::from_static("Upgrade"));
        headers.extend(self.offered.clone());
        if self.over_http2 {
            // HTTP/2 has no key to confirm (RFC 8441 §5); the upstream's HTTP/1.1 wants one.
            let bytes = state.app.random_bytes::<16>();
            let bytes = bytes.map_err(|_| Failure::CredentialUnavailable("randomness".into()))?;
            if let Ok(key) = HeaderValue::from_str(&BASE64_STANDARD.encode(bytes)) {
                headers.insert(KEY, key);
            }
        }
        Ok(())
    }

    /// Passes bytes both ways behind a response that switches protocols, until either side closes or what let the request
    /// out is taken away. The response for the agent.
    pub(crate) fn join(
        self,
        state: &Arc<GatewayState>,
        mut head: http::response::Parts,
        upstream_side: OnUpgrade,
        open: OpenExchange,
        mut record: RecordBuilder,
    ) -> Response<ResponseBody> {
        let switched = head.headers.get_all(UPGRADE).iter().cloned().collect::<Vec<_>>();
        hop_headers::strip_response(&mut head.headers);
        if self.over_http2 {
            head.status = StatusCode::OK;
            head.headers.remove(ACCEPT);
        } else {
            head.headers.insert(CONNECTION, HeaderValue::from_static("Upgrade"));
            for protocol in switched {
                head.headers.append(UPGRADE, protocol);
            }
        }
        head.version = Version::HTTP_11;
        record.note_status(StatusCode::SWITCHING_PROTOCOLS.as_u16());
        let (state, agent_side) = (Arc::clone(state), self.agent_side);
        tokio::spawn(async move {
            let (Ok(agent_side), Ok(upstream_side)) = tokio::join!(agent_side, upstream_side) else { return };
            let cut = state.app.until_withdrawn(&open);
            let sides = (TokioIo::new(agent_side), TokioIo::new(upstream_side));
            let ((up, down), withdrawn) = splice(sides.0, sides.1, cut).await;
            record.note_exchanged(up, down);
            if let Some(what) = withdrawn {
                tracing::info!(%what, "an upgraded connection was cut off");
                record.note_error("withdrawn");
            }
            drop(record);
        });
        Response::from_parts(head, ResponseBody::Whole(bytes::Bytes::new()))
    }
}

const KEY: HeaderName = HeaderName::from_static("sec-websocket-key");
const ACCEPT: HeaderName = HeaderName::from_static("sec-websocket-accept");
