//! Tunnels: an agent's CONNECT, and what it speaks within.

use std::net::IpAddr;
use std::sync::Arc;

use http::header::HOST;
use http::{Method, Request, Response};
use hyper::body::Incoming;
use onecli_app::live::snapshot::AgentEntry;
use onecli_domain::activity::{Protocol, VerdictKind};
use onecli_domain::host::{Host, read_authority};
use onecli_domain::target::Scheme;
use tokio::time::timeout;
use tokio_rustls::LazyConfigAcceptor;

use crate::downstream::agent_io::AgentIo;
use crate::downstream::serve;
use crate::exchange::error::{Error, Failure, Refused};
use crate::exchange::handle::{self, Ended, end};
use crate::exchange::pass_through::pass_through;
use crate::exchange::record;
use crate::exchange::response_body::ResponseBody;
use crate::exchange::{authenticate, target};
use crate::session::{ReaderSignals, Session, Tunnel};
use crate::state::GatewayState;

/// Answers a CONNECT, and serves the tunnel behind it.
///
/// The 200 comes before any rule has seen the destination, since every request within is judged by itself. A
/// tunnel that is passed through untouched is judged here.
pub(crate) async fn accept(
    state: Arc<GatewayState>,
    session: Session,
    mut request: Request<Incoming>,
) -> Response<ResponseBody> {
    let Some((token, agent)) = authenticate::agent(&state.app, request.headers()) else {
        return end(&state, Ended::unrecorded(Refused::Unauthenticated.into()));
    };
    let authority = match read(&request) {
        Ok(authority) => authority,
        Err(error) => return refuse_connect(&state, &agent, String::new(), error).await,
    };
    let (host, port) = authority;
    if agent.suspended {
        return refuse_connect(&state, &agent, format!("{host}:{port}"), Refused::Suspended.into()).await;
    }
    // An HTTP/1 connection becomes the tunnel; one of HTTP/2 may have many.
    let is_http2 = request.version() == http::Version::HTTP_2;
    let admitted =
        if is_http2 { state.connections.admit_tunnel(agent.id).map(Arc::new) } else { session.admitted };
    let Some(admitted) = admitted else {
        return end(&state, Ended::unrecorded(Failure::Overloaded.into()));
    };
    let kept = (admitted, session.signals.as_ref().map(ReaderSignals::busy));
    let upgrade = hyper::upgrade::on(&mut request);
    if state.config.tunnel_hosts.iter().any(|pattern| pattern.matches(&host, port)) {
        return pass_through(state, agent, (host, port), upgrade, kept, AgentIo::new).await;
    }
    let tunnel = Tunnel { token, host, port, scheme: Scheme::Https, sni_differs: false };
    tokio::spawn(async move {
        // An agent that goes away before the tunnel stands has asked for nothing.
        if let Ok(upgraded) = upgrade.await {
            serve_within(state, agent, AgentIo::new(upgraded), tunnel, session.address).await;
        }
        drop(kept);
    });
    Response::new(ResponseBody::Whole(bytes::Bytes::new()))
}

fn read(request: &Request<Incoming>) -> Result<(Host, u16), Error> {
    let bad = |detail: String| Error::bad_request(detail);
    let (host, port) = target::read_connect(request.uri()).map_err(|error| bad(error.to_string()))?;
    for value in request.headers().get_all(HOST) {
        let named = value.to_str().ok().map(|value| read_authority(value, Some(port)));
        match named {
            Some(Ok((named, named_port))) if named == host && named_port == port => {}
            Some(Ok(_)) => return Err(Refused::AuthorityMismatch.into()),
            Some(Err(error)) => return Err(bad(error.to_string())),
            None => return Err(bad("the Host header is not ASCII".into())),
        }
    }
    Ok((host, port))
}

/// Serves what an agent speaks within a tunnel: HTTP over TLS, or plain HTTP.
async fn serve_within(
    state: Arc<GatewayState>,
    agent: Arc<AgentEntry>,
    mut io: AgentIo,
    mut tunnel: Tunnel,
    address: Option<IpAddr>,
) {
    let authority = format!("{}:{}", tunnel.host, tunnel.port);
    let first = match timeout(state.config.idle_timeout, io.peek()).await {
        Ok(Ok(bytes)) => bytes.first().copied(),
        Ok(Err(_)) | Err(_) => None,
    };
    match first {
        None => {}
        Some(TLS_HANDSHAKE) => serve_tls(state, agent, io, tunnel, authority, address).await,
        Some(b'A'..=b'Z') => {
            tunnel.scheme = Scheme::Http;
            let session = Session::within(tunnel, address);
            let first = io.take_first();
            serve::http1(state, session, io, first, handle::handle).await;
        }
        Some(_) => {
            let what =
                "the tunnel carries neither TLS nor HTTP; list the host with --tunnel to pass it through";
            record_failure(&state, &agent, authority, "unsupported_protocol", what).await;
        }
    }
}

async fn serve_tls(
    state: Arc<GatewayState>,
    agent: Arc<AgentEntry>,
    io: AgentIo,
    mut tunnel: Tunnel,
    authority: String,
    address: Option<IpAddr>,
) {
    let handshake = async {
        let hello = LazyConfigAcceptor::new(rustls::server::Acceptor::default(), io).await?;
        let named = hello.client_hello().server_name().map(Host::read);
        // Another name gets a certificate all the same, so that the agent can be told what is wrong.
        let shown = match named {
            Some(Ok(name)) if name != tunnel.host => {
                tunnel.sni_differs = true;
                name
            }
            Some(Err(_)) => {
                tunnel.sni_differs = true;
                tunnel.host.clone()
            }
            Some(Ok(_)) | None => tunnel.host.clone(),
        };
        let settings = state.leaves.settings(&shown, &state.app).map_err(std::io::Error::other)?;
        hello.into_stream(settings).await
    };
    let mut tls = match timeout(state.config.head_timeout, handshake).await {
        Ok(Ok(tls)) => tls,
        Ok(Err(error)) => {
            let what = format!(
                "the agent ended the TLS handshake, most likely because it does not trust the gateway's CA: {error}"
            );
            return record_failure(&state, &agent, authority, "agent_tls_failed", &what).await;
        }
        Err(_) => {
            return record_failure(
                &state,
                &agent,
                authority,
                "agent_tls_failed",
                "the TLS handshake took too long",
            )
            .await;
        }
    };
    tls.get_mut().1.set_buffer_limit(Some(MOST_ENCRYPTED));
    let is_http2 = tls.get_ref().1.alpn_protocol() == Some(b"h2");
    let session = Session::within(tunnel, address);
    if is_http2 {
        serve::http2(state, session, tls, bytes::BytesMut::new(), handle::handle).await;
    } else {
        serve::http1(state, session, tls, bytes::BytesMut::new(), handle::handle).await;
    }
}

async fn refuse_connect(
    state: &GatewayState,
    agent: &AgentEntry,
    authority: String,
    error: Error,
) -> Response<ResponseBody> {
    let ended = match record::begin(state, agent, None).await {
        Ok(mut record) => {
            record.note_method("CONNECT");
            record.note_authority(authority);
            Ended { method: Method::CONNECT, ..Ended::recorded(error, record) }
        }
        Err(error) => Ended::unrecorded(error),
    };
    end(state, ended)
}

/// Records a tunnel that no request came through, so that people see why.
async fn record_failure(state: &GatewayState, agent: &AgentEntry, authority: String, code: &str, what: &str) {
    tracing::info!(agent = %agent.identifier, %authority, code, "{what}");
    if let Ok(mut record) = record::begin(state, agent, None).await {
        record.note_method("CONNECT");
        record.note_protocol(Protocol::Tunnel);
        record.note_authority(authority);
        record.note_verdict(VerdictKind::Refuse);
        record.note_error(code);
    }
}

/// The content type of a TLS record that begins a handshake (RFC 8446 §5.1).
const TLS_HANDSHAKE: u8 = 0x16;
/// What TLS holds for an agent that doesn't read.
const MOST_ENCRYPTED: usize = 16 * 1024;
